# The same archive gives the same bytes, whatever the way.
# shellcheck shell=bash

make_archives() {
    archive 3000 1 >a.jsonl
    archive 30000 2 40 >big.jsonl
}

two_runs() {
    index one a.jsonl
    index two a.jsonl
    check "two runs give the same bytes" same_index one two
    gzip -c a.jsonl >a.jsonl.gz
    index packed a.jsonl.gz
    check "gzip input and plain give the same bytes" same_index one packed
    index piped - <a.jsonl
    check "standard input and a file give the same bytes" same_index one piped
    head -n 1000 a.jsonl >part1.jsonl
    tail -n +1001 a.jsonl >part2.jsonl
    index parts part1.jsonl part2.jsonl
    check "one file and its two parts give the same bytes" same_index one parts
    rm -rf one two packed piped parts
}

# Runs are written while a background process indexes; counts the most seen at a time.
index_watching_runs() {
    local place=$1 most=0 n
    shift
    index "$place" "$@" &
    local pid=$!
    while kill -0 $pid 2>/dev/null; do
        n=$(find "$place" -name '*.run[0-9]*' 2>/dev/null | wc -l)
        [ "$n" -gt "$most" ] && most=$n
        sleep 0.02
    done
    wait $pid
    runs=$most
}

spilled_runs() {
    index whole --memory 1G big.jsonl
    index_watching_runs spilled --memory 8M big.jsonl
    check "8M of memory spills several runs ($runs)" [ "$runs" -gt 2 ]
    check "spilled runs give the same bytes as one" same_index whole spilled
    check "spilled runs are removed" is_clean spilled
    check "the merged index passes its check" is_index spilled 30000 case
    rm -rf spilled # whole stays for any_jobs
}

any_jobs() {
    local jobs
    head -n 4000 a.jsonl big.jsonl | grep '^{' >some.jsonl
    index one --jobs 1 some.jsonl
    for jobs in 2 3 8; do
        index several --jobs $jobs some.jsonl
        check "$jobs jobs give the same bytes as one" same_index one several
        index spilled --jobs $jobs --memory 8M big.jsonl
        check "$jobs jobs give the same bytes in little memory" same_index whole spilled
        rm -rf several spilled
    done
    rm -rf one whole
}

# What searches print for each of the words.
answers() {
    local word
    for word in patient case 'red spots' 'patient with red hands' zyzzyva; do
        anamnesis search -i "$1" -n 50 --json "$word"
    done
}

differ() {
    ! same_index "$@"
}

optimized() {
    local jobs
    index arrived --no-optimize big.jsonl
    index ordered --no-optimize --optimize --jobs 1 big.jsonl
    check "documents are put into another order" differ ordered arrived
    check "which changes no answer" cmp -s <(answers ordered) <(answers arrived)
    check "an index in that order passes its check" is_index ordered 30000 case
    for jobs in 1 2 3 8; do
        index again --jobs $jobs big.jsonl
        check "$jobs jobs find the same order" same_index ordered again
        rm -rf again
    done
    index spilled --memory 8M big.jsonl
    check "spilled runs give the same order" same_index ordered spilled
    {
        head -n 500 big.jsonl
        cat big.jsonl
    } >twice.jsonl
    index twice twice.jsonl
    check "with replaced records, too, an index passes its check" is_index twice 30000 case
    check "and they change no answer" cmp -s <(answers ordered) <(answers twice)
    check "nor any byte" same_index ordered twice
    rm -rf arrived ordered spilled twice twice.jsonl
}

duplicates() {
    {
        echo '{"id":"r000000","title":"zyzzyvaold xylographer","text":"quixotryold"}'
        cat big.jsonl
        echo '{"id":"late","title":"zyzzyvaold again","text":"quixotryold"}'
        echo '{"id":"late","title":"later words","text":"stay"}'
    } >twice.jsonl
    {
        cat big.jsonl
        echo '{"id":"late","title":"later words","text":"stay"}'
    } >once.jsonl
    index twice twice.jsonl
    index once once.jsonl
    check "a replaced record leaves no hit for its title" [ "$(hits twice zyzzyvaold)" = 0 ]
    check "a replaced record leaves no hit for its text" [ "$(hits twice quixotryold)" = 0 ]
    check "the later record is found" [ "$(hits twice 'later words stay')" -gt 0 ]
    check "the later record is shown" \
        grep -q '"title":"later words"' <(anamnesis show -i twice --json late)
    check "replaced records leave no byte behind" same_index once twice
    check "an index with replaced records passes its check" is_index twice 30001 case
    index spilled --memory 8M twice.jsonl
    check "replaced records leave no byte behind in spilled runs" same_index once spilled
    rm -rf once twice spilled
}

# A record whose id and text have N bytes together.
large_record() {
    printf '{"id":"big","text":"'
    yes 'red spots on the hands of patient' | tr '\n' ' ' | head -c $(($1 - 3))
    printf '"}\n'
}

large_records() {
    local most=$((64 << 20)) started=$SECONDS
    large_record $most >large.jsonl
    index large large.jsonl
    check "a record of 64 MiB passes its check ($((SECONDS - started)) s)" is_index large 1 patient
    check "a record of 64 MiB is shown whole" \
        [ "$(anamnesis show -i large --json big | wc -c)" -gt $most ]
    large_record $((most + 1)) >large.jsonl
    expect "a larger record is refused" 4 'large.jsonl:1: .*larger than 64 MiB' \
        anamnesis index -i large large.jsonl
    check "and the index stays" is_index large 1 patient
    check "and nothing is left over" is_clean large
    rm -rf large large.jsonl
}

make_archives
two_runs
spilled_runs
any_jobs
optimized
duplicates
large_records
