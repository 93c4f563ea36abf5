#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What verify says of damages: each with its place and what it touches, none hidden by another;
# and what --keep-going gets out of such archives.
. "$(dirname "$0")/lib.sh"

rounds=12
[ -n "$long" ] && rounds=400

# An archive with a history: three generations, each with a few posts that changed.
make_site site 120
"$narc" pack --block-size 4K --dict-size 8K site.narc site
for generation in 2 3; do
	for post in $(ls site/_posts | head -n 20); do
		echo "changed in generation $generation" >>"site/_posts/$post"
	done
	SOURCE_DATE_EPOCH=170000000$generation "$narc" append site.narc site
done
check "versions are not counted as entries" \
	prints "site.narc: good; 120 entries and 40 older versions" \
	sh -c "'$narc' verify site.narc | sed 's/, .*//'"
check "several archives are checked, and the worst of them tells the status" \
	fails 3 "none.narc" "$narc" verify site.narc none.narc site.narc
check "each kind of section, damaged alone and with others, is told of with what it touches" \
	"$python" "$here/verify.py" kinds site.narc
check "what verify calls good is what --keep-going delivers, and no other byte" \
	"$python" "$here/verify.py" random site.narc $rounds
check "of an archive that cannot be opened, --keep-going delivers what is there" \
	"$python" "$here/verify.py" unopened site.narc
"$narc" pack one.narc site
head -c -60 one.narc >endless.narc
"$narc" list one.narc | awk '{ print $NF }' | head -n 20 >keys
"$narc" list --json one.narc | grep -o '"info_code":"[^"]*"' | cut -d'"' -f4 | head -n 20 >>keys
alone_in_both() {
	local key

	while read -r key; do
		"$narc" extract -p one.narc "$key" >wanted || return
		"$narc" extract -p --keep-going endless.narc "$key" 2>/dev/null | cmp - wanted || return
	done <keys
	test "$(sort -u keys | wc -l)" -ge 25
}
check "single entries too, by path and by infoCode, though the index is not to be found" alone_in_both

# ---- samples ---------------------------------------------------------------------------------

check "the parts of a sample are the whole, and a day has one" \
	"$python" "$here/verify.py" samples site.narc
for wrong in 0/5 6/5 5 % 0% 101% 1/0 x/5 1/5x ""; do
	check "a sample of \"$wrong\" is refused" fails 2 "--sample" "$narc" verify --sample "$wrong" site.narc
done
check "a sample excludes --quick" fails 2 "exclude" "$narc" verify --quick --sample 1/5 site.narc

# ---- the end ---------------------------------------------------------------------------------

"$python" - <<'END'
data = bytearray(open("site.narc", "rb").read())
data[-60] ^= 1
open("trailer.narc", "wb").write(data)
open("rest.narc", "wb").write(open("site.narc", "rb").read() + b"rest" * 100)
END
for command in list info "extract -C out" "export -o out.tar"; do
	check "$command says that a later generation is ignored" \
		sh -c "'$narc' $command trailer.narc 2>&1 >/dev/null | grep -q 'bytes, which are a later generation, are ignored'"
	check "$command says how many bytes at the end are ignored" \
		sh -c "'$narc' $command rest.narc 2>&1 >/dev/null | grep -q 'the last 400 bytes'"
done
check "verify finds a generation damaged that is ignored" \
	fails 1 "of a later generation, is ignored" "$narc" verify trailer.narc
check "verify says how many bytes at the end are ignored, which is no damage" \
	sh -c "'$narc' verify rest.narc 2>&1 >/dev/null | grep -q 'the last 400 bytes'"
check "the generation before is delivered" \
	sh -c "'$narc' extract -p trailer.narc NW202201010000000000 | grep -q 'generation 2'"

finish
