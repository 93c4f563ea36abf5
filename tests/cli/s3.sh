#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Archives in an object store.
. "$(dirname "$0")/lib.sh"
. "$here/store.sh"

begin_store "archives in an object store"
make_site site 300
"$narc" pack here.narc site
key=$("$narc" list here.narc | awk 'END { print $NF }')
request PUT bucket
for name in a.narc "folder/a%20b%2B%E6%96%B0%3D%26%231%3A.narc"; do
	request PUT "bucket/$name" -T here.narc
done

same() { # URL
	"$narc" export here.narc >wanted && "$narc" export "$1" >got && cmp wanted got && test -s got
}
check "an object is exported as a file is" same s3://bucket/a.narc
check "whatever its key" same "s3://bucket/folder/a b+新=&#1:.narc"
check "a post is extracted" \
	sh -c "'$narc' extract -p here.narc $key >wanted; '$narc' extract -p s3://bucket/a.narc $key | cmp - wanted"
check "it is verified" "$narc" verify s3://bucket/a.narc
check "an object that is not there is told of" fails 3 "404 NoSuchKey" "$narc" list s3://bucket/none
check "a bucket too" fails 3 "404 NoSuchBucket" "$narc" list s3://nobucket/a.narc
check "a wrong secret too" \
	fails 3 "403 SignatureDoesNotMatch" env AWS_SECRET_ACCESS_KEY=wrong "$narc" list s3://bucket/a.narc
AWS_SECRET_ACCESS_KEY=secretword "$narc" list s3://bucket/a.narc 2>told
check "but not told on" sh -c "! grep -q secretword told"
check "nobody may read, where it is not allowed" \
	fails 3 "403 AccessDenied" env -u AWS_ACCESS_KEY_ID "$narc" list s3://bucket/a.narc

# What the environment does not say.
mkdir .aws
cat >.aws/credentials <<END
# keys
[default]
aws_access_key_id = wrong
aws_secret_access_key = wrong

[store]
aws_access_key_id=$AWS_ACCESS_KEY_ID
aws_secret_access_key = $AWS_SECRET_ACCESS_KEY
END
cat >.aws/config <<END
[default]
region = us-east-1

[profile store]
region = us-east-1
s3 =
  addressing_style = path
endpoint_url = $AWS_ENDPOINT_URL/
END
without() {
	env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_ENDPOINT_URL -u AWS_REGION "$@"
}
check "a profile says who asks, and whom" \
	without AWS_PROFILE=store "$narc" list s3://bucket/a.narc
check "another one is another one" \
	fails 3 "403" without AWS_ENDPOINT_URL="$AWS_ENDPOINT_URL" "$narc" list s3://bucket/a.narc
check "one that is not there is told of" \
	fails 3 'no profile "nobody"' without AWS_PROFILE=nobody "$narc" list s3://bucket/a.narc
mv .aws/credentials keys
mv .aws/config settings
check "they may be in other files" \
	without AWS_PROFILE=store AWS_SHARED_CREDENTIALS_FILE=keys AWS_CONFIG_FILE=settings \
	"$narc" list s3://bucket/a.narc

finish
