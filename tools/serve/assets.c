/* SPDX-License-Identifier: BSD-2-Clause */
#include "assets.h"

#include "embedded.h"

static void send_asset(struct visit *visit, const unsigned char *bytes, size_t size,
		       const char *type)
{
	visit->reply.kind = REPLY_DATA;
	visit->reply.type = type;
	text_put_bytes(&visit->reply.body, bytes, size);
}

void send_style(struct visit *visit)
{
	send_asset(visit, style_css, sizeof(style_css), "text/css; charset=utf-8");
}

void send_icon(struct visit *visit)
{
	send_asset(visit, icon_svg, sizeof(icon_svg), "image/svg+xml");
}

void send_openapi(struct visit *visit)
{
	send_asset(visit, openapi_yaml, sizeof(openapi_yaml), "application/yaml");
}
