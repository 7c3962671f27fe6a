#!/usr/bin/env bash
# Robustness tests of the command line: kills, full disks, locks, repeatability.
#
#   tests/robust/run.sh BINARY [NAME...]
#
# Each NAME.sh is a bash script with the functions of prelude.sh, run in an empty folder;
# its lines "ok ...", "FAIL ..." and "SKIP ..." are counted. $SEED repeats a run of
# kill.sh. Folders go below $TMPDIR.

set -u
here=$(cd "$(dirname "$0")" && pwd)

usage() {
    echo "usage: $0 BINARY [NAME...]" >&2
    exit 2
}

[ $# -ge 1 ] || usage
[ -x "$1" ] || { echo "$0: $1: no such program" >&2; usage; }
ANAMNESIS=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(same lock disk calls kill xapian)

scratch=$(mktemp -d "${TMPDIR:-/tmp}/anamnesis-robust.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM HUP
chmod 755 "$scratch"

unset ANAMNESIS_INDEX POSIXLY_CORRECT
export ANAMNESIS LC_ALL=C.UTF-8 TZ=UTC TERM=dumb
export SEED=${SEED:-$$}

passed=0
failed=0
skipped=0
for name in "${names[@]}"; do
    name=$(basename "$name" .sh)
    folder=$scratch/$name
    log=$scratch/$name.log
    mkdir "$folder"
    # shellcheck disable=SC2016
    (cd "$folder" && timeout 300 bash -u -c '. "$1/prelude.sh"; . "$1/$2.sh"' \
        bash "$here" "$name" </dev/null) 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    passed=$((passed + $(grep -c '^ok ' "$log")))
    failed=$((failed + $(grep -c '^FAIL ' "$log")))
    skipped=$((skipped + $(grep -c '^SKIP ' "$log")))
    if [ "$status" -ne 0 ]; then
        echo "FAIL $name: the script ended with $status"
        failed=$((failed + 1))
    fi
    rm -rf "$folder"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
