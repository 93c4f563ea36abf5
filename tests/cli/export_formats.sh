#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Exports are read by the tools that everybody has.
. "$(dirname "$0")/lib.sh"

make_site site
make_site plain 40
mkdir -p plain/more
printf 'x\n' >"plain/more/a name"
printf '字\n' >plain/more/字
ln -s ../_config.yml plain/more/link
chmod 755 "plain/more/a name"
"$narc" pack odd.narc site
"$narc" pack plain.narc plain

# No fractions of a second: not every format has them.
mkdir whole
cp -a plain/. whole/
find whole -exec touch -h -d "2022-01-05 03:04:06 UTC" {} +
"$narc" pack whole.narc whole

unpack() {
	rm -rf out
	mkdir out
	"$@"
}

check "the export is a tar unless asked otherwise" sh -c "'$narc' export odd.narc >odd.tar"
check "tar extracts it" unpack tar -C out -xpf odd.tar
check "with all odd names, times in ns and modes" same_tree site out
# (A sanitizer comes between narc and the loader, and then only meson's help will do.)
if ldd "$narc" | grep -q libasan; then
	skip "narc finds its own library" "it does not with a sanitizer"
else
	check "narc finds its own library" \
		sh -c "env -u LD_LIBRARY_PATH '$narc' export odd.narc | cmp - odd.tar"
fi
check "-o writes the same to a file" "$narc" export odd.narc -o odd2.tar
check "byte for byte" cmp odd.tar odd2.tar
check "-o - is standard output" sh -c "'$narc' export -o - odd.narc | cmp - odd.tar"
check "pax is the default format" sh -c "'$narc' export --format pax odd.narc | cmp - odd.tar"
check "to a pipe goes the same" sh -c "'$narc' export odd.narc | cat | cmp - odd.tar"
check "a file that is there is replaced" "$narc" export odd.narc -o odd2.tar
check "its permissions are the usual ones" prints 644 stat -c %a odd2.tar
check "tar lists as many entries as narc" \
	test "$(tar -tf odd.tar | wc -l)" = "$("$narc" list odd.narc | wc -l)"
check "tar has them in order of date" \
	sh -c "'$narc' list plain.narc | sed 's/.* \\(_posts\\)/\\1/' | grep ^_posts >order;
		'$narc' export plain.narc | tar -tf - | grep ^_posts | cmp - order"

for format in ustar gnutar; do
	check "$format is written" "$narc" export --format $format -o whole.$format whole.narc
	check "tar extracts $format" unpack tar -C out -xpf whole.$format
	check "nothing of $format differs" same_tree whole out
done
check "what ustar cannot hold is left out, and told of" \
	fails 1 "entries were left out" "$narc" export --format ustar -o odd.ustar odd.narc
check "the rest of it is there" unpack tar -C out -xpf odd.ustar
check "as it was" cmp out/assets/large.bin site/assets/large.bin

if command -v unzip >/dev/null; then
	check "zip is written" "$narc" export --format zip -o whole.zip whole.narc
	check "unzip finds it good" unzip -tqq whole.zip
	check "so it is for a file of that name" "$narc" export -o named.ZIP whole.narc
	check "with the same bytes" cmp named.ZIP whole.zip
	check "unless another format is asked for" \
		sh -c "'$narc' export --format pax -o tar.zip whole.narc && tar -tf tar.zip >/dev/null"
	check "unzip extracts it" unpack unzip -qq whole.zip -d out
	touch -h -r whole/more/link out/more/link # unzip gives links no time
	check "nothing of zip differs" same_tree whole out
	check "zip is written to a pipe" \
		sh -c "'$narc' export --format zip whole.narc | cat >pipe.zip && unzip -tqq pipe.zip"
else
	skip "unzip extracts zip" "there is no unzip"
fi

if command -v cpio >/dev/null; then
	for format in cpio newc; do
		check "$format is written" \
			"$narc" export --format $format -o whole.$format whole.narc
		check "cpio extracts $format" \
			unpack env -C out cpio -idm --quiet -I ../whole.$format
		check "nothing of $format differs" diff -r --no-dereference whole out
	done
else
	skip "cpio extracts cpio" "there is no cpio"
fi

if command -v bsdtar >/dev/null; then
	for format in pax gnutar zip 7zip cpio newc xar; do
		"$narc" export --format $format -o whole.$format whole.narc
		check "bsdtar extracts $format" unpack bsdtar -C out -xpf whole.$format
		check "nothing of $format differs for bsdtar" same_tree whole out
	done
	check "bsdtar extracts all odd names" unpack bsdtar -C out -xpf odd.tar
	# bsdtar writes both of these as the one in composed form.
	rm -f site/names/e$'\u0301' site/names/$'\u00e9' out/names/$'\u00e9'
	check "and nothing of them differs" same_tree site out
else
	skip "bsdtar extracts all formats" "there is no bsdtar"
fi

check "an unknown format is bad usage" \
	fails 2 'no format "brick"' "$narc" export --format brick -o brick odd.narc
check "and no file is made" test ! -e brick

# Filters, and nothing to export.
check "a day is exported" \
	sh -c "'$narc' export --date 2022-01-05 plain.narc | tar -tf - >day"
check "and only that day" prints _posts/2022-01-05-NW202201050000000004.md cat day
check "an export of nothing is an empty tar" \
	sh -c "'$narc' export --date 1999 plain.narc | tar -tf - >none && test ! -s none"

check "the same archive gives the same tar" \
	sh -c "'$narc' export odd.narc | cmp - odd.tar"
check "of another locale too" sh -c "LC_ALL=C '$narc' export odd.narc | cmp - odd.tar"

# An export that fails leaves what was there.
echo old >kept.tar
head -c $(($(stat -c %s odd.narc) - 100)) odd.narc >cut.narc
check "of a cut archive nothing is exported" not "$narc" export -o kept.tar cut.narc
check "and the old export stays" prints old cat kept.tar
full_disk() {
	bash -c "trap '' XFSZ; ulimit -f 100; exec '$narc' export -o kept.tar odd.narc"
}
check "a full disk ends it" fails 3 "narc: " full_disk
check "with the reason, and the name of what could not be written" \
	fails 3 "kept.tar: cannot write: File too large" full_disk
check "and the old export stays" prints old cat kept.tar
check "no temporary file is left" not ls kept.tar?*
check "a folder that is not there is told of" \
	fails 3 "nowhere/x.tar" "$narc" export -o nowhere/x.tar odd.narc

# A damaged index must not replace an export by an empty one.
"$python" - <<'END'
data = bytearray(open("plain.narc", "rb").read())
data[-176 - 12] ^= 1  # in the last page of the index
open("damaged.narc", "wb").write(data)
END
check "an archive with a damaged index is told of" \
	not "$narc" export --date 2022 -o kept.tar damaged.narc
check "and the old export stays" prints old cat kept.tar
cp plain.narc own.narc
check "an export to the archive's own name is refused" \
	not "$narc" export -o own.narc own.narc

finish
