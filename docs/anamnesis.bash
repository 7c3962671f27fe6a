# bash completion for anamnesis: commands, options, and what goes after them.
# Source this file, or put it as "anamnesis" into the folder that
# `pkg-config --variable=completionsdir bash-completion` names.

# Prints the options of a command, one word each.
_anamnesis_options() {
    case $1 in
    index) echo "-i --index --format --language --memory --jobs --shards --no-optimize --skip-bad -h --help" ;;
    search)
        echo "-i --index -n --hits --json --explain --color --settings --k1 --b --weights --scorer
            --timeout --partial -h --help"
        ;;
    show) echo "-i --index --json --color --timeout --partial -h --help" ;;
    info) echo "-i --index --json --timeout --partial -h --help" ;;
    check) echo "-i --index --timeout --partial -h --help" ;;
    settings) echo "-i --index --timeout -h --help" ;;
    eval)
        echo "-m --measure -q --queries -c --complete -l --level -J --judged --json --seed --topics
            --plot -h --help"
        ;;
    tune)
        echo "-i --index --measure --params --folds --seed -l --level --jobs -o --output --timeout
            -h --help"
        ;;
    batch)
        echo "-i --index -n --hits --jobs --tag --settings --k1 --b --weights --scorer --timeout
            --partial -h --help"
        ;;
    help | version) echo "-h --help" ;;
    esac
}

# Fills COMPREPLY with those words of $1 that begin with $2.
_anamnesis_words() {
    local IFS=$' \t\n'
    # shellcheck disable=SC2207
    COMPREPLY=($(compgen -W "$1" -- "$2"))
}

# Fills COMPREPLY with file or folder names; blanks in names are kept.
_anamnesis_files() {
    local name
    COMPREPLY=()
    while IFS= read -r name; do
        COMPREPLY+=("$name")
    done < <(compgen -A "$1" -- "$2")
    type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
    return 0
}

# The value of the option $1 that begins with $2; fails where $1 takes none.
_anamnesis_value() {
    case $1 in
    -i | --index) _anamnesis_files directory "$2" ;;
    --format) _anamnesis_words "auto jsonl csv tsv medquad trec" "$2" ;;
    --language)
        _anamnesis_words "english none danish dutch finnish french german hungarian italian
            norwegian portuguese romanian russian spanish swedish turkish" "$2"
        ;;
    --memory) _anamnesis_words "256M 512M 1G 2G 4G" "$2" ;;
    --settings) _anamnesis_files file "$2" ;;
    --scorer) _anamnesis_words "bm25 bm25-xapian" "$2" ;;
    --color) _anamnesis_words "auto always never" "$2" ;;
    --params) _anamnesis_words "k1 b w_question" "$2" ;;
    -m | --measure)
        _anamnesis_words "map recip_rank ndcg_cut_10 P_10 recall_100 judged_10 official all" "$2"
        ;;
    -o | --output | --topics | --plot) _anamnesis_files file "$2" ;;
    -n | --hits | --folds | --seed | -l | --level | --jobs | --tag | --k1 | --b | --weights | \
        --shards | --timeout)
        COMPREPLY=()
        ;;
    *) return 1 ;;
    esac
}

_anamnesis() {
    local commands="index search show info check batch eval tune settings help version"
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        _anamnesis_words "$commands --help --version" "$word"
        return
    fi
    # readline makes "=" a word of its own: --format = csv
    if [ "$word" = = ]; then
        word=
    elif [ "$before" = = ]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    _anamnesis_value "$before" "$word" && return
    case $word in
    -*)
        _anamnesis_words "$(_anamnesis_options "$command")" "$word"
        return
        ;;
    esac
    case $command in
    index | batch | eval | tune | settings) _anamnesis_files file "$word" ;;
    help) _anamnesis_words "$commands" "$word" ;;
    esac
}

complete -F _anamnesis anamnesis
