#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Damage is found, and nothing wrong is delivered; what it does not concern still is.
. "$(dirname "$0")/lib.sh"

few_step=97 many_step=997
if [ -n "$long" ]; then
	few_step=3 many_step=101
fi
make_site few 8
printf 'timezone: Asia/Shanghai\n' >few/_config.yml
ln -s _config.yml few/link
cp few/_posts/2022-01-01-* few/copy.md
find few -exec touch -h -d "2022-01-05 03:04:06 UTC" {} + # the same archive each time
"$narc" pack --block-size 1K few.narc few
check "a wrong bit anywhere, or an end too early, is found and does no harm" \
	"$python" "$here/damage.py" few few.narc $few_step
make_site many 60
"$narc" pack --block-size 4K --dict-size 8K many.narc many
check "the same with a dictionary" \
	"$python" "$here/damage.py" many many.narc $many_step

# One damaged block costs the posts in it, and no others.
"$narc" pack --block-size 0 --level 1 single.narc many
"$python" - <<'END'
import json, os, subprocess
info = json.loads(subprocess.check_output([os.environ["NARC"], "info", "--json", "single.narc"]))
with open("single.narc", "r+b") as file:
    file.seek(info["blocks_offset"] + 100)
    file.write(b"rust")
END
check "a damaged post is told of by its path" \
	fails 1 "_posts/2022-01-01-NW202201010000000000.md" "$narc" extract -C out single.narc
check "all others are extracted" test "$(find out -type f | wc -l)" -eq 59
check "by key too" sh -c "'$narc' extract -p single.narc NW202202010000000028 >/dev/null"
check "the damaged one prints nothing" \
	sh -c "'$narc' extract -p single.narc NW202201010000000000 >printed 2>/dev/null; test ! -s printed"
check "verify counts one damage" fails 1 "damaged in 1 place" "$narc" verify single.narc
check "verify --quick does not look at content" "$narc" verify --quick single.narc
check "an export goes on without it" \
	fails 1 "_posts/2022-01-01-NW202201010000000000.md" "$narc" export -o rest.tar single.narc
check "and has all others" test "$(tar -tf rest.tar | wc -l)" -eq 59

# What an interrupted change may leave behind the end.
"$narc" pack --level 1 a.narc few
cp a.narc longer.narc
head -c 10000 /dev/urandom >>longer.narc
check "bytes behind the end do no harm" \
	sh -c "'$narc' list longer.narc >list; '$narc' list a.narc | cmp - list"
check "they are told of" \
	sh -c "'$narc' verify longer.narc 2>&1 | grep -q 'the last 10000 bytes do not belong'"
check "an archive inside of an archive is not taken for it" \
	sh -c "mkdir nest; cp a.narc nest; '$narc' pack nest.narc nest; head -c -50 nest.narc >cut.narc
		'$narc' list cut.narc; test \$? -eq 1"

finish
