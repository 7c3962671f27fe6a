# Functions for the scripts of tests/cli, read through BASH_ENV.
# shellcheck shell=bash

anamnesis() {
    "$ANAMNESIS" "$@"
}

# Shows a command, its output and its exit code.
run() {
    printf '$'
    printf ' %q' "$@"
    echo
    "$@"
    echo "exit $?"
}

# The same for a command with pipes and redirections, given as one string. With a
# pipe, say what becomes of stderr: otherwise the order of lines is left to chance.
run_line() {
    echo "\$ $1"
    eval "$1"
    echo "exit $?"
}

# An index of data/archive.jsonl in the current folder, silently.
make_index() {
    anamnesis index "$@" "$DATA/archive.jsonl" 2>make_index.log || cat make_index.log
    rm -f make_index.log
}
