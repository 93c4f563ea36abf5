#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Sets: many volumes that are one archive to every command.
. "$(dirname "$0")/lib.sh"
. "$here/growing_site.sh"

nights=6
[ -n "$long" ] && nights=60

site site 120
# The day that one archive says of its first generation.
export SOURCE_DATE_EPOCH=$(date -d "2022-03-28 12:00 UTC" +%s)
"$narc" pack --level 3 one.narc site

# ---- a set that is divided ----------------------------------------------------------------------

check "a set is packed by month" "$narc" pack --level 3 --split month set/ site
check "with a volume for each" test "$(volumes set | cut -c1-7 | tr '\n' ' ')" = \
	"2022-01 2022-02 2022-03 "
check "each of which is an archive of its own" "$narc" verify --quiet set/*.narc
check "which stock tools read" test "$(for i in set/*.narc; do zstd -dc "$i"; done | md5sum)" = \
	"$(zstd -dc one.narc | md5sum)"
check "the set is listed as the one archive is" same list
check "a day of it, too" same list --date 2022-02-10
check "and what a pattern asks for" same list --code '*5' --category c1
check "a post is found by its code" same extract -p NW202201220000000021
check "and by its path" same extract -p _posts/2022-02-14-NW202202140000000013.md
check "what is not there is told" fails 1 "no such infoCode" "$narc" extract -p set NW000000000000000000
check "its history is shown" same history NW202201220000000021
check "the whole is exported alike" cmp <("$narc" export one.narc) <("$narc" export set)
check "and extracted" "$narc" extract -C out set
check "as it came" diff -r site out
check "it is searched alike" same grep "text 7[0-9] "
check "every byte is checked" grep -q "^set: good; 123 entries" <("$narc" verify set)
check "and the index alone" grep -q "index only" <("$narc" verify --quick set)
check "what it is made of is told" grep -q "entries *123: 120 posts" <("$narc" info set)
check "and of which volumes" grep -q "^volumes *3: from 2022-01-.* to 2022-03-" <("$narc" info set)
check "each of them in JSON" sh -c "'$narc' info --json set | '$python' -c 'import json, sys
info = json.load(sys.stdin)
assert [v[\"label\"] for v in info[\"volumes\"]] == [\"2022-01\", \"2022-02\", \"2022-03\"]
assert sum(v[\"rows\"] for v in info[\"volumes\"]) == info[\"rows\"] == 123'"
check "packing it again changes nothing" silent "$narc" pack --level 3 --split month set/ site
check "and adds no volume" test "$(volumes set | wc -l)" = 3

rm -rf year size
check "a set is packed by year" "$narc" pack --level 3 --split year year/ site
check "with one volume" test "$(volumes year | wc -l)" = 1
check "and by size" "$narc" pack --level 3 --split 4K size/ site
check "with so many as that takes" test "$(volumes size | wc -l)" -gt 3
check "which are the one archive, too" cmp <("$narc" list one.narc) <("$narc" list size)

# ---- parts of it, in any order ---------------------------------------------------------------------

rm -rf shards
for i in 2022-03 2022-01 2022-02 2022-01; do
	check "part $i is packed alone" "$narc" pack --level 3 --shard $i shards/ site
done
check "what comes of it is the same, byte for byte" diff \
	<(cd set && md5sum -- *.narc) <(cd shards && md5sum -- *.narc)
check "and the set is, too" cmp <("$narc" list set) <("$narc" list shards)
check "a part without files makes no volume" silent "$narc" pack --shard 2023-01 shards/ site
check "so there are as many" test "$(volumes shards | wc -l)" = 3

# ---- nights: a set grows as one archive does -------------------------------------------------------

rm -rf set one.narc
cp -a site site.before
"$narc" pack --level 3 one.narc site
"$narc" pack --level 3 set/ site
for ((n = 1; n <= nights; n++)); do
	change $n
	export SOURCE_DATE_EPOCH=$((1700000000 + n * 86400))
	"$narc" append --level 3 one.narc site && "$narc" append --level 3 set/ site || break
done
check "a set is appended to night after night" test $n -gt $nights
check "with a volume each" test "$(volumes set | wc -l)" = $((nights + 1))
check "it is what the one archive is, with all versions" same list --json --all-versions
for ((n = 1; n <= nights + 1; n++)); do
	check "as of generation $n, too" same list --json --as-of $n
done
check "and as of a day" same list --json --as-of 2023-11-17
for i in $(ls site/old_post | head -3 | grep -o 'NW[0-9]*'); do
	check "the history of $i is the same" same history $i
	check "and what it was" same extract -p $i --version 1
done
check "a night that brings nothing adds no volume" silent "$narc" append --level 3 set/ site
check "so there are as many as before" test "$(volumes set | wc -l)" = $((nights + 1))
check "it is good" grep -q "^set: good" <("$narc" verify set)
check "and counts what is current in it, as the one archive does" diff \
	<("$narc" verify one.narc | grep -o "[0-9]* entries and [0-9]* older versions") \
	<("$narc" verify set | grep -o "[0-9]* entries and [0-9]* older versions")
check "the volumes are, too, each alone" "$narc" verify --quiet set/*.narc
check "what they come to is counted as in one archive" diff \
	<("$narc" info one.narc | sed -n '/^entries/,/^dates/p') \
	<("$narc" info set | sed -n '/^entries/,/^dates/p')

"$narc" keygen --key key.sec --public key.pub
for i in one.narc set; do
	"$narc" sign --key key.sec "$i"
done
check "what is signed of it is what is signed of one archive" diff one.narc.sig set.sig
check "and what was signed of that is so of the set" \
	"$narc" verify --quiet --key key.pub --signature one.narc.sig set

# ---- from a set to one archive -------------------------------------------------------------------

check "a set is merged into one archive" "$narc" merge merged.narc set
check "which is good" "$narc" verify --quiet merged.narc
check "and what the set is" diff <("$narc" list --json --all-versions set) \
	<("$narc" list --json --all-versions merged.narc)
check "as of each generation" diff \
	<(for ((n = 1; n <= nights + 1; n++)); do "$narc" list --json --as-of $n set; done) \
	<(for ((n = 1; n <= nights + 1; n++)); do "$narc" list --json --as-of $n merged.narc; done)
check "a set is divided into archives" "$narc" split --by month parts.d set
check "which have all of it" test "$("$narc" list set | wc -l)" = \
	"$(for i in parts.d/*; do "$narc" list "$i"; done | wc -l)"

# ---- joining volumes -------------------------------------------------------------------------------

cp -a set small
"$narc" list --json --all-versions set >before
for ((n = 1; n <= nights + 1; n++)); do "$narc" list --json --as-of $n set; done >before-each
unset SOURCE_DATE_EPOCH
check "small volumes are joined" "$narc" compact small
check "so there is one in their place" grep -q "^entries" <("$narc" info small)
check "whose files stay for a while" test "$(volumes small | wc -l)" = $((nights + 2))
check "and the set is what it was, with all versions" diff before <("$narc" list --json --all-versions small)
check "as of each generation" diff before-each \
	<(for ((n = 1; n <= nights + 1; n++)); do "$narc" list --json --as-of $n small; done)
check "as of a day" diff <("$narc" list --as-of 2023-11-17 set) <("$narc" list --as-of 2023-11-17 small)
check "so is what was signed of it" "$narc" verify --quiet --key key.pub --signature one.narc.sig small
check "it is good" grep -q "^small: good" <("$narc" verify small)
check "it can be appended to" "$narc" append --level 3 small parts.d
check "files that are of the set no more are removed after the grace" "$narc" compact --grace 0 small
check "so the others are left" test "$(volumes small | wc -l)" -le 2
check "and it is good" grep -q "^small: good" <("$narc" verify small)
"$narc" compact --grace 0 shards
check "parts are not joined with others" test "$(volumes shards | wc -l)" = 3
"$narc" pack --level 3 --shard 2022-01 shards/ site
"$narc" compact --grace 0 shards
check "a part that is packed again adds what is new" test "$(volumes shards | wc -l)" = 4
check "and nothing the next time" silent "$narc" pack --level 3 --shard 2022-01 shards/ site
check "so there are as many" test "$(volumes shards | wc -l)" = 4
volumes set >before
"$narc" compact --size 1K set
check "what is larger than --size stays" diff before <(volumes set)
check "sizes are for sets" fails 2 "for sets" "$narc" compact --size 1M one.narc

# ---- many writers -----------------------------------------------------------------------------------

rm -rf many
mkdir parts
for i in 1 2 3 4 5 6 7 8; do
	mkdir "parts/$i"
	cp site/_posts/*$i.md "parts/$i/" 2>/dev/null
	echo "$i" >"parts/$i/file-$i.txt"
done
"$narc" pack --level 3 many/ parts/1
for i in 2 3 4 5 6 7 8; do
	"$narc" append --level 3 many/ "parts/$i" >"append.$i" 2>&1 &
done
wait
check "of writers at the same time, none is lost" diff <("$narc" list --json many | sort) \
	<(for i in 1 2 3 4 5 6 7 8; do "$narc" list --json --path "file-$i.txt" many; done | cat - \
		<("$narc" list --json --path '*.md' many) | sort)
check "all files are there" test "$("$narc" list many | wc -l)" = "$(find parts -type f | wc -l)"
check "and it is good" grep -q "good" <("$narc" verify many)

# ---- damage -------------------------------------------------------------------------------------------

cp -r set bad
first=$(volumes bad | head -1)
printf X | dd of="bad/$first" bs=1 seek=$(($(stat -c %s "bad/$first") / 3)) conv=notrunc 2>/dev/null
check "damage is found, and in which volume" fails 1 "bad/$first: bytes" "$narc" verify bad
cp -r set gone
rm "gone/$first"
check "a volume that is missing is told" fails 1 "gone/$first: volume: is missing" "$narc" verify gone
check "and by whoever wants something of it" fails 1 "$first: is missing in the set" "$narc" list gone
for command in append "plan --status"; do
	check "of the set, by $command, and not of what is compared with it" \
		fails 1 "narc: gone/: $first: is missing" "$narc" $command gone/ site
done
cp -r shards part
rm part/2022-02-*
check "and with --keep-going, all else comes out" fails 1 "2022-02-" \
	"$narc" extract --keep-going -C left part
check "which is what the others have" diff <(cd left && find . -type f | sort) \
	<("$narc" list --json shards | sed -n 's/^{"path":"\([^"]*\)".*"date":"2022-0[^2].*/.\/\1/p' | sort)
cp -r set other
cp "other/$(volumes other | tail -1)" "other/$first"
check "so is another file in its place" fails 1 "not the file that the set had" "$narc" verify other
cp -r set torn
truncate -s -100 torn/newsarc-set
check "a manifest that is cut short is told" fails 1 "newsarc-set" "$narc" append torn/ parts/1
cp -r set flipped
printf X | dd of=flipped/newsarc-set bs=1 seek=700 conv=notrunc 2>/dev/null
check "and one that is damaged" fails 1 "newsarc-set" "$narc" list flipped

# ---- what is not meant -----------------------------------------------------------------------------

mkdir empty
check "a folder is no set" fails 1 "not a regular file" "$narc" list empty
check "nor if it is said to be one" fails 3 '"newsarc-set"' "$narc" list empty/
check "nor can it be appended to" fails 3 "no set to append to" "$narc" append empty/ site
check "nor does it become one by mistake" fails 2 "there is such a file already" "$narc" pack empty site
check "a set is not packed anew" fails 2 "there is such a set already" "$narc" pack set/ site
check "--split is for sets" fails 2 "x.narc/" "$narc" pack --split month x.narc site
check "and for a size that is one" fails 2 "month, year or a size" "$narc" pack --split week new/ site
check "--shard is a part" fails 2 "neither a year nor a month" "$narc" pack --shard 2022-13 new/ site
check "the two exclude each other" fails 2 "exclude" \
	"$narc" pack --split month --shard 2022-01 new/ site
first=$(volumes set | head -n 1)
cp -a set before.d
for command in "append set/$first site" "compact set/$first" "redact --reason r set/$first x"; do
	check "narc $command is refused" fails 2 "" "$narc" $command
done
check "so the set is what it was" diff -r before.d set
cp "set/$first" lost
head -c 3000 /dev/zero | tr '\0' X | dd of="set/$first" bs=1 seek=200 conv=notrunc 2>/dev/null
check "a volume is not replaced by what is left of it" not "$narc" repair "set/$first"
cp lost "set/$first"
check "a set is compared with a tree" sh -c "'$narc' diff set site >told; test \$? -le 1"
check "and with another set" silent "$narc" diff set before.d
check "a set in a tree is not packed into itself" sh -c "mkdir above && cp -a set above &&
	echo x >above/x.txt && '$narc' append --level 3 above/set/ above &&
	test \"\$('$narc' list --path '*.narc' above/set)\" = ''"
check "its signature is found however it is named" test -f set.sig -a ! -e set/.sig
check "a plan has the zone" grep -q -e "--timezone Asia/Shanghai" \
	<("$narc" plan --timezone Asia/Shanghai plan/ site)
check "and no line ends in paths" fails 2 "line end" "$narc" plan plan/ "a
b"
check "a plan is of a set" fails 2 "one.narc/" "$narc" plan one.narc site
"$narc" pack --level 3 grown/ site.before
check "what was appended is not packed again" silent "$narc" pack --level 3 --split month grown/ site.before
check "so there is no volume more" test "$(volumes grown | wc -l)" = 1
check "an empty set is one" "$narc" pack new2/ empty
check "which has nothing" silent "$narc" list new2
finish
