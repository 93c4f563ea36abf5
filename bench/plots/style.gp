# SPDX-License-Identifier: BSD-2-Clause
# What all plots share. The caller sets `output_file` and `format`. Letters and points have
# to look alike in both formats, which count them in different units.
if (format eq "svg") {
	set terminal svg size 960,640 dynamic noenhanced background "white" \
		font "DejaVu Sans,13"
	dot = 0.65
} else {
	set terminal pngcairo size 1440,960 noenhanced background "white" \
		font "DejaVu Sans,10" fontscale 1.5 linewidth 1.5 pointscale 1.5
	dot = 1
}
set output output_file
set encoding utf8
set datafile separator comma
set datafile missing ""
set border 3 lc rgb "#666666"
set tics nomirror out scale 0.6 tc rgb "#333333"
set grid lt 1 lw 0.6 lc rgb "#e2e2e2"
set key tc rgb "#333333" samplen 2 spacing 1.3

ours = "#c8341f"
second = "#1f5fa8"
third = "#2f8f5b"
others = "#5d6975"
