#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The manual pages are well-formed, say all that narc says of itself, and what they give as examples
# works.
. "$(dirname "$0")/lib.sh"

manual=${NARC_MANUAL:?NARC_MANUAL has to name the folder of the manual pages}
cp "$manual"/*.[135] .
commands=$("$narc" help | sed -n 's/^  \([a-z-]*\)  .*/\1/p')

# ---- form ------------------------------------------------------------------------------------------

for page in *.[135]; do
	if command -v mandoc >/dev/null; then
		check "mandoc has nothing against $page" silent mandoc -T lint -W warning $page
	else
		skip "mandoc has nothing against $page" "it is not installed"
	fi
	if command -v man >/dev/null; then
		check "man has nothing against $page" sh -c "
			MANROFFSEQ= MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z $page 2>&1 >/dev/null | cat >said
			cat said; test ! -s said"
	else
		skip "man has nothing against $page" "it is not installed"
	fi
done

# ---- what they say -----------------------------------------------------------------------------------

# The page as text, in one line.
shown() {
	if command -v mandoc >/dev/null; then
		mandoc -T ascii -O width=500 "$1" | sed 's/.\x08//g'
	else
		MANWIDTH=500 MAN_KEEP_FORMATTING= man -l "$1"
	fi | tr -s ' \n' ' '
}
has_all_options() {
	local option

	shown "narc-$1.1" >page
	"$narc" "$1" --help | grep -oE '^  (-[A-Za-z0-9], )*--?[A-Za-z-]+' |
		grep -oE -- '-[A-Za-z0-9-]+' >options
	while read -r option; do
		grep -qF -e " $option" page || { echo "$option"; return 1; }
	done <options
}
for command in $commands; do
	[ -e narc-$command.1 ] || continue
	check "the page of $command has all of its options" has_all_options $command
	check "and examples" grep -qx '.Sh EXAMPLES' narc-$command.1
	check "that of narc names it" grep -qF "narc\\-${command/-/\\-} 1" narc.1
done
shown narc.1 >page
for variable in TMPDIR SOURCE_DATE_EPOCH NO_COLOR CLICOLOR_FORCE; do
	check "it has $variable" grep -qF $variable page
done
check "and the exit statuses" grep -qF "2 wrong usage; 3 a system error" page

# ---- examples ----------------------------------------------------------------------------------------

# Each "$ narc COMMAND ... --option" of an example is one that there is.
examples_exist() {
	local command option

	sed 's/\\-/-/g' *.1 | grep -oE '(^\$|\|) narc .*|  narc .*' |
		sed 's/^[^n]*narc //; s/|.*//' >examples
	test "$(wc -l <examples)" -gt 20 || return
	while read -r command arguments; do
		"$narc" "$command" --help >help 2>/dev/null || [ ! -e "narc-$command.1" ] || return
		for option in $(grep -oE -- '(^| )-[A-Za-z0-9-]+' <<<" $arguments"); do
			[ ! -s help ] || grep -qE -e "^  (.*, )?$option( |,|\$)" help || { echo "$command $option"; return 1; }
		done
	done <examples
}
check "the options in examples are there" examples_exist

sed -n '/^.Sh EXAMPLES/,/^.Ed/p' newsarc.3 | sed '1,/^.Bd/d; /^.Ed/d; s/\\-/-/g; s/\\e/\\/g' >example.c
check "the example of the library compiles" \
	${CC:-cc} -std=c11 -Wall -Wextra -Werror -fsyntax-only -I "$here/../../libnewsarc" example.c
check "functions of the library have their page" \
	sh -c "test \$(grep -c '^[a-z].*narc_.*(' newsarc_functions.3) -ge 80"

sed -n '/^0   ulelong/,/^.Ed/p' newsarc.5 | sed '/^.Ed/d; s/\\e/\\/g' >magic
echo x >post
"$narc" pack a.narc post
if command -v file >/dev/null; then
	check "an archive is known by what the page of the format says" \
		prints "newsarc archive, format 1" file -b -m magic a.narc
else
	skip "an archive is known by what the page of the format says" "file is not installed"
fi

finish
