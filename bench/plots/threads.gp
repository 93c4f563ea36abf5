# SPDX-License-Identifier: BSD-2-Clause
# Speed of packing, by level and threads.
# `data`: threads.csv. `counts`: the numbers of threads in it, with blanks between.
load folder."/style.gp"
set title "Speed of narc pack"
set xlabel "zstd level"
set ylabel "MB/s of raw posts"
set logscale y
set yrange [1:*<200]
set xtics (1, 3, 6, 9, 12, 15, 19, 22)
set xrange [0:23]
set ytics (1, 2, 5, 10, 20, 50, 100, 200, 500)
set key top right reverse Left
speed(threads) = column("threads") == threads ? column("mb_per_s") : NaN
colour(i) = word(ours." ".second." ".third." ".others, (i - 1) % 4 + 1)
text(threads) = threads.(threads eq "1" ? " thread" : " threads")

set datafile missing NaN
plot for [i = 1:words(counts)] data using "level":(speed(int(word(counts, i)))) \
	with linespoints pt 7 ps 1.1 * dot lw 2 lc rgb colour(i) title text(word(counts, i))
