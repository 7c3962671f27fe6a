#!/bin/sh
# Exported symbols == functions declared in anamnesis.h; and the header compiles alone.
# usage: symbols.sh BUILD
set -eu
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tr '\n' ' ' <include/anamnesis.h | grep -o 'ANAM_API[^;{]*;' |
    sed 's/.*[ *]\(anam_[a-z0-9_]*\)(.*/\1/' | sort >"$work/declared"
nm -D --defined-only "$build/libanamnesis.so" | awk '$2 ~ /^[TDBR]$/ {print $3}' | sort >"$work/exported"
[ -s "$work/declared" ]
diff "$work/declared" "$work/exported" || {
    echo 'declared (<) and exported (>) functions differ' >&2
    exit 1
}
echo "ok: $(wc -l <"$work/declared") functions declared and exported"

echo '#include "anamnesis.h"' >"$work/alone.c"
cp "$work/alone.c" "$work/alone.cc"
${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only "$work/alone.c"
g++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only "$work/alone.cc"
echo 'ok: the header compiles alone as C11 and C++17'
