#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Writers that are killed (kill -9) at moments of all kinds, several at once, and readers beside
# them: an archive is what it was or what it was to become, and can be appended to.
. "$(dirname "$0")/lib.sh"

rounds=20
[ -n "$long" ] && rounds=500
RANDOM=4711

make_site site 150
make_site other 40
mkdir folder
cp -r site grown
cp -r other/. grown/

"$narc" pack --level 1 old.narc site
code=$("$narc" list --json --kind post old.narc | sed -n '40s/.*"info_code":"\([^"]*\)".*/\1/p')

export SOURCE_DATE_EPOCH=1700000000

# do_it JOB ARCHIVE: in the place of the shell.
do_it() {
	case $1 in
	append) exec "$narc" append --preset max --threads 1 "$2" grown ;;
	pack) exec "$narc" pack --force --preset max --threads 1 "$2" grown ;;
	redact) exec "$narc" redact --level 19 --reason court "$2" "$code" ;;
	compact) exec "$narc" compact "$2" ;;
	esac
}

# The states between which a kill leaves no third one, and how long it takes, in us.
declare -A takes
jobs="append pack redact compact"
for job in $jobs; do
	cp old.narc "new.$job.narc"
	[ $job = compact ] && "$narc" append "new.$job.narc" grown
	cp "new.$job.narc" "old.$job.narc"
	start=${EPOCHREALTIME/[.,]/}
	(do_it $job "new.$job.narc")
	takes[$job]=$((${EPOCHREALTIME/[.,]/} - start))
done

# listing ARCHIVE: all states of all files.
listing() {
	"$narc" list --json --all-versions "$1"
}
for job in $jobs; do
	listing "old.$job.narc" >"old.$job.list"
	listing "new.$job.narc" >"new.$job.list"
done

# is_old_or_new JOB ARCHIVE: it verifies, and is in one of the two states.
is_old_or_new() {
	"$narc" verify "$2" && listing "$2" >found.list &&
		{ cmp -s found.list "old.$1.list" || cmp found.list "new.$1.list"; }
}

# leaves_known_names FOLDER: besides the archive, only what is called as unfinished files are.
leaves_known_names() {
	ls -A "$1"
	! ls -A "$1" | grep -vE '^(a\.narc|\.a\.narc\.tmp-[0-9]+-[0-9]+|\.newsarc-[A-Za-z0-9]{6})$'
}

# kill_within US COMMAND...: kills the command at some moment of this time, in us; fails if it had
# ended before.
kill_within() {
	local us=$(($1 * (RANDOM % 1000) / 1000)) pid

	shift
	"$@" 2>said &
	pid=$!
	sleep "$((us / 1000000)).$(printf %06d $((us % 1000000)))"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	test $? -gt 128
}

# ---- one writer, killed -------------------------------------------------------------------------

killed=0
for ((round = 0; round < rounds; round++)); do
	set -- $jobs
	shift $((round % 4))
	job=$1
	cp "old.$job.narc" folder/a.narc
	# Now and then it has ended.
	kill_within $((takes[$job] * 11 / 10)) do_it $job folder/a.narc && killed=$((killed + 1))
	check "$job, killed in round $round, leaves the old state or the new one" \
		is_old_or_new $job folder/a.narc
	check "and no other names than those of unfinished files" leaves_known_names folder
	echo "after $round" >later.txt
	check "the next append works" "$narc" append --level 1 folder/a.narc later.txt
	check "and cleans up" no_strays folder a.narc
	check "what it made is sound" "$narc" verify folder/a.narc
	check "and has the new file" prints "after $round" "$narc" extract -p folder/a.narc later.txt
done
check "some were killed before they had ended" test $killed -ge 2

# A kill that hits the moment in which a file has its temporary name leaves it for the next one.
cp old.narc folder/a.narc
cp old.narc folder/.a.narc.tmp-99999-0
check "redact removes what a killed writer left" \
	"$narc" redact --reason court folder/a.narc "$code"
check "and nothing else" no_strays folder a.narc
head -c -60 old.narc >folder/a.narc
cp old.narc folder/.a.narc.tmp-99999-0
check "so does repair" "$narc" repair folder/a.narc
check "and nothing else" no_strays folder a.narc
check "what is repaired is as it was" cmp old.narc folder/a.narc

# ---- an append that is killed again and again ---------------------------------------------------

cp old.narc folder/a.narc
before=0
for ((round = 0; round < rounds / 2; round++)); do
	echo "text $round" >"grown/new-$round.txt"
	kill_within ${takes[append]} \
		"$narc" append --preset max --threads 1 folder/a.narc grown
	check "an append that is killed on top of $round others leaves a sound archive" \
		"$narc" verify folder/a.narc
	now=$("$narc" list --json folder/a.narc | wc -l)
	check "with no file less than before" test "$now" -ge $before
	before=$now
done
check "the one that comes to its end has all files" \
	"$narc" append --level 1 folder/a.narc grown
check "as they are" "$narc" diff --checksum folder/a.narc grown
check "and leaves nothing else" no_strays folder a.narc

# ---- two writers at once ------------------------------------------------------------------------

cp old.narc folder/a.narc
for number in 1 2 3 4; do
	mkdir -p "part$number"
	echo "by writer $number" >"part$number/by-$number.txt"
	"$narc" append --level 1 folder/a.narc "part$number" &
done
"$narc" compact folder/a.narc &
"$narc" redact --reason court folder/a.narc "$code" &
wait
for number in 1 2 3 4; do
	check "of writers at once, number $number has written" \
		prints "by writer $number" "$narc" extract -p folder/a.narc "by-$number.txt"
done
check "what was redacted at the same time is gone" \
	fails 1 "" "$narc" extract -p folder/a.narc "$code"
check "and the archive is sound" sound folder/a.narc
check "with nothing beside it" no_strays folder a.narc

# ---- readers beside a writer --------------------------------------------------------------------

has_export=""
"$narc" export old.narc >old.tar 2>/dev/null && has_export=yes

# count_nights NUMBER: prints how many nights a reader of this number finds.
count_nights() {
	case $(($1 % 4)) in
	0) "$narc" list --json --path 'night-*' folder/a.narc >"read$1" && wc -l <"read$1" ;;
	1)
		rm -rf "read$1"
		"$narc" extract -C "read$1" --path 'night-*' folder/a.narc && ls "read$1" | wc -l
		;;
	2)
		if [ -n "$has_export" ]; then
			"$narc" export --path 'night-*' folder/a.narc >"read$1" && tar -tf "read$1" | wc -l
		else
			"$narc" verify folder/a.narc >/dev/null && echo "$nights"
		fi
		;;
	3) "$narc" verify folder/a.narc >/dev/null && echo "$nights" ;;
	esac
}

# read_all NUMBER: until there is a file called stop; notes what goes wrong.
read_all() {
	local found last=0

	until [ -e stop ]; do
		if ! found=$(count_nights "$1" 2>"said$1"); then
			cat "said$1" >>"errors$1"
		elif [ "$found" -lt "$last" ]; then
			echo "$found nights after $last" >>"errors$1"
		fi
		last=${found:-$last}
		echo look >>looks
	done
}

nights=8
[ -n "$long" ] && nights=60
cp old.narc folder/a.narc
mkdir night
echo "night 0" >night/night-0.txt
"$narc" append folder/a.narc night
for watcher in 0 1 2 3 4 5 6 7; do
	: >"errors$watcher"
	read_all $watcher &
done
: >failures
for ((number = 1; number <= nights; number++)); do
	echo "night $number" >"night/night-$number.txt"
	"$narc" append --level 1 folder/a.narc night || echo "append $number" >>failures
	# Some nights an append is killed, and some the archive is compacted.
	if ((number % 3 == 0)); then
		kill_within ${takes[append]} "$narc" append --preset max folder/a.narc grown
	elif ((number % 4 == 0)); then
		"$narc" compact folder/a.narc || echo "compact $number" >>failures
	fi
done
: >stop
wait
echo "# readers looked $(wc -l <looks) times"
check "all appends beside readers went well" prints "" cat failures
for watcher in 0 1 2 3 4 5 6 7; do
	check "reader $watcher saw old states or new ones, and never an error" \
		prints "" cat "errors$watcher"
done
check "at the end all nights are there" test \
	"$("$narc" list --json --path 'night-*' folder/a.narc | wc -l)" -eq $((nights + 1))

finish
