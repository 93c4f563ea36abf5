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
	trap end_store EXIT
}
end_store() {
	kill $helpers 2>/dev/null
	bash "$here/../ceph.sh" stop "$ceph"
	clean_up
}

# request METHOD KEY CURL_OPTIONS...: as any client of S3 does it.
request() {
	local method=$1 name=$2

	shift 2
	curl -fs --noproxy '*' --aws-sigv4 "aws:amz:$AWS_REGION:s3" \
		--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
		-H "x-amz-content-sha256: UNSIGNED-PAYLOAD" -X "$method" "$@" "$AWS_ENDPOINT_URL/$name"
}
