# Writers killed at any moment: the old index or the new one is there, whole.
# shellcheck shell=bash

kills=40
echo "seed $SEED"
archive 20000 7 40 evenmark >even.jsonl
archive 19000 8 40 oddmark >odd.jsonl

# How long a run takes at least, in milliseconds.
milliseconds() {
    local from to ms least=1000000
    for _ in 1 2 3; do
        from=$EPOCHREALTIME
        "$@"
        to=$EPOCHREALTIME
        ms=$(((${to/[.,]/} - ${from/[.,]/}) / 1000))
        [ $ms -lt $least ] && least=$ms
    done
    echo $least
}

# Which index is there: even, odd, or none that is whole.
present() {
    if is_index place 20000 evenmark && [ "$(hits place oddmark)" = 0 ]; then
        echo even
    elif is_index place 19000 oddmark && [ "$(hits place evenmark)" = 0 ]; then
        echo odd
    else
        echo none
    fi
}

# strike SIGNAL SECONDS
strike() {
    local what="SIG$1 after $2 s" before=$current archive=even now status
    [ "$before" = even ] && archive=odd
    timeout --foreground --preserve-status -s "$1" "$2" \
        "$ANAMNESIS" index -i place $archive.jsonl 2>kill.err
    status=$?
    now=$(present 2>/dev/null)
    if [ $status -eq 0 ] && [ "$now" != $archive ]; then
        fail "$what: the run ended well, but the index there is: $now"
    elif [ "$now" = none ]; then
        fail "$what: no whole index is there (exit $status): $(tail -n 1 kill.err)"
    elif [ "$1" != KILL ] && ! is_clean place >/dev/null; then
        fail "$what: files are left over (exit $status)"
    elif [ $status -ne 0 ] && [ $status -ne $((128 + $(kill -l "$1"))) ]; then
        fail "$what: exit $status: $(tail -n 1 kill.err)"
    else
        ok "$what: exit $status, $before then $now"
    fi
    [ "$now" = none ] || current=$now
}

index place even.jsonl
current=even
full=$(milliseconds index place even.jsonl)
echo "a run takes $full ms"

# One moment in each of as many slices: half of them of a run, half of its last third,
# where the index is written and published.
awk -v seed="$SEED" -v n=$((kills / 2)) -v full="$full" 'BEGIN {
    srand(seed)
    for (i = 0; i < n; i++)
        printf "%.4f\n", (i + rand()) / n * full / 1000
    for (i = 0; i < n; i++)
        printf "%.4f\n", (0.67 + 0.38 * (i + rand()) / n) * full / 1000
}' >moments
signals=(KILL INT KILL TERM)
number=0
while read -r moment; do
    strike "${signals[number % 4]}" "$moment"
    number=$((number + 1))
done <moments

check "a full run goes well after all that" index place even.jsonl
check "its index is whole" is_index place 20000 evenmark
check "and lock, manifest and five files are all there is" is_clean place

# An archive whose end takes its time, however fast it is read.
lasting() {
    cat even.jsonl
    sleep 3
}

# The first index of a place, killed before it can be there.
rm -rf place
for moment in 0.01 0.1 0.5; do
    timeout --foreground --preserve-status -s TERM $moment \
        "$ANAMNESIS" index -i place - 2>/dev/null < <(lasting 2>/dev/null)
    check "SIGTERM after $moment s leaves no new directory" [ ! -e place ]
    timeout --foreground --preserve-status -s KILL $moment \
        "$ANAMNESIS" index -i place - 2>/dev/null < <(lasting 2>/dev/null)
    check "after SIGKILL at $moment s there is no index yet" \
        [ "$(anamnesis info -i place >/dev/null 2>&1; echo $?)" = 4 ]
    rm -rf place
done
mkdir place
timeout --foreground --preserve-status -s KILL 0.1 "$ANAMNESIS" index -i place - 2>/dev/null < <(lasting 2>/dev/null)
check "a run after a killed first one goes well" index place odd.jsonl
check "and is whole" is_index place 19000 oddmark
check "and alone" is_clean place
