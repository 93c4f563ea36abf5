#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The page of narc report in a browser. A folder as NARC_PICTURES gets pictures of it.
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/needs.sh"

"$python" "$here/report_site.py" site
"$narc" pack --preset fast site.narc site
"$narc" report --html -o page.html site.narc
page=$PWD/page.html
cd "$folder" || exit 1
CHROMIUM=$chromium node report.mjs "$page" ${NARC_PICTURES:-}
