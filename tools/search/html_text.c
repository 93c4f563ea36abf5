/* SPDX-License-Identifier: BSD-2-Clause */
#include "search/html_text.h"

#include <ctype.h>
#include <gumbo.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "search/bounded_heap.h"
#include "text.h"

/* What one text may take. A post takes some 100 KiB and 100 microseconds; but what is made for it
 * has gumbo take time by the square of its size, at which it is bounded too. */
enum { TEXT_LIMIT = 16 << 20, MEMORY_FACTOR = 64, MEMORY_LEAST = 4 << 20, MEMORY_MOST = 128 << 20 };
#define TIME_LIMIT ((int64_t)2000000000)

struct html_reader {
	struct bounded_heap heap;
	bool is_markdown;
	size_t blocks;  /* that are open, but for <html> and <body> */
	size_t preserved; /* that are open, and keep white space */
	bool wants_blank; /* there was white space since the last character */
	struct text text;
};

enum narc_status html_reader_new(struct html_reader **reader, struct narc_error *error)
{
	struct html_reader *made = calloc(1, sizeof(*made));

	if (!made)
		return fail_memory(error);
	*reader = made;
	return NARC_OK;
}

void html_reader_free(struct html_reader *reader)
{
	if (!reader)
		return;
	bounded_heap_free(&reader->heap);
	text_free(&reader->text);
	free(reader);
}

/* ---- the text ----------------------------------------------------------------------------- */

static bool is_at_line_start(const struct html_reader *reader)
{
	const struct text *text = &reader->text;

	return text->size == 0 || text->bytes[text->size - 1] == '\n';
}

static void break_line(struct html_reader *reader)
{
	reader->wants_blank = false;
	if (!is_at_line_start(reader))
		text_put(&reader->text, "\n");
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Where the next character of a text begins; sets *shown to what is seen of this one. */
static const char *take_character(const char *next, const char **shown, size_t *shown_size)
{
	static const char *const unseen[] = { "\xc2\xad", "\xe2\x80\x8b", "\xe2\x81\xa0",
					      "\xef\xbb\xbf" };
	const char *end = next + 1;

	while (((unsigned char)*end & 0xc0) == 0x80)
		end++;
	*shown = next;
	*shown_size = (size_t)(end - next);
	if (*shown_size == 2 && memcmp(next, "\xc2\xa0", 2) == 0) {
		*shown = " ";
		*shown_size = 1;
	}
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (strncmp(next, unseen[i], strlen(unseen[i])) == 0)
			*shown_size = 0;
	return end;
}

static void put_characters(struct html_reader *reader, const char *text)
{
	const bool keeps_space = reader->preserved || (reader->is_markdown && !reader->blocks);

	while (*text) {
		const char *shown;
		size_t size = strcspn(text, " \t\n\r\f\xc2\xe2\xef");

		if (!keeps_space && is_space(*text)) {
			reader->wants_blank = true;
			text++;
			continue;
		}
		if (reader->wants_blank && !is_at_line_start(reader))
			text_put(&reader->text, " ");
		reader->wants_blank = false;
		if (size) {
			text_put_bytes(&reader->text, text, size);
			text += size;
			continue;
		}
		text = take_character(text, &shown, &size);
		text_put_bytes(&reader->text, shown, size);
	}
}

/* ---- the tree ----------------------------------------------------------------------------- */

static bool is_one_of(GumboTag tag, const GumboTag *tags, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (tags[i] == tag)
			return true;
	return false;
}

static bool is_block(GumboTag tag)
{
	static const GumboTag blocks[] = {
		GUMBO_TAG_ADDRESS, GUMBO_TAG_ARTICLE, GUMBO_TAG_ASIDE, GUMBO_TAG_BLOCKQUOTE,
		GUMBO_TAG_CAPTION, GUMBO_TAG_CENTER, GUMBO_TAG_DD, GUMBO_TAG_DETAILS, GUMBO_TAG_DIR,
		GUMBO_TAG_DIV, GUMBO_TAG_DL, GUMBO_TAG_DT, GUMBO_TAG_FIELDSET, GUMBO_TAG_FIGCAPTION,
		GUMBO_TAG_FIGURE, GUMBO_TAG_FOOTER, GUMBO_TAG_FORM, GUMBO_TAG_H1, GUMBO_TAG_H2,
		GUMBO_TAG_H3, GUMBO_TAG_H4, GUMBO_TAG_H5, GUMBO_TAG_H6, GUMBO_TAG_HEADER,
		GUMBO_TAG_HGROUP, GUMBO_TAG_HR, GUMBO_TAG_LEGEND, GUMBO_TAG_LI, GUMBO_TAG_LISTING,
		GUMBO_TAG_MAIN, GUMBO_TAG_MENU, GUMBO_TAG_NAV, GUMBO_TAG_OL, GUMBO_TAG_OPTGROUP,
		GUMBO_TAG_OPTION, GUMBO_TAG_P, GUMBO_TAG_PLAINTEXT, GUMBO_TAG_PRE,
		GUMBO_TAG_SECTION, GUMBO_TAG_SUMMARY, GUMBO_TAG_TABLE, GUMBO_TAG_TITLE,
		GUMBO_TAG_TR, GUMBO_TAG_UL, GUMBO_TAG_XMP,
	};

	return is_one_of(tag, blocks, sizeof(blocks) / sizeof(blocks[0]));
}

static bool keeps_space(GumboTag tag)
{
	static const GumboTag tags[] = { GUMBO_TAG_PRE, GUMBO_TAG_LISTING, GUMBO_TAG_XMP,
					 GUMBO_TAG_PLAINTEXT, GUMBO_TAG_TEXTAREA };

	return is_one_of(tag, tags, sizeof(tags) / sizeof(tags[0]));
}

/* Nobody sees what is in these. */
static bool is_unseen(const GumboNode *node)
{
	static const GumboTag tags[] = { GUMBO_TAG_SCRIPT, GUMBO_TAG_STYLE, GUMBO_TAG_IFRAME,
					 GUMBO_TAG_NOFRAMES, GUMBO_TAG_NOEMBED,
					 GUMBO_TAG_TEMPLATE };

	return node->type == GUMBO_NODE_TEMPLATE || node->type == GUMBO_NODE_COMMENT ||
	       (node->type == GUMBO_NODE_ELEMENT &&
		is_one_of(node->v.element.tag, tags, sizeof(tags) / sizeof(tags[0])));
}

static void enter_element(struct html_reader *reader, GumboTag tag)
{
	if (is_block(tag)) {
		break_line(reader);
		reader->blocks++;
	}
	if (keeps_space(tag))
		reader->preserved++;
	if (tag == GUMBO_TAG_BR)
		break_line(reader);
	if (tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH)
		reader->wants_blank = true;
}

static void leave_element(struct html_reader *reader, GumboTag tag)
{
	if (keeps_space(tag))
		reader->preserved--;
	if (is_block(tag)) {
		reader->blocks--;
		break_line(reader);
	}
}

static const GumboVector *children_of(const GumboNode *node)
{
	if (node->type == GUMBO_NODE_DOCUMENT)
		return &node->v.document.children;
	return node->type == GUMBO_NODE_ELEMENT ? &node->v.element.children : NULL;
}

static void enter(struct html_reader *reader, const GumboNode *node)
{
	if (node->type == GUMBO_NODE_ELEMENT)
		enter_element(reader, node->v.element.tag);
	else if (node->type != GUMBO_NODE_DOCUMENT)
		put_characters(reader, node->v.text.text);
}

/* Goes through the tree without calling itself: it may be of any depth. */
static void put_tree(struct html_reader *reader, const GumboNode *root)
{
	const GumboNode *node = root;
	size_t next = 0; /* child of node to go to */

	enter(reader, root);
	while (node) {
		const GumboVector *children = children_of(node);

		if (children && next < children->length) {
			const GumboNode *child = children->data[next++];

			if (is_unseen(child))
				continue;
			enter(reader, child);
			node = child;
			next = 0;
			continue;
		}
		if (node->type == GUMBO_NODE_ELEMENT)
			leave_element(reader, node->v.element.tag);
		next = node->index_within_parent + 1;
		node = node == root ? NULL : node->parent;
	}
}

/* ---- Markdown ----------------------------------------------------------------------------- */

/* The size of what follows "<" up to ">" if Markdown takes it for an address, as in
 * <http://example.com/>, and HTML would take it for a tag; else 0. */
static size_t address_size(const char *text, size_t size)
{
	size_t scheme = 0, end = 0;
	bool has_at = false;

	while (scheme < size && (isalnum((unsigned char)text[scheme]) ||
				 (text[scheme] && strchr("+.-", text[scheme]))))
		scheme++;
	while (end < size && (unsigned char)text[end] > ' ' && text[end] != '<' && text[end] != '>')
		has_at |= text[end++] == '@';
	if (end == size || text[end] != '>' || !isalnum((unsigned char)text[0]))
		return 0;
	return has_at || (scheme > 1 && scheme < end && text[scheme] == ':') ? end : 0;
}

static size_t count_of(char wanted, const char *text, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += text[i] == wanted;
	return count;
}

/* Copies Markdown, with addresses as HTML has them: each "&" takes four bytes more. */
static size_t copy_markdown(const char *text, size_t size, char *copy)
{
	char *place = copy;

	for (size_t i = 0; i < size;) {
		const char *mark = memchr(text + i, '<', size - i);
		size_t plain = mark ? (size_t)(mark - text) - i : size - i;
		size_t address;

		memcpy(place, text + i, plain);
		place += plain;
		i += plain;
		if (i == size)
			break;
		address = address_size(text + i + 1, size - i - 1);
		if (address == 0)
			*place++ = text[i++];
		for (size_t k = 0; k < address; k++) {
			const char *c = text + i + 1 + k;

			memcpy(place, *c == '&' ? "&amp;" : c, *c == '&' ? 5 : 1);
			place += *c == '&' ? 5 : 1;
		}
		if (address)
			i += address + 2;
	}
	return (size_t)(place - copy);
}

/* ---- reading ------------------------------------------------------------------------------ */

static void deallocate(void *context, void *memory)
{
	(void)context;
	(void)memory;
}

/* All that gumbo makes is in the heap, and goes with it: destroying its tree, it would call
 * itself as often as that is deep. */
static void parse(struct html_reader *reader, const char *html, size_t size)
{
	GumboOptions options = kGumboDefaultOptions;
	GumboOutput *output;

	if (reader->is_markdown) {
		size_t most = size + 4 * count_of('&', html, size);
		char *copy = bounded_heap_allocate(&reader->heap, most);

		size = copy_markdown(html, size, copy);
		html = copy;
	}
	options.allocator = bounded_heap_allocate;
	options.deallocator = deallocate;
	options.userdata = &reader->heap;
	options.max_errors = 0;
	output = gumbo_parse_with_options(&options, html, size);
	put_tree(reader, output->document);
}

static enum narc_status parse_within_limits(struct html_reader *reader, const char *html,
					    size_t size)
{
	if (setjmp(reader->heap.give_up) != 0)
		return reader->heap.status;
	parse(reader, html, size);
	return NARC_OK;
}

/* Whether Markdown is text and nothing else, as many posts are. */
static bool has_no_html(const char *text, size_t size)
{
	return !memchr(text, '<', size) && !memchr(text, '&', size);
}

enum narc_status html_read(struct html_reader *reader, const char *html, size_t size,
			   bool is_markdown, const char **text, size_t *text_size,
			   struct narc_error *error)
{
	size_t memory = MEMORY_LEAST + MEMORY_FACTOR * size;
	enum narc_status status = NARC_LIMIT;

	if (is_markdown && has_no_html(html, size)) {
		*text = html;
		*text_size = size;
		return NARC_OK;
	}
	reader->text.size = reader->blocks = reader->preserved = 0;
	reader->text.failed = reader->wants_blank = false;
	reader->is_markdown = is_markdown;
	bounded_heap_begin(&reader->heap, memory < MEMORY_MOST ? memory : MEMORY_MOST, TIME_LIMIT);
	if (size <= TEXT_LIMIT)
		status = parse_within_limits(reader, html, size);
	if (status == NARC_NOMEM || !text_room(&reader->text, 1))
		return fail_memory(error);
	if (status != NARC_OK)
		return fail_at(error, NARC_LIMIT, "search",
			       "takes too much memory or time to be read as HTML; it can be "
			       "searched as it stands");
	*text = reader->text.bytes;
	*text_size = reader->text.size;
	return NARC_OK;
}
