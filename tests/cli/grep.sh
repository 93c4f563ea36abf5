#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# grep finds what GNU grep finds in the same files, with the options and the exit status that
# people know; and what it shows at a terminal is for people, and harmless.
. "$(dirname "$0")/lib.sh"

if "$narc" grep x none.narc 2>&1 | grep -q "built without PCRE2"; then
	check "a narc without PCRE2 says what to install" fails 2 libpcre2-dev "$narc" grep x none.narc
	finish
fi

# ---- posts to search ---------------------------------------------------------------------------

make_site site 60
"$python" - <<'END'
import os
def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
def matter(day, title="Of the day", category="emnews"):
    return f"---\ntitle: {title}\ndate: 2022-03-{day:02} 08:30:00 +0800\ncategories: {category}\n---\n"
def link(number):
    return f"\n<http://example.com/share?infoCode=NW2022030100000000{number:02}>\n"
write("site/_posts/cjk.md", matter(1, '"经济要闻"') + "<p>中国经<b>济</b>增长&amp;发展。</p>\n\n今天的经济\n" + link(1))
write("site/_posts/words.md", matter(2, "Words\n  in a line") + "Alpha alpha ALPHA\nalphabet\n(alpha)\nbeta\n"
      + link(2))
write("site/_posts/lines.md", matter(3) + "".join(f"line {n}\n" for n in range(1, 31)) + "last line without end")
write("site/_posts/windows.md", matter(4).replace("\n", "\r\n") + "alpha\r\nbeta\r\n")
write("site/_posts/long.md", matter(5) + "字" * 3000 + "needle" + "。" * 3000 + "needle\n")
write("site/_posts/strange.md", matter(6) + "a.b (c) [d] \\e $f ^g | h* i+ j? {2}\n\x1b[31mred\u202e\ttab\n")
write("site/files/2022-03-07-binary.png", b"alpha\0\1\2alpha\nalpha\n")
write("site/files/2022-03-08-latin.txt", b"alpha caf\xe9\nalpha\xff\nbeta \xe5\xad\n")
write("site/files/2022-03-09-empty.txt", "")
write("site/files/2022-03-10-a:b-12.txt", "alpha\n")
os.symlink("alpha", "site/files/alpha-link")
END
cp site/_posts/words.md site/files/2022-03-11-copy.txt
"$narc" pack --level 1 --block-size 2K a.narc site

# finds_nothing COMMAND...: it prints nothing, and says so by its exit status.
finds_nothing() {
	local output status

	output=$("$@" 2>&1)
	status=$?
	printf '%s\nexit status %s\n' "$output" $status
	test $status -eq 1 && test -z "$output"
}

# ---- the same as GNU grep ----------------------------------------------------------------------

# As narc prints them, without date and infoCode; sorted.
by_narc() {
	"$narc" grep "$@" a.narc | sed -E 's/^(files\/2022-03-10-a:b-12\.txt|[^:]*):[^:]*:[^:]*:/\1:/' | sort
}

by_grep() {
	(cd site && find . -type f -printf '%P\0' | xargs -0 grep -aHn "$@" --) | sort
}

same_as_grep() {
	local wanted got

	# GNU grep goes on behind bytes that are not UTF-8, and NUL, only with -a.
	wanted=$(by_grep "$@" | tr -d '\0' | grep -av '^files/2022-03-07-binary')
	got=$(by_narc "${@/-P/-E}" | grep -av 'binary file matches')
	diff <(printf '%s\n' "$wanted") <(printf '%s\n' "$got")
}

for options in "-P alpha" "-P -i alpha" "-P -w alpha" "-P -i -w alpha" "-P 经济" "-P 经" "-P 字" \
	"-P line.[0-9]\$" "-P ^line" "-P [0-9]{2}" "-F a.b" "-F (c)" "-F -i ALPHA" "-F {2}" "-F \\e" \
	"-P -v -m 3 e" "-P -m 2 line" "-P a|b" "-P (a)l.*\\1" "-P \\be" "-P (?i)ALPHA(?!b)" "-P \\d\\s*\$" \
	"-P [^a-z]{5}" "-P -o alpha" "-P -o [0-9]+" "-P -i -o -w alpha" "-P ^\$" "-P -v ." "-P x*" "-F -e alpha -e beta" \
	"-P -v -i [aeiou]" "-P \\p{Han}{4}"; do
	check "$options finds what GNU grep finds" same_as_grep $options
done
check "there was something to find" test "$(by_narc alpha | wc -l)" -gt 5
check "-c counts as GNU grep does" \
	diff <(cd site && find . -type f -printf '%P\0' | xargs -0 grep -acP e | grep -v ':0$' | sort) \
	<("$narc" grep -c e a.narc | sort)
check "-l names what GNU grep names" \
	diff <(cd site && find . -type f -printf '%P\0' | xargs -0 grep -alP alpha | sort) \
	<("$narc" grep -l alpha a.narc | sort)
check "--files-without-match names all others" \
	diff <(cd site && find . -type f -printf '%P\0' | xargs -0 grep -aLP alpha | sort) \
	<("$narc" grep --files-without-match alpha a.narc | sort)
for context in "-A 2" "-B 1" "-C 3" "-A 1 -B 2" "-A 100"; do
	check "$context shows the lines that GNU grep shows" \
		diff <(cd site && grep -nP $context 'line (3|5|10|11|30)$' _posts/lines.md) \
		<("$narc" grep $context --path '*lines.md' 'line (3|5|10|11|30)$' a.narc |
			sed -E 's/^_posts\/lines\.md[:-]2022-03-03[:-][0-9]*[:-]//')
done
check "-m goes before -A" prints 3 sh -c "'$narc' grep -m 1 -A 2 '^line' --path '*lines.md' a.narc | wc -l"

# ---- what is printed ------------------------------------------------------------------------------

printf '%s\n' "_posts/words.md:2022-03-02:NW202203010000000002:9:(alpha)" >expected
check "a line has path, date, infoCode, line and text" \
	sh -c "'$narc' grep -F '(alpha)' --kind post a.narc | cmp - expected"
check "the fields stay where they are without an infoCode" \
	prints "_posts/lines.md:2022-03-03::6:line 1" "$narc" grep 'line 1$' a.narc
check "-N leaves out the line" prints "_posts/lines.md:2022-03-03::line 1" "$narc" grep -N 'line 1$' a.narc
check "entries come in the order of date" \
	diff <("$narc" list --json a.narc | sed 's/.*"path":"\([^"]*\)".*/\1/' | grep -Fxf <("$narc" grep -l a a.narc)) \
	<("$narc" grep -l a a.narc | grep -v '[\\"]')
check "bytes go to a file as they are" \
	sh -c "'$narc' grep '(?<=alpha ).*' --path '*latin.txt' a.narc | LC_ALL=C grep -qa 'caf.$'"
check "controls too" sh -c "'$narc' grep red --path '*strange.md' a.narc | grep -q '\[31mred'"
check "a binary file is only said to match" \
	prints "files/2022-03-07-binary.png: binary file matches" "$narc" grep alpha --path '*.png' a.narc
check "-o too" prints "files/2022-03-07-binary.png: binary file matches" "$narc" grep -o al --path '*.png' a.narc
check "a long line is printed as a whole" \
	test "$("$narc" grep needle a.narc | wc -c)" -gt 18000
check "-M cuts it off around the match" \
	test "$("$narc" grep -M 60 needle a.narc | wc -m)" -lt 130
check "and does not count the match as another one" \
	sh -c "! '$narc' grep -M 60 '字+' a.narc | grep 'more match'"
check "but tells of those behind it" \
	sh -c "'$narc' grep -M 60 '字+|needle' a.narc | grep -F '[2 more matches]'"
check "what is escaped takes the columns that it is shown in" \
	sh -c "'$narc' grep --color always -M 15 red --path '*strange.md' a.narc | grep -qF '…'"
check "--null ends paths with NUL" \
	sh -c "'$narc' grep -l --null alpha a.narc | tr '\0' '\n' | cmp - <<END
$("$narc" grep -l alpha a.narc)
END"
check "of a line, too" \
	sh -c "'$narc' grep -0 'line 1$' a.narc | tr '\0' '#' | grep -qx '_posts/lines.md#2022-03-03::6:line 1'"
check "a symbolic link is not searched" not "$narc" grep alpha --path '*link' a.narc
check "a copy is found as what it copies" \
	test "$("$narc" grep -l '^alphabet$' a.narc | wc -l)" -eq 2

# ---- titles and texts -------------------------------------------------------------------------

check "--title finds titles, and no text" \
	prints "_posts/cjk.md:2022-03-01:NW202203010000000001:经济要闻" "$narc" grep --title 经 a.narc
check "as YAML has them" \
	prints "_posts/words.md:2022-03-02:NW202203010000000002:Words in a line" "$narc" grep --title 'Words in' a.narc
check "without quotes" finds_nothing "$narc" grep --title '"' --path '_posts/cjk.md' a.narc
if "$narc" grep --text x a.narc 2>&1 | grep -q "built without gumbo"; then
	check "--text says what to install" fails 2 libgumbo-dev "$narc" grep --text x a.narc
else
	check "--text finds words with tags in them" \
		prints "_posts/cjk.md:2022-03-01:NW202203010000000001:1:中国经济增长&发展。" "$narc" grep --text 中国经济增长 a.narc
	check "entities as their characters" test "$("$narc" grep -c --text '&发展' a.narc)" = "_posts/cjk.md:1"
	check "no tags" finds_nothing "$narc" grep --text '</?[bp]>' --path '_posts/cjk.md' a.narc
	check "no front matter" finds_nothing "$narc" grep --text 'categories: ' --kind post a.narc
	check "addresses" "$narc" grep -q --text 'http://example.com/share' a.narc
	check "other files as they are" test "$("$narc" grep --text -c alpha --path '*latin.txt' a.narc)" = "files/2022-03-08-latin.txt:2"
fi
check "--title and --text exclude each other" fails 2 "exclude" "$narc" grep --title --text x a.narc

# ---- JSON ---------------------------------------------------------------------------------------

cat >check_json.py <<'END'
import json, subprocess, sys
lines = [json.loads(line) for line in subprocess.run(sys.argv[1:], stdout=subprocess.PIPE).stdout.splitlines()]
assert lines
for line in lines:
    if line.get("binary"):
        assert line["path"].endswith(".png") and "text" not in line
        continue
    with open("site/" + line["path"], "rb") as file:
        content = file.read()
    text = line["text"].encode(errors="surrogateescape")
    assert content[line["offset"]:].startswith(text), line
    assert content[:line["offset"]].count(b"\n") + 1 == line["line"], line
    assert line["matches"]
    for match in line["matches"]:
        assert text[match["start"]:match["end"]].lower() == b"alpha", line
    assert line["archive"] == "a.narc" and line["date"].startswith("2022-") and line["version"] == 1
print(len(lines), sum(len(line.get("matches", [])) for line in lines))
END
check "--json says where each match is, in bytes" "$python" check_json.py "$narc" grep --json -i alpha a.narc
check "of a binary file, only that" sh -c "'$narc' grep --json alpha --path '*.png' a.narc | grep -q '\"binary\":true'"

# ---- exit status ----------------------------------------------------------------------------------

check "0 if something matches" "$narc" grep -c alpha a.narc
check "1 if nothing does" finds_nothing "$narc" grep nothing-like-that a.narc
check "1 if no entry passes the filters" finds_nothing "$narc" grep alpha --date 1999 a.narc
check "-q says nothing" silent "$narc" grep -q alpha a.narc
check "1 with -q too" finds_nothing "$narc" grep -q nothing-like-that a.narc
check "2 if an archive is not there" fails 2 "none.narc" "$narc" grep alpha none.narc
check "even if another one has matches" fails 2 "none.narc" "$narc" grep alpha none.narc a.narc
check "but not with -q, if something matches" "$narc" grep -q alpha none.narc a.narc
check "--files-without-match: 0 if there is such a file" "$narc" grep --files-without-match alpha a.narc
check "1 if there is none" finds_nothing "$narc" grep --files-without-match 'x*' --kind post a.narc
check "2 for what is no pattern" fails 2 "-F" "$narc" grep '(' a.narc
check "for two of which each is none" fails 2 "a)" "$narc" grep -e 'a)' -e '(b' a.narc
check "for a line end" fails 2 "line end" "$narc" grep 'a\nb' a.narc
check "for no archive" fails 2 "archives" "$narc" grep alpha
check "for no pattern" fails 2 "pattern" "$narc" grep
check "for an unknown option" fails 2 "--help" "$narc" grep --nonsense alpha a.narc
for wrong in "-m x" "-A -1" "-M 1x" "--color sometimes" "--threads x" "-l -c" "--json -o"; do
	check "for $wrong" fails 2 "${wrong%% *}" "$narc" grep $wrong alpha a.narc
done
check "when the output cannot be written" \
	sh -c "'$narc' grep e a.narc >/dev/full 2>.error; test \$? -eq 2 && grep -q 'standard output' .error"
check "a pattern that takes too long is told of, and all else searched" fails 2 "long.md" \
	"$narc" grep '(字+)+(字+)+(字+)+x?$(?<=x)' --path '*long.md' a.narc

# ---- several archives, versions, damage -----------------------------------------------------------

"$narc" pack --level 1 b.narc site/files
check "of several archives each line names its own" \
	prints "a.narc:files/2022-03-10-a:b-12.txt:2022-03-10::1:alpha
b.narc:2022-03-10-a:b-12.txt:2022-03-10::1:alpha" "$narc" grep alpha --path '*-12.txt' a.narc b.narc
cp -r site site2
sed -i 's/^beta$/gamma/' site2/_posts/words.md
cp a.narc versions.narc
"$narc" append --compare-content versions.narc site2 >/dev/null 2>&1 || "$narc" append versions.narc site2
check "what was superseded is not found" finds_nothing "$narc" grep '^beta$' --path '_posts/words.md' versions.narc
check "with --all-versions it is" \
	"$narc" grep -q --all-versions '^beta$' --path '_posts/words.md' versions.narc
check "as it was too" "$narc" grep -q --as-of 1 '^beta$' --path '_posts/words.md' versions.narc
check "threads change nothing" \
	cmp <("$narc" grep --threads 1 -i e versions.narc) <("$narc" grep --threads 5 -i e versions.narc)
cp a.narc damaged.narc
"$python" - <<'END'
import json, os, subprocess
info = json.loads(subprocess.check_output([os.environ["NARC"], "info", "--json", "a.narc"]))
with open("damaged.narc", "r+b") as file:
    for part in range(1, 5):
        file.seek(info["blocks_offset"] + info["blocks_size"] * part // 5)
        file.write(b"damage here")
END
check "damage is told of" fails 2 "damaged.narc" "$narc" grep alpha damaged.narc
check "and all else is found" test "$("$narc" grep -l a damaged.narc 2>/dev/null | wc -l)" -gt 20
"$narc" grep a damaged.narc >damaged.lines 2>/dev/null
"$narc" grep a a.narc >all.lines
check "nothing is found that is not there" prints "" comm -13 <(sort all.lines) <(sort damaged.lines)
head -c -50 a.narc >cut.narc
check "what cannot be opened is an error" fails 2 "cut.narc" "$narc" grep alpha cut.narc
check "with --keep-going it is searched, and still is one" fails 2 "cut.narc" \
	"$narc" grep --keep-going -q nothing-like-that cut.narc
check "with matches" test "$("$narc" grep --keep-going -l alpha cut.narc 2>/dev/null | wc -l)" -gt 5
check "a limit ends it" fails 2 "limit" "$narc" grep --limit-output 1K e a.narc

# ---- help and a terminal ----------------------------------------------------------------------------

check "the help fits 80 columns" sh -c "! '$narc' grep --help | grep -E '.{81}'"
if ! at_terminal true >/dev/null 2>&1; then
	skip "what is shown at a terminal is for people" "there is no terminal to be had here"
	finish
fi

check "what is shown at a terminal is harmless" harmless "$narc" grep --color never -e red -e alpha a.narc
check "with what it escaped" grep -qF '\x1b[31mred\u{202e}' shown
check "below path, infoCode and date" \
	grep -qF '_posts/words.md  NW202203010000000002  2022-03-02 08:30' shown
check "with the line before the text" grep -qE '^8:alphabet' shown
check "a line that ended as on Windows is shown without that" grep -qE $'^6:alpha\r$' shown
check "an empty line is between posts" grep -qE $'^\r$' shown
at_terminal "$narc" grep --color never needle a.narc >shown
check "a long line is cut off to what fits two rows" test "$(tail -n 1 shown | tr -d '\r' | wc -m)" -lt 160
check "with the match in it, and how many more there are" grep -qE '…字+needle。+… \[1 more match\]' shown
for command in "-c" "-l" "--json" "-o" "-C 1" "--title" "--text"; do
	check "$command is harmless" harmless "$narc" grep --color never $command e a.narc
done

check "-o has no heading for what matches nothing" finds_nothing sh -c "
	SHELL=/bin/bash script -qc '\"$narc\" grep -o \"x?\" --path \"*windows.md\" a.narc' /dev/null </dev/null; exit 1"

colored() {
	at_terminal env ${2:-} TERM=xterm "$narc" grep $1 alphabet a.narc >shown
	grep -q $'\e\[1;31malphabet\e\[0m' shown
}
check "matches are coloured at a terminal" colored ""
check "so are paths and lines" grep -qE $'^\e\[35m_posts/words.md\e\[0m|^\e\[32m8\e\[0m:' shown
check "not with --color never" not colored "--color never"
check "not with NO_COLOR" not colored "" NO_COLOR=1
check "but with one that is empty" colored "" NO_COLOR=
check "not at a dumb terminal" sh -c "
	SHELL=/bin/bash TERM=dumb script -qc '\"$narc\" grep alphabet a.narc' /dev/null </dev/null >shown
	grep -q alphabet shown && ! grep -q '\[1;31m' shown"
check "with --color always they are" colored "--color always" NO_COLOR=1
check "with CLICOLOR_FORCE, wherever it goes" \
	sh -c "CLICOLOR_FORCE=1 '$narc' grep alphabet a.narc | grep -q '\[1;31malphabet'"
check "but not with NO_COLOR" \
	sh -c "CLICOLOR_FORCE=1 NO_COLOR=1 '$narc' grep alphabet a.narc | grep -qv '\[1;31m'"
check "0 is no force" \
	sh -c "CLICOLOR_FORCE=0 '$narc' grep alphabet a.narc | grep -qv '\[1;31m'"
check "to a file, too, where it is asked for" \
	sh -c "'$narc' grep --color always alphabet a.narc | grep -q '\[1;31malphabet'"
check "and then all else is escaped" \
	sh -c "'$narc' grep --color always red --path '*strange.md' a.narc | grep -qF 'x1b[31m'"

finish
