#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# narc and spec/reader.py say of every test vector what spec/vectors/EXPECTED.md says; of the
# good ones they list and deliver the same. And generate.py still makes such vectors.
#
# NARC is the narc to be tested. NARC_READER and NARC_VECTORS, where reader.py and the vectors
# are, need not be given. Results are printed as TAP (testanything.org), a line for a vector.

set -u
export LC_ALL=C.UTF-8 TZ=UTC

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
narc=$(realpath "${NARC:?NARC has to name the narc to be tested}")
reader=$(realpath "${NARC_READER:-$here/../spec/reader.py}")
vectors=$(realpath "${NARC_VECTORS:-$here/../spec/vectors}")
# Debian's, which has the modules that reader.py needs; another may come first in PATH.
python=/usr/bin/python3

if ! "$python" -c 'import xxhash, zstandard' 2>/dev/null; then
	echo "1..0 # SKIP python3-zstandard and python3-xxhash are not there"
	exit
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/newsarc-vectors.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM
cd "$scratch" || exit 1

# run_reader.py READER FOLDER NAME...: what `reader.py COMMAND` says of each archive goes to
# NAME.COMMAND.status, .out and .err; of good ones also the paths, and `cat` of each. One process
# does all of it: to start Python a thousand times, or to fork it, would take minutes.
cat >run_reader.py <<'END'
import importlib.util, json, os, sys, traceback

def run(*arguments, result):
    for number, stream in ((1, "out"), (2, "err")):
        file = os.open(f"{result}.{stream}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    try:
        status = reader.main(arguments)
    except Exception:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    with open(f"{result}.status", "w") as file:
        print(status, file=file)

spec = importlib.util.spec_from_file_location("reader", sys.argv[1])
reader = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reader)
for name in sys.argv[3:]:
    archive = os.path.join(sys.argv[2], f"{name}.narc")
    for command in ("verify", "info", "list"):
        run(command, archive, result=f"{name}.{command}")
    if name.startswith("good-"):
        with open(archive[:-5] + ".jsonl") as file:
            paths = [json.loads(line)["path"] for line in file]
        with open(f"{name}.paths", "wb") as file:
            file.writelines(os.fsencode(path) + b"\0" for path in paths)
        for number, path in enumerate(paths):
            run("cat", archive, path, result=f"{name}.cat.{number}")
END

# same_rows.py FOLDER NAME...: where the JSON of `narc list`, in NAME.json, has other rows than that
# of `reader.py list`, this is said in NAME.rows.
cat >same_rows.py <<'END'
import json, os, sys

SAME = ("path", "kind", "type", "info_code", "date", "date_origin", "category", "size", "hash")

def difference(ours, theirs):
    if len(ours) != len(theirs):
        return f"narc lists {len(ours)} rows instead of {len(theirs)}\n"
    for our, their in zip(ours, theirs):
        left = {name: our[name] for name in SAME}
        right = {name: their[name] for name in SAME}
        left.update(mode=int(our["mode"], 8), mtime=our["mtime"], nsec=our["mtime_nanoseconds"])
        right.update(mode=their["mode"] & 0o7777, mtime=their["mtime_sec"], nsec=their["mtime_nsec"])
        if left != right:
            return f"narc lists {left} instead of {right}\n"
    return ""

for name in sys.argv[2:]:
    with open(f"{name}.json") as ours, open(os.path.join(sys.argv[1], f"{name}.jsonl")) as theirs:
        said = difference([json.loads(line) for line in ours], [json.loads(line) for line in theirs])
    with open(f"{name}.rows", "w") as file:
        file.write(said)
END

# look_at FOLDER NAME...: leaves what reader.py says of these archives, and how narc lists the good
# ones, for those who judge.
look_at() {
	local folder=$1 name
	local -a good=()

	shift
	rm -f ./*.unlisted
	"$python" -B run_reader.py "$reader" "$folder" "$@"
	for name in "$@"; do
		if [[ $name = good-* ]]; then
			"$narc" list --json "$folder/$name.narc" >"$name.json" 2>narc.err ||
				echo "narc does not list it" >"$name.unlisted"
			good+=("$name")
		fi
	done
	"$python" same_rows.py "$folder" "${good[@]}"
}

# ---- one vector: each of these prints what is wrong, and nothing if all is well ------------

# narc_exits STATUS COMMAND ARCHIVE: and says why if it is not 0, in words of its own.
narc_exits() {
	local wanted=$1 command=$2 archive=$3 status

	"$narc" "$command" "$archive" >narc.out 2>narc.err </dev/null
	status=$?
	if [ "$status" -ne "$wanted" ]; then
		echo "narc $command: exit status $status instead of $wanted"
	elif [ "$wanted" -ne 0 ] && ! grep -qF "narc: $archive: " narc.err; then
		echo "narc $command does not name the file"
	elif [ "$wanted" -ne 0 ] && ! grep -qE ': (at byte [0-9]+, [^:]+: )?[^:]{15,}' narc.err; then
		echo "narc $command does not tell what is wrong"
	elif grep -qv '^narc: ' narc.err; then
		echo "narc $command: there is more than messages on standard error"
	fi
}

# reader_exits STATUS COMMAND NAME WORD: and its message starts with WORD.
reader_exits() {
	local wanted=$1 command=$2 name=$3 word=$4 status

	read -r status <"$name.$command.status"
	if [ "$status" -ne "$wanted" ] || { [ -n "$word" ] && ! grep -q "^$word: " "$name.$command.err"; }; then
		echo "reader.py $command: exit status $status: $(tail -n 1 "$name.$command.err")"
	fi
}

judge_good() {
	local folder=$1 name=$2 number=0 path

	narc_exits 0 verify "$folder/$name.narc"
	reader_exits 0 verify "$name" ""
	cmp "$name.list.out" "$folder/$name.jsonl" 2>&1
	[ ! -e "$name.unlisted" ] || cat "$name.unlisted"
	cat "$name.rows"
	while IFS= read -r -d '' path; do
		"$narc" extract -p "$folder/$name.narc" "$path" >narc.out 2>narc.err ||
			echo "narc does not extract $path: $(<narc.err)"
		[ "$(<"$name.cat.$number.status")" -eq 0 ] || echo "reader.py does not print $path"
		cmp narc.out "$name.cat.$number.out" 2>&1
		number=$((number + 1))
	done <"$name.paths"
}

judge_bad() {
	local folder=$1 name=$2 says=$3 at=$4

	narc_exits 1 verify "$folder/$name.narc"
	reader_exits 4 verify "$name" "$says"
	case $at in
	open)
		narc_exits 1 info "$folder/$name.narc"
		reader_exits 4 info "$name" "$says"
		;;
	list)
		narc_exits 1 list "$folder/$name.narc"
		reader_exits 4 list "$name" "$says"
		;;
	esac
}

judge() {
	if [ "$3" = OK ]; then
		judge_good "$1" "$2"
	else
		judge_bad "$@"
	fi
}

# ---- all of them -----------------------------------------------------------------------------

count=0
failures=0

# result NAME WRONG
result() {
	count=$((count + 1))
	if [ -z "$2" ]; then
		echo "ok $count - $1"
		return
	fi
	failures=$((failures + 1))
	echo "not ok $count - $1"
	printf '%s\n' "$2" | cat -v | sed 's/^/#   /'
}

# "NAME SAYS AT" of each line of the table
sed -n 's/^| \([^ ]*\)\.narc | \([^ ]*\) | \([^ ]*\) |.*/\1 \2 \3/p' "$vectors/EXPECTED.md" >expected
mapfile -t names < <(cut -d' ' -f1 expected)

look_at "$vectors" "${names[@]}"
while read -r name says at; do
	result "$name" "$(judge "$vectors" "$name" "$says" "$at")"
done <expected
result "each vector is in the table" \
	"$(cd "$vectors" && comm -3 <(printf '%s.narc\n' "${names[@]}" | sort) <(printf '%s\n' *.narc | sort))"

# Made again, they may have other bytes if zstd is another, but mean the same.
result "generate.py runs" "$("$python" -B "$vectors/generate.py" again 2>&1 || echo "exit status $?")"
result "it makes the same vectors and listings" \
	"$(diff -q "$vectors" again | grep -v -e '\.narc differ$' -e "^Only in $vectors: .*py")"
mapfile -t changed < <(
	for name in "${names[@]}"; do
		cmp -s "$vectors/$name.narc" "again/$name.narc" || echo "$name"
	done
)
if [ ${#changed[@]} -gt 0 ]; then
	look_at again "${changed[@]}"
fi
while read -r name says at; do
	if [[ " ${changed[*]-} " = *" $name "* ]]; then
		result "$name, made again" "$(judge again "$name" "$says" "$at")"
	fi
done <expected

# The example in words shows that vector as it is: the bytes of its lines, with their offsets.
example=$vectors/../worked-example.md
if [ -f "$example" ]; then
	awk '/^    [0-9][0-9][0-9][0-9]  / {
		bytes = substr($0, 11)
		sub(/   .*/, "", bytes) # what is said of them
		count = split(bytes, byte, " ")
		for (i = 1; i <= count; i++)
			print $1 + i - 1, byte[i]
	}' "$example" >shown
	od -An -v -tx1 -w1 "$vectors/good-two-posts.narc" | awk '{ print NR - 1, $1 }' >stored
	result "worked-example.md shows good-two-posts" "$(diff shown stored)"
fi

echo "1..$count"
[ "$failures" -eq 0 ] || echo "# $failures of $count are not as they should be"
test "$failures" -eq 0
