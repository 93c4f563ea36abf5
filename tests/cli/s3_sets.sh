#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Sets in an object store.
. "$(dirname "$0")/lib.sh"
. "$here/store.sh"

begin_store "sets in an object store"
keys() {
	request GET "bucket?list-type=2&prefix=${1//\//%2F}" | grep -o '<Key>[^<]*' | cut -c6-
}
request PUT bucket
set=s3://bucket/sets/news/

make_site site 200
export SOURCE_DATE_EPOCH=1700000000
"$narc" pack --level 3 --split month here/ site
check "a set is packed into a store" "$narc" pack --level 3 --split month $set site
check "with the volumes that a folder would have" diff <(ls here) \
	<(keys sets/news/ | sed 's,.*/,,' | sort)
check "it is listed as that is" cmp <("$narc" list --json here) <("$narc" list --json $set)
check "it is exported as that is" cmp <("$narc" export here) <("$narc" export $set)
code=$("$narc" list --json here | grep -o 'NW[0-9]*' | head -n 1)
check "a post comes out" cmp <("$narc" extract -p here "$code") <("$narc" extract -p $set "$code")
check "it is good" grep -q "good" <("$narc" verify $set)
check "packing it again changes nothing" silent "$narc" pack --level 3 --split month $set site

echo more >site/more.txt
check "it is appended to" "$narc" append --level 3 $set site
check "what came is there" prints more "$narc" extract -p $set more.txt

check "a prefix without a set is none" fails 3 "no set here" "$narc" list s3://bucket/sets/
check "a bucket that is not there is told" fails 3 "NoSuchBucket" "$narc" pack s3://nobucket/x/ site
check "nothing is written to a server" fails 2 "" "$narc" append "${AWS_ENDPOINT_URL}/bucket/sets/" site

# ---- redacting and repairing -------------------------------------------------------------------------

keys sets/news/ | sort >objects
check "a post is redacted there" silent "$narc" redact --reason "court order" $set "$code"
check "and in the folder" silent "$narc" redact --reason "court order" here "$code"
check "so the two are the same, with all versions" diff \
	<("$narc" list --json --all-versions --path '_posts/*' here) \
	<("$narc" list --json --all-versions --path '_posts/*' $set)
check "it does not come out" fails 1 "was redacted" "$narc" extract -p $set "$code"
check "its volume was replaced, and removed" test "$(comm -3 objects <(keys sets/news/ | sort) | wc -l)" = 2
check "it is good" grep -q "good" <("$narc" verify $set)

mended=s3://bucket/sets/mended/
"$narc" pack --level 3 --parity 5% --split month $mended site
first=$(keys sets/mended/ | grep narc | head -n 1)
request GET "bucket/$first" -o volume
cp volume damaged
printf XXXXXXXX | dd of=damaged bs=1 seek=3000 conv=notrunc status=none
request PUT "bucket/$first" --data-binary @damaged
check "a damaged volume is mended" grep -q "^s3://bucket/$first: of .*; all is as it was" \
	<("$narc" repair $mended)
check "so it is what it was, bit for bit" cmp volume <(request GET "bucket/$first")
check "and nothing is damaged then" prints "$mended: nothing is damaged" "$narc" repair $mended
request DELETE "bucket/$first"
check "one that is missing is named" fails 1 "s3://bucket/$first: is missing" "$narc" repair $mended
request PUT "bucket/$first" --data-binary @volume
request DELETE bucket/sets/mended/newsarc-set
check "and that the manifest is" fails 1 "stands nowhere else" "$narc" repair $mended
check "a set on a server is looked at" fails 2 "" "$narc" repair "$AWS_ENDPOINT_URL/bucket/sets/news/"

# ---- many writers ---------------------------------------------------------------------------------

mkdir parts
for i in 1 2 3 4 5 6 7 8; do
	mkdir parts/$i
	echo $i >parts/$i/file-$i.txt
done
many=s3://bucket/many/
for i in 1 2 3 4 5 6 7 8; do
	"$narc" pack --level 3 --shard 2023 $many parts/$i 2>told.$i &
done
wait
touch -d 2023-05-05 parts/*/*
for i in 1 2 3 4 5 6 7 8; do
	"$narc" pack --level 3 --shard 2023 $many parts/$i 2>told.$i &
done
wait
check "of eight writers at the same time, none is lost" \
	test "$("$narc" list $many | grep -o 'file-..txt' | sort | tr '\n' ' ')" = \
	"file-1.txt file-2.txt file-3.txt file-4.txt file-5.txt file-6.txt file-7.txt file-8.txt "
check "and it is good" grep -q "good; 8 entries" <("$narc" verify $many)
"$narc" list --json $many >before
check "small volumes are joined" "$narc" compact $many
check "into what they were" diff before <("$narc" list --json $many)
check "files stay for the grace" test "$(keys many/ | wc -l)" = 10
unset SOURCE_DATE_EPOCH
check "and go after it" sh -c "sleep 1; '$narc' compact --grace 0 $many"
check "so there is one" test "$(keys many/ | wc -l)" = 2
finish
