#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What goes in comes out: content, names, links, modes and times, with every odd file.
. "$(dirname "$0")/lib.sh"

make_site site

check "a tree of odd files is packed without a word" silent "$narc" pack odd.narc site
check "the archive is sound" sound odd.narc

check "extract gives the same tree" "$narc" extract -C out odd.narc
check "nothing of it differs" same_tree site out
check "extracting again over it changes nothing" "$narc" extract odd.narc -C out
check "nothing of it differs then either" same_tree site out
mkdir here
check "extract without -C writes to the current folder" \
	env -C here "$narc" extract ../odd.narc
check "which is the same tree" same_tree site here
check "-C makes folders in folders" "$narc" extract -C a/b/c odd.narc index.html
check "and nothing else is written" no_strays a/b/c index.html

cd site
check "from inside of the tree come the same bytes" "$narc" pack ../inside.narc .
cd ..
check "whatever the tree is called" cmp odd.narc inside.narc
check "a trailing slash means nothing" "$narc" pack slash.narc site//
check "and gives the same bytes" cmp odd.narc slash.narc
ln -s site site-link
check "a link to the tree means the tree" "$narc" pack link.narc site-link
check "and gives the same bytes" cmp odd.narc link.narc

# Each archive of the same tree, packed in another way.
for options in "--block-size 0" "--block-size 1" "--block-size 4M" "--dict-size 0" \
	"--preset fast" "--preset max" "--level 1 --threads 1"; do
	rm -rf other.narc other
	check "with $options it is packed" "$narc" pack $options other.narc site
	check "with $options it is sound" sound other.narc
	check "with $options it is extracted" "$narc" extract other.narc -C other
	check "with $options nothing differs" same_tree site other
done

# Alone, a file keeps its own name.
check "one file is packed" "$narc" pack one.narc site/assets/run.sh
check "under its own name" prints '"run.sh"' \
	sh -c "'$narc' list --json one.narc | sed 's/.*\"path\":\\(\"[^\"]*\"\\).*/\\1/'"
check "one link is packed" "$narc" pack one-link.narc site/links/dangling
check "it is extracted" "$narc" extract -C one-link one-link.narc
check "and is a link" test -L one-link/dangling

mkdir empty
check "an empty folder is packed" "$narc" pack empty.narc empty
check "the empty archive is sound" sound empty.narc
check "it lists nothing" silent "$narc" list empty.narc
check "it is extracted" silent "$narc" extract empty.narc -C from-empty
check "info tells of it" "$narc" info empty.narc

# Several trees in one archive.
mkdir -p one/x two/x
echo 1 >one/x/a
echo 2 >two/x/b
check "two trees are packed into one archive" silent "$narc" pack two.narc one two
check "it is extracted" "$narc" extract -C both two.narc
check "with the files of both" no_strays both/x a b
echo 3 >two/x/a
check "a path that comes twice is told of" \
	fails 1 "narc: x/a: came more than once" "$narc" pack --force two.narc one two
check "the later one is kept" prints 3 "$narc" extract -p two.narc x/a

# A time before 1970 that has a fraction.
mkdir early
touch -d "1969-12-31 23:59:58.000000001 UTC" early/file
touch -d "1901-12-13 20:45:51.999999999 UTC" early/earlier
check "early times are packed" silent "$narc" pack early.narc early
check "they are extracted" "$narc" extract early.narc -C early-out
check "to the ns" same_tree early early-out

# Content of every size around the limits that a reader or a buffer may have.
mkdir sizes
for size in 0 1 2 3 4095 4096 4097 65535 65536 65537 131071 131073 1048575 1048577 4194305; do
	head -c $size /dev/urandom >sizes/random-$size
	head -c $size /dev/zero >sizes/zero-$size
done
check "content of all sizes is packed" silent "$narc" pack sizes.narc sizes
check "it is sound" sound sizes.narc
check "it is extracted" "$narc" extract sizes.narc -C sizes-out
check "nothing of it differs" same_tree sizes sizes-out

if [ -n "$long" ]; then
	head -c 100M /dev/urandom >sizes/huge
	head -c 150M /dev/zero >sizes/hole
	check "files of 100 MB and more are packed" silent "$narc" pack --level 1 huge.narc sizes
	check "they are sound" sound huge.narc
	check "they are extracted" "$narc" extract huge.narc -C huge
	check "nothing of them differs" same_tree sizes huge
	check "a huge file is printed" \
		sh -c "'$narc' extract -p huge.narc huge | cmp - sizes/huge"
	check "a huge file is exported" \
		sh -c "'$narc' export huge.narc | tar -xOf - hole | cmp - sizes/hole"
fi

finish
