#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whether tools rank alike by size on two sets of posts: as generated ones are to stand for
real ones, this is what has to hold of them.

  ranking.py A/results.json B/results.json
"""
import itertools
import json
import statistics
import sys


def shares(path):
    """Of each tool, how much of the raw posts its archive has, in %."""
    with open(path) as file:
        results = json.load(file)
    return {name: 100 * row["size"] / results["corpus"]["size"]
            for name, row in results["compare"].items() if row["size"]}


def ranks(numbers):
    """From 1, the smallest, up."""
    return {name: rank for rank, name in enumerate(sorted(numbers, key=numbers.get), 1)}


def print_both(first, second):
    ranks_of_first, ranks_of_second = ranks(first), ranks(second)
    print(f"{'':24}{'first':>13}{'second':>18}")
    for name in sorted(first, key=first.get):
        print(f"{name:24}{ranks_of_first[name]:4}{first[name]:7.1f} %"
              f"{ranks_of_second[name]:9}{second[name]:7.1f} %")
    # Spearman's is that of the ranks.
    pairs = [(ranks_of_first[name], ranks_of_second[name]) for name in first]
    print(f"\nrank correlation {statistics.correlation(*zip(*pairs)):.3f}")


def print_swapped(first, second):
    """Where the two disagree, it matters how far the tools are apart."""
    for one, other in itertools.combinations(sorted(first, key=first.get), 2):
        if second[one] > second[other]:
            print(f"swapped: {one}, {other}: {100 * (first[other] / first[one] - 1):.1f} % and"
                  f" {100 * (second[one] / second[other] - 1):.1f} % apart")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    first, second = map(shares, sys.argv[1:])
    common = first.keys() & second.keys()
    both = [{name: numbers[name] for name in common} for numbers in (first, second)]
    print_both(*both)
    print_swapped(*both)


if __name__ == "__main__":
    main()
