/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/page_cache.h"

#include <stdlib.h>

static struct cached_page **bucket_of(struct page_cache *cache, struct extent extent)
{
	/* Fibonacci hashing: neighbouring pages get different buckets. */
	uint64_t mixed = extent.offset * UINT64_C(0x9e3779b97f4a7c15);

	return &cache->buckets[mixed >> 54];
}

static size_t memory_of(const struct cached_page *page)
{
	return sizeof(*page) + key_page_memory(&page->key_page) +
	       block_page_memory(&page->block_page) +
	       superseded_page_memory(&page->superseded_page);
}

static void push_newest(struct page_cache *cache, struct cached_page *page)
{
	page->newer = NULL;
	page->older = cache->newest;
	*(cache->newest ? &cache->newest->newer : &cache->oldest) = page;
	cache->newest = page;
}

static void unlink_by_age(struct page_cache *cache, struct cached_page *page)
{
	*(page->newer ? &page->newer->older : &cache->newest) = page->older;
	*(page->older ? &page->older->newer : &cache->oldest) = page->newer;
}

static void drop_oldest(struct page_cache *cache)
{
	struct cached_page *page = cache->oldest;
	struct cached_page **link = bucket_of(cache, page->extent);

	while (*link != page)
		link = &(*link)->next;
	*link = page->next;
	unlink_by_age(cache, page);
	cache->memory -= memory_of(page);
	key_page_free(&page->key_page);
	block_page_free(&page->block_page);
	superseded_page_free(&page->superseded_page);
	free(page);
}

void page_cache_free(struct page_cache *cache)
{
	while (cache->oldest)
		drop_oldest(cache);
}

struct cached_page *page_cache_find(struct page_cache *cache, enum section_tag tag,
				    struct extent extent)
{
	struct cached_page *page = *bucket_of(cache, extent);

	while (page && (page->extent.offset != extent.offset ||
			page->extent.size != extent.size || page->tag != tag))
		page = page->next;
	if (page && page != cache->newest) {
		unlink_by_age(cache, page);
		push_newest(cache, page);
	}
	return page;
}

void page_cache_add(struct page_cache *cache, struct cached_page *page)
{
	struct cached_page **bucket = bucket_of(cache, page->extent);

	page->next = *bucket;
	*bucket = page;
	push_newest(cache, page);
	cache->memory += memory_of(page);
	while (cache->memory > PAGE_CACHE_MEMORY && cache->oldest != page)
		drop_oldest(cache);
}
