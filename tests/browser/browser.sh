#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# narc serve in a browser: makes an archive, serves it, and has browser.mjs look at it. A folder as
# NARC_PICTURES gets pictures of all pages.
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/needs.sh"

code=NW202201090000000001
hostile=NW202201090000000002
make_site site 400
post() {
	cat >"site/_posts/2022-01-09-$1.md"
}
post $code <<'END'
---
title: 龙年快乐，A post of two versions
date: 2022-01-09 09:30:00 +0800
categories: finance
tags: [one, 二]
---
It began. Then it ends.
END
post $hostile <<'END'
---
title: "<script>document.title='owned'</script><img src=x onerror=alert(1)>"
date: 2022-01-09 10:30:00 +0800
categories: finance
tags: "<script>alert(1)</script>"
---
<p>The text of it</p>
<meta http-equiv="refresh" content="1;url=http://127.0.0.1:6797/refresh">
<meta http-equiv="Content-Security-Policy" content="default-src *; script-src * 'unsafe-inline'">
<base href="http://127.0.0.1:6797/">
<link rel="stylesheet" href="http://127.0.0.1:6797/style.css">
<link rel="preconnect" href="http://127.0.0.1:6797/"><link rel="dns-prefetch" href="http://127.0.0.1:6797/">
<link rel="prefetch" href="http://127.0.0.1:6797/prefetch"><link rel="icon" href="http://127.0.0.1:6797/icon">
<script>document.title = "owned"; alert(1); fetch("http://127.0.0.1:6797/fetch")</script>
<script src="http://127.0.0.1:6797/script.js"></script>
<script type="speculationrules">{"prefetch":[{"source":"list","urls":["http://127.0.0.1:6797/rules"]}]}</script>
<img src="http://127.0.0.1:6797/img.png" onerror="alert(2)"><img src=x onerror="top.document.title='owned'">
<svg onload="alert(3)"><image href="http://127.0.0.1:6797/svg.png"/></svg>
<iframe src="http://127.0.0.1:6797/frame"></iframe><iframe srcdoc="<script>top.alert(4)</script>"></iframe>
<object data="http://127.0.0.1:6797/object"></object><embed src="http://127.0.0.1:6797/embed">
<video src="http://127.0.0.1:6797/video" autoplay></video><audio src="http://127.0.0.1:6797/audio" autoplay></audio>
<style>@import url("http://127.0.0.1:6797/import.css"); body { background: url("http://127.0.0.1:6797/bg.png") }
@font-face { font-family: f; src: url("http://127.0.0.1:6797/font") } p { font-family: f }</style>
<form action="http://127.0.0.1:6797/form"><input name="a" autofocus onfocus="alert(5)"><input type="submit"></form>
<button onclick="alert(6)">Press</button>
<a class="trap" href="javascript:alert(7)">script</a>
<a class="trap" href="http://127.0.0.1:6797/blank" target="_blank">a new window</a>
<a class="trap" href="data:text/html,<script>alert(8)</script>" target="_top">data</a>
<math><mtext><table><mglyph><style><img src=x onerror=alert(9)></style></mglyph></table></mtext></math>
</body></html><script>alert(10)</script>
END
"$narc" pack site.narc site
sed -i 's/Then it/Now it/' "site/_posts/2022-01-09-$code.md"
"$narc" append site.narc site

"$narc" serve --listen 127.0.0.1:0 site.narc >url &
server=$!
trap 'kill $server 2>/dev/null; clean_up' EXIT
for _ in $(seq 100); do
	[ ! -s url ] || break
	sleep 0.1
done
address=$(sed 's,/$,,' url)
cd "$folder" || exit 1
CHROMIUM=$chromium node browser.mjs "$address" $code $hostile ${NARC_PICTURES:-}
