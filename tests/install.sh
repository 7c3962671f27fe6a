#!/bin/sh
# Installs into a folder of its own, builds docs/examples/embed.c against it, runs it,
# and uninstalls again without a trace. usage: install.sh BUILD
set -eu
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make=${MAKE:-make}

$make -s install BUILD="$build" PREFIX="$work/prefix" >/dev/null
(cd "$work/prefix" && find . -type f -o -type l | sort) >"$work/installed"
cat >"$work/expected" <<'END'
./bin/anamnesis
./include/anamnesis.h
./lib/libanamnesis.a
./lib/libanamnesis.so
./lib/libanamnesis.so.0
./lib/libanamnesis.so.0.1.0
./lib/pkgconfig/anamnesis.pc
./share/bash-completion/completions/anamnesis
./share/man/man1/anamnesis.1
END
diff "$work/expected" "$work/installed"
echo 'ok: program, libraries, header, pkg-config file, manual and completion are installed'

export PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig"
test "$(pkg-config --modversion anamnesis)" = 0.1.0
"$work/prefix/bin/anamnesis" index -i "$work/x" corpus/sample/archive.jsonl 2>/dev/null
wants='1. Small red dots on my hands, not itchy (am-0092, '
for how in shared static; do
    flags=$(pkg-config --cflags --libs anamnesis)
    if [ $how = static ]; then
        flags="$(pkg-config --cflags anamnesis) $work/prefix/lib/libanamnesis.a"
        flags="$flags $(pkg-config --static --libs-only-l anamnesis | sed 's/-lanamnesis//')"
    fi
    # shellcheck disable=SC2086
    ${CC:-cc} -std=c11 -Wall -Wextra -Werror ${SANITIZE:-} docs/examples/embed.c $flags -o "$work/embed"
    got=$(LD_LIBRARY_PATH="$work/prefix/lib" "$work/embed" "$work/x" 'pinpoint red dots on hands not itchy' | head -n 1)
    case $got in
    "$wants"*) echo "ok: embed.c runs against the $how library" ;;
    *)
        echo "embed.c with the $how library printed: $got" >&2
        exit 1
        ;;
    esac
done
lines=$(wc -l <docs/examples/embed.c)
test "$lines" -lt 40 || {
    echo "docs/examples/embed.c has $lines lines, 40 is too long for an example" >&2
    exit 1
}

$make -s uninstall BUILD="$build" PREFIX="$work/prefix" >/dev/null
test -z "$(find "$work/prefix" ! -type d)"
$make -s install BUILD="$build" DESTDIR="$work/stage" PREFIX=/usr >/dev/null
test -x "$work/stage/usr/bin/anamnesis"
grep -q '^prefix=/usr$' "$work/stage/usr/lib/pkgconfig/anamnesis.pc"
$make -s uninstall BUILD="$build" DESTDIR="$work/stage" PREFIX=/usr >/dev/null
test -z "$(find "$work/stage" ! -type d)"
echo 'ok: uninstall leaves nothing, DESTDIR is honoured'
