#!/usr/bin/env bash
# Golden tests of the command line.
#
#   tests/cli/run.sh BINARY [--accept] [NAME...]
#
# NAME.test is a bash script; what it prints on stdout and stderr together must be
# NAME.out. It runs in an empty folder, with the functions of prelude.sh, $ANAMNESIS
# (the program), $ROOT (the repository) and $DATA (tests/cli/data). --accept rewrites
# the .out files with what came: read the difference before you commit it.
# "# needs: PROGRAM" in a script skips it where the program is not installed, and
# "# needs: the Xapian engine" where $ANAMNESIS was built without.
# The commands of the EXAMPLES in docs/anamnesis.1 are run as well.

set -u
here=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$here/../.." && pwd)
DATA=$here/data

usage() {
    echo "usage: $0 BINARY [--accept] [NAME...]" >&2
    exit 2
}

[ $# -ge 1 ] || usage
[ -x "$1" ] || { echo "$0: $1: no such program" >&2; usage; }
ANAMNESIS=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift
accept=no
names=()
for word in "$@"; do
    case $word in
    --accept) accept=yes ;;
    -*) usage ;;
    *) names+=("$(basename "$word" .test)") ;;
    esac
done
chosen=${#names[@]}
if [ "$chosen" -eq 0 ]; then
    for file in "$here"/*.test; do
        names+=("$(basename "$file" .test)")
    done
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/anamnesis-cli.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT

unset ANAMNESIS_INDEX NO_COLOR COLUMNS POSIXLY_CORRECT
export ANAMNESIS ROOT DATA LC_ALL=C.UTF-8 TZ=UTC TERM=dumb BASH_ENV=$here/prelude.sh

passed=0
failed=0
skipped=0

# What differs from run to run, or with every change of the index format.
filter() {
    sed -E \
        -e 's/[0-9.]+ (ms|s): [0-9,]+ records?\/s, index [0-9.]+ (bytes|kB|MB) \([0-9]+ %/TIME: RATE, index SIZE (N %/' \
        -e 's/^(.*(hits?|query), )[0-9.]+ m?s/\1TIME/' \
        -e '/^  (size|memory) /s/[0-9.]+ (bytes?|kB|MB)/SIZE/g' \
        -e '/^  engine /s/format [0-9]+/format N/' \
        -e 's/^(ok: [0-9,]+ records?, )[0-9.]+ (bytes|kB|MB)/\1SIZE/' \
        -e '/"generation"/s/"(bytes[a-z_]*|format)":[0-9]+/"\1":N/g'
}

has() {
    case $1 in
    'the Xapian engine') ! "$ANAMNESIS" info -i xapian:nowhere 2>&1 | grep -q 'without Xapian' ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

run_case() {
    local name=$1 script=$here/$1.test expected=$here/$1.out actual=$scratch/$1.actual need
    if [ ! -f "$script" ]; then
        echo "FAILED $name: no such test"
        failed=$((failed + 1))
        return
    fi
    while read -r need; do
        if ! has "$need"; then
            echo "skipped $name: needs $need"
            skipped=$((skipped + 1))
            return
        fi
    done < <(sed -n 's/^# needs: //p' "$script")
    mkdir "$scratch/$name"
    (cd "$scratch/$name" && timeout 120 bash "$script" </dev/null) 2>&1 | filter >"$actual"
    if [ "$accept" = yes ]; then
        cmp -s "$expected" "$actual" || { cp "$actual" "$expected" && echo "accepted $name"; }
        passed=$((passed + 1))
    elif [ ! -f "$expected" ]; then
        echo "FAILED $name: there is no $name.out; look at what came and use --accept"
        failed=$((failed + 1))
    elif diff -u --label "$name.out" --label "what came" "$expected" "$actual"; then
        passed=$((passed + 1))
    else
        echo "FAILED $name"
        failed=$((failed + 1))
    fi
}

# Lines ".Dl $ anamnesis ..." of the manual, without their roff escapes.
manual_examples() {
    sed -n '/^\.Sh EXAMPLES/,/^\.Sh [^E]/s/^\.Dl \$ //p' "$ROOT/docs/anamnesis.1" |
        sed -e 's/\\-/-/g' -e "s/\\\\(aq/'/g" -e 's/\\&//g' -e 's/\\(dq/"/g' -e 's/\\e/\\/g'
}

run_manual() {
    local sample=$ROOT/corpus/sample/archive.jsonl example failures=0 number=0
    if [ ! -f "$sample" ]; then
        echo "skipped manual: needs corpus/sample/archive.jsonl"
        skipped=$((skipped + 1))
        return
    fi
    mkdir "$scratch/manual"
    cp "$sample" "$scratch/manual/archive.jsonl"
    while IFS= read -r example; do
        number=$((number + 1))
        if ! (cd "$scratch/manual" && eval "$example" </dev/null) >"$scratch/manual.log" 2>&1; then
            echo "manual: this example fails: $example"
            cat "$scratch/manual.log"
            failures=$((failures + 1))
        fi
    done < <(manual_examples)
    if [ "$failures" -eq 0 ] && [ "$number" -gt 0 ]; then
        passed=$((passed + 1))
    else
        echo "FAILED manual: $failures of $number examples"
        failed=$((failed + 1))
    fi
}

# shellcheck source=/dev/null
. "$here/prelude.sh"
for name in "${names[@]}"; do
    run_case "$name"
done
[ "$chosen" -gt 0 ] || run_manual
[ "$skipped" -eq 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
