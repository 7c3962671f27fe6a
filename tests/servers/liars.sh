# Servers that are none, or lie, or stop in the middle of a word: exit 5 in time, with the
# reason and the right name; with --partial the rest.
# shellcheck shell=bash disable=SC2154

serve_shards "$SHARED/three" 3
words='red dots on hands'
whole=$(anamnesis search --json -i "$all" "$words")

# with URI: the index, its second shard at this address.
with() {
    joined "${uris[0]}" "$1" "${uris[2]}"
}

# alone WHAT PATTERN: with the fake server at $uri and no other.
alone() {
    expect "$1: exit 5 in time, and which it is" 5 "${uri/+/.}: $2" \
        within 4 anamnesis search --timeout 0.5 -i "$uri" "$words"
}

# among WHAT PATTERN: with it as one of three.
among() {
    expect "$1: exit 5 in time, and which of three it is" 5 \
        "${uri/+/.}: $2; --partial goes on without it" \
        within 4 anamnesis search --timeout 0.5 -i "$(with "$uri")" "$words"
    check "$1, --partial: the rest, and which is missing" \
        rest_in 4 "$uri" --timeout 0.5 -i "$(with "$uri")" "$words"
}

faced() {
    alone "$@"
    among "$@"
    stop "$server"
}

fake close
faced 'a server that closes at once' '.*closed unexpectedly'
fake silent
faced 'a server that says nothing' 'no answer in time'
fake garbage
faced 'a server that says garbage' 'NetworkError: .*'
fake endless
faced 'a server that says garbage without an end' 'NetworkError: .*'
fake dribble
faced 'a server that sends a message byte by byte' 'no answer in time'
fake version
faced 'a server of another version of the protocol' \
    'NetworkError: Server supports protocol version 38.0 - client is using [0-9.]+'
# Xapian takes in all that comes in time.
fake huge
expect 'a server that sends a message without an end: exit 5 in time' 5 'no answer in time' \
    within 4 anamnesis search --timeout 0.1 -i "$uri" "$words"
stop "$server"

# ---- in the middle of an answer ----

# Bytes of the greeting, of the facts, of term frequencies, of hits, of records.
for n in 20 300 560 1000 2000; do
    fake cut $n "${ports[1]}"
    among "a connection that ends after byte $n" '.*closed unexpectedly.*'
    stop "$server"
    fake stall $n "${ports[1]}"
    among "a connection that stops after byte $n" 'no answer in time'
    stop "$server"
done

# There are no checksums in the protocol: what is wrong may go unseen, but is no crash.
RANDOM=$SEED
crashes=0
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    n=$((RANDOM % 4000))
    fake flip $n "${ports[1]}"
    within 6 anamnesis search --explain --timeout 0.3 -i "$(with "$uri")" "$words" >/dev/null 2>flip.err
    case $? in
    0 | 4 | 5) ;;
    *)
        crashes=$((crashes + 1))
        echo "byte $n (SEED=$SEED): $(tail -n 1 flip.err)"
        ;;
    esac
    stop "$server"
done
check "a wrong byte in an answer, at $i places: no crash" [ $crashes -eq 0 ]

fake cut 1000000 "${ports[1]}"
check "by way of a go-between that lets all through: the whole answer" \
    [ "$(anamnesis search --json -i "$(with "$uri")" "$words")" = "$whole" ]
