# SPDX-License-Identifier: BSD-2-Clause
# What scripts in this folder start with: where the browser is. Where there is none, a script is
# skipped. $folder is this folder.
. "$folder/../cli/lib.sh"

chromium=${CHROMIUM:-$(command -v chromium)}
if [ -z "$chromium" ] || ! command -v node >/dev/null; then
	skip "pages in a browser" "chromium or nodejs is missing"
	finish
fi
if [ ! -d "$folder/node_modules/playwright-core" ]; then
	skip "pages in a browser" "\"npm ci\" was not run in tests/browser"
	finish
fi
[ -z "${NARC_PICTURES:-}" ] || mkdir -p "$NARC_PICTURES"
