#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What debian/ says by hand of the libraries is so.
# usage: debian.sh BUILD_FOLDER SOURCE_FOLDER VERSION
set -euo pipefail
build=$1 debian=$2/debian version=$3

fail() {
	echo "not ok: $*"
	exit 1
}

packaged=$(sed -n '1s/^newsarc (\([^)-]*\).*/\1/p' "$debian/changelog")
[ "$packaged" = "$version" ] || fail "debian/changelog is of $packaged, and not of $version"
echo "ok: the package has the library's version"

for library in libnewsarc libnewsarc-exchange libnewsarc-git; do
	file=$build/libnewsarc/$library.so.0
	[ -f "$file" ] || continue
	diff <(nm -D --defined-only "$file" | awk '$3 ~ /^narc_/ { print $3 }' | sort) \
		<(sed -n 's/^ \(.*\)@Base .*/\1/p' "$debian/${library}0.symbols" | sort) ||
		fail "debian/${library}0.symbols has not the functions that $library has"
	echo "ok: debian/${library}0.symbols has the functions that $library has"
done
