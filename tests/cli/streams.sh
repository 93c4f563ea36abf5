#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Pipes, full disks and closed descriptors.
. "$(dirname "$0")/lib.sh"

make_site site 300
mkfifo site/pipe
"$narc" pack --level 1 --force a.narc site 2>/dev/null
rm site/pipe

# ---- a full disk ---------------------------------------------------------------------------------

full() {
	check "$1 to a full disk is told of" \
		fails 3 "No space left on device" sh -c '"$@" >/dev/full' - "$narc" "${@:2}"
}
full "list" list a.narc
full "a short list" list --code NW202201010000000000 a.narc
full "list --json" list --json a.narc
full "list --csv" list --csv a.narc
full "extract -p" extract -p a.narc
full "extract -p of one entry" extract -p a.narc NW202201010000000000
full "info" info a.narc
full "info --json" info --json a.narc
full "verify" verify a.narc
full "--help" --help
full "--version" --version
full "help on a command" help pack
check "export to a full disk is told of" fails 3 "narc: " sh -c "'$narc' export a.narc >/dev/full"
check "export -o /dev/full is told of" fails 3 "narc: " "$narc" export -o /dev/full a.narc
check "with the reason" \
	fails 3 "No space left on device" sh -c "'$narc' export a.narc >/dev/full"

# No file may be larger than some kB: nearly a full disk.
limited() {
	bash -c 'trap "" XFSZ; ulimit -f "$1"; shift; exec "$@"' - "$@"
}
check "pack to a full disk is told of" \
	fails 3 "narc: " limited 20 "$narc" pack --level 1 new.narc site
check "no archive is made" test ! -e new.narc
check "with --force the old one stays" \
	fails 3 "narc: " limited 20 "$narc" pack --force --level 1 a.narc site
check "and is good" "$narc" verify a.narc
check "nothing else is left" no_strays . a.narc site
head -c 100000 /dev/urandom >site/random
"$narc" pack --level 1 b.narc site
check "extract to a full disk is told of" \
	fails 3 "random" limited 20 "$narc" extract -C out b.narc
check "and leaves no half a file" test ! -e out/random
check "but all others" test "$(find out -type f | wc -l)" -eq 300
rm -rf out site/random

# ---- pipes -------------------------------------------------------------------------------------------

check "list stops when nobody reads any more" \
	bash -c "set -o pipefail; '$narc' list a.narc | head -n 1 >/dev/null; test \${PIPESTATUS[0]} -le 141"
check "and where SIGPIPE is ignored it says why" \
	fails 3 "Broken pipe" bash -c "trap '' PIPE
		'$narc' list --json a.narc > >(exec head -c 1 >/dev/null; )"
check "export stops when nobody reads any more" \
	bash -c "'$narc' export a.narc | head -c 1 >/dev/null; true"
check "a slow reader gets everything" \
	sh -c "'$narc' export a.narc | (sleep 0.3; cat) | tar -tf - >names; test \$(wc -l <names) -eq 300"
check "list reads nothing from standard input" \
	sh -c "'$narc' list a.narc <&- >/dev/null"
check "an archive on a pipe is told of" fails 1 "not a regular file" \
	sh -c "cat a.narc | '$narc' list /dev/stdin"
check "an archive on standard input that is a file is read" \
	sh -c "'$narc' list /dev/stdin <a.narc >/dev/null"

# ---- closed descriptors ------------------------------------------------------------------------------

for command in "list a.narc" "extract -p a.narc" "info a.narc" "verify a.narc" "export a.narc" "--help"; do
	check "$command with standard output closed is told of" \
		fails 3 "narc: " sh -c "'$narc' $command >&-"
done
mkfifo site/pipe
check "pack with all descriptors closed" \
	sh -c "'$narc' pack --level 1 closed.narc site <&- >&- 2>&-; test \$? -eq 1"
check "makes an archive with nothing in it that does not belong" \
	sh -c "'$narc' verify closed.narc && cmp a.narc closed.narc"
check "pack with standard error closed" \
	sh -c "'$narc' pack --level 1 closed2.narc site 2>&-; test \$? -eq 1"
check "makes the same archive" cmp a.narc closed2.narc
check "extract with all descriptors closed" \
	sh -c "'$narc' extract -C closed a.narc <&- >&- 2>&-; test \$? -eq 0 -o \$? -eq 3"
rm site/pipe
check "writes the right files" same_tree site closed
check "export -o with all descriptors closed" \
	sh -c "'$narc' export -o closed.tar a.narc <&- >&- 2>&-; test \$? -eq 0 -o \$? -eq 3"
check "writes the same tar" sh -c "'$narc' export a.narc | cmp - closed.tar"

# ---- few descriptors, little memory ----------------------------------------------------------------------

check "20 descriptors are enough" \
	bash -c "ulimit -n 20; '$narc' pack --level 1 few.narc site && '$narc' verify few.narc &&
		'$narc' extract -C few few.narc && '$narc' export few.narc >few.tar"
check "and nothing differs" same_tree site few
mkdir -p "deep/$(printf 'd/%.0s' $(seq 100))"
echo x >"deep/$(printf 'd/%.0s' $(seq 100))file"
check "a tree deeper than there are descriptors is told of" \
	fails 1 "cannot open the folder" bash -c "ulimit -n 50; '$narc' pack deep.narc deep"

finish
