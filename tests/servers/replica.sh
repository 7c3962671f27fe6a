# A shard copied by Xapian's replication to another place and served there: docs/SCALING.md.
# shellcheck shell=bash disable=SC2154

for tool in xapian-replicate-server xapian-replicate; do
    if ! command -v $tool >/dev/null; then
        skip "replication: $tool(1) is not installed"
        exit 0
    fi
done

cp -r "$SHARED/three" mine
serve_shards mine 3
batch "$all" >masters.run

# The master of all shards, named by their folders.
serve_replication() {
    local i
    for i in 1 2 3 4 5 6 7 8 9 10; do
        free_port
        master=$port
        start xapian-replicate-server --interface=127.0.0.1 --port=$master mine
        sleep 0.3
        running "$server" && return 0
        rm -f "$SERVERS/$server"
    done
    fail "xapian-replicate-server does not start: $(tail -n 1 server.log)"
    exit 1
}
serve_replication

replicate() {
    local i
    for i in 1 2 3; do
        xapian-replicate --one-shot --quiet --host=127.0.0.1 --port=$master \
            --master=shard-$i copy-$i 2>replicate.err || { cat replicate.err; return 1; }
    done
}
check "each shard is copied" replicate
copies=()
for i in 1 2 3; do
    serve copy-$i
    copies+=("$uri")
done
batch "$(joined "${copies[@]}")" >copies.run
check "the copies answer as the masters do" same masters.run copies.run
batch "${uris[0]},${copies[1]},${uris[2]}" >mixed.run
check "a copy stands in for its master" same masters.run mixed.run
expect "a master and its copy are one shard" 4 'are both shard 1 of 3' \
    anamnesis search -i "$all,${copies[0]}" red dots

stop "${servers[1]}"
batch "${uris[0]},${copies[1]},${uris[2]}" >mixed.run
check "also when the master is down" same masters.run mixed.run
serve mine/shard-2 "${ports[1]}"

check "copied again, nothing changed" replicate
batch "$(joined "${copies[@]}")" >copies.run
check "and the answers are the same" same masters.run copies.run

talk -i "$(joined "${copies[@]}")"
ask 'red dots'
before=$answer
check "the copies answer" grep -q '"rank":' <<<"$before"
head -n 120 "$sample/archive.jsonl" >fewer.jsonl
anamnesis index --shards 3 -i xapian:mine fewer.jsonl 2>/dev/null
batch "$all" >masters.run
check "an archive indexed again is copied again" replicate
batch "$(joined "${copies[@]}")" >copies.run
check "servers that were not started again answer from it, as the masters do" \
    same masters.run copies.run
ask 'red dots'
check "a search that was open goes on with what it opened, or tells why not" \
    [ "$answer" = "$before" ]
hang_up
check "of 120 records" [ "$(documents "$(joined "${copies[@]}")")" = 120 ]
