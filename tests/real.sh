#!/bin/sh
# Real collections, where they are at hand: DATA names a folder with medquad-liveqa
# (github abachaa/MedQuAD and LiveQA_MedicalTask_TREC2017), medquad-xml (the original
# files of the former) and scifact (BEIR). They are not part of this project.
# usage: DATA=FOLDER real.sh BINARY
set -eu
anamnesis=$1
if [ -z "${DATA:-}" ]; then
    echo 'SKIP: real collections (set DATA to their folder to run these tests)'
    exit 0
fi
[ -d "$DATA" ] || {
    echo "DATA is no folder: $DATA" >&2
    exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAIL: $*" >&2
    exit 1
}
need() {
    [ -e "$DATA/$1" ] && return 0
    echo "SKIP: $1 is not in DATA"
    return 1
}

if need medquad-liveqa; then
    corpus=$DATA/medquad-liveqa/corpus.jsonl
    "$anamnesis" index -i "$work/x" "$corpus" 2>"$work/log"
    test "$("$anamnesis" info -i "$work/x" --json | jq .documents)" = 17891 ||
        fail "medquad-liveqa: not 17,891 records"
    index_bytes=$(cat "$work"/x/* | wc -c)
    corpus_bytes=$(wc -c <"$corpus")
    test $((index_bytes * 100)) -le $((corpus_bytes * 45)) || fail "index is $index_bytes bytes"
    "$anamnesis" index -i "$work/again" "$corpus" 2>/dev/null
    diff -r "$work/x" "$work/again" || fail 'second run wrote other bytes'
    "$anamnesis" check -i "$work/x" >/dev/null
    cut -f 2 "$DATA/medquad-liveqa/queries.tsv" |
        "$anamnesis" search -i "$work/x" --json >"$work/answers" 2>/dev/null
    test "$(jq -c 'select((.hits | length) == 10)' "$work/answers" | wc -l)" = 104 ||
        fail 'not 104 answers with 10 hits'
    gzip -c "$corpus" | "$anamnesis" index -i "$work/z" - 2>/dev/null
    cut -f 2 "$DATA/medquad-liveqa/queries.tsv" |
        "$anamnesis" search -i "$work/z" --json >"$work/answers.gz" 2>/dev/null
    cmp "$work/answers" "$work/answers.gz" || fail 'gzip on stdin gives other answers'
    echo 'ok: medquad-liveqa: 17,891 records, size, same bytes again, 104 queries, gzip on stdin'
fi
status=0
"$anamnesis" info -i "xapian:$work/none" >/dev/null 2>&1 || status=$?
if [ $status -eq 2 ]; then
    echo 'SKIP: rankings of Xapian (not built in)'
elif need medquad-liveqa; then
    "$anamnesis" index --shards 3 -i "xapian:$work/shards" "$DATA/medquad-liveqa/corpus.jsonl" 2>/dev/null
    "$anamnesis" check -i "xapian:$work/shards" >/dev/null
    for topics in queries queries-summary queries-paraphrase; do
        for engine in native xapian; do
            index=$work/x
            [ $engine = native ] || index=xapian:$work/shards
            "$anamnesis" batch -n 100 -i "$index" "$DATA/medquad-liveqa/$topics.tsv" \
                2>/dev/null >"$work/run"
            cut -d ' ' -f 1-4 "$work/run" >"$work/run.$engine"
            [ -s "$work/run.$engine" ] || fail "$topics: $engine answers nothing"
        done
        cmp "$work/run.native" "$work/run.xapian" || fail "$topics: Xapian ranks otherwise"
    done
    echo 'ok: medquad-liveqa: three shards of Xapian rank like the native engine to depth 100'
fi
if need medquad-xml; then
    "$anamnesis" index -i "$work/y" "$DATA/medquad-xml" 2>/dev/null
    "$anamnesis" show -i "$work/y" --json NIDDK_0000001-2 |
        jq -e '.title == "Acromegaly" and .qtype == "symptoms" and .source == "NIDDK"' >/dev/null ||
        fail 'medquad-xml: NIDDK_0000001-2'
    echo 'ok: medquad-xml is read'
fi
if need scifact; then
    "$anamnesis" index -i "$work/s" "$DATA/scifact/corpus.jsonl" 2>/dev/null
    "$anamnesis" search -i "$work/s" --json 'cerebral white matter of the human newborn' |
        jq -e '.hits[0] | .id == "4983" and (.text | length) > 100' >/dev/null ||
        fail 'scifact: 4983 is not found'
    "$anamnesis" show -i "$work/s" 4983 | grep -q 'diffusion' || fail 'scifact: 4983 is not shown'
    echo 'ok: scifact: a record of title and text is found and shown'
fi
