#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Killed at any moment, pack leaves the folder as it was: no half an archive under the final
# name, no temporary file, and with --force the old archive.
. "$(dirname "$0")/lib.sh"

make_site site 400
make_site smaller 10
mkdir folder
"$narc" pack --level 1 old.narc smaller

# Only a file system that can make files without a name keeps clean after kill -9.
unnamed=$("$python" -c '
import os
try:
    os.close(os.open("folder", os.O_TMPFILE | os.O_RDWR)) or print("yes")
except OSError:
    pass')

# holds NAME...: the folder holds these, and nothing else that matters here.
holds() {
	if [ -n "$unnamed" ]; then
		no_strays folder "$@"
	else
		rm -f folder/.*.tmp-*
		no_strays folder "$@"
	fi
}

# kill_after SECONDS SIGNAL COMMAND...: ends the command; fails if it had ended before.
kill_after() {
	local seconds=$1 signal=$2 pid status

	shift 2
	# In the background the shell has INT ignored, and nohup HUP.
	env --default-signal=INT,HUP "$@" &
	pid=$!
	sleep "$seconds"
	kill -"$signal" $pid 2>/dev/null
	wait $pid 2>/dev/null
	status=$?
	echo "exit status $status"
	test $status -gt 128
}

# The whole takes this long, in ms; at the highest level some time.
start=$(date +%s%N)
"$narc" pack --preset max --threads 1 whole.narc site
whole=$((($(date +%s%N) - start) / 1000000))

killed=0
for part in 1 2 4 8 15 25 35 45 55 65 75 85 95; do
	seconds=$(awk "BEGIN { print $whole * $part / 100000 }")
	kill_after "$seconds" KILL "$narc" pack --preset max --threads 1 folder/new.narc site \
		>"$log" 2>&1 && killed=$((killed + 1))
	if [ -e folder/new.narc ]; then
		check "killed after $part %, it had ended, and the archive is whole" \
			cmp folder/new.narc whole.narc
		rm folder/new.narc
	else
		check "killed after $part %, it leaves nothing" holds
	fi
	cp old.narc folder/a.narc
	kill_after "$seconds" KILL "$narc" pack --force --preset max --threads 1 folder/a.narc site \
		>"$log" 2>&1 && killed=$((killed + 1))
	if cmp -s folder/a.narc whole.narc; then
		check "killed after $part % with --force, it had ended" "$narc" verify folder/a.narc
	else
		check "killed after $part % with --force, it leaves the old archive" \
			cmp folder/a.narc old.narc
		check "killed after $part % with --force, it leaves nothing else" holds a.narc
	fi
	rm -f folder/a.narc
done
check "some of them were killed in time" test $killed -ge 4

# While it reads, and the list of files does not come to its end: a moment that cannot be
# missed.
mkfifo list
exec 9<>list
for signal in KILL INT TERM HUP; do
	cp old.narc folder/a.narc
	check "SIG$signal ends it while it reads" \
		kill_after 0.2 $signal "$narc" pack --force folder/a.narc site --files-from list
	check "SIG$signal leaves the old archive" cmp folder/a.narc old.narc
	check "SIG$signal leaves nothing else" holds a.narc
	rm folder/a.narc
	check "SIG$signal ends it where there is no old archive" \
		kill_after 0.2 $signal "$narc" pack folder/new.narc site --files-from list
	check "SIG$signal leaves nothing there" holds
done
exec 9<&-

# Two at once: one of them wins, and the archive is whole.
"$narc" pack --level 1 folder/new.narc site 2>/dev/null &
"$narc" pack --level 1 folder/new.narc smaller 2>/dev/null &
wait
check "of two at once one makes the archive" "$narc" verify folder/new.narc
check "and the other leaves nothing" no_strays folder new.narc
rm folder/new.narc

# Files that grow and shrink while the archive is made of them.
mkdir changing
(
	while [ ! -e stop ]; do
		echo more >>changing/growing
		: >changing/shrinking
		head -c 5000000 /dev/zero >changing/shrinking
	done
) &
writer=$!
for try in 1 2 3; do
	"$narc" pack --level 1 changed-$try.narc changing 2>said
	status=$?
	check "files that change while they are read are told of, or were quiet ($try)" \
		sh -c "cat said; test $status -eq 0 || grep -q 'changed while' said"
	check "the archive is sound all the same ($try)" sound changed-$try.narc
done
: >stop
wait $writer

# Extract and export.
"$narc" pack --level 1 a.narc site
head -c 20000000 /dev/urandom >site/large
"$narc" pack --level 1 large.narc site
mkdir out
kill_after 0.05 KILL "$narc" export -o out/a.tar large.narc >/dev/null 2>&1
check "an export that is killed has no file of the final name, or a whole one" \
	sh -c "test ! -e out/a.tar || tar -tf out/a.tar >/dev/null"
rm -rf out
mkdir out
kill_after 0.02 TERM "$narc" export -o out/a.tar large.narc >/dev/null 2>&1
rm -f out/a.tar
check "an export that is interrupted leaves nothing" no_strays out

finish
