#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What is redacted in a set is gone from all of its volumes, and from all files that are left.
. "$(dirname "$0")/lib.sh"
. "$here/growing_site.sh"

nights=5
set_reader=$(dirname "$reader")/set_reader.py

# as_of_each NAME: what it was in each generation.
as_of_each() {
	local i

	for ((i = 1; i <= nights + 1; i++)); do
		"$narc" list --json --as-of $i "$1"
	done
}
# has_text FOLDER TEXT: some file of the folder has it, once it is decompressed.
has_text() {
	local file

	for file in "$1"/*.narc; do
		! zstd -qdc "$file" 2>/dev/null | grep -qaF -e "$2" || return 0
	done
	return 1
}
# volume_order SET: its volumes in their order.
volume_order() {
	"$narc" info --json "$1" | "$python" -c 'import json, sys
for volume in json.load(sys.stdin)["volumes"]:
    print(volume["name"])'
}
# traces_of KEY: none is left in the volumes of set that took the places of those of before.
traces_of() {
	local old new count=0

	while read -r old new; do
		[ "$old" != "$new" ] || continue
		NARC_READER=$reader "$python" "$here/traces.py" "before/$old" "set/$new" "$1" || return
		count=$((count + 1))
	done < <(paste <(volume_order before) <(volume_order set))
	test $count -gt 0
}
# gone_from FOLDER FOLDER: each volume of the first that is not in the second.
gone_from() {
	comm -23 <(volumes "$1") <(volumes "$2")
}

site site 60
# The day that one archive says of its first generation.
export SOURCE_DATE_EPOCH=$(date -d "2022-03-27 12:00 UTC" +%s)
"$narc" pack --level 3 one.narc site
"$narc" pack --level 3 set/ site
secret=NW202201220000000021
path=_posts/2022-01-22-$secret.md
for ((n = 1; n <= nights; n++)); do
	change $n
	if [ $n -le 3 ]; then
		echo "a secret of night $n" >>"$(find site -name "*$secret.md")"
	fi
	export SOURCE_DATE_EPOCH=$((1700000000 + n * 86400))
	"$narc" append --level 3 one.narc site && "$narc" append --level 3 set/ site || break
done
check "a set grows" test $n -gt $nights
check "and has what is to go" has_text set "a secret of night 2"
"$narc" keygen --key key.sec --public key.pub
"$narc" sign --key key.sec set
cp -a set before

# ---- all versions, in all volumes -----------------------------------------------------------------

check "a post is redacted in an archive" "$narc" redact --reason "court order" one.narc $secret
check "and in a set, where nothing is said of it" silent "$narc" redact --reason "court order" set $secret
check "which is good" grep -q "^set: good" <("$narc" verify set)
check "no file of it has any version" not has_text set "a secret of night"
check "it is what the one archive is, with all versions" same list --json --all-versions
check "as of each generation" diff <(as_of_each one.narc) <(as_of_each set)
check "the history says when and why" same history $secret
check "and how often" test "$("$narc" history set $secret | grep -c "redacted 2023-11-19: court order")" = 4
check "it does not come out" fails 1 "was redacted" "$narc" extract -p set $secret
check "nor as it was before" fails 1 "was redacted" "$narc" extract -p --as-of 2 set $secret
check "counts are those of the one archive" diff <("$narc" info one.narc | grep "^entries") \
	<("$narc" info set | grep "^entries")
check "what was signed is so yet" "$narc" verify --quiet --key key.pub set
check "the volumes that had it are replaced, and no others" test "$(gone_from before set | wc -l)" = 4
check "by as many" test "$(volumes set | wc -l)" = "$(volumes before | wc -l)"
check "nothing else is left" no_strays set newsarc-set .newsarc-set.lock $(volumes set)
if has_reader; then
	check "the reader that knows the specification only reads the same" \
		env NARC_READER="$set_reader" "$python" "$here/agree.py" "$narc" "$set_reader" set --all-versions
	check "and finds nothing wrong" prints ok "$python" "$set_reader" verify set
	check "no trace is left in the volumes, and all else is as it was" traces_of $secret
fi
check "it does not come in again" fails 0 "was redacted" "$narc" append --level 3 set/ site
check "so no volume is added" test "$(volumes set | wc -l)" = "$(volumes before | wc -l)"
check "a second time there is nothing to redact" fails 1 "was redacted already" \
	"$narc" redact --reason x set $secret
check "what is not there is told" fails 1 "no such infoCode or path" "$narc" redact --reason x set nothing
check "nor is a part of it done" fails 1 "no such infoCode or path" \
	"$narc" redact --reason x set assets/3.txt nothing
check "so that stays" cmp site/assets/3.txt <("$narc" extract -p set assets/3.txt)

rm -rf set && cp -a before set
check "only what is current goes if that is asked for" "$narc" redact --keep-versions --reason r set $secret
check "what was before stays" has_text set "a secret of night 1"
check "and the last does not" not has_text set "a secret of night 3"
check "it is good, too" "$narc" verify --quiet set

# ---- copies ------------------------------------------------------------------------------------------

rm -rf set && cp -a before set
cp "$(find site -name "*$secret.md")" site/assets/quoted.txt
"$narc" append --level 3 set/ site
check "a copy in another volume is told" fails 0 "assets/quoted.txt: has the same content" \
	"$narc" redact --reason r set $secret
check "and stays" cmp site/assets/quoted.txt <("$narc" extract -p set assets/quoted.txt)
check "until it is named" silent "$narc" redact --reason r set assets/quoted.txt
check "then nothing has it" not has_text set "a secret of night"
check "and the set is good" "$narc" verify --quiet set
rm site/assets/quoted.txt

# ---- files that are left -------------------------------------------------------------------------------

unset SOURCE_DATE_EPOCH
rm -rf set && cp -a before set
"$narc" compact set
check "of joined volumes, the files are there" test "$(volumes set | wc -l)" = $((nights + 2))
check "a post is redacted then" silent "$narc" redact --reason r set $secret
check "of all files, one is left" test "$(volumes set | wc -l)" = 1
check "which has it not" not has_text set "a secret of night"
check "and is good" "$narc" verify --quiet set

rm -rf set && cp -a before set
check "files stay for a grace, and are told" fails 0 "is of the set no more, and will be removed later" \
	"$narc" redact --grace 3600 --reason r set $secret
check "with the folder that they are in" grep -q "^narc: set/[0-9a-f]*.narc: is of the set no more" \
	"$scratch/.error"
check "they have it" has_text set "a secret of night 2"
check "but the set has not" not grep -q "$secret" <("$narc" list set)
check "the next call removes them" fails 1 "was redacted already" "$narc" redact --reason r set $secret
check "so it is gone" not has_text set "a secret of night"

rm -rf set && cp -a before set
cp "set/$(volumes set | head -n 1)" set/killed.narc
check "a file that is not of the set is told" fails 0 "set/killed.narc: is not of the set" \
	"$narc" redact --reason r set $secret
check "and left alone" test -f set/killed.narc
check "grace is a number" fails 2 "not a number of seconds" "$narc" redact --grace x --reason r set $secret
check "and for sets" fails 2 "for sets" "$narc" redact --grace 1 --reason r one.narc $secret
check "a reason is wanted" fails 2 "reason is missing" "$narc" redact set $secret
check "a folder without a set has nothing to redact" fails 1 "there is no set" \
	"$narc" redact --reason r site/ $secret

# ---- parts of it ----------------------------------------------------------------------------------------

"$narc" pack --level 3 --split month months/ site
february=$(basename "$(ls site/_posts/2022-02-* | head -n 1)")
cp -a months months.before
check "in a set by month, one volume is replaced" "$narc" redact --reason r months "_posts/$february"
check "which is of the month" grep -q "^2022-02-" <(gone_from months.before months)
check "and no other" test "$(gone_from months.before months | wc -l)" = 1
check "packed again, the month does not bring it back" fails 0 "was redacted" \
	"$narc" pack --level 3 --shard 2022-02 months/ site
check "so all volumes are as they were" test "$(volumes months | wc -l)" = "$(volumes months.before | wc -l)"

# ---- others at work ---------------------------------------------------------------------------------------

rm -rf set && cp -a before set
mkdir parts
for i in 1 2 3 4 5 6; do
	mkdir parts/$i
	echo "$i" >parts/$i/file-$i.txt
done
for i in 1 2 3 4 5 6; do
	"$narc" append --level 3 set/ parts/$i 2>/dev/null &
	[ $i != 3 ] || "$narc" compact set 2>/dev/null &
done
"$narc" redact --reason r set $secret >told 2>&1
status=$?
wait
check "it is redacted while others write" test $status = 0
check "who lose nothing" test "$("$narc" list set | grep -c 'file-[1-6].txt')" = 6
check "and bring nothing back" not has_text set "a secret of night"
check "the set is good" "$narc" verify --quiet set

# ---- what is damaged --------------------------------------------------------------------------------------

rm -rf set && cp -a before set
damaged=$(volume_order set | head -n 1)
printf XXXXXXXX | dd of="set/$damaged" bs=1 seek=3000 conv=notrunc status=none
cp -a set damaged.before
check "of a damaged volume, it is told" fails 1 "of $damaged" "$narc" redact --reason r set $secret
check "and the set stays as it is" diff -r -x .newsarc-set.lock damaged.before set
finish
