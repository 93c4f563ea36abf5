# SPDX-License-Identifier: BSD-2-Clause
"""From all that was measured to the few numbers that are shown."""
import statistics


def series(row, measure):
    """What a tool took for something: one number a round, in seconds, but of look-ups in one
    process in microseconds, and of its size, which is the same each time, in bytes."""
    if measure == "size":
        return [row["size"]]
    if measure == "fetch":
        return [statistics.median(latencies) for latencies in row["fetch"]]
    if measure == "look_up":
        return [found["p50_us"] for found in row["look_up"]]
    return [cost["wall"] for cost in row[measure]]


def of_tool(row, raw_size):
    """Medians, and the spread of what varies. What was not measured is None."""
    def middle(numbers, scale=1):
        return scale * statistics.median(numbers) if numbers else None

    def spread(numbers, scale=1):
        return tuple(scale * number for number in numbers) if numbers else None

    pack, latencies = series(row, "pack"), [one for some in row["fetch"] for one in some]
    return {
        "mb": row["size"] and row["size"] / 1e6,
        "of_raw_percent": row["size"] and 100 * row["size"] / raw_size,
        "pack_s": middle(pack),
        "pack_range_s": spread([min(pack), max(pack)] if pack else None),
        "pack_cpu_s": middle([cost["cpu"] for cost in row["pack"]]),
        "pack_rss_mb": middle([cost["rss"] for cost in row["pack"]], 1e-6),
        "fetch_ms": middle(latencies, 1e3),
        "fetch_quartiles_ms": spread(_quartiles(latencies), 1e3),
        "extract_s": middle(series(row, "extract")),
        "stream_s": middle(series(row, "stream")),
        "verify_s": middle(series(row, "verify")),
        "look_up_us": middle(series(row, "look_up")),
        "solid": row["solid"],
    }


def _quartiles(numbers):
    if len(numbers) < 2:
        return numbers * 2
    return statistics.quantiles(numbers, n=4, method="inclusive")[::2]


def of_growth(row):
    """Of one size. An index page is read but once while the archive is open: how many reads a
    look-up takes is seen before that."""
    info, pack, look_up, cold = row["info"], row["pack"], row["look_up"], row["look_up_cold"]
    raw_mb = info["content_size"] / 1e6
    return {
        "posts": row["posts"],
        "raw_mb": raw_mb,
        "generator_s": row["generator"]["wall"],
        "pack_s": pack["wall"],
        "pack_mb_per_s": raw_mb / pack["wall"],
        "pack_cpu_s": pack["cpu"],
        "pack_rss_mb": pack["rss"] / 1e6,
        "file_mb": info["file_size"] / 1e6,
        "index_bytes_per_post": info["index_size"] / info["entries"],
        "fetch_ms": 1e3 * statistics.median(row["fetch"]),
        "fetch_rss_mb": statistics.median(row["fetch_rss"]) / 1e6,
        "look_up_p50_us": look_up["p50_us"],
        "look_up_p99_us": look_up["p99_us"],
        "cold_p50_us": cold["p50_us"],
        "cold_reads_p50": cold["reads_p50"],
        "cold_reads_max": cold["reads_max"],
        "cold_bytes_p50": cold["bytes_p50"],
        "list_s": row["list"]["wall"],
    }


def series_of_nights(row, measure):
    """What a tool took for each night, in seconds, but for the first, which has all to pack; for
    each old version, in seconds; of its size, that after the last night, in bytes."""
    if measure == "size":
        return row["size"][-1:]
    if measure == "old":
        return row["old"]
    return [cost["wall"] for cost in row["night"][1:]]


def of_nights(row):
    nights, old = (series_of_nights(row, measure) for measure in ("night", "old"))
    return {
        "first_mb": row["size"][0] / 1e6,
        "mb": row["size"][-1] / 1e6,
        "night_s": statistics.median(nights),
        "night_range_s": (min(nights), max(nights)),
        "night_cpu_s": statistics.median(cost["cpu"] for cost in row["night"][1:]),
        "old_ms": 1e3 * statistics.median(old),
    }


def series_of_searching(row, tool):
    """What a tool took for a search, in seconds."""
    return [cost["wall"] for cost in row["tools"][tool]]


def of_searching(row, tool):
    return {
        "search": row["search"],
        "tool": tool,
        "wall_s": statistics.median(series_of_searching(row, tool)),
        "cpu_s": statistics.median(cost["cpu"] for cost in row["tools"][tool]),
    }


def by_night(nights):
    """A row a night and tool."""
    for name, row in nights["tools"].items():
        for night, (site, size, cost) in enumerate(zip(nights["site"], row["size"],
                                                       row["night"])):
            yield {"night": night, "tool": name, "site_mb": site / 1e6, "mb": size / 1e6,
                   "wall_s": cost["wall"], "cpu_s": cost["cpu"], "rss_mb": cost["rss"] / 1e6}


def series_of_parity(parity, name, measure):
    """What an archive with parity takes: to be made, or repaired, one number a round, in seconds;
    of its size, what it has more than the first, which has none, in bytes."""
    row, bare = parity["tools"][name], next(iter(parity["tools"].values()))
    if measure == "size":
        return [row["size"] - bare["size"]]
    return [cost["wall"] for cost in row[measure]]


def of_parity(parity, name):
    """Medians. The archive without parity has nothing added, and is not repaired: None."""
    def middle(costs, what, scale=1):
        return scale * statistics.median(cost[what] for cost in costs) if costs else None

    row, added = parity["tools"][name], series_of_parity(parity, name, "size")[0]
    return {
        "mb": row["size"] / 1e6,
        "added_percent": 100 * added / (row["size"] - added) if row["repair"] else None,
        "make_s": middle(row["make"], "wall"),
        "make_cpu_s": middle(row["make"], "cpu"),
        "repair_s": middle(row["repair"], "wall"),
        "repair_cpu_s": middle(row["repair"], "cpu"),
        "repair_rss_mb": middle(row["repair"], "rss", 1e-6),
    }


def of_threads(row, raw_size):
    return {
        "level": row["level"],
        "threads": row["threads"],
        "mb_per_s": raw_size / 1e6 / statistics.median(row["pack"]),
        "of_raw_percent": 100 * row["size"] / raw_size,
    }


def of_mount(name, row):
    return {"tool": name} | {f"{task}_{time}_s": statistics.median(values)
                             for task, times in row.items() for time, values in times.items()}


def of_server(rounds):
    per_second = [found["requests"] / found["seconds"] for found in rounds]
    return {
        "per_second": statistics.median(per_second),
        "range_per_second": (min(per_second), max(per_second)),
        "p50_ms": statistics.median(found["p50_ms"] for found in rounds),
        "p99_ms": statistics.median(found["p99_ms"] for found in rounds),
    }
