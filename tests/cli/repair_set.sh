#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A set is repaired in its place: each volume is what it was, or stays as it is.
. "$(dirname "$0")/lib.sh"
. "$here/growing_site.sh"

# overwrite FILE OFFSET COUNT: with zeros.
overwrite() {
	head -c "$3" /dev/zero | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
# unchanged FOLDER FOLDER: they have the same files.
unchanged() {
	diff -r -x .newsarc-set.lock "$1" "$2"
}
# fresh: set is as it was packed.
fresh() {
	rm -rf set && cp -a whole set
}

site site 150
for i in 2022-01 2022-02 2022-03; do
	head -c 100000 /dev/urandom >"site/assets/$i.bin"
	touch -d "$i-20 UTC" "site/assets/$i.bin"
done
"$narc" pack --level 3 --split month --parity 5% whole/ site
january=$(volumes whole | sed -n 1p)
february=$(volumes whole | sed -n 2p)
march=$(volumes whole | sed -n 3p)

# ---- what parity makes again -----------------------------------------------------------------------

fresh
check "of a set that is whole, that is said" prints "set: nothing is damaged" "$narc" repair set
check "or nothing" silent "$narc" repair --quiet set
check "and nothing is changed" unchanged whole set
overwrite "set/$february" 5000 700
overwrite "set/$march" 60000 900
cp -a set damaged
check "what would be done is said" grep -q "^set/$february: of .* damaged, .*; all can be as it was" \
	<("$narc" repair --dry-run set)
check "and not done" unchanged damaged set
check "volumes are mended" "$narc" repair set
check "so the set is what it was, bit for bit" unchanged whole set
check "and good" "$narc" verify --quiet set
overwrite "set/$february" $(($(stat -c %s "set/$february") - 100)) 100
check "at their ends, too" grep -q "^set/$february: .*; all is as it was" <("$narc" repair set/)
check "so it is what it was again" unchanged whole set
truncate -s -200 "set/$march"
check "and what is cut off" "$narc" repair --quiet set
check "so it is once more" unchanged whole set
overwrite "set/$march" 100 300
check "no other files are made" "$narc" repair --progress set
check "nor left" no_strays set newsarc-set .newsarc-set.lock $(volumes whole)

# ---- what it does not ------------------------------------------------------------------------------

fresh
overwrite "set/$january" 5000 700
overwrite "set/$february" 5000 90000
cp "set/$february" lost
check "what is lost ends it with status 1" fails 1 "set/$february: it stays as it is" "$narc" repair set
check "the volume stays as it is" cmp lost "set/$february"
check "others are mended" cmp "whole/$january" "set/$january"
check "what is lost is named" fails 1 "is damaged, and lost" "$narc" repair --dry-run set
check "and how much" grep -q "^set/$february: of .* damaged, .* are lost" <("$narc" repair set 2>/dev/null)
check "what is whole is saved as is said" fails 1 "" "$narc" repair -o saved.narc "set/$february"
check "in an archive" "$narc" verify --quiet saved.narc
check "a copy makes it good" cp "whole/$february" "set/$february"
check "so it is" prints "set: nothing is damaged" "$narc" repair set

rm "set/$march"
check "a volume that is missing is named" fails 1 "set/$march: is missing" "$narc" repair set
cp "whole/$january" "set/$march"
check "as is another archive in its place" fails 1 "set/$march: is another archive" "$narc" repair set
check "which stays" cmp "whole/$january" "set/$march"
head -c 5000 /dev/urandom >"set/$march"
check "and what is none" fails 1 "set/$march: it stays as it is" "$narc" repair set

# ---- the manifest ----------------------------------------------------------------------------------

fresh
overwrite set/newsarc-set $(($(stat -c %s set/newsarc-set) - 20)) 20
check "a damaged filter is found" fails 1 "newsarc-set" "$narc" verify set
check "it would be made again" prints "set: 1 damaged filter can be made again" "$narc" repair --dry-run set
check "and is" prints "set: 1 damaged filter was made again" "$narc" repair set
check "so the set is good" "$narc" verify --quiet set
check "with the files that it had" no_strays set newsarc-set .newsarc-set.lock $(volumes whole)
check "and what they say" cmp <("$narc" list --json --all-versions whole) <("$narc" list --json --all-versions set)
fresh
overwrite set/newsarc-set 200 1
check "what is else damaged of a manifest is not guessed" fails 1 "stands nowhere else" "$narc" repair set
check "nor are volumes touched" diff -r -x newsarc-set whole set
rm set/newsarc-set
check "nor is a manifest that is missing" fails 1 '"newsarc-set" is missing' "$narc" repair set/
check "but volumes are archives" "$narc" merge merged.narc set/*.narc
check "with all that was in the set" diff <("$narc" list whole) <("$narc" list merged.narc)
mkdir empty
check "a folder without archives has no set" fails 3 "no set here" "$narc" repair empty/
check "nor has one that is not there" fails 3 "" "$narc" repair nothing/

# ---- what is not meant -----------------------------------------------------------------------------

check "a set is not repaired to a file" fails 2 "in its place" "$narc" repair -o x.narc whole
check "one at a time" fails 2 "" "$narc" repair whole set
check "what cannot be written is not touched" fails 3 "" without_powers sh -c "cp -a whole sealed &&
	dd if=/dev/zero of=sealed/$march bs=1 seek=5000 count=700 conv=notrunc status=none &&
	chmod -w sealed && '$narc' repair sealed"
finish
