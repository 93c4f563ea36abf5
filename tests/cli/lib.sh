# SPDX-License-Identifier: BSD-2-Clause
# What the scripts in this folder share. A script sources this file, makes its checks and
# ends with `finish`. It works in a folder of its own, $scratch, which is removed at the end.
#
# Results are printed as TAP (testanything.org), which meson reads. A check is a sentence
# that must hold, and a command that succeeds if it does:
#
#     check "the archive is there" test -f a.narc
#     check "an unknown option is refused" fails 2 unrecognized $narc list --foo a.narc

set -u
export LC_ALL=C.UTF-8 TZ=UTC
unset LANGUAGE
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
narc=${NARC:?NARC has to name the narc to be tested}
reader=${NARC_READER:-$here/../../spec/reader.py}
# Debian's, which has the modules that reader.py needs; another may come first in PATH.
python=/usr/bin/python3
long=${NARC_LONG:-}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/newsarc-test.XXXXXX") || exit 1
log=$scratch/.log # of the check at hand
checks=0
failures=0

clean_up() {
	cd /
	chmod -R u+rwX "$scratch" 2>/dev/null
	rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' INT TERM
mkdir "$scratch/work" && cd "$scratch/work" || exit 1
# What is kept of archives on servers.
export XDG_CACHE_HOME=$scratch/cache

# ---- results -----------------------------------------------------------------------------

# check NAME COMMAND...
check() {
	local name=$1

	shift
	checks=$((checks + 1))
	if "$@" >"$log" 2>&1; then
		echo "ok $checks - $name"
		return
	fi
	failures=$((failures + 1))
	echo "not ok $checks - $name"
	{
		printf '%s ' "$@"
		echo
		head -n 40 "$log"
	} | cat -v | sed 's/^/#   /'
}

# skip NAME REASON
skip() {
	checks=$((checks + 1))
	echo "ok $checks - $1 # SKIP $2"
}

finish() {
	echo "1..$checks"
	test $failures -eq 0
	exit
}

# ---- what a check can ask ------------------------------------------------------------------

# not COMMAND...: it fails by itself, not by a signal or a sanitizer.
not() {
	local status

	"$@"
	status=$?
	test $status -ge 1 && test $status -le 3
}

# fails STATUS TEXT COMMAND...: it ends with this status, and says TEXT on standard error.
fails() {
	local wanted=$1 text=$2 status

	shift 2
	"$@" 2>"$scratch/.error"
	status=$?
	cat "$scratch/.error"
	echo "exit status $status"
	test $status -eq "$wanted" && grep -qF -e "$text" "$scratch/.error"
}

# prints TEXT COMMAND...: its standard output is TEXT, and it succeeds.
prints() {
	local wanted=$1 output

	shift
	output=$("$@") || return
	printf '%s\n' "$output"
	test "$output" = "$wanted"
}

# silent COMMAND...: it succeeds and prints nothing at all.
silent() {
	local output

	output=$("$@" 2>&1) || return
	printf '%s\n' "$output"
	test -z "$output"
}

# has LINE FILE: a line of FILE starts with LINE, which is no pattern.
has() {
	cat "$2"
	LINE=$1 awk 'index($0, ENVIRON["LINE"]) == 1 { found = 1 } END { exit !found }' "$2"
}

# Files and links below a folder, with kind, mode, size, time in ns and target.
describe_tree() {
	(cd "$1" && find . \( -type f -o -type l \) -printf '%P %y %m %s %T@ %l\0' | sort -z | tr '\0' '\n')
}

# same_tree A B: the same names, content, links, modes and times. Folders are not compared:
# newsarc keeps none.
same_tree() {
	describe_tree "$1" >"$scratch/.left"
	describe_tree "$2" >"$scratch/.right"
	diff -r --no-dereference "$1" "$2" && diff "$scratch/.left" "$scratch/.right"
}

# no_strays FOLDER NAME...: the folder holds these names and nothing else, hidden ones
# included.
no_strays() {
	local folder=$1

	shift
	ls -A "$folder"
	test "$(ls -A "$folder" | sort)" = "$(printf '%s\n' "$@" | sort)"
}

# ---- archives and other tools ----------------------------------------------------------------

has_reader() {
	"$python" -c 'import xxhash, zstandard' 2>/dev/null
}

read_by_reader() {
	"$python" "$reader" "$@"
}

# The commands in the note at the start of an archive, to get the posts out without narc.
rescue_commands() {
	local size

	size=$(od -An -tu4 -j4 -N4 "$1")
	head -c $((size + 8)) "$1" | tail -c +21 | sed -n 's/^    //p'
}

# rescue ARCHIVE: prints what these commands, followed to the letter, print.
rescue() {
	local folder=$scratch/.rescue

	rm -rf "$folder"
	mkdir "$folder"
	cp "$1" "$folder/FILE"
	rescue_commands "$1" >"$folder/commands"
	(cd "$folder" && bash -e commands)
}

# sound ARCHIVE: narc, zstd and the reader that knows the specification only find no fault.
sound() {
	"$narc" verify "$1" && "$narc" verify --quick "$1" && rescue "$1" >/dev/null || return
	if has_reader; then
		"$python" "$here/agree.py" "$narc" "$reader" "$1"
	fi
}

# without_powers COMMAND...: as root, without the power to pass over permissions.
without_powers() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --bounding-set -dac_override,-dac_read_search "$@"
	else
		"$@"
	fi
}

# at_terminal COMMAND...: prints what the command shows at a terminal.
at_terminal() {
	local line

	printf -v line '%q ' "$@"
	SHELL=/bin/bash script --quiet --return --command "$line" /dev/null </dev/null
}

# harmless COMMAND...: what it shows at a terminal is text, and some; it is left in the file
# shown.
harmless() {
	at_terminal "$@" >shown
	"$python" - shown <<'END'
import sys, unicodedata
shown = open(sys.argv[1], "rb").read().decode()  # it must be UTF-8
# A terminal turns \n into \r\n, and the line end of CSV into \r\r\n.
controls = [c for c in shown.replace("\r\n", "").replace("\r", "", shown.count("\r\r\n")) if c not in "\t\n" and
            unicodedata.category(c) in ("Cc", "Cf")]
print(f"{len(shown)} characters; controls: {controls!a}")
sys.exit(not shown or bool(controls))
END
}

make_site() {
	"$python" "$here/make_site.py" "$@"
}
