#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What narc reads out of a post: kind, infoCode, date and categories, however odd it is.
# See make_site.py for the posts.
. "$(dirname "$0")/lib.sh"

make_site site
"$narc" pack odd.narc site || exit
"$narc" list --csv odd.narc >list

# reads NAME PATH KIND,CODE,DATE,CATEGORIES
reads() {
	check "$1" has "_posts/$2,$3," list
}

for form in quotes:01 empty:02 colon:03 backslash:04 emoji:05 percent:06 tab:07 hash:08 \
	bracket:09 nul:21 gbk:22; do
	code=NW2022010300000000${form#*:}
	reads "a title like \"${form%:*}\" does not hide the other fields" "2022-01-03-$code.md" \
		"post,$code,2022-01-03T10:00:00+08:00,title ${form%:*}"
done

# date NAME NUMBER DATE CATEGORY
date_of() {
	reads "$1" "2022-01-04-NW2022010400000000$2.md" "post,NW2022010400000000$2,$3,date $4"
}
date_of "a date has its zone" 01 2022-01-04T11:22:33+08:00 zone
date_of "a zone may have a colon and minutes" 02 2022-01-04T11:22:33+05:30 colon-zone
date_of "a date may be ISO 8601's" 03 2022-01-04T11:22:33+00:00 iso
date_of "a date stays in its own zone, west too" 04 2022-01-04T23:30:00-05:00 west
date_of "without a zone, _config.yml's is taken" 05 2022-01-04T11:22:33+08:00 no-zone
date_of "a date without a time is midnight" 06 2022-01-04T00:00:00+08:00 day
date_of "a date may be quoted" 07 2022-01-04T11:22:33+08:00 quoted
date_of "a date may have slashes and no seconds" 08 2022-01-04T11:22:00+08:00 slashes
date_of "a fraction of a second is dropped" 09 2022-01-04T11:22:33+08:00 fraction
date_of "a zone alone is no date: the file name's is taken" 10 2022-01-04T00:00:00+08:00 only-zone
date_of "nor is an impossible date" 11 2022-01-04T00:00:00+08:00 impossible
date_of "nor is a word" 12 2022-01-04T00:00:00+08:00 word
date_of "nor is nothing" 13 2022-01-04T00:00:00+08:00 empty
date_of "a leap second is the last of its minute" 14 2016-12-31T23:59:59+00:00 leap-second
date_of "the first year of the calendar is a year" 15 0001-01-01T00:00:00+00:00 long-ago
date_of "and so is 9999" 16 9999-12-31T23:59:59-12:00 far-off

# category NAME NUMBER CATEGORIES
category_of() {
	reads "$1" "2022-01-05-NW2022010500000000$2.md" \
		"post,NW2022010500000000$2,2022-01-05T08:00:00+08:00,$3"
}
category_of "two spaces between categories are one" 01 "a b"
category_of "a name in a YAML list may have a space" 02 "a b c"
category_of "a YAML list may be one name a line" 03 "a b"
category_of "a list may have names with parentheses" 04 "财经 国际(要闻)"
category_of "category is categories" 05 "Tech"
category_of "case counts" 06 "tech"
category_of "a name given twice is one" 07 "a b"
category_of "there may be none" 08 ""
category_of "an empty list is none" 09 ""
category_of "tags are not categories" 10 ""
category_of "parentheses are part of a name" 11 "(财经)"
check "categories in JSON are a list" \
	sh -c "'$narc' list --json --code NW202201050000000002 odd.narc |
		grep -qF '\"categories\":[\"a b\",\"c\"]'"

date=2022-01-06T08:00:00+08:00
day=2022-01-06T00:00:00+08:00
name=2022-01-06-NW2022010600000000
code=NW2022010600000000
reads "without front matter it is a file" ${name}01.md file,,$day,
reads "front matter never closed is front matter" ${name}02.md post,${code}02,$date,head
reads "line ends may be CRLF" ${name}03.md post,${code}03,$date,head
reads "an empty file is a file" ${name}04.md file,,$day,
reads "an empty header is front matter" ${name}05.md post,${code}05,$day,
reads "a byte order mark may stand before it" ${name}06.md post,${code}06,$date,head
reads "dots may close it" ${name}07.md post,${code}07,$date,head
reads "spaces may stand behind the marks" ${name}08.md post,${code}08,$date,head
reads "the end of the file may be the end of the closing line" ${name}09.md post,${code}09,$date,head
reads "an opening mark alone is no front matter" ${name}10.md file,,$day,
reads "a list for a header is front matter that says nothing" ${name}11.md post,${code}11,$day,
reads "front matter starts on the first line" ${name}12.md file,,$day,

date=2022-01-07T09:00:00+08:00
name=2022-01-07
check "a name may be - and the code" \
	has "-202205262391921712.md,post,202205262391921712,2022-05-26T00:00:00+08:00," list
reads "a word in the name is no code" 2021-12-01-init.md post,,2021-12-01T00:00:00+08:00,
reads "the code may be in a link" $name-in-link.md post,NW202201070000000002,$date,
reads "or in the link of a wire item" $name-wire.md post,202201070000000003,$date,
reads "a code may be bare digits" $name-202201070000000004.md post,202201070000000004,$date,
reads "a post may be HTML" $name-NW202201070000000005.html post,NW202201070000000005,$date,
reads "or end in .markdown" $name-NW202201070000000006.markdown post,NW202201070000000006,$date,
reads "a post may have no code" $name-some-words.md post,,$date,
reads "the date inside goes before the date in the name" 2022-02-01-NW202201070000000007.md \
	post,NW202201070000000007,$date,

check "a plain file has the date of its time, in UTC" \
	has "times/even,file,,2020-09-13T12:26:40+00:00," list
check "also before 1970" has "times/old,file,,1938-04-24T22:13:20+00:00," list
check "a link is a file, whatever its name" has "links/folder,file,," list

# Each is found, by code and by path.
"$narc" list --json odd.narc | sed -n 's/.*"info_code":"\([^"]\{1,\}\)".*/\1/p' | sort -u >codes
find_all() {
	local key

	while read -r key; do
		"$narc" extract -p odd.narc "$key" >/dev/null || return
	done
}
check "there are codes to look for" test "$(wc -l <codes)" -gt 50
check "every infoCode is found" find_all <codes
sed 's/^NW/-/; s/^\([0-9]\)/NW\1/; s/^-//' codes >others
check "with NW in front or without" find_all <others
find_paths() {
	local key

	while IFS= read -r -d '' key; do
		"$narc" extract -p odd.narc -- "$key" >"$scratch/got" &&
			cmp "$scratch/got" "site/$key" || return
	done
}
find site -type f -printf '%P\0' >paths
check "every path is found, and gives its content" find_paths <paths

check "the newest of a code's entries is printed" prints "Another text, later." \
	sh -c "'$narc' extract -p odd.narc NW202201080000000002 | tail -n 1"
check "all of them are extracted as files" "$narc" extract -C both odd.narc NW202201080000000002
check "and there they are" no_strays both _posts old_post

finish
