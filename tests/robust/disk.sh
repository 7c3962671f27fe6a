# Disks that are full, read-only or not what they should be: the old index stays.
# shellcheck shell=bash

archive 200 5 20 oldmark >old.jsonl
archive 8000 6 30 newmark >new.jsonl

# refused WHAT INDEX PATTERN COMMAND...: exit 5 with a message, and the old index whole.
refused() {
    local what=$1 place=$2 pattern=$3
    shift 3
    expect "$what: exit 5 with file and reason" 5 "$pattern" "$@"
    check "$what: the old index is whole" is_index "$place" 200 oldmark
    check "$what: nothing is left over" is_clean "$place"
}

# A file system of 16 MiB that is filled but for some KiB before each try.
full_disk() {
    local free status
    mkdir full
    if ! mount -t tmpfs -o size=16m tmpfs full 2>/dev/null; then
        skip "a full disk: no right to mount a small file system"
        return
    fi
    trap 'umount "$PWD/full"' EXIT
    index full/index old.jsonl
    for free in 0 4 300 700 1200 1600 2000; do
        rm -f full/filler
        dd if=/dev/zero of=full/filler bs=1024 \
            count=$(($(df -k --output=avail full | tail -n 1) - free)) 2>/dev/null
        anamnesis index -i full/index new.jsonl 2>full.err
        status=$?
        if [ $status -eq 0 ]; then
            fail "a disk with $free KiB left: there was room for all; make the archive larger"
            break
        fi
        check "a disk with $free KiB left: exit 5" [ $status -eq 5 ]
        check "a disk with $free KiB left: file and reason are told" \
            grep -Eq 'full/index/[a-z0-9.]+: No space left on device' full.err
        check "a disk with $free KiB left: the old index is whole" is_index full/index 200 oldmark
        check "a disk with $free KiB left: nothing is left over" is_clean full/index
    done
    rm -f full/filler
    check "with room again the index is made" index full/index new.jsonl
    check "and is whole" is_index full/index 8000 newmark
    check "and alone" is_clean full/index

    if mount -o remount,ro full 2>/dev/null; then
        expect "a read-only file system: exit 5" 5 'full/index/lock: Read-only file system' \
            anamnesis index -i full/index new.jsonl
        expect "a new index on it: exit 5" 5 'full/other: Read-only file system' \
            anamnesis index -i full/other new.jsonl
        check "a read-only index can be searched" is_index full/index 8000 newmark
    else
        skip "a read-only file system: cannot remount"
    fi
    umount full
    trap - EXIT
}

# limited KIB COMMAND...: with a bound on the size of files.
limited() {
    (
        ulimit -f "$1"
        shift
        "$@"
    )
}

# The same with SIGXFSZ ignored, as some parents leave it.
limited_ignoring() {
    (
        trap '' XFSZ
        ulimit -f "$1"
        shift
        "$@"
    )
}

file_size_limit() {
    local kib
    index place old.jsonl
    for kib in 1 100 500; do # messages go to a file too: not 0
        refused "files of at most $kib KiB" place 'place/[a-z0-9.]+: File too large' \
            limited "$kib" anamnesis index -i place new.jsonl
    done
    refused "files of at most 8 KiB, SIGXFSZ ignored" place 'place/[a-z0-9.]+: File too large' \
        limited_ignoring 8 anamnesis index -i place new.jsonl
    check "without limit the index is made" index place new.jsonl
    check "and is whole" is_index place 8000 newmark
    check "and alone" is_clean place
    rm -rf place
}

# Runs a command as somebody who is bound by permissions.
somebody() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    else
        "$@"
    fi
}

no_permission() {
    if ! somebody "$ANAMNESIS" version >/dev/null 2>&1; then
        skip "directories without permission: root, and the program cannot be run as another user"
        return
    fi
    index place old.jsonl
    chmod 444 place/*
    chmod 555 place
    mkdir sealed
    chmod 555 sealed
    refused "a read-only directory" place 'place/lock: Permission denied' \
        somebody "$ANAMNESIS" index -i place new.jsonl
    expect "a new index in a read-only directory" 5 'sealed/index: Permission denied' \
        somebody "$ANAMNESIS" index -i sealed/index new.jsonl
    check "a read-only index passes its check" somebody "$ANAMNESIS" check -i place
    chmod 000 place/manifest
    expect "an unreadable manifest" 5 'place/manifest: Permission denied' \
        somebody "$ANAMNESIS" search -i place oldmark
    chmod 755 place sealed
    mkdir dropbox
    chmod 733 dropbox
    [ "$(id -u)" -eq 0 ] || chmod 300 dropbox
    expect "a new index in a directory that may be written but not read" 0 'indexed' \
        somebody "$ANAMNESIS" index -i dropbox/index new.jsonl
    chmod 755 dropbox
    rm -rf place sealed dropbox
}

other_places() {
    echo "my diary" >file
    expect "a path that is a file: exit 5" 5 'file: Not a directory' \
        anamnesis index -i file new.jsonl
    check "and the file stays" [ "$(cat file)" = "my diary" ]
    expect "a path under a file: exit 5" 5 'file/index: Not a directory' \
        anamnesis index -i file/index new.jsonl
    expect "a path under a missing parent: exit 5" 5 'missing/index: No such file' \
        anamnesis index -i missing/index new.jsonl
    check "and the parent is not made" [ ! -e missing ]
    expect "a missing archive: exit 5" 5 'nothing.jsonl: No such file' \
        anamnesis index -i fresh nothing.jsonl
    check "and no index is made" [ ! -e fresh ]
    rm -f file
}

# Names like those of an index, and not: none may be touched.
foreign_directories() {
    local name
    for name in letters.txt 000001.running 20240101.run.txt 000001.run1.bak 000001.terms.bak \
        1.terms 000001 .hidden manifest manifest.newer 'two words' run0 \
        1000000000000000000.terms; do
        mkdir foreign
        echo "not yours" >"foreign/$name"
        expect "a directory holding '$name' is refused" 4 'is no index but holds' \
            anamnesis index -i foreign new.jsonl
        check "and '$name' stays alone" \
            [ "$(ls -A foreign):$(cat "foreign/$name")" = "$name:not yours" ]
        rm -rf foreign
    done
    mkdir foreign foreign/000001.terms
    echo "not yours" >foreign/000001.terms/letter
    anamnesis index -i foreign new.jsonl 2>/dev/null
    check "a folder with a name of ours keeps its content" [ -f foreign/000001.terms/letter ]
    rm -rf foreign

    mkdir foreign
    touch foreign/999999999999999999.terms
    expect "a last generation is not counted on: exit 4" 4 'no generation is left' \
        anamnesis index -i foreign new.jsonl
    rm -rf foreign

    index place old.jsonl
    echo "not yours" >letter
    ln -s ../letter place/manifest.new
    echo '{"k1": 1.1}' >settings.json
    check "settings are stored" anamnesis settings -i place settings.json
    check "and what a link named after a manifest points to stays" [ "$(cat letter)" = "not yours" ]
    rm -rf place letter settings.json

    index place old.jsonl
    echo "not yours" >place/letters.txt
    check "an index with a foreign file in it is replaced" index place new.jsonl
    check "and the foreign file stays" [ "$(cat place/letters.txt)" = "not yours" ]
    rm -rf place
}

full_disk
file_size_limit
no_permission
other_places
foreign_directories
