# Shards that do not make a whole, and databases that are not ours: refused with a reason,
# whether they are in folders or behind servers.
# shellcheck shell=bash disable=SC2154

serve_shards "$SHARED/three" 3
words='red dots'

# refused WHAT CODE PATTERN INDEX
refused() {
    expect "$1" "$2" "$3" within 4 anamnesis search -i "$4" "$words"
}

# ---- which shards ----

two=${uris[0]},${uris[2]}
refused 'a shard that is not named: what to do' 4 \
    'is shard 1 of 3, but only 2 of them are named: name all, joined by commas' "$two"
expect 'a shard that is not named: --partial does not hide it' 4 'name all' \
    anamnesis search --partial -i "$two" "$words"
refused 'one shard alone, in a folder' 4 'shard 2 of 3.*name all' "xapian:$SHARED/three/shard-2"
refused 'a shard named twice' 4 'are both shard 3 of 3 of one archive: name each shard once' \
    "$all,${uris[2]}"
refused 'a shard named behind a server and in its folder' 4 'are both shard 1 of 3' \
    "$all,xapian:$SHARED/three/shard-1"

german() {
    anamnesis index --language german --shards 3 -i xapian:german "$sample/archive.jsonl" \
        2>/dev/null && serve german/shard-3
}
german
refused 'a shard of another language: both are named' 4 \
    "${uris[0]/+/.} was indexed with analyzer 1 english, ${uri/+/.} with 1 german" \
    "${uris[0]},${uris[1]},$uri"
refused 'another archive of another language' 4 'they cannot be searched together' \
    "xapian:$SHARED/one,xapian:german"

# A shard of an older state of the archive: its other shards are missing.
head -n 150 "$sample/archive.jsonl" >older.jsonl
anamnesis index --shards 3 -i xapian:older older.jsonl 2>/dev/null
refused 'a shard of another state of the archive' 4 'is shard [12] of 3, but only [12] of them' \
    "xapian:$SHARED/three/shard-1,xapian:older/shard-2,xapian:$SHARED/three/shard-3"

# ---- no index of ours ----

mkdir nothing empty
echo inmemory >nothing/XAPIANDB # Xapian's word for a database that is empty
copydatabase nothing stranger >/dev/null
refused "a stub that is not ours" 4 "nothing/XAPIANDB is damaged: 'inmemory' is no line of ours" \
    xapian:nothing
refused "a database that is not ours" 4 'a Xapian database, but not one that anamnesis made' \
    xapian:stranger
serve stranger
refused "a server of one" 4 \
    "${uri/+/.}: is a Xapian database, but not one that anamnesis made" "$uri"
refused 'ours together with one that is not' 4 'not one that anamnesis made' "$all,$uri"
refused 'a folder that is empty' 4 "xapian:empty: no index here; make one with" xapian:empty
refused 'a folder of the native engine' 4 'no index here' "xapian:$SHARED/native"
refused 'a folder that is not there' 4 'no index here' xapian:nowhere
refused 'a file' 4 'no index here' "xapian:$sample/archive.jsonl"
refused 'an address that is none' 2 'not of the form xapian.tcp://HOST:PORT' xapian+tcp://localhost
refused 'a host that is not' 5 'xapian.tcp://no-such-host.invalid:7001' \
    xapian+tcp://no-such-host.invalid:7001

# ---- other formats ----

# patch FILE OFFSET BYTES: as printf has them.
patch() {
    # shellcheck disable=SC2059
    printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

cp -r "$SHARED/one" newer
patch newer/shard-1/g000001/iamglass 14 '\x0e\xff' # the date of the format
refused 'a database of a format of the future' 4 \
    'a database of a format that Xapian [0-9.]+ cannot read' xapian:newer
cp -r "$SHARED/three" newer3
patch newer3/shard-2/g000001/iamglass 14 '\x0e\xff'
refused 'one shard of three of a format of the future' 4 'newer3/shard-2: .*cannot read' xapian:newer3

cp -r "$SHARED/one" damaged
facts=$(grep -abo 'language english' damaged/shard-1/g000001/postlist.glass | head -n 1 | cut -d : -f 1)
patch damaged/shard-1/g000001/postlist.glass "$facts" 'language finnish'
refused 'a database whose facts were tampered with' 4 'is damaged: checksum' xapian:damaged
serve damaged
refused 'a server of one' 4 "${uri/+/.} is damaged: checksum" "$uri"
