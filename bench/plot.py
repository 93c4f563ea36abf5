# SPDX-License-Identifier: BSD-2-Clause
"""Draws what was measured, with gnuplot."""
import csv
import math
import os
import subprocess

import peers
import summary

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "plots")
FORMATS = ("svg", "png")

# Of the plot of all tools: its size, where its axes are, and how much room text takes.
WIDTH, HEIGHT = 960, 640
EDGES = {"left_edge": 0.08, "right_edge": 0.975, "bottom_edge": 0.11, "top_edge": 0.86}
LETTER, LINE = 7.9, 17
NEAR = 16                       # what is no farther from its label needs no line to it


def draw(results, folder):
    if "compare" in results:
        _draw_compare(results, folder)
    if "growth" in results:
        counts = [row["posts"] for row in results["growth"]]
        _gnuplot("growth", folder, os.path.join(folder, "growth.csv"),
                 x_min=min(counts) / 1.4, x_max=max(counts) * 1.4)
    if "threads" in results:
        counts = sorted({row["threads"] for row in results["threads"]})
        _gnuplot("threads", folder, os.path.join(folder, "threads.csv"),
                 counts=" ".join(map(str, counts)))
    if "nights" in results:
        _gnuplot("nights", folder, os.path.join(folder, "nights.csv"),
                 rows=len(results["nights"]["site"]),
                 names=" ".join(f'"{name}"' for name in results["nights"]["tools"]))


def _gnuplot(name, folder, data, **variables):
    for form in FORMATS:
        values = dict(variables, folder=SCRIPTS, data=data, format=form,
                      output_file=os.path.join(folder, f"{name}.{form}"))
        settings = "; ".join(f"{key} = {_quote(value)}" for key, value in values.items())
        subprocess.run(["gnuplot", "-e", settings, os.path.join(SCRIPTS, name + ".gp")],
                       check=True)


def _quote(value):
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def _draw_compare(results, folder):
    rows = {name: summary.of_tool(row, results["corpus"]["size"])
            for name, row in results["compare"].items()}
    plain_ms = rows.pop(peers.PLAIN.name)["fetch_ms"]
    rows = {name: row for name, row in rows.items() if row["fetch_ms"]}
    scale = Scale([row["of_raw_percent"] for row in rows.values()],
                  [plain_ms, *(row["fetch_ms"] for row in rows.values())])
    data = os.path.join(folder, "compare-plot.csv")
    with open(data, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for name, (anchor, x, y, distance) in place_labels(rows, scale, plain_ms).items():
            row = rows[name]
            writer.writerow([_group(name, row), row["of_raw_percent"], row["fetch_ms"], name,
                             *scale.to_data(x, y), anchor, int(distance > NEAR)])
    _gnuplot("compare", folder, data, plain_ms=plain_ms, **scale.limits(), **EDGES)


def _group(name, row):
    return "narc" if name.startswith("narc") else "solid" if row["solid"] else "any"


class Scale:
    """From data to the dots of the picture and back; both axes are logarithmic."""

    def __init__(self, xs, ys):
        self._x = math.log(min(xs) / 1.12), math.log(max(xs) * 1.3)
        self._y = math.log(min(ys) / 1.6), math.log(max(ys) * 1.6)

    def limits(self):
        return {"x_min": math.exp(self._x[0]), "x_max": math.exp(self._x[1]),
                "y_min": math.exp(self._y[0]), "y_max": math.exp(self._y[1])}

    def to_dots(self, x, y):
        """From the top left corner, as pictures go."""
        across = (math.log(x) - self._x[0]) / (self._x[1] - self._x[0])
        up = (math.log(y) - self._y[0]) / (self._y[1] - self._y[0])
        return (WIDTH * (EDGES["left_edge"] + across * self._width()),
                HEIGHT * (1 - EDGES["bottom_edge"] - up * self._height()))

    def to_data(self, x, y):
        across = (x / WIDTH - EDGES["left_edge"]) / self._width()
        up = (1 - EDGES["bottom_edge"] - y / HEIGHT) / self._height()
        return (math.exp(self._x[0] + across * (self._x[1] - self._x[0])),
                math.exp(self._y[0] + up * (self._y[1] - self._y[0])))

    def _width(self):
        return EDGES["right_edge"] - EDGES["left_edge"]

    def _height(self):
        return EDGES["top_edge"] - EDGES["bottom_edge"]


def place_labels(rows, scale, line_at):
    """Of each name its label's anchor, its place in dots, its distance from the point: the
    nearest that covers no point, label or line. Those in the thick of it choose first."""
    points = {name: scale.to_dots(row["of_raw_percent"], row["fetch_ms"])
              for name, row in rows.items()}
    _, line = scale.to_dots(1, line_at)
    taken = [(0, line - 2, WIDTH, line + 2),
             *((x - 7, y - 7, x + 7, y + 7) for x, y in points.values())]
    placed = {}
    for name in sorted(points, key=lambda name: _crowd(points[name], points.values()),
                       reverse=True):
        place = min(_places(*points[name]), key=lambda place: _cost(place, name, taken))
        taken.append(_box(place, name))
        placed[name] = place
    return placed


def _crowd(point, points):
    return sum(1 for other in points if math.dist(point, other) < 100)


def _places(x, y):
    """Anchor, x, y, distance: on all sides, near and far."""
    for distance in range(11, 120, 4):
        for angle in range(0, 360, 15):
            across = math.cos(math.radians(angle)) * distance
            up = math.sin(math.radians(angle)) * distance
            anchor = -1 if across > 8 else 1 if across < -8 else 0
            yield anchor, x + across, y - up, distance


def _box(place, name):
    anchor, x, y, _ = place
    width = LETTER * len(name)
    left = x - width * (anchor + 1) / 2
    return left, y - LINE / 2, left + width, y + LINE / 2


def _cost(place, name, taken):
    """To cover something is worse than to be far from the point."""
    box = _box(place, name)
    inside = (box[0] >= EDGES["left_edge"] * WIDTH and box[2] <= EDGES["right_edge"] * WIDTH
              and box[1] >= (1 - EDGES["top_edge"]) * HEIGHT
              and box[3] <= (1 - EDGES["bottom_edge"]) * HEIGHT)
    return sum(_common(box, other) for other in taken), not inside, place[3]


def _common(a, b):
    """The area that two boxes share."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(0, width) * max(0, height)
