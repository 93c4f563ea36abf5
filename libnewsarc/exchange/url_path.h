/* SPDX-License-Identifier: BSD-2-Clause */
/* Where what a crawler got from an address is stored. */
#ifndef NARC_EXCHANGE_URL_PATH_H
#define NARC_EXCHANGE_URL_PATH_H

/* The stored path for a URL: its host and path, as mirrors of sites have them. "index.html" is
 * put behind a path that ends with "/", a query stays behind a "?", and what comes behind "#" is
 * left out. Bytes that are percent-encoded are decoded where that makes valid UTF-8 without
 * controls and what RFC 3986 has reserved, so that no two become one. To be freed; NULL if there
 * is no memory. */
char *url_path(const char *url);

#endif
