# Three servers answer as one database and as the three in a folder, and nearly as the
# native engine: the same to the last byte where whole posting lists are read.
# shellcheck shell=bash disable=SC2154

serve_shards "$SHARED/three" 3
one=xapian:$SHARED/one
three=xapian:$SHARED/three

# runs OPTION...: of all engines.
runs() {
    batch "$SHARED/native" "$@" >native.run
    batch "$one" "$@" >one.run
    batch "$three" "$@" >three.run
    batch "$all" "$@" >served.run
    check "batch $*: there are answers" [ "$(wc -l <native.run)" -gt 1000 ]
    check "batch $*: three servers give the bytes of one database" same one.run served.run
    check "batch $*: and of three shards in a folder" same three.run served.run
}

# ranked RUN: without scores.
ranked() {
    cut -d ' ' -f 1-4 "$1"
}

for options in '' '--weights 1,0.25' '--scorer bm25-xapian'; do
    # shellcheck disable=SC2086
    runs $options
    check "batch $options: the native engine ranks alike" \
        same <(ranked native.run) <(ranked served.run)
done
for options in '--k1 2 --b 0.3' '--k1 0 --b 0' '--k1 2 --b 0.3 --scorer bm25-xapian'; do
    # shellcheck disable=SC2086
    runs $options
    check "batch $options: the native engine gives the same bytes" same native.run served.run
done

batch "$all" --jobs 1 >one-thread.run
batch "$all" --jobs 5 >five-threads.run
check "one thread and five give the same run" same one-thread.run five-threads.run
batch "${uris[2]},${uris[0]},${uris[1]}" >turned.run
check "in whatever order the servers are named" same one-thread.run turned.run
batch "${uris[1]},$three/shard-1,${uris[2]}" >mixed.run
check "a shard may be in a folder, the others behind servers" same one-thread.run mixed.run

clients() {
    local i pids=() wrong=0
    for i in 1 2 3 4 5 6; do
        anamnesis batch -i "$all" --jobs 1 "$topics" >client.$i 2>/dev/null &
        pids+=($!)
    done
    for i in 1 2 3 4 5 6; do
        { wait "${pids[i - 1]}" && same one-thread.run client.$i; } || wrong=$((wrong + 1))
    done
    [ $wrong -eq 0 ]
}
check "six clients at once get the same run" clients

# ---- the other commands ----

# both COMMAND WORD...: what it prints, of one database and of the servers.
both() {
    local command=$1
    shift
    anamnesis "$command" -i "$one" "$@" >one.out 2>one.err
    anamnesis "$command" -i "$all" "$@" >served.out 2>served.err
}

words='pinpoint red dots on hands not itchy'
both search --json -n 50 "$words"
check "search --json: as of one database" same one.out served.out
both search -n 5 --explain "$words"
check "search --explain: as of one database" same one.out served.out
anamnesis search --json --explain -i "$SHARED/native" "$words" | jq '[.hits[].parts]' >native.parts
anamnesis search --json --explain -i "$all" "$words" | jq '[.hits[].parts]' >served.parts
check "search --json --explain: the parts are those of the native engine" \
    same native.parts served.parts

mapfile -t ids < <(jq -r .id "$sample/archive.jsonl")
for format in '' --json; do
    # shellcheck disable=SC2086
    anamnesis show $format -i "$SHARED/native" "${ids[@]}" >native.out
    # shellcheck disable=SC2086
    anamnesis show $format -i "$all" "${ids[@]}" >served.out
    check "show $format: all ${#ids[@]} records are those of the native engine" \
        same native.out served.out
done
expect "show: what is not there is told" 1 "no record 'am-9999'" anamnesis show -i "$all" am-9999

facts='{documents, terms, fields, language, analyzer}'
check "info --json: counts and lengths are those of the native engine" \
    same <(anamnesis info --json -i "$SHARED/native" | jq "$facts") \
    <(anamnesis info --json -i "$all" | jq "$facts")
check "info --json: there are three shards" \
    [ "$(anamnesis info --json -i "$all" | jq -c '[.engine, .shards, .shards_missing]')" = '["xapian",3,0]' ]
check "check: every record is read and found" \
    grep -q '^ok: 203 records' <(anamnesis check -i "$all")

for run in native.run served.run; do
    batch "$([ $run = native.run ] && echo "$SHARED/native" || echo "$all")" |
        anamnesis eval "$sample/qrels.txt" - >$run.eval
done
check "eval: the measures are those of the native engine" same native.run.eval served.run.eval
anamnesis tune --params w_question --folds 2 -i "$SHARED/native" "$topics" "$sample/qrels.txt" \
    >native.out 2>/dev/null
anamnesis tune --params w_question --folds 2 -i "$all" "$topics" "$sample/qrels.txt" \
    >served.out 2>/dev/null
check "tune: the report is that of the native engine" same native.out served.out
