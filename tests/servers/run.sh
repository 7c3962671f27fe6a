#!/usr/bin/env bash
# An index of several shards behind real servers, on the loopback interface and, where
# that may be, on hosts of their own: the same answers as in one place, and what happens
# when a server is down, slow, cut off, restarted, a stranger or malicious.
#
#   tests/servers/run.sh BINARY [NAME...]
#
# Each NAME.sh is a bash script with the functions of prelude.sh, run in an empty folder,
# all at the same time; the lines "ok ...", "FAIL ..." and "SKIP ..." are counted. Folders go
# below $TMPDIR. $SEED repeats a run.

set -u
here=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$here/../.." && pwd)

usage() {
    echo "usage: $0 BINARY [NAME...]" >&2
    exit 2
}

[ $# -ge 1 ] || usage
[ -x "$1" ] || { echo "$0: $1: no such program" >&2; usage; }
ANAMNESIS=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(same down talk strangers liars again replica network)

if "$ANAMNESIS" info -i xapian:nowhere 2>&1 | grep -q 'without Xapian'; then
    echo 'SKIP servers: built without Xapian'
    exit 0
fi
if ! command -v xapian-tcpsrv >/dev/null; then
    echo 'SKIP servers: xapian-tcpsrv(1) is not installed'
    exit 0
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/anamnesis-servers.XXXXXX") || exit 1
SERVERS=$scratch/running # holds a file for each process group to end
scripts=()

# xapian-tcpsrv answers SIGTERM with one to its whole group: it has one of its own.
clean_up() {
    local file
    [ ${#scripts[@]} -eq 0 ] || kill "${scripts[@]}"
    wait
    for file in "$SERVERS"/*; do
        kill -KILL -- "-$(basename "$file")"
    done
    rm -rf "$scratch"
} 2>/dev/null
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

unset ANAMNESIS_INDEX POSIXLY_CORRECT
export ANAMNESIS ROOT SERVERS LC_ALL=C.UTF-8 TZ=UTC TERM=dumb
export SHARED=$scratch/shared SEED=${SEED:-$$}
# Xapian's own check deletes by the wrong size.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}new_delete_type_mismatch=0

# What several scripts read and none changes.
mkdir "$SERVERS" "$SHARED"
sample=$ROOT/corpus/sample/archive.jsonl
"$ANAMNESIS" index -i "$SHARED/native" "$sample" 2>"$scratch/log" &&
    "$ANAMNESIS" index -i "xapian:$SHARED/one" "$sample" 2>"$scratch/log" &&
    "$ANAMNESIS" index --shards 3 -i "xapian:$SHARED/three" "$sample" 2>"$scratch/log" ||
    { echo "FAIL servers: indexing: $(tail -n 1 "$scratch/log")"; exit 1; }
${CC:-cc} -std=c11 -D_DEFAULT_SOURCE -o "$SHARED/fake_server" "$here/fake_server.c" || exit 1

first=$((10000 + $$ % 10 * 2000)) # below those that systems give out
for name in "${names[@]}"; do
    mkdir "$scratch/$name"
    export FIRST_PORT=$((first += 200))
    # shellcheck disable=SC2016
    (cd "$scratch/$name" && exec timeout 120 bash -u -c '. "$1/../robust/prelude.sh"
        . "$1/prelude.sh"; . "$1/$2.sh"' bash "$here" "$(basename "$name" .sh)") \
        </dev/null >"$scratch/$name.log" 2>&1 &
    scripts+=($!)
done
for i in "${!names[@]}"; do
    log=$scratch/${names[i]}.log
    wait "${scripts[i]}" || echo "FAIL ${names[i]}: the script ended with $?" >>"$log"
    cat "$log"
done
scripts=()

count() {
    cat "$scratch"/*.log | grep -c "^$1 "
}
failed=$(count FAIL)
echo "$(count ok) passed, $failed failed, $(count SKIP) skipped"
[ "$failed" -eq 0 ]
