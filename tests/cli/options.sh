#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The options of pack do what they say.
. "$(dirname "$0")/lib.sh"

make_site posts 120
info() {
	"$narc" info --json "$1" | sed "s/.*\"$2\":\\([0-9]*\\).*/\\1/"
}

# ---- sizes and levels --------------------------------------------------------------------------

check "--block-size 0 puts each post in a block of its own" \
	silent "$narc" pack --block-size 0 --level 1 b0.narc posts
check "120 posts are 120 blocks" prints 120 info b0.narc blocks
check "--block-size 16K makes some blocks" silent "$narc" pack --block-size 16K --level 1 b16.narc posts
check "more than one" test "$(info b16.narc blocks)" -gt 5
check "but fewer than posts" test "$(info b16.narc blocks)" -lt 60
check "--block-size 16384 is the same" "$narc" pack --block-size=16384 --level 1 b16b.narc posts
check "byte for byte" cmp b16.narc b16b.narc
check "--block-size 64M makes one" silent "$narc" pack --block-size 64M --level 1 b64.narc posts
check "that is one block" prints 1 info b64.narc blocks

check "--dict-size 0 makes no dictionary" silent "$narc" pack --dict-size 0 --level 1 d0.narc posts
check "so there is none" prints 0 info d0.narc dictionary_raw_size
check "--dict-size 8k makes a small one" silent "$narc" pack --dict-size 8k --level 1 d8.narc posts
check "which is no larger" test "$(info d8.narc dictionary_raw_size)" -le 8192
for size in 1 100 1000 16M; do
	check "--dict-size $size does no harm" silent "$narc" pack --dict-size $size --level 1 d$size.narc posts
	check "--dict-size $size: the archive is sound" sound d$size.narc
done

check "--level 1 is taken" silent "$narc" pack --level 1 l1.narc posts
check "--level 22 is taken" silent "$narc" pack --level 22 l22.narc posts
check "and makes it smaller" test "$(stat -c %s l22.narc)" -lt "$(stat -c %s l1.narc)"
for preset in fast default max; do
	check "--preset $preset is taken" silent "$narc" pack --preset $preset $preset.narc posts
done
check "max is smaller than fast" test "$(stat -c %s max.narc)" -lt "$(stat -c %s fast.narc)"
check "the default is a preset" "$narc" pack none.narc posts
check "named default" cmp none.narc default.narc
check "a level of one's own goes before the preset's" \
	"$narc" pack --level 22 --block-size 1M --preset fast own.narc posts
check "wherever it stands" "$narc" pack --preset fast --block-size 1M --level 22 own2.narc posts
check "byte for byte" cmp own.narc own2.narc
check "as max" cmp own.narc max.narc

for threads in 1 0 2 3 16 64; do
	check "--threads $threads is taken" "$narc" pack --level 3 --threads $threads t$threads.narc posts
	check "--threads $threads makes the same bytes" cmp t1.narc t$threads.narc
done

# ---- what to pack --------------------------------------------------------------------------------

mkdir -p tree/a tree/b
echo 1 >tree/a/1
echo 2 >tree/a/2
echo 3 >"tree/b/a name"
echo 4 >tree/b/new$'\n'line
paths() {
	"$narc" list --csv "$1" | tr -d '\r' | tail -n +2 | cut -d, -f1 | sort | tr '\n' ' '
}
printf 'a/1\nb/a name\n' >list
check "--files-from takes the paths in a file" silent "$narc" pack f1.narc tree --files-from list
check "relative to PATH" prints "a/1 b/a name " paths f1.narc
check "or those on standard input" \
	silent sh -c "'$narc' pack f2.narc tree --files-from - <list"
check "which is the same" cmp f1.narc f2.narc
check "the last line need not end" \
	silent sh -c "printf 'a/1\nb/a name' | '$narc' pack f3.narc tree --files-from -"
check "which is the same" cmp f1.narc f3.narc
check "empty lines mean nothing" \
	silent sh -c "printf '\n\na/1\n\nb/a name\n\n' | '$narc' pack f4.narc tree --files-from -"
check "which is the same" cmp f1.narc f4.narc
check "without PATH they are relative to the current folder" \
	silent env -C tree "$narc" pack ../f5.narc --files-from ../list
check "which is the same" cmp f1.narc f5.narc
check "-0 takes any name" \
	silent bash -c "cd tree; find . -type f -print0 | '$narc' pack -0 ../f6.narc --files-from -"
check "./ in front is no part of the path" "$narc" pack whole.narc tree
check "so find's list is the tree" cmp f6.narc whole.narc
check "--null is -0" \
	silent bash -c "cd tree; find . -type f -print0 | '$narc' pack ../f7.narc --null --files-from -"
check "which is the same" cmp f6.narc f7.narc
check "a folder in the list means all that is in it" \
	silent sh -c "echo a | '$narc' pack f8.narc tree --files-from -"
check "under the folder's name" prints "a/1 a/2 " paths f8.narc
check "what is not there is told of" \
	fails 1 "not packed: tree/a/9:" sh -c "printf 'a/9\na/1\n' | '$narc' pack f9.narc tree --files-from -"
check "and the rest is packed" prints "a/1 " paths f9.narc
check "a path that leads out is told of" \
	fails 1 "not packed" sh -c "echo ../list | '$narc' pack f10.narc tree --files-from -"
check "the same path twice, unchanged, is there once" \
	silent sh -c "printf 'a/1\na\n./a/1\n' | '$narc' pack f11.narc tree --files-from -"
check "and once only" prints "a/1 a/2 " paths f11.narc
check "a list whose paths end with NUL is not taken for one of lines" \
	fails 2 "-0" sh -c "printf 'a/1\\0a/2\\0' | '$narc' pack nul.narc tree --files-from -"
check "nor cut off at the first NUL" test ! -e nul.narc
check "a list of lines taken with -0 is told of" \
	fails 1 "not packed" "$narc" pack lines.narc -0 tree --files-from list
check "an empty list makes an empty archive" silent "$narc" pack f12.narc --files-from /dev/null
check "which is sound" sound f12.narc
check "an absolute path below PATH is taken for what it is" \
	silent sh -c "echo '$PWD/tree/a/1' | '$narc' pack f13.narc '$PWD/tree' --files-from -"
check "a list is read from a pipe with a name" \
	silent bash -c "'$narc' pack f14.narc tree --files-from <(cat list)"
check "which is the same" cmp f1.narc f14.narc

# ---- zones ---------------------------------------------------------------------------------------

mkdir zone
post_at() {
	printf -- '---\ntitle: t\ndate: %s\n---\nx\n' "$2" >"zone/$1.md"
}
post_at summer "2022-07-01 12:00:00"
post_at winter "2022-01-01 12:00:00"
post_at own "2022-01-01 12:00:00 +0900"
dates() {
	"$narc" list --csv "$1" | tr -d '\r' | grep '\.md,' | cut -d, -f1,4 | sort | tr '\n' ' '
}
check "dates without a zone are UTC's" "$narc" pack utc.narc zone
check "all but those with one" \
	prints "own.md,2022-01-01T12:00:00+09:00 summer.md,2022-07-01T12:00:00+00:00 winter.md,2022-01-01T12:00:00+00:00 " \
	dates utc.narc
check "--timezone gives them another" "$narc" pack --timezone America/New_York ny.narc zone
check "with its summer time" \
	prints "own.md,2022-01-01T12:00:00+09:00 summer.md,2022-07-01T12:00:00-04:00 winter.md,2022-01-01T12:00:00-05:00 " \
	dates ny.narc
check "--timezone may be an offset" "$narc" pack --timezone +05:30 offset.narc zone
check "which stays" \
	prints "own.md,2022-01-01T12:00:00+09:00 summer.md,2022-07-01T12:00:00+05:30 winter.md,2022-01-01T12:00:00+05:30 " \
	dates offset.narc
check "TZ in the environment means nothing" env TZ=Asia/Tokyo "$narc" pack tz.narc zone
check "so the bytes are the same" cmp utc.narc tz.narc
echo "timezone: Asia/Shanghai" >zone/_config.yml
check "_config.yml's zone goes before the option's" \
	"$narc" pack --timezone America/New_York config.narc zone
check "as it belongs to the site" \
	prints "own.md,2022-01-01T12:00:00+09:00 summer.md,2022-07-01T12:00:00+08:00 winter.md,2022-01-01T12:00:00+08:00 " \
	dates config.narc
check "it is taken from a tar too" \
	sh -c "tar -C zone -cf - . | '$narc' pack config-tar.narc --from-archive -"
check "wherever it stands there" \
	prints "own.md,2022-01-01T12:00:00+09:00 summer.md,2022-07-01T12:00:00+08:00 winter.md,2022-01-01T12:00:00+08:00 " \
	dates config-tar.narc
mkdir other
cp zone/summer.md other/later.md
check "it does not hold for another tree" "$narc" pack two.narc zone other
dates two.narc | tr ' ' '\n' >two-dates
check "which has the option's" has "later.md,2022-07-01T12:00:00+00:00" two-dates
for zone in Nowhere/Land ../../etc/passwd /etc/localtime ""; do
	check "--timezone \"$zone\" is bad usage" \
		fails 2 "--timezone" "$narc" pack --timezone "$zone" bad.narc zone
done
for zone in Asia Asia/ tzdata.zi +8 +25:00 -x; do
	check "--timezone \"$zone\" is bad usage" \
		fails 2 "--timezone" "$narc" pack --force "--timezone=$zone" bad-zone.narc zone
done
rm -f bad-zone.narc
echo "timezone: Nowhere/Land" >zone/_config.yml
check "an unknown zone in _config.yml is told of" \
	fails 2 "Nowhere/Land" "$narc" pack unknown.narc zone
check "and no archive is made" test ! -e unknown.narc

# ---- temporary files -------------------------------------------------------------------------------

mkdir temporary
check "--temp-dir is taken" "$narc" pack --temp-dir temporary temp.narc posts
check "it is empty afterwards" test -z "$(ls -A temporary)"
check "it changes nothing" cmp temp.narc none.narc

# ---- numbers ---------------------------------------------------------------------------------------

bad_value() {
	check "$1 $2 is bad usage" fails 2 "$1" "$narc" pack "$1=$2" bad.narc posts
}
for value in 0 23 -1 x 3x "" 99999999999999999999 1.5; do bad_value --level "$value"; done
for value in -1 1025 x "" 1k; do bad_value --threads "$value"; done
for value in -1 x 1x 1T 1KB "" K 99999999999999999999 17179869184G; do
	bad_value --block-size "$value"
	bad_value --dict-size "$value"
done
bad_value --preset best
check "a block size above the limit is bad usage" \
	fails 2 "block size" "$narc" pack --block-size 65M bad.narc posts
check "a dictionary size above the limit is bad usage" \
	fails 2 "dictionary size" "$narc" pack --dict-size 17M bad.narc posts
check "no archive came of all that" test ! -e bad.narc

finish
