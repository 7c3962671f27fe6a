#!/bin/sh
# The law of includes: which room may include which. A room sees itself, the public
# header and what is listed; indexer and searcher never see each other.
set -eu
status=0

law() {
    room=$1
    shift
    allowed="$room $*"
    for file in "$room"/*.[ch] "$room"/*.cc; do
        [ -e "$file" ] || continue
        for path in $(sed -n 's/^#include "\([^"]*\)".*/\1/p' "$file"); do
            case $path in
            anamnesis.h) continue ;;
            */*) to=${path%%/*} ;;
            *) to='a file without its room' ;;
            esac
            case " $allowed " in
            *" $to "*) ;;
            *)
                echo "$file includes $path: $room may include only: $allowed anamnesis.h" >&2
                status=1
                ;;
            esac
        done
    done
}

law base
law corpus base
law analysis base
law index base
law xapian base
law indexer base analysis index xapian
law searcher base analysis index xapian
law eval base corpus analysis index indexer searcher
law cli corpus eval
law bench analysis searcher xapian

for file in */*.c; do
    case $file in tests/*) continue ;; esac
    [ "$file" = cli/main.c ] || [ -e "${file%.c}.h" ] || {
        case $file in
        # Declared elsewhere: formats and commands in their tables, parts of the public
        # header, the engines behind engine.h, the searches of native.h and pruned.h, index/check.c in segment.h, eval/evaluate.c
        # in evaluation.h. In bench/, programs.
        corpus/* | cli/* | indexer/writer.c | indexer/settings.c | searcher/search.c | searcher/engine_*.c | searcher/exhaustive.c | searcher/pruned_*.c | eval/evaluate.c | \
            index/check.c | bench/costs.c | bench/generate.c | bench/measure.c | bench/reference.c | bench/report.c | \
            bench/plot.c | bench/peer_*.c) ;;
        *)
            echo "$file has no header of its own" >&2
            status=1
            ;;
        esac
    }
done
[ $status -ne 0 ] || echo 'ok: every include keeps the law of the rooms'
exit $status
