#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# spec/reader.py, which knows nothing but the specification, reads what narc writes.
. "$(dirname "$0")/lib.sh"

if ! has_reader; then
	echo "1..0 # SKIP python3-zstandard and python3-xxhash are not there"
	exit
fi

make_site site
make_site posts 300
cp -a posts both
cp -a site/. both
"$narc" pack odd.narc site
"$narc" pack --block-size 0 --level 3 single.narc posts
"$narc" pack --dict-size 0 --block-size 1M plain.narc posts
"$narc" pack --preset fast both.narc both

for pair in odd:site single:posts plain:posts both:both; do
	archive=${pair%:*}.narc tree=${pair#*:}
	check "$archive: the reader finds it good" prints ok read_by_reader verify $archive
	check "$archive: reader and narc list the same" \
		"$python" "$here/agree.py" "$narc" "$reader" $archive
	rm -rf out
	check "$archive: the reader extracts it" read_by_reader extract $archive out
	check "$archive: and gives the tree that was packed" same_tree $tree out
done

# One by one.
"$narc" list --json both.narc | sed -n 's/.*"info_code":"\([^"]\{1,\}\)".*/\1/p' |
	sort -u | awk 'NR % 40 == 1' >keys
printf '%s\n' index.html assets/large.bin assets/none links/dangling names/名字 \
	old_post/2022-01-08-NW202201080000000002.md _posts/2021-12-01-init.md >>keys
while read -r key; do
	check "$key: reader and narc give the same content" \
		sh -c "'$narc' extract -p both.narc '$key' >ours && '$python' '$reader' cat both.narc '$key' | cmp - ours"
	check "$key: reader and narc find the same entries" \
		sh -c "'$python' '$reader' find both.narc '$key' | grep -o '\"path\": \"[^\"]*\"' | cut -d' ' -f2 | sort >theirs
			'$narc' list --json both.narc >list
			'$python' -c '
import json, sys
for row in map(json.loads, open(\"list\")):
    if sys.argv[1] in (row[\"info_code\"], row[\"path\"]):
        print(json.dumps(row[\"path\"]))' '$key' | sort | cmp - theirs"
done <keys
check "what is not there neither of them finds" \
	sh -c "! '$narc' extract -p both.narc nothing && ! '$python' '$reader' cat both.narc nothing"

# Damage is judged alike. (damage.sh has more of it.)
make_site few 6
"$narc" pack small.narc few
: >nothing
for cut in 0 1 20 100 500 1000; do
	head -c $(($(stat -c %s small.narc) - cut)) small.narc >cut.narc
	check "an archive cut by $cut bytes is judged alike" \
		sh -c "'$narc' verify cut.narc >nothing 2>&1; ours=\$?
			'$python' '$reader' verify cut.narc >nothing 2>&1; theirs=\$?
			test \"\$ours \$theirs\" = '0 0' -o \"\$ours \$theirs\" = '1 4'"
done
cat small.narc <(head -c 100 /dev/urandom) >tail.narc
check "bytes behind the end do no harm to narc" "$narc" verify tail.narc
check "nor to the reader" read_by_reader verify tail.narc

finish
