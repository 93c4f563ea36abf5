# SPDX-License-Identifier: BSD-2-Clause
# A site that changes from night to night, for the tests of sets; the same each time.

# post FOLDER/NAME DATE CODE TEXT
post() {
	mkdir -p "$(dirname "$1")"
	printf -- '---\ntitle: %s\ndate: %s 11:00:00 +0800\ncategories: [c%s]\n---\n%s\n<http://a/?infoCode=%s>\n' \
		"$3" "$2" "$((10#${2##*-} % 3))" "$4" "$3" >"$1"
}
# A site of so many posts over three months, and files beside them.
site() {
	local i date code

	for ((i = 1; i <= $2; i++)); do
		date=2022-0$((i % 3 + 1))-$(printf %02d $((i % 28 + 1)))
		code=NW${date//-/}$(printf %010d "$i")
		post "$1/_posts/$date-$code.md" "$date" "$code" "text $i of $((i * 7919 % 1000))"
		touch -d "$date 12:00 UTC" "$1/_posts/$date-$code.md"
	done
	mkdir -p "$1/assets"
	for i in 1 2 3; do
		seq $((i * 100)) >"$1/assets/$i.txt"
		touch -d "2022-0$i-15 UTC" "$1/assets/$i.txt"
	done
}

# change NIGHT: some posts of the folder site are moved, some rewritten, one goes, one comes.
change() {
	local i

	mkdir -p site/old_post
	for i in $(ls site/_posts | sort -R --random-source=<(yes "$1") | head -4); do
		mv site/_posts/$i site/old_post/
	done
	for i in $(ls site/_posts | sort -R --random-source=<(yes "b$1") | head -4); do
		echo "night $1" >>site/_posts/$i
	done
	rm "site/_posts/$(ls site/_posts | sort -R --random-source=<(yes "c$1") | head -1)"
	post "site/_posts/2022-04-0$((1 + $1 % 9))-NW20220401$(printf %010d "$1").md" \
		"2022-04-0$((1 + $1 % 9))" "NW20220401$(printf %010d "$1")" "new $1"
	echo "$1" >site/assets/1.txt
	cp site/assets/2.txt "site/assets/copy-$1.txt"
}

# volumes SET: the names of its volumes.
volumes() {
	(cd "$1" && ls -- *.narc)
}
# same COMMAND ARGUMENT...: it prints the same of set and of one.narc, and something.
same() {
	local command=$1

	shift
	"$narc" "$command" one.narc "$@" >one.out 2>&1
	"$narc" "$command" set "$@" >set.out 2>&1
	diff one.out set.out && test -s one.out
}
