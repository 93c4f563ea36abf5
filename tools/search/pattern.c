/* SPDX-License-Identifier: BSD-2-Clause */
#include "search/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <ctype.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

/* What may be spent on one call: steps, and memory in KiB. Patterns whose time grows without
 * bound with the text come to this in a second or two. */
enum { STEPS_LIMIT = 10000000, MEMORY_LIMIT = 64 << 10 };

/* Of the stack of compiled code, in bytes: at first, and at most. */
enum { STACK_START = 32 << 10, STACK_LIMIT = 1 << 20 };

struct pattern {
	pcre2_code *code;
	bool stays_in_lines;
};

struct matcher {
	const struct pattern *pattern;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack; /* NULL: the code is not compiled to machine code */
};

/* ---- looking at expressions --------------------------------------------------------------- */

/* Goes over a class, from its "["; returns its "]", NULL if something in it may be a line end. */
static const char *skip_plain_class(const char *next)
{
	next++;
	if (*next == '^')
		return NULL;
	for (const char *first = next; *next != ']' || next == first; next++) {
		if ((unsigned char)*next < ' ' ||
		    (*next == '[' && next[1] && strchr(":.=", next[1])))
			return NULL;
		if (*next == '\\') {
			next++;
			if (!*next || (isalnum((unsigned char)*next) && !strchr("dw", *next)))
				return NULL;
		}
	}
	return next;
}

/* Whether nothing in an expression can match a line end, or tell one from the beginning or the end
 * of a text. There are others of which that is true. */
static bool stays_in_lines(const char *expression)
{
	for (const char *next = expression; *next; next++) {
		switch (*next) {
		case '\\':
			next++;
			if (!*next || (isalnum((unsigned char)*next) && !strchr("bBdw", *next)))
				return false;
			break;
		case '(':
			if (next[1] == '*' || (next[1] == '?' && next[2] != ':'))
				return false;
			break;
		case '[':
			next = skip_plain_class(next);
			if (!next)
				return false;
			break;
		default:
			break;
		}
	}
	return true;
}

/* Whether an expression asks for a line end, which no line has. */
static bool asks_for_line_end(const char *expression, bool is_fixed)
{
	bool in_class = false;

	for (const char *next = expression; *next; next++) {
		if (*next == '\n')
			return true;
		if (is_fixed)
			continue;
		if (*next == '\\' && *++next == 'n' && !in_class)
			return true;
		if (!*next)
			break;
		if (*next == '[')
			in_class = true;
		else if (*next == ']')
			in_class = false;
	}
	return false;
}

/* Whether what is behind "(" makes a verb, as (*UTF) and (*COMMIT), or a call of a group, as (?R),
 * (?1), (?-1), (?&name) and (?P>name). */
static bool is_verb_or_call(const char *text)
{
	if (*text == '*')
		return isupper((unsigned char)text[1]) || text[1] == ':';
	if (*text != '?')
		return false;
	return (text[1] && strchr("R&0123456789", text[1])) || strncmp(text + 1, "P>", 2) == 0 ||
	       (text[1] && strchr("+-", text[1]) && isdigit((unsigned char)text[2]));
}

/* Whether an expression says something of a pattern as a whole, or calls groups of it: as a part of
 * another one, it would mean something else. */
static bool has_to_be_alone(const char *expression)
{
	for (const char *next = expression; *next; next++) {
		if (*next == '(' && is_verb_or_call(next + 1))
			return true;
		if (*next != '\\')
			continue;
		next++; /* there is something: it was compiled by itself */
		if (*next == 'g' && (next[1] == '<' || next[1] == '\''))
			return true;
		if (*next == 'Q')
			next = strstr(next, "\\E");
		if (!next)
			return false;
	}
	return false;
}

/* ---- compiling ---------------------------------------------------------------------------- */

static enum narc_status fail_to_compile(int code, size_t place, const char *expression,
					struct narc_error *error)
{
	PCRE2_UCHAR text[128];

	if (code == PCRE2_ERROR_NOMEMORY || code == PCRE2_ERROR_HEAP_FAILED)
		return fail_memory(error);
	pcre2_get_error_message(code, text, sizeof(text));
	return fail_at(error, NARC_MISUSE, "search",
		       "\"%.80s\" is no regular expression: %s, at byte %zu of it",
		       expression, (const char *)text, place + 1);
}

/* expression is what the user gave, or stands for it in messages. */
static enum narc_status compile(const char *text, size_t size, uint32_t options,
				const char *expression, pcre2_code **code, struct narc_error *error)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	PCRE2_SIZE place = 0;
	int number = PCRE2_ERROR_NOMEMORY;

	*code = NULL;
	if (context) {
		pcre2_set_newline(context, PCRE2_NEWLINE_LF);
		*code = pcre2_compile((PCRE2_SPTR)text, size,
				      options | PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE |
					      PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C,
				      &number, &place, context);
	}
	pcre2_compile_context_free(context);
	return *code ? NARC_OK : fail_to_compile(number, place, expression, error);
}

/* Each by itself, so that "a)" and "(b" do not make one together; and whether they may. */
static enum narc_status check_expressions(const struct pattern_options *options,
					  struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < options->count && status == NARC_OK; i++) {
		const char *expression = options->expressions[i];
		pcre2_code *code = NULL;

		if (asks_for_line_end(expression, options->is_fixed))
			return fail_at(error, NARC_MISUSE, "search",
				       "\"%.80s\" asks for a line end, but each line is "
				       "searched by itself",
				       expression);
		if (!options->is_fixed)
			status = compile(expression, strlen(expression), 0, expression, &code,
					 error);
		pcre2_code_free(code);
		if (status == NARC_OK && !options->is_fixed && options->count > 1 &&
		    has_to_be_alone(expression))
			return fail_at(error, NARC_MISUSE, "search",
				       "\"%.80s\" has a verb, or calls a group, and so cannot be "
				       "searched for together with others",
				       expression);
	}
	return status;
}

/* Whether letters are capital in one of the expressions, but for those that are behind a backslash,
 * as in "\W". */
static enum narc_status have_capitals(const struct pattern_options *options, bool *have,
				      struct narc_error *error)
{
	static const char regex[] = "\\\\.(*SKIP)(*FAIL)|\\p{Lu}", fixed[] = "\\p{Lu}";
	const char *capital = options->is_fixed ? fixed : regex;
	pcre2_match_data *data = NULL;
	pcre2_code *code = NULL;
	enum narc_status status = compile(capital, strlen(capital), 0, capital, &code, error);

	*have = false;
	if (status == NARC_OK)
		data = pcre2_match_data_create(1, NULL);
	if (status == NARC_OK && !data)
		status = fail_memory(error);
	for (size_t i = 0; i < options->count && status == NARC_OK; i++)
		*have |= pcre2_match(code, (PCRE2_SPTR)options->expressions[i],
				     PCRE2_ZERO_TERMINATED, 0, 0, data, NULL) >= 0;
	pcre2_match_data_free(data);
	pcre2_code_free(code);
	return status;
}

static char *put_string(char *place, const char *string)
{
	for (; *string; string++) {
		if (ispunct((unsigned char)*string))
			*place++ = '\\';
		*place++ = *string;
	}
	return place;
}

/* Puts an expression so that nothing in it has to do with what is around it: options end with the
 * group, and \E ends what \Q began. A comment of (?x) takes a line end, which is none of the
 * pattern then; if there is none, the group has no end. */
static enum narc_status put_group(char **place, const char *expression, struct narc_error *error)
{
	char *start = *place, *end = stpcpy(stpcpy(stpcpy(start, "(?:"), expression), "\\E)");
	pcre2_code *code;
	enum narc_status status = compile(start, (size_t)(end - start), 0, expression, &code, error);

	pcre2_code_free(code);
	if (status == NARC_MISUSE) {
		end = stpcpy(end - 1, "\n)");
		status = compile(start, (size_t)(end - start), 0, expression, &code, error);
		pcre2_code_free(code);
	}
	*place = end;
	return status;
}

/* Makes one expression of all, to be freed. In each branch of "(?|" groups are counted anew. */
static enum narc_status join(const struct pattern_options *options, char **joined, size_t *size,
			     struct narc_error *error)
{
	const bool is_wrapped = options->count > 1 || options->is_whole_words;
	size_t most = sizeof("(?<!\\w)(?|)(?!\\w)");
	enum narc_status status = NARC_OK;
	char *text, *place;

	for (size_t i = 0; i < options->count; i++)
		most += 2 * strlen(options->expressions[i]) + sizeof("(?:\\E\n)|");
	text = malloc(most);
	if (!text)
		return fail_memory(error);
	place = stpcpy(text, options->is_whole_words ? "(?<!\\w)" : "");
	place = stpcpy(place, is_wrapped ? "(?|" : "");
	for (size_t i = 0; i < options->count && status == NARC_OK; i++) {
		const char *expression = options->expressions[i];

		if (i)
			*place++ = '|';
		if (options->is_fixed)
			place = put_string(place, expression);
		else if (is_wrapped)
			status = put_group(&place, expression, error);
		else
			place = stpcpy(place, expression);
	}
	place = stpcpy(place, is_wrapped ? ")" : "");
	place = stpcpy(place, options->is_whole_words ? "(?!\\w)" : "");
	*joined = text;
	*size = (size_t)(place - text);
	return status;
}

static enum narc_status compile_all(const struct pattern_options *options, struct pattern *pattern,
				    struct narc_error *error)
{
	bool ignores_case = options->ignores_case;
	size_t size = 0;
	char *text = NULL;
	enum narc_status status = check_expressions(options, error);

	if (status == NARC_OK && options->is_smart && !ignores_case) {
		status = have_capitals(options, &ignores_case, error);
		ignores_case = !ignores_case;
	}
	if (status == NARC_OK)
		status = join(options, &text, &size, error);
	if (status == NARC_OK)
		status = compile(text, size, ignores_case ? PCRE2_CASELESS : 0, text,
				 &pattern->code, error);
	free(text);
	pattern->stays_in_lines = true;
	for (size_t i = 0; i < options->count && !options->is_fixed; i++)
		pattern->stays_in_lines &= stays_in_lines(options->expressions[i]);
	/* Where there is no compiling to machine code, it goes without. */
	if (status == NARC_OK)
		pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
	return status;
}

enum narc_status pattern_new(const struct pattern_options *options, struct pattern **out,
			     struct narc_error *error)
{
	struct pattern *pattern = calloc(1, sizeof(*pattern));
	enum narc_status status;

	if (!pattern)
		return fail_memory(error);
	status = compile_all(options, pattern, error);
	if (status != NARC_OK) {
		pattern_free(pattern);
		return status;
	}
	*out = pattern;
	return NARC_OK;
}

void pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	pcre2_code_free(pattern->code);
	free(pattern);
}

bool pattern_stays_in_lines(const struct pattern *pattern)
{
	return pattern->stays_in_lines;
}

/* ---- matching ----------------------------------------------------------------------------- */

enum narc_status matcher_new(const struct pattern *pattern, struct matcher **out,
			     struct narc_error *error)
{
	struct matcher *matcher = calloc(1, sizeof(*matcher));

	if (!matcher)
		return fail_memory(error);
	matcher->pattern = pattern;
	matcher->data = pcre2_match_data_create(1, NULL);
	matcher->context = pcre2_match_context_create(NULL);
	matcher->stack = pcre2_jit_stack_create(STACK_START, STACK_LIMIT, NULL);
	if (!matcher->data || !matcher->context) {
		matcher_free(matcher);
		return fail_memory(error);
	}
	pcre2_set_match_limit(matcher->context, STEPS_LIMIT);
	pcre2_set_heap_limit(matcher->context, MEMORY_LIMIT);
	pcre2_jit_stack_assign(matcher->context, NULL, matcher->stack);
	*out = matcher;
	return NARC_OK;
}

void matcher_free(struct matcher *matcher)
{
	if (!matcher)
		return;
	pcre2_match_data_free(matcher->data);
	pcre2_match_context_free(matcher->context);
	pcre2_jit_stack_free(matcher->stack);
	free(matcher);
}

static enum narc_status fail_to_match(int code, struct narc_error *error)
{
	PCRE2_UCHAR text[128];

	if (code == PCRE2_ERROR_NOMEMORY)
		return fail_memory(error);
	pcre2_get_error_message(code, text, sizeof(text));
	return fail_at(error, NARC_LIMIT, "search",
		       "the pattern takes too long here, and was given up (%s): one with fewer "
		       "repetitions inside of others may do",
		       (const char *)text);
}

enum narc_status matcher_find(struct matcher *matcher, const char *text, size_t size, size_t from,
			      struct match *match, struct narc_error *error)
{
	int code = pcre2_match(matcher->pattern->code, (PCRE2_SPTR)text, size, from, 0,
			       matcher->data, matcher->context);
	const PCRE2_SIZE *places = pcre2_get_ovector_pointer(matcher->data);

	if (code == PCRE2_ERROR_NOMATCH)
		return NARC_END;
	if (code < 0)
		return fail_to_match(code, error);
	*match = (struct match){ places[0], places[1] };
	return NARC_OK;
}
