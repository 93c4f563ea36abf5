#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Archives on servers are read as if they were here, however bad the server is.
. "$(dirname "$0")/lib.sh"

unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
export HOME=$PWD
export NARC_REMOTE_KEEP=0 # but where it is what is tried

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
	log_format asked '\$server_protocol \$status \$body_bytes_sent';
	access_log $PWD/asked.log asked;
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
	server {
		listen unix:$PWD/secure.sock ssl http2;
		listen 127.0.0.1:SECURE ssl http2;
		ssl_certificate $PWD/certificate.pem;
		ssl_certificate_key $PWD/key.pem;
		root $PWD/www;
	}
}
END
# Whose certificate is signed by itself.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
	-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out certificate.pem 2>/dev/null
# A port that nobody else has: if one has it, nginx ends.
start_nginx() {
	local port

	for port in $(shuf -i 20000-50000 -n 20); do
		sed "s/:PORT/:$port/; s/:SECURE/:$((port + 1))/" nginx.conf >nginx.$port.conf
		/usr/sbin/nginx -p "$PWD" -c "$PWD/nginx.$port.conf" 2>/dev/null &
		nginx=$!
		for ((i = 0; i < 50; i++)); do
			kill -0 $nginx 2>/dev/null || break
			curl -s -o /dev/null "http://127.0.0.1:$port/" && web=http://127.0.0.1:$port &&
				secure=https://127.0.0.1:$((port + 1)) && return
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

check "a certificate of nobody knows whom is refused" \
	fails 3 "certificate" env NARC_REMOTE_ATTEMPTS=1 "$narc" list "$secure/a.narc"
export SSL_CERT_FILE=$PWD/certificate.pem
: >asked.log
server=$secure
check "over TLS, export is the same" same export --
check "and by HTTP/2" sh -c "grep -q '^HTTP/2' asked.log && ! grep -v '^HTTP/2' asked.log"
server=$web

can_mount() {
	test -w /dev/fuse && command -v fusermount3 >/dev/null && "$narc" mount --help >/dev/null 2>&1
}
mkdir folder
if can_mount; then
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
check "one post of a small archive takes two requests" \
	asked 2 $size "$narc" extract -p "$flat/well/a.narc" "$key"
check "all of it comes once" asked $((20 + size / 1000000)) $((size + 300000)) "$narc" verify "$flat/well/a.narc"
check "with a small cache too" \
	asked 200 $((2 * size)) env NARC_REMOTE_CACHE=4 "$narc" export "$flat/well/a.narc"

# ---- how much is asked for of large archives ------------------------------------------------------------

make_posts() { # NUMBER BYTES: as tar; the bytes are random
	"$python" - "$@" <<'END'
import base64, datetime, io, random, sys, tarfile
chance, count, size = random.Random(1), int(sys.argv[1]), int(sys.argv[2])
with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar:
    for number in range(count):
        day = datetime.date(2010, 1, 1) + datetime.timedelta(number // 20)
        text = (f"---\ntitle: post {number}\ndate: {day} 12:00:{number % 60:02}\n---\n".encode() +
                base64.b64encode(chance.randbytes(chance.randrange(2 * size))) + b"\n")
        member = tarfile.TarInfo(f"{day}-NW{day:%Y%m%d}{number:010}.md")
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
END
}
fetched() { # REQUESTS BYTES COMMAND...: no more than so many, of nginx
	local requests bytes most=$1 largest=$2

	shift 2
	: >asked.log
	"$@" >got || return
	sleep 0.1 # until they are written down
	read -r requests bytes < <(awk '{ bytes += $3 } END { print NR, bytes + 0 }' asked.log)
	echo "$requests requests, $bytes bytes"
	cat asked.log
	test -s got && test "$requests" -le "$most" && test "$bytes" -le "$largest"
}
# The dictionary comes with what stands before it: so it takes none of the four requests, nor of the
# 256 KiB.
frugal() { # NAME WHAT, of www/NAME.narc
	local url=$web/$1.narc dictionary code day

	dictionary=$("$narc" info --json "www/$1.narc" | grep -o '"dictionary_size":[0-9]*' | cut -d: -f2)
	"$narc" list --json "www/$1.narc" | sed -n '2000p;$p' >ends
	code=$(sed -n 's/.*"info_code":"\([^"]*\)".*/\1/p' ends | head -n 1)
	day=$(sed -n 's/.*"date":"\([-0-9]*\)T.*/\1/p' ends | head -n 1)
	last=$(sed -n 's/.*"info_code":"\([^"]*\)".*/\1/p' ends | tail -n 1)
	rm -rf "$XDG_CACHE_HOME"
	check "a post of $2 takes four requests and 256 KiB, and the dictionary once" \
		fetched 5 $((262144 + dictionary)) "$narc" extract -p "$url" "$code"
	check "the next one four requests, and no dictionary" \
		fetched 4 131072 "$narc" extract -p "$url" "$last"
	check "the same one again one request" fetched 1 0 "$narc" extract -p "$url" "$code"
	rm -rf "$XDG_CACHE_HOME"
	check "a day takes six requests" fetched 6 $((524288 + dictionary)) "$narc" list --date "$day" "$url"
	check "and one when it was seen" fetched 1 0 "$narc" list --date "$day" "$url"
}
unset NARC_REMOTE_KEEP
# It takes some seconds until curl is sure, in which nothing else is asked of that server.
give_up() {
	XDG_CACHE_HOME=$scratch/other NARC_REMOTE_TIMEOUT=1 NARC_REMOTE_ATTEMPTS=2 \
		timeout 60 "$narc" list "$flat/stuck/a.narc" >stuck 2>&1
	echo "exit status $?" >>stuck
}
give_up &
giving_up=$!
# Trees of three levels, of a block for each post.
make_posts 70000 100 >posts.tar
for parity in 0 5%; do
	"$narc" pack --from-archive posts.tar --block-size 0 --preset fast --parity $parity \
		--dict-size 32K www/deep$parity.narc
	mv www/deep$parity.narc www/deep.narc
	check "an archive with parity $parity is good" "$narc" verify --quick www/deep.narc
	frugal deep "an archive of three levels, with parity $parity,"
done
# What fetches ahead has to be begun anew in the process that stays behind.
if can_mount; then
	check "a large one is mounted" env NARC_REMOTE_CACHE=4 "$narc" mount "$web/deep.narc" folder
	"$narc" extract -p --date 2015 www/deep.narc >wanted
	find folder -name '2015-*' | sort >paths
	check "and read" sh -c "timeout 60 xargs cat <paths >got; cmp wanted got && test -s got"
	fusermount3 -u folder || fusermount3 -uz folder
fi
rm posts.tar www/deep.narc
wait $giving_up
check "what is stuck is given up when its time is over" has "exit status 3" stuck
check "and that is told" has "narc: $flat/stuck/a.narc: " stuck
if [ -n "$long" ]; then
	for parity in 0 5%; do
		make_posts 145000 8000 | "$narc" pack --from-archive - --preset fast --parity $parity \
			--force www/large.narc
		check "an archive has a gigabyte" test "$(stat -c %s www/large.narc)" -ge $((1 << 30))
		frugal large "it, with parity $parity,"
	done
	rm www/large.narc
fi

# ---- what is kept ----------------------------------------------------------------------------------------

kept=$XDG_CACHE_HOME/newsarc
server=$flat/well
rm -rf "$XDG_CACHE_HOME"
check "a post is the same while it comes to be kept" same extract -p -- "$key"
check "and when it is" same extract -p -- "$key"
check "which takes one request, and no bytes" asked 1 0 "$narc" extract -p "$flat/well/a.narc" "$key"
modes() { stat -c %a "$kept" "$kept"/*; }
check "nobody else can look into what is kept" prints $'700\n600' modes
check "it is kept for each address" \
	sh -c "'$narc' list $flat/moved/a.narc >/dev/null && test \$(ls '$kept' | wc -l) -eq 2"
"$narc" list "$flat/well/a.narc?password=word" >/dev/null
check "no address is told there, nor what may be secret in it" \
	sh -c "! ls '$kept' | grep -q -e word -e narc && ! grep -r -q -e word= -e 127.0.0 '$kept'"
check "nothing is kept where none is to be" \
	sh -c "rm -r '$kept'; NARC_REMOTE_KEEP=0 '$narc' list $flat/well/a.narc >/dev/null && ! test -e '$kept'"
check "nor of a file that the server tells no versions of" \
	sh -c "'$narc' list $flat/untagged/a.narc >/dev/null; test -z \"\$(ls '$kept')\""

# Each byte of the file that something is wrong with.
"$narc" extract -p "$flat/well/a.narc" "$key" >/dev/null
cp "$kept"/*.pieces pieces
damaged() { # KEPT BYTES, HOW
	local file

	for file in "$kept"/*.pieces; do
		cp pieces "$file"
		"$python" - "$file" "$1" <<'END' || return
import sys
with open(sys.argv[1], "r+b") as file:
    content = bytearray(file.read())
    where, _, how = sys.argv[2].partition(":")
    place = int(where) % len(content)
    if how == "cut":
        content = content[:place]
    elif how == "more":
        content += b"more"
    else:
        content[place] ^= 1 << place % 8
    file.seek(0)
    file.truncate()
    file.write(content)
END
	done
	same extract -p -- "$key" && cmp "$file" pieces
}
for place in 0 7 8 16 18 90 272 276 280 5000 20000 100000 -1 -8 0:cut 5:cut 279:cut 9000:cut -1:cut 0:more; do
	check "what is damaged there at $place is fetched again, and kept" damaged $place
done

# Another file in its place.
make_site other 200
"$narc" pack other.narc other
other=$("$narc" list other.narc | awk 'END { print $NF }')
cp other.narc www/a.narc
swapped() {
	"$narc" list other.narc >wanted && "$narc" list "$1/a.narc" >got && cmp wanted got &&
		fails 1 "no such" "$narc" extract -p "$1/a.narc" "$key" &&
		"$narc" extract -p other.narc "$other" >wanted &&
		"$narc" extract -p "$1/a.narc" "$other" >got && cmp wanted got
}
check "of a file that was replaced, nothing is taken that was kept of the other" swapped "$flat/well"
cp here.narc www/a.narc
check "nor when it is there again" same extract -p -- "$key"
"$narc" list "$web/a.narc" >/dev/null
touch -d "1 day ago" other.narc
cp -p other.narc www/a.narc
check "nor with another server" swapped "$web"
cp here.narc www/a.narc

check "a folder that cannot be made does no harm" \
	env XDG_CACHE_HOME=/dev/null/none "$narc" extract -p "$flat/well/a.narc" "$key"
mkdir locked && chmod 500 locked
check "nor one that cannot be written to" \
	without_powers env XDG_CACHE_HOME=$PWD/locked "$narc" extract -p "$flat/well/a.narc" "$key"
check "a path that begins nowhere is no folder for it" \
	sh -c "XDG_CACHE_HOME=elsewhere '$narc' list $flat/well/a.narc >/dev/null && ! test -e elsewhere && test -d .cache/newsarc"
check "what is a link there is not followed" \
	sh -c "cp pieces before; for file in '$kept'/*; do ln -sf $PWD/pieces \$file; done; '$narc' list $flat/well/a.narc >/dev/null && cmp pieces before"

# Many at once.
rm -r "$kept"
crowd() {
	local i

	"$narc" extract -p here.narc "$key" >wanted
	for i in 1 2 3 4 5 6 7 8; do
		"$narc" extract -p "$flat/well/a.narc" "$key" >got.$i &
		pids[i]=$!
	done
	for i in 1 2 3 4 5 6 7 8; do
		wait "${pids[i]}" && cmp wanted got.$i || return
	done
}
check "several processes come and go" crowd
check "and again, when it is kept" crowd
check "of which nothing else is left" test "$(ls "$kept" | wc -l)" -eq 1

# What was not used for longest gives way.
head -c 260M /dev/zero >"$kept/old.pieces"
touch -d "1 day ago" "$kept/old.pieces"
rm "$kept"/[0-9a-f]*.pieces
"$narc" list "$flat/well/a.narc" >/dev/null
check "but a limit" sh -c "! test -e '$kept/old.pieces' && test \$(ls '$kept' | wc -l) -eq 1"

finish
