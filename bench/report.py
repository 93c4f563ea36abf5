# SPDX-License-Identifier: BSD-2-Clause
"""Writes down what was measured: all of it as JSON and CSV, the sum of it as tables."""
import csv
import json
import os
import textwrap

import goals
import peers
import searching
import serving
import summary
from table import Table, short, span

SLOW = [tool for tool in peers.ALL if tool.once]


def describe(results):
    """What was measured on what, in lines for the reader."""
    machine, corpus = results["machine"], results["corpus"]
    tools = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    return "\n".join([
        f"{machine['date']}; {machine['processors']} processors ({machine['processor']}),"
        f" {machine['memory_gb']} GB",
        f"{machine['system']}, Linux {machine['kernel']}, {machine['file_system']}",
        *textwrap.wrap(tools, 78, break_on_hyphens=False),
        f"{corpus['source']}: {corpus['size'] / 1e6:.1f} MB in {corpus['files']} files;"
        f" {results['rounds']} round{'s'[:results['rounds'] > 1]}",
    ]) + "\n"


def tables(results):
    found = []
    if "compare" in results:
        found += [_packing(results), _reading(results)]
    if "growth" in results:
        found += [_growing(results), _finding(results)]
    if "threads" in results:
        found.append(_threads(results))
    if "searching" in results:
        found.append(_searching(results["searching"]))
    if "nights" in results:
        found.append(_nights(results["nights"]))
    if "mount" in results:
        found.append(_mounts(results["mount"]))
    if "serve" in results:
        found.append(_serving(results["serve"]))
    if "parity" in results:
        found.append(_parity(results["parity"]))
    found.append(_goals(results))
    return [table for table in found if table.lines]


def _summaries(results):
    return {name: summary.of_tool(row, results["corpus"]["size"])
            for name, row in results["compare"].items()}


def _packing(results):
    lines = [[name, short(row["mb"]), f"{row['of_raw_percent']:.1f} %", short(row["pack_s"]),
              span(row["pack_range_s"]), short(row["pack_cpu_s"]), short(row["pack_rss_mb"])]
             for name, row in _summaries(results).items() if row["pack_s"]]
    return Table("Packing", ["", "MB", "of raw", "s", "min..max", "CPU s", "RSS MB"], lines,
                 "Medians. RSS is the peak of a pipeline's largest process. narc waits until its\n"
                 f"archive is on the disk. Packed once only: {', '.join(t.name for t in SLOW)}.\n"
                 "ZIM has the posts as pages of HTML.")


def _reading(results):
    lines = [[name, short(row["fetch_ms"]), span(row["fetch_quartiles_ms"]),
              short(row["extract_s"]), short(row["stream_s"]), short(row["verify_s"]),
              short(row["look_up_us"])]
             for name, row in _summaries(results).items()]
    few = {count: [tool.name for tool in peers.ALL if tool.posts == count and tool.fetch]
           for count in (10, 1)}
    return Table("Reading", ["", "post ms", "quartiles", "files s", "stream s", "verify s",
                             "open us"], lines,
                 textwrap.fill("Medians. Post: one of them by a new process, files in the page"
                               f" cache, 40 a round; 10 for {', '.join(few[10])}; 1, through a"
                               f" shell, for {', '.join(few[1])}. Files: all of them, to the"
                               " disk. Open: one post in a process that has the archive open.",
                               80))


def _growing(results):
    lines = [[f"{row['posts']:,}", short(row["raw_mb"]), short(row["generator_s"]),
              short(row["pack_s"]), short(row["pack_mb_per_s"]), short(row["pack_cpu_s"]),
              short(row["pack_rss_mb"]), short(row["file_mb"])]
             for row in map(summary.of_growth, results["growth"])]
    return Table("Growth: packing", ["posts", "raw MB", "generator s", "pack s", "MB/s", "CPU s",
                                     "RSS MB", "file MB"], lines,
                 "One run each; preset fast. The posts come through a pipe from the generator,\n"
                 "which takes as long as said even when nobody packs them.")


def _finding(results):
    lines = [[f"{row['posts']:,}", short(row["index_bytes_per_post"]), short(row["fetch_ms"]),
              short(row["fetch_rss_mb"]), short(row["look_up_p50_us"]),
              short(row["look_up_p99_us"]), short(row["cold_p50_us"]),
              f"{row['cold_reads_p50']:g}..{row['cold_reads_max']:g}", short(row["list_s"])]
             for row in map(summary.of_growth, results["growth"])]
    headings = ["posts", "index B", "post ms", "RSS MB", "p50 us", "p99 us", "cold us", "reads",
                "list s"]
    return Table("Growth: finding", headings, lines,
                 "Index: bytes a post. Post, RSS: of a new process that gets one. p50, p99: of\n"
                 "one that has the archive open. Cold: the same without a page of the index yet;\n"
                 "reads: its calls to read, median and maximum. List: all entries as JSON.")


def _threads(results):
    rows = [summary.of_threads(row, results["corpus"]["size"]) for row in results["threads"]]
    counts = sorted({row["threads"] for row in rows})
    lines = [[str(level), *(short(row["mb_per_s"]) for row in rows if row["level"] == level),
              next(f"{row['of_raw_percent']:.1f} %" for row in rows if row["level"] == level)]
             for level in dict.fromkeys(row["level"] for row in rows)]
    headings = ["level", *(f"{count} thread{'s'[:count > 1]}" for count in counts), "of raw"]
    return Table("Packing speed in MB/s", headings, lines)


def _searching(rows):
    tools = (searching.NARC, searching.RIPGREP)
    lines = []
    for row in rows:
        found = [summary.of_searching(row, tool.name) for tool in tools]
        lines.append([row["search"], *(short(1e3 * one["wall_s"]) for one in found),
                      *(short(1e3 * one["cpu_s"]) for one in found)])
    return Table("Searching", ["", *(f"{tool.name} ms" for tool in tools),
                               *(f"CPU ms, {tool.name}" for tool in tools)], lines,
                 "Medians. All lines that match are counted, post by post: by narc in an archive\n"
                 "at the default preset, by ripgrep in the files, both in the page cache.")


def _nights(nights):
    rows = {name: summary.of_nights(row) for name, row in nights["tools"].items()}
    lines = [[name, short(row["first_mb"]), short(row["mb"]), short(row["night_s"]),
              span(row["night_range_s"]), short(row["night_cpu_s"]), short(row["old_ms"])]
             for name, row in rows.items()]
    versions = len(nights["tools"][peers.NARC_NIGHTS.name]["old"])
    return Table(f"Nights: {len(nights['site']) - 1}",
                 ["", "first MB", "MB", "night s", "min..max", "CPU s", "old ms"], lines,
                 textwrap.fill(
                     f"Medians. A site has {nights['posts']} posts at first, and"
                     f" {nights['site'][-1] / 1e6:.1f} MB in the end. In a night"
                     f" {nights['new']} posts come, {nights['rewritten']} are rewritten, and"
                     " those that are three nights old are moved to another folder. First: the"
                     " archive of all before that; MB: all that the tool keeps in the end, of tar"
                     " a file a night. Old: a post as it was before it was rewritten, by a new"
                     f" process, files in the page cache, {versions} of them. All but tar wait"
                     " until it is on the disk.", 80))


def _mounts(mount):
    rows = [summary.of_mount(name, row) for name, row in mount["tools"].items()]
    lines = [[row["tool"], *(short(value) for name, value in row.items() if name != "tool")]
             for row in rows]
    return Table(f"Mounted: {mount['posts']:,} posts",
                 ["", "find s", "again", "sizes s", "again", "grep s", "again"], lines,
                 "Medians, of the first time after mounting, and of the second. Find: all names;\n"
                 "sizes: find -printf %s, which asks for each file; grep: -r, which reads all.\n"
                 "The files are in the page cache, and the archives.")


def _serving(servers):
    rows = {name: summary.of_server(row) for name, row in servers.items()}
    lines = [[name, short(row["per_second"]), span(row["range_per_second"]), short(row["p50_ms"]),
              short(row["p99_ms"])] for name, row in rows.items()]
    return Table("Serving single posts", ["", "posts/s", "min..max", "p50 ms", "p99 ms"], lines,
                 f"Medians. wrk asks for posts at random over {serving.CONNECTIONS} connections,\n"
                 "from the same machine, of whose time it takes its part.")


def _parity(parity):
    rows = {name: summary.of_parity(parity, name) for name in parity["tools"]}
    lines = [[name, short(row["mb"]),
              "-" if row["added_percent"] is None else f"{row['added_percent']:.2f} %",
              short(row["make_s"]), short(row["make_cpu_s"]), short(row["repair_s"]),
              short(row["repair_cpu_s"]), short(row["repair_rss_mb"])]
             for name, row in rows.items()]
    headings = ["", "MB", "added", "make s", "CPU s", "repair s", "CPU s", "RSS MB"]
    return Table("Parity", headings, lines,
                 textwrap.fill(
                     "Medians. An archive of preset fast; with 5 % of parity; with par2's 5 % in"
                     " files beside it. MB: all of that; added: to the archive that was asked for"
                     " none, which has a guard of 73 kB at most. Make: packing and parity. Repair,"
                     f" RSS: of {parity['lost'] / 1e3:.0f} kB in the midst that were overwritten,"
                     " after which the archive is as it was, bit for bit. Each of par2's files has"
                     " the hashes of its 2,000 blocks: the smaller the archive, the more that is.",
                     80))


def _goals(results):
    lines = [[text, short(ratio), span(spread)]
             for text, ratio, spread in goals.ratios(results)]
    lines += [[text, f"{short(number)} {unit}", ""]
              for text, number, unit in goals.absolutes(results)]
    return Table("Goals", ["", "ratio", "min..max"], lines,
                 "Ratios of medians, and of single rounds; below 1, narc is smaller or faster.")


def write(results, folder):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "results.json"), "w") as file:
        json.dump(results, file, indent=1)
    _write_csv(os.path.join(folder, "samples.csv"), _samples(results))
    if "compare" in results:
        _write_csv(os.path.join(folder, "compare.csv"),
                   [{"tool": name, **_flat(row)} for name, row in _summaries(results).items()])
    if "growth" in results:
        _write_csv(os.path.join(folder, "growth.csv"),
                   [summary.of_growth(row) for row in results["growth"]])
    if "threads" in results:
        _write_csv(os.path.join(folder, "threads.csv"),
                   [summary.of_threads(row, results["corpus"]["size"])
                    for row in results["threads"]])
    if "searching" in results:
        _write_csv(os.path.join(folder, "searching.csv"),
                   [summary.of_searching(row, tool) for row in results["searching"]
                    for tool in row["tools"]])
    if "nights" in results:
        _write_csv(os.path.join(folder, "nights.csv"), summary.by_night(results["nights"]))
    if "mount" in results:
        _write_csv(os.path.join(folder, "mount.csv"),
                   [summary.of_mount(name, row)
                    for name, row in results["mount"]["tools"].items()])
    if "parity" in results:
        _write_csv(os.path.join(folder, "parity.csv"),
                   [{"tool": name, **summary.of_parity(results["parity"], name)}
                    for name in results["parity"]["tools"]])
    with open(os.path.join(folder, "table.md"), "w") as file:
        file.write("\n".join(["```", describe(results) + "```", "",
                              *(table.markdown() for table in tables(results))]))


def _flat(row):
    """A spread takes two columns."""
    flat = {}
    for name, value in row.items():
        if name.endswith(("_range_s", "_quartiles_ms")):
            flat[name + "_low"], flat[name + "_high"] = value or (None, None)
        else:
            flat[name] = value
    return flat


def _samples(results):
    """Every single number that was measured in a round."""
    for name, row in results.get("compare", {}).items():
        for measure in ("pack", "extract", "stream", "verify"):
            for number, cost in enumerate(row[measure], 1):
                for what, value in cost.items():
                    yield {"of": name, "measure": f"{measure} {what}", "round": number,
                           "value": value}
        for number, latencies in enumerate(row["fetch"], 1):
            for value in latencies:
                yield {"of": name, "measure": "fetch wall", "round": number, "value": value}
        for number, found in enumerate(row["look_up"], 1):
            for what, value in found.items():
                yield {"of": name, "measure": f"look-up {what}", "round": number, "value": value}
    for row in results.get("threads", []):
        for number, value in enumerate(row["pack"], 1):
            yield {"of": f"level {row['level']}, {row['threads']} threads",
                   "measure": "pack wall", "round": number, "value": value}
    for row in results.get("searching", []):
        for tool in row["tools"]:
            for number, value in enumerate(summary.series_of_searching(row, tool), 1):
                yield {"of": tool, "measure": f"search wall, {row['search']}", "round": number,
                       "value": value}
    for name, row in results.get("serve", {}).items():
        for number, found in enumerate(row, 1):
            for what, value in found.items():
                yield {"of": name, "measure": f"serving {what}", "round": number, "value": value}
    for name, row in results.get("nights", {}).get("tools", {}).items():
        for number, value in enumerate(row["old"], 1):
            yield {"of": name, "measure": "old version wall", "round": number, "value": value}
    for name, row in results.get("mount", {}).get("tools", {}).items():
        for task, times in row.items():
            for time, values in times.items():
                for number, value in enumerate(values, 1):
                    yield {"of": name, "measure": f"mounted {task}, {time}", "round": number,
                           "value": value}
    for name, row in results.get("parity", {}).get("tools", {}).items():
        for measure in ("make", "repair"):
            for number, cost in enumerate(row[measure], 1):
                for what, value in cost.items():
                    yield {"of": f"parity: {name}", "measure": f"{measure} {what}",
                           "round": number, "value": value}


def _write_csv(path, rows):
    rows = list(rows)
    if not rows:
        return
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
