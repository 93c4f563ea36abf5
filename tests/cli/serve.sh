#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# narc serve, asked by curl and by clients of other kinds.
. "$(dirname "$0")/lib.sh"

servers=""

# start OPTION... ARCHIVE...: starts a server, whose address is then in $url, and waits for it. What
# it says is in the files url and told.
start() {
	rm -f url
	"$narc" serve --listen 127.0.0.1:0 "$@" >url 2>told &
	server=$!
	servers="$servers $server"
	for _ in $(seq 100); do
		url=$(sed 's,/$,,' url)
		[ -z "$url" ] || return 0
		kill -0 $server 2>/dev/null || break
		sleep 0.1
	done
	cat told
	return 1
}

stop() {
	kill -TERM $server && wait $server
}
trap 'kill -KILL $servers 2>/dev/null; clean_up' EXIT

# get PATH CURL-OPTION...
get() {
	local path=$1

	shift
	curl --silent --show-error --max-time 30 --path-as-is "$@" "$url$path"
}

# answers STATUS PATH CURL-OPTION...
answers() {
	local wanted=$1 path=$2 status

	shift 2
	status=$(get "$path" --output .body --write-out '%{http_code}' "$@")
	echo "$path: $status"
	head -c 500 .body
	test "$status" = "$wanted"
}

# says TEXT PATH CURL-OPTION...: the body has it.
says() {
	local text=$1

	shift
	get "$@" >.body || return
	cat .body
	grep -qF -e "$text" .body
}

# sends HEADER PATH CURL-OPTION...: there is a header line that begins so.
sends() {
	local header=$1

	shift
	get "$@" --dump-header .headers --output .body || return
	cat .headers
	HEADER=${header,,} awk 'index(tolower($0), ENVIRON["HEADER"]) == 1 { found = 1 } END { exit !found }' \
		.headers
}

client() {
	"$python" -B "$here/serve_clients.py" "$url" "$@"
}

# in_background CHECK...: what takes long because it waits; the file CHECK.told has its exit status.
in_background() {
	(client "$@" >"$1.told" 2>&1; echo "exit status $?" >>"$1.told") &
	waiting="$waiting $!"
}
waiting=""

# ---- the command ---------------------------------------------------------------------------

check "its help names it as it is called" \
	prints "usage: narc serve [options] ARCHIVE..." sh -c '"$1" serve --help | head -n 1' - "$narc"
check "its help fits 80 columns" test "$("$narc" serve --help | wc -L)" -le 80
check "it needs an archive" fails 2 "one archive or more" "$narc" serve
check "an option that is none is refused" fails 2 "--nothing" "$narc" serve --nothing a.narc
check "an archive that is not there is told of" fails 3 "none.narc" "$narc" serve none.narc
echo "no archive" >text
check "a file that is no archive is told of" fails 1 "text" "$narc" serve text
check "an address that is none is refused" fails 2 "HOST:PORT" "$narc" serve --listen '[::1' text
check "a port that is none is refused" fails 2 "65535" "$narc" serve --listen 127.0.0.1:65536 text
check "a number of connections that is none is refused" \
	fails 2 "--connections" "$narc" serve --connections 0 text

# ---- browsing ------------------------------------------------------------------------------

make_site site
cat >site/_posts/2022-01-09-NW202201090000000001.md <<'END'
---
title: "He said <b>& left"
date: 2022-01-09 09:30:00 +0800
categories: [<news>, a/b]
tags: [one, "two & three"]
---
# A heading

<p onclick="alert(1)">HTML</p><script>alert(2)</script>

[a link](javascript:alert(3)) 中文

Here it goes on, so that it is worth while to compress it: and on, and on, and on, and on.
END
"$narc" pack site.narc site
cp -r site next
echo "Another line." >>next/_posts/2022-01-09-NW202201090000000001.md
"$narc" append site.narc next
code=NW202201090000000001
start site.narc
in_background slow_clients_are_ended
patient=$server
check "it says where it listens" start site.narc
check "to nobody but this machine, it warns of nothing" test ! -s told
for path in / /2022 /2022/01 /2022/01/09 /categories /tags /category/copy /tag/one "/post/$code" \
	"/post/$code/frame" "/post/$code/source" "/post/$code/raw" "/post/$code/versions" \
	"/post/$code/diff" "/post/$code/diff?from=2&to=1" /search "/search?q=line" /style.css /icon.svg \
	/api/openapi.yaml; do
	check "there is an answer at $path" answers 200 "$path"
done
for path in /2022/13 /2022/01/32 /12345 /nothing /post /post/nothing "/post/$code/nothing" //2022 \
	/../../etc/passwd /category/nothing /tag/nothing "/post/$code?version=3" \
	"/post/$code/diff?to=9" /a/b/c/d/e/f/g/h; do
	check "there is nothing at $path" answers 404 "$path"
done
for path in "/post/$code?version=x" "/search?q=a&dates=x" "/search?q=(&regex=1" \
	"/category/copy?before=x" /%zz "/?a=%00"; do
	check "what makes no sense is told: $path" answers 400 "$path"
done
check "the start page leads to years and months" says 'href="/2022/01"' /
check "a year leads to months and days" says 'href="/2022/01/09"' /2022
check "a day leads to posts" says "href=\"/post/$code\"" /2022/01/09
check "and to the day before it" says 'rel="prev" href="/2022/01/08"' /2022/01/09
check "a day without posts is marked" says 'class="missing"' /2022
check "a title is escaped" says "He said &lt;b&gt;&amp; left" /2022/01/09
check "a category leads to its posts" says 'href="/category/a%2Fb"' "/post/$code"
check "which are there" says "/post/$code" /category/a%2Fb
check "a tag likewise" says 'href="/tag/two%20%26%20three"' "/post/$code"
check "and has its posts" says "/post/$code" "/tag/two%20%26%20three"
check "a code of the other family is found" answers 200 "/post/202201070000000005"
check "a path is found" answers 200 "/post/index.html"
check "an address with a slash at its end leads to the one without" \
	sends "Location: /post/$code" "/post/$code/"
check "and keeps its query" sends "Location: /2022?a=b%20c" "/2022/?a=b+c"

# ---- versions ------------------------------------------------------------------------------

check "the post is what it is now" says "Another line." "/post/$code/raw"
check "and what it was" not says "Another line." "/post/$code/raw?version=1"
check "all versions are listed" says "/diff?from=1&amp;to=2" "/post/$code/versions"
check "a change is shown" says "Another line." "/post/$code/diff"
check "a version against itself has none" says "There is no difference." "/post/$code/diff?from=1&to=1"

# A version that was at two paths, one after the other; and then another one came.
make_moved() {
	mkdir -p moved/old moved/new &&
		printf -- '---\ndate: 2022-02-02\n---\nThe first.\n' >moved/old/NW202202020000000001.md &&
		"$narc" pack moved.narc moved &&
		mv moved/old/* moved/new/ && "$narc" append moved.narc moved &&
		echo "The second." >>moved/new/NW202202020000000001.md && "$narc" append moved.narc moved
}
check "a post is moved, and changed" make_moved
stop
start moved.narc
check "a version is the last that it was" \
	says '"path":"new/NW202202020000000001.md"' "/api/post/NW202202020000000001?version=1"
check "without its number, it is the current one" \
	says '"version":2' "/api/post/NW202202020000000001?version="
check "by a path that it had, too" says "The first." "/post/old%2FNW202202020000000001.md/raw?version=1"
check "and compared" says "The second." "/post/old%2FNW202202020000000001.md/diff?from=1&to=2"
check "a version that there is not is told of" \
	answers 404 "/post/old%2FNW202202020000000001.md/diff?from=1&to=3"
stop
start site.narc

# ---- posts of strangers --------------------------------------------------------------------

check "a rendered post has its HTML" says '<p onclick="alert(1)">HTML</p>' "/post/$code/frame"
check "and is in a sandbox, wherever it is shown" \
	sends "Content-Security-Policy: sandbox; default-src 'none'" "/post/$code/frame"
check "its bytes likewise" \
	sends "Content-Security-Policy: sandbox; default-src 'none'" "/post/$code/raw"
check "which are text to a browser" sends "Content-Type: text/plain" "/post/index.html/raw"
check "and not guessed at" sends "X-Content-Type-Options: nosniff" "/post/index.html/raw"
check "a page shows it in a frame that may do nothing" \
	says "<iframe sandbox title=" "/post/$code"
check "a page itself loads what is the server's only" \
	sends "Content-Security-Policy: default-src 'none'; style-src 'self'" "/post/$code"
check "the source is escaped" says "&lt;script&gt;alert(2)" "/post/$code/source"
check "what is found is escaped" says "&lt;script&gt;" "/search?q=alert"
check "what was searched for is escaped" says 'value="&quot;&gt;&lt;b&gt;"' "/search?q=%22%3E%3Cb%3E"

# ---- languages -----------------------------------------------------------------------------

check "a browser that likes Chinese gets it" says '<html lang="zh-Hans">' / -H "Accept-Language: zh-CN"
check "one that likes none of them English" says '<html lang="en">' / -H "Accept-Language: fr"
check "who chooses a language gets a cookie" sends "Set-Cookie: lang=zh;" "/2022?lang=zh"
check "and the same page" sends "Location: /2022?x=1" "/2022?lang=zh&x=1"
check "by which it stays" says '<html lang="zh-Hans">' / -H "Cookie: lang=zh"
check "a language that is none is passed over" answers 200 "/?lang=xx"
check "one that is chosen with a slash too many is kept" sends "Set-Cookie: lang=zh;" "/2022/?lang=zh&x=1"
check "and leads to the page" sends "Location: /2022?x=1" "/2022/?lang=zh&x=1"
check "where there is nothing, that is said in the language" \
	says '<html lang="zh-Hans">' "/nothing?lang=zh"
check "and it is kept" sends "Set-Cookie: lang=zh;" "/nothing?lang=zh"
check "which leads nowhere else" not sends "Location:" "//evil.example/?lang=zh"
check "a page is there in the other language" says 'href="/2022?x=1&amp;y=%26&amp;lang=zh"' "/2022?x=1&y=%26"
check "which is in its address once" says 'href="/nothing?lang=en"' "/nothing?lang=zh"

# ---- HTTP ----------------------------------------------------------------------------------

raw="/post/$code/raw"
"$narc" extract -p site.narc $code >post
tag=$(get "$raw" -o /dev/null -w '%header{etag}')
same_as_post() {
	get "$raw" "$@" | cmp - post
}
decoded_by() {
	local tool=$1

	shift
	get "$raw" "$@" | $tool -dc | cmp - post
}
check "the bytes are those that narc extracts" same_as_post
check "gzip is sent to who takes it" decoded_by gzip -H "Accept-Encoding: gzip"
check "zstd likewise" decoded_by zstd -H "Accept-Encoding: gzip;q=0.5, zstd"
check "and is said" sends "Content-Encoding: zstd" "$raw" -H "Accept-Encoding: zstd"
check "who refuses both gets neither" same_as_post -H "Accept-Encoding: gzip;q=0, br"
check "caches are told what it depends on" sends "Vary: Accept-Encoding" "$raw"
check "who has it gets nothing" answers 304 "$raw" -H "If-None-Match: $tag"
check "also among others" answers 304 "$raw" -H "If-None-Match: \"x\", W/$tag"
check "who has another gets it" answers 200 "$raw" -H 'If-None-Match: "x"'
check "another encoding is another thing" \
	answers 200 "$raw" -H "If-None-Match: $tag" -H "Accept-Encoding: gzip"
check "with a tag of its own" answers 304 "$raw" -H "If-None-Match: ${tag%\"}-gzip\"" \
	-H "Accept-Encoding: gzip"
part_is() {
	local first=$1 size=$2

	shift 2
	get "$raw" "$@" >part
	tail -c +$((first + 1)) post | head -c "$size" | cmp - part
}
check "a part is sent" part_is 5 10 -H "Range: bytes=5-14"
check "and said" answers 206 "$raw" -H "Range: bytes=5-14"
check "with its place" sends "Content-Range: bytes 5-14/$(stat -c %s post)" "$raw" -H "Range: bytes=5-14"
check "the end likewise" part_is $(($(stat -c %s post) - 7)) 7 -H "Range: bytes=-7"
check "a part is never encoded" part_is 5 10 -H "Range: bytes=5-14" -H "Accept-Encoding: gzip"
check "a part of what is still the same is sent" \
	answers 206 "$raw" -H "Range: bytes=5-14" -H "If-Range: $tag"
check "of another, all" answers 200 "$raw" -H "Range: bytes=5-14" -H 'If-Range: "x"'
check "a part behind the end is refused" answers 416 "$raw" -H "Range: bytes=99999-"
check "several parts are all of it" same_as_post -H "Range: bytes=0-1,5-6"
head_is_empty() {
	test "$(get "$1" --head -o .headers -w '%{size_download} %{http_code}')" = "0 200" &&
		grep -qi "^content-length: $(get "$1" | wc -c)" .headers
}
check "HEAD has the headers of GET, and no body" head_is_empty "$raw"
check "of a search, too" answers 200 "/search?q=line" --head
for method in POST PUT DELETE OPTIONS PATCH; do
	check "$method is refused" answers 405 / -X $method
done
check "and said what is not" sends "Allow: GET, HEAD" / -X POST
check "a download has the name of its file" \
	sends "Content-Disposition: attachment; filename*=UTF-8''2022-01-09-$code.md" "$raw?download"
check "another name of the server is refused" answers 421 / -H "Host: evil.example"

# ---- the API -------------------------------------------------------------------------------

check "errors of the API are JSON" says '{"error":{"status":404,' /api/post/nothing
if "$python" -c 'import jsonschema, yaml' 2>/dev/null; then
	check "the API is what its description says" \
		client the_api_is_what_its_description_says $code "text" "中" "<p"
else
	skip "the API is what its description says" "python3-jsonschema or python3-yaml is missing"
fi
check "pages of posts are all posts, each once" client pages_of_posts_are_all_posts_once "$narc" site.narc
check "a search goes on in the middle of a day, where all posts have one time" \
	client pages_of_a_search_are_all_results_once 2 q=title dates=2022-01-03
check "the bytes of all entries are those that were packed" \
	client raw_bytes_are_those_that_were_packed "$narc" site.narc
check "all pages of all posts are answered" client all_pages_are_answered "$narc" site.narc
check "a server that has done all that ends well" stop
check "and had nothing to say" test ! -s told

# ---- clients that mean harm ----------------------------------------------------------------

head -c 50000000 /dev/zero >huge
"$narc" pack huge.narc huge
start --connections 100 --per-address 90 site.narc huge.narc
check "odd requests are refused, and others answered" client odd_requests_are_refused
check "the body of a GET is no request" client a_body_of_a_get_is_not_taken_for_a_request
check "a connection is used again" client a_connection_is_used_again
check "more connections than there may be do no harm" \
	client many_connections_are_refused_but_do_no_harm 100
# It takes ten seconds over that, in which all else goes on with other servers.
in_background a_server_ends_though_a_client_reads_slowly $server
harmed=$server

# ---- searching -----------------------------------------------------------------------------

make_site many 1500
"$narc" pack many.narc many
start --log many.narc
check "results come as they are found" client results_come_as_they_are_found
check "a search whose client left ends" client a_search_whose_client_left_ends $server
check "a search that is cut short goes on where it ended" \
	client pages_of_a_search_are_all_results_once 37 q=e
check "also with filters" client pages_of_a_search_are_all_results_once 3 q=. regex=1 dates=2022-03
check "what is found is what narc finds" \
	test "$(get '/api/search?q=(ab|ba)c&regex=1&limit=10000' | grep -c '^{"path"')" = \
	"$(cat many/_posts/* | awk 'BEGIN { RS = "---\ntitle" } tolower($0) ~ /(ab|ba)c/' RS='---\ntitle' |
		grep -c '^categories')"
check "days of a range are" test "$(get '/api/days?period=2022-01-30..2022-02-02' | grep -o '"date"' | wc -l)" = 4
check "days are counted, those without posts as well" \
	test "$(get /api/days | grep -o '"posts":[1-9]' | wc -l)" = 336
check "requests are logged" has "20" told
check "with what was asked for, and no more than a line" grep -qF ' /search?q=e&limit=200' told

stop
mkdir slow
{ printf -- '---\ndate: 2022-01-01\n---\n'; head -c 4000 /dev/zero | tr '\0' a; } >slow/a.md
printf -- '---\ndate: 2022-01-02\n---\naaab\n' >slow/b.md
"$narc" pack slow.narc slow
start slow.narc
slow="q=(a%2B)%2B(a%2B)%2B(a%2B)%2Bb?\$(%3F%3C=b)&regex=1"
check "a post that takes too long to be searched is told of" \
	says '"end":"complete","posts":1,"failures":0,"left_out":1,' "/api/search?$slow"
check "also on a page" says "would take too long: 1." "/search?$slow"
check "where nothing is damaged" not says "damaged" "/search?$slow"
stop
check "nor told of as such" test ! -s told
start many.narc

# ---- archives that change ------------------------------------------------------------------

# comes WHAT...: it holds within some seconds.
comes() {
	for _ in $(seq 50); do
		if "$@" >/dev/null 2>&1; then
			return 0
		fi
		sleep 0.2
	done
	"$@"
}
post_code=NW202201010000000000
before=$(get /post/$post_code/raw -o /dev/null -w '%header{etag}')
echo "A line that came later." >>many/_posts/2022-01-01-$post_code.md
"$narc" append many.narc many
check "what was appended is shown" comes says "A line that came later." /post/$post_code/raw
check "with another tag" answers 200 /post/$post_code/raw -H "If-None-Match: $before"
append_nights() {
	for night in 1 2 3 4 5; do
		echo "Night $night." >>many/_posts/2022-01-01-$post_code.md
		"$narc" append many.narc many || return
		sleep 0.2
	done
}
append_nights &
appending=$!
check "requests are answered while it grows" client requests_at_once_are_all_right "$narc" many.narc
check "and it grows" wait $appending
check "to the end" comes says "Night 5." /post/$post_code/raw
"$narc" redact --reason "a <b>court</b> order" many.narc $post_code
check "what was redacted is gone" comes answers 410 /post/$post_code/raw
check "and its page says why" says "a &lt;b&gt;court&lt;/b&gt; order" /post/$post_code
check "that page is no success either" answers 410 /post/$post_code
check "its states say so as those of narc history do" \
	diff <(get /api/post/$post_code/versions | sed 's/^{"versions":\[//; s/\]}$//') \
	<("$narc" history --json many.narc $post_code | paste -sd,)
mv many.narc elsewhere.narc
sleep 1.2
check "an archive that is taken away is shown as it was" answers 200 /2022/01/01
check "which is told" comes grep -q "many.narc" told
mv elsewhere.narc many.narc
check "it ends well after that" stop

# What may not be read is tried again, also if nothing else of it changes.
"$narc" pack later.narc next
chmod 000 later.narc
cat >powerless <<'END'
#!/bin/bash
if [ "$(id -u)" -eq 0 ]; then
	exec setpriv --bounding-set -dac_override,-dac_read_search "$NARC" "$@"
fi
exec "$NARC" "$@"
END
chmod +x powerless
cp site.narc now.narc
narc=./powerless start now.narc
check "what is there at first is shown" answers 200 "/post/$code/raw?version=2"
mv later.narc now.narc
sleep 1.2
check "what may not be read does not take its place" answers 200 "/post/$code/raw?version=2"
check "which is told, too" comes grep -q "now.narc" told
chmod 644 now.narc
check "when it may be read, it does" comes answers 404 "/post/$code/raw?version=2"
check "and it ends well" stop

start site.narc many.narc
mv site.narc away.narc
echo "Some other line." >>many/_posts/2022-01-02-NW202201020000000001.md
"$narc" append many.narc many
check "what was appended is shown though another archive is away" \
	comes says "Some other line." /post/NW202201020000000001/raw
check "which is shown as it was" says "Another line." "/post/$code/raw"
mv away.narc site.narc
stop

# ---- several archives, damaged ones --------------------------------------------------------

start site.narc many.narc
check "several archives are one" answers 200 /2022/05/05
check "with the posts of all of them" client pages_of_posts_are_all_posts_once "$narc" site.narc many.narc
check "a search that is cut short goes on in the next one" \
	client pages_of_a_search_are_all_results_once 211 q=e
check "and say which one a post is of" says "many.narc" /post/NW202201020000000001
stop
"$python" - <<'END'
data = bytearray(open("many.narc", "rb").read())
for i in range(200_000, 400_000, 1000):
    data[i] ^= 255
open("damaged.narc", "wb").write(data)
END
start damaged.narc
check "a damaged archive is shown as far as it goes" answers 200 /2022
damaged_posts() {
	for _ in $(seq 3); do
		get "/api/posts?limit=1000" >posts || return
	done
	for key in $(grep -o '"info_code":"[^"]*"' posts | cut -d'"' -f4 | head -n 200); do
		get "/post/$key/raw" -o /dev/null -w '%{http_code}\n'
	done | sort | uniq -c
}
check "what is damaged is no crash" damaged_posts
check "some of it is told as such" grep -q " 500" <(damaged_posts)
check "a search goes over what it can" says '"end":"complete"' "/api/search?q=e&limit=10000"
check "and it ends well" stop

# ---- addresses -----------------------------------------------------------------------------

check "others are warned of" start --listen 0.0.0.0:0 --host-name news.example site.narc
check "a limit for all contents together, of which there is no end, is none" \
	fails 2 "is no option" "$narc" serve --limit-output 1M site.narc
check "that they are is told" grep -q "others can connect" told
url=$(sed 's,0.0.0.0,127.0.0.1,' <<<"$url")
check "a name that was given is the server's" answers 200 / -H "Host: news.example"
check "other names are not" answers 421 / -H "Host: other.example"
port=${url##*:}
check "a port that is taken is told of" fails 3 "cannot listen" "$narc" serve --listen 127.0.0.1:$port site.narc
stop
if start --listen '[::1]:0' site.narc 2>/dev/null; then
	check "it listens at addresses of version 6" answers 200 /api --globoff
	stop
else
	skip "it listens at addresses of version 6" "there are none here"
fi
start --threads 1 site.narc
check "one thread is enough" answers 200 /
kill -INT $server
check "an interrupt ends it" wait $server

# ---- clients that were slow ------------------------------------------------------------------

wait $waiting
check "slow clients are ended, while others are answered" \
	has "exit status 0" slow_clients_are_ended.told
server=$patient
check "and the server ends well" stop
check "while a client reads slowly, a server ends all the same" \
	has "exit status 0" a_server_ends_though_a_client_reads_slowly.told
check "and well" wait $harmed

finish
