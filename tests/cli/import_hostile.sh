#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Archives of other formats that were made to do harm: what cannot be stored safely is told of and
# left out, nothing is written but the archive, and no number is believed.
. "$(dirname "$0")/lib.sh"

"$python" - <<'END'
import gzip, io, tarfile, zlib
from tarfile import (BLKTYPE, CHRTYPE, DIRTYPE, FIFOTYPE, GNU_FORMAT, LNKTYPE, SYMTYPE, TarInfo,
                     USTAR_FORMAT)

def member(tar, name, data=b"", **fields):
    entry = TarInfo(name)
    entry.size = len(data)
    for field, value in fields.items():
        setattr(entry, field, value)
    tar.addfile(entry, io.BytesIO(data))

with tarfile.open("evil.tar", "w") as tar:
    member(tar, "first", b"first")
    member(tar, "/absolute", b"x")
    member(tar, "//two/slashes", b"x")
    member(tar, "../up", b"x")
    member(tar, "a/../../up", b"x")
    member(tar, "..", b"x")
    member(tar, "line\nnarc: all is well", b"x")
    member(tar, "esc\x1b[31m\u202e", b"x")
    member(tar, "hard-up", type=LNKTYPE, linkname="../../etc/passwd")
    member(tar, "hard-absolute", type=LNKTYPE, linkname="/etc/passwd")
    member(tar, "hard-itself", type=LNKTYPE, linkname="hard-itself")
    member(tar, "hard-circle", type=LNKTYPE, linkname="hard-other")
    member(tar, "hard-other", type=LNKTYPE, linkname="hard-circle")
    member(tar, "link", type=SYMTYPE, linkname="/etc")
    member(tar, "link/passwd", b"x")
    member(tar, "character", type=CHRTYPE)
    member(tar, "block", type=BLKTYPE)
    member(tar, "fifo", type=FIFOTYPE)
    member(tar, "../folder", type=DIRTYPE)
    member(tar, "twice", b"once")
    member(tar, "twice", b"again")
    member(tar, "program", b"x", mode=0o7755)
    member(tar, "n" * 5000, b"x")
    member(tar, "last", b"last")

def header(name, size=0, type=b"0", form=USTAR_FORMAT):
    entry = TarInfo(name)
    entry.size, entry.type = size, type
    return bytearray(entry.tobuf(form))

def reseal(block):
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)

def pax(key, value):
    body = b" " + key + b"=" + value + b"\n"
    size = len(body)
    while len(b"%d" % size) + len(body) != size:
        size = len(b"%d" % size) + len(body)
    data = b"%d" % size + body
    return bytes(header("pax", len(data), b"x")) + data + bytes(-len(data) % 512)

END = bytes(1024)
def write(name, data):
    with open(name, "wb") as file:
        file.write(data)

write("nul.tar", pax(b"path", b"nul\0inside") + header("short", 1) + b"x" + bytes(511) + END)
write("negative.tar", pax(b"size", b"-1") + header("negative") + END)
write("overflow.tar", pax(b"size", b"9223372036854775807") + header("huge") + END)
write("huge.tar", pax(b"size", b"1099511627776") + header("huge") + bytes(100000))

# A sparse file of 2^62 bytes, 512 of which are there.
sparse = header("sparse", 512, b"S", GNU_FORMAT)
sparse[386:398], sparse[398:410] = b"%011o\0" % 0, b"%011o\0" % 512
sparse[483:495] = b"\x80" + (1 << 62).to_bytes(11, "big")
write("sparse.tar", reseal(sparse) + bytes(512) + END)

# Two gigabytes of zeros, compressed until little is left.
zeros = TarInfo("zeros")
zeros.size = 2 << 30
packer = zlib.compressobj(1, wbits=31)
bomb = packer.compress(zeros.tobuf(GNU_FORMAT))
chunk = bytes(16 << 20)
for _ in range(zeros.size // len(chunk)):
    bomb += packer.compress(chunk)
write("bomb.tar.gz.gz", gzip.compress(bomb + packer.flush()))
END

listed() {
	"$narc" list --json "$1" | "$python" -c '
import json, sys
for line in sys.stdin: print(ascii(json.loads(line)["path"]))' | sort
}

mkdir around
"$narc" pack evil.narc --from-archive evil.tar 2>told
check "what cannot be kept is told of" test $? -eq 1
check "nothing was written but the archive" \
	no_strays . around bomb.tar.gz.gz evil.narc evil.tar huge.tar negative.tar nul.tar \
	overflow.tar sparse.tar told
check "nor beside the folder" test ! -e ../up -a ! -e ../folder -a ! -e /absolute
for name in ../up a/../../up .. hard-up; do
	check "$name is refused" has "narc: not packed: $name: such a path cannot be stored" told
done
for name in hard-absolute hard-itself hard-circle hard-other; do
	check "$name is told of, which links to nothing that came" \
		has "narc: not packed: $name: is a hard link to a file that did not come" told
done
check "a character device is told of" has "narc: not packed: character: is a device" told
check "a block device too" has "narc: not packed: block: is a device" told
check "a named pipe too" has "narc: not packed: fifo: is a named pipe" told
check "a name that is too long too" has "narc: not packed: nnnnn" told
check "a file that comes twice too" has "narc: twice: came more than once" told
check "each in one line" test "$(grep -vc '^narc: ' told)" -eq 0
check "the rest is kept, and nothing else" prints "$(printf '%s\n' "'absolute'" \
	"'esc\\x1b[31m\\u202e'" "'first'" "'last'" "'line\\nnarc: all is well'" "'link'" \
	"'link/passwd'" "'program'" "'twice'" "'two/slashes'" | sort)" listed evil.narc
check "of what came twice, the last" prints again "$narc" extract -p evil.narc twice
check "it is sound" sound evil.narc
check "what would go through a link is not extracted" \
	fails 3 "a symbolic link or a file is in the way" "$narc" extract -C out evil.narc
check "and the rest is" no_strays out absolute $'esc\e[31m\u202e' first last \
	$'line\nnarc: all is well' link program twice two
check "the program without its set-id and sticky bits" prints 755 stat -c %a out/program

# Numbers that are not so.
check "a name ends at a NUL" silent "$narc" pack nul.narc --from-archive nul.tar
check "and is stored so" prints "'nul'" listed nul.narc
for name in negative overflow huge; do
	check "$name.tar, whose size is not so, makes no archive" \
		not timeout 60 "$narc" pack $name.narc --from-archive $name.tar
	check "none at all" test ! -e $name.narc
done
for name in sparse.tar bomb.tar.gz.gz; do
	check "$name, which has no end, makes no archive" \
		fails 1 "$name: holds more than 1000 times what it has" \
		timeout 100 "$narc" pack bomb.narc --from-archive $name
	check "none at all" test ! -e bomb.narc
done
check "and leaves nothing behind" sh -c 'test -z "$(find . -name ".newsarc*")"'

finish
