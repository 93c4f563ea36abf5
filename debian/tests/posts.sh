# SPDX-License-Identifier: BSD-2-Clause
# What the tests of the installed packages begin with: a folder of their own, with the posts of
# two days below site.
set -eu
cd "${AUTOPKGTEST_TMP:?is where these tests work}"

code=NW202201052237021712
post=_posts/2022-01-05-$code.md
mkdir -p site/_posts
printf -- '---\ndate: 2022-01-05 11:01:51 +0800\ncategories: emnews\n---\nThe first.\n' \
	>"site/$post"
printf -- '---\ndate: 2022-01-06 08:30:00 +0800\n---\nThe second.\n' \
	>site/_posts/2022-01-06-NW202201062237099999.md
