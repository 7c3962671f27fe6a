#!/bin/sh
# Costs of the sample archive's index that do not depend on the machine, against
# bench/smoke.expected. The stored records are left out: their size is zlib's affair.
# usage: smoke.sh BINARY BUILD [--accept]
set -eu
anamnesis=$1
work=$2/smoke
expected=$(dirname "$0")/smoke.expected
rm -rf "$work"
mkdir -p "$work"
"$anamnesis" index -i "$work/x" corpus/sample/archive.jsonl 2>/dev/null
"$anamnesis" info -i "$work/x" --json |
    jq -r '"documents \(.documents)", "terms \(.terms)",
           (.fields | to_entries[] | "\(.key) postings \(.value.postings)"),
           "bytes of postings \(.bytes_postings)", "bytes of terms \(.bytes_terms)",
           "bytes of ids and lengths \(.bytes_other)"' >"$work/costs"
if [ "${3:-}" = --accept ]; then
    cp "$work/costs" "$expected"
fi
diff "$expected" "$work/costs" || {
    echo 'bench-smoke: costs changed; if that is meant: sh bench/smoke.sh BINARY BUILD --accept' >&2
    exit 1
}
cat "$work/costs"
