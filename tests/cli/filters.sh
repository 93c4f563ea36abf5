#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The filters mean the same for list, extract and export, and agree with a plain search.
. "$(dirname "$0")/lib.sh"

make_site site
make_site site 200
# Line ends and commas in names are too much for awk.
find site/names -type f ! -name 'star*' -delete
"$narc" pack --block-size 4K a.narc site
"$narc" list --csv a.narc | tr -d '\r' | tail -n +2 >all

# filters NAME AWK-CONDITION OPTION...: the list with these options is the whole list's lines
# that meet the condition; the others agree. Fields: 1 path, 2 kind, 3 infoCode, 4 date,
# 5 categories.
filters() {
	local name=$1 condition=$2

	shift 2
	awk -F, "$condition" all >expected
	"$narc" list --csv "$@" a.narc | tr -d '\r' | tail -n +2 >got
	check "$name: there is something to find" test -s expected
	check "$name: list" cmp expected got
	"$narc" export "$@" a.narc | tar -tf - --quoting-style=escape >tar-names 2>/dev/null
	check "$name: export" test "$(wc -l <tar-names)" -eq "$("$narc" list "$@" a.narc | wc -l)"
	rm -rf out
	"$narc" extract -C out "$@" a.narc
	check "$name: extract" \
		test "$(find out ! -type d -printf x)" = "$(printf "%$(wc -l <tar-names)s" | tr ' ' x)"
}

filters "a day" 'substr($4, 1, 10) == "2022-01-05"' --date 2022-01-05
filters "a month" 'substr($4, 1, 7) == "2022-02"' --date 2022-02
filters "a year" 'substr($4, 1, 4) == "2016"' --date 2016
filters "a range of days" 'substr($4, 1, 10) >= "2022-01-03" && substr($4, 1, 10) <= "2022-01-05"' \
	--date 2022-01-03..2022-01-05
filters "a range of months" 'substr($4, 1, 7) >= "2022-02" && substr($4, 1, 7) <= "2022-03"' \
	--date 2022-02..2022-03
filters "a range from a year to a day" 'substr($4, 1, 4) >= "2016" && substr($4, 1, 10) <= "2022-01-03"' \
	--date=2016..2022-01-03
filters "a range with no end" 'substr($4, 1, 10) >= "2022-04-20"' --date 2022-04-20..
filters "a range with no beginning" 'substr($4, 1, 10) <= "2021-12-01"' --date ..2021-12-01
filters "the day in a post's own zone" '$1 ~ /NW202201040000000004/' \
	--date 2022-01-04 --category west
filters "the end of time" 'substr($4, 1, 4) == "9999"' --date 9999-12-31
filters "an infoCode" '$3 == "NW202201050000000001"' --code NW202201050000000001
filters "a pattern of infoCodes" '$3 ~ /^NW20220105/' --code 'NW20220105*'
filters "a pattern with a set" '$3 ~ /^NW2022010[45]000000000[12]$/' --code 'NW2022010[45]000000000[12]'
filters "no infoCode" '$3 == ""' --code ''
filters "a category" '$5 ~ /(^| )finance( |$)/' --category finance
filters "a category among several" '$5 ~ /^title/ && $5 ~ / emoji$/' --category emoji
filters "the case of a category" '$5 == "Tech"' --category Tech
filters "a path" '$1 == "index.html"' --path index.html
filters "a pattern of paths" '$1 ~ /^_posts\/2022-01-05-.*\.md$/' --path '_posts/2022-01-05-*.md'
filters "a star that takes slashes" '$1 ~ /^deep\/.*\.txt$/' --path 'deep*.txt'
filters "a quoted star" '$1 == "names/star*[a]?"' --path 'names/star\*\[a]\?'
filters "posts" '$2 == "post"' --kind post
filters "files" '$2 == "file"' --kind file
filters "several filters at once" \
	'$2 == "post" && substr($4, 1, 7) == "2022-01" && $5 == "world" && $1 ~ /^_posts/' \
	--kind post --date 2022-01 --category world --path '_posts/*'
filters "the last of two equal filters" 'substr($4, 1, 10) == "2022-01-05"' \
	--date 2022-01-03 --date 2022-01-05

for nothing in "--date 1999" "--code nothing" "--category fin" "--path index" \
	"--date 2022-01-05 --kind file --path _posts/2022-01-05*" "--date 9999-12-31.. --kind file"; do
	check "list $nothing: nothing" silent "$narc" list $nothing a.narc
	check "extract $nothing: nothing is there, and that is said" \
		fails 1 "a.narc" "$narc" extract -C none $nothing a.narc
done

for date in x 2022-1 2022-13 2022-00 2022-02-29 2022-01-32 20220105 2022-01-05T00:00 .. ... '' \
	2022-01-05..x x..2022 2022-01-06..2022-01-05 2022..2021 2022-01-05-06 ' 2022' '2022 ' -2022 \
	2022..2023..2024; do
	check "--date \"$date\" is bad usage" fails 2 "--date" "$narc" list --date "$date" a.narc
done
check "--date 2024-02-29 is a day" silent "$narc" list --date 2024-02-29 a.narc
check "--date 0000 is a year" silent "$narc" list --date 0000 a.narc
check "--kind takes post or file" fails 2 "--kind" "$narc" list --kind posts a.narc

# Options and operands in any order.
"$narc" list --date 2022-01-05 --json a.narc >expected
check "options may stand behind the archive" \
	sh -c "'$narc' list a.narc --date 2022-01-05 --json | cmp - expected"
check "and on both sides of it" sh -c "'$narc' list --json a.narc --date 2022-01-05 | cmp - expected"

# A key and a filter.
check "a filter holds for keys too" fails 1 "a.narc" \
	"$narc" extract -p a.narc --date 2022-01-06 NW202201050000000001
check "a key that is there and one that is not" fails 1 "nothing" \
	"$narc" extract -C keys a.narc NW202201050000000001 nothing index.html
check "what is there is extracted all the same" no_strays keys _posts index.html

finish
