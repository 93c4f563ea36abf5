#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Messages in Chinese: all of them, in 80 columns, and nothing else changes with them.
. "$(dirname "$0")/lib.sh"

po=${NARC_PO:?NARC_PO has to name the folder of the sources of catalogues}
export NARC_LOCALE_FOLDER=${NARC_CATALOGUES:?NARC_CATALOGUES has to name the folder of catalogues}
commands=$("$narc" help | sed -n 's/^  \([a-z-]*\)  .*/\1/p')

chinese() {
	env -u LC_ALL LANG=zh_CN.UTF-8 "$@"
}
make_site site 60
"$narc" pack --level 1 a.narc site
path=$("$narc" list --csv a.narc | sed -n 2p | cut -d, -f1)
cp a.narc damaged.narc
"$python" - <<'END'
import json, os, subprocess
info = json.loads(subprocess.check_output([os.environ["NARC"], "info", "--json", "damaged.narc"]))
with open("damaged.narc", "r+b") as file:
    file.seek(info["blocks_offset"] + 40)
    file.write(b"damage here")
END

# ---- the catalogue -----------------------------------------------------------------------------------

check "the catalogue is well-formed, and its formats take the same arguments" \
	silent msgfmt -c -o /dev/null "$po/zh_CN.po"
check "nothing in it is a guess" not grep -q '^#, .*fuzzy' "$po/zh_CN.po"
check "nor untranslated, or out of date" silent "$python" -B "$po/update.py" "$narc" --check
check "all files with messages are in POTFILES" sh -c "
	cd '$po/..' && ! { grep -lE '(report|_|N_|fail_at|fail_system)\\(\"' tools/*.c tools/*/*.c
		grep -lE '(narc_fail|narc_fail_text|narc_fail_system|translated|git_say)\\(' \
			libnewsarc/*/*.c | grep -v support/translate; } | grep -vxF -f po/POTFILES"
check "nor are there others" sh -c "cd '$po/..' && grep -v '^#' po/POTFILES | xargs ls >/dev/null"

# ---- help --------------------------------------------------------------------------------------------

cat >compare.py <<'END'
"""compare.py ENGLISH CHINESE: help in two languages has the same paragraphs and rows; Chinese fits 80
columns, with the texts of rows below each other."""
import re, sys, unicodedata

def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)

def paragraphs(path):
    return [part.split("\n") for part in open(path, encoding="utf-8").read().strip("\n").split("\n\n")]

def names(lines):
    return [line.split()[0] for line in lines if re.match("  [^ ]", line)]

def check_columns(lines):
    """Texts begin where the first of them does, behind names that leave room for that."""
    places = [width(gap[0]) for gap in (re.match("  [^ ].*?  +(?=[^ ])", line) for line in lines) if gap]
    goes_on = {len(line) - len(line.lstrip(" ")) for line in lines if line.startswith("   ")}
    assert goes_on <= {min(places)}, (places, goes_on, lines)

english, chinese = map(paragraphs, sys.argv[1:])
assert len(english) == len(chinese), "other paragraphs"
for before, after in zip(english, chinese):
    assert names(before) == names(after), (before, after)
    if names(after):
        check_columns(after)
for line in (line for lines in chinese for line in lines):
    assert width(line) <= 80, line
    assert line.lstrip(" ")[:1] not in tuple("，。；：、？！）」”"), line
assert "用法：" in chinese[0][0]
assert all(any("\u4e00" <= c <= "\u9fff" for line in lines for c in line) for lines in chinese)
END
for command in "" $commands; do
	"$narc" help $command >english 2>/dev/null || continue
	chinese "$narc" help $command >help 2>&1
	check "help ${command:-on all} is Chinese, in 80 columns" "$python" compare.py english help
done

# ---- who is spoken to in Chinese -----------------------------------------------------------------------

says() {
	grep -qF -- "$1" <("${@:2}" 2>&1)
}
check "LANG=zh_CN.UTF-8 does, whether or not the system was given it" says 用法 chinese "$narc" help
check "LC_MESSAGES does" says 用法 env -u LC_ALL LC_MESSAGES=zh_CN.UTF-8 "$narc" help
check "LC_ALL goes before it" says usage: env LC_ALL=C LANG=zh_CN.UTF-8 "$narc" help
check "LANGUAGE does" says 用法 env LC_ALL=C.UTF-8 LANGUAGE=zh_CN "$narc" help
check "but not where no language is wanted" says usage: env LC_ALL=C LANGUAGE=zh_CN "$narc" help
check "other languages are English" says usage: env -u LC_ALL LANG=xx_YY.UTF-8 "$narc" help
check "whatever the charset, it is UTF-8" says 用法 env -u LC_ALL LANG=zh_CN.GBK "$narc" help
check "without a catalogue it is English" \
	says usage: env -u LC_ALL NARC_LOCALE_FOLDER="$PWD" LANG=zh_CN.UTF-8 "$narc" help
check "English help is the same everywhere" \
	sh -c "LC_ALL=C '$narc' help pack >c; LC_ALL=C.UTF-8 '$narc' help pack | cmp - c"

# ---- messages ----------------------------------------------------------------------------------------

check "a mistyped command is told of, with the same exit status" \
	fails 2 '没有命令“exrtact”；您是想用 "extract" 吗' chinese "$narc" exrtact
check "a mistyped option too" fails 2 '没有选项“--jsno”；您是想用 "--json"' chinese "$narc" list --jsno a.narc
check "two that may be meant stand side by side" fails 2 '"extract" 或 "export"' chinese "$narc" ex
check "what a command takes" fails 2 "list 需要一个档案" chinese "$narc" list
check "what the library says" fails 1 "档案中没有这个 infoCode 或路径" chinese "$narc" extract -p a.narc nobody
check "with what comes from the command line" fails 2 "“x”不是日期" chinese "$narc" list --date x a.narc
check "damage, with its place" fails 1 "字节，数据帧：" chinese "$narc" verify damaged.narc
check "and what it touches" fails 1 "涉及" chinese "$narc" verify damaged.narc
if "$narc" export --format ustar -o a.tar a.narc 2>/dev/null; then
	check "what is said while libarchive is at work" \
		fails 2 "libarchive 不能写“nonsense”格式" \
		env -u LC_ALL LANG=zh_CN.UTF-8 "$narc" export --format nonsense -o b.tar a.narc
	mkfifo pipe
	tar -cf pipe.tar pipe
	check "and of what it reads" fails 1 "未打包：pipe：是命名管道" \
		env -u LC_ALL LANG=zh_CN.UTF-8 "$narc" pack --from-archive pipe.tar pipe.narc
fi
check "advice" fails 2 "用 --force 可替换它" chinese "$narc" pack a.narc site
check "summaries" prints "$("$narc" verify a.narc | sed 's/good; \([0-9]*\) entries, /完好；\1 个条目，/')" \
	chinese "$narc" verify a.narc
check "labels, as wide as they are shown" says "冗余数据  " chinese "$narc" info a.narc
check "with numbers below each other" test "$(chinese "$narc" info a.narc | tail -n +6 | "$python" -c '
import sys, unicodedata
lines = [line for line in sys.stdin if line.startswith("  ")]
print(len({sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) for line in lines}))')" -eq 1
if at_terminal true >/dev/null 2>&1; then
	check "what is said at a terminal is harmless" harmless env -u LC_ALL LANG=zh_CN.UTF-8 "$narc" $'\e[31m'
	check "with what it escaped" grep -qF '没有命令“\x1b[31m”' shown
fi
TERM=xterm chinese "$python" "$here/at_pty.py" 80 "$narc" pack --force --progress p.narc site >shown
check "progress fits, too" grep -qE '^p\.narc: 读取 [0-9]+ 个条目' shown
check "and what comes of it" grep -qE '^p\.narc: [0-9]+ 个条目，' shown

# ---- what does not change ------------------------------------------------------------------------------

same() {
	"$narc" "$@" >c 2>/dev/null
	chinese "$narc" "$@" 2>/dev/null | cmp - c
}
for command in "list" "list --json" "list --csv" "info --json" "verify --json" "grep --json e" "grep -c e"; do
	check "$command is the same" same $command a.narc
done
check "verify --json of damage too" same verify --json damaged.narc
check "history" same history a.narc "$path"
check "diff" same diff a.narc site/names
check "the version" same --version
check "the bytes of an archive" sh -c "
	env -u LC_ALL LANG=zh_CN.UTF-8 '$narc' pack --level 1 --parity 2.5% b.narc site &&
	'$narc' pack --level 1 --parity 2.5% c.narc site && cmp b.narc c.narc"
check "which patterns match" same list --path '?posts/*-??-*.md' a.narc
check "what comes out of it" sh -c "
	env -u LC_ALL LANG=zh_CN.UTF-8 '$narc' extract -C out a.narc && diff -r --no-dereference site out"
check "what is kept of a redaction" sh -c "
	for name in b c; do cp a.narc \$name.narc; done
	SOURCE_DATE_EPOCH=1 env -u LC_ALL LANG=zh_CN.UTF-8 '$narc' redact --reason 原因 b.narc $path &&
	SOURCE_DATE_EPOCH=1 '$narc' redact --reason 原因 c.narc $path && cmp b.narc c.narc"

finish
