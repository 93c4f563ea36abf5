#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The same files and options make the same bytes.
. "$(dirname "$0")/lib.sh"

make_site site
make_site site 100
rm site/assets/large.bin site/assets/zeros.bin # take long, show nothing
same() {
	"$narc" pack --force again.narc "$@" && cmp first.narc again.narc
}
for options in "" "--preset fast" "--block-size 0" "--dict-size 0 --block-size 256K"; do
	"$narc" pack --force $options --threads 1 first.narc site
	for threads in 1 2 3 8; do
		check "with ${options:-no option} $threads threads make the same bytes" \
			same $options --threads $threads site
	done
done
"$narc" pack --force first.narc site

# The same files, made in the opposite order.
mkdir reversed
(cd site && find . ! -type d -print0) | sort -zr >names
tar --format=posix -C site --null -T names -cf - | tar -C reversed -xpf - 2>/dev/null
check "files made in another order make the same bytes" same reversed
(cd site && find . ! -type d -print0) | sort -zR --random-source="$narc" |
	(cd site && "$narc" pack --force ../listed.narc -0 --files-from -)
check "a list in another order makes the same bytes" cmp first.narc listed.narc
check "another current folder makes the same bytes" env -C site "$narc" pack ../other.narc .
check "byte for byte" cmp first.narc other.narc

check "another umask makes the same bytes" bash -c "umask 077; '$narc' pack umask.narc site"
check "byte for byte" cmp first.narc umask.narc
check "the umask holds for the archive itself" prints 600 stat -c %a umask.narc
check "another locale makes the same bytes" env LC_ALL=C "$narc" pack locale.narc site
check "byte for byte" cmp first.narc locale.narc
check "another time zone makes the same bytes" \
	env TZ=America/New_York "$narc" pack zone.narc site
check "byte for byte" cmp first.narc zone.narc
check "a second later they are the same" sh -c "sleep 1; '$narc' pack later.narc site"
check "byte for byte" cmp first.narc later.narc
check "an environment without anything makes the same bytes" env -i "$narc" pack bare.narc site
check "byte for byte" cmp first.narc bare.narc
cp -a reversed/. site/
check "files written again with the same times make the same bytes" same site

# One changed byte, one changed time, one changed mode: each makes another archive.
different() {
	"$narc" pack --force again.narc site && not cmp -s first.narc again.narc
}
chmod 640 site/index.html
check "another mode makes other bytes" different
chmod 644 site/index.html
check "and back the same" same site
touch -d "$(stat -c %y site/index.html | sed 's/\..*//') UTC" site/index.html
check "another fraction of a second makes other bytes" different

finish
