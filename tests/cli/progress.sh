#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# How far narc is, on standard error: drawn at a terminal, lines elsewhere, and never in the way of
# anything else.
. "$(dirname "$0")/lib.sh"

export TERM=xterm
if ! "$python" "$here/at_pty.py" 80 true >/dev/null 2>&1; then
	echo "1..0 # SKIP there is no terminal to be had here"
	exit
fi
make_site site 400

# drawn COLUMNS COMMAND...: it succeeds, and draws what it draws within so many columns; leaves that
# in the file drawn, and what is seen in the end in the file seen.
drawn() {
	"$python" "$here/at_pty.py" "$@" >shown
	local status=$?

	sed '/^----$/,$d' shown >drawn
	sed -n '/^----$/,$p' shown | sed '1d;$d' >seen
	cat shown
	return $status
}

# ---- at a terminal -----------------------------------------------------------------------------

for columns in 200 80 40 20 5 2; do
	check "at $columns columns, what is drawn fits" \
		drawn $columns "$narc" pack --force --progress a.narc site
	check "and something is drawn" test -s drawn
done
check "a terminal of one column is no harm" drawn 1 "$narc" pack --force --progress a.narc site
check "at 80 columns, it tells of the archive" drawn 80 "$narc" pack --force --progress a.narc site
check "what is done" grep -qE '^a\.narc: compressing [0-9]+ %, [0-9]+ of [0-9]+ entries' drawn
check "and before that" grep -qE '^a\.narc: reading [0-9]+ entr' drawn
check "and in the end what came of it, in one line" test "$(wc -l <seen)" -eq 1
check "with nothing of what was drawn" grep -qE '^a\.narc: [0-9]+ entries, [0-9.]+ kB in [0-9.]+ kB' seen
name=$(printf '档案%.0s' 1 2 3 4 5 6 7 8).narc
check "a name that takes two columns a character is counted so" \
	drawn 40 "$narc" pack --progress "$name" site
check "so the name gives way to the rest" grep -qE '^reading [0-9]+ entr' drawn
check "where there is room for it, it stands there" \
	drawn 80 "$narc" verify --progress "$name"
check "in front" grep -qF "$name: checking" drawn
check "a name that steers the terminal is escaped" \
	sh -c "cp a.narc '$(printf 'esc\033[31m.narc')'"
check "in what is drawn, too" drawn 80 "$narc" verify --progress $'esc\e[31m.narc'
check "as everywhere" grep -qF 'esc\x1b[31m.narc: checking' drawn

# seldom SECONDS: what was drawn was drawn ten times a second at most.
seldom() {
	tail -n 1 shown
	awk 'END { exit !($1 <= 10 * $4 + 3) }' shown
}
make_site large 3000
check "with thousands of files" drawn 80 "$narc" pack --progress large.narc large
check "it is drawn no more than ten times a second" seldom

# ---- each command --------------------------------------------------------------------------------

# shows WORD COMMAND...: draws WORD, and leaves nothing of that.
shows() {
	local word=$1

	shift
	drawn 80 "$@" && grep -qF "$word" drawn && ! grep -qF " %" seen
}
echo new >site/new.txt
check "append shows what it reads" shows reading "$narc" append --progress a.narc site
check "verify shows what it checks" shows checking "$narc" verify --progress a.narc
check "extract shows what it extracts" shows "extracting 0 %" "$narc" extract --progress -C out a.narc
check "of a part, without how much there is" \
	shows "extracting" "$narc" extract --progress --kind post -C posts a.narc
check "so there is no share of it" not grep -qF "%" drawn
check "merge shows what it copies" shows copying "$narc" merge --progress m.narc a.narc large.narc
check "compact too" shows copying "$narc" compact --progress a.narc
check "redact too" shows copying "$narc" redact --progress --reason test a.narc new.txt
check "split too" shows copying "$narc" split --progress --by year parts a.narc
check "repair shows that it mends, or checks" shows checking "$narc" repair --progress a.narc
if "$narc" export --format ustar -o a.tar a.narc 2>/dev/null; then
	check "export to a file shows what it exports" \
		shows extracting "$narc" export --progress -o a.tar a.narc
	check "and to another program" \
		shows extracting sh -c "'$narc' export --progress a.narc | tar -tf - >/dev/null"
fi

# ---- messages and what is printed -----------------------------------------------------------------

mkfifo site/pipe
packs_most() {
	drawn 80 "$narc" pack --force --progress --level 1 a.narc site
	test -s drawn && grep -qx "narc: not packed: site/pipe: is a named pipe" seen
}
check "a message stands in a line of its own" packs_most
rm site/pipe
cp a.narc damaged.narc
"$python" - <<'END'
import json, os, subprocess
info = json.loads(subprocess.check_output([os.environ["NARC"], "info", "--json", "damaged.narc"]))
with open("damaged.narc", "r+b") as file:
    file.seek(info["blocks_offset"] + 40)
    file.write(b"damage here")
END
tells_damage() {
	drawn 80 "$narc" verify --progress "$@" damaged.narc
	cat seen
	! grep -qF " %," seen
}
check "nor does damage mix with it" tells_damage
check "whose lines are whole" has "narc: damaged.narc: damaged in 1 place" seen
check "nor JSON" tells_damage --json
check "whose lines are whole" sh -c "\"$python\" -c 'import json, sys; [json.loads(line) for line in sys.stdin]' <seen"

# ---- who is shown nothing --------------------------------------------------------------------------

check "what takes no time draws nothing" drawn 80 "$narc" verify a.narc
check "at all" test ! -s drawn
check "a dumb terminal is not drawn at" \
	env TERM=dumb "$python" "$here/at_pty.py" 80 sh -c "exec '$narc' verify --progress a.narc"
env TERM=dumb "$python" "$here/at_pty.py" 80 "$narc" verify --progress a.narc >shown
check "but gets lines, if they are asked for" grep -qx "narc: a.narc: checking 0 %, 0 of [0-9]* entries" shown
check "and nothing is erased" grep -q "^0 drawn" shown
check "in the background nothing is drawn" \
	drawn 80 bash -c "set -m; '$narc' verify --progress a.narc & wait"
check "at all" test ! -s drawn
check "--quiet draws nothing, and tells a person nothing" \
	drawn 80 "$narc" pack --force --quiet a.narc site
check "at all" test ! -s drawn -a ! -s seen
check "nor does verify, of what is good" drawn 80 "$narc" verify --quiet a.narc
check "at all" test ! -s drawn -a ! -s seen
check "what is not good is told of all the same" \
	fails 1 "damaged in 1 place" "$narc" verify --quiet damaged.narc
check "of --progress and --quiet the last one counts" \
	silent "$narc" pack --force --progress --quiet a.narc site
check "where there is no terminal, nothing is told" silent "$narc" pack --force a.narc site
"$narc" pack --force --progress a.narc site >printed 2>told
check "unless it is asked for" grep -qE "^narc: a\.narc: reading [0-9]+ entr" told
check "and what came of it" grep -qE "^a\.narc: [0-9]+ entries, " told
check "as plain lines" not grep -q "[^ -~]" told
check "of which there are few" test "$(wc -l <told)" -le 3
check "on standard error" test ! -s printed
check "what is printed does not change" \
	sh -c "'$narc' verify --progress a.narc 2>/dev/null >with; '$narc' verify a.narc | cmp - with"
check "--progress makes the same bytes" \
	sh -c "'$narc' pack --progress b.narc site 2>/dev/null && cmp a.narc b.narc"

finish
