#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a crawler wrote down of a site goes in as the files that it was.
. "$(dirname "$0")/lib.sh"

# ---- what wget records, of a server that is there ----------------------------------------------

make_site site 30
mkdir -p site/2022/01/05/title
echo "<p>a page with an address that ends with a slash" >site/2022/01/05/title/index.html
printf '<a href="/2022/01/05/title/">a</a> <a href="/gone.html">b</a> <a href="/moved">c</a>' \
	>site/index.html
for file in site/_posts/*; do
	printf '<a href="/%s">p</a>\n' "${file#site/}"
done >>site/index.html

"$python" "$here/warc_server.py" site port 2>/dev/null &
server=$!
trap 'kill $server; clean_up' EXIT
for ((i = 0; i < 100; i++)); do
	test -s port && break
	sleep 0.1
done
host=127.0.0.1:$(cat port)

wget -q -r -l 2 -P mirror --warc-file crawl "http://$host/"
rm -f mirror/*/moved # where that led, under its own name
check "what wget recorded is packed" silent "$narc" pack crawl.narc --from-archive crawl.warc.gz
check "and is the same that it saved" \
	sh -c "'$narc' extract -C crawled crawl.narc && diff -r mirror crawled && test -s crawled/$host/2022/01/05/title/index.html"
check "with the posts that the site has" \
	test "$("$narc" list --kind post crawl.narc | wc -l)" -eq "$(ls site/_posts | wc -l)"
check "it is sound" sound crawl.narc
check "it comes through a pipe" \
	silent sh -c "cat crawl.warc.gz | '$narc' pack pipe.narc --from-archive -"
check "and is the same" cmp crawl.narc pipe.narc
gzip -dc crawl.warc.gz >crawl.warc
check "so is what is not compressed" \
	sh -c "'$narc' pack plain.narc --from-archive crawl.warc && cmp crawl.narc plain.narc"
zstd -q crawl.warc
check "and what is compressed by zstd" \
	sh -c "'$narc' pack zstd.narc --from-archive crawl.warc.zst && cmp crawl.narc zstd.narc"

# A second crawl writes only down what is not in the first.
echo "<p>changed" >site/2022/01/05/title/index.html
wget -q -r -l 2 -P mirror2 --warc-file second --warc-cdx "http://$host/" 2>/dev/null
rm -f mirror2/*/moved
check "what has changed is appended" silent "$narc" append crawl.narc --from-archive second.warc.gz
check "and only that" \
	test "$("$narc" list --all-versions crawl.narc | wc -l)" -eq $(($("$narc" list crawl.narc | wc -l) + 1))
check "to what was there" sh -c "'$narc' extract -C crawled2 crawl.narc && diff -r mirror2 crawled2"

# ---- records that are made for it -----------------------------------------------------------------

"$python" "$here/make_warc.py" .
content() { # ARCHIVE PATH TEXT
	test "$("$narc" extract -p "$1" "$2")" = "$3"
}

check "bodies are stored without what they were sent in" silent "$narc" pack coded.narc --from-archive coded.warc
for name in plain chunked extended gzip chunked-gzip deflate bare-deflate identity \
	unpacked unchunked-really lf-only no-length resource parts trailing twice-said nonsense interim \
	no-media longer; do
	check "of a body that is $name" content coded.narc "news.example/$name" "body of $name"
done
check "an empty body is an empty file" content coded.narc news.example/empty ""
check "a body is what it is, though it looks packed" \
	sh -c "'$narc' extract -p coded.narc news.example/archive.gz | gzip -dc | grep -qx 'packed by its author'"
check "one that looks like chunks is none" \
	content coded.narc news.example/style "$(printf 'a { b: c }\nbody of style')"
check "nor is one that looks packed" content coded.narc news.example/script "(r=>{})()"
check "nothing else is stored" test "$("$narc" list coded.narc | wc -l)" -eq 24

check "addresses become paths" silent "$narc" pack names.narc --from-archive names.warc
"$narc" extract -C named names.narc
(cd named && find . -type f | sed 's,^./,,' | sort) >paths
check "as they should" diff names.expected paths

check "what cannot be stored is told of, and the rest is" \
	fails 1 "not packed" "$narc" pack odd.narc --from-archive odd.warc
"$narc" pack --force odd.narc --from-archive odd.warc 2>told
for word in "br" "206" "several records" "last chunk is not there" "damaged, or cut short" "leads out" \
	"not in this file" "its head has no end" "cut short by the crawler" "gzip, chunked" \
	"no answer of HTTP" "longer than 64 KiB"; do
	check "it says: $word" grep -q "$word" told
done
check "each of them once" test "$(wc -l <told)" -eq 13
check "what is behind them is there" content odd.narc news.example/last "body of last"
check "and nothing of what was damaged" test "$("$narc" list odd.narc | wc -l)" -eq 1

check "what was recorded again with another content is told of" \
	fails 1 "twice" "$narc" pack same.narc --from-archive same.warc
check "what was as before is stored at its address" \
	test "$("$narc" list same.narc | wc -l)" -eq 4
check "with the content of the other one" content same.narc news.example/copy "body of first"
check "which stays" content same.narc news.example/first "body of first"
check "the last of several is the one" content same.narc news.example/twice "second body"
check "also behind a revisit" content same.narc news.example/revisited "body that came later"
check "nothing that is said of a page hurts it" silent "$narc" pack again.narc --from-archive again.warc
check "so it is stored" content again.narc news.example/page "body of page"
check "and found by a date without a fraction" content again.narc news.example/seconds "body of page"
check "what was as it had been before is told of" \
	fails 1 "as it had been before" "$narc" pack back.narc --from-archive back.warc
check "and what may be one of two contents gets neither" \
	test "$("$narc" list back.narc | wc -l)" -eq 1
check "what refers to a content that was replaced is told of" \
	fails 1 "not in this file" "$narc" pack stale.narc --from-archive stale.warc
check "and does not get another one" test "$("$narc" list stale.narc | wc -l)" -eq 1
check "a crawl of what is known already is nothing new" \
	sh -c "'$narc' append same.narc --from-archive known.warc && test \$('$narc' list --all-versions same.narc | wc -l) -eq \$('$narc' list same.narc | wc -l)"

check "times are those of the records" \
	test "$("$narc" extract -C timed coded.narc news.example/plain && date -u -r timed/news.example/plain +%FT%T.%N)" = 2022-01-05T03:04:05.250000000

for bytes in 100 700 1500; do
	head -c $bytes coded.warc >cut.warc
	check "a file cut short at $bytes bytes ends it" \
		fails 3 "cut short" "$narc" pack --force cut.narc --from-archive cut.warc
done
(cat coded.warc; echo "something else"; cat coded.warc) >mixed.warc
check "what is no record ends it" \
	fails 3 "something else than a record" "$narc" pack --force cut.narc --from-archive mixed.warc

# What is no file comes once.
mkfifo pipe
check "a named pipe is read" \
	sh -c "cat coded.warc >pipe & timeout 20 '$narc' pack fifo.narc --from-archive pipe && cmp fifo.narc coded.narc"
tar -cf site.tar site
"$narc" pack site.narc --from-archive site.tar
check "also of another archive" \
	sh -c "cat site.tar >pipe & timeout 20 '$narc' pack fifo2.narc --from-archive pipe && cmp fifo2.narc site.narc"
mkdir WARC
echo text >WARC/file
tar -cf folder.tar WARC
check "a tar of a folder named WARC is a tar" \
	sh -c "'$narc' pack folder.narc --from-archive folder.tar && '$narc' extract -p folder.narc WARC/file | grep -qx text"
check "nothing is an archive of nothing" silent "$narc" pack nothing.narc --from-archive - </dev/null
check "also compressed" sh -c "gzip </dev/null | '$narc' pack nothing2.narc --from-archive -"
mkdir letters
echo build >letters/PKGBUILD
echo accent >letters/cafe$'\u0301'
tar --format=posix -C letters -cf letters.tar PKGBUILD cafe$'\u0301'
check "a tar that begins like a zip keeps its names" \
	sh -c "'$narc' pack letters.narc --from-archive - <letters.tar && '$narc' pack letters2.narc --from-archive letters.tar && cmp letters.narc letters2.narc"

check "a body without end makes no archive" \
	fails 1 "holds more than 1000 times what it has" \
	timeout 100 "$narc" pack bomb.narc --from-archive bomb.warc.gz

finish
