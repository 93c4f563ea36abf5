#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# spec/set_reader.py, which knows nothing but the specification, reads the sets that narc writes;
# both find what is wrong with others.
. "$(dirname "$0")/lib.sh"
. "$here/growing_site.sh"

if ! has_reader; then
	echo "1..0 # SKIP python3-zstandard and python3-xxhash are not there"
	exit
fi

nights=4 step=83
[ -n "$long" ] && nights=40 step=3
set_reader=$(dirname "$reader")/set_reader.py

read_set() {
	"$python" "$set_reader" "$@"
}
agree() {
	"$python" "$here/agree.py" "$narc" "$set_reader" "$@"
}
# opens COMMAND...: the reader's command; prints the files of the folder set that it opens.
opens() {
	"$python" - "$set_reader" "$@" <<'END_OF_SCRIPT'
import os, runpy, sys
opened = set()
def note(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".narc"):
        opened.add(os.path.basename(arguments[0]))
sys.addaudithook(note)
sys.argv[:] = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as end:
    print(f"exit status {end.code}")
print(*sorted(opened), sep="\n")
END_OF_SCRIPT
}

site site 60

# ---- a set that is divided -----------------------------------------------------------------------

"$narc" pack --level 3 --split month set/ site
check "of a set by month, reader and narc list the same" agree set
check "the reader extracts it" read_set extract set out
check "and gives the tree that was packed" same_tree site out
for key in NW202201220000000021 202203030000000002 assets/2.txt \
	_posts/2022-01-07-NW202201070000000006.md; do
	check "$key: reader and narc give the same content" \
		cmp <("$narc" extract -p set $key) <(read_set cat set $key)
done
check "what is not there neither of them finds" \
	sh -c "! '$narc' extract -p set nothing && ! '$python' '$set_reader' cat set nothing"
opens cat set NW202201220000000021 >opened
check "to read a post, its volume is opened and no other" \
	test "$(grep -c '\.narc$' opened) $(grep -c '^2022-01-' opened)" = "1 1"
opens find set _posts/2022-01-22-NW202201220000000021.md >opened
check "nor by its path" test "$(grep -c '\.narc$' opened) $(grep -c '^2022-01-' opened)" = "1 1"
opens cat set NW202202220000099999 >opened
check "for an infoCode that is not there, none" \
	test "$(grep -c '\.narc$' opened)$(grep -c '^exit status 1' opened)" = 01
opens info set >opened
check "nor to tell what the set is" \
	test "$(grep -c '\.narc$' opened)$(grep -c '^exit status 0' opened)" = 01

# ---- nights: the set is what one archive is ------------------------------------------------------

rm -rf set
"$narc" pack --level 3 one.narc site
"$narc" pack --level 3 set/ site
for ((n = 1; n <= nights; n++)); do
	change $n
	export SOURCE_DATE_EPOCH=$((1700000000 + n * 86400))
	"$narc" append --level 3 one.narc site && "$narc" append --level 3 set/ site || break
done
check "a set is appended to night after night" test $n -gt $nights
check "reader and narc list the same of it" agree set
check "with all versions, too" agree set --all-versions
for ((n = 1; n <= nights + 1; n++)); do
	check "and as of generation $n" agree set --as-of $n
	read_set extract --as-of $n set set.$n
	read_by_reader extract --as-of $n one.narc one.$n
	check "which is what one archive has then" same_tree one.$n set.$n
done
check "there is no later one" not read_set list --as-of $n set
check "rows have the numbers and the history that one archive gives them" \
	cmp <(read_by_reader list --all-versions one.narc) <(read_set list --all-versions set)
for path in $(cd site && ls -d old_post/* assets/* | head -5); do
	code=$(grep -o 'NW[0-9]*' <<<"$path")
	check "${code:-$path} is found with all that it was" cmp \
		<(read_by_reader find --all-versions one.narc "${code:-$path}") \
		<(read_set find --all-versions set "${code:-$path}")
	check "and what it was at first" cmp <(read_by_reader cat --as-of 1 one.narc "${code:-$path}") \
		<(read_set cat --as-of 1 set "${code:-$path}")
done
check "the counts of the manifest are those of the trailer" \
	cmp <(read_by_reader info one.narc | grep ^current_) <(read_set info set | grep ^current_)

# ---- damage --------------------------------------------------------------------------------------

cp -r set flipped
# Prints at which bytes of the manifest a wrong bit is not found by one of the two.
overlooked() {
	local at status

	for ((at = 0; at < $(stat -c %s set/newsarc-set); at += step)); do
		cp set/newsarc-set flipped/
		"$python" -c 'import sys
with open("flipped/newsarc-set", "r+b") as file:
    at = int(sys.argv[1]); file.seek(at); byte = file.read(1)[0]
    file.seek(at); file.write(bytes([byte ^ 1 << at % 8]))' $at
		"$narc" verify flipped >/dev/null 2>&1
		status=$?
		[ $status -eq 1 ] || echo "byte $at: exit status $status of narc"
		read_set verify flipped >/dev/null 2>&1
		status=$?
		[ $status -eq 4 ] || echo "byte $at: exit status $status of the reader"
	done
}
check "a wrong bit anywhere in the manifest is found by both" silent overlooked
last=$(read_set info set | sed -n 's/^volume_1 \([^ ]*\).*/\1/p')
cp -r set gone && rm "gone/$last"
check "that a volume is missing, too" \
	sh -c "! '$narc' verify gone && '$python' '$set_reader' verify gone 2>&1 |
		grep '^CORRUPT: $last: is missing in the set'"
cp -r set cut && truncate -s -1 "cut/$last"
check "and that one is cut short" \
	sh -c "! '$narc' verify cut && '$python' '$set_reader' verify cut 2>&1 |
		grep '^CORRUPT: $last: is of another size'"
check "what does not need it is read" cmp "site/$path" <(read_set cat gone "$path")

# ---- manifests that no writer would write --------------------------------------------------------

export SOURCE_DATE_EPOCH=1700000000
for i in 1 2 3 4; do
	post earlier/2022-01-0$i-NW2022010${i}0000000001.md 2022-01-0$i NW2022010${i}0000000001 old
done
echo x >earlier/notes.txt
"$narc" pack --level 3 earlier.narc earlier
for i in 1 5; do
	post earlier/2022-01-0$i-NW2022010${i}0000000001.md 2022-01-0$i NW2022010${i}0000000001 new
done
"$narc" append --level 3 earlier.narc earlier
for i in 1 2 6; do
	post later/2022-01-0$i-NW2022010${i}0000000001.md 2022-01-0$i NW2022010${i}0000000001 later
done
echo y >later/notes.txt
"$narc" pack --level 3 later.narc later
for i in 2 4; do
	post later/2022-01-0$i-NW2022010${i}0000000001.md 2022-01-0$i NW2022010${i}0000000001 latest
done
"$narc" append --level 3 later.narc later
"$python" "$here/make_sets.py" "$(dirname "$reader")" made earlier.narc later.narc >cases
check "sets are made that are wrong" test "$(wc -l <cases)" -gt 80
check "and one that is right: so says the reader" prints ok read_set verify made/good
check "and narc" "$narc" verify --quiet made/good
check "both read it" agree made/good --all-versions
check "one that has filters in a file is right, too" prints ok read_set verify made/filed
check "so says narc" "$narc" verify --quiet made/filed
check "both read it" agree made/filed --all-versions
for lost in missing cut damaged; do
	check "without its filters ($lost), the reader lists the same" \
		cmp <(read_set list made/filter-file-$lost) <(read_set list made/good)
	check "and so does narc" \
		cmp <("$narc" list --json made/filter-file-$lost) <("$narc" list --json made/good)
	check "files are found" cmp <("$narc" extract -p made/filter-file-$lost notes.txt) \
		<(read_set cat made/good notes.txt)
	check "a check names the file" fails 1 '.filters: ' "$narc" verify made/filter-file-$lost
done

# Of two posts that are redacted, the set has another volume supersede one.
cp earlier.narc redacted.narc
check "posts of a volume are redacted" "$narc" redact --reason "a slip" redacted.narc \
	NW202201020000000001 NW202201030000000001
"$python" "$here/make_sets.py" "$(dirname "$reader")" made.redacted redacted.narc later.narc >/dev/null
check "a set of it is good to narc, too" "$narc" verify --quiet made.redacted/good
check "both read it" agree made.redacted/good --all-versions
check "and as of a generation before" agree made.redacted/good --as-of 2
check "the reader tells of the tombstones" \
	test "$(read_set list --all-versions made.redacted/good | grep -c '"reason": "a slip"')" = 2

# both_refuse COMMAND STATUS FOLDER
both_refuse() {
	local status

	fails 4 "$2: " "$python" "$set_reader" $1 "$3" || return
	"$narc" $1 "$3"
	status=$?
	echo "exit status $status of narc"
	test $status -eq 1
}
while read -r name status when; do
	check "$name: a check finds it" both_refuse verify $status made/$name
	if [ $when = open ]; then
		check "$name: and whoever opens it" both_refuse list $status made/$name
	fi
done <cases

finish
