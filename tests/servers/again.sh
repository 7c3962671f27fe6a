# Indexing for Xapian again: under open searches, two at a time, killed in the middle.
# shellcheck shell=bash disable=SC2154

words='red dots on hands'
mine=xapian:mine
head -n 120 "$sample/archive.jsonl" >fewer.jsonl

make() {
    anamnesis index --shards 3 -i "$mine" "$1" 2>make.err || { cat make.err; return 1; }
}

# has NUMBER: whether it passes its check, and has so many records; "N|M" is either.
has() {
    anamnesis check -i "$mine" >/dev/null && [[ $(documents "$mine") =~ ^($1)$ ]]
}

# Whether there are no other files than a first run leaves.
listing() {
    (cd "$1" && find . | sed 's/g[0-9]\{6,\}/GENERATION/' | sort)
}
make fewer.jsonl
listing mine >fresh.listing

is_clean() {
    same fresh.listing <(listing mine)
}

# ---- under an open search ----

under_a_search() {
    local what=$1 place=$2 before i
    make "$sample/archive.jsonl"
    talk -n 50 -i "$place"
    ask "$words"
    before=$answer
    check "$what: the search answers" is_whole
    for i in fewer.jsonl "$sample/archive.jsonl" fewer.jsonl; do
        make "$i"
        ask "$words"
        [ "$answer" = "$before" ] || [ -z "$answer" ] || break
    done
    if [ -n "$answer" ]; then
        check "$what is indexed again thrice: the search keeps the answers of what it opened" \
            [ "$answer" = "$before" ]
        check "$what is indexed again: the search ends well" hang_up
    else
        check "$what is indexed again: the search ends with a reason" ended 5 'open it again|changed'
    fi
    check "$what is indexed again: a new search sees the new records" \
        [ "$(documents "$place")" = 120 ]
}

under_a_search 'a folder' "$mine"
serve_shards mine 3
under_a_search 'what servers serve' "$all"

# The connections are lost, too: what the servers have now is another index.
make "$sample/archive.jsonl"
talk -n 50 -i "$all"
ask "$words"
make fewer.jsonl
for i in 0 1 2; do
    stop "${servers[i]}"
    serve mine/shard-$((i + 1)) "${ports[i]}"
    servers[i]=$server
done
ask "$words"
check "servers started again with another index: no answers of a mixture" [ -z "$answer" ]
check "servers started again with another index: the search ends with the reason" \
    ended 5 'xapian.tcp://.* was replaced by another index since it was opened; open it again'
check "files of the old index are gone" is_clean

# Searches that begin at any moment find the one index or the other.
begun_during_commits() {
    local n=0 wrong=0 writer found
    (for _ in 1 2 3; do make "$sample/archive.jsonl" && make fewer.jsonl || exit 1; done) &
    writer=$!
    while kill -0 $writer 2>/dev/null; do
        n=$((n + 1))
        found=$(documents "$mine")
        [ "$found" = 203 ] || [ "$found" = 120 ] || wrong=$((wrong + 1))
    done
    wait $writer
    check "there are six commits" [ $? -eq 0 ]
    check "there are searches meanwhile" [ $n -gt 0 ]
    check "$n searches begun during six commits find one index or the other" [ $wrong -eq 0 ]
    check "six commits leave one generation" is_clean
}
begun_during_commits

# ---- two at a time ----

mkfifo records
anamnesis index --shards 3 -i "$mine" - <records 2>first.err &
first=$!
exec 8>records
head -n 1 "$sample/archive.jsonl" >&8
at_work() {
    [ "$(echo mine/build/*.records)" != 'mine/build/*.records' ]
}
check "a writer waits for records" until_true 5 at_work
expect "a second writer is told to come again" 75 'another writer' \
    anamnesis index --shards 3 -i "$mine" fewer.jsonl
check "searching goes on meanwhile" has 120
expect "settings cannot be stored meanwhile" 75 'another writer' \
    anamnesis settings -i "$mine" - <<<'{}'
tail -n +2 "$sample/archive.jsonl" >&8
exec 8>&-
wait $first
check "the first writer ends well" [ $? -eq 0 ]
check "and its index is there" has 203
check "and alone" is_clean

# ---- killed ----

archive 3000 1 20 >many.jsonl
kills=5
full=$(milliseconds)
make many.jsonl
full=$(($(milliseconds) - full))
make fewer.jsonl
for ((i = 0; i < kills; i++)); do
    moment=$((full * (2 * i + 1) / (2 * kills)))
    timeout --foreground -s KILL "$((moment / 1000)).$(printf %03d $((moment % 1000)))" \
        "$ANAMNESIS" index --shards 3 -i "$mine" many.jsonl 2>/dev/null
    status=$?
    if [ $status -eq 0 ]; then
        ok "SIGKILL after $moment ms: too late"
    else
        check "SIGKILL after $moment ms: the old index or the new is whole" has '120|3000'
    fi
    make fewer.jsonl
    check "SIGKILL after $moment ms: the next run goes well" has 120
    check "SIGKILL after $moment ms: and leaves nothing else" is_clean
done 2>/dev/null

"$ANAMNESIS" index --shards 3 -i xapian:other - <records 2>first.err &
first=$!
exec 8>records
cat many.jsonl >&8
kill -TERM $first
exec 8>&-
wait $first
check "SIGTERM in a first run ends it" [ $? -eq 143 ]
check "SIGTERM in a first run leaves nothing" [ ! -e other ]

# Where each shard's current database is named, then all of them.
killed_publishing() {
    local files=() file number
    local rename="?rename,?renameat,?renameat2" # not every machine has each
    for file in mine/XAPIANDB.new mine/shard-{1,2,3}/XAPIANDB.new; do
        files+=(-P "$file" -P "$(pwd -P)/$file")
    done
    for number in 1 2 3 4; do
        { # a subshell's word on who was killed is not wanted
            ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o calls.log "${files[@]}" -e trace="$rename" \
                -e inject="$rename":signal=KILL:when=$number \
                "$ANAMNESIS" index --shards 3 -i "$mine" "$sample/archive.jsonl" 2>calls.err
        } 2>/dev/null
        check "killed before stub $number of 4 is replaced" \
            grep -q 'killed by SIGKILL' calls.log
        check "killed before stub $number of 4: the old index is whole" has 120
        expect "killed before stub $number of 4: settings can be stored" 0 'stored in' \
            anamnesis settings -i "$mine" - <<<"{\"k1\": 1.$number}"
        check "killed before stub $number of 4: and are those of the index" \
            grep -q "\"k1\": 1.$number" <(anamnesis settings -i "$mine")
        make fewer.jsonl
        check "killed before stub $number of 4: the next run goes well" has 120
        check "killed before stub $number of 4: and leaves nothing else" is_clean
    done
}

if strace -qq -o /dev/null -e inject=fsync:error=EIO:when=1 true 2>/dev/null; then
    killed_publishing
else
    skip "killed at each stub: strace(1) is not installed or may not trace"
fi
