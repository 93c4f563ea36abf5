#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Archives made of archives: redact, compact, merge, split.
. "$(dirname "$0")/lib.sh"

export SOURCE_DATE_EPOCH=1700000000
states() { # ARCHIVE: all that an archive says of its entries, at each generation
	for generation in $(seq "$("$narc" info --json "$1" | sed 's/.*"generation":\([0-9]*\).*/\1/')"); do
		echo "generation $generation"
		"$narc" list --json --as-of "$generation" "$1"
	done
}
entries() { # the same of the last, without what numbers it
	"$narc" list --json "$@" | sed 's/,"generation":[0-9]*}//' | sort
}
same() { cmp <("$1" "$2") <("$1" "$3"); }

make_site site 300
"$narc" pack a.narc site
for night in 1 2 3; do
	for post in $(ls site/_posts | sed -n "$((night * 20)),$((night * 20 + 4))p"); do
		printf 'Corrected in the night %s: what was said of figures was wrong.\n' $night \
			>>"site/_posts/$post"
	done
	mkdir -p site/old_post
	for post in $(ls site/_posts | head -n 7); do
		mv "site/_posts/$post" site/old_post/
	done
	echo "A note of night $night" >"site/note-$night.txt"
	SOURCE_DATE_EPOCH=$((1700000000 + night * 86400)) "$narc" append a.narc site
done
check "there is an archive of several generations" sound a.narc

# ---- compact -------------------------------------------------------------------------------------

cp a.narc compact.narc
chmod 600 compact.narc
check "an archive is compacted" silent "$narc" compact compact.narc
check "it is sound" sound compact.narc
check "it is for the same people as before" test "$(stat -c %a compact.narc)" = 600
check "all generations are as they were" same states a.narc compact.narc
check "it has one segment" grep -q '"segments":1,' <("$narc" info --json compact.narc)
check "and is smaller" test "$(stat -c %s compact.narc)" -lt "$(stat -c %s a.narc)"
cp compact.narc again.narc
"$narc" compact again.narc
check "compacting again changes nothing" cmp compact.narc again.narc
echo more >site/more.txt
check "it can be appended to" "$narc" append compact.narc site
check "and is sound then" sound compact.narc
check "compact of what is not there is told" fails 3 "nowhere" "$narc" compact nowhere.narc

# ---- split and merge --------------------------------------------------------------------------------

check "an archive is split by month" silent "$narc" split --by month months a.narc
check "into several" test "$(ls months | wc -l)" -gt 3
for part in months/*; do
	check "$part is sound" sound "$part"
done
parts() { for part in months/*; do entries "$part"; done | sort; }
check "together they have all entries" cmp <(parts) <(entries a.narc)
check "they are merged again" silent "$narc" merge whole.narc months/*
check "the whole is sound" sound whole.narc
check "and has all entries" same entries a.narc whole.narc
check "and as many states" test "$("$narc" list --all-versions a.narc | wc -l)" -eq \
	"$("$narc" list --all-versions whole.narc | wc -l)"
check "existing parts are not replaced" fails 2 "there is such a file" "$narc" split --by month months a.narc
check "but with --force" "$narc" split --force --by month months a.narc
check "split by year" "$narc" split --by year years a.narc
check "split by week is bad usage" fails 2 "neither year nor month" "$narc" split --by week x a.narc
check "split without --by is bad usage" fails 2 "--by" "$narc" split x a.narc

mkdir other
printf -- '---\ndate: 2022-02-02 10:00:00\n---\nfrom another site\n' >other/other.md
cp site/note-1.txt other/
echo "another note" >other/note-2.txt
SOURCE_DATE_EPOCH=1800000000 "$narc" pack b.narc other
check "archives of two sites are merged" silent "$narc" merge both.narc a.narc b.narc
check "the result is sound" sound both.narc
check "it has what only one has" "$narc" extract -p both.narc other.md
check "an existing archive is not replaced" fails 2 "there is such a file" "$narc" merge both.narc a.narc
check "but with --force" "$narc" merge --force both.narc a.narc b.narc
cp a.narc into.narc
check "one of the archives may be what is made" "$narc" merge --force into.narc into.narc b.narc
check "then it has all entries" same entries both.narc into.narc
status=0
timeout 1 flock into.narc "$narc" merge --force into.narc into.narc b.narc || status=$?
check "it waits for who writes to that" test $status -eq 124
check "merge of one archive is that archive, compacted" "$narc" merge one.narc a.narc
check "with all generations" same states a.narc one.narc
check "merge without archives is bad usage" fails 2 "takes" "$narc" merge x.narc
echo text >text.narc
check "merge of what is no archive is told" fails 1 "text.narc" "$narc" merge x.narc a.narc text.narc
check "and leaves nothing" not test -e x.narc

# ---- what is damaged is not carried on ------------------------------------------------------------

rot() { # ARCHIVE FROM: a copy, of which a byte of the first data frame is another
	local place

	place=$("$narc" info --json "$2" | sed 's/.*"blocks_offset":\([0-9]*\).*/\1/')
	cp "$2" "$1"
	printf '\245' | dd of="$1" bs=1 seek=$((place + 40)) conv=notrunc status=none
	rotten_at="at byte $place, data frame"
}
rot rotten.narc a.narc
cp rotten.narc before.narc
mkdir beside
cp rotten.narc beside/
cp a.narc beside/

check "merge of what is damaged is told" fails 1 "rotten.narc: $rotten_at" \
	"$narc" merge beside/x.narc a.narc rotten.narc
check "and what can be done" fails 1 '"narc repair" makes it whole' \
	"$narc" merge beside/x.narc a.narc rotten.narc
check "merge into it, too" fails 1 "beside/rotten.narc: $rotten_at" \
	"$narc" merge --force beside/rotten.narc beside/rotten.narc b.narc
check "compact of what is damaged is told" fails 1 "rotten.narc: $rotten_at" \
	"$narc" compact beside/rotten.narc
check "split of what is damaged is told" fails 1 "rotten.narc: $rotten_at" \
	"$narc" split --by month beside/parts beside/rotten.narc
check "redact of what is damaged is told" fails 1 "rotten.narc: $rotten_at" \
	"$narc" redact --reason r beside/rotten.narc note-3.txt
check "nothing is left of all that" no_strays beside a.narc rotten.narc
check "and the archive is as it was" cmp beside/rotten.narc before.narc

# ---- redact -----------------------------------------------------------------------------------------

if ! has_reader; then
	skip "redact leaves no traces" "python3-zstandard and python3-xxhash are not there"
	finish
fi
traces() { NARC_READER=$reader "$python" "$here/traces.py" "$@"; }
code_of() { basename "$1" .md | cut -c12-; }
key=$(code_of "$(ls site/_posts | sed -n 15p)")
path=old_post/$(ls site/old_post | sed -n 3p)

cp a.narc redacted.narc
check "a post is redacted" "$narc" redact --reason "by order of a court" redacted.narc "$key"
check "the archive is sound" sound redacted.narc
check "no trace is left, and all else is as it was" traces a.narc redacted.narc
check "its history says when and why" grep -q "redacted 2023-11-14: by order of a court" \
	<("$narc" history redacted.narc "$key")
check "and has the hash of what was there" grep -q \
	"\"sha256\":\"$("$narc" extract -p a.narc "$key" | sha256sum | cut -c1-64)\"" \
	<("$narc" history --json redacted.narc "$key")
check "it cannot be extracted, and that is said" \
	fails 1 "redacted" "$narc" extract -p redacted.narc "$key"
check "also not as it was before" fails 1 "redacted" "$narc" extract -p --as-of 1 redacted.narc "$key"
check "list does not show it" not grep -q "$key" <("$narc" list redacted.narc)
check "list --all-versions does" grep -q "$key" <("$narc" list --all-versions redacted.narc)
check "export --all-versions leaves it out" \
	not grep -q "$key" <("$narc" export --all-versions -o - redacted.narc | tar -tf -)
check "and exports the others" "$narc" export --all-versions -o all.tar redacted.narc
size=$(stat -c %s redacted.narc)
rm site/more.txt
check "it does not come in again with the next night" fails 0 "was redacted" "$narc" append redacted.narc site
check "nothing is written" test "$(stat -c %s redacted.narc)" -eq "$size"
echo "said differently" >>"site/_posts/$(ls site/_posts | sed -n 15p)"
check "but what is new under its infoCode does" "$narc" append redacted.narc site
check "as another version" "$narc" extract -p redacted.narc "$key"
check "and the archive is sound" sound redacted.narc
check "the old content is still not there" fails 1 "redacted" \
	"$narc" extract -p --version 1 redacted.narc "$key"

cp a.narc redacted.narc
check "a path and several infoCodes are redacted at once" "$narc" redact --reason r redacted.narc \
	"$path" "$(code_of "$(ls site/_posts | sed -n 20p)")" "$(code_of "$(ls site/_posts | sed -n 21p)")"
check "the archive is sound" sound redacted.narc
check "no trace of them is left" traces a.narc redacted.narc
cp redacted.narc before.narc
check "more are redacted later" "$narc" redact --reason again redacted.narc "$key"
check "without a trace" traces before.narc redacted.narc
check "the first tombstones stay" grep -q ": r)" <("$narc" history redacted.narc "$path")
check "what was redacted cannot be again" fails 1 "redacted" "$narc" redact --reason x redacted.narc "$key"
check "a redacted archive is compacted" "$narc" compact redacted.narc
check "and sound" sound redacted.narc

changed=$(code_of "$(ls site/_posts | sed -n 14p)")
post=site/_posts/$(ls site/_posts | sed -n 14p)
echo "and corrected once more" >>"$post"
"$narc" append a.narc site
cp a.narc redacted.narc
check "only the current version is redacted" \
	"$narc" redact --reason r --keep-versions redacted.narc "$changed"
check "the archive is sound" sound redacted.narc
check "its older version is there" "$narc" extract -p --version 1 redacted.narc "$changed"
check "the newest is not" fails 1 "redacted" "$narc" extract -p redacted.narc "$changed"

cp "site/_posts/$(ls site/_posts | sed -n 30p)" site/copy.txt
copied=$(code_of "$(ls site/_posts | sed -n 30p)")
"$narc" append a.narc site
cp a.narc redacted.narc
check "a copy that stays is told of" fails 0 "copy.txt" "$narc" redact --reason r redacted.narc "$copied"
check "the archive is sound" sound redacted.narc
check "the copy has its content" cmp <("$narc" extract -p redacted.narc copy.txt) site/copy.txt
check "all else is as it was" traces a.narc redacted.narc

cp a.narc redacted.narc
check "many posts are redacted" "$narc" redact --reason r redacted.narc \
	$(ls site/_posts | sed -n 40,80p | while read -r name; do code_of "$name"; done)
check "the archive is sound" sound redacted.narc
check "no trace of them is left" traces a.narc redacted.narc
check "though the old dictionary has some" \
	grep -q "in dictionaries: [1-9]" <(traces a.narc redacted.narc)

before=$(md5sum <a.narc)
check "a key that is not there is told" fails 1 "no such infoCode" "$narc" redact --reason r a.narc "$key" nothing
check "and nothing is changed" test "$(md5sum <a.narc)" = "$before"
check "redact without a reason is bad usage" fails 2 "--reason" "$narc" redact a.narc "$key"
check "redact without a key is bad usage" fails 2 "takes" "$narc" redact --reason r a.narc
finish
