#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Archives that are damaged, and repaired: by parity, or by what is whole of them.
. "$(dirname "$0")/lib.sh"

export SOURCE_DATE_EPOCH=1700000000
size_of() { stat -c %s "$1"; }
# damage FILE OFFSET SIZE: overwrites so many bytes.
damage() {
	head -c "$3" /dev/zero | tr '\0' '\252' |
		dd of="$1" bs=64K seek="$2" oflag=seek_bytes conv=notrunc status=none
}
# damaged FILE OF OFFSET SIZE: makes a damaged copy.
damaged() { cp "$2" "$1" && damage "$1" "$3" "$4"; }
verified() { "$narc" verify "$1" && "$narc" verify --quick "$1"; }
# tells STATUS TEXT COMMAND...: it ends with this status, and says TEXT on standard output.
tells() {
	local wanted=$1 text=$2 output status

	shift 2
	output=$("$@")
	status=$?
	printf '%s\nexit status %s\n' "$output" $status
	test $status -eq "$wanted" && grep -qF -e "$text" <<<"$output"
}
field() { "$narc" info --json "$1" | sed "s/.*\"$2\":\([0-9]*\).*/\1/"; }

make_site site 400
head -c 100000 /dev/urandom >site/noise.bin
"$narc" pack --parity 5% a.narc site
"$narc" pack plain.narc site
a=$(size_of a.narc)

# ---- pack --parity -------------------------------------------------------------------------------

check "an archive with parity verifies" verified a.narc
check "its posts are those of one without" cmp <("$narc" list a.narc) <("$narc" list plain.narc)
check "parity takes little" test "$a" -lt $(($(size_of plain.narc) * 108 / 100))
for value in 5% 5 2.5% 0 100% 0.01%; do
	check "--parity $value is taken" "$narc" pack --force --parity "$value" other.narc site
	check "and verifies" verified other.narc
done
for value in "" x -1 5%% 101% 1e1 nan 5x 0x5 5.5.5 5%x; do
	check "--parity '$value' is bad usage" fails 2 "--parity" \
		"$narc" pack --force --parity "$value" other.narc site
done
check "an archive of no posts with parity" eval 'mkdir -p none && "$narc" pack --parity 5% none.narc none'
check "verifies" verified none.narc

# ---- mending -------------------------------------------------------------------------------------

check "what is whole needs no repair" tells 0 "nothing is damaged" "$narc" repair a.narc
check "also by --dry-run" tells 0 "nothing is damaged" "$narc" repair --dry-run a.narc
cp a.narc b.narc
inode=$(stat -c %i b.narc)
"$narc" repair b.narc >/dev/null
check "it is left as it is" test "$(stat -c %i b.narc)" = "$inode"

damaged b.narc a.narc $((a / 2)) $((a * 4 / 100))
cp b.narc before.narc
chmod 640 b.narc
check "a damaged archive does not verify" fails 1 "" "$narc" verify b.narc
check "--dry-run says what could be" tells 0 "all can be as it was" "$narc" repair --dry-run b.narc
check "and does nothing" cmp b.narc before.narc
check "-o writes another file" tells 0 "all is as it was" "$narc" repair -o c.narc b.narc
check "which is as it was" cmp c.narc a.narc
check "and leaves the damaged one" cmp b.narc before.narc
check "-o does not replace a file" fails 2 "there is such a file" "$narc" repair -o c.narc b.narc
check "but with --force" "$narc" repair --force -o c.narc b.narc
check "it is repaired in place" tells 0 "all is as it was" "$narc" repair b.narc
check "and is as it was" cmp b.narc a.narc
check "for the same people" test "$(stat -c %a b.narc)" = 640
check "nothing else is left" no_strays . a.narc b.narc before.narc c.narc none none.narc \
	other.narc plain.narc site

for place in 0 100 3000 $((a / 3)) $((a - 9000)) $((a - 400)) $((a - 60)); do
	damaged b.narc a.narc $place 50
	check "damage at $place is mended" "$narc" repair b.narc
	check "bit for bit" cmp b.narc a.narc
done
head -c $((a - 150)) a.narc >b.narc
check "a file that was cut is mended" "$narc" repair b.narc
check "bit for bit" cmp b.narc a.narc
{ head -c 50000 a.narc; echo inserted; tail -c +50001 a.narc; } >b.narc
check "a file with a line too much is mended" "$narc" repair b.narc
check "bit for bit" cmp b.narc a.narc

# ---- appending goes on with it ---------------------------------------------------------------------

cp a.narc grown.narc
echo "one more" >site/more.txt
head -c 30000 /dev/urandom >site/more.bin
"$narc" append grown.narc site
check "an appended archive verifies" verified grown.narc
damaged b.narc grown.narc $((a + 15000)) 300
check "the new generation has parity, too" "$narc" repair b.narc
check "bit for bit" cmp b.narc grown.narc
echo "and another" >site/another.txt
"$narc" append --parity 0 b.narc site
check "--parity 0 ends it" verified b.narc
rm site/another.txt
cp plain.narc b.narc
"$narc" append b.narc site
damage b.narc $(($(size_of plain.narc) + 15000)) 300
check "one without does not get it" fails 1 "is damaged, and lost" "$narc" repair b.narc
cp plain.narc b.narc
"$narc" append --parity 5% b.narc site
damaged c.narc b.narc $(($(size_of plain.narc) + 15000)) 300
check "but if it is asked for" "$narc" repair c.narc
check "bit for bit" cmp c.narc b.narc
rm site/more.*

# ---- saving ----------------------------------------------------------------------------------------

damaged b.narc plain.narc $(($(size_of plain.narc) / 2)) 30000
cp b.narc before.narc
check "--dry-run names what is lost" fails 1 "is damaged, and lost" "$narc" repair --dry-run b.narc
check "and how much is whole" tells 1 "entries and versions are whole" "$narc" repair --dry-run b.narc
check "and does nothing" cmp b.narc before.narc
check "what is whole is saved" tells 1 "are lost" "$narc" repair b.narc
check "the archive verifies" verified b.narc
check "most of it is there" test "$("$narc" list b.narc | wc -l)" -gt 300
"$narc" extract -C out b.narc
check "as it was" test -z "$(diff -r out site | grep -v '^Only in')"
check "and nothing needs repair then" tells 0 "nothing is damaged" "$narc" repair b.narc
check "it can be appended to" "$narc" append b.narc site
check "and has then all again" test "$("$narc" list b.narc | wc -l)" -eq "$("$narc" list plain.narc | wc -l)"
check "and is sound" verified b.narc

# ---- little parity ---------------------------------------------------------------------------

"$narc" pack --parity 0.5% little.narc site
check "an archive with little parity verifies" verified little.narc
damaged b.narc little.narc 0 65536
check "what is lost at its start is not all posts" tells 1 "are lost" "$narc" repair b.narc
check "most of them are there" test "$("$narc" list b.narc | wc -l)" -gt 150
"$narc" extract -C some b.narc
check "as they were" test -z "$(diff -r some site | grep -v '^Only in')"
damaged b.narc little.narc 0 20000
check "its dictionary is made again" "$narc" repair b.narc
check "with all else" cmp b.narc little.narc

# ---- what cannot be repaired -----------------------------------------------------------------------

check "what is not there is told" fails 3 "nowhere.narc" "$narc" repair nowhere.narc
echo "just a text" >text.narc
cp text.narc text.before
check "what is no archive is told" fails 1 "text.narc" "$narc" repair text.narc
check "and is left as it is" cmp text.narc text.before
: >empty.narc
check "what is empty is told" fails 1 "empty.narc" "$narc" repair empty.narc
mkdir folder.narc
check "a folder is told" fails 3 "folder.narc" "$narc" repair folder.narc
check "no archive is bad usage" fails 2 "takes" "$narc" repair
check "two archives are bad usage" fails 2 "takes" "$narc" repair a.narc plain.narc
check "an unknown option is bad usage" fails 2 "--fast" "$narc" repair --fast a.narc
damaged b.narc a.narc 5000 100
cp b.narc before.narc
check "a folder for temporary files that is not there is told" fails 3 "no-folder" \
	"$narc" repair --temp-dir no-folder b.narc
check "a full disk is told" fails 3 "b.narc" bash -c 'ulimit -f 10; trap "" XFSZ; "$@"' - "$narc" repair b.narc
check "and leaves the archive" cmp b.narc before.narc
chmod 400 b.narc
check "one that is read-only is not repaired in place" fails 3 "b.narc" \
	without_powers "$narc" repair b.narc
check "but to another place" without_powers "$narc" repair --force -o c.narc b.narc
check "bit for bit" cmp c.narc a.narc
chmod 600 b.narc
status=0
timeout 1 flock b.narc "$narc" repair b.narc || status=$?
check "it waits for who writes" test $status -eq 124
check "and then repairs" "$narc" repair b.narc
check "bit for bit" cmp b.narc a.narc

# ---- as par2 does ------------------------------------------------------------------------------------

if ! command -v par2 >/dev/null; then
	skip "the damage that par2 repairs is repaired" "par2 is not there"
	finish
fi
# repairs_like_par2 OFFSET SIZE...: damages the archive so.
repairs_like_par2() {
	rm -rf par && mkdir par && cp plain.narc par/p.narc && cp a.narc b.narc || return
	(cd par && par2 create -q -q -r5 p.par2 p.narc) || return
	while [ $# -gt 0 ]; do
		damage b.narc "$1" "$2"
		damage par/p.narc "$1" "$2"
		shift 2
	done
	(cd par && par2 repair -q -q p.par2) && cmp par/p.narc plain.narc &&
		"$narc" repair b.narc && cmp b.narc a.narc
}
check "a burst of 4 % that par2 repairs is repaired" repairs_like_par2 20000 $((a * 4 / 100))
sectors=$(for i in $(seq 3); do echo $((i * a / 5)) 512; done)
check "scattered sectors that par2 repairs are repaired" repairs_like_par2 $sectors
finish
