#!/bin/sh
# Every test, one after the other; the last line says how many of them passed.
# usage: check.sh BUILD TEST...
build=$1
shift
passed=0
failed=0
skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

step() {
    echo "== $*"
    { "$@" 2>&1; echo $? >"$log.status"; } | tee "$log"
    if [ "$(cat "$log.status")" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $*" >&2
    fi
    skipped=$((skipped + $(grep -c '^SKIP' "$log")))
}

for test in "$@"; do
    step "$test"
done
step sh tests/rooms.sh
step sh tests/symbols.sh "$build"
step bash tests/cli/run.sh "$build/anamnesis"
step bash tests/robust/run.sh "$build/anamnesis"
step bash tests/servers/run.sh "$build/anamnesis"
step sh tests/real.sh "$build/anamnesis"
case ${SANITIZE:-} in
'') step sh tests/install.sh "$build" ;;
*) echo 'not with sanitizers: tests/install.sh' ;;
esac

rm -f "$log.status"
echo "$passed passed, $failed failed, $skipped skips"
[ "$failed" -eq 0 ]
