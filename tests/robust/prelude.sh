# Functions for the scripts of tests/robust.
# shellcheck shell=bash

anamnesis() {
    "$ANAMNESIS" "$@"
}

ok() {
    echo "ok $*"
}

fail() {
    echo "FAIL $*"
}

skip() {
    echo "SKIP $*"
}

# check WHAT COMMAND...: ok where the command succeeds.
check() {
    local what=$1
    shift
    if "$@" >check.out; then
        ok "$what"
    else
        fail "$what: $(tail -n 1 check.out)"
    fi
    rm -f check.out
}

# expect WHAT CODE PATTERN COMMAND...: the command ends with CODE and its messages match
# the extended regular expression.
expect() {
    local what=$1 code=$2 pattern=$3 status
    shift 3
    "$@" >expect.out 2>expect.err
    status=$?
    if [ $status -ne "$code" ]; then
        fail "$what: exit $status, not $code: $(tail -n 1 expect.err)"
    elif ! grep -Eq -- "$pattern" expect.err; then
        fail "$what: no message like '$pattern': $(tail -n 1 expect.err)"
    else
        ok "$what"
    fi
    rm -f expect.out expect.err
}

# archive N SEED [WORDS [MARK]]: N invented records of about WORDS words, each with the
# word MARK in its title, the same for the same arguments.
archive() {
    LC_ALL=C awk -v n="$1" -v seed="$2" -v words="${3:-20}" -v mark="${4:-case}" '
        function word(i, s) {
            s = ""
            do {
                s = s substr("bcdfglmnprst", i % 12 + 1, 1) substr("aeiou", i % 5 + 1, 1)
                i = int(i / 7)
            } while (i > 0)
            return s
        }
        function text(k, s, i) {
            s = ""
            for (i = 0; i < k; i++)
                s = s word(int(exp(rand() * log(30000)))) " "
            return s
        }
        BEGIN {
            srand(seed)
            for (i = 0; i < n; i++)
                printf "{\"id\":\"r%06d\",\"title\":\"%s %s\",\"question\":\"%s\",\"answers\":[{\"text\":\"%s\"}]}\n",
                    (i * 7919) % 1000003, mark, text(3), text(int(words / 2)), text(int(words / 2))
        }'
}

# index INDEX FILE...: silently.
index() {
    local place=$1
    shift
    anamnesis index -i "$place" "$@" 2>index.log || { cat index.log; return 1; }
    rm -f index.log
}

# The number of hits, of 10 at most, for a query.
hits() {
    anamnesis search -i "$1" --json -n 10 "$2" | grep -o '"rank":' | wc -l
}

documents() {
    anamnesis info -i "$1" --json | grep -o '"documents":[0-9]*' | cut -d : -f 2
}

# Whether an index passes its check, and holds N records that all have the word MARK.
is_index() {
    local place=$1 n=$2 mark=$3
    anamnesis check -i "$place" >/dev/null && [ "$(documents "$place")" = "$n" ] &&
        [ "$(hits "$place" "$mark")" -gt 0 ]
}

# Whether nothing but lock, manifest and five files is there.
is_clean() {
    local names
    names=$(cd "$1" && echo *)
    if [[ $names =~ ^([0-9]+)\.documents\ ([0-9]+)\.ids\ ([0-9]+)\.lengths\ ([0-9]+)\.postings\ ([0-9]+)\.terms\ lock\ manifest$ ]]; then
        return 0
    fi
    echo "there are $names"
    return 1
}

# Whether the files of two indexes are the same, byte by byte.
same_index() {
    diff -r "$1" "$2"
}
