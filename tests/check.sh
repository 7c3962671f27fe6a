#!/bin/sh
# Every test, one after the other; the last line says how many of them passed.
# usage: check.sh BUILD TEST...
build=$1
shift
passed=0
failed=0

step() {
    echo "== $*"
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $*" >&2
    fi
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
*) echo 'SKIP: tests/install.sh (needs a build without sanitizers)' ;;
esac

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
