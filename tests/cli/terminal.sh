#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Nothing that comes out of an archive or a file name may steer a terminal, and no archive is
# written to one.
. "$(dirname "$0")/lib.sh"

if ! at_terminal true >/dev/null 2>&1; then
	echo "1..0 # SKIP there is no terminal to be had here"
	exit
fi

make_site site
# A post whose text, categories and code try to steer the terminal.
printf -- '---\ntitle: x\ncategories: ["\e[31mred", "a\\u202eb"]\ndate: 2022-01-09\n---\n\e]0;title\a\e[2J\xc2\x9b31m\x9b\x7f\0 \xe2\x80\xae x\n\xe5\x90\nhttp://x/?infoCode=NW\x01x\n字\n' \
	>site/evil.md
evil=$'esc\e[31m.narc'
"$narc" pack --level 1 a.narc site
cp a.narc "$evil"

check "list is harmless" harmless "$narc" list a.narc
check "it shows what it escaped" grep -qF 'names/esc\x1b[31mred' shown
check "and other text as it is" grep -qF 'names/名字' shown
check "list --json is harmless" harmless "$narc" list --json a.narc
check "list --csv is harmless" harmless "$narc" list --csv a.narc
check "info is harmless" harmless "$narc" info "$evil"
check "verify is harmless" harmless "$narc" verify "$evil"
check "extract -p is harmless" harmless "$narc" extract -p a.narc evil.md
check "it shows what it escaped" grep -qF '\x1b]0;title\x07\x1b[2J' shown
check "and other text as it is" grep -q '^字' shown
check "of a binary file too" harmless "$narc" extract -p a.narc assets/zeros.bin
check "to a file goes the text as it is" \
	sh -c "'$narc' extract -p a.narc evil.md | cmp - site/evil.md"

# Messages.
check "a key that is not there is told of harmlessly" harmless "$narc" extract -p a.narc $'\e[31mred'
check "an archive that is not there too" harmless "$narc" list $'no\e[31m\n\a.narc'
check "an unknown command too" harmless "$narc" $'\e[31m'
check "a wrong value too" harmless "$narc" list --date $'\e[31m' a.narc
check "a wrong number too" harmless "$narc" pack --level $'\e[31m' b.narc site
check "a wrong format too" harmless "$narc" export --format $'\e[31m' -o b.tar a.narc
check "a wrong kind too" harmless "$narc" list --kind $'\e[31m' a.narc
check "a wrong zone too" harmless "$narc" pack --timezone $'\e[31m' b.narc site
check "a missing list too" harmless "$narc" pack --files-from $'\e[31m' b.narc
check "a missing archive to import too" harmless "$narc" pack --from-archive $'\e[31m' b.narc
check "an unknown option too" harmless "$narc" list --$'\e[31m' a.narc
mkfifo site/names/$'pipe\e[31m'
check "what cannot be packed too" harmless "$narc" pack --level 1 b.narc site
mkdir -p twice/names
echo "another text" >twice/names/$'esc\e[31mred'
check "what comes twice too" harmless "$narc" pack --force --level 1 b.narc site twice
check "it names the path" grep -qF 'names/esc\x1b[31mred: came more than once' shown
check "what cannot be exported too" harmless "$narc" export --format ustar -o b.tar a.narc
printf 'timezone: "\\e[31m"\n' >site/_config.yml
check "a wrong zone in _config.yml too" harmless "$narc" pack --force --level 1 b.narc site
mkdir blocked blocked/names blocked/names/$'esc\e[31mred'
check "what cannot be extracted too" harmless "$narc" extract -C blocked a.narc
cp a.narc damaged.narc
"$python" - <<'END'
import json, os, subprocess
info = json.loads(subprocess.check_output([os.environ["NARC"], "info", "--json", "a.narc"]))
with open("damaged.narc", "r+b") as file:
    file.seek(info["blocks_offset"] + 40)
    file.write(b"damage here")
END
check "damage too" harmless "$narc" extract -C damaged damaged.narc
check "damage of an archive of such a name too" \
	sh -c 'mv damaged.narc "$1"' - $'damaged\e[31m.narc'
check "as verify tells it" harmless "$narc" verify $'damaged\e[31m.narc'

# Archives and terminals.
refuses_terminal() {
	local status

	at_terminal "$@" >shown
	status=$?
	cat shown
	test $status -eq 2 && grep -q terminal shown
}
check "export to a terminal is refused" refuses_terminal "$narc" export a.narc
check "with -o - too" refuses_terminal "$narc" export -o - a.narc
check "with -o /dev/stdout too" refuses_terminal "$narc" export -o /dev/stdout a.narc
check "to a file it is not" at_terminal "$narc" export -o a.tar a.narc
check "the file is a tar" tar -tf a.tar
check "pack tells a person at a terminal what it made" \
	harmless "$narc" pack --force --level 1 c.narc site/assets
check "in one line" test "$(wc -l <shown)" -eq 1
check "and others nothing" silent "$narc" pack --force --level 1 c.narc site/assets

# Colours: grep.sh tells when there are any.
mkdir before now
printf 'first\nsecond\n' >before/evil.md
printf 'first\n\e[2Jnew\n---\n' >now/evil.md
echo text >before/gone.html
echo text >now/more.html
"$narc" pack before.narc before
cp before.narc history.narc
"$narc" append history.narc now
colors() {
	printf '%b' "$2" | grep -qF -f - "$1"
}
export TERM=xterm
at_terminal "$narc" history --diff history.narc evil.md >shown
check "history --diff has headings" colors shown '\e[1m--- evil.md (version 1'
check "places" colors shown '\e[36m@@ '
check "what went" colors shown '\e[31m-second\e[0m'
check "and what came, escaped, in colours" colors shown '\e[32m+\\x1b[2Jnew\e[0m'
check "lines that look like headings are none" colors shown '\e[32m+---\e[0m'
check "without colours it is harmless" harmless "$narc" history --diff --color never history.narc evil.md
at_terminal "$narc" diff before.narc now >shown
check "diff has what changed" colors shown '\e[33mchanged  evil.md\e[0m'
check "what was added" colors shown '\e[32madded    more.html\e[0m'
check "and what is missing" colors shown '\e[31mmissing  gone.html\e[0m'
check "elsewhere it has no colours" \
	sh -c "! '$narc' diff before.narc now >plain; ! grep -q '\[3' plain && grep -qx 'added    more.html' plain"
check "JSON has none at all" \
	sh -c "! '$narc' diff --json --color always before.narc now >plain; ! grep -q '\[3' plain"
check "--color takes three values" fails 2 '"pink"' "$narc" diff --color pink before.narc now

# Terminals of all sizes, and of none.
for size in "cols 1 rows 1" "cols 20 rows 2" "cols 1000 rows 500" "cols 0 rows 0"; do
	check "a terminal of $size will do" \
		harmless sh -c "stty $size; '$narc' list a.narc && '$narc' info a.narc && '$narc' --help"
done
for term in dumb "" nonsense; do
	check "TERM=$term will do" harmless env TERM="$term" "$narc" list a.narc
done

finish
