#!/bin/sh
# Costs that do not depend on the machine, against bench/smoke.expected: of the sample archive's
# index, and of searches in a collection modelled on it. The stored records are left out: their
# size is libzstd's affair.
# usage: smoke.sh BINARY BUILD [--accept]
set -eu
LC_ALL=C && export LC_ALL
anamnesis=$1
work=$2/smoke
bin=$2/bench/bin
expected=$(dirname "$0")/smoke.expected
rm -rf "$work"
mkdir -p "$work/model"
"$anamnesis" index -i "$work/x" corpus/sample/archive.jsonl 2>/dev/null
"$bin/generate" --docs 30000 corpus/sample/archive.jsonl corpus/sample/topics.tsv "$work/model" \
    2>/dev/null
"$anamnesis" index -i "$work/arrived" --language none --no-optimize "$work/model/corpus1.jsonl" \
    2>/dev/null
"$anamnesis" index -i "$work/ordered" --language none "$work/model/corpus.jsonl" \
    2>/dev/null

sizes() {
    "$anamnesis" info -i "$1" --json |
        jq -r '"documents \(.documents)", "terms \(.terms)",
               (.fields | to_entries[] | "\(.key) postings \(.value.postings)"),
               "bytes of postings \(.bytes_postings)", "bytes of terms \(.bytes_terms)",
               "bytes of ids and lengths \(.bytes_other)"'
}

searches() {
    for topics in q2 q5 qlong qweighted; do
        "$bin/costs" "$1" 10 "$work/model/$topics.tsv"
    done
    "$bin/costs" "$1" 1000 "$work/model/q2.tsv"
}

{
    echo '== the sample'
    sizes "$work/x"
    echo '== one field, as records came; best 10, the last line 1,000'
    sizes "$work/arrived"
    searches "$work/arrived"
    echo '== two fields, like records side by side'
    sizes "$work/ordered"
    searches "$work/ordered"
} >"$work/costs"
if [ "${3:-}" = --accept ]; then
    cp "$work/costs" "$expected"
fi
diff "$expected" "$work/costs" || {
    echo 'bench-smoke: costs changed; if that is meant: sh bench/smoke.sh BINARY BUILD --accept' >&2
    exit 1
}
cat "$work/costs"
