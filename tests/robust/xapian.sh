# The writer of an index for Xapian: killed, or a system call failing, while it publishes.
# shellcheck shell=bash

archive 60 9 20 oldmark >old.jsonl
archive 90 10 20 newmark >new.jsonl
shards=3
rename="?rename,?renameat,?renameat2" # not every machine has each
# Xapian's own check deletes by the wrong size.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}new_delete_type_mismatch=0

write_index() {
    index xapian:place --shards "$shards" "$1"
}

# What runs are made from: an index with settings of its own.
make_old() {
    rm -rf old
    anamnesis index -i xapian:old --shards 3 old.jsonl 2>/dev/null &&
        anamnesis settings -i xapian:old - <<<'{"k1": 0.9}' 2>/dev/null
}

renew() {
    rm -rf place
    cp -r old place
}

# inject CALL WHAT NUMBER: the writer, with the injection at its NUMBERth such call.
inject() {
    {
        ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -qq -o calls.log -e trace="$1" \
            -e inject="$1:$2:when=$3" "$ANAMNESIS" index -i xapian:place --shards "$shards" \
            new.jsonl 2>calls.err
        status=$?
    } 2>/dev/null
    grep -Eq 'INJECTED|killed by SIGKILL' calls.log
}

# count CALL: how many such calls a run makes.
count() {
    renew
    strace -qq -o calls.log -e trace="$1" "$ANAMNESIS" index -i xapian:place --shards "$shards" \
        new.jsonl 2>/dev/null
    grep -c "^[a-z]" calls.log
}

which_index() {
    if is_index xapian:place 60 oldmark; then
        echo old
    elif is_index xapian:place 90 newmark; then
        echo new
    else
        echo none
    fi
}

# Whether every stub names the generation of the top stub, and the settings are kept.
is_one() {
    local generation shard
    generation=$(sed -n '1s|.*/||p' place/XAPIANDB)
    for shard in 1 2 3; do
        [ "$(cat place/shard-$shard/XAPIANDB)" = "auto $generation" ] || return 1
    done
    anamnesis settings -i xapian:place | grep -q '"k1": *0.9[,}]'
}

# Whether no other generation is there, nor anything in build but a lock.
is_swept() {
    local names
    names=$(echo place/shard-*/g* place/build/*)
    [ "$(wc -w <<<"$names")" = 4 ] && [[ $names == *place/build/lock ]]
}

failing_call() {
    local call=$1 number=$2 now
    renew
    inject "$call" error=EIO "$number" || {
        fail "$call $number was not reached"
        return
    }
    now=$(which_index)
    if [ "$status" -ne 5 ]; then
        fail "$call $number fails: exit $status: $(tail -n 1 calls.err)"
    elif [ "$now" = none ] || ! is_one; then
        fail "$call $number fails: it is no index ($now), or two"
    elif ! write_index new.jsonl || ! is_one || ! is_swept; then
        fail "$call $number fails: the next run does not go well"
    else
        ok "$call $number fails: the $now index is whole, the next run goes well"
    fi
}

killed_at() {
    local call=$1 number=$2 now
    renew
    inject "$call" signal=KILL "$number" || {
        fail "$call $number was not reached"
        return
    }
    now=$(which_index)
    if [ "$now" = none ]; then
        fail "killed at $call $number: there is no index"
    elif ! anamnesis settings -i xapian:place - <<<'{"k1": 0.9}' 2>/dev/null; then
        fail "killed at $call $number: settings cannot be stored"
    elif anamnesis index -i xapian:place --shards 3 none.jsonl 2>/dev/null; then
        fail "killed at $call $number: records that are not there are indexed"
    elif ! is_one || ! is_swept; then
        fail "killed at $call $number: the next writer does not clear away: $(ls place/*)"
    elif ! write_index new.jsonl || ! is_one || ! is_swept; then
        fail "killed at $call $number: the next run does not go well"
    else
        ok "killed at $call $number: the $now index is whole, the next writer clears away"
    fi
}

links_are_not_followed() {
    renew
    mkdir precious
    touch precious/file
    ln -s ../../precious place/shard-1/g000099
    check "a link among the databases is no hindrance" write_index new.jsonl
    check "what a link leads to stays" test -e precious/file
    renew
    mv place/shard-2 precious/
    ln -s ../precious/shard-2 place/shard-2
    expect "a linked shard is refused" 4 'symbolic link' write_index_aloud
    renew
    rm -r place/shard-* place/build
    echo "remote :touch evil" >place/XAPIANDB
    expect "a stub of somebody else's is not replaced" 4 'none of ours' write_index_aloud
    check "nor followed" test ! -e evil
    renew
    echo "auto shard-1" >place/XAPIANDB
    check "a damaged stub of ours is replaced" write_index new.jsonl
    check "and the settings are kept" is_one
}

# Nothing is read of it until its shard is asked.
damage_is_told_of_its_shard() {
    local file
    renew
    for file in place/shard-3/g*/postlist.glass; do
        tail -c +8193 "$file" | tr '\0-\377' '\377' >rest
        dd if=rest of="$file" bs=8192 seek=1 conv=notrunc status=none
    done
    expect "a damaged shard is told by its name" 4 'shard-3 is damaged' \
        anamnesis search -i xapian:place oldmark
    expect "by check, too" 1 'shard-3 is damaged' anamnesis check -i xapian:place
    renew
}

# Every shard within the memory bound, not the first alone.
shards_are_written_meanwhile() {
    local shard revision
    if ! command -v xapian-delve >/dev/null; then
        skip "revisions of shards: xapian-delve(1) is not installed"
        return
    fi
    archive 6000 12 60 manymark >many.jsonl
    check "much is indexed in little memory" index xapian:many --shards 3 --memory 8M many.jsonl
    for shard in 1 2 3; do
        revision=$(xapian-delve many/shard-$shard | sed -n 's/.*revision = //p')
        check "shard $shard was written more than twice" [ "${revision:-0}" -gt 3 ]
    done
    rm -rf many many.jsonl
}

write_index_aloud() {
    anamnesis index -i xapian:place --shards "$shards" new.jsonl
}

if anamnesis index -i xapian:probe old.jsonl 2>&1 | grep -q "without Xapian"; then
    skip "an index for Xapian: not built in"
elif ! make_old; then
    fail "the index to begin with"
else
    links_are_not_followed
    damage_is_told_of_its_shard
    shards_are_written_meanwhile
    if strace -qq -o /dev/null -e inject=fsync:error=EIO:when=1 true 2>/dev/null; then
        renames=$(count "$rename")
        fsyncs=$(count fsync)
        check "there are renames" [ "$renames" -gt 4 ]
        check "there are fsyncs" [ "$fsyncs" -gt 12 ]
        for ((number = renames - 4; number <= renames; number++)); do
            failing_call "$rename" "$number"
            killed_at "$rename" "$number"
        done
        # The last one comes when all is done, before the old databases are removed.
        for ((number = fsyncs - 7; number < fsyncs; number++)); do
            failing_call fsync "$number"
        done
    else
        skip "failing system calls: strace(1) is not installed or may not trace"
    fi
fi
