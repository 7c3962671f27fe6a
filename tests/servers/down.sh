# A server that is down, and one that hangs: an error that names it, in time; or with
# --partial the answers of the others, which say so.
# shellcheck shell=bash disable=SC2154

serve_shards "$SHARED/three" 3
words='red dots'

# The pairs of query and record of a run.
pairs() {
    cut -d ' ' -f 1,3 "$1" | sort
}

# without SHARD RUN: its pairs, less those whose record is in the shard.
without() {
    xapian-delve -1 -V0 "$SHARED/three/shard-$1" | grep -oE 'am-[0-9]+' >in-shard
    pairs "$2" | grep -vFf in-shard
}

# the_rest SHARD WHAT: what --partial gives while the shard does not answer.
the_rest() {
    local missing=${uris[$1 - 1]} what=$2
    check "$what: search --partial answers in time, and says what is missing" \
        rest_in 4 "$missing" --timeout 1 -i "$all" "$words"
    expect "$what: people are told, too" 0 "1 of 3 shards did not answer \(${missing/+/.}\)" \
        anamnesis search --partial --timeout 1 -i "$all" "$words"
    within 4 batch "$all" --partial --timeout 1 >partial.run
    check "$what: batch --partial ends well" [ $? -eq 0 ]
    check "$what: and tells once what is missing" \
        [ "$(grep -c "1 of 3 shards did not answer ($missing)" batch.err)" = 1 ]
    check "$what: there are all records of the others, and none of the missing" \
        same <(without "$1" whole.run) <(pairs partial.run)
    check "$what: they are fewer than all" [ "$(wc -l <partial.run)" -lt "$(wc -l <whole.run)" ]
}

# refused WHAT PATTERN: every command, without --partial.
refused() {
    local what=$1 pattern=$2 command
    for command in "search $words" 'show am-0001' info check "batch $topics"; do
        # shellcheck disable=SC2086
        set -- $command
        expect "$what: $1 ends with 5 and names it" 5 "$pattern" \
            within 4 anamnesis "$1" --timeout 1 -i "$all" "${@:2}"
    done
}

batch "$all" >whole.run

stop "${servers[1]}"
refused 'a server that is down' "${uris[1]/+/.}: .*refused; --partial goes on without it"
the_rest 2 'a server that is down'
anamnesis show --partial --json -i "$all" am-0092 >shown 2>&1
check "a server that is down: show --partial has records of the others" \
    grep -q '"partial":true.*"id":"am-0092"' shown
missing=$(xapian-delve -1 -V0 "$SHARED/three/shard-2" | grep -oE -m 1 'am-[0-9]+')
expect "a server that is down: a record that is not found may be there" 1 \
    "no record '$missing', but 1 of 3 shards did not answer \(${uris[1]/+/.}\)" \
    anamnesis show --partial -i "$all" "$missing"
check "a server that is down: info --partial counts it" \
    [ "$(anamnesis info --partial --json -i "$all" | jq -c '[.shards, .shards_missing]')" = '[3,1]' ]
expect "settings are never half: tune needs all" 5 "${uris[1]/+/.}" \
    anamnesis tune -i "$all" "$topics" "$sample/qrels.txt"

serve "$SHARED/three/shard-2" "${ports[1]}"
servers[1]=$server
batch "$all" >again.run
check "started again, it is whole again" same whole.run again.run

freeze "${servers[2]}"
refused 'a server that hangs' "${uris[2]/+/.}: no answer in time; --partial goes on without it"
the_rest 3 'a server that hangs'
thaw "${servers[2]}"
batch "$all" >again.run
check "going on, it is whole again" same whole.run again.run

for server in "${servers[@]}"; do
    stop "$server"
done
expect "with all servers down --partial is an error, too" 5 "${uris[0]/+/.}|${uris[2]/+/.}" \
    within 2 anamnesis search --partial -i "$all" "$words"
