#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# What is installed is enough to build and run a program: header, libraries, pkg-config files.
# usage: installed.sh BUILD_FOLDER EXAMPLE.c [PROGRAM...]
set -euo pipefail
build=$1 example=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

meson install -C "$build" --no-rebuild --quiet --destdir "$work/root" >"$work/log" 2>&1 || {
	cat "$work/log"
	exit 1
}
prefix=$(meson introspect --buildoptions "$build" | python3 -c '
import json, sys
print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"))')
libdir=$(dirname "$(find "$work/root$prefix" -name newsarc.pc -printf '%h\n')")
export PKG_CONFIG_LIBDIR=$libdir/pkgconfig:$(pkg-config --variable pc_path pkg-config)
export PKG_CONFIG_SYSROOT_DIR=

fail() {
	echo "not ok: $*"
	exit 1
}

flags="$(pkg-config --define-variable=prefix="$work/root$prefix" --cflags --libs newsarc)"
# The library may be built with sanitizers, and then the program must be too.
cc ${SANITIZE:-} -Wall -Werror -o "$work/example" "$example" $flags || fail "does not compile"
LD_LIBRARY_PATH=$libdir "$work/example" >"$work/out" || fail "does not run"
grep -q '^The first post\.$' "$work/out" || fail "prints something else"
echo "ok: the example compiles against the installed library and finds its post"

exported=$(nm -D --defined-only "$libdir/libnewsarc.so.0" | awk '{ print $3 }' | grep -v '^narc_' || true)
[ -z "$exported" ] || fail "exports more than its interface: $exported"
echo "ok: the library exports names that start with narc_ only"

ldd "$libdir/libnewsarc.so.0" | grep -q libarchive && fail "reading needs libarchive"
echo "ok: the library does not need libarchive"

LD_LIBRARY_PATH= "$work/root$prefix/bin/narc" --version | grep -q '^narc ' || fail "narc does not run"
echo "ok: the installed narc runs"

for program; do
	LD_LIBRARY_PATH=$libdir "$work/root$program" --help | grep -q '^usage: narc ' ||
		fail "$program is not where narc looks for it, or does not run"
	echo "ok: ${program##*/}, which narc runs, is where it looks for it"
done
