#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Sets in an object store where lines, gateway and daemons fail: whoever looks at a set sees what it was
# or what it is to be, and what failed is done by doing it again.
. "$(dirname "$0")/lib.sh"
. "$here/store.sh"

begin_store "sets in an object store that does badly" 3
keys() { # PREFIX
	request GET "bucket?list-type=2&prefix=${1//\//%2F}" | grep -o '<Key>[^<]*' | cut -c6-
}
request PUT bucket

# ---- a set and what it is to be -------------------------------------------------------------------

# Nights of a site; no two files of the last one are alike, so that its volume is put in parts.
export SOURCE_DATE_EPOCH=1700000000
make_site night-1 60
cp -r night-1 night-2
for post in $(ls night-2/_posts | head -n 20); do
	echo "It was corrected." >>"night-2/_posts/$post"
done
cp -r night-2 night-3
for number in 1 2; do
	head -c 5100000 /dev/urandom >night-3/$number.bin
done
append=("$narc" append --quiet --level 1)
steps="pack append-2 append-3 compact"

# do_step STEP SET: one of these steps, of which each takes the set from a state to the next one.
do_step() {
	case $1 in
	pack) "$narc" pack --quiet --level 1 --split month "$2" night-1 ;;
	append-*) "${append[@]}" "$2" "night-${1#*-}" ;;
	compact) "$narc" compact --quiet "$2" ;;
	esac
}
# The states, each as a set in a folder.
make_states() {
	local step previous=

	for step in $steps; do
		test -z "$previous" || cp -a "state/$previous" "state/$step"
		do_step $step "state/$step/" && "$narc" list --json "state/$step" >"state/$step.list" || return
		previous=$step
	done
}
mkdir state
check "a set comes to be in some steps" make_states
# is_state STEP PREFIX: what is there is that state, to the byte, and good.
is_state() {
	local volume

	diff <(ls "state/$1") <(keys "$2/" | sed 's,.*/,,' | sort) || return
	for volume in "state/$1"/*.narc; do
		request GET "bucket/$2/${volume##*/}" | cmp - "$volume" || return
	done
	"$narc" list --json "s3://bucket/$2/" | cmp - "state/$1.list" &&
		"$narc" verify --quiet "s3://bucket/$2/"
}
# copy_state STEP PREFIX: puts it there.
copy_state() {
	local name

	for name in $(ls "state/$1"); do
		request PUT "bucket/$2/$name" -T "state/$1/$name" || return
	done
}

# ---- bad lines ------------------------------------------------------------------------------------

for how in lost ${long:+garbled}; do
	through $how
	for step in $steps; do
		check "through a line that is $how: $step" do_step $step "s3://bucket/$how/"
	done
	through ""
	check "then all is there, and no more ($how)" is_state compact $how
done

# was_or_is STEP BEFORE LIST: the list is that of one of the two states; or, as packing is done volume by
# volume, of the first volumes.
was_or_is() {
	cmp -s "$3" "state/$1.list" || cmp -s "$3" "state/$2.list" ||
		{ test "$1" = pack && head -n "$(wc -l <"$3")" state/pack.list | cmp "$3" -; }
}
# persists STEP BEFORE SET: does a step again until it succeeds, where it gives up soon. What fails says
# so, and leaves the set as it was, or if the answer alone was lost, as it is to be.
persists() {
	local times status

	for ((times = 0; times < 100; times++)); do
		AWS_ENDPOINT_URL=$line NARC_REMOTE_ATTEMPTS=2 do_step "$1" "$3" 2>said
		status=$?
		test $status -ne 0 || return 0
		failed=$((failed + 1))
		cat said
		test $status -eq 3 && grep -q "^narc: s3://" said || return
		"$narc" list --json "$3" >now 2>said || grep "no set here" said || return
		was_or_is "$1" "$2" now || return
	done
	return 1
}
through badly
line=$AWS_ENDPOINT_URL
through ""
failed=0
: >state/none.list
rounds=1 again="pack append-2 append-3"
[ -n "$long" ] && rounds=20 again=$steps
for ((round = 0; round < rounds; round++)); do
	set=s3://bucket/again-$round/
	before=none
	for step in $again; do
		check "what fails by a line that does badly is done by doing it again: $step" \
			persists $step $before $set
		before=$step
	done
	check "and all is there, and no more" is_state $before again-$round
	through badly
	rm -rf out
	check "all comes out through such a line" "$narc" extract -C out $set
	check "as it was" diff -r night-3 out
	through ""
done
test -z "$long" || check "some did fail ($failed)" test $failed -gt 10

# ---- a store that does badly ------------------------------------------------------------------------

# Whoever looks at a set meanwhile sees one of these states, or is told that the store cannot be had.
watch() { # SET STATE...
	local set=$1 step status

	shift
	rm -f stop_watching
	: >looks
	: >faults
	while [ ! -e stop_watching ]; do
		"$narc" list --json "$set" >look 2>look.said
		status=$?
		if [ $status -eq 3 ]; then
			grep -q "^narc: s3://" look.said && echo none >>looks && continue
		fi
		for step in "$@"; do
			cmp -s look "state/$step.list" && echo "$step" >>looks && continue 2
		done
		{ echo "exit status $status" && cat look.said && head -c 500 look; } >>faults
	done
}
# begin_step STEP BEFORE PREFIX: begins it slowly, with somebody watching; returns when a part is there.
begin_step() {
	local i

	copy_state "$2" "$3" || return
	watch "s3://bucket/$3/" "$2" "$1" &
	watcher=$!
	helpers="$helpers $watcher"
	through slow
	do_step "$1" "s3://bucket/$3/" 2>said &
	writer=$!
	through ""
	for ((i = 0; i < 200; i++)); do
		"$narc" s3 clean "s3://bucket/$3/" | grep -q " [1-9]  " && return
		sleep 0.05
	done
	return 1
}
end_step() { # STEP BEFORE
	local status

	wait $writer
	status=$?
	cat said
	: >stop_watching
	wait $watcher
	sort looks | uniq -c
	test $status -eq 0 && test ! -s faults && grep -qx "$2" looks
}
check "a volume is put in parts" begin_step append-3 append-2 gateway
signal gateway KILL
sleep 0.5
bash "$here/../ceph.sh" gateway "$ceph"
check "a gateway may begin anew while a set is appended to" end_step append-3 append-2
check "nobody saw anything else, and all is there" is_state append-3 gateway

if [ -n "$long" ]; then
	check "a volume is put in parts again" begin_step append-3 append-2 still
	signal osd.2 STOP
	check "one of three daemons may stand still" end_step append-3 append-2
	check "and all is there" is_state append-3 still
	signal osd.2 CONT
	check "small volumes are joined" begin_step compact append-3 joined
	signal gateway KILL
	sleep 1
	bash "$here/../ceph.sh" gateway "$ceph"
	check "though the gateway begins anew" end_step compact append-3
	check "into the same" is_state compact joined

	# Killed at any moment: then what was begun is not there, or is, and is done by doing it again.
	for ((round = 0; round < 20; round++)); do
		copy_state append-2 "killed-$round"
		through slow
		timeout --signal=KILL "$((round / 5)).$((round % 5 * 2))" \
			"${append[@]}" "s3://bucket/killed-$round/" night-3 2>/dev/null
		through ""
		"$narc" list --json "s3://bucket/killed-$round/" >now
		check "a writer that was killed leaves what was, or what is to be ($round)" \
			sh -c "cmp now state/append-2.list || cmp now state/append-3.list"
		check "another one does it" do_step append-3 "s3://bucket/killed-$round/"
		check "and all is there ($round)" is_state append-3 "killed-$round"
	done
fi

check "a volume is put in parts once more" begin_step append-3 append-2 daemon
signal osd.1 KILL
check "one of three daemons may be killed" end_step append-3 append-2
check "nobody saw anything else then, and all is there" is_state append-3 daemon
finish
