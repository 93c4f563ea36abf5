#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Archives on servers are read as if they were here, however bad the server is.
. "$(dirname "$0")/lib.sh"

unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
export HOME=$PWD

make_site site 300
mkdir www
"$narc" pack www/a.narc site
: >www/empty.narc
head -c 100000 /dev/urandom >www/noise.narc
cp www/a.narc here.narc
key=$("$narc" list here.narc | awk 'END { print $NF }')

# ---- nginx -------------------------------------------------------------------------------------

# Its workers are to read what nobody else may.
test "$(id -u)" -ne 0 || user="user root;"
cat >nginx.conf <<END
${user:-}
daemon off;
worker_processes 1;
pid $PWD/nginx.pid;
error_log $PWD/nginx.log;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path $PWD/t1;
	proxy_temp_path $PWD/t2;
	fastcgi_temp_path $PWD/t3;
	uwsgi_temp_path $PWD/t4;
	scgi_temp_path $PWD/t5;
	server {
		listen unix:$PWD/nginx.sock;
		root $PWD/www;
	}
	server {
		listen 127.0.0.1:PORT;
		root $PWD/www;
		location /whole/ { alias $PWD/www/; max_ranges 0; }
	}
}
END
# A port that nobody else has: if one has it, nginx ends.
start_nginx() {
	local port

	for port in $(shuf -i 20000-50000 -n 20); do
		sed "s/:PORT/:$port/" nginx.conf >nginx.$port.conf
		/usr/sbin/nginx -p "$PWD" -c "$PWD/nginx.$port.conf" 2>/dev/null &
		nginx=$!
		for ((i = 0; i < 50; i++)); do
			kill -0 $nginx 2>/dev/null || break
			curl -s -o /dev/null "http://127.0.0.1:$port/" && web=http://127.0.0.1:$port && return
			sleep 0.1
		done
	done
	return 1
}
stop_servers() {
	kill $nginx $flaky 2>/dev/null
	clean_up
}
nginx= flaky=
trap stop_servers EXIT
check "nginx starts" start_nginx

same() { # ARGUMENTS BEFORE THE ARCHIVE... -- BEHIND IT...
	local before=()

	while [ "$1" != -- ]; do
		before+=("$1")
		shift
	done
	shift
	"$narc" "${before[@]}" here.narc "$@" >wanted || return
	"$narc" "${before[@]}" "$server/a.narc" "$@" >got || return
	cmp wanted got && test -s got
}
server=$web
check "list is the same" same list --
check "of a day too" same list --date 2022-01 --
check "list --json too" same list --json --
check "extract -p too" same extract -p -- "$key"
check "export too" same export --
check "history too" same history -- "$key"
check "grep too" same grep -c e --
check "info too" sh -c "'$narc' info here.narc | tail -n +2 >wanted; '$narc' info $web/a.narc | tail -n +2 | cmp wanted -"
check "all is extracted as it was" \
	sh -c "'$narc' extract -C out $web/a.narc && '$narc' extract -C out2 here.narc && diff -r out out2"
check "a tree is compared with it" silent "$narc" diff "$web/a.narc" site
check "it is verified" "$narc" verify "$web/a.narc"
check "it is merged into a file" \
	sh -c "'$narc' merge merged.narc $web/a.narc here.narc && '$narc' verify merged.narc"

if [ -w /dev/fuse ] && command -v fusermount3 >/dev/null && "$narc" mount --help >/dev/null 2>&1; then
	mkdir folder
	check "it is mounted" "$narc" mount "$web/a.narc" folder
	check "with all files" diff -r out folder
	fusermount3 -u folder
fi
if "$narc" serve --help >/dev/null 2>&1; then
	"$narc" serve --listen 127.0.0.1:0 "$web/a.narc" >served 2>&1 &
	pages=$!
	for ((i = 0; i < 100; i++)); do
		grep -q http: served && break
		sleep 0.1
	done
	check "it is shown as pages" \
		sh -c "curl -fs \$(grep -o 'http://[0-9.:]*' served)/api | grep -q '\"posts\":300'"
	kill $pages
fi

check "a file that is not there is told of" fails 3 "404: it is not there" "$narc" list "$web/none.narc"
check "one that is empty is none" fails 1 "too short" "$narc" list "$web/empty.narc"
check "nor is noise" fails 1 "not a newsarc archive" "$narc" list "$web/noise.narc"
check "a server without ranges is told of" fails 3 "byte ranges" "$narc" list "$web/whole/a.narc"
check "nobody writes there" fails 2 "can only be read" "$narc" append "$web/a.narc" site
check "a scheme may be in capitals" "$narc" list "HTTP${web#http}/a.narc"

# What was cut short, and what is damaged.
head -c $(($(stat -c %s here.narc) / 2)) here.narc >www/cut.narc
check "one that was cut short is told of" fails 1 "cut short" "$narc" list "$web/cut.narc"
check "and read as far as it goes" \
	sh -c "'$narc' list --keep-going www/cut.narc >wanted 2>/dev/null; '$narc' extract --keep-going -C cut $web/cut.narc >/dev/null 2>&1; test -d cut"

# ---- one that does badly ------------------------------------------------------------------------------

/usr/bin/python3 "$here/flaky_server.py" www port 1 2>/dev/null &
flaky=$!
for ((i = 0; i < 100; i++)); do
	test -s port && break
	sleep 0.1
done
flat=http://127.0.0.1:$(cat port)
begin_count() { curl -s "$flat/count" >/dev/null; }

server=$flat/badly
for round in 1 2 3; do
	check "a server that does badly gives all in the end, time $round" same export --
	check "and single posts" same extract -p -- "$key"
done
server=$flat/untagged
check "a server that tells no versions is believed" same export --
server=$flat/moved
check "what moved is found" same list --
for number in 1 2 3 4; do
	begin_count
	server=$flat/once/$number
	check "three failures from answer $number on are overcome" same list --
done
check "what turns in circles is told of" fails 3 "redirect" "$narc" list "$flat/around/a.narc"
check "what is down is told of" fails 3 "503" "$narc" list "$flat/down/a.narc"
check "what gives another part too" fails 3 "another part" "$narc" list "$flat/other/a.narc"
check "what does not say which part it gives too" fails 3 "another part" "$narc" list "$flat/headless/a.narc"
check "what is no HTTP too" fails 3 "" "$narc" list "$flat/garbage/a.narc"
check "what is stuck, when its time is over" \
	fails 3 "" env NARC_REMOTE_TIMEOUT=1 NARC_REMOTE_ATTEMPTS=2 timeout 15 "$narc" list "$flat/stuck/a.narc"
for how in changed silently; do
	begin_count
	check "what was replaced meanwhile is told of ($how)" \
		fails 3 "was replaced while it was read" "$narc" export "$flat/$how/a.narc"
done
check "who may not read is told so" fails 3 "401" "$narc" list "$flat/secret/a.narc"
printf 'machine 127.0.0.1 login reader password word\n' >.netrc
chmod 600 .netrc
server=$flat/secret
check "~/.netrc has credentials" same list --

check "credentials in an address are refused" \
	fails 2 "do not belong into an address" "$narc" list http://reader:word@127.0.0.1/a.narc
"$narc" list http://reader:word@127.0.0.1/a.narc 2>told
check "and not told on" sh -c "! grep -q word@ told && ! grep -q reader told"
check "other addresses are refused" fails 2 "begins with" "$narc" list gopher://127.0.0.1/a.narc
check "an object without a key too" fails 2 "s3://BUCKET/KEY" "$narc" list s3://bucket
check "a port that nobody listens on is told of" \
	fails 3 "Failed to connect" env NARC_REMOTE_ATTEMPTS=1 "$narc" list http://127.0.0.1:9/a.narc

# ---- how much is asked for -----------------------------------------------------------------------------

asked() { # REQUESTS BYTES COMMAND...: no more than so many
	local requests bytes most=$1 largest=$2

	shift 2
	begin_count
	"$@" >/dev/null || return
	read -r requests bytes < <(curl -s "$flat/count")
	echo "$requests requests, $bytes bytes"
	test "$requests" -le "$most" && test "$bytes" -le "$largest"
}
size=$(stat -c %s here.narc)
check "one post takes five requests" asked 5 $((size)) "$narc" extract -p "$flat/well/a.narc" "$key"
check "all of it comes once" asked $((20 + size / 1000000)) $((size + 300000)) "$narc" verify "$flat/well/a.narc"
check "with a small cache too" \
	asked 200 $((2 * size)) env NARC_REMOTE_CACHE=4 "$narc" export "$flat/well/a.narc"

finish
