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
narc=$work/root$prefix/bin/narc
export LD_LIBRARY_PATH=$libdir

fail() {
	echo "not ok: $*"
	exit 1
}

flags_of() {
	pkg-config --define-variable=prefix="$work/root$prefix" --cflags --libs "$@"
}

# ---- the example, as one would build and call it -----------------------------------------------

code=NW202201052237021712
post=_posts/2022-01-05-$code.md
mkdir -p "$work/site/_posts"
printf -- '---\ndate: 2022-01-05 11:01:51 +0800\n---\nThe first post.\n' >"$work/site/$post"
printf -- '---\ndate: 2022-01-06 08:30:00 +0800\n---\nThe second post.\n' \
	>"$work/site/_posts/2022-01-06-NW202201062237099999.md"
"$narc" pack "$work/news.narc" "$work/site"
{
	cat "$work/site/$post"
	printf '%-20s %8d  %s\n' $code "$(stat -c %s "$work/site/$post")" "$post"
} >"$work/expected"

# works PROGRAM
works() {
	"$1" "$work/news.narc" $code 2022-01-05 >"$work/out" || fail "$1 does not run"
	cmp "$work/out" "$work/expected" || fail "$1 prints something else"
	! "$1" "$work/news.narc" NW202201059999999999 2022-01-05 2>"$work/out" || fail "finds what is not there"
	grep -q NOT_FOUND "$work/out" || fail "does not say what is not there"
}

cc -Wall -Wextra -Werror -o "$work/example" "$example" $(flags_of newsarc) || fail "does not compile"
works "$work/example"
echo "ok: the example compiles against the installed library, finds a post and lists a day"

if [ -f "$libdir/libnewsarc.a" ]; then
	# The linker warns of dlopen, by which parity is written.
	cc -static -Wall -Wextra -Werror -o "$work/static" "$example" $(flags_of --static newsarc) \
		2>"$work/log" || fail "does not link statically: $(cat "$work/log")"
	LD_LIBRARY_PATH= works "$work/static"
	echo "ok: so does it when it is linked statically"
fi

modules=$(find "$work/root" -type d -path '*-packages/newsarc' -printf '%h\n')
if [ -n "$modules" ]; then
	echo "import newsarc, sys; print(newsarc.open(sys.argv[1])[sys.argv[2]].text, end='')" |
		PYTHONPATH=$modules /usr/bin/python3 - "$work/news.narc" $code >"$work/out" ||
		fail "the Python module does not run"
	cmp "$work/out" "$work/site/$post" || fail "the Python module reads something else"
	echo "ok: the Python module reads it"
fi

# ---- what else has to be right -----------------------------------------------------------------

exported=$(nm -D --defined-only "$libdir/libnewsarc.so.0" | awk '{ print $3 }' | grep -v '^narc_' || true)
[ -z "$exported" ] || fail "exports more than its interface: $exported"
echo "ok: the library exports names that start with narc_ only"

ldd "$libdir/libnewsarc.so.0" | grep -q libarchive && fail "reading needs libarchive"
echo "ok: the library does not need libarchive"

LD_LIBRARY_PATH= "$narc" --version | grep -q '^narc ' || fail "narc does not run"
echo "ok: the installed narc runs"

for program; do
	LD_LIBRARY_PATH=$libdir "$work/root$program" --help | grep -q '^usage: narc ' ||
		fail "$program is not where narc looks for it, or does not run"
	echo "ok: ${program##*/}, which narc runs, is where it looks for it"
done

mandir=$(dirname "$(find "$work/root" -name narc.1 -printf '%h\n')")
for command in $("$narc" --help | sed -n 's/^  \([a-z-]*\)  .*/\1/p'); do
	! "$narc" "$command" --help >"$work/help" 2>/dev/null || [ -f "$mandir/man1/narc-$command.1" ] ||
		fail "there is no manual page of narc $command"
done
for page in man1/narc.1 man3/newsarc.3 man3/newsarc_functions.3 man5/newsarc.5; do
	[ -f "$mandir/$page" ] || fail "there is no manual page $page"
done
echo "ok: there are manual pages of all commands, of the library and of the format"

for completion in bash-completion/completions/narc zsh/site-functions/_narc \
	fish/vendor_completions.d/narc.fish; do
	[ -f "$(dirname "$mandir")/$completion" ] || fail "there is no completion $completion"
done
echo "ok: there are completions for bash, zsh and fish"

catalogue=$(dirname "$mandir")/locale/zh_CN/LC_MESSAGES/newsarc.mo
if [ -f "$catalogue" ]; then
	env -u LC_ALL LANG=zh_CN.UTF-8 NARC_LOCALE_FOLDER="$(dirname "$mandir")/locale" "$narc" help |
		grep -q 用法 || fail "narc does not speak Chinese"
	echo "ok: narc speaks Chinese, if it is asked to"
fi
