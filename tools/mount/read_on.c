/* SPDX-License-Identifier: BSD-2-Clause */
#include "operations.h"

enum {
	MOST_FILES = 32,         /* at a time; a block has about as many */
	MOST_BYTES = 256 << 10,
	SLACK = 8                /* files without content, links and folders are not read */
};

void read_on_init(struct reading_on *reading)
{
	pthread_mutex_init(&reading->lock, NULL);
}

void read_on_end(struct reading_on *reading)
{
	pthread_mutex_destroy(&reading->lock);
}

/* The reader that was to come to this file; else one that starts here, in the place of the one that
 * was longest without a question. */
static struct sequence *find_sequence(struct reading_on *reading, uint32_t number)
{
	struct sequence *oldest = &reading->sequences[0];

	reading->questions++;
	for (size_t i = 0; i < SEQUENCES; i++) {
		struct sequence *sequence = &reading->sequences[i];

		if (sequence->count && number - sequence->next < SLACK) {
			sequence->last_question = reading->questions;
			return sequence;
		}
		if (sequence->last_question < oldest->last_question)
			oldest = sequence;
	}
	*oldest = (struct sequence){ .last_question = reading->questions };
	return oldest;
}

/* Whether the kernel took the content; it does not of a file that it does not know. */
static bool give(struct mounted *mounted, uint32_t number)
{
	struct fuse_bufvec buffer = FUSE_BUFVEC_INIT(tree_node(mounted->tree, number)->size);
	struct content *content;
	struct narc_error error;
	bool taken;

	/* Who reads it will be told what is wrong. */
	if (contents_get(mounted->contents, tree_node(mounted->tree, number)->row, &content, &error) !=
	    NARC_OK)
		return false;
	buffer.buf[0].mem = content->data;
	taken = fuse_lowlevel_notify_store(mounted->session, to_inode(number), 0, &buffer, 0) == 0;
	contents_put(mounted->contents, content, false);
	return taken;
}

/* Gives up to count files from number on, and returns where it goes on. */
static uint32_t give_next(struct mounted *mounted, uint32_t number, uint32_t count)
{
	uint64_t left = MOST_BYTES;

	for (; count && number < tree_count(mounted->tree); number++, count--) {
		const struct tree_node *node = tree_node(mounted->tree, number);

		if (!S_ISREG(node->mode) || node->size == 0)
			continue;
		if (node->size > left || !give(mounted, number))
			break;
		left -= node->size;
	}
	return number;
}

void read_on(struct mounted *mounted, uint32_t number)
{
	struct reading_on *reading = &mounted->reading_on;
	struct sequence *sequence;

	/* Giving a file may have to wait until another thread has answered for it: so one thread at a
	 * time does it, and the others are there to answer. */
	if (pthread_mutex_trylock(&reading->lock) != 0)
		return;
	sequence = find_sequence(reading, number);
	sequence->next = number + 1;
	if (sequence->count)
		sequence->next = give_next(mounted, number + 1, sequence->count);
	sequence->count = sequence->count == 0 ? 1 : sequence->count * 2;
	if (sequence->count > MOST_FILES)
		sequence->count = MOST_FILES;
	pthread_mutex_unlock(&reading->lock);
}
