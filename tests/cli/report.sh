#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# report counts what other tools count in the same files, finds what was put there to be found, and
# shows it at a terminal, to programs and in a page without harm.
. "$(dirname "$0")/lib.sh"

"$python" "$here/report_site.py" site
"$narc" pack --preset fast --block-size 8K a.narc site
"$narc" report --json --top 0 a.narc >a.json

# said EXPRESSION [FILE]: prints what this is in the report, as Python has it; values(O, NAME...) are
# those of an object.
said() {
	"$python" - "$1" "${2:-a.json}" <<'END'
import json, sys
r = json.load(open(sys.argv[2], encoding="utf-8", errors="surrogateescape"))
def values(one, *names):
    return " ".join(str(one[name]) for name in names)
print(eval(sys.argv[1]))
END
}

# same EXPRESSION COMMAND: both print the same lines.
same() {
	diff <(said "$1") <(eval "$2")
}

posts() {
	grep -lr --include='*.md' -e '^---$' site
}

check "the report is JSON" "$python" -m json.tool a.json /dev/null

# ---- counted by other means -----------------------------------------------------------------------

check "posts are those that have front matter" same 'r["posts"]' 'posts | wc -l'
check "their sizes are those of the files" \
	same 'r["size"]' "posts | xargs stat -c %s | awk '{ sum += \$1 } END { print sum }'"
check "posts by day are what their dates say, or their names" \
	same '"\n".join(values(d, "posts", "date") for d in r["days"]["list"])' \
	'posts | while read -r path; do
		date=$(sed -n "s/^date: \(2022-[0-9-]*\) .*/\1/p" "$path")
		[ -n "$date" ] || date=$(basename "$path" | cut -c 1-10)
		echo "$date"
	done | sort | uniq -c | sed "s/^ *//"'
check "months are the sums of their days" \
	prints True said 'all(m["posts"] == sum(d["posts"] for d in r["days"]["list"] if d["date"][:7] == m["month"]) for m in r["months"])'
check "posts by category are what they say" \
	same '"\n".join(sorted(values(c, "posts", "name") for c in r["categories"]["list"] if c["name"] in ("news", "sports", "local", "agency", "herald")))' \
	'for name in agency herald local news sports; do
		echo "$(grep -lrE "^categories: (.* )?$name( |\$)" site | wc -l) $name"
	done | sort'
check "groups of equal contents are those of sha256sum" \
	same 'values(r["equal_contents"], "total", "posts")' \
	"posts | xargs sha256sum | cut -c 1-64 | sort | uniq -c | awk '\$1 > 1 { n++; sum += \$1 } END { print n, sum }'"
check "and what they take more is known" \
	same 'r["equal_contents"]["spare_size"]' \
	"stat -c %s site/older_post/*.md | awk '{ print 2 * \$1 }'"
check "the largest posts are those of find" \
	same '"\n".join(str(p["size"]) for p in r["largest"]["list"][:20])' \
	"posts | xargs stat -c %s | sort -rn | head -n 20"
check "all that the months take is all that info says of the blocks" \
	same 'abs(sum(m["stored_size"] for m in r["months"] + [r["other_files"]]) - '"$("$narc" info --json a.narc |
		sed 's/.*"blocks_size":\([0-9]*\).*/\1/')"') <= len(r["months"])' "echo True"
check "and their contents all that is stored" \
	same 'sum(m["content_size"] for m in r["months"] + [r["other_files"]])' \
	"'$narc' info --json a.narc | sed 's/.*\"stored_content_size\":\([0-9]*\).*/\1/'"

# ---- what there is to be found --------------------------------------------------------------------

check "sudden drops are found" \
	prints "2022-02-23 2022-02-24 4 36, 2022-03-29 2022-03-29 2 18" \
	said '", ".join(values(d, "from", "to", "posts", "expected") for d in r["days"]["drops"]["ranges"])'
check "missing days are found, and how many posts were to be expected" \
	prints "2022-02-10 2022-02-10 18, 2022-03-11 2022-03-14 36" \
	said '", ".join(values(d, "from", "to", "expected") for d in r["days"]["missing"]["ranges"] if d["expected"])'
check "weekends are missing days of which nothing was to be expected" \
	prints True \
	said '[d["days"] for d in r["days"]["missing"]["ranges"] if not d["expected"]] == 18 * [2]'
check "a story is found in several categories, whatever was changed" \
	prints "Story one,Story one! 故事二,故事二" \
	said '" ".join(sorted(",".join(p["title"] for p in g["posts"]["list"]) for g in r["similar_texts"]["list"] if g["several_categories"]))'
check "these come first, and others are told of too" \
	prints "([True, True, False], '3 2')" \
	said '[g["several_categories"] for g in r["similar_texts"]["list"]], values(r["similar_texts"], "total", "of_several_categories")'
check "posts of one infoCode are found, with several contents first" \
	prints "[(2, True), (3, False)]" \
	said '[(g["posts"]["total"], g["several_contents"]) for g in r["equal_codes"]["list"]]'
check "front matter that is not YAML is named, with line and reason" \
	prints "['a: b: c 2 mapping values are not allowed in this context', 'he said \"no\" 2 did not find expected key']" \
	said '[values(p, "title", "line", "problem") for p in r["faults"]["not_yaml"]["list"]]'
for fault in "no_title 1" "no_date 1" "bad_date 1" "other_date 1" "no_code 1" "no_category 1" "no_front_matter 1"; do
	check "$fault" prints "${fault#* }" said "r['faults']['${fault% *}']['total']"
done
check "a post with another day than its file name is named" \
	prints "_posts/2022-03-24-NW202203240000000000.md" said 'r["faults"]["other_date"]["list"][0]["path"]'
check "a post without infoCode is named" \
	prints "_posts/2022-03-25-without-code.md" said 'r["faults"]["no_code"]["list"][0]["path"]'
check "Markdown without front matter is named" \
	prints "README.md" said 'r["faults"]["no_front_matter"]["list"][0]["path"]'

# ---- the shape that is documented -------------------------------------------------------------------

same_shape() {
	"$python" - "$here/../../docs/report.md" a.json <<'END'
import json, re, sys
wanted = json.loads(re.search(r"```json\n(.*?)```", open(sys.argv[1], encoding="utf-8").read(), re.S).group(1))
got = json.load(open(sys.argv[2], encoding="utf-8"))
wrong = []
def compare(place, a, b):
    if type(a) is not type(b):
        wrong.append(f"{place}: {a!r} and {b!r}")
    elif isinstance(a, dict):
        if list(a) != list(b):
            wrong.append(f"{place}: {list(a)} and {list(b)}")
        for key in a.keys() & b.keys():
            compare(f"{place}.{key}", a[key], b[key])
    elif isinstance(a, list) and a and b:
        compare(place + "[]", a[0], b[0])
compare("", wanted, got)
print("\n".join(wrong))
sys.exit(bool(wrong))
END
}
check "fields are those that are documented, in the same order" same_shape

# ---- options --------------------------------------------------------------------------------------

"$narc" report --json --top 1 a.narc >top.json
check "--top bounds lists, and their totals stay" \
	prints "[(2, 1), (2, 1), (3, 1)]" \
	said '[(l["total"], len(l["list"])) for l in (r["faults"]["not_yaml"], r["equal_codes"], r["similar_texts"])]' top.json
for threads in 1 3; do
	check "--threads $threads reports the same" \
		sh -c "'$narc' report --json --top 0 --threads $threads a.narc | cmp - a.json"
done
"$narc" report --json --date 2022-02 --category sports a.narc >part.json
check "filters choose posts" \
	prints "$(grep -lr '^date: 2022-02-' site | xargs grep -lE '^categories: (.* )?sports' | wc -l)" said 'r["posts"]' part.json
sed -i 's/^Text\.$/Other text./' site/_posts/2022-03-25-without-code.md
"$narc" append a.narc site
"$narc" report --json --top 0 --as-of 1 a.narc >before.json
check "--as-of reports what was" \
	same "$(said '(r["posts"], r["size"], r["largest"])' before.json)" "echo \"$(said '(r["posts"], r["size"], r["largest"])')\""
check "-o writes a file" sh -c "'$narc' report --json -o out.json a.narc && '$narc' report --json a.narc | cmp - out.json"
check "-o - is standard output" sh -c "'$narc' report --json -o - a.narc | cmp - out.json"
check "-o takes a pipe" sh -c "'$narc' report --json -o /dev/stdout a.narc | cat | cmp - out.json"
check "-o does not replace the archive" fails 2 "would replace the archive" "$narc" report -o a.narc a.narc
check "-o in a folder that is not there fails" fails 3 "none/x" "$narc" report -o none/x a.narc
check "a full disk is told of" fails 3 "" sh -c "'$narc' report a.narc >/dev/full"
check "other files alone are refused" fails 2 "--kind file" "$narc" report --kind file a.narc
check "a wrong number is refused" fails 2 "--top" "$narc" report --top x a.narc
check "--progress says how far it is" \
	sh -c "'$narc' report --progress a.narc 2>&1 >/dev/null | grep -q 'reading 0 %, 0 of '"
check "elsewhere than at a terminal nothing is said of it" \
	sh -c "test -z \"\$('$narc' report a.narc 2>&1 >/dev/null)\""
check "two archives are one too many" fails 2 "one archive" "$narc" report a.narc a.narc
check "a limit is kept" fails 1 "limit" "$narc" report --limit-output 10K a.narc
check "an archive of nothing is reported" sh -c "mkdir none; '$narc' pack none.narc none 2>/dev/null; '$narc' report none.narc && '$narc' report --html none.narc && '$narc' report --json none.narc"

# ---- damage ---------------------------------------------------------------------------------------

"$python" - <<'END'
import json, subprocess, os
data = bytearray(open("a.narc", "rb").read())
start = json.loads(subprocess.run([os.environ["NARC"], "info", "--json", "a.narc"], capture_output=True).stdout)["blocks_offset"]
data[start + 500] ^= 1
open("damaged.narc", "wb").write(data)
END
check "damage ends a report" fails 1 "narc verify" "$narc" report damaged.narc
check "before anything is written" prints "" sh -c "'$narc' report damaged.narc 2>/dev/null || true"
check "--keep-going reports what can be read, and says that it is not all" \
	sh -c "'$narc' report --keep-going damaged.narc 2>said >kept.txt; test \$? -eq 1 && grep -q 'not in this report' kept.txt && test -s said"

# ---- at a terminal --------------------------------------------------------------------------------

check "what is shown is harmless" harmless "$narc" report --top 0 a.narc
check "as JSON, too" harmless "$narc" report --json a.narc
fits() {
	"$narc" report a.narc | "$python" -c '
import sys, unicodedata
wide = [line for line in open(0, encoding="utf-8")
        if sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line.rstrip("\n")) > 80]
print("".join(wide))
sys.exit(bool(wide))'
}
check "lines fit into 80 columns" fits
check "months, the drops and the story are shown" \
	sh -c "'$narc' report a.narc >text && grep -q '^  2022-03 ' text && grep -q '2022-02-23 to 2022-02-24' text && grep -q 'Story one!' text"

# ---- the page -------------------------------------------------------------------------------------

"$narc" report --html --top 0 a.narc >page.html
if command -v tidy >/dev/null; then
	check "the page is HTML without faults" tidy -quiet -errors -utf8 page.html
else
	skip "the page is HTML without faults" "tidy is missing"
fi
harmless_page() {
	"$python" - <<'END'
from html.parser import HTMLParser
import sys
class Page(HTMLParser):
    wrong, text, open = [], "", []
    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "br", "rect"):
            self.open.append(tag)
        for name, value in attributes:
            if name in ("src", "data", "action") or name.startswith("on") or \
                    (name in ("href", "xlink:href") and not value.startswith("#")):
                self.wrong.append((tag, name, value))
        if tag in ("script", "link", "img", "iframe", "object", "form", "base", "b"):
            self.wrong.append(tag)
    def handle_endtag(self, tag):
        if self.open.pop() != tag:
            self.wrong.append("/" + tag)
    def handle_startendtag(self, tag, attributes):
        pass
    def handle_data(self, data):
        self.text += data
page = Page()
page.feed(open("page.html", encoding="utf-8").read())
wanted = ["<script>alert('owned')</script><img src=x onerror=alert(1)>", "evil\\u{202e}<b>", "故事二"]
missing = [text for text in wanted if text not in page.text]
print(page.wrong, page.open, missing)
sys.exit(bool(page.wrong or page.open or missing))
END
}
check "it loads nothing, runs nothing, and shows titles as text" harmless_page
check "it tells of the drops, the gaps and the story" \
	sh -c "grep -q 2022-02-23 page.html && grep -q 2022-03-11 page.html && grep -q 'Story one!' page.html"

finish
