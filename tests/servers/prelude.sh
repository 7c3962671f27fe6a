# Functions for the scripts of tests/servers, after those of tests/robust.
# shellcheck shell=bash disable=SC2034

sample=$ROOT/corpus/sample
topics=$sample/topics.tsv

milliseconds() {
    echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# until_true SECONDS COMMAND...: repeats it until it succeeds.
until_true() {
    local end=$(($(milliseconds) + $1 * 1000))
    shift
    until "$@"; do
        [ "$(milliseconds)" -lt $end ] || return 1
        sleep 0.01
    done
}

# within SECONDS COMMAND...: its status; it is an error to take longer.
within() {
    local end=$(($(milliseconds) + $1 * 1000)) status
    shift
    "$@"
    status=$?
    [ "$(milliseconds)" -le $end ] || { echo "took too long: $*"; return 99; }
    return $status
}

# ---- servers ----

# start COMMAND...: in the background, in a session of its own, that holds no pipe of
# ours; $server is its process group. What it says goes to server.log.
start() {
    rm -f server.log # that of another is not cut under its hands
    : >server.log
    setsid "$@" >server.log 2>&1 </dev/null 6<&- 7>&- &
    server=$!
    disown
    : >"$SERVERS/$server"
}

running() {
    kill -0 "$1" 2>/dev/null
}

# stop SERVER [SIGNAL]: and every child of it.
stop() {
    kill "-${2:-KILL}" -- "-$1"
    until_true 5 stopped "$1" || echo "FAIL server $1 goes on after SIG${2:-KILL}"
    rm -f "$SERVERS/$1"
}

stopped() {
    ! running "$1"
}

freeze() {
    kill -STOP -- "-$1"
}

thaw() {
    kill -CONT -- "-$1"
}

# listens WORD: the server just started has said so; false also when it ended.
listens() {
    grep -q "$1" server.log || stopped "$server"
}

# Each script has ports of its own, and gives none out twice.
free_port() {
    port=$((FIRST_PORT + ports_given++))
}

# serve FOLDER [PORT [COMMAND...]]: $port and $uri are where it is served, by COMMAND where
# it is not the usual one.
serve() {
    local folder=$1 fixed=${2:-0} i
    shift
    [ $# -gt 0 ] && shift
    [ $# -gt 0 ] || set -- xapian-tcpsrv --interface 127.0.0.1
    for i in 1 2 3 4 5 6 7 8 9 10; do
        port=$fixed
        [ "$port" -ne 0 ] || free_port
        start "$@" --port "$port" "$folder"
        until_true 10 listens Listening
        uri=xapian+tcp://127.0.0.1:$port
        running "$server" && return 0
        rm -f "$SERVERS/$server"
        [ "$fixed" -eq 0 ] || sleep 0.1
    done
    fail "a server of $folder does not start: $(tail -n 1 server.log)"
    return 1
}

# serve_shards INDEX N: the lists servers, ports and uris; $all names all of them.
serve_shards() {
    local i
    servers=() ports=() uris=()
    for ((i = 1; i <= $2; i++)); do
        serve "$1/shard-$i" || exit 1
        servers+=("$server") ports+=("$port") uris+=("$uri")
    done
    all=$(joined "${uris[@]}")
}

# fake HOW [N PORT]: a server of fake_server.c at $uri.
fake() {
    start "$SHARED/fake_server" "$@"
    until_true 10 listens '^[0-9]'
    uri=xapian+tcp://127.0.0.1:$(cat server.log)
}

joined() {
    local IFS=,
    echo "$*"
}

# ---- questions ----

# batch INDEX [OPTION...]: the run of the sample's topics; messages go to batch.err.
batch() {
    local place=$1
    shift
    anamnesis batch -i "$place" "$@" "$topics" 2>batch.err
}

# Two files alike, and not for lack of an answer.
same() {
    [ -p "$1" ] || [ -s "$1" ] || { echo "$1 is empty"; return 1; }
    cmp -s "$1" "$2" || { diff "$1" "$2" | sed -n 2p; return 1; }
}

# A search that stays open: `talk OPTION...`, `ask QUERY` as often as wanted, then `hang_up`,
# whose status is that of the search. The answer is in $answer, messages in talk.err.
talk() {
    rm -f questions answers
    mkfifo questions answers
    anamnesis search --json "$@" <questions >answers 2>talk.err &
    talker=$!
    exec 7>questions 6<answers
}

ask() {
    answer=
    { echo "$1" >&7; } 2>/dev/null
    IFS= read -r -t 20 answer <&6
    return 0
}

# answered_in SECONDS QUERY TEST...: whether the answer comes in time and passes the test.
answered_in() {
    local seconds=$1 query=$2
    shift 2
    within "$seconds" ask "$query" && "$@"
}

hang_up() {
    exec 7>&- 6<&-
    wait "$talker"
}

# ended CODE PATTERN: how the search that was talked to ended, and what it said.
ended() {
    hang_up
    local status=$?
    [ $status -eq "$1" ] || { echo "exit $status, not $1: $(tail -n 1 talk.err)"; return 1; }
    grep -Eq -- "$2" talk.err || { echo "no message like '$2': $(tail -n 1 talk.err)"; return 1; }
}

no_answer() {
    [ -z "$answer" ]
}

# is_partial [URI]: whether $answer says so, and names the missing one.
is_partial() {
    grep -qF '"partial":true' <<<"$answer" && grep -qF "\"missing\":[\"${1:-}" <<<"$answer"
}

# rest_in SECONDS URI WORD...: whether a search with --partial has an answer in time, that
# names this one as missing.
rest_in() {
    local seconds=$1 missing=$2
    shift 2
    answer=$(within "$seconds" anamnesis search --partial --json "$@") && is_partial "$missing"
}

is_whole() {
    [[ $answer == *'"hits":[{"rank":1,'* && $answer != *'"partial"'* ]]
}

trap : PIPE # not ignored: a program would inherit that
ports_given=0
