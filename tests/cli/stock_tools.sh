#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# An archive needs no narc to be read: zstd prints all posts, and the note at the start of the
# file says how.
. "$(dirname "$0")/lib.sh"

make_site site
make_site posts 300
"$narc" pack odd.narc site
"$narc" pack --preset fast posts.narc posts
"$narc" pack --block-size 0 single.narc posts
"$narc" pack --dict-size 0 plain.narc posts
cp -r posts/. both && cp -r site/. both
"$narc" pack --preset max both.narc both

# What has to come out: the content of all entries in the order of the list, copies once.
contents() {
	"$narc" list --json "$1" | "$python" "$here/owned.py" "$2" >expected
}

uses_dictionary() {
	rescue_commands "$1" | grep -q -e "-D DICT"
}

for pair in odd:site posts:posts single:posts plain:posts both:both; do
	archive=${pair%:*}.narc
	contents "$archive" "${pair#*:}"
	check "$archive: the note in the file has commands" test -n "$(rescue_commands "$archive")"
	check "$archive: followed to the letter, they succeed" \
		sh -c "bash -c '. $here/lib.sh; rescue $PWD/$archive' >rescued"
	check "$archive: they print all posts in order of date" cmp expected rescued
done

check "a few hundred posts have a dictionary" uses_dictionary posts.narc
check "with --dict-size 0 there is none" not uses_dictionary plain.narc

contents plain.narc posts
check "without a dictionary zstd needs no option" sh -c "zstd -dc plain.narc | cmp - expected"
check "zstd finds such a file good" zstd -qt plain.narc
check "zstd reads it from a pipe" sh -c "zstd -dc <plain.narc | cmp - expected"

# The dictionary, got out as the note says.
mkdir dictionary
cp posts.narc dictionary/FILE
rescue_commands posts.narc | head -n 2 >dictionary/commands
check "the dictionary is got out by itself" env -C dictionary bash -e commands
check "zstd finds a file good with its dictionary" zstd -qt -D dictionary/DICT posts.narc
check "and not without it" not zstd -qt posts.narc
check "narc info says how large the dictionary is" \
	sh -c "'$narc' info --json posts.narc |
		grep -q '\"dictionary_raw_size\":$(stat -c %s dictionary/DICT),'"
check "zstd lists its frames" zstd -l plain.narc

check "the note is ASCII" \
	sh -c "head -c \$((\$(od -An -tu4 -j4 -N4 odd.narc) + 8)) odd.narc | tail -c +21 |
		head -c -8 | LC_ALL=C grep -qv '[^ -~]'"
check "the note names the format and its specification" grep -aq newsarc-format.md odd.narc

# Archives may be put one behind the other, for zstd.
contents plain.narc posts
cat plain.narc plain.narc >twice.narc
cat expected expected >expected-twice
check "zstd reads two archives in a row" sh -c "zstd -dc twice.narc | cmp - expected-twice"

finish
