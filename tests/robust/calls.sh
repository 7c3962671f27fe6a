# A writer killed at each of its system calls, and each of them failing in turn.
# shellcheck shell=bash

archive 200 9 20 oldmark >old.jsonl
# The first record comes again, so that one is left out.
archive 300 10 20 newmark | awk '{ print } NR == 1 { first = $0 } END { print first }' >new.jsonl
files=(place/lock place/manifest place/manifest.new
    place/000002.{documents,postings,terms,ids,lengths,run0,run.records})

rename="?rename,?renameat,?renameat2" # not every machine has each
run=(index --jobs 2 -i place new.jsonl)
echo '{"k1": 0.9}' >better.json

# inject CALL WHAT NUMBER: the writer in ${run[@]}, with the injection at its NUMBERth CALL on a file of
# the index, in each of its threads. Whether there was one; status and message are in $status and calls.err.
inject() {
    local only=() file
    for file in "${files[@]}"; do # a call may name its file, or have it open
        only+=(-P "$file" -P "$(pwd -P)/$file")
    done
    case $1 in fsync | unlinkat) only=() ;; esac # of directories too
    { # a subshell's word on who was killed is not wanted
        ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o calls.log "${only[@]}" -e trace="$1" \
            -e inject="$1:$2:when=$3" "$ANAMNESIS" "${run[@]}" >calls.out 2>calls.err
        status=$?
    } 2>/dev/null
    grep -Eq 'INJECTED|killed by SIGKILL' calls.log
}

renew() {
    rm -rf place
    index place old.jsonl
}

which_index() {
    if is_index place 200 oldmark; then
        echo old
    elif is_index place 300 newmark; then
        echo new
    else
        echo none
    fi
}

# What each failing call, or every so manieth, must come to: exit 5, a reason, a whole index and no
# other file.
failing_calls() {
    local call=$1 step=${2:-1} number=1 now
    renew
    while inject "$call" error=EIO "$number"; do
        now=$(which_index)
        if [ "$status" -ne 5 ]; then
            fail "$call $number fails: exit $status: $(tail -n 1 calls.err)"
        elif ! grep -Eq 'place(/[a-z0-9.]+)?: Input/output error' calls.err; then
            fail "$call $number fails: no reason told: $(tail -n 1 calls.err)"
        elif [ "$now" = none ]; then
            fail "$call $number fails: no whole index is there"
        elif ! is_clean place >/dev/null; then
            fail "$call $number fails: $(is_clean place)"
        else
            ok "$call $number fails: exit 5, the $now index is whole and alone"
        fi
        number=$((number + step))
        renew
    done
    check "without failing $call the run goes well" [ "$status" -eq 0 ]
    check "there were failing calls of $call" [ "$number" -gt 1 ]
}

killed_at_calls() {
    local call=$1 number=0 now
    renew
    while inject "$call" signal=KILL $((++number)); do
        now=$(which_index 2>/dev/null)
        if [ "$now" = none ]; then
            fail "killed at $call $number: no whole index is there"
        elif ! index place new.jsonl || ! is_index place 300 newmark; then
            fail "killed at $call $number: the next run does not go well"
        elif ! is_clean place >/dev/null; then
            fail "killed at $call $number, and after the next run: $(is_clean place)"
        else
            ok "killed at $call $number: the $now index is whole, the next run goes well"
        fi
        renew
    done
    check "there were kills at $call" [ "$number" -gt 1 ]
}

if strace -qq -o /dev/null -e inject=fsync:error=EIO:when=1 true 2>/dev/null; then
    for call in fsync "$rename" write pwrite64 mmap; do
        failing_calls "$call"
    done
    failing_calls pread64 79 # of spooled records
    for call in openat fsync "$rename" write pwrite64 unlinkat; do
        killed_at_calls "$call"
    done
    run=(settings -i place better.json)
    for call in fsync "$rename" write; do
        failing_calls "$call"
        killed_at_calls "$call"
    done
else
    skip "failing system calls: strace(1) is not installed or may not trace"
fi
