#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Archives are written to an object store, and whatever happens there is a whole one, or none.
. "$(dirname "$0")/lib.sh"
. "$here/store.sh"

export TMPDIR=$scratch
object=${NARC_S3_OBJECT:?NARC_S3_OBJECT has to name the program of s3_object.c}
begin_store "archives are written to an object store" 3

request PUT bucket

keys() { # PREFIX
	"$object" list "s3://bucket/$1" | awk '{ print $4 }'
}
is_there() { # KEY FILE
	"$object" get "s3://bucket/$1" 1000000000 2>/dev/null | cmp - "$2"
}
left_overs() {
	"$narc" s3 clean s3://bucket
}

# ---- small objects -----------------------------------------------------------------------------

put() {
	"$object" put "s3://bucket/$1" "${@:2}" 2>&1
}
call() { # STATUS TEXT CALL...: the call ends so, and says that.
	local wanted=$1 text=$2 output status

	shift 2
	output=$("$object" "$@" 2>&1)
	status=$?
	printf '%s\nstatus %s\n' "$output" "$status"
	test "$status" -eq "$wanted" && [[ $output == *"$text"* ]]
}
check "an object is put" call 0 '"5d41402abc4b2a76b9719d911017c592"' put s3://bucket/small/a hello
check "and got" call 0 hello get s3://bucket/small/a 5
check "unless it is too large" call 5 "more than the 4 bytes" get s3://bucket/small/a 4
check "one that is there is not put again, where it is to be new" \
	call 7 "already" put s3://bucket/small/a other ""
check "one that is not there is" call 0 '"' put s3://bucket/small/b one ""
first=$(put small/b two)
check "the one that was seen is replaced" call 0 '"' put s3://bucket/small/b three "$first"
check "another one is not" call 7 "another one" put s3://bucket/small/b four "$first"
check "it is as it was" call 0 three get s3://bucket/small/b 5
check "what is not there is told of" call 6 NoSuchKey get s3://bucket/small/none 5
check "so is a bucket" call 8 NoSuchBucket put s3://nobucket/a x
odd="small/a b+新=&#1:%20<'\"?.txt"
check "a key of any letters is put" call 0 '"' put "s3://bucket/$odd" ""
check "and listed as it is" sh -c "'$object' list s3://bucket/small/ | grep -qF \"0 \\\"d41d8cd98f00b204e9800998ecf8427e\\\"\""
check "objects are listed in their order" prints "small/a
$odd
small/b" sh -c "'$object' list s3://bucket/small/ | cut -d ' ' -f 4-"
check "no more than are wanted" call 11 "small/a" list s3://bucket/small/ 1
check "an object is deleted" call 0 "" delete "s3://bucket/$odd"
check "and again" call 0 "" delete "s3://bucket/$odd"
check "what is on a server of HTTP is not written" call 10 "can only be read" put http://127.0.0.1/a x

# Each adds one, by putting what it read and one more in the place of that.
count_up() {
	local value etag i

	for i in 1 2 3 4 5; do
		while :; do
			value=$("$object" get s3://bucket/small/count 10 2>"etag.$1")
			etag=$(cat "etag.$1")
			put small/count $((value + 1)) "$etag" >/dev/null && break
		done
	done
}
put small/count 0 >/dev/null
for number in 1 2 3 4; do
	count_up $number &
	counters[number]=$!
done
wait "${counters[@]}"
check "of those who replace the same one succeeds" call 0 20 get s3://bucket/small/count 10

if [ -n "$long" ]; then
	: >empty
	request PUT "bucket/many/[1-2100]" -T empty
	check "more objects are listed than there are on a page" \
		prints 2100 sh -c "'$object' list s3://bucket/many/ | cut -d ' ' -f 4 | sort -u | wc -l"
fi

# ---- archives ----------------------------------------------------------------------------------

make_site site 300
"$narc" pack small.narc site
# No two are alike, and none can be compressed: the archive has four parts.
mkdir large
for number in 1 2 3 4 5; do
	head -c 5100000 /dev/urandom >large/$number.bin
done
pack=("$narc" pack --level 1 --quiet)
"${pack[@]}" noise.narc large
cp -r site large
"${pack[@]}" large.narc large
size=$(stat -c %s large.narc)

check "a small archive is packed" "$narc" pack s3://bucket/small.narc site
check "and is what a file is" is_there small.narc small.narc
check "a large one too" "${pack[@]}" s3://bucket/large.narc large
check "and is that, too" is_there large.narc large.narc
check "it came in parts" sh -c "'$object' list s3://bucket/large.narc | grep -q -- '-4\" '"
check "it is read where it is" "$narc" verify s3://bucket/large.narc
check "nothing is left over" silent left_overs
for name in small large; do
	check "one that is there is not replaced ($name)" \
		fails 2 "there is such an object already (give --force" "$narc" pack "s3://bucket/$name.narc" site
done
check "unless that is wanted" "${pack[@]}" --force s3://bucket/small.narc large
check "and then it is" is_there small.narc large.narc
check "a scheme is one in capitals, too" "$narc" pack S3://bucket/capitals.narc site
check "and that is no file" no_strays "$PWD" ceph etag.1 etag.2 etag.3 etag.4 large large.narc \
	noise.narc site small.narc store why $(test -z "$long" || echo empty)

check "archives are merged into a store" \
	"$narc" merge s3://bucket/merged.narc s3://bucket/capitals.narc noise.narc
check "as into a file" "$narc" merge merged.narc s3://bucket/capitals.narc noise.narc
check "and are the same" is_there merged.narc merged.narc
check "one is split into a store" "$narc" split --by year s3://bucket/years small.narc
"$narc" split --by year years small.narc
check "into the same archives" prints "$(cd years && ls | sed 's,^,years/,')" keys years/
for name in years/*; do
	check "which are the same ($name)" is_there "$name" "$name"
done
check "a tar is exported into a store" "$narc" export -o s3://bucket/small.tar small.narc
"$narc" export -o small.tar small.narc
check "and is the same" is_there small.tar small.tar
check "an archive is repaired into a store" "$narc" repair -o s3://bucket/repaired.narc s3://bucket/capitals.narc
check "and is as it was" is_there repaired.narc small.narc

# peak COMMAND...: the most memory that it had, in kB.
peak() {
	"$python" -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
}
if [ -n "$long" ]; then
	mkdir huge
	for number in 1 2 3 4 5 6 7 8; do
		head -c 40000000 /dev/urandom >huge/$number.bin
	done
	here_peak=$(peak "${pack[@]}" huge.narc huge)
	there_peak=$(peak "${pack[@]}" s3://bucket/huge.narc huge)
	check "320 MB take no more memory there than here ($there_peak kB, $here_peak kB)" \
		test "$there_peak" -lt $((here_peak + 60000))
	check "and are the same" is_there huge.narc huge.narc
	"$object" delete s3://bucket/huge.narc
	rm -r huge huge.narc
fi

# ---- what cannot be done -------------------------------------------------------------------------

for command in "append s3://bucket/small.narc site" "compact s3://bucket/small.narc" \
	"redact --reason x s3://bucket/small.narc key" "repair s3://bucket/small.narc"; do
	check "${command%% *} says that it cannot, and what can be done" \
		fails 2 'narc merge --force s3://BUCKET/KEY COPY' "$narc" $command
done
check "an address of HTTP cannot be written" \
	fails 2 "can only be read" "$narc" pack http://127.0.0.1:9/a.narc site
check "nor in capitals" fails 2 "can only be read" "$narc" append HTTP://127.0.0.1:9/a.narc site
check "a password in one is not told on" \
	sh -c "! '$narc' pack http://reader:word@127.0.0.1/a.narc site 2>&1 | grep word"
check "a bucket that is not there is told of" \
	fails 3 "NoSuchBucket" "$narc" pack s3://nobucket/a.narc site
check "so is a wrong secret" \
	fails 3 403 env AWS_SECRET_ACCESS_KEY=wrong "$narc" pack s3://bucket/new.narc site
check "and a store that is not there" \
	fails 3 "Failed to connect" env AWS_ENDPOINT_URL=http://127.0.0.1:9 NARC_REMOTE_ATTEMPTS=1 \
	"$narc" pack s3://bucket/new.narc site
check "there is nothing then" prints "" keys new

# ---- one of many -----------------------------------------------------------------------------------

# at_once KEY ARCHIVE: eight packers, of which K puts KEY with "%" as K; how many succeed.
at_once() {
	local packers=() done=0 number pid

	for number in 1 2 3 4 5 6 7 8; do
		"${pack[@]}" "s3://bucket/${1//%/$number}" "$2" 2>said.$number &
		packers+=($!)
	done
	for pid in "${packers[@]}"; do
		wait "$pid" && done=$((done + 1))
	done
	echo "$done"
}
check "of eight who make the same one succeeds" prints 1 at_once one.narc site
check "and the others are told why" \
	prints 7 sh -c "cat said.* | grep -c 'there is such an object already'"
check "eight who make others all do" prints 8 at_once other-%.narc site
check "and all are there" prints 8 sh -c "'$object' list s3://bucket/other- | grep -c ' other-'"

# ---- signals ---------------------------------------------------------------------------------------

# Packs slowly; returns when the store has a part of it, or all.
begin_pack() { # KEY
	local i

	through slow
	# In the background the shell has INT ignored.
	env --default-signal=INT,HUP "${pack[@]}" --force "s3://bucket/$1" large 2>said &
	packer=$!
	through ""
	for ((i = 0; i < 200; i++)); do
		left_overs | grep -q " [1-9]  .* $1\$" && return
		sleep 0.05
	done
	return 1
}
killed_by() { # SIGNAL NUMBER
	kill "-$1" $packer
	wait $packer 2>/dev/null
	test $? -eq $((128 + $2))
}
for signal in "INT 2" "TERM 15" "HUP 1"; do
	check "parts are put while it packs" begin_pack signal.narc
	check "nothing has the name by then" prints "" keys signal
	check "SIG${signal% *} ends it as it ends others" killed_by $signal
	check "nothing is left" silent left_overs
	check "and nothing is there" prints "" keys signal
done
check "parts are put once more" begin_pack killed.narc
check "nobody can remove them" killed_by KILL 9
shown() { # PREFIX
	"$narc" s3 clean "s3://bucket/$1" >list
	cat list
	grep -qE ' [1-9]  +[0-9.]+ [kM]B  killed.narc$' list
}
check "they are shown" shown kil
check "not where they are not" silent "$narc" s3 clean s3://bucket/other
check "nor if they are too new" silent "$narc" s3 clean --older-than 1h s3://bucket
check "what may be written still is not removed, unless that is said" \
	silent "$narc" s3 clean --remove s3://bucket
check "then it is" "$narc" s3 clean --remove --older-than 0 s3://bucket
check "and is gone" silent left_overs
check "an age that is none is refused" \
	fails 2 "30m, 12h or 7d" "$narc" s3 clean --older-than 5x s3://bucket
check "what is no address, too" fails 2 "s3://BUCKET/PREFIX" "$narc" s3 clean bucket
check "and what is one of HTTP" fails 2 "s3://BUCKET/PREFIX" "$narc" s3 clean http://127.0.0.1/a
check "clean is all that there is" fails 2 '"clean"' "$narc" s3 wash s3://bucket
"${pack[@]}" s3://bucket/replaced.narc large
check "what is replaced is there until then" begin_pack replaced.narc
check "as it was" is_there replaced.narc large.narc
killed_by TERM 15
check "and stays, if it is not replaced" is_there replaced.narc large.narc

# ---- bad lines ---------------------------------------------------------------------------------------

for how in lost garbled; do
	through $how
	check "a small archive comes whole through a line that is $how" \
		"$narc" pack "s3://bucket/$how-small.narc" site
	check "a large one too" "${pack[@]}" "s3://bucket/$how-large.narc" large
	check "an object too" call 0 '"' put "s3://bucket/$how-new" new ""
	through ""
	check "the small one is there" is_there "$how-small.narc" small.narc
	check "the large one is there" is_there "$how-large.narc" large.narc
done

# Reading and writing in turns, until there were so many requests.
rounds=$(test "$long" && echo 40 || echo 2)
through badly
for ((number = 0; number < rounds; number++)); do
	"${pack[@]}" "s3://bucket/bad/large-$number.narc" large || echo "large $number"
	"$narc" pack "s3://bucket/bad/small-$number.narc" site || echo "small $number"
	put "bad/$number" "text $number" "" >/dev/null || echo "put $number"
	test "$("$object" get "s3://bucket/bad/$number" 100 2>/dev/null)" = "text $number" ||
		echo "get $number"
	"$narc" export "s3://bucket/bad/small-$number.narc" >got || echo "export $number"
	cmp got small.tar
done >bad 2>&1
requests=$(curl -s "$AWS_ENDPOINT_URL/count")
through ""
check "a line that does badly is overcome, in $requests requests" silent cat bad
test -z "$long" || check "which were a thousand at least" test "$requests" -ge 1000
for ((number = 0; number < rounds; number++)); do
	is_there "bad/large-$number.narc" large.narc && is_there "bad/small-$number.narc" small.narc ||
		echo "$number"
done >bad 2>&1
check "and all is there, byte for byte" silent cat bad
# What was begun twice, as the first answer was lost, has no parts.
check "nothing is left but names" sh -c "'$narc' s3 clean s3://bucket | awk '\$3 != 0' | cmp - /dev/null"

# ---- a store that does badly ---------------------------------------------------------------------------

# exports_while KEY SIGNAL DAEMON: what is exported while this happens to a daemon, when it has begun,
# is what is exported here.
exports_while() {
	"$narc" export "s3://bucket/$1" | {
		head -c 100000
		signal "$3" "$2" >&2
		cat
	} >got
	test "${PIPESTATUS[0]}" -eq 0 && "$narc" export large.narc | cmp - got
}
check "parts are put" begin_pack gateway.narc
signal gateway KILL
sleep 0.5
bash "$here/../ceph.sh" gateway "$ceph"
check "a gateway may begin anew in the meantime" wait $packer
check "and all is there" is_there gateway.narc large.narc
if [ -n "$long" ]; then
	check "parts are put once more" begin_pack stopped.narc
	signal osd.2 STOP
	check "one of three daemons may stand still" wait $packer
	check "and all is there" is_there stopped.narc large.narc
	signal osd.2 CONT
	check "also while an archive is exported" exports_while stopped.narc STOP osd.2
	signal osd.2 CONT
fi
check "parts are put once more" begin_pack daemon.narc
signal osd.1 KILL
check "one of three daemons may be killed" wait $packer
check "and all is there" is_there daemon.narc large.narc

check "an export goes on, too, when another is killed" exports_while daemon.narc KILL osd.2

if [ -n "$long" ]; then
	export NARC_REMOTE_TIMEOUT=1 NARC_REMOTE_ATTEMPTS=1
	check "parts are put a last time" begin_pack still.narc
	signal gateway STOP
	gives_up() {
		wait $packer
		test $? -eq 3
	}
	check "a store that stands still is given up" gives_up
	check "and that is told" grep -q "s3://bucket/still.narc: " said
	signal gateway CONT
	unset NARC_REMOTE_TIMEOUT NARC_REMOTE_ATTEMPTS
	check "nothing is there" prints "" keys still
	check "what is left is removed" \
		sh -c "'$narc' s3 clean --remove --older-than 0 s3://bucket >removed && '$narc' s3 clean s3://bucket | cmp - /dev/null"
fi

finish
