/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/scan_guess.h"

/* So far from where it was expected, a read is of the same scan: threads read blocks out of turn,
 * and pages of an index are left out. */
enum { NEAR = 512 * 1024 };

/* Less than this are a page and the one below it, or a section and the one behind. */
enum { LENGTH_LEAST = 64 * 1024 };

enum { WINDOW_FIRST = 128 * 1024 };

static bool is_near(const struct scan *scan, uint64_t offset)
{
	return scan->used && (offset >= scan->next ? offset - scan->next : scan->next - offset) <= NEAR;
}

/* The scan that a read is of, or else the one that was not gone on with for longest. */
static struct scan *find_scan(struct scan_guess *guess, uint64_t offset, bool *is_known)
{
	struct scan *oldest = &guess->scans[0];

	for (size_t i = 0; i < SCANS; i++) {
		*is_known = is_near(&guess->scans[i], offset);
		if (*is_known)
			return &guess->scans[i];
		if (guess->scans[i].used < oldest->used)
			oldest = &guess->scans[i];
	}
	return oldest;
}

uint64_t scan_guess_next(struct scan_guess *guess, uint64_t offset, uint64_t length,
			 uint64_t most, uint64_t *start)
{
	bool is_known;
	struct scan *scan = find_scan(guess, offset, &is_known);
	uint64_t end = offset + length, before;

	if (!is_known)
		*scan = (struct scan){ .start = offset, .next = end, .ahead = end };
	scan->used = ++guess->clock;
	if (!is_known || end <= scan->next)
		return 0;
	before = scan->next - scan->start;
	scan->next = end;
	if (before < LENGTH_LEAST)
		return 0;
	if (scan->ahead < end)
		scan->ahead = end;
	/* Half of what was asked for is still there: time enough for the next half to come. */
	if (scan->ahead - end > scan->window / 2)
		return 0;
	scan->window = scan->window ? 2 * scan->window : WINDOW_FIRST;
	if (scan->window > most)
		scan->window = most;
	*start = scan->ahead;
	scan->ahead = end + scan->window;
	return scan->ahead - *start;
}
