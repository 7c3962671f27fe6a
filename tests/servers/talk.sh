# Servers that end, hang and come back while a search talks to them.
# shellcheck shell=bash disable=SC2154

serve_shards "$SHARED/three" 3
words='red dots on hands'
anamnesis search --json -n 100 -i "$all" "$words" >whole.json
hits='.hits | map([.id, .score])'
whole=$(jq -c "$hits" whole.json)

same_hits() {
    [ "$(jq -c "$hits" <<<"$answer")" = "$whole" ]
}

restart() {
    serve "$SHARED/three/shard-$1" "${ports[$1 - 1]}"
    servers[$1 - 1]=$server
}

# ---- it ends ----

for signal in KILL TERM; do
    talk -n 100 -i "$all"
    ask "$words"
    check "SIG$signal: before it the answer is whole" same_hits
    stop "${servers[1]}" $signal
    check "SIG$signal of a server: no answer to the next query" answered_in 2 "$words" no_answer
    check "SIG$signal of a server: exit 5, and which it was" \
        ended 5 "${uris[1]/+/.}: .*; --partial goes on without it"

    restart 2
    talk --partial -n 100 -i "$all"
    ask "$words"
    check "SIG$signal, --partial: before it the answer is whole" same_hits
    stop "${servers[1]}" $signal
    check "SIG$signal of a server, --partial: the next answer says that it is partial" \
        answered_in 2 "$words" is_partial "${uris[1]}"
    ask dots
    check "SIG$signal of a server, --partial: and so does the one after" is_partial "${uris[1]}"
    check "SIG$signal of a server, --partial: the search ends well" hang_up
    restart 2
done

# ---- it comes back ----

for options in '' --partial; do
    # shellcheck disable=SC2086
    talk $options -n 100 -i "$all"
    ask "$words"
    for i in 1 2 3; do
        stop "${servers[i - 1]}"
        restart $i
    done
    ask "$words"
    check "all servers started again: the search $options goes on" same_hits
    check "all servers started again: the search $options ends well" hang_up
done

# A server closes a connection that was idle for long.
stop "${servers[0]}"
serve "$SHARED/three/shard-1" "${ports[0]}" xapian-tcpsrv --interface 127.0.0.1 --idle-timeout 200
servers[0]=$server
talk -n 100 -i "$all"
ask "$words"
check "a server with an idle timeout answers" same_hits
sleep 0.6
ask "$words"
check "a connection closed for being idle is made anew" same_hits
check "and the search ends well" hang_up

# ---- it hangs ----

asked_in_vain() {
    ask "$words"
    ended 5 "${uris[2]/+/.}: no answer in time; --partial goes on without it"
}

talk --timeout 1 -n 100 -i "$all"
ask "$words"
freeze "${servers[2]}"
check "a server that hangs: told in time, with exit 5" within 4 asked_in_vain
thaw "${servers[2]}"

talk --partial --timeout 3 -n 100 -i "$all"
ask "$words"
check "a server that hangs, --partial: before it the answer is whole" same_hits
freeze "${servers[2]}"
check "a server that hangs, --partial: the rest comes in time" \
    answered_in 6 "$words" is_partial "${uris[2]}"
check "a server that hangs, --partial: the next answer does not wait for it" \
    answered_in 2 "$words" is_partial "${uris[2]}"
thaw "${servers[2]}"
check "a server that hangs, --partial: the search ends well" hang_up

# ---- in the middle of a long run ----

for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
    cat "$topics"
done | awk '{ sub(/^/, NR "-"); print }' >many.tsv
anamnesis batch --jobs 1 -i "$all" many.tsv >whole.run 2>/dev/null

# strike WHAT OPTION...: a batch whose second server is killed when it has written a little;
# its status is in $status.
strike() {
    anamnesis batch --jobs 1 "$@" -i "$all" many.tsv >struck.run 2>struck.err &
    local batch=$!
    until_true 10 [ -s struck.run ]
    stop "${servers[1]}"
    within 4 wait $batch
    status=$?
    restart 2
}

is_prefix() {
    local n
    n=$(stat -c %s struck.run)
    [ "$n" -gt 0 ] && [ "$n" -lt "$(stat -c %s whole.run)" ] && cmp -s -n "$n" whole.run struck.run
}

strike
check "killed in mid-run: batch ends with 5" [ $status -eq 5 ]
check "killed in mid-run: it tells which server" grep -q "${uris[1]}: .*--partial" struck.err
check "killed in mid-run: what was written is the beginning of the whole run" is_prefix
strike --partial
check "killed in mid-run, --partial: batch ends well" [ $status -eq 0 ]
check "killed in mid-run, --partial: it tells what is missing" \
    grep -q "1 of 3 shards did not answer (${uris[1]})" struck.err
check "killed in mid-run, --partial: every topic is answered" \
    same <(cut -d ' ' -f 1 whole.run | uniq) <(cut -d ' ' -f 1 struck.run | uniq)
check "killed in mid-run, --partial: some of it with fewer hits" \
    [ "$(wc -l <struck.run)" -lt "$(wc -l <whole.run)" ]
