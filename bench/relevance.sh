#!/bin/sh
# Relevance on judged collections: indexes each set in a folder, runs its topics, and
# prints one table; the same as JSON into BUILD/relevance.json, for comparing commits.
# The sets are not part of this project; see docs/EVALUATION.md for where they are from.
# usage: relevance.sh BINARY BUILD DATA [SETTINGS OPTIONS...]
set -eu
anamnesis=$1
work=$2/relevance
data=$3
shift 3
measures='ndcg_cut_10 map recip_rank P_10 recall_100 judged_10'
mkdir -p "$work"
json=$work.json
echo '[' >"$json"
first=yes

printf '%-26s %7s' set queries
for m in $measures; do printf ' %11s' "$m"; done
echo

row() {
    name=$1
    index=$2
    topics=$3
    qrels=$4
    shift 4
    "$anamnesis" batch -i "$index" "$@" "$topics" >"$work/$name.run" 2>/dev/null
    "$anamnesis" eval --json -m ndcg_cut.10 -m map -m recip_rank -m P.10 -m recall.100 \
        -m judged.10 -m num_q "$qrels" "$work/$name.run" >"$work/$name.json"
    printf '%-26s %7d' "$name" "$(jq .measures.num_q "$work/$name.json")"
    for m in $measures; do
        printf ' %11.4f' "$(jq ".measures.$m" "$work/$name.json")"
    done
    echo
    [ $first = yes ] || echo ',' >>"$json"
    first=no
    jq -c --arg set "$name" '{set: $set} + .measures' "$work/$name.json" >>"$json"
}

for dir in "$data"/*/; do
    set=$(basename "$dir")
    [ -e "$dir/corpus.jsonl" ] || continue
    "$anamnesis" index -i "$work/$set" "$dir/corpus.jsonl" 2>/dev/null
    for topics in "$dir"/queries*.tsv; do
        variant=$(basename "$topics" .tsv)
        variant=${variant#queries}
        qrels=$dir/qrels$variant.txt
        [ -e "$qrels" ] || qrels=$dir/qrels.txt
        [ -e "$qrels" ] || continue
        row "$set$variant" "$work/$set" "$topics" "$qrels" "$@"
    done
done
[ $first = no ] || {
    echo "no judged sets (corpus.jsonl, queries.tsv, qrels.txt) below $data" >&2
    exit 1
}
echo ']' >>"$json"
echo "$json has the same" >&2
