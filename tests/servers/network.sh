# Servers on hosts of their own (network namespaces), of which one is cut off.
# shellcheck shell=bash disable=SC2154

# Once more, in a network of our own.
if [ -z "${INSIDE:-}" ]; then
    inside=(bash -u -c '. "$0/../robust/prelude.sh"; . "$0/prelude.sh"; . "$0/network.sh"'
        "$ROOT/tests/servers")
    for new in 'unshare -n' 'unshare -rn'; do
        if $new ip link set lo up 2>/dev/null &&
            $new ip link add one type veth peer name two 2>/dev/null; then
            # shellcheck disable=SC2086
            INSIDE=yes exec $new "${inside[@]}"
        fi
    done
    skip "servers on hosts that are cut off: no right to make networks, or no ip(8)"
    exit 0
fi

words='red dots on hands'
ip link set lo up

# host NUMBER: a network with an address, joined to ours by a link of its own.
host() {
    start unshare -n sleep 100
    until_true 5 is_apart "$server"
    ip link add "link$1" type veth peer name eth0 netns "$server"
    ip addr add "10.9.$1.1/24" dev "link$1"
    ip link set "link$1" up
    nsenter -t "$server" -n ip addr add "10.9.$1.2/24" dev eth0
    nsenter -t "$server" -n ip link set eth0 up
    hosts+=("$server")
}

is_apart() {
    [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

hosts=()
host 1
host 2
cp -r "$SHARED/three" mine
anamnesis index --shards 2 -i xapian:mine "$sample/archive.jsonl" 2>/dev/null
uris=()
for i in 1 2; do
    serve mine/shard-$i 7001 nsenter -t "${hosts[i - 1]}" -n \
        xapian-tcpsrv --interface "10.9.$i.2"
    uris+=("xapian+tcp://10.9.$i.2:7001")
done
all=${uris[0]},${uris[1]}
check "two hosts answer as one database does" \
    same <(batch "xapian:$SHARED/one") <(batch "$all")

cut_off() {
    ip link set link2 down
}
# Packets go nowhere, and nothing tells.
silence() {
    nsenter -t "${hosts[1]}" -n ip link set eth0 down
}
join_again() {
    ip link set link2 up
    nsenter -t "${hosts[1]}" -n ip link set eth0 up
    until_true 10 reached
}
reached() {
    anamnesis info --timeout 1 -i "$all" >/dev/null 2>&1
}

asked_in_vain() {
    ask "$words"
    ended 5 "${uris[1]/+/.}: .*; --partial goes on without it"
}

for way in cut_off silence; do
    talk --timeout 1 -i "$all"
    ask "$words"
    whole=$answer
    check "$way: before, the answer is whole" is_whole
    $way
    check "$way: an open search is told in time, with exit 5" within 4 asked_in_vain
    expect "$way: so is a new one" 5 "${uris[1]/+/.}: .*; --partial goes on" \
        within 4 anamnesis search --timeout 1 -i "$all" "$words"
    check "$way: a new one with --partial has the rest in time" \
        rest_in 5 "${uris[1]}" --timeout 1 -i "$all" "$words"
    join_again

    talk --partial --timeout 3 -i "$all"
    ask "$words"
    check "$way: joined again, the answer is whole" [ "$answer" = "$whole" ]
    $way
    check "$way: an open search with --partial has the rest in time" \
        answered_in 6 "$words" is_partial "${uris[1]}"
    check "$way: and does not wait for it the next time" \
        answered_in 2 "$words" is_partial "${uris[1]}"
    check "$way: it ends well" hang_up
    join_again
done

talk --timeout 5 -i "$all"
ask "$words"
silence
(sleep 0.7; join_again) &
as_before() {
    [ "$answer" = "$whole" ]
}
check "a link that is down for less than the timeout is not noticed" \
    answered_in 5 "$words" as_before
check "and the search ends well" hang_up
