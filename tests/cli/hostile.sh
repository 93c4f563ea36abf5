#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# An archive that somebody made to do harm: it does not steer a terminal, does not fill the disk
# beyond what it was given, and does not get out of its folder, nor does it when it changes while
# it is read.
. "$(dirname "$0")/lib.sh"

# ---- terminals -----------------------------------------------------------------------------

# The colours are narc's own, and no text of an archive's.
export NO_COLOR=1

# Everything that an archive has of text, with everything that steers a terminal or turns the
# direction of writing: no packer makes such an archive.
make_evil() {
	PYTHONPATH=$here/../../spec/vectors "$python" -B - <<'END'
from writer import Generation, Row, Writer

POINTS = [*range(0x202a, 0x202f), *range(0x2066, 0x206a), 0x200e, 0x200f, 0x061c, 0x1b, 0x9b, 7, 8,
          9, 10, 13, 0x7f, 0x85, 0x2028, 0xfeff, 0xe0041]
EVIL = "".join(map(chr, POINTS)).encode() + b"\x1b[31m\x1b]0;title\a\xff\xc0\xaf\xed\xa0\x80\xe5\x90"
PATH = b"evil" + EVIL + b".md"
old = Row(PATH, 0, b"---\ntitle: " + EVIL + b"\n---\nold\n", b"CODE" + EVIL,
          b"one" + EVIL.replace(b"\n", b"") + b"\n" + b"two", post=True)
new = Row(PATH, 0, b"---\ntitle: " + EVIL + b"\n---\nnew\n", b"CODE" + EVIL, post=True)
gone = Row(b"gone" + EVIL, 1, b"gone", redacted=(0, b"reason" + EVIL))
fine = Row("\u5b57".encode(), 2, b"fine")
with open("evil.narc", "wb") as file:
    file.write(Writer([Generation([old, gone, fine], [3]), Generation([new], [1])]).write())
with open("evil.path", "wb") as file:
    file.write(PATH)
with open("evil.content", "wb") as file:
    file.write(new.content)
# The same with a content that is damaged.
data = Writer([Generation([new, fine], [2])], changes={
    "block 0: hash": lambda hashes: [1, *hashes[1:]]}).write()
with open("damaged.narc", "wb") as file:
    file.write(data)
END
}

# Colours are no part of what an archive has: see terminal.sh.
export NO_COLOR=1

# Of each of these, what is shown at a terminal, and what is told on standard error.
harmless_lines() {
	harmless "$@" && "$@" 2>&1 >/dev/null | grep -vc '^narc: ' | grep -qx 0
}

if ! has_reader; then
	skip "what an archive has of text steers no terminal" "python3-zstandard or -xxhash is missing"
elif ! at_terminal true >/dev/null 2>&1; then
	skip "what an archive has of text steers no terminal" "there is no terminal to be had here"
else
	check "an archive full of controls is made" make_evil
	path=$(cat evil.path)
	check "it is sound" "$narc" verify evil.narc
	for command in list "list --all-versions" "list --json" "list --csv" "list --all-versions --csv" info \
		verify; do
		check "$command is harmless" harmless_lines "$narc" $command evil.narc
	done
	check "list shows what it escaped" harmless "$narc" list evil.narc
	check "in the path" grep -qF 'evil\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}' shown
	check "bytes that are not UTF-8 too" grep -qF '\xff\xc0\xaf\xed\xa0\x80\xe5\x90' shown
	check "in the infoCode" grep -qF '[CODE\u{202a}' shown
	check "and other text as it is" grep -q '字' shown
	check "line ends too: an entry is a line" test "$(wc -l <shown)" -eq 2
	for options in "" --json --diff; do
		check "history $options of the path is harmless" \
			harmless_lines "$narc" history $options evil.narc "$path"
	done
	check "history of what was redacted is harmless" \
		harmless_lines "$narc" history evil.narc "gone${path:4:-3}"
	check "and shows the reason" grep -qF '(redacted 1970-01-01: reason\u{202a}' shown
	check "extract -p is harmless" harmless_lines "$narc" extract -p evil.narc "$path"
	check "extract -p of what was redacted is harmless" \
		harmless_lines "$narc" extract -p evil.narc "gone${path:4:-3}"
	check "a key that is not there is told of harmlessly" \
		harmless_lines "$narc" extract -p evil.narc "x$path"
	check "diff is harmless" harmless_lines "$narc" diff evil.narc .
	check "diff --json too" harmless_lines "$narc" diff --json evil.narc .
	for command in list verify "extract -C out"; do
		check "$command of what is damaged is harmless" \
			harmless_lines "$narc" $command damaged.narc
	done
	mkdir -p "blocked/$path"
	check "what cannot be extracted is told of harmlessly" \
		harmless_lines "$narc" extract -C blocked evil.narc
	check "what an export cannot hold too" \
		harmless_lines "$narc" export --format ustar -o /dev/null evil.narc
	check "what is above a limit too" \
		harmless_lines "$narc" extract --limit-entry 1 -C limited evil.narc
	check "a redaction of what is not there too" \
		harmless_lines "$narc" redact --reason "$path" evil.narc "x$path"
	cp evil.narc again.narc
	check "a redaction too" harmless "$narc" redact --reason "$path" again.narc "$path"
	check "what is printed to a file is what there is" \
		sh -c '"$0" extract -p evil.narc "$1" | cmp - evil.content' "$narc" "$path"
	check "and a path in JSON is exact" "$python" -c '
import json, os, subprocess, sys
for line in subprocess.check_output([sys.argv[1], "list", "--json", "evil.narc"]).splitlines():
    path = json.loads(line)["path"].encode("utf-8", "surrogateescape")
    if path == open("evil.path", "rb").read(): sys.exit(0)
sys.exit(1)' "$narc"
	check "a file gets the name that it had" \
		sh -c '"$0" extract -C named evil.narc && cmp "named/$1" evil.content' "$narc" "$path"
fi

# A message is one line, whatever is in the names.
fake=$'no.narc\nnarc: all is well'
one_line() {
	"$@" 2>lines
	cat lines
	test "$(wc -l <lines)" -eq 1
}
check "a name with a line end does not make two messages" one_line "$narc" list "$fake"
check "nor does one for a usage" one_line "$narc" list --date "$fake" x
check "nor does one of a list" one_line "$narc" pack --files-from "$fake" y.narc

# ---- limits ---------------------------------------------------------------------------------

mkdir site
for number in $(seq 100 199); do
	head -c 1000 /dev/zero | tr '\0' "$((number % 10))" >site/$number
	echo "$number" >>site/$number
done
head -c 3000000 /dev/zero >site/large
"$narc" pack --block-size 4K a.narc site
"$narc" append a.narc site
bytes_in() {
	find "$1" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum + 0 }'
}
for threads in 1 4; do
	check "--threads $threads: extract ends at its limit, and says at which" \
		fails 1 "more than the limit of 50000 bytes" "$narc" extract --threads $threads \
		--limit-output 50000 --path "1*" -C out-$threads a.narc
	check "with one message" test "$(wc -l <"$scratch/.error")" -eq 1
	check "having written no more" test "$(bytes_in out-$threads)" -le 50000
done
check "a limit that is just enough is enough" \
	silent "$narc" extract --limit-output 100400 --path "1*" -C out-enough a.narc
check "extract -p ends at its limit" \
	fails 1 "more than the limit of 5120 bytes" sh -c '"$0" extract -p --limit-output 5K --path "1*" a.narc >printed' "$narc"
check "having printed no more" test "$(stat -c %s printed)" -le 5120
check "an export ends at its limit" \
	fails 1 "more than the limit of 5120 bytes" "$narc" export --limit-output 5K -o out.tar a.narc
check "and leaves nothing" test ! -e out.tar
check "an entry above its limit is told of, and the rest extracted" \
	fails 1 "large: has 3000000 bytes, more than the limit of 1048576 for one" \
	"$narc" extract --limit-entry 1M -C out-entry a.narc
check "all of it" test "$(ls out-entry | wc -l)" -eq 100
check "an export does without it, too" fails 1 "large: has 3000000 bytes" \
	"$narc" export --limit-entry 1M -o out.tar a.narc
check "and with all the rest" test "$(tar -tf out.tar | wc -l)" -eq 100
check "a file alone in a block above the limit is extracted in pieces" \
	silent "$narc" extract --limit-block 100K -C out-block a.narc
check "as it is" diff -r site out-block
check "and exported so" sh -c '"$0" export --limit-block 100K a.narc | tar -xf - -C out-entry' "$narc"
check "as it is" diff -r site out-entry
check "a block above the limit is told of" \
	fails 1 "more than the limit of 2000 in memory" "$narc" extract -p --limit-block 2000 a.narc 100
make_site posts 400
"$narc" pack posts.narc posts
check "dictionaries above the limit are not kept" \
	fails 1 "dictionaries and names take more than the limit of 100 bytes" \
	sh -c '"$0" extract -p --limit-dictionaries 100 posts.narc >printed' "$narc"
check "verify ends at its limit" \
	fails 1 "more than the limit of 5000 bytes" "$narc" verify --limit-output 5000 a.narc
check "verify tells of an entry above its limit" \
	fails 1 "content: has 3000000 bytes" "$narc" verify --limit-entry 1M a.narc
check "within limits it is good" "$narc" verify --limit-entry 3M --limit-output 4M a.narc
echo changed >site/large
"$narc" append a.narc site
check "history --diff reads no content above its limit" \
	fails 1 "large: has 3000000 bytes" "$narc" history --diff --limit-entry 1M a.narc large
"$narc" pack other.narc site
check "diff reads no names above its limit, of either side" \
	fails 1 "more than the limit of 1 bytes" "$narc" diff --limit-dictionaries 1 other.narc posts.narc
check "nor does list" \
	fails 1 "more than the limit of 1 bytes" "$narc" list --limit-dictionaries 1 posts.narc
for value in 0 -1 x 1X ""; do
	check "--limit-output \"$value\" is bad usage" \
		fails 2 "is no limit" "$narc" extract --limit-output "$value" -C out a.narc
done

# ---- names ----------------------------------------------------------------------------------

mkdir twins
echo composed >twins/$'\u00e9'
echo decomposed >twins/e$'\u0301'
echo upper >twins/README
echo lower >twins/readme
echo alone >twins/alone
"$narc" pack twins.narc twins
"$narc" extract -C twins-out twins.narc 2>told
check "names that differ only in case or form are extracted" test $? -eq 0
check "all of them, as they are" diff -r twins twins-out
check "and told of" test "$(grep -c 'only case or Unicode form makes it another name' told)" -eq 2
check "by their names" grep -qE '^narc: twins.narc: (README|readme): .* than (README|readme): ' told
check "a name alone is not" not grep -q alone told

deep=$(printf 'a/%.0s' $(seq 2000))file
"$python" - "$deep" <<'END'
import io, sys, tarfile
with tarfile.open("deep.tar", "w") as tar:
    for name in (sys.argv[1], "y" * 256, "z" * 255, "x" * 300 + "/file", "last"):
        entry = tarfile.TarInfo(name)
        entry.size = 1
        tar.addfile(entry, io.BytesIO(b"x"))
END
if "$narc" pack deep.narc --from-archive deep.tar 2>/dev/null; then
	check "names that no file can have are told of" \
		fails 3 "File name too long" "$narc" extract -C deep-out deep.narc
	check "each of them" test "$(wc -l <"$scratch/.error")" -eq 2
	check "and the rest is extracted" no_strays deep-out a last "$(printf 'z%.0s' $(seq 255))"
	check "as deep as it goes" sh -c "cd deep-out && test \$(find . -name file -type f | wc -l) -eq 1"
fi

# ---- a file that changes --------------------------------------------------------------------

# Far more than a pipe holds, or is read ahead: narc is in the middle of it when the file is cut.
mkdir many
for number in $(seq 100); do
	head -c 100000 /dev/urandom >many/$number
done
"$narc" pack --level 1 many.narc many
cut_while_reading() {
	local status

	cp many.narc cut.narc
	mkfifo pipe
	"$@" >pipe 2>cut.error &
	exec 3<pipe
	head -c 1000 <&3 >/dev/null
	truncate -s "$size" cut.narc
	cat <&3 >/dev/null
	exec 3<&-
	wait $!
	status=$?
	rm pipe
	head -n 3 cut.error
	echo "exit status $status"
	test $status -eq 1 && grep -qF "the file ends before" cut.error
}
for size in 0 5000000; do
	check "extract tells of a file that is cut to $size bytes while it is read" \
		cut_while_reading "$narc" extract -p --threads 1 cut.narc
	check "with threads too" cut_while_reading "$narc" extract -p --threads 3 cut.narc
done

# ---- set-id and sticky bits ------------------------------------------------------------------

echo x >twins/program
chmod 7711 twins/program
"$narc" pack setid.narc twins/program
check "set-id and sticky bits are left out" \
	sh -c '"$0" extract -C setid setid.narc && test "$(stat -c %a setid/program)" = 711' "$narc"
check "unless they are asked for" \
	sh -c '"$0" extract --keep-set-id -C setid setid.narc && test "$(stat -c %a setid/program)" = 7711' "$narc"
check "for single keys, too" \
	sh -c '"$0" extract --keep-set-id -C setid-key setid.narc program && test "$(stat -c %a setid-key/program)" = 7711' "$narc"

finish
