# SPDX-License-Identifier: BSD-2-Clause
# Size of the archive, and time to get one post out of it: a point a tool.
# `data`: group, x, y, label, the label's x and y, its anchor (-1 left, 0 middle, 1 right),
# and 1 if a line has to lead from one to the other.
load folder."/style.gp"
set label "Size of the archive, and time to get one post out of it" at screen 0.5, 0.97 center
set xlabel "archive, % of the raw posts"
set ylabel "one post, by a new process"
set logscale xy
set lmargin at screen left_edge
set rmargin at screen right_edge
set bmargin at screen bottom_edge
set tmargin at screen top_edge
set xrange [x_min:x_max]
set yrange [y_min:y_max]
set xtics (15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150)
set ytics ("1 ms" 1, "2 ms" 2, "5 ms" 5, "10 ms" 10, "20 ms" 20, "50 ms" 50, "100 ms" 100, \
	"200 ms" 200, "500 ms" 500, "1 s" 1e3, "2 s" 2e3, "5 s" 5e3, "10 s" 1e4, "20 s" 2e4, \
	"50 s" 5e4, "100 s" 1e5, "200 s" 2e5)
set key at graph 0, graph 1.02 left bottom reverse Left horizontal maxcols 2 width 2
of(group) = strcol(1) eq group ? column(2) : NaN
led(x) = column(8) == 1 ? x : NaN
anchored(anchor) = int(column(7)) == anchor ? column(5) : NaN
tint(x) = strcol(1) eq "narc" ? 0xc8341f : 0x4a545e

plot plain_ms with lines dt 2 lc rgb others title "cat of the plain post", \
	data using (led($2)):3:($5 - $2):($6 - $3) with vectors nohead lw 0.6 lc rgb "#aaaaaa" notitle, \
	data using (of("narc")):3 with points pt 7 ps 1.7 * dot lc rgb ours title "narc", \
	data using (of("any")):3 with points pt 7 ps 1.1 * dot lc rgb others \
		title "others: any post at once", \
	data using (of("solid")):3 with points pt 6 ps 1.2 * dot lw 1.5 lc rgb others \
		title "others: unpacks what is before the post", \
	data using (anchored(-1)):6:4:(tint(0)) with labels left tc rgb variable notitle, \
	data using (anchored(0)):6:4:(tint(0)) with labels center tc rgb variable notitle, \
	data using (anchored(1)):6:4:(tint(0)) with labels right tc rgb variable notitle
