#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Sets that many processes pack, by what "narc plan" prints: run by a shell, by GNU parallel and by
# Slurm; in any order, twice, at the same time, and killed; and whose volumes are joined meanwhile.
. "$(dirname "$0")/lib.sh"

PATH=$(dirname "$narc"):$PATH
RANDOM=4711
export SOURCE_DATE_EPOCH=1700000000

# A place as people have them.
place="news desk's \"sets\" \$HOME"
mkdir "$place"
make_site "$place/site" 400
site=$place/site
rm "$site"/_posts/2022-{07,08,09,10,11,12}-*
# Dates of these are those of the files.
mkdir "$site/assets"
for ((i = 1; i <= 6; i++)); do
	seq $i $((i * 50)) >"$site/assets/$i.txt"
	touch -d "2022-$i-15 12:00 UTC" "$site/assets/$i.txt"
done

# A level at which packing takes so long that it can be killed.
options="--level 19 --threads 1"
narc pack $options --split month wanted/ "$site"
narc list wanted | sort >wanted.list
parts=$(cd wanted && ls -- *.narc | wc -l)

volumes() {
	(cd "$1" && md5sum -- *.narc)
}
# is_wanted SET: it has these volumes and no others, and is good.
is_wanted() {
	diff <(volumes wanted) <(volumes "$1") && diff wanted.list <(narc list "$1" | sort) &&
		narc verify --quiet "$1"
}
# plan SET [OPTION...]
plan() {
	local set=$1

	shift
	narc plan --options "$options" "$@" "$set/" "$site"
}
# status SET MISSING: so many parts are missing, and the others done.
status() {
	local result

	plan "$1" --status >status.out
	result=$?
	cat status.out
	echo "exit status $result"
	test $result -eq $(($2 > 0)) && test "$(grep -c '  missing$' status.out)" -eq "$2" &&
		test "$(grep -c '  done, [0-9]* files$' status.out)" -eq $((parts - $2))
}
# missing SET: prints which parts are.
missing() {
	plan "$1" --status | sed -n 's/  missing$//p'
}

# ---- watching ------------------------------------------------------------------------------------

# watch COMMAND...: over and over, until end_watch. It leaves a line in looks where there is something
# to look at, and fails where that is not right.
watch() {
	: >watching
	: >looks
	: >faults
	(
		while [ -e watching ]; do
			"$@" >look 2>&1 || { cat look && echo "fails: $*"; } >>faults
			sleep 0.05
		done
	) &
	watcher=$!
}
# is_whole SET: whatever is written meanwhile, of each month it has all or nothing.
is_whole() {
	[ -e "$1/newsarc-set" ] || return 0
	echo >>looks
	narc list "$1" | sort >seen && ! comm -23 seen wanted.list | grep . &&
		! cut -c1-7 seen | uniq -c | grep -vxFf <(cut -c1-7 wanted.list | uniq -c) &&
		narc verify --quick --quiet "$1"
}
# is_as_before SET: with all versions.
is_as_before() {
	echo >>looks
	narc list --json --all-versions "$1" | diff before - &&
		narc extract -p --version 3 "$1" night.txt | grep -x "night 3"
}
# end_watch: fails if what was seen was not right, or nothing was.
end_watch() {
	rm watching
	wait $watcher
	cat faults
	test -s looks && test ! -s faults
}

# ---- what it prints --------------------------------------------------------------------------------

plan "$place/by hand" >jobs
check "a plan has a line for each part" test "$(wc -l <jobs)" = "$parts"
check "in the order of time" diff <(sort -k 5 jobs) jobs
check "all parts are missing where there is no set" status "$place/by hand" "$parts"
check "and asking makes none" test ! -e "$place/by hand"
check "a line runs in any folder" sh -c "cd / && $(sed -n 3p jobs)"
check "then one part less is missing" status "$place/by hand" $((parts - 1))
check "the lines are a script" sh -e jobs
check "no part is missing then" status "$place/by hand" 0
check "and the set is the one that a single pack makes" is_wanted "$place/by hand"
check "a plan for years has a line for each" test "$(plan set --by year | wc -l)" = 1
check "where sites have nothing, a plan has nothing" silent narc plan set/ "$(mkdir none && echo none)"
check "a site that is not there is told" fails 3 "no-site" narc plan set/ no-site
check "a part is a year or a month" fails 2 "neither year nor month" plan set --by week
check "a plan is for a set and for paths" fails 2 "a set and paths" narc plan set/

# ---- sources that change ---------------------------------------------------------------------------

cp -a "$place/by hand" nightly
cp -a "$place" changing
plan_changing() {
	narc plan "$@" --options "$options" nightly/ changing/site
}
# tells LINE: the status has the line, and all other parts are done.
tells() {
	plan_changing --status >status.out
	result=$?
	cat status.out
	test $result -eq 1 && grep -qxF "$1" status.out && test "$(grep -vc '  done, ' status.out)" -eq 1
}
is_done() {
	plan_changing --status >status.out
	result=$?
	cat status.out
	test $result -eq 0 && ! grep -v '  done, [0-9]* files$' status.out
}
touch changing/site/_posts/2022-02-*
check "files that have another time alone are not changed" is_done
for post in $(ls changing/site/_posts/2022-02-* | head -3); do
	echo "It was corrected." >>"$post"
done
check "a part is changed where files are" tells "2022-02  changed, 3 files to be added"
check "and the year that has it" \
	grep -qx "2022  changed, 3 files to be added" <(plan_changing --status --by year)
before=$(volumes nightly)
check "the line of that part brings them" sh -c "$(plan_changing | grep -F -e '--shard 2022-02 ')"
check "then it is done" is_done
check "all lines may run again, and add nothing" \
	sh -c "$(plan_changing); test \$(ls nightly/*.narc | wc -l) -eq $(($(wc -l <<<"$before") + 1))"
sed -i '1s/.*/7/' changing/site/assets/6.txt
touch -d "2022-06-15 13:00 UTC" changing/site/assets/6.txt
check "another content of the same size is a change" \
	grep -qx "2022-06  changed, 1 files to be added" <(plan_changing --status)
mkdir changing/site/moved
mv changing/site/_posts/2022-01-1* changing/site/moved/
moved=$(ls changing/site/moved | wc -l)
check "files that moved are a change" \
	grep -qx "2022-01  changed, $moved files to be added" <(plan_changing --status)
printf -- '---\ndate: 2022-09-09\n---\nIt came later.\n' >changing/site/later.md
check "a part that nothing is there of is missing" grep -qx "2022-09  missing" <(plan_changing --status)
narc append --quiet nightly/ changing/site
check "what was appended is done, of whatever part it is" is_done
check "a new part is, too" grep -qx "2022-09  done, 1 files" status.out
cp -a nightly changing/site/set
check "the set itself is no part, where it is in the site" \
	diff status.out <(narc plan --status changing/site/set/ changing/site)
rm -r changing/site/set

# ---- what is left over, and lies about ------------------------------------------------------------

cp -a "$place/by hand" littered
head -c 5000 "$(ls wanted/*.narc | head -1)" >littered/.newsarc-volume.tmp-99999-0
echo "no volume" >littered/2022-01-0123456789abcdef.narc
narc pack --quiet --level 1 littered/2022-01-fedcba9876543210.narc "$site/assets"
check "what no manifest names is not read" diff wanted.list <(narc list littered | sort)
check "nor is it checked" narc verify --quiet littered
check "nor does it count as done" status littered 0

# ---- processes that are killed --------------------------------------------------------------------

# How long a part takes, in us.
start=${EPOCHREALTIME/[.,]/}
plan once | head -1 | sh
takes=$((${EPOCHREALTIME/[.,]/} - start))

# cut_short: lines on standard input, so that each is killed at some moment of this time, the first
# one before it can have ended; now and then one has.
cut_short() {
	local line us=10000

	while IFS= read -r line; do
		echo "timeout --signal=KILL $((us / 1000000)).$(printf %06d $((us % 1000000))) $line"
		us=$((takes * (RANDOM % 1000) / 1000))
	done
}

plan killed | shuf --random-source=<(yes) >jobs
watch is_whole killed
ended=0
while IFS= read -r job; do
	sh -c "$job" && ended=$((ended + 1))
done < <(cut_short <jobs) 2>/dev/null
check "of processes that are killed, some are hit" test $ended -lt "$parts"
# Who was hit when all was done but the ending has done it, too.
check "those that ended are done" test "$(missing killed | wc -l)" -le $((parts - ended))
check "what is missing is what is not there" diff <(missing killed) \
	<(comm -23 <(cut -c1-7 wanted.list | uniq) <(narc list killed 2>/dev/null | cut -c1-7 | sort -u))
check "what is missing runs again" sh -e <(grep -Fwf <(missing killed) jobs)
check "then nothing is missing" status killed 0
check "the set is the one that a single pack makes" is_wanted killed
check "and it was never seen half-written" end_watch
check "what was left by those that were killed is gone" \
	test "$(ls -A killed | grep -c '^\.newsarc-volume')" = 0

# ---- volumes that are joined meanwhile ------------------------------------------------------------

# Files go by the clock.
unset SOURCE_DATE_EPOCH
cp -a "$place/by hand" nights
for i in 1 2 3 4 5 6 7 8; do
	echo "night $i" >night.txt
	narc append --level 1 nights night.txt
done
narc list --json --all-versions nights >before
watch is_as_before nights
narc compact nights &
first=$!
narc compact --size 2K nights &
second=$!
both_end() {
	wait $first && wait $second
}
check "of compactions at the same time, none fails" both_end
check "nor do readers beside them" end_watch
check "volumes were joined" test "$(narc compact --grace 0 nights && volumes nights | wc -l)" = $((parts + 1))
check "to what the set was" diff before <(narc list --json --all-versions nights)
check "which is good" narc verify --quiet nights

export SOURCE_DATE_EPOCH=1700000000

# ---- GNU parallel ----------------------------------------------------------------------------------

if parallel --version 2>/dev/null | grep -q "^GNU parallel"; then
	plan "$place/many at once" >jobs
	# Each three times, of which one is killed, in any order.
	{ cut_short <jobs && cat jobs jobs; } | shuf --random-source=<(yes) >all
	watch is_whole "$place/many at once"
	HOME=$scratch parallel --will-cite -j 4 --joblog log <all 2>/dev/null
	killed=$?
	check "of processes of parallel, too, some are hit" test $killed -gt 0
	check "and the others end as they should" \
		test "$(awk -F '\t' 'NR > 1 && $9 ~ /^narc/ && $7 == 0 && $8 == 0' log | wc -l)" = $((2 * parts))
	check "the set is the one that a single pack makes" is_wanted "$place/many at once"
	check "and it was never seen half-written" end_watch
	check "no part is missing" status "$place/many at once" 0
else
	skip "sets by GNU parallel" "GNU parallel is not installed"
fi

# ---- Slurm ------------------------------------------------------------------------------------------

cluster=$PWD/cluster
bash "$here/../slurm.sh" start "$cluster" 4 >environment 2>why || {
	skip "sets by Slurm" "Slurm does not run here: $(tail -n 1 why)"
	finish
}
. ./environment
stop_cluster() {
	bash "$here/../slurm.sh" stop "$cluster"
	clean_up
}
trap stop_cluster EXIT

# submit JOBS [COUNT]: a job array, of which each one runs its line, so many at a time.
submit() {
	sbatch --array="1-$(wc -l <"$1")%${2:-4}" --output="$PWD/slurm-%A-%a.out" \
		--wrap "sed -n \"\${SLURM_ARRAY_TASK_ID}p\" '$1' | sh -e"
}
await_jobs() {
	while [ -n "$(squeue --noheader)" ]; do
		sleep 0.1
	done
}

plan "$place/cluster" | shuf --random-source=<(yes) >jobs
watch is_whole "$place/cluster"
check "Slurm takes the lines as a job array" submit jobs
check "and another one, which runs at the same time" submit jobs
await_jobs
check "the set is the one that a single pack makes" is_wanted "$place/cluster"
check "and it was never seen half-written" end_watch
check "no part is missing" status "$place/cluster" 0
check "jobs print nothing" test -z "$(cat slurm-*.out)"

plan lost >jobs
watch is_whole lost
submit jobs 2 >submitted
# At some moment when the first part is done.
until [ -e lost/newsarc-set ] || [ -z "$(squeue --noheader)" ]; do
	:
done
scancel "$(grep -o '[0-9]*$' submitted)"
await_jobs
grep -Fwf <(missing lost) jobs >rest
check "a job array that is cancelled leaves parts missing" test -s rest
check "which the plan tells" status lost "$(wc -l <rest)"
check "those are submitted again" submit rest
await_jobs
check "and the set is as ever" is_wanted lost
check "and it was never seen half-written" end_watch
finish
