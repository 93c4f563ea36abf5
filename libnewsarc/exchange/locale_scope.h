/* SPDX-License-Identifier: BSD-2-Clause */
/* libarchive converts names by the locale of the thread. Between begin and end the thread is
 * in the one given, as far as characters go: "C.UTF-8" takes names for UTF-8, which they nearly
 * always are. */
#ifndef NARC_EXCHANGE_LOCALE_SCOPE_H
#define NARC_EXCHANGE_LOCALE_SCOPE_H

#include <locale.h>

struct locale_scope {
	locale_t created;
	locale_t former;
};

static inline struct locale_scope locale_scope_begin(const char *name)
{
	struct locale_scope scope = { (locale_t)0, (locale_t)0 };
	locale_t own = duplocale(uselocale((locale_t)0));

	if (own)
		scope.created = newlocale(LC_CTYPE_MASK, name, own);
	if (scope.created)
		scope.former = uselocale(scope.created);
	else if (own)
		freelocale(own);
	return scope;
}

static inline void locale_scope_end(struct locale_scope *scope)
{
	if (!scope->created)
		return;
	uselocale(scope->former);
	freelocale(scope->created);
}

#endif
