#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Archives of other formats go in without being unpacked.
. "$(dirname "$0")/lib.sh"

make_site site
make_site plain 40
rm site/names/e$'\u0301' # see below
ln -s plain-target plain/link
find plain -exec touch -h -d "2022-01-05 03:04:06 UTC" {} +

"$narc" pack direct.narc site
tar --format=posix -C site -cf site.tar .
check "a tar is imported" silent "$narc" pack tar.narc --from-archive site.tar
check "it gives the same entries as the tree" \
	sh -c "'$narc' list --json direct.narc >direct; '$narc' list --json tar.narc | cmp - direct"
check "it gives the same bytes" cmp direct.narc tar.narc
check "from a pipe too" silent sh -c "cat site.tar | '$narc' pack pipe.narc --from-archive -"
check "it gives the same bytes" cmp direct.narc pipe.narc
check "it is sound" sound tar.narc
check "an export goes in again" \
	silent sh -c "'$narc' export tar.narc | '$narc' pack again.narc --from-archive -"
check "it gives the same bytes" cmp direct.narc again.narc

for tool in gzip bzip2 xz zstd; do
	command -v $tool >/dev/null || continue
	check "a tar compressed by $tool is imported" \
		silent sh -c "$tool -c site.tar | '$narc' pack --force $tool.narc --from-archive -"
	check "it gives the same bytes as without $tool" cmp direct.narc $tool.narc
done

"$narc" pack direct-plain.narc plain
same_entries() {
	"$narc" pack --force imported.narc --from-archive "$1" && cmp direct-plain.narc imported.narc
}
tar --format=gnu -C plain -cf plain.gnu.tar .
check "a GNU tar gives the same as the tree" same_entries plain.gnu.tar
tar --format=ustar -C plain -cf plain.ustar.tar .
check "a ustar gives the same" same_entries plain.ustar.tar
if command -v zip >/dev/null; then
	(cd plain && zip -qry ../plain.zip .)
	check "a zip gives the same" same_entries plain.zip
	check "a zip comes through a pipe" \
		sh -c "cat plain.zip | '$narc' pack --force zip.narc --from-archive -"
fi
if command -v cpio >/dev/null; then
	(cd plain && find . | cpio --quiet -o -H newc >../plain.cpio)
	check "a cpio gives the same" same_entries plain.cpio
fi
if command -v bsdtar >/dev/null; then
	bsdtar --format 7zip -C plain -cf plain.7z .
	check "a 7z gives the same" same_entries plain.7z
fi

# A tree and an archive together.
mkdir extra
echo extra >extra/extra.txt
check "an archive and a tree are packed together" \
	silent "$narc" pack mixed.narc --from-archive plain.ustar.tar extra
check "with the files of both" \
	test "$("$narc" list mixed.narc | wc -l)" -eq $(($("$narc" list direct-plain.narc | wc -l) + 1))

# The archive that is read is not the one to be written.
cp plain.ustar.tar own.tar
check "an archive is not imported into itself" \
	fails 2 "own.tar" "$narc" pack --force own.tar --from-archive own.tar
check "so it stays" cmp own.tar plain.ustar.tar

# Hard links: another name of the same content.
mkdir hard
echo content >hard/a
ln hard/a hard/b
ln hard/a hard/c
linked() {
	local name

	"$narc" pack --force hard.narc --from-archive "$1" || return
	for name in a b c; do
		test "$("$narc" extract -p hard.narc $name)" = content || return
	done
}
tar -C hard -cf hard.tar .
check "hard links in a tar have their content" linked hard.tar
tar -C hard -cf hard2.tar ./c b a
check "whatever their order and their ./" linked hard2.tar
if command -v cpio >/dev/null; then
	(cd hard && ls | cpio --quiet -o -H newc >../hard.cpio)
	check "hard links in a cpio have their content" linked hard.cpio
fi
tar -C hard -cf cut-links.tar a b
tar --delete -f cut-links.tar a
check "a hard link to what is not there is told of" \
	fails 1 "hard link" "$narc" pack cut-links.narc --from-archive cut-links.tar

# Names.
tar -P -cf absolute.tar "$PWD/extra/extra.txt"
check "an absolute name loses its slash" silent "$narc" pack absolute.narc --from-archive absolute.tar
check "and nothing else" \
	sh -c "'$narc' extract -p absolute.narc '${PWD#/}/extra/extra.txt' | cmp - extra/extra.txt"
(cd extra && tar -P -cf ../up.tar ../plain/_posts)
check "a name that leads out is refused" \
	fails 1 "not packed: ../plain/" "$narc" pack up.narc --from-archive up.tar
tar -cf dots.tar extra/./extra.txt .//extra//extra.txt
check "dots and double slashes in a name mean nothing" \
	silent "$narc" pack dots.narc --from-archive dots.tar

mkdir accents
echo composed >accents/$'\u00e9'
echo decomposed >accents/e$'\u0301'
tar --format=posix -C accents -cf accents.tar .
"$narc" pack accents.narc accents
# libarchive brings what it reads as UTF-8 into composed form.
check "names that differ only in how an accent is written stay two" \
	silent "$narc" pack accents-tar.narc --from-archive accents.tar
check "and stay as they were" cmp accents.narc accents-tar.narc

"$python" - <<'END'
import tarfile
with tarfile.open("links.tar", "w") as tar:
    for name, target in (("long", "x" * 5000), ("empty", ""), ("good", "x")):
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = tarfile.SYMTYPE, target
        tar.addfile(entry)
END
check "a link to nowhere is told of" \
	fails 1 "not packed: empty:" "$narc" pack links.narc --from-archive links.tar
check "so is a link that no system could make" \
	fails 1 "not packed: long:" "$narc" pack --force links.narc --from-archive links.tar
check "as what is packed can be extracted" "$narc" extract -C links links.narc
mkdir sparse
truncate -s 3M sparse/hole
printf middle | dd of=sparse/hole bs=1 seek=1000000 conv=notrunc status=none
tar -S -C sparse -cf sparse.tar .
check "a sparse file in a tar is packed with its holes filled" \
	sh -c "'$narc' pack sparse.narc --from-archive sparse.tar && '$narc' extract -p sparse.narc hole | cmp - sparse/hole"
if command -v zip >/dev/null; then
	(cd hard && zip -qP password ../locked.zip a)
	check "an encrypted file in a zip is told of" \
		fails 1 "is encrypted" "$narc" pack locked.narc --from-archive locked.zip
fi

mkdir chinese
echo x >chinese/字
"$narc" pack chinese.narc chinese
"$narc" export --format zip -o chinese.zip chinese.narc
gives_chinese_name() {
	"$narc" pack --force imported.narc --from-archive "$1" &&
		prints x "$narc" extract -p imported.narc 字
}
check "a Chinese name in a zip of narc's own is a name" gives_chinese_name chinese.zip
check "in one on standard input, too" gives_chinese_name - <chinese.zip
check "in one that comes through a pipe, too" gives_chinese_name - < <(cat chinese.zip)

# What is no file.
mkdir special
mkfifo special/pipe
echo x >special/file
tar -C special -cf special.tar .
check "a named pipe in a tar is told of" \
	fails 1 "is a named pipe" "$narc" pack special.narc --from-archive special.tar
check "and the rest is packed" prints x "$narc" extract -p special.narc file

# What is no archive.
refuses() {
	rm -f refused.narc
	"$narc" pack refused.narc --from-archive "$1" && return 1
	test ! -e refused.narc
}
head -c 3000 site.tar >cut.tar
check "a tar cut off makes no archive" refuses cut.tar
head -c 1000 /dev/urandom >noise
check "noise makes no archive" refuses noise
printf 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1::/:/bin/false\n' >passwd
check "a text file makes no archive" refuses passwd
printf '#mtree\n./x type=file contents=passwd\n' >list.mtree
check "nor does a list of files that are elsewhere" refuses list.mtree
check "a folder makes no archive" refuses plain
check "a missing file makes no archive" refuses missing.tar
check "it is told of by its name" \
	fails 3 missing.tar "$narc" pack new.narc --from-archive missing.tar
check "a newsarc archive makes no archive" refuses direct.narc

finish
