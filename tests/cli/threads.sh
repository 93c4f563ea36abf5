#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Whole archives are read on several threads, and nothing that can be seen depends on how many.
. "$(dirname "$0")/lib.sh"

make_site posts 500
ln -s nowhere posts/link
mkdir posts/moved
cp -p posts/_posts/*1.md posts/moved # copies
"$narc" pack --block-size 4K --level 1 posts.narc posts
cp -a posts site
make_site site
"$narc" pack --block-size 4K --level 1 a.narc site
"$python" - <<'END'
import json, os, subprocess
info = json.loads(subprocess.check_output([os.environ["NARC"], "info", "--json", "posts.narc"]))
data = bytearray(open("posts.narc", "rb").read())
for part in range(1, 20):
    place = info["blocks_offset"] + info["blocks_size"] * part // 20
    data[place:place + 4] = b"rust"
open("damaged.narc", "wb").write(data)
END

# outcome FOLDER COMMAND...: what it prints, says, and ends with.
outcome() {
	local folder=$1

	shift
	mkdir -p "$folder"
	"$@" >"$folder/printed" 2>"$folder/said"
	echo $? >"$folder/status"
}

# same_outcome NAME COMMAND...: with any number of threads.
same_outcome() {
	local name=$1 threads

	shift
	outcome "$name-1" "$@" --threads 1
	for threads in 0 2 3 16; do
		outcome "$name-$threads" "$@" --threads $threads
		check "$name: --threads $threads changes nothing" diff -r "$name-1" "$name-$threads"
	done
}

for archive in a damaged; do
	same_outcome "verify $archive" "$narc" verify $archive.narc
	same_outcome "verify --quick $archive" "$narc" verify --quick $archive.narc
	same_outcome "export $archive" "$narc" export $archive.narc
	same_outcome "export to zip $archive" "$narc" export --format zip $archive.narc
	same_outcome "extract -p $archive" "$narc" extract -p $archive.narc
	same_outcome "extract -p of a month $archive" \
		"$narc" extract -p --date 2022-03 $archive.narc
done
check "the damages were told of" \
	has "narc: damaged.narc: damaged in 1" "verify damaged-1/said" # 1x places
check "each entry that was left out was told of" \
	has "narc: damaged.narc: _posts/" "extract -p damaged-1/said"

for archive in a damaged; do
	for threads in 1 0 2 3 16; do
		outcome "extract-$archive-$threads" \
			"$narc" extract --threads $threads -C out-$archive-$threads $archive.narc
		check "extract $archive: --threads $threads says the same" \
			diff -r extract-$archive-1 extract-$archive-$threads
		check "extract $archive: --threads $threads writes the same" \
			same_tree out-$archive-1 out-$archive-$threads
	done
done
check "all of it is written" same_tree site out-a-2
check "of what is damaged, some is written" test -d out-damaged-2/_posts
check "and what is written is right" \
	test -z "$(diff -r --no-dereference out-damaged-2 posts | grep -v '^Only in posts')"

# Written once more, over what is there.
# Two names in there differ only in how an accent is written.
check "files that are there are replaced" "$narc" extract --threads 8 -C out-a-2 a.narc
check "by the same" same_tree site out-a-2
check "a part is written" silent "$narc" extract --threads 8 --path "assets/*" -C part a.narc
check "and only that part" diff -r site/assets part/assets
check "with nothing beside it" no_strays part assets

# A full disk ends it, and says why.
full_disk() {
	bash -c "trap '' XFSZ; ulimit -f 100; exec '$narc' extract --threads $1 -C full-$1 a.narc"
}
for threads in 1 8; do
	check "--threads $threads: what there is no room for is told of, with the reason" \
		fails 3 "large.bin: cannot write: File too large" full_disk $threads
	check "--threads $threads: and leaves no half a file" test ! -e full-$threads/assets/large.bin
done
check "the rest is the same" same_tree full-1 full-8

# ---- values ------------------------------------------------------------------------------------

for command in verify export extract; do
	for value in -1 1025 x "" 1k; do
		check "$command --threads \"$value\" is bad usage" \
			fails 2 "--threads" "$narc" $command "--threads=$value" a.narc
	done
	check "$command --help tells of --threads" \
		sh -c "'$narc' $command --help | grep -q -e --threads"
done
check "keys are taken with --threads" \
	sh -c "'$narc' extract --threads 2 -p a.narc _config.yml | cmp - site/_config.yml"

finish
