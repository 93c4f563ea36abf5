# SPDX-License-Identifier: BSD-2-Clause
# An object store for a test, which is sourced by it: begin_store, and then it is there until the end.

unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
unset ${!AWS_*}
export HOME=$PWD
ceph=$PWD/ceph
helpers= # processes that are to end with it

# begin_store WHAT [DAEMONS]: where it cannot be had, what the test is of is skipped.
begin_store() {
	bash "$here/../ceph.sh" start "$ceph" ${2:+"$2"} >store 2>why || {
		skip "$1" "Ceph does not run here: $(tail -n 1 why)"
		finish
	}
	. ./store
	gateway=$AWS_ENDPOINT_URL
	trap end_store EXIT
}
end_store() {
	kill $helpers 2>/dev/null
	bash "$here/../ceph.sh" stop "$ceph"
	clean_up
}

# Has all that follows go through a proxy of this kind; "" is the gateway itself.
through() { # HOW [SEED]
	local how=$1 seed=${2:-1} i

	AWS_ENDPOINT_URL=$gateway
	test "$how" || return 0
	if [ ! -s "port.$how" ]; then
		"$python" "$here/s3_proxy.py" "${gateway##*:}" "port.$how" "$how" "$seed" 2>/dev/null &
		helpers="$helpers $!"
		for ((i = 0; i < 100; i++)); do
			test -s "port.$how" && break
			sleep 0.1
		done
	fi
	AWS_ENDPOINT_URL=http://127.0.0.1:$(cat "port.$how")
}
# signal DAEMON SIGNAL: to a process of the store.
signal() {
	bash "$here/../ceph.sh" signal "$ceph" "$1" "$2"
}

# request METHOD KEY CURL_OPTIONS...: as any client of S3 does it.
request() {
	local method=$1 name=$2

	shift 2
	curl -fs --noproxy '*' --aws-sigv4 "aws:amz:$AWS_REGION:s3" \
		--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
		-H "x-amz-content-sha256: UNSIGNED-PAYLOAD" -X "$method" "$@" "$AWS_ENDPOINT_URL/$name"
}
