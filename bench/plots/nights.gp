# SPDX-License-Identifier: BSD-2-Clause
# Size of all that each tool keeps, night after night.
# `data`: nights.csv, which has `rows` rows of each tool. `names`: the tools, each in quotes.
load folder."/style.gp"
set label "Size of all that is kept, as a site is archived every night" at screen 0.5, 0.97 center
set xlabel "night"
set ylabel "MB on the disk"
set tmargin at screen 0.85
set logscale y
set ytics (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
set key at graph 0, graph 1.02 left bottom reverse Left horizontal maxcols 3 width 4
colour(i) = word(ours." ".second." ".third." ".others, (i - 1) % 4 + 1)

plot for [i = 1:words(names)] data every ::((i - 1) * rows)::(i * rows - 1) using "night":"mb" \
		with linespoints pt 7 ps 0.8 * dot lw 2 lc rgb colour(i) title word(names, i), \
	data every ::0::(rows - 1) using "night":"site_mb" with lines dt 2 lc rgb others \
		title "the site itself"
