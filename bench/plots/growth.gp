# SPDX-License-Identifier: BSD-2-Clause
# Time and memory that a look-up takes, as the archive grows.
# `data`: growth.csv. `x_min`, `x_max`: a little more than what is in it.
load folder."/style.gp"
set multiplot layout 1, 2 margins 0.085, 0.975, 0.11, 0.8 spacing 0.09, 0 \
	title "Look-up of one post, as the archive grows"
set logscale xy
set xlabel "posts in the archive"
set xrange [x_min:x_max]
set xtics ("1,000" 1e3, "10,000" 1e4, "100,000" 1e5, "1 M" 1e6, "10 M" 1e7)
set key at graph 0, graph 1.03 left bottom vertical reverse Left

set yrange [9.9:1e5]
set ytics ("10 µs" 1e1, "100 µs" 1e2, "1 ms" 1e3, "10 ms" 1e4, "100 ms" 1e5)
plot data using "posts":(1000 * column("fetch_ms")) with linespoints pt 7 ps dot lw 2 lc rgb ours \
		title "time, by a new process, median", \
	data using "posts":"look_up_p99_us" with linespoints pt 9 ps dot lw 2 lc rgb third \
		title "time, with the archive open, 99th percentile", \
	data using "posts":"look_up_p50_us" with linespoints pt 5 ps dot lw 2 lc rgb second \
		title "time, with the archive open, median"

set yrange [0.99:1e3]
set ytics ("1 MB" 1, "10 MB" 10, "100 MB" 100, "1 GB" 1000)
plot data using "posts":"pack_rss_mb" with linespoints pt 13 ps dot lw 2 lc rgb others \
		title "memory, to pack the archive", \
	data using "posts":"fetch_rss_mb" with linespoints pt 7 ps dot lw 2 lc rgb ours \
		title "memory, by a new process that looks up"
unset multiplot
