/* SPDX-License-Identifier: BSD-2-Clause */
#include "routes.h"

#include <microhttpd.h>
#include <string.h>

#include "api.h"
#include "assets.h"
#include "browse.h"
#include "post.h"
#include "raw.h"
#include "search_page.h"
#include "subjects.h"
#include "versions.h"

/* In a pattern, "*" stands for any segment, "#" for one of digits. */
static const struct {
	const char *pattern;
	void (*answer)(struct visit *visit);
} routes[] = {
	{ "/", show_home },
	{ "/#", show_year },
	{ "/#/#", show_month },
	{ "/#/#/#", show_day },
	{ "/categories", show_categories },
	{ "/category/*", show_category },
	{ "/tags", show_tags },
	{ "/tag/*", show_tag },
	{ "/search", show_search },
	{ "/post/*", show_post },
	{ "/post/*/frame", show_frame },
	{ "/post/*/source", show_source },
	{ "/post/*/raw", send_raw },
	{ "/post/*/versions", show_versions },
	{ "/post/*/diff", show_diff },
	{ "/api", send_overview },
	{ "/api/days", send_days },
	{ "/api/categories", send_categories },
	{ "/api/tags", send_tags },
	{ "/api/posts", send_posts },
	{ "/api/post/*", send_post },
	{ "/api/post/*/versions", send_versions },
	{ "/api/post/*/diff", send_diff },
	{ "/api/search", send_search },
	{ "/api/openapi.yaml", send_openapi },
	{ "/style.css", send_style },
	{ "/icon.svg", send_icon },
};

static bool is_match(const char *pattern, size_t size, const char *segment)
{
	if (size == 1 && *pattern == '*')
		return *segment != '\0';
	if (size == 1 && *pattern == '#')
		return *segment && segment[strspn(segment, "0123456789")] == '\0';
	return strlen(segment) == size && memcmp(segment, pattern, size) == 0;
}

static bool matches(const char *pattern, const struct target *target)
{
	for (size_t i = 0; i < target->segment_count; i++) {
		size_t size;

		if (*pattern++ != '/')
			return false;
		size = strcspn(pattern, "/");
		if (!is_match(pattern, size, target->segments[i]))
			return false;
		pattern += size;
	}
	return *pattern == '\0' || (target->segment_count == 0 && strcmp(pattern, "/") == 0);
}

static void redirect(struct visit *visit, unsigned status)
{
	visit->reply.status = status;
	target_put(&visit->reply.location, &visit->target, NULL);
}

/* A language that is chosen is kept in a cookie. */
static bool take_language(struct visit *visit)
{
	const char *language = target_parameter(&visit->target, "lang");

	visit->reply.sets_language =
		language && !visit->is_api && language_parse(language, &visit->language);
	return visit->reply.sets_language;
}

bool is_api_target(const char *text)
{
	size_t size = strlen("/api");

	return strncmp(text, "/api", size) == 0 &&
	       (text[size] == '\0' || text[size] == '/' || text[size] == '?');
}

void route(struct visit *visit)
{
	const struct target *target = &visit->target;
	bool has_chosen = take_language(visit);

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!matches(routes[i].pattern, target))
			continue;
		/* Only where there is something: an address of strangers leads nowhere else. */
		if (has_chosen)
			redirect(visit, MHD_HTTP_SEE_OTHER);
		else if (target->segment_count && target->ends_with_slash)
			redirect(visit, MHD_HTTP_PERMANENT_REDIRECT);
		else
			routes[i].answer(visit);
		return;
	}
	visit_fail(visit, MHD_HTTP_NOT_FOUND, TEXT_NOT_FOUND);
}
