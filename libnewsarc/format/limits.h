/* SPDX-License-Identifier: BSD-2-Clause */
/* The limits of section 16 of the format, and its fixed sizes. */
#ifndef NARC_FORMAT_LIMITS_H
#define NARC_FORMAT_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#define FORMAT_VERSION 1

#define HEADER_SIZE_LIMIT ((uint32_t)64 << 10)
#define NAMES_SIZE_LIMIT ((uint32_t)16 << 20)
#define NAMES_COUNT_LIMIT 65535
#define NAME_SIZE_LIMIT 4096
#define DICTIONARY_SIZE_LIMIT ((uint32_t)32 << 20)
#define DICTIONARY_PIECES_LIMIT 64
#define DESCRIPTOR_SIZE_LIMIT ((uint32_t)64 << 20)
#define PAGE_SIZE_LIMIT ((uint32_t)8 << 20)
#define PAGE_ENTRIES_LIMIT 1024
#define TREE_LEVELS_LIMIT 8
#define BLOCK_ROWS_LIMIT 16384
#define BLOCK_SIZE_LEAST 70 /* of its descriptor, without what each row takes at least */
#define ROW_SIZE_LEAST 8
#define BLOCK_CONTENT_LIMIT ((uint64_t)64 << 20)
#define WINDOW_LOG_LIMIT 23
#define PATH_SIZE_LIMIT 4095
#define CODE_SIZE_LIMIT 255
#define FIRST_GENERATION 1
#define ROWS_LIMIT ((uint64_t)1 << 48)
#define ZONE_MINUTES_LIMIT 1439
#define MANIFEST_SIZE_LIMIT ((uint32_t)64 << 20)
#define DICTIONARIES_LIMIT 1024
#define SEGMENTS_LIMIT 1024
#define REASON_SIZE_LIMIT 4096
#define RUNS_LIMIT 1048576
#define GENERATIONS_LIMIT 1048576
#define TRAILER_SECTION_SIZE 120
#define PARITY_GROUPS_LIMIT 2
#define PARITY_TABLE_SIZE_LIMIT ((uint32_t)64 << 20)
#define PARITY_EXTENTS_LIMIT 2097152
#define PARITY_CHUNK_SIZE_LEAST 64
#define PARITY_CHUNK_SIZE_LIMIT 1048576
#define PARITY_SECTION_CONTENT_LIMIT ((uint32_t)4 << 20)
#define SET_FORMAT_VERSION 1
#define SET_SIZE_LIMIT ((uint32_t)512 << 20)
#define VOLUMES_LIMIT 1048576
#define VOLUME_NAME_SIZE_LIMIT 200
#define FILTER_SIZE_LIMIT ((uint32_t)512 << 20)
#define FILTER_FILE_SIZE_LIMIT ((uint32_t)1 << 30)
#define FILTER_KEYS_LIMIT ((uint32_t)256 << 20)

#endif
