#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# An archive that grows: append, history, diff, and how it was on another day.
. "$(dirname "$0")/lib.sh"

nights=12
[ -n "$long" ] && nights=60

# post FOLDER/NAME CODE TEXT
post() {
	mkdir -p "$(dirname "$1")"
	printf -- '---\ntitle: t\ndate: 2022-01-05 11:00:00 +0800\n---\n%s\n<http://a/?infoCode=%s>\n' \
		"$3" "$2" >"$1"
}
night() {
	SOURCE_DATE_EPOCH=$((1700000000 + $1 * 86400)) "$narc" append "${@:2}"
}
# state VERSION GENERATION PATH: history shows it, with a star if the path starts with one.
shows() {
	"$narc" history a.narc "$1" | awk '{ print ($1 == "*" ? "*" $2 " " $3 : $1 " " $2), $NF }' >states
	shift
	printf '%s\n' "$@" | diff states -
}
paths() {
	"$narc" list --json "$@" a.narc | sed 's/.*"path":"\([^"]*\)".*/\1/' | sort
}
same_paths() {
	diff <(paths "$@") <(cd site && find . -type f | cut -c3- | sort)
}

one=NW202201050000000001
two=NW202201050000000002
post site/_posts/2022-01-05-$one.md $one first
post site/_posts/2022-01-05-$two.md $two second
echo plain >site/notes.txt
"$narc" pack a.narc site
cp a.narc first.narc

# ---- nothing new ------------------------------------------------------------------------------

check "an append of nothing new says nothing" silent night 1 a.narc site
check "and writes nothing" cmp a.narc first.narc
touch site/notes.txt
check "another time alone is nothing new" night 1 a.narc site
check "byte for byte" cmp a.narc first.narc

# ---- what changes --------------------------------------------------------------------------------

post site/_posts/2022-01-05-$one.md $one "first, corrected"
check "a rewritten post is appended" silent night 1 a.narc site
check "what was there stays, byte for byte" cmp -n "$(stat -c %s first.narc)" a.narc first.narc
check "its history has two versions" shows $one \
	"1 1 _posts/2022-01-05-$one.md" "*2 2 _posts/2022-01-05-$one.md"
check "the newest is what is extracted" grep -q corrected <("$narc" extract -p a.narc $one)
check "the old one is there" not grep -q corrected <("$narc" extract -p --version 1 a.narc $one)
check "a version is extracted to a file" "$narc" extract -C out --version 1 a.narc $one
check "which has its content" not grep -q corrected out/_posts/2022-01-05-$one.md
check "a version that there is not is told" \
	fails 1 "no such version" "$narc" extract -p --version 3 a.narc $one
check "--version without a key is bad usage" fails 2 "KEY" "$narc" extract --version 1 a.narc
"$narc" history --diff a.narc $one >difference
check "history --diff shows what changed" grep -q '^+first, corrected$' difference
check "and from what to what" grep -q "^--- .*(version 1, generation 1)" difference

mkdir site/old_post
mv site/_posts/2022-01-05-$two.md site/old_post/
check "a moved post is appended" night 2 a.narc site
check "with its new path, and the old one in the history" shows $two \
	"1 1 _posts/2022-01-05-$two.md" "*1 3 old_post/2022-01-05-$two.md"
check "list shows the tree as it is" same_paths
check "and does not store the content again" test \
	"$("$narc" info --json a.narc | sed 's/.*"stored_content_size":\([0-9]*\).*/\1/')" -lt 600

post site/_posts/2022-01-05-$two.md $two "second, again"
mv site/old_post/2022-01-05-$two.md site/gone.txt
check "a post that is rewritten under another path takes the place of the old one" \
	night 3 a.narc site
check "as its next version" shows $two "1 1 _posts/2022-01-05-$two.md" \
	"1 3 old_post/2022-01-05-$two.md" "*2 4 _posts/2022-01-05-$two.md"

cp site/notes.txt site/copy.txt
mv site/gone.txt site/there.txt
check "copies and moves of files without infoCodes are appended" night 4 a.narc site
check "the copied file stays, the moved one goes" same_paths
rm site/copy.txt
check "a file that is gone from the tree stays" night 5 a.narc site
check "in the archive" grep -qx copy.txt <(paths)
cp site/notes.txt site/copy.txt

# ---- another day -----------------------------------------------------------------------------------

check "the first generation is as it was" cmp <(paths --as-of 1) <("$narc" list --json first.narc |
	sed 's/.*"path":"\([^"]*\)".*/\1/' | sort)
check "a day means the last generation up to its end" \
	cmp <(paths --as-of 2023-11-16) <(paths --as-of 3)
check "extract --as-of gives the old content" \
	not grep -q corrected <("$narc" extract -p --as-of 1 a.narc $one)
check "export --as-of too" not grep -q corrected <("$narc" export --as-of 1 a.narc)
check "a generation that there is not is told" fails 1 "generation 99" "$narc" list --as-of 99 a.narc
check "a day before all is told" fails 1 "by then" "$narc" list --as-of 1999-01-01 a.narc
check "other words are bad usage" fails 2 "neither" "$narc" list --as-of yesterday a.narc
check "list --all-versions shows all states" test "$("$narc" list --all-versions a.narc | wc -l)" -eq 9

# ---- diff -------------------------------------------------------------------------------------------

check "diff of a tree that is the same says nothing" silent "$narc" diff a.narc site
echo more >>site/notes.txt
echo new >site/new.txt
rm site/copy.txt
difference() {
	"$narc" diff "$@" >differences
	echo "exit status $?" >>differences
	sort differences
}
check "diff tells what was added, is missing and has changed" prints \
	"added    new.txt
changed  notes.txt
exit status 1
missing  copy.txt" difference a.narc site
"$narc" pack other.narc site
check "the same of another archive" prints "$(sort differences)" difference a.narc other.narc
check "diff --json is JSON" "$python" -c 'import json,sys; [json.loads(l) for l in sys.stdin]' \
	< <("$narc" diff --json a.narc site)
check "diff --as-of compares the old state" grep -q "changed  _posts/2022-01-05-$one.md" \
	<("$narc" diff --as-of 1 a.narc site)
check "diff with what is not there is an error" fails 3 "nowhere" "$narc" diff a.narc nowhere
printf 'plbin\n' >site/notes.txt
touch -d "@$("$narc" list --json --path notes.txt a.narc | sed 's/.*"mtime":\([0-9]*\),.*nanoseconds":\([0-9]*\),.*/\1.\2/' |
	awk -F. '{ printf "%d.%09d", $1, $2 }')" site/notes.txt
check "what has the same size and time counts as the same" \
	not grep -q notes <("$narc" diff a.narc site)
check "but not with --checksum" grep -q "changed  notes.txt" <("$narc" diff --checksum a.narc site)
night 6 a.narc site
check "nor with append --checksum" night 7 --checksum a.narc site
check "which stores it" prints plbin "$narc" extract -p a.narc notes.txt

# ---- other ways in -------------------------------------------------------------------------------------

post site/_posts/2022-01-06-NW202201060000000003.md NW202201060000000003 third
(paths; echo "_posts/2022-01-06-NW202201060000000003.md") | sort >wanted
check "a list of files is appended" night 8 --files-from - a.narc site \
	<<<"_posts/2022-01-06-NW202201060000000003.md"
check "without others being taken for gone" diff <(paths) wanted
if "$narc" export --help >/dev/null 2>&1 && "$narc" export a.narc >a.tar 2>/dev/null; then
	size=$(stat -c %s a.narc)
	check "an archive of the same files is nothing new" night 9 --from-archive a.tar a.narc
	check "so nothing is written" test "$(stat -c %s a.narc)" -eq "$size"
fi

# ---- wrong, torn and locked --------------------------------------------------------------------------------

check "an archive that is not there is told" fails 3 "missing.narc" "$narc" append missing.narc site
echo text >text.narc
check "a file that is none is told" fails 1 "newsarc archive" "$narc" append text.narc site
check "and stays as it is" prints text cat text.narc
cp a.narc torn.narc
head -c 3000 /dev/urandom >>torn.narc
echo newest >site/newest.txt
check "what a torn append left is passed over" night 10 torn.narc site
check "and cut off" "$narc" verify torn.narc
check "the archive is that without it" prints newest "$narc" extract -p torn.narc newest.txt
cp a.narc slow.narc
(
	flock 9
	touch locked
	sleep 1
	touch released
) 9<slow.narc &
while [ ! -e locked ]; do sleep 0.01; done
check "a second writer waits for the first" night 10 slow.narc site
check "and does not begin before it has ended" test -e released
wait
before=$(md5sum <a.narc)
check "an append that has no room changes nothing" \
	fails 3 "" bash -c "ulimit -f $(($(stat -c %s a.narc) / 1024)); trap '' XFSZ; '$narc' append a.narc site"
check "byte for byte" test "$(md5sum <a.narc)" = "$before"
check "it is sound" sound a.narc

# ---- dates without a zone ------------------------------------------------------------------------------

mkdir -p zoned/_posts
printf 'timezone: "+08:00"\n' >zoned/_config.yml
printf -- '---\ndate: 2022-01-05 10:00:00\n---\nold\n' >zoned/_posts/old.md
"$narc" pack zoned.narc zoned
printf -- '---\ndate: 2022-01-06 10:00:00\n---\nnew\n' >zoned/_posts/new.md
check "a post is appended to a site whose configuration is as it was" night 1 zoned.narc zoned
check "its date is of the zone that this names" \
	test "$("$narc" list --json --path '*new.md' zoned.narc | grep -c '2022-01-06T10:00:00+08:00')" -eq 1

# ---- many nights -------------------------------------------------------------------------------------------

if ! "$python" "$here/nights.py" "$narc" many many.narc $nights >nights.out 2>&1; then
	cat nights.out
fi
check "after $nights nights every state of every night is there" not grep -v '^ok\|^#\|^1\.\.' nights.out
check "the archive is sound" sound many.narc
finish
