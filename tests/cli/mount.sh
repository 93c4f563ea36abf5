#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# An archive that is mounted is the tree that was packed, for every program, and nobody can
# break it.
. "$(dirname "$0")/lib.sh"

# Whether a file system can be mounted here, asked without narc.
can_mount() {
	mkdir -p probe
	"$python" - probe <<'END'
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
fuse = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={fuse},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
if os.getuid() == 0:
    where = sys.argv[1].encode()
    if libc.mount(b"probe", where, b"fuse.probe", 6, options.encode()):
        raise OSError(ctypes.get_errno(), "mount")
    libc.umount2(where, 2)
END
}

if [ ! -x "${narc%/*}/narc-mount" ]; then
	echo "1..0 # SKIP narc mount was not built, for want of libfuse3"
	exit
fi
if ! can_mount 2>/dev/null || ! command -v fusermount3 >/dev/null; then
	echo "1..0 # SKIP no /dev/fuse that can be used here, or no fusermount3"
	exit
fi

# Nothing may stay mounted, whatever happens; then the folder can go.
unmount_all() {
	local folder

	cut -d' ' -f2 /proc/self/mounts | grep -F "$scratch/" | while read -r folder; do
		fusermount3 -u -z "$folder"
	done
	clean_up
}
trap unmount_all EXIT

# mounted FOLDER OPTION...
mounted() {
	local folder=$1

	shift
	mkdir -p "$folder"
	timeout 60 "$narc" mount "$@" "$folder"
}

unmounted() {
	fusermount3 -u "$1" && not_mounted "$1"
}

not_mounted() {
	! mountpoint -q "$1"
}

# In the foreground, until it is there; $server is its process.
serve() {
	local folder=$1 i

	shift
	mkdir -p "$folder"
	# What a shell starts in the background does not know SIGINT any more.
	env --default-signal=INT "$narc" mount -f "$@" "$folder" 2>"$scratch/.served" &
	server=$!
	for ((i = 0; i < 300; i++)); do
		! mountpoint -q "$folder" || return 0
		sleep 0.1
	done
	return 1
}

# The server ends as it should, in time.
ends() {
	local wanted=$1 i

	for ((i = 0; i < 300; i++)); do
		if ! kill -0 "$server" 2>/dev/null; then
			wait "$server"
			test $? -eq "$wanted"
			return
		fi
		sleep 0.1
	done
	kill -KILL "$server"
	return 1
}

make_site site
printf 'x%.0s' {1..300} >site/assets/hundreds.txt
"$python" -c '
import random
random.seed(7)
open("site/assets/large.bin", "wb").write(random.randbytes(3_000_000) + b"end" * 100_000)'
"$narc" pack --level 1 a.narc site
# What is to be seen: the same without any right to write.
cp -a site seen
find seen -type f -exec chmod a-w,ug-s,-t {} +
find seen -type f -exec sh -c 'touch -r "site/${1#seen/}" "$1"' - {} \;

# ---- the tree ---------------------------------------------------------------------------------

check "mounting comes back when all is there, and says nothing" silent mounted m a.narc
check "it is the tree that was packed: names, contents, links, modes and times" same_tree seen m
check "once more, now that the kernel knows it" same_tree seen m
check "nobody can write there" not touch m/new
check "nor into a file" not sh -c 'echo >>m/assets/hundreds.txt'
check "nor remove one" not rm -f m/assets/hundreds.txt
check "what is not there is told to be so" not test -e m/nowhere
check "and is below a file, too" not test -e m/assets/hundreds.txt/below
check "programs list it as what it is" \
	grep -q "$(realpath m) fuse.narc ro" /proc/self/mounts
find m -printf '%i %P\n' | sort >inodes
check "each has an inode of its own" \
	test "$(cut -d' ' -f1 inodes | sort -u | wc -l)" -eq "$(find m | wc -l)"
check "a folder has a link for each one in it" \
	test "$(stat -c %h m)" -eq $((2 + $(find m -mindepth 1 -maxdepth 1 -type d | wc -l)))
size=$(find m -not -type d -printf '%s\n' | awk '{ sum += $1 } END { print int((sum + 4095) / 4096) }')
check "df knows how much it is" test "$(stat -f -c %b m)" -eq "$size"

check "grep -r finds the same" \
	sh -c '(cd site && grep -rl text | sort) >wanted; (cd m && grep -rl text | sort) | diff - wanted'
same_tar() {
	mkdir -p t e
	tar -C m -cf - . | tar -C t --warning=no-timestamp -xf - &&
		"$narc" export -o - a.narc | tar -C e --warning=no-timestamp -xf - &&
		diff -r --no-dereference t e
}
if "$narc" export -o a.tar a.narc 2>/dev/null; then
	check "tar of it has what export has" same_tar
else
	skip "tar of it has what export has" "export was not built"
fi
if command -v rsync >/dev/null; then
	check "rsync gets it" sh -c 'rsync -a m/ r/ && diff -r --no-dereference site r'
	check "and finds nothing new then" prints "" rsync -ai m/ r/
else
	skip "rsync gets it" "there is no rsync"
fi
check "cp keeps what is known of files" sh -c 'cp -a m/assets copied && diff -r copied site/assets'
# Each goes through it in its own way.
readers() {
	local i pids=""

	for i in 1 2 3; do
		diff -r --no-dereference site m &
		pids="$pids $!"
		(cd m && find . -type f -print0 | sort -Rz | xargs -0 -n 20 sh -c '
			for file; do cmp "$file" "../site/$file" || exit 255; done' -) &
		pids="$pids $!"
	done
	for i in $pids; do
		wait "$i" || return
	done
}
unmounted m
mounted m a.narc
check "six at once read it right" readers
check "it ends when it is unmounted" unmounted m

# ---- the same state, the same numbers -----------------------------------------------------------

mounted m a.narc
check "inodes are the same the next time" \
	sh -c "find m -printf '%i %P\n' | sort | diff - inodes"

# ---- files that are read in pieces --------------------------------------------------------------

check "a large file is read from its middle" \
	bash -c 'cmp <(tail -c 200001 m/assets/large.bin) <(tail -c 200001 site/assets/large.bin)'
pieces() {
	"$python" - m/assets/large.bin site/assets/large.bin <<'END'
import os, random, sys
random.seed(3)
a, b = (os.open(path, os.O_RDONLY) for path in sys.argv[1:])
size = os.fstat(b).st_size
os.posix_fadvise(a, 0, 0, os.POSIX_FADV_RANDOM)
for _ in range(300):
    offset, length = random.randrange(size + 10), random.choice((1, 17, 4096, 70_000))
    assert os.pread(a, length, offset) == os.pread(b, length, offset), (offset, length)
assert os.pread(a, 100, size) == b""
END
}
check "and anywhere, in any pieces" pieces
unmounted m
mkdir temporary
check "it is in a file that has no name meanwhile" \
	env TMPDIR="$PWD/temporary" bash -c '
		"$1" mount a.narc m && exec 3<m/assets/large.bin &&
		cmp <(head -c 5 <&3) <(head -c 5 site/assets/large.bin) &&
		test -z "$(ls -A temporary)" && exec 3<&-' - "$narc"
check "and none when it is closed" sh -c '
	for i in $(seq 100); do
		ls -l /proc/$(pgrep -n narc-mount)/fd | grep -q newsarc-mount || exit 0
		sleep 0.1
	done
	exit 1'
unmounted m
chmod a-rwx temporary
TMPDIR=$PWD/temporary serve m a.narc
if [ "$(id -u)" -ne 0 ]; then
	check "without room for it, that file alone cannot be read" not cat m/assets/large.bin
fi
check "all others can" cmp m/assets/hundreds.txt site/assets/hundreds.txt
unmounted m
chmod u+rwx temporary

# ---- the end -----------------------------------------------------------------------------------

for signal in INT TERM; do
	serve m a.narc
	kill -$signal $server
	check "SIG$signal ends one in the foreground" ends 0
	check "and nothing is mounted any more" not_mounted m
done
serve m a.narc
exec 3<m/assets/hundreds.txt
check "while a file is open it cannot be unmounted" not fusermount3 -u m
check "unless it is meant" fusermount3 -u -z m
check "then what is open can be read to its end" cmp - site/assets/hundreds.txt <&3
exec 3<&-
check "and with that the process ends" ends 0
serve m a.narc
ls -R m >/dev/null
{ kill -KILL $server && wait $server; } 2>/dev/null
check "when it is killed, who reads gets an error and does not wait" \
	sh -c 'timeout 10 cat m/_config.yml; test $? -eq 1'
check "mounting there again says what to do" fails 3 "fusermount3 -u" "$narc" mount a.narc m
check "which does it" fusermount3 -u m
check "so that it can be mounted again" mounted m a.narc
unmounted m

# ---- views -------------------------------------------------------------------------------------

mkdir -p twins/one twins/two twins/three
for folder in one two three; do
	printf -- '---\ndate: 2022-01-05 0%s:00:00\n---\n%s\n' "${#folder}" $folder >twins/$folder/index.md
done
printf -- '---\ndate: 2022-01-05\n---\nits own\n' >twins/one/index~2.md
printf -- '---\ndate: 2021-12-31\n---\n?infoCode=NW202112310000000001\n' >twins/last.html
"$narc" pack --level 1 twins.narc twins
mounted d --view date --kind post twins.narc
names_below() {
	(cd "$1" && find . -type f -printf '%P\n' | LC_ALL=C sort | tr '\n' ' ')
}
check "by date, files are in a folder for each day, and the second of a name has a number" \
	prints "2021/12/31/last.html $(printf '2022/01/05/index%s.md ' "" ~2 ~3 ~4)" names_below d
check "they are numbered in the order of the archive, past names that there are" \
	prints "one two its own three" \
	sh -c 'cd d/2022/01/05 && tail -qn 1 index.md index~3.md index~2.md index~4.md | paste -sd" "'
unmounted d
mounted d --view code twins.narc
check "by infoCode, a post has that and its extension as a name" \
	prints "NW202112310000000001.html " names_below d
unmounted d
mounted d --view all twins.narc
check "all views are beside each other" no_strays d by-code by-date tree
check "each as by itself" diff -r twins d/tree
check "by-date among them" test -f d/by-date/2022/01/05/index~3.md
check "by-code, too" cmp twins/last.html d/by-code/NW202112310000000001.html
unmounted d
check "a view that there is not is bad usage" fails 2 "neither tree" "$narc" mount --view x a.narc d

# ---- which entries -------------------------------------------------------------------------------

mounted d --path '_posts/2022-01-05-*' a.narc
"$narc" list --path '_posts/2022-01-05-*' --json a.narc | wc -l >count
check "filters choose" test "$(find d -type f | wc -l)" -eq "$(cat count)"
check "those that they name" sh -c 'test -z "$(find d -type f -not -path "d/_posts/2022-01-05-*")"'
unmounted d
check "where no entry is like that, nothing is mounted" \
	fails 1 "no entry is like that" "$narc" mount --code nothing a.narc d

cp -a site newer
printf 'changed\n' >newer/assets/hundreds.txt
printf 'new\n' >newer/assets/new.txt
cp a.narc b.narc
mounted m b.narc
"$narc" append b.narc newer
check "what is appended meanwhile is not seen" diff -r --no-dereference site m
unmounted m
mounted m b.narc
check "but the next time" diff -r --no-dereference newer m
check "by default the newest version of each" cmp newer/assets/hundreds.txt m/assets/hundreds.txt
unmounted m
mounted m --as-of 1 b.narc
check "--as-of shows what was" diff -r --no-dereference site m
unmounted m
"$narc" redact --reason test b.narc assets/new.txt
mounted m b.narc
check "what was redacted is not there" not test -e m/assets/new.txt
unmounted m
"$narc" pack --level 1 empty.narc --files-from /dev/null 2>/dev/null
if [ -f empty.narc ]; then
	check "an empty archive is an empty folder" mounted m empty.narc
	check "with nothing in it" no_strays m
	unmounted m
fi

# ---- what is known of a post ---------------------------------------------------------------------

attributes() {
	"$python" - "$@" <<'END'
import os, sys
for name in sorted(os.listxattr(sys.argv[1])):
    print(name.removeprefix("user.newsarc."), os.getxattr(sys.argv[1], name).decode())
END
}
mounted m --attributes twins.narc
check "its infoCode, date, version and hash are attributes" \
	prints "date 2021-12-31T00:00:00+00:00
hash $("$narc" list --json twins.narc | sed -n 's/.*last.html.*"hash":"\([^"]*\)".*/\1/p')
infocode NW202112310000000001
version 1" attributes m/last.html
check "what it has not is none" \
	fails 1 "No data available" "$python" -c 'import os; os.getxattr("m/last.html", "user.x")'
check "folders have none" silent attributes m/one
unmounted m
mounted m twins.narc
check "unless that is asked for, there are none at all" \
	fails 1 "not supported" "$python" -c 'import os; os.listxattr("m/last.html")'
unmounted m

# ---- damage --------------------------------------------------------------------------------------

"$narc" pack --level 1 --block-size 0 single.narc site
"$python" - <<'END'
import json, os, subprocess
narc = os.environ["NARC"]
info = json.loads(subprocess.check_output([narc, "info", "--json", "single.narc"]))
data = bytearray(open("single.narc", "rb").read())
data[info["blocks_offset"] + 12] ^= 0x10
open("damaged.narc", "wb").write(data)
END
serve m damaged.narc
find m -type f -exec sh -c 'cmp -s "$1" "site/${1#m/}" || echo "$1"' - {} \; 2>/dev/null >wrong
check "of a damaged archive, one file cannot be read" test "$(wc -l <wrong)" -eq 1
check "which is told as an error, not as other bytes" \
	sh -c 'cat "$(cat wrong)" 2>said >read; grep -q "Input/output error" said && test ! -s read'
check "and with name and place on standard error" \
	grep -q "narc: damaged.narc: .*at byte" "$scratch/.served"
unmounted m
check "the process ends well" ends 0
head -c "$(($(stat -c %s a.narc) - 100))" a.narc >cut.narc
check "one without its end is not mounted" not "$narc" mount cut.narc m
check "with --keep-going it is" sh -c '"$1" mount --keep-going cut.narc m 2>said' - "$narc"
check "and said to be damaged" grep -q "narc: cut.narc: " said
check "with all that is whole" diff -r --no-dereference site m
unmounted m

# ---- names that no file can have -------------------------------------------------------------------

"$python" - <<'END'
import io, tarfile
with tarfile.open("odd.tar", "w", format=tarfile.PAX_FORMAT) as tar:
    for name in ("good", "l" * 255, "l" * 256, "f" * 300 + "/in", "a/b/c", "a/b",
                 "x" * 200 + "/" + "y" * 200, "esc\x1b[31mred", "nl\nname"):
        info = tarfile.TarInfo(name)
        info.size = 4
        tar.addfile(info, io.BytesIO(b"text"))
END
if "$narc" pack --level 1 --from-archive odd.tar odd.narc 2>/dev/null; then
	mkdir -p m
	"$narc" mount odd.narc m 2>said
	check "names that are too long are left out, which is told" \
		sh -c 'grep -c "left out: it has no path" said | grep -qx 2'
	check "a file keeps a folder of its name from being there, as when extracting" \
		sh -c 'test "$(cat m/a/b)" = text && grep -q "a/b: left out: another entry" said'
	check "all others are there" test "$(find m -type f -printf x | wc -c)" -eq 6
	check "with all their bytes" test -f m/$'esc\e[31mred' -a -f m/$'nl\nname'
	unmounted m
	if at_terminal true >/dev/null 2>&1; then
		mv odd.narc $'odd\e[31m.narc'
		check "what is said of it is harmless" harmless "$narc" mount $'odd\e[31m.narc' m
		unmounted m
	fi
else
	skip "names that are too long are left out, which is told" "import was not built"
fi

# ---- what goes wrong -------------------------------------------------------------------------------

check "mount without a folder is bad usage" fails 2 "mount takes" "$narc" mount a.narc
check "with two it is, too" fails 2 "mount takes" "$narc" mount a.narc m d
check "and with an unknown option" fails 2 "--frobnicate" "$narc" mount --frobnicate a.narc m
check "or an option that FUSE does not know" \
	fails 2 "frobnicate" "$narc" mount -o frobnicate a.narc m
check "it names its help then" fails 2 "narc mount --help" "$narc" mount -o frobnicate a.narc m
check "--help shows its usage" sh -c '"$1" mount --help | grep -q "^usage: narc mount"' - "$narc"
check "help mount shows the same" \
	sh -c '"$1" mount --help >help; "$1" help mount | cmp - help' - "$narc"
check "in 80 columns" sh -c '"$1" mount --help | awk "length > 80 { exit 1 }"' - "$narc"
check "an archive that is not there is told of" \
	fails 3 "nowhere.narc: cannot open: No such file" "$narc" mount nowhere.narc m
check "a folder that is not there is told of" \
	fails 3 "nowhere: cannot mount there: No such file" "$narc" mount a.narc nowhere
check "one that is none is, too" \
	fails 3 "cannot mount there: Not a directory" "$narc" mount a.narc a.narc
check "a limit holds" sh -c '
	"$1" mount --limit-entry 100 a.narc m && ! cat m/assets/hundreds.txt >read 2>said &&
	grep -q "Input/output" said && test ! -s read' - "$narc"
unmounted m
check "one for all contents together, of which there is no end, is none" \
	fails 2 "is no option" "$narc" mount --limit-output 1M a.narc m
check "nothing is left mounted" sh -c '! grep -qF "$1/" /proc/self/mounts' - "$scratch"

finish
