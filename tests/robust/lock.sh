# One writer at a time, any number of readers, and each reader keeps what it opened.
# shellcheck shell=bash

archive 2000 3 20 oldmark >old.jsonl
archive 3000 4 20 newmark >new.jsonl
index place old.jsonl

while_locked() {
    if ! command -v flock >/dev/null; then
        skip "flock(1) is not installed"
        return
    fi
    exec 8>>place/lock
    flock 8
    expect "a second writer is told to come again" 75 'another writer' \
        anamnesis index -i place new.jsonl
    check "readers work while a writer holds the lock" is_index place 2000 oldmark
    check "a refused writer leaves nothing" is_clean place
    exec 8>&-
}

# A search that stays open, fed by a named pipe.
ask() {
    echo "$1" >&7
    IFS= read -r -t 20 answer <&6
}

long_lived_reader() {
    mkfifo questions answers
    anamnesis search -i place --json -n 3 <questions >answers &
    local reader=$! before after
    exec 7>questions 6<answers
    ask oldmark
    before=$answer
    check "the reader answers" grep -q '"rank":3' <<<"$before"
    expect "a writer commits under an open reader" 0 'indexed 3,000 records' \
        anamnesis index -i place new.jsonl
    check "the old files are gone" is_clean place
    ask oldmark
    after=$answer
    # Times differ, hits do not.
    check "a reader keeps the index that it opened" \
        [ "${before#*\"hits\"}" = "${after#*\"hits\"}" ]
    ask newmark
    check "and does not see the new one" grep -q '"hits":\[\]' <<<"$answer"
    exec 7>&- 6<&-
    wait $reader
    check "the reader ends well" [ $? -eq 0 ]
    check "a new reader sees the new index" is_index place 3000 newmark
    check "and not the old one" [ "$(hits place oldmark)" = 0 ]
}

# Searching never fails while an index is replaced again and again.
readers_during_commits() {
    local bad=0 n=0 writer
    (for _ in 1 2 3 4 5 6 7 8 9 10; do index place old.jsonl || exit 1; done) &
    writer=$!
    while kill -0 $writer 2>/dev/null; do
        n=$((n + 1))
        [ "$(hits place 'oldmark newmark')" -gt 0 ] || bad=$((bad + 1))
    done
    wait $writer
    check "there are ten commits" [ $? -eq 0 ]
    check "there are searches during ten commits" [ $n -gt 0 ]
    check "$n searches during ten commits all answer" [ $bad -eq 0 ]
    check "ten commits leave one generation" is_clean place
}

racing_writers() {
    local i status wins=0 wrong=0 pids=()
    for i in 1 2 3 4 5 6; do
        anamnesis index -i fresh old.jsonl 2>race.$i &
        pids+=($!)
    done
    for i in 1 2 3 4 5 6; do
        wait "${pids[i - 1]}"
        status=$?
        case $status in
        0) wins=$((wins + 1)) ;;
        75) ;;
        *)
            wrong=$((wrong + 1))
            echo "exit $status: $(cat race.$i)"
            ;;
        esac
    done
    check "of racing writers one wins or more ($wins)" [ $wins -gt 0 ]
    check "and the others are told to come again" [ $wrong -eq 0 ]
    check "racing writers leave a whole index" is_index fresh 2000 oldmark
    check "racing writers leave nothing else" is_clean fresh
    rm -rf fresh race.*
}

while_locked
long_lived_reader
readers_during_commits
for _ in 1 2 3; do
    racing_writers
done
