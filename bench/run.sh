#!/bin/sh
# The benchmark: generates a collection, lets every engine index it, checks their answers,
# then times them by turns. docs/BENCHMARKS.md says how and what came of it.
# usage: run.sh BUILD; usually by make bench. From the environment:
#   DOCS     records of the largest collection (200000); smaller ones show the growth
#   SIZES    the collections, instead
#   DATA     folder of judged sets; without medquad-liveqa there, corpus/sample is the model
#   ENGINES  of ours ours2 xapian lucene fts5 (all that are installed); ours comes first
#   BUCKETS  topic files of the largest collection, joined by commas (all)
#   ROUNDS   rounds (5)       BUDGET  most seconds of one pass of one engine (10)
#   REUSE    1: keep collections and the peers' indexes of the last run
set -eu
LC_ALL=C && export LC_ALL # the order of topic files is part of the collection
build=$1
work=$build/bench
bin=$build/bench/bin
docs=${DOCS:-200000}
rounds=${ROUNDS:-5}
budget=${BUDGET:-10}
main=q2,q5,qlong,qweighted
buckets=${BUCKETS:-$main,q2-nostop,q5-nostop,qlong-nostop,qweighted-nostop}
data=${DATA:-../shared/data}
engines=${ENGINES:-ours ours2 xapian lucene fts5}
sizes=${SIZES:-}
if [ -z "$sizes" ]; then
    for n in 50000 200000 500000; do [ "$n" -ge "$docs" ] || sizes="$sizes $n"; done
    sizes="$sizes $docs"
fi

say() { echo "bench: $*" >&2; }
has() { case " $engines " in *" $1 "*) ;; *) return 1 ;; esac; }
drop() {
    has "$1" || return 0
    say "without $1: $2"
    engines=$(echo " $engines " | sed "s/ $1 / /")
}

has ours || {
    say 'ENGINES must have ours, which the others are compared with'
    exit 2
}
jars=
for part in core analyzers-common analysis-common; do
    for jar in /usr/share/java/lucene-$part-*.jar; do
        [ ! -e "$jar" ] || jars=$jars:$jar
    done
done
[ -x "$bin/peer_xapian" ] || drop xapian 'install libxapian-dev, and build with XAPIAN=1'
[ -x "$bin/peer_sqlite" ] || drop fts5 'install libsqlite3-dev'
[ -e "$bin/PeerLucene.class" ] || drop lucene 'install default-jdk-headless liblucene8-java'

if [ -e "$data/medquad-liveqa/corpus.jsonl" ]; then
    source=$data/medquad-liveqa/corpus.jsonl
    topics=$(ls "$data"/medquad-liveqa/queries*.tsv)
else
    source=corpus/sample/archive.jsonl
    topics=corpus/sample/topics.tsv
    say 'no DATA/medquad-liveqa: the collection is modelled on corpus/sample, which is small'
fi

index_of() {
    case $1 in
    fts5) echo "$at/fts5.db" ;;
    *) echo "$at/$1" ;;
    esac
}

command_of() {
    case $1 in
    ours | ours2) echo "$bin/peer_ours search $at/$1" ;;
    xapian) echo "$bin/peer_xapian search $at/xapian" ;;
    fts5) echo "$bin/peer_sqlite search $at/fts5.db" ;;
    lucene) echo "java -Xmx2g -cp $bin$jars PeerLucene search $at/lucene" ;;
    esac
}

# Figures of each index are kept beside it, so that they can be used again with it.
build_one() {
    name=$1
    shift
    if [ "${REUSE:-0}" = 1 ] && [ -e "$at/$name.built" ] && [ "${name#ours}" = "$name" ]; then
        return
    fi
    say "$n records: indexing with $name"
    rm -rf "$(index_of "$name")" "$at/$name.built" "$at/$name.new"
    "$bin/measure" build "$at/$name.new" "$n" "$name" "$(index_of "$name")" "$@" 2>"$at/$name.log" || {
        cat "$at/$name.log" >&2
        exit 1
    }
    mv "$at/$name.new" "$at/$name.built"
}

# Our index always holds the records; without them is what the others are compared with.
split_bytes() {
    "$build/anamnesis" info -i "$at/$1" --json | jq -r --arg n "$n" --arg e "$1" \
        '[$n, $e, "-", "stored_bytes", .bytes], [$n, $e, "-", "index_bytes", .bytes - .bytes_documents]
         | @tsv' >>"$at/$1.built"
}

# Arranged, which is searched, and as records come.
build_ours() {
    build_one "$1" "$build/anamnesis" index --language none -i "$at/$1" "$2"
    split_bytes "$1"
    build_one "$1-plain" "$build/anamnesis" index --no-optimize --language none \
        -i "$at/$1-plain" "$2"
    split_bytes "$1-plain"
    rm -rf "$at/$1-plain"
}

build_engine() {
    case $1 in
    ours) build_ours ours "$at/corpus1.jsonl" ;;
    ours2) build_ours ours2 "$at/corpus.jsonl" ;;
    xapian) build_one xapian "$bin/peer_xapian" build "$at/corpus1.jsonl" "$at/xapian" ;;
    fts5) build_one fts5 "$bin/peer_sqlite" build "$at/corpus1.jsonl" "$at/fts5.db" ;;
    lucene)
        build_one lucene java -Xmx2g -cp "$bin$jars" PeerLucene build "$at/corpus1.jsonl" "$at/lucene"
        build_one lucene-stored java -Xmx2g -cp "$bin$jars" PeerLucene build-stored \
            "$at/corpus1.jsonl" "$at/lucene-stored"
        rm -rf "$at/lucene-stored"
        ;;
    esac
}

formula_of() {
    case $1 in
    ours) echo anamnesis ;;
    *) echo "$1" ;;
    esac
}

work_on() {
    n=$1
    at=$work/$n
    chosen=$2
    mkdir -p "$at/runs"
    if [ "${REUSE:-0}" != 1 ] || [ ! -e "$at/generated" ]; then
        say "$n records: generating"
        rm -f "$at"/*.built "$at/generated"
        # shellcheck disable=SC2086
        "$bin/generate" --docs "$n" "$source" $topics "$at" 2>"$at/generated.new"
        mv "$at/generated.new" "$at/generated"
    fi
    cat "$at/generated" >&2
    for e in $engines; do build_engine "$e"; done
    cat "$at"/*.built | sed 's/\tlucene-stored\t-\tindex_bytes\t/\tlucene-stored\t-\tstored_bytes\t/' \
        >>"$results"

    say "$n records: checking"
    set --
    formulas=
    for e in $engines; do
        [ "$e" != ours2 ] || continue
        set -- "$@" "$e=$(command_of "$e")"
        formulas="$formulas $e=$(formula_of "$e")"
    done
    "$bin/measure" runs --queries 50 --budget "$budget" "$at/runs" "$n" "$at" $main "$@"
    # shellcheck disable=SC2086
    "$bin/reference" "$at/corpus1.jsonl" "$at" "$at/runs" $main $formulas >"$at/checked" || {
        cat "$at/checked" >&2
        say 'an engine does not rank as its formula says: nothing is timed'
        exit 1
    }
    cat "$at/checked" >&2

    say "$n records: warm"
    set --
    for e in $engines; do set -- "$@" "$e=$(command_of "$e")"; done
    "$bin/measure" time --rounds "$rounds" --budget "$budget" "$results" "$n" "$at" "$chosen" "$@"

    if [ "$n" = "$docs" ]; then
        say "$n records: top 1,000"
        rm -f "$at/many"
        "$bin/measure" time --hits 1000 --rounds "$rounds" --budget "$budget" "$at/many" "$n" "$at" \
            $main "$@"
        sed -n 's/\tcpu_mean_us\t/\tmany_mean_us\t/p; s/\tcpu_ratio\t/\tmany_ratio\t/p
            s/\tqueries\t/\tmany_queries\t/p' "$at/many" >>"$results"
    fi

    say "$n records: cold"
    set --
    for e in $engines; do set -- "$@" "$e=$(index_of "$e")=$(command_of "$e")"; done
    "$bin/measure" cold --rounds 3 "$results" "$n" "$at" q2,q5 "$@"
}

commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
mkdir -p "$work"
results=$work/results.tsv
rm -f "$results" "$work/latency.svg"
for size in $sizes; do
    if [ "$size" = "$docs" ]; then work_on "$size" "$buckets"; else work_on "$size" $main; fi
done
{
    grep -m1 'model name' /proc/cpuinfo | sed 's/.*: //'
    echo "commit $commit, $(uname -m)"
    echo
    "$bin/report" "$results"
} | tee "$work/table.md"
say "$results has all figures"
case ",$buckets," in
*,q5,*)
    "$bin/plot" "$results" >"$work/latency.svg"
    say "$work/latency.svg is the picture"
    ;;
*) say 'no picture without q5 among BUCKETS' ;;
esac
