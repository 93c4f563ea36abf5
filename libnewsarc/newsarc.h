/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * newsarc: compressed, indexed, verified archives of posts.
 *
 * The one public header. Three parts: I/O tables, reading, packing; and, in the
 * separate libraries newsarc-exchange and newsarc-git, import and export through libarchive,
 * and import through libgit2.
 *
 * Conventions
 * - Every call that can fail returns an enum narc_status. Outputs come last and are
 *   set only on NARC_OK.
 * - The last argument of such a call is an error object of the caller's, or NULL. It is
 *   filled in when the call fails, and left alone when it does not.
 * - Handles are opaque. A NULL handle given to a close or free function does nothing.
 * - Offsets and sizes are in bytes. Times are seconds since 1970-01-01 00:00:00.
 * - The library has no global state, prints nothing and never ends the process.
 * - Messages of errors and notices are in English; or in the language that the process has chosen
 *   with setlocale(LC_MESSAGES, ...), if the catalogue "newsarc" has it. Nothing else is.
 * - Threads: an open narc_archive may be used by any number of threads at once. Every
 *   other handle belongs to one thread at a time. A call that is given a number of threads
 *   (0: one a processor) starts them itself; callbacks come from the thread that called,
 *   and what comes of the call does not depend on the number.
 */
#ifndef NEWSARC_H
#define NEWSARC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define NARC_API __attribute__((visibility("default")))
#else
#define NARC_API
#endif

#define NARC_VERSION_STRING "0.1.0"

/* The version of the library that runs, as "MAJOR.MINOR.PATCH"; static storage. */
NARC_API const char *narc_version(void);

/* A library that newsarc makes use of. */
enum { NARC_VERSION_SIZE = 24 };
struct narc_library {
	const char *name; /* static storage */
	/* Of what is loaded; of a library that does not say, of what newsarc was built with; "" if it
	 * is not there. */
	char version[NARC_VERSION_SIZE];
};

/* Tells of one of these libraries, from 0; false behind the last. */
NARC_API bool narc_library_version(size_t index, struct narc_library *library);

/* ---- status and errors -------------------------------------------------------- */

/* The values are part of the interface and never change. */
enum narc_status {
	NARC_OK = 0,
	NARC_END = 1,         /* no more records; not an error */
	NARC_NOT_NEWSARC = 2, /* the file is not a newsarc archive */
	NARC_UNSUPPORTED = 3, /* a later version, or a feature this build lacks */
	NARC_CORRUPT = 4,     /* the archive is damaged here */
	NARC_LIMIT = 5,       /* a number is above a limit */
	NARC_NOT_FOUND = 6,   /* what was asked for is not there */
	NARC_EXISTS = 7,      /* what was to be made is there already */
	NARC_IO = 8,          /* reading or writing failed; see system_errno */
	NARC_NOMEM = 9,       /* out of memory */
	NARC_MISUSE = 10,     /* the call or its arguments make no sense */
	NARC_CANCELLED = 11,  /* a callback asked to stop */
	NARC_BAD_SIGNATURE = 12 /* not what was signed, or not by this key */
};

/* A short constant name such as "CORRUPT"; static storage. */
NARC_API const char *narc_status_name(enum narc_status status);

#define NARC_NO_OFFSET UINT64_MAX

/* What went wrong, and where. Plain data: copy it as you like. Strings are cut to fit
 * and end with NUL; path is raw bytes, to be escaped before a terminal sees it. */
struct narc_error {
	enum narc_status status;
	int system_errno;   /* of the failed system call, or 0 */
	uint64_t offset;    /* in the archive, or NARC_NO_OFFSET */
	char stage[24];     /* what was being read or done: "trailer", "descriptor", ... */
	char path[1024];    /* the file or entry concerned, or "" */
	char message[256];  /* what happened, without stage, path and offset */
};

/* ---- progress --------------------------------------------------------------------- */

enum narc_activity {
	NARC_ACTIVITY_READING = 0,     /* what is to be stored, or rows of an archive */
	NARC_ACTIVITY_TRAINING = 1,    /* a dictionary */
	NARC_ACTIVITY_COMPRESSING = 2,
	NARC_ACTIVITY_COPYING = 3,     /* from archive to archive, as it is for the most part */
	NARC_ACTIVITY_INDEXING = 4,    /* what was written, and making its parity */
	NARC_ACTIVITY_EXTRACTING = 5,  /* to files, or into another archive */
	NARC_ACTIVITY_CHECKING = 6,
	NARC_ACTIVITY_MENDING = 7      /* by parity */
};

/* How far a call has come with what it is doing. Each activity is counted from 0. */
struct narc_progress {
	enum narc_activity activity;
	uint64_t records;
	uint64_t bytes; /* of content, or of the file that is copied or mended */
	/* 0: not known. By what is damaged, or came twice, it may become more or less in the end. */
	uint64_t total_records;
	uint64_t total_bytes;
};

/* Told of it by calls that take long, again and again, by the thread that called: a call takes as
 * much longer as this takes. */
typedef void (*narc_progress_fn)(void *context, const struct narc_progress *progress);

/* ---- I/O tables ----------------------------------------------------------------- */

/* Where an archive is read from: positioned reads, so that a file, memory, a failing
 * disk in a test or a remote object are the same to the reader. All calls may come from
 * several threads at once. */
struct narc_source_ops {
	/* Reads exactly length bytes at offset. A source that ends before that fails with
	 * NARC_CORRUPT, a failed read with NARC_IO. */
	enum narc_status (*read_at)(void *context, uint64_t offset, void *buffer, size_t length,
				    struct narc_error *error);
	/* How large it is now: a writer may be at work. */
	enum narc_status (*size)(void *context, uint64_t *size, struct narc_error *error);
	void (*close)(void *context);
	/* Told of what will be read soon, in one read or several: so that a source which takes
	 * long to answer can ask for all of it at once. NULL: no need to know. */
	void (*expect)(void *context, uint64_t offset, uint64_t length);
};

struct narc_source {
	const struct narc_source_ops *ops;
	void *context;
};

/* Where an archive is written to. Used by one thread. */
struct narc_sink_ops {
	/* Writes all of it at the end. */
	enum narc_status (*append)(void *context, const void *data, size_t length,
				   struct narc_error *error);
	/* Reads back what was appended. */
	enum narc_status (*read_at)(void *context, uint64_t offset, void *buffer, size_t length,
				    struct narc_error *error);
	/* Cuts off what is behind size bytes, which were there before; what is appended goes
	 * there. Called before the first append, by who continues an archive. */
	enum narc_status (*truncate)(void *context, uint64_t size, struct narc_error *error);
	/* Returns when all that was appended would survive a power cut. */
	enum narc_status (*sync)(void *context, struct narc_error *error);
	/* Gives the finished archive its name, durably. Called once, last. */
	enum narc_status (*publish)(void *context, struct narc_error *error);
	/* Ends the sink; what was not published disappears. */
	void (*close)(void *context);
};

struct narc_sink {
	const struct narc_sink_ops *ops;
	void *context;
};

/* A source over the file at path. Close it with its own close call, or hand it to
 * narc_archive_open, which takes it over. */
NARC_API enum narc_status narc_file_source(const char *path, struct narc_source *source,
					   struct narc_error *error);

/* A source over size bytes at data, which the caller keeps alive and unchanged. */
NARC_API enum narc_status narc_memory_source(const void *data, size_t size,
					     struct narc_source *source, struct narc_error *error);

/* A sink that becomes the file at path when published, and until then is a temporary
 * file in the same folder. With replace false, NARC_EXISTS if path exists, now or when
 * publishing. */
NARC_API enum narc_status narc_file_sink(const char *path, bool replace, struct narc_sink *sink,
					 struct narc_error *error);

/* A sink that continues the archive at path, which it locks against other writers; where one
 * is at work, it waits. Open the archive after that, so that nobody changes it any more.
 * Readers are not locked out, and see the archive as it was until it is published. */
NARC_API enum narc_status narc_append_sink(const char *path, struct narc_sink *sink,
					   struct narc_error *error);

/* A sink onto an open descriptor, such as standard output, which stays the caller's. Nothing
 * can be read back from it, and syncing and publishing do nothing. */
NARC_API enum narc_status narc_descriptor_sink(int fd, struct narc_sink *sink,
					       struct narc_error *error);

/* A sink that collects the archive in memory. On publishing, *data (to be freed with
 * free()) and *size are set; until then they are left alone. Both must outlive the sink. */
NARC_API enum narc_status narc_memory_sink(void **data, size_t *size, struct narc_sink *sink,
					   struct narc_error *error);

/* Tells of a file of a store; the name is valid until it returns. False ends the listing. */
typedef bool (*narc_store_list_fn)(void *context, const char *name, uint64_t size, int64_t time);

/* Where a set is kept: files beside each other, found by name, such as those of a folder or the
 * objects below a prefix. All calls may come from several threads at once. A version is text that
 * differs where the content does. */
enum { NARC_STORE_VERSION_SIZE = 256 };
struct narc_store_ops {
	/* Opens a file to be read. NARC_NOT_FOUND if it is not there. */
	enum narc_status (*open)(void *context, const char *name, struct narc_source *source,
				 struct narc_error *error);
	/* Reads all of a file, of limit bytes at most; *data is to be freed with free(). Likewise. */
	enum narc_status (*read)(void *context, const char *name, size_t limit, void **data,
				 size_t *size, char version[NARC_STORE_VERSION_SIZE],
				 struct narc_error *error);
	/* Writes a file, durably and at once, if the one that is there has this version; NULL: if
	 * none is there. NARC_EXISTS if not. */
	enum narc_status (*replace)(void *context, const char *name, const void *data, size_t size,
				    const char *version, struct narc_error *error);
	/* Begins a file that has no name yet. Its sink is not published, but given to finish, and
	 * closed by the caller in any case. */
	enum narc_status (*create)(void *context, struct narc_sink *sink,
				   struct narc_error *error);
	/* Gives the file, of so many bytes, its name, durably and at once; one that has it is
	 * replaced. */
	enum narc_status (*finish)(void *context, struct narc_sink sink, uint64_t size,
				   const char *name, struct narc_error *error);
	/* Tells of all files, in any order. */
	enum narc_status (*list)(void *context, narc_store_list_fn tell, void *tell_context,
				 struct narc_error *error);
	/* Removes a file. It is no failure if there is none. */
	enum narc_status (*remove)(void *context, const char *name, struct narc_error *error);
	void (*close)(void *context);
};

struct narc_store {
	const struct narc_store_ops *ops;
	void *context;
};

/* A store in the folder at path, which is made if it is not there and make is set. It waits for
 * others where they write. */
NARC_API enum narc_status narc_folder_store(const char *path, bool make, struct narc_store *store,
					    struct narc_error *error);

/* ---- records ---------------------------------------------------------------------- */

enum narc_kind { NARC_KIND_FILE = 0, NARC_KIND_POST = 1 };
enum narc_file_type { NARC_TYPE_REGULAR = 0, NARC_TYPE_SYMLINK = 1 };

/* Where a record's date comes from. */
enum narc_date_origin {
	NARC_DATE_FRONT_MATTER = 0,
	NARC_DATE_FILE_NAME = 1,
	NARC_DATE_INFO_CODE = 2,
	NARC_DATE_MTIME = 3
};

/* One stored file. Strings end with NUL and hold no other NUL; they are the bytes that
 * were packed, so nothing is known of their encoding. */
struct narc_record {
	const char *path;       /* relative, components separated by "/" */
	const char *info_code;  /* "" if there is none */
	const char *categories; /* names separated by "\n"; "" if there are none */
	enum narc_kind kind;
	enum narc_file_type type;
	enum narc_date_origin date_origin;
	int64_t local_time;     /* civil time in the record's own zone, as if it were UTC */
	int zone_minutes;       /* east of UTC; the instant is local_time - 60 * zone_minutes */
	uint32_t permissions;   /* the twelve permission bits */
	int64_t mtime_seconds;
	uint32_t mtime_nanoseconds;
	uint64_t size;          /* of the content */
	uint64_t hash;          /* XXH3-64 of the content */
	uint32_t generation;    /* that brought this version, from 1 */
	uint32_t version;       /* of the content: of a post, among those with its infoCode; from 1 */
	uint64_t row;           /* place in the archive, from 0 */
	uint64_t owner;         /* the row that has the content: another one, if it is a copy */
	bool is_redacted;       /* the content was taken out; hash is that of what was there */
};

/* ---- reading ------------------------------------------------------------------------ */

typedef struct narc_archive narc_archive;
typedef struct narc_cursor narc_cursor;

/* Opens an archive. Reads the header and the trailer. The source belongs to the archive
 * from here on, also when this call fails. */
NARC_API enum narc_status narc_archive_open(struct narc_source source, narc_archive **archive,
					    struct narc_error *error);
NARC_API void narc_archive_close(narc_archive *archive);

/* What reading an archive of unknown making may take, below the limits of the format. 0: no
 * limit but these. */
struct narc_limits {
	uint64_t block;  /* content of a block that is decoded in memory: at most 64 MiB */
	uint64_t record; /* content of one record */
	uint64_t output; /* content that all cursors hand out together, or that verifying reads */
	uint64_t kept;   /* dictionaries and names, which stay in memory: 2 GiB if it is 0 */
};

/* Sets limits; to be called before there are cursors. What is above one fails with NARC_LIMIT
 * when it would be read. */
NARC_API void narc_archive_limit(narc_archive *archive, const struct narc_limits *limits);

/* The stage of an error that says that limits.output is reached, so that no more will come. */
#define NARC_STAGE_OUTPUT "output limit"

/* As narc_archive_open, of an archive that may be damaged where it says what is in it: then that is
 * made up from all blocks that are found in the file, which is gone through as a whole. Such an
 * archive is to be verified, or read after narc_archive_keep_going; when its generations were
 * written is not known, and what was in a generation that was never finished is in it. */
NARC_API enum narc_status narc_archive_open_damaged(struct narc_source source,
						    narc_archive **archive,
						    struct narc_error *error);

/* The name of the file in a store by which it is a set. */
#define NARC_SET_MANIFEST "newsarc-set"

/* Opens a set: the volumes in a store, which are archives of their own, as one. It is read as it
 * was when it was opened. The store belongs to the archive from here on, also when this call
 * fails. NARC_NOT_FOUND if it is no set. */
NARC_API enum narc_status narc_set_open(struct narc_store store, narc_archive **archive,
					struct narc_error *error);

/* A volume of a set. Strings are valid as long as the archive. */
struct narc_volume {
	const char *name;  /* of its file */
	const char *label; /* of the part of the set that it is of, such as "2022-01"; or "" */
	uint64_t size;     /* of the file, in bytes */
	uint64_t hash;     /* XXH3-64 of it */
	uint64_t first_row, rows;
	uint32_t first_generation, generations;
	int64_t first_local_time, last_local_time;
};

/* Tells of a volume, from 0; false behind the last, and of what is no set. */
NARC_API bool narc_archive_volume(const narc_archive *archive, size_t index,
				  struct narc_volume *volume);

/* Why it could not be opened as it should be; NULL if it was. Valid as long as the archive. */
NARC_API const struct narc_error *narc_archive_opening_error(const narc_archive *archive);

/* Has all that follows read what can be read of an archive that is damaged, and go on behind what
 * cannot: blocks that the index does not lead to any more are looked for in the file, and which
 * rows are current is worked out from the rows. Where the names of rows are lost, but not their
 * content, they have made-up paths below "lost-names/". Goes through the whole index. To be called
 * before anything else is done with the archive. temporary_folder: NULL: /tmp. */
NARC_API enum narc_status narc_archive_keep_going(narc_archive *archive,
						  const char *temporary_folder,
						  struct narc_error *error);

/* How many bytes behind the last valid trailer are ignored. *is_generation: whether they are a
 * generation that was written to its end, but whose trailer is damaged now; what else is there
 * is mostly left of a writing that was torn, which was never part of the archive. */
NARC_API uint64_t narc_archive_ignored(const narc_archive *archive, bool *is_generation);

struct narc_info {
	uint32_t format_version;
	uint32_t generation;
	uint64_t file_size;        /* up to the end of the trailer */
	uint64_t trailing_size;    /* behind the trailer: a torn append, ignored */
	uint64_t segments;
	uint64_t runs;
	uint64_t rows;             /* of all generations */
	uint64_t blocks;
	uint64_t content_size;     /* of all rows together */
	uint64_t owned_size;       /* of what is stored: content_size without the copies */
	uint64_t current_rows;     /* that no newer ones superseded */
	uint64_t current_posts;
	uint64_t current_size;     /* of their content */
	uint64_t tombstones;       /* rows whose content was taken out */
	uint64_t names_size;       /* bytes of the file, likewise below */
	uint64_t dictionaries;
	uint64_t dictionary_offset; /* of the first */
	uint64_t dictionary_size;   /* of all */
	uint64_t dictionary_raw_size; /* decompressed */
	uint64_t blocks_offset;    /* of the first */
	uint64_t blocks_size;      /* data frames and descriptors */
	uint64_t descriptors_size; /* of blocks_size, what is descriptors; reads the block pages */
	uint64_t index_size;
	uint64_t parity_size;
	unsigned parity_strength;  /* as in narc_pack_options */
	bool has_dates;            /* false if there are no rows */
	int64_t first_local_time;
	int64_t last_local_time;
};

/* When a generation was written, in seconds of UTC: the time of the clock; of the first, the
 * newest modification time of its files. NARC_NOT_FOUND if there is no such generation. */
NARC_API enum narc_status narc_archive_generation_time(const narc_archive *archive,
						       uint32_t generation, int64_t *time,
						       struct narc_error *error);

/* The last generation that was written by then. NARC_NOT_FOUND if none was. */
NARC_API enum narc_status narc_archive_generation_at(const narc_archive *archive, int64_t time,
						     uint32_t *generation,
						     struct narc_error *error);

/* What stays of a content that was taken out. */
struct narc_tombstone {
	int64_t time;       /* when it was, in seconds of UTC */
	const char *reason; /* valid as long as the archive */
	uint8_t sha256[32]; /* of the content */
};

/* NARC_NOT_FOUND if the content of the row was not taken out. */
NARC_API enum narc_status narc_archive_tombstone(const narc_archive *archive, uint64_t row,
						 struct narc_tombstone *tombstone,
						 struct narc_error *error);

/* Fills in *info; reads some index pages. */
NARC_API enum narc_status narc_archive_info(narc_archive *archive, struct narc_info *info,
					    struct narc_error *error);

enum narc_kind_choice { NARC_KIND_ANY = 0, NARC_KIND_ONLY_FILES, NARC_KIND_ONLY_POSTS };

/* Which records a cursor gives: those that pass every test. narc_filter_init makes one
 * that passes all. Strings belong to the caller and must outlive the cursor. */
struct narc_filter {
	int64_t from;          /* local_time, inclusive */
	int64_t to;            /* local_time, inclusive */
	const char *code_glob; /* fnmatch(3) pattern over the infoCode, or NULL */
	const char *path_glob; /* likewise over the whole path; "*" matches "/" too */
	const char *category;  /* one category name, whole, or NULL */
	enum narc_kind_choice kind;
	uint32_t as_of;        /* a generation: its records are given; 0: the last */
	bool all_versions;     /* with those that newer ones superseded up to then */
	uint32_t version;      /* only this one, superseded or not; 0: any */
	bool with_redacted;    /* with those whose content was taken out */
};

NARC_API void narc_filter_init(struct narc_filter *filter);

/* How many records pass filter (NULL: all that are current), and how many bytes their content has,
 * without looking at them; 0 if that is not known. */
NARC_API void narc_archive_expect(const narc_archive *archive, const struct narc_filter *filter,
				  uint64_t *records, uint64_t *bytes);

/* Sets from and to by a range of calendar dates: "2022-01-05", "2022-01", "2022",
 * "FROM..TO", "FROM..", "..TO"; a month or a year as TO includes all of it. NARC_MISUSE
 * for anything else. */
NARC_API enum narc_status narc_filter_set_dates(struct narc_filter *filter, const char *text,
						struct narc_error *error);

/* A cursor over the records that pass, in order of date, infoCode, path and generation. The
 * archive must outlive it; filter is copied, not its strings. NARC_NOT_FOUND if as_of is a
 * generation that there is not. */
NARC_API enum narc_status narc_cursor_open(narc_archive *archive, const struct narc_filter *filter,
					   narc_cursor **cursor, struct narc_error *error);

/* Points the cursor at the records named by key: as an infoCode, exactly; else as the
 * same code of the other family (NW and 18 digits, bare 18 digits); else as a path. They come
 * generation by generation. The cursor's filter applies. NARC_NOT_FOUND if there is none. Ends
 * a walk under way. */
NARC_API enum narc_status narc_cursor_find(narc_cursor *cursor, const char *key,
					   struct narc_error *error);

/* The same for just this infoCode, just this path, and for records without an infoCode just
 * this content, as far as its hash says. */
NARC_API enum narc_status narc_cursor_find_code(narc_cursor *cursor, const char *code,
						struct narc_error *error);
NARC_API enum narc_status narc_cursor_find_path(narc_cursor *cursor, const char *path,
						struct narc_error *error);
NARC_API enum narc_status narc_cursor_find_content(narc_cursor *cursor, uint64_t hash,
						   struct narc_error *error);

/* The same for just the record in this row: what was seen once is found again without a look into
 * an index of keys. Rows of one block that are asked for after each other are decompressed once. */
NARC_API enum narc_status narc_cursor_find_row(narc_cursor *cursor, uint64_t row,
					       struct narc_error *error);

/* Moves to the next record, NARC_END after the last. *record is valid until the next
 * call on this cursor. */
NARC_API enum narc_status narc_cursor_next(narc_cursor *cursor, const struct narc_record **record,
					   struct narc_error *error);

/* The record that the cursor is at; NULL before the first and after the last. */
NARC_API const struct narc_record *narc_cursor_record(const narc_cursor *cursor);

/* What is compressed together: the contents of some records that follow each other. */
struct narc_block {
	uint64_t offset;          /* in the archive */
	uint64_t frame_size;      /* bytes of the archive that hold the contents */
	uint64_t descriptor_size; /* bytes that say what the records are */
	uint64_t content_size;    /* of the records that own theirs, uncompressed */
	uint32_t rows;            /* records, of all versions */
};

/* Gives the block that has the cursor's record; NARC_MISUSE if it is at none. */
NARC_API enum narc_status narc_cursor_block(const narc_cursor *cursor, struct narc_block *block,
					    struct narc_error *error);

/* Called with the content's bytes, in order; returns false to stop (NARC_CANCELLED). */
typedef bool (*narc_write_fn)(void *context, const void *data, size_t size);

/* Whether the content of the cursor's record is too large for memory: above
 * NARC_CONTENT_IN_MEMORY, or above the limit set for a block. */
#define NARC_CONTENT_IN_MEMORY ((uint64_t)64 << 20)
NARC_API bool narc_cursor_is_large(const narc_cursor *cursor);

/* Gives the content of the cursor's record, verified: *data belongs to the cursor and is valid
 * until the next call on it. NARC_NOT_FOUND if it was taken out; NARC_LIMIT if it is too large for
 * memory: use narc_cursor_stream then. */
NARC_API enum narc_status narc_cursor_content(narc_cursor *cursor, const void **data,
					      struct narc_error *error);

/* Gives the content of the cursor's record, of any size, in pieces. The hash can only be
 * checked at the end: on NARC_CORRUPT, throw away what was delivered. */
NARC_API enum narc_status narc_cursor_stream(narc_cursor *cursor, narc_write_fn write,
					     void *context, struct narc_error *error);

/* Says of a cursor that has not moved yet that the content of all its records will be wanted,
 * in the order in which the archive has them: generation by generation, each in the order of
 * narc_cursor_open. Up to threads threads, the caller's among them, then read, decompress and
 * check blocks ahead of it, which changes neither what the cursor gives nor what it fails with.
 * A walk over few blocks, or over what a key leads to, starts no threads. Six blocks a thread
 * are held, of 4 MiB of content at most; larger ones are read when the cursor comes to them. */
NARC_API void narc_cursor_read_ahead(narc_cursor *cursor, unsigned threads);

/* Works on the record that cursor is at, of which it may ask for the record and its content. Sets
 * *result on NARC_OK, or leaves it, which means NULL. thread is a number below NARC_THREADS_LIMIT;
 * no two calls at a time have the same. error may be NULL. */
#define NARC_THREADS_LIMIT 1024
typedef enum narc_status (*narc_work_fn)(void *context, unsigned thread, narc_cursor *cursor,
					 void **result, struct narc_error *error);

struct narc_work {
	unsigned threads; /* at most; 0: one a processor */
	narc_work_fn work;
	void (*free_result)(void *result); /* of results that nobody took; or NULL */
	void *context;
};

/* As narc_cursor_read_ahead, but that the cursor keeps its order, and that work is done with each
 * record: in the threads before the cursor comes to it, or if there are none, or that failed, when
 * its result is taken. So what comes of it and what is told do not depend on the threads, if work
 * depends on nothing but the record. What six blocks a thread give is held. A cursor that is
 * closed, or pointed elsewhere, waits for work under way, and frees the results. */
NARC_API void narc_cursor_work_ahead(narc_cursor *cursor, const struct narc_work *work);

/* Gives what came of the work on the cursor's record, which is the caller's from here on: to be
 * asked for once. Fails as work does. */
NARC_API enum narc_status narc_cursor_take_result(narc_cursor *cursor, void **result,
						  struct narc_error *error);
NARC_API void narc_cursor_close(narc_cursor *cursor);

/* Whether a record of newer would be preferred to older where one answer is wanted:
 * latest generation, then date, then mtime, then last in path order. */
NARC_API bool narc_record_is_newer(const struct narc_record *newer, const struct narc_record *older);

/* Called for each damage found; what names the place. Returns false to stop. */
typedef bool (*narc_damage_fn)(void *context, const struct narc_error *damage);

/* A damaged region of an archive, and what is lost by it. An entry is a file as it is now; what
 * it was before is a version. */
struct narc_damage {
	struct narc_error error; /* what is wrong; offset is where the region begins */
	const char *volume;      /* of a set, the file that the region is of; NULL: it is no set, or
				  * the manifest */
	uint64_t length;         /* of the region; 0: not known */
	bool is_end;             /* what stands there, or stood there, is not known */
	uint64_t entries;        /* whose content is lost, with the copies of it; likewise versions */
	uint64_t versions;
	uint64_t unnamed; /* of both: those of which not even the path can be read */
	/* Goes over these entries and versions, but for the unnamed, in the order of the archive; NULL
	 * if there are none. Valid until the callback returns. */
	narc_cursor *touched;
};

/* Called for each damage, in the order of the file. Returns false to stop. */
typedef bool (*narc_verify_fn)(void *context, const struct narc_damage *damage);

struct narc_verify_result {
	uint64_t damages;
	uint64_t rows_checked;  /* entries and versions */
	uint64_t bytes_checked; /* of content */
	uint64_t entries;       /* that the archive has, likewise versions and blocks */
	uint64_t versions;
	uint64_t blocks;
	uint64_t good_entries;  /* that can be read, as far as was looked at; likewise good_versions */
	uint64_t good_versions;
	uint64_t blocks_checked; /* of which the content was looked at */
};

struct narc_verify_options {
	bool quick;             /* the index and the descriptors, not the content */
	uint32_t parts;         /* not 0: of the content, one of so many parts, */
	uint32_t part;          /* which is this one, from 0; all of them are the whole archive */
	unsigned threads;
	narc_verify_fn report;  /* or NULL */
	void *context;
	const char *temporary_folder; /* for keys that do not fit into memory; NULL: /tmp */
	narc_progress_fn progress;    /* or NULL */
	void *progress_context;
};

/* Reads the whole archive and checks every rule of the format and every hash. NARC_OK if the
 * check could be carried out, whatever it found; damages are counted in *result and told to
 * report, each region once. One damage hides no other: what the index does not lead to any more is
 * looked for without it. */
NARC_API enum narc_status narc_archive_verify(narc_archive *archive,
					      const struct narc_verify_options *options,
					      struct narc_verify_result *result,
					      struct narc_error *error);

/* ---- front matter ---------------------------------------------------------------------- */

/* What a post says of itself in the YAML, or what was meant for it, between two lines "---" at its
 * top. Strings end with NUL, and at a NUL in them; "" where a key is missing. */
struct narc_front_matter {
	const char *title;      /* may have line ends */
	const char *date;       /* as it is written */
	const char *categories; /* names separated by "\n"; likewise tags */
	const char *tags;
	size_t size;            /* of the content's bytes up to where the text begins */
	const char *problem;    /* why it is not YAML, so that it was read line by line; NULL: it
				 * is. In static storage */
	size_t problem_line;    /* of the content, from 1 */
};

typedef struct narc_front_matter_reader narc_front_matter_reader;

/* A reader is memory that is used from post to post. */
NARC_API enum narc_status narc_front_matter_reader_new(narc_front_matter_reader **reader,
						       struct narc_error *error);

/* Reads the front matter of a content. *matter is valid until the next call with this reader.
 * NARC_NOT_FOUND if there is none. */
NARC_API enum narc_status narc_front_matter_read(narc_front_matter_reader *reader,
						 const void *content, size_t size,
						 struct narc_front_matter *matter,
						 struct narc_error *error);
NARC_API void narc_front_matter_reader_free(narc_front_matter_reader *reader);

/* ---- writing to a folder -------------------------------------------------------------- */

typedef struct narc_folder narc_folder;

/* A folder to extract into; it is made, with its parents, if it is not there. Nothing is
 * ever written outside of it: symbolic links on the way to a target are not followed. */
NARC_API enum narc_status narc_folder_open(const char *path, narc_folder **folder,
					   struct narc_error *error);

/* Has files get their set-user-ID, set-group-ID and sticky bits too, which are left out
 * otherwise: for archives whose makers are trusted. */
NARC_API void narc_folder_keep_set_id(narc_folder *folder);

/* Writes the cursor's record below the folder, with permissions (set-id and sticky bits
 * excepted) and modification time. A file that is there already is replaced, when the new one is
 * complete. */
NARC_API enum narc_status narc_folder_write(narc_folder *folder, narc_cursor *cursor,
					    struct narc_error *error);

/* Told, when all is written, of a record whose path differs from another one's only in case or in
 * how Unicode writes its letters: elsewhere the two may be one file. */
typedef void (*narc_alike_fn)(void *context, const char *path, const char *other);

/* Zeros are the defaults. */
struct narc_extract_options {
	unsigned threads;
	narc_damage_fn failed; /* or NULL */
	void *context;
	narc_alike_fn alike;   /* or NULL */
	const char *temporary_folder; /* for paths that do not fit into memory; NULL: /tmp */
	narc_progress_fn progress; /* or NULL */
	void *progress_context;
};

struct narc_extract_result {
	uint64_t written; /* records */
	uint64_t failed;  /* records, or blocks of them that could not be read */
};

/* Writes all records that pass filter (NULL: all), on several threads. What fails is counted
 * and told to failed, in the order of the archive. A record whose folder would have the path
 * of another of them fails, whichever comes first; and one that the file system takes for another
 * of them, of which one is lost then. NARC_OK if it came to the end, whatever
 * failed; it ends before that if failed says so, if the archive's index or descriptors cannot
 * be read from its source, and for want of memory. Records behind that place may have been
 * written by then. */
NARC_API enum narc_status narc_folder_write_all(narc_folder *folder, narc_archive *archive,
						const struct narc_filter *filter,
						const struct narc_extract_options *options,
						struct narc_extract_result *result,
						struct narc_error *error);
NARC_API void narc_folder_close(narc_folder *folder);

/* ---- packing ----------------------------------------------------------------------------- */

typedef struct narc_packer narc_packer;

enum narc_notice_kind {
	NARC_NOTICE_SKIPPED = 0,  /* could not be kept: unreadable, a socket, ... */
	NARC_NOTICE_REPLACED = 1, /* the stored path came again with other content, which is kept */
	NARC_NOTICE_CHANGED = 2,  /* the file changed while it was read */
	NARC_NOTICE_ITSELF = 3,   /* the archive being replaced; not counted as a notice */
	NARC_NOTICE_REDACTED = 4, /* was redacted, and is not stored again; likewise */
	NARC_NOTICE_KEPT = 5,     /* has the content of what is redacted, and keeps it */
	NARC_NOTICE_LOST = 6,     /* could not be saved from a damaged archive */
	NARC_NOTICE_LEFT = 7      /* may have what was redacted in a set, and was not removed */
};

/* Told of each file that is not stored as it stands. path is the source path. */
typedef void (*narc_notice_fn)(void *context, enum narc_notice_kind kind, const char *path,
			       const char *text);

/* The offset from UTC, in minutes, of the zone named zone ("Asia/Shanghai") at this local
 * civil time; false if there is no such zone. Called from one thread. */
typedef bool (*narc_zone_fn)(void *context, const char *zone, int64_t local_time, int *minutes);

#define NARC_DICTIONARY_AUTO SIZE_MAX

/* narc_pack_options_init sets the defaults. */
/* Parity: by it, narc_archive_repair makes again what is damaged, up to so much of the archive.
 * 0: what all else needs is guarded against the loss of 64 KiB, as it is in any case.
 * NARC_PARITY_AUTO: as much as the archive has that is appended to, else 0. */
#define NARC_PARITY_WHOLE 10000u
#define NARC_PARITY_AUTO (~0u)

struct narc_pack_options {
	int level;              /* of zstd, 1 to 22 */
	size_t block_size;      /* content bytes a block aims at; 0: one post a block */
	size_t dictionary_size; /* at most; 0: none; NARC_DICTIONARY_AUTO: by the input */
	unsigned threads;       /* 0: one a processor */
	size_t memory;          /* bytes of posts held before they go to a temporary file */
	const char *temporary_folder;
	const char *zone;       /* for dates without a zone where the tree names none */
	unsigned parity;        /* hundredths of a percent of the archive; NARC_PARITY_AUTO */
	int64_t time;           /* of writing, in seconds of UTC, for a generation that is appended;
	                         * the clock's */
	bool compare_content;   /* appending, read files also where size and time did not change */
	narc_zone_fn zone_lookup; /* NULL: only "UTC" and offsets such as "+08:00" are known */
	void *zone_context;
	narc_notice_fn notice;  /* or NULL */
	void *notice_context;
	narc_progress_fn progress; /* or NULL */
	void *progress_context;
};

NARC_API void narc_pack_options_init(struct narc_pack_options *options);

/* Sets level, block_size and dictionary_size: "fast", "default" or "max". NARC_MISUSE for
 * any other name. */
NARC_API enum narc_status narc_pack_options_preset(struct narc_pack_options *options,
						   const char *name, struct narc_error *error);

/* What a file brings besides its content. */
struct narc_entry {
	const char *path; /* to be stored; "." components and doubled "/" are taken out */
	enum narc_file_type type;
	uint32_t permissions;
	int64_t mtime_seconds;
	uint32_t mtime_nanoseconds;
};

NARC_API enum narc_status narc_packer_new(const struct narc_pack_options *options,
					  narc_packer **packer, struct narc_error *error);

/* Says, before any file is added, that the files will be appended to archive, which must
 * outlive the packer. A file that is there already, with the same path and content, is left
 * out: one of a tree without being read, if its size and modification time are the same, but
 * for compare_content. One with the content of another is stored as a copy of it; and if that
 * other one did not come and is not in the trees that were added, as the same file with a new
 * path. The infoCode makes a file a version of those that have it. Commit to a sink that
 * continues the archive. */
NARC_API enum narc_status narc_packer_append_to(narc_packer *packer, narc_archive *archive,
						struct narc_error *error);

/* Whether the archive that is appended to has this path; false if there is none. */
NARC_API enum narc_status narc_packer_base_has(narc_packer *packer, const char *path, bool *has,
					       struct narc_error *error);

/* Adds one file (or symbolic link, whose content is its target). Nothing of the
 * arguments is kept. NARC_MISUSE for a path that cannot be stored. */
NARC_API enum narc_status narc_packer_add(narc_packer *packer, const struct narc_entry *entry,
					  const void *content, size_t size,
					  struct narc_error *error);

/* Reads up to size bytes into buffer; *got is 0 at the end only. */
typedef enum narc_status (*narc_read_fn)(void *context, void *buffer, size_t size, size_t *got,
					 struct narc_error *error);

/* Adds one file of any size, read in pieces. */
NARC_API enum narc_status narc_packer_add_stream(narc_packer *packer,
						 const struct narc_entry *entry, narc_read_fn read,
						 void *context, struct narc_error *error);

/* Adds one file with the content and the type of another, which has the stored path target
 * and comes before the commit. If it does not come, notice is told. */
NARC_API enum narc_status narc_packer_add_link(narc_packer *packer,
					       const struct narc_entry *entry, const char *target,
					       struct narc_error *error);

/* Adds all regular files and symbolic links below root, with paths relative to it; or, if
 * root is a file, that file under its own name. Files that cannot be kept are told to
 * notice and do not end the walk. The time zone named in root's _config.yml is used for
 * its dates. */
NARC_API enum narc_status narc_packer_add_tree(narc_packer *packer, const char *root,
					       struct narc_error *error);

/* Leaves out the file at path, or the folder and all that is in it, if it exists, wherever a tree has
 * it: the archive that the new one will replace is not to become part of it, nor the set that a volume
 * is for. */
NARC_API void narc_packer_exclude(narc_packer *packer, const char *path);

/* Adds the file at root/path (path alone if root is NULL) under path. Told to notice if it
 * cannot be kept. It may be read and told of as late as in a later call, up to the commit, but
 * in its turn. */
NARC_API enum narc_status narc_packer_add_path(narc_packer *packer, const char *root,
					       const char *path, struct narc_error *error);

/* Says that what is added from here on comes from another tree, whose _config.yml, if it
 * comes, holds for it alone. Trees do this by themselves. */
NARC_API enum narc_status narc_packer_begin_tree(narc_packer *packer, struct narc_error *error);

/* Whether the path is one of a generation's, of which only some files were added. */
typedef enum narc_status (*narc_has_path_fn)(void *context, const char *path, bool *has_path,
					     struct narc_error *error);

/* Says that what is added from here on is a generation of its own, so that a history is packed at
 * once. Generations come one after the other; of each, those files are added that are new or
 * have changed, by narc_packer_add and narc_packer_add_stream only, and each path once:
 * NARC_MISUSE for another time. One that is as it was is left out, and a generation without any
 * other is none. A file with the content, or the infoCode, of one whose path has_path does not
 * know any more, is that one, moved. time is in seconds of UTC; if it is before that of the
 * generation before, that one counts. To be called before any file is added. Takes some 140 bytes
 * of memory a file, NARC_LIMIT above 67 million of them. */
NARC_API enum narc_status narc_packer_begin_generation(narc_packer *packer, int64_t time,
						       narc_has_path_fn has_path, void *context,
						       struct narc_error *error);

/* Tells the packer's notice of a file that whoever feeds the packer could not give it. */
NARC_API void narc_packer_notify(narc_packer *packer, enum narc_notice_kind kind,
				 const char *path, const char *text);

struct narc_pack_result {
	uint32_t generation; /* written; appending nothing, the last one */
	uint64_t unchanged;  /* files that the archive has already, or the generation before had */
	uint64_t moved;      /* rows that take the place of one with another path */
	uint64_t rows;       /* written, likewise below */
	uint64_t posts;
	uint64_t blocks;
	uint64_t content_size;
	uint64_t owned_size;
	uint64_t archive_size;
	uint64_t notices;
};

/* Writes the archive, or the generation appended, publishes it and closes the sink, which
 * belongs to this call from the start, also when it fails. Appends nothing if there is nothing
 * new. The packer takes no more files after that. */
NARC_API enum narc_status narc_packer_commit(narc_packer *packer, struct narc_sink sink,
					     struct narc_pack_result *result,
					     struct narc_error *error);

/* The same for a set in store, which stays the caller's: what was added becomes a volume of it,
 * or nothing if there is nothing new. The packer appends to that set as it was opened, or to
 * nothing. Others may write to the set meanwhile: who comes last supersedes what is at the same
 * paths. Where the store has no set, it has one then. */
NARC_API enum narc_status narc_packer_commit_volume(narc_packer *packer, struct narc_store store,
						    struct narc_pack_result *result,
						    struct narc_error *error);

/* Says, before anything else, that it is for one part of the set: a year, as "2022", or a month, as
 * "2022-01". Files of other dates are left out; the others are compared with volumes of that part, and
 * of none, so that what comes of it does not depend on other parts. The set that is appended to, if
 * there is one, is for this packer alone then. NARC_MISUSE for another part. */
NARC_API enum narc_status narc_packer_set_shard(narc_packer *packer, const char *shard,
						struct narc_error *error);

enum narc_period { NARC_PERIOD_YEAR, NARC_PERIOD_MONTH };
enum { NARC_PERIOD_SIZE = 32 };

/* A part of a set, and how many files it has of those that were added to a packer. */
struct narc_shard {
	const char *name;   /* valid until the callback returns */
	uint64_t unchanged; /* that the set which is appended to has as they are */
	uint64_t added;     /* others, which would be written */
};

/* Told of a part that has files; false to stop. */
typedef bool (*narc_shard_fn)(void *context, const struct narc_shard *shard);

/* How what was added is divided into volumes. */
struct narc_volume_split {
	uint64_t size; /* 0: by period; else a volume for each so many bytes of content, in order of
			* date */
	enum narc_period period;
};

/* As narc_packer_commit_volume, but that it makes a volume for each part, as if each had been
 * packed with narc_packer_set_shard; for a packer that appends to nothing, also where there is a
 * set. Of the result, the numbers of all volumes are added up. */
NARC_API enum narc_status narc_packer_commit_split(narc_packer *packer, struct narc_store store,
						   const struct narc_volume_split *split,
						   struct narc_pack_result *result,
						   struct narc_error *error);

/* Tells of the parts for which narc_packer_set_shard would find files among those that were added,
 * in their order, instead of writing them. A packer that appends to a set says so what has changed
 * since then, by what appending itself goes by. */
NARC_API enum narc_status narc_packer_tell_shards(narc_packer *packer, enum narc_period period,
						  narc_shard_fn tell, void *context,
						  struct narc_error *error);
NARC_API void narc_packer_free(narc_packer *packer);

/* ---- merging ------------------------------------------------------------------------------ */

/* narc_merge_options_init sets the defaults. */
struct narc_merge_options {
	int level;     /* of zstd, for what is compressed anew */
	size_t memory; /* for sorting */
	const char *temporary_folder;
	const char *const *names; /* of the archives, for errors; or NULL */
	narc_progress_fn progress; /* or NULL */
	void *progress_context;
};

NARC_API void narc_merge_options_init(struct narc_merge_options *options);

/* Writes an archive of the files of several, with all generations, which are numbered by the
 * time of their writing: at any time it is what all were together. A path that several have is
 * one file, whose states follow each other. Data frames are copied as they are; NARC_CORRUPT if
 * one is damaged. Of one archive, this leaves out the indexes of older generations that newer ones
 * took the place of. The sink belongs to this call from the start. */
NARC_API enum narc_status narc_archives_merge(narc_archive *const *archives, size_t count,
					      const struct narc_merge_options *options,
					      struct narc_sink sink, struct narc_error *error);

/* ---- splitting ---------------------------------------------------------------------------- */

/* Opens a sink for the part of this name: "2022", or "2022-01". */
typedef enum narc_status (*narc_make_sink_fn)(void *context, const char *name,
					      struct narc_sink *sink, struct narc_error *error);

/* narc_split_options_init sets the defaults, but for make_sink. */
struct narc_split_options {
	enum narc_period period;
	narc_make_sink_fn make_sink;
	void *context;
	int level;     /* of zstd, for blocks that are divided */
	size_t memory; /* for sorting */
	const char *temporary_folder;
	narc_progress_fn progress; /* or NULL */
	void *progress_context;
};

NARC_API void narc_split_options_init(struct narc_split_options *options);

/* Writes an archive for each year or month that entries have in their local dates. A file goes
 * with the date of its last state, and all of its history with it; generations keep their
 * numbers. NARC_CORRUPT if a data frame is damaged: then none is written. */
NARC_API enum narc_status narc_archive_split(narc_archive *archive,
					     const struct narc_split_options *options,
					     struct narc_error *error);

/* ---- compacting sets ----------------------------------------------------------------------- */

/* narc_compact_options_init sets the defaults. */
struct narc_compact_options {
	uint64_t size;  /* volumes are joined as long as they are no larger than this; 0: 256 MiB, and
			   in a large set a 4096th of it */
	int64_t grace;  /* seconds after which files that are of the set no more are removed: 3600 */
	int64_t time;   /* now, in seconds of UTC, by the clock that files have their times of */
	int level;      /* of zstd, for what is compressed anew */
	size_t memory;  /* for sorting */
	const char *temporary_folder;
	narc_progress_fn progress; /* or NULL: told of each volume that is written */
	void *progress_context;
};

struct narc_compact_result {
	uint64_t joined;  /* volumes that others took the place of */
	uint64_t written; /* volumes that did so */
	uint64_t removed; /* files */
	uint64_t waiting; /* files that will be removed later */
};

NARC_API void narc_compact_options_init(struct narc_compact_options *options);

/* Joins small volumes of a set that follow each other and have one label, and removes the files of
 * those that were joined before, after the grace. The set stays what it is; who reads or writes it
 * meanwhile is not kept waiting. Frames are copied as they are. The store stays the caller's. */
NARC_API enum narc_status narc_set_compact(struct narc_store store,
					   const struct narc_compact_options *options,
					   struct narc_compact_result *result,
					   struct narc_error *error);

/* ---- redaction ---------------------------------------------------------------------------- */

/* narc_redact_options_init sets the defaults. */
struct narc_redact_options {
	/* An infoCode means every row with it; a path those that have it, and the states of these
	 * files before. */
	const char *const *keys;
	size_t key_count;
	const char *reason;  /* 4,096 bytes at most */
	bool keep_versions;  /* only what is current is taken out */
	int64_t time;        /* of the redaction, in seconds of UTC; the clock's */
	int level;           /* of zstd, for what is compressed anew */
	size_t memory;
	const char *temporary_folder;
	/* Or NULL: told of rows that keep a content that is redacted; of a set, of files that are left,
	 * too. */
	narc_notice_fn notice;
	void *notice_context;
	narc_progress_fn progress; /* or NULL */
	void *progress_context;
	/* Of a set: */
	int64_t grace;       /* seconds for which files stay that are of it no more: 0 */
	int64_t now;         /* as time of narc_compact_options; the clock's */
};

/* Of a set, what all volumes that are written anew come to. */
struct narc_redact_result {
	uint64_t rows;          /* redacted */
	uint64_t kept_copies;   /* rows that have a content that was redacted elsewhere */
	uint64_t blocks;
	uint64_t recompressed;  /* of these */
	uint64_t scrubbed_size; /* bytes of dictionaries that became others */
	uint64_t archive_size;
	/* Of a set: */
	uint64_t volumes;       /* that others took the place of */
	uint64_t removed;       /* files */
	uint64_t waiting;       /* files that will be removed later */
};

NARC_API void narc_redact_options_init(struct narc_redact_options *options);

/* Writes an archive that is as this one, without the contents of some rows and without their
 * traces in dictionaries and names; a tombstone says of each when and why. All others stay as
 * they are; NARC_CORRUPT if they are damaged. NARC_NOT_FOUND if a key is not there. The sink
 * belongs to this call from the start. */
NARC_API enum narc_status narc_archive_redact(narc_archive *archive,
					      const struct narc_redact_options *options,
					      struct narc_sink sink,
					      struct narc_redact_result *result,
					      struct narc_error *error);

/* Does so in a set, in all of its volumes: those that have such rows are written anew, and all of
 * them take the places of the old ones at once. Then files are removed that are of the set no more,
 * those that were before among them, as any of them may have what was redacted: who has opened the
 * set before finds them missing. That is done, too, before it fails as all of a key was redacted
 * already: so what was interrupted is finished by the same call. Others may write meanwhile. On
 * failure, what was redacted may be so nevertheless. The store stays the caller's. */
NARC_API enum narc_status narc_set_redact(struct narc_store store,
					  const struct narc_redact_options *options,
					  struct narc_redact_result *result,
					  struct narc_error *error);

/* Finishes the last generation of the archive at path, in its place, if that lacks no more than
 * its parity knows: a writing that was cut off in its last moment, or a trailer that was damaged
 * since then. Does nothing else. To be called before an append, which refuses to cut off what may
 * have been committed. folder is for temporary files. */
NARC_API enum narc_status narc_archive_finish(const char *path, const char *folder,
					      struct narc_error *error);

/* ---- repair ------------------------------------------------------------------------------ */

/* narc_repair_options_init sets the defaults. */
struct narc_repair_options {
	int level;     /* of zstd, for what is compressed anew */
	size_t memory; /* for sorting, which may spill to temporary_folder */
	const char *temporary_folder;
	narc_notice_fn notice; /* or NULL: told of each row that is lost, as far as its path is known */
	void *notice_context;
	/* What cannot be read is as good as damaged. Unless this is set, it is only so where parity makes
	 * it again: NARC_IO if it would be lost, as it may be read another time. */
	bool gives_up_unreadable;
	narc_progress_fn progress; /* or NULL */
	void *progress_context;
};

enum narc_repair_outcome {
	NARC_REPAIR_NOT_NEEDED, /* nothing is damaged */
	NARC_REPAIR_MENDED,     /* all is as it was, bit for bit */
	NARC_REPAIR_SAVED       /* what is whole gets a new index; some may be lost */
};

struct narc_repair_result {
	enum narc_repair_outcome outcome;
	uint64_t damaged_size; /* bytes that parity covers, in whole chunks */
	uint64_t mended_size;  /* of these, by parity */
	/* Of NARC_REPAIR_SAVED: */
	uint64_t rows;      /* saved */
	uint64_t lost_rows; /* not saved, as far as is known that there were any */
	uint64_t lost_gaps; /* places where descriptors are missing, or the end: so paths too */
};

typedef struct narc_repair narc_repair;

NARC_API void narc_repair_options_init(struct narc_repair_options *options);

/* Examines a file that may be damaged anywhere, and works out what it was. NARC_CORRUPT if there
 * is nothing of an archive in it. The source belongs to the repair, also when this fails. */
NARC_API enum narc_status narc_repair_new(struct narc_source source,
					  const struct narc_repair_options *options,
					  narc_repair **repair, struct narc_repair_result *result,
					  struct narc_error *error);

/* Writes the archive. The sink belongs to this call from the start. */
NARC_API enum narc_status narc_repair_write(narc_repair *repair, struct narc_sink sink,
					    struct narc_error *error);
NARC_API void narc_repair_free(narc_repair *repair);

enum narc_volume_state {
	NARC_VOLUME_GOOD = 0,      /* it is, bit for bit, what the set says */
	NARC_VOLUME_MENDED = 1,    /* it was damaged, and is so again */
	NARC_VOLUME_DAMAGED = 2,   /* parity does not make it that again; the file stays as it is */
	NARC_VOLUME_OTHER = 3,     /* the file is whole, or can be made so, but is not this volume */
	NARC_VOLUME_MISSING = 4,   /* there is no such file */
	NARC_VOLUME_UNREADABLE = 5 /* what cannot be read now may be so another time */
};

/* What became of a volume. Valid during the call. */
struct narc_volume_repair {
	const char *name;
	enum narc_volume_state state;
	struct narc_repair_result repair; /* of those that are MENDED, DAMAGED or OTHER */
	struct narc_error error;          /* of UNREADABLE, and of DAMAGED if nothing can be saved */
};

/* False ends the repair: NARC_CANCELLED. */
typedef bool (*narc_volume_repair_fn)(void *context, const struct narc_volume_repair *volume);

/* narc_set_repair_options_init sets the defaults. */
struct narc_set_repair_options {
	struct narc_repair_options repair; /* of each volume */
	bool dry_run;                 /* says what would be done, and does nothing */
	narc_volume_repair_fn report; /* or NULL: told of each volume */
	void *context;
};

struct narc_set_repair_result {
	uint64_t volumes;
	uint64_t mended;  /* of these */
	uint64_t lost;    /* of these, that are neither good nor mended */
	uint64_t filters; /* that were damaged, and were made again */
};

NARC_API void narc_set_repair_options_init(struct narc_set_repair_options *options);

/* Makes again what is damaged of the volumes of a set, each in its place, where that comes to what
 * it was, bit for bit. One that has lost something stays as it is, so that the set does: what is
 * whole of it can be saved to another file, by narc_repair_new. NARC_CORRUPT if the manifest of the
 * set is damaged, NARC_NOT_FOUND if it is missing: volumes do not have what it says of them. The
 * store stays the caller's. */
NARC_API enum narc_status narc_set_repair(struct narc_store store,
					  const struct narc_set_repair_options *options,
					  struct narc_set_repair_result *result,
					  struct narc_error *error);

/* ---- signatures --------------------------------------------------------------------------- */

/* A statement says what an archive is up to a generation, by one hash over all its rows; who
 * signs it vouches for that. spec/newsarc-signature.md tells what exactly it covers. Keys and
 * signatures are minisign's. */
enum { NARC_KEY_ID_SIZE = 8, NARC_PUBLIC_KEY_SIZE = 32, NARC_KEY_ID_TEXT_SIZE = 17 };

struct narc_public_key {
	uint8_t id[NARC_KEY_ID_SIZE];
	uint8_t bytes[NARC_PUBLIC_KEY_SIZE];
};

typedef struct narc_secret_key narc_secret_key;

/* A key's identifier as minisign shows it, 16 hexadecimal digits. */
NARC_API void narc_key_id_text(const uint8_t id[NARC_KEY_ID_SIZE],
			       char text[NARC_KEY_ID_TEXT_SIZE]);

/* Makes a new key and two files of it, which must not exist: NARC_EXISTS. The secret one is
 * not encrypted, and for its owner only. */
NARC_API enum narc_status narc_key_pair_make(const char *secret_path, const char *public_path,
					     struct narc_public_key *key,
					     struct narc_error *error);

/* Reads a key file. NARC_MISUSE for what is none. */
NARC_API enum narc_status narc_public_key_load(const char *path, struct narc_public_key *key,
					       struct narc_error *error);

/* Gives the passphrase of a key, with a NUL at its end, in text, which has room for size bytes;
 * false if there is none. What is in text is wiped then. */
typedef bool (*narc_passphrase_fn)(void *context, char *text, size_t size);

/* The same of a secret key. If it is encrypted, ask is called; NARC_MISUSE if ask is NULL, or
 * the passphrase is wrong. minisign has the decryption take a gigabyte of memory, and seconds. */
NARC_API enum narc_status narc_secret_key_load(const char *path, narc_passphrase_fn ask,
					       void *context, narc_secret_key **key,
					       struct narc_error *error);

NARC_API void narc_secret_key_public(const narc_secret_key *key,
				     struct narc_public_key *public_key);

/* Wipes it from memory. */
NARC_API void narc_secret_key_free(narc_secret_key *key);

struct narc_statement {
	uint32_t generation;   /* the rows of this one and those before it are covered */
	uint64_t rows;
	uint64_t redacted;     /* of these */
	uint64_t content_size; /* of all rows together, in bytes */
	uint8_t root[32];      /* of the tree over the rows */
	int64_t time;          /* of signing, in seconds of UTC */
};

/* Reads all contents up to a generation (0: the last), and says what they are. */
NARC_API enum narc_status narc_statement_make(narc_archive *archive, uint32_t generation,
					      unsigned threads, int64_t time,
					      struct narc_statement *statement,
					      struct narc_error *error);

/* Does the same, and compares: NARC_BAD_SIGNATURE if the archive is not what the statement says.
 * *found is what it is now: more may be redacted, and content_size less. */
NARC_API enum narc_status narc_statement_check(narc_archive *archive,
					       const struct narc_statement *statement,
					       unsigned threads, struct narc_statement *found,
					       struct narc_error *error);

/* A statement as text, which is what is signed; with a NUL at its end. */
enum { NARC_STATEMENT_SIZE = 1024 };
NARC_API enum narc_status narc_statement_write(const struct narc_statement *statement,
					       char text[NARC_STATEMENT_SIZE],
					       struct narc_error *error);
NARC_API enum narc_status narc_statement_read(const void *text, size_t size,
					      struct narc_statement *statement,
					      struct narc_error *error);

/* Signs a message of any kind. comment is one line, of 200 bytes at most, and signed too. text
 * is what minisign has in its files, with a NUL at its end. */
enum { NARC_SIGNATURE_SIZE = 768 };
NARC_API enum narc_status narc_sign(const narc_secret_key *key, const void *message, size_t size,
				    const char *comment, char text[NARC_SIGNATURE_SIZE],
				    struct narc_error *error);

/* NARC_BAD_SIGNATURE unless the signature is of this message, by this key. */
NARC_API enum narc_status narc_check_signature(const void *signature, size_t signature_size,
					       const void *message, size_t message_size,
					       const struct narc_public_key *key,
					       struct narc_error *error);

/* What a signature covers of a row. Of the record, this is row, generation, version, path,
 * info_code, kind, type, date_origin, local_time, zone_minutes, permissions and the modification
 * time; in a receipt the rest is 0. */
struct narc_signed_row {
	struct narc_record record;
	int64_t replaces;   /* 0: no row; d: takes the place of row - d */
	uint8_t sha256[32]; /* of the content */
};

/* A receipt is a proof, to be checked without the archive, that a row is among those that a
 * statement is of. Reads all contents up to its generation. *receipt (to be freed with free())
 * is text of *size bytes. NARC_NOT_FOUND if the row is newer; NARC_BAD_SIGNATURE if the archive
 * is not what the statement says. The signature goes into the receipt without being checked. */
NARC_API enum narc_status narc_receipt_make(narc_archive *archive, uint64_t row,
					    const void *statement, size_t statement_size,
					    const void *signature, size_t signature_size,
					    unsigned threads, char **receipt, size_t *size,
					    struct narc_error *error);

typedef struct narc_receipt narc_receipt;

/* Reads a receipt and checks all that it proves. NARC_BAD_SIGNATURE if it proves nothing. */
NARC_API enum narc_status narc_receipt_open(const void *text, size_t size,
					    const struct narc_public_key *key,
					    narc_receipt **receipt, struct narc_error *error);

/* What was proved; valid until it is closed. */
NARC_API const struct narc_signed_row *narc_receipt_row(const narc_receipt *receipt);
NARC_API const struct narc_statement *narc_receipt_statement(const narc_receipt *receipt);

/* NARC_BAD_SIGNATURE unless the file at path holds the content that the row has. */
NARC_API enum narc_status narc_receipt_check_file(const narc_receipt *receipt, const char *path,
						  struct narc_error *error);
NARC_API void narc_receipt_close(narc_receipt *receipt);

/* ---- exchange: link with newsarc-exchange ------------------------------------------------ */

/* As narc_library_version, of what this library makes use of. */
NARC_API bool narc_exchange_library_version(size_t index, struct narc_library *library);

/* Adds every file of the archive at path ("-": standard input), of any format that
 * libarchive reads, without unpacking it. Of a WARC file, the bodies of answers that are a success
 * (2xx) and resources, of addresses of http, ftp and files, at paths that begin with the host; of
 * an address that was recorded more than once, the last. What cannot be kept is told to the
 * packer's notice. NARC_LIMIT if the files come to more than 1 GiB and to a thousand times what was
 * read for them: there is no end to what such archives hold. */
NARC_API enum narc_status narc_import_archive(narc_packer *packer, const char *path,
					      struct narc_error *error);

/* Zeros are the defaults. */
struct narc_export_options {
	unsigned threads;       /* 0: one a processor */
	narc_damage_fn damaged; /* told of each record that could not be delivered, which is
				 * left out; if it returns false, or is NULL, the export ends
				 * there */
	void *context;
	narc_progress_fn progress; /* or NULL */
	void *progress_context;
};

/* Appends the records that pass filter (NULL: all) to sink as an archive of the libarchive
 * format named format ("pax", "ustar", "zip", ...). The sink stays the caller's, who publishes
 * it. */
NARC_API enum narc_status narc_export_archive(narc_archive *archive,
					      const struct narc_filter *filter, const char *format,
					      const struct narc_export_options *options,
					      struct narc_sink sink, struct narc_error *error);

/* ---- files that are elsewhere: link with newsarc-remote ----------------------------------- */

/* As narc_library_version, of what this library makes use of. */
NARC_API bool narc_remote_library_version(size_t index, struct narc_library *library);

/* Zeros are the defaults. */
struct narc_remote_options {
	size_t cache;      /* bytes of the file that stay in memory: 64 MiB; 4 MiB at least */
	unsigned requests; /* under way at once, of what is fetched before it is wanted, or of
			    * parts that are put: 8 */
	unsigned timeout;  /* seconds without a byte, after which a request has failed: 30 */
	unsigned attempts; /* of a request that fails for reasons that may pass: 6; of parts: 10 */
	const char *temporary_folder; /* for a copy of what is written, to read it back: /tmp */
	/* Where pieces of files are kept from one source to the next, of this process or of others;
	 * it is made if need be. What is there is only used if the server says, by the ETag, that
	 * the file is still the same. NULL: they are kept nowhere. */
	const char *folder;
};

/* A source over the file at url: http://, https:// or s3://BUCKET/KEY, whose server has to give
 * parts of files. options may be NULL. It is read as it is at the first answer: NARC_IO if it was
 * replaced since, or is not there: then system_errno is ENOENT. ~/.netrc has credentials for servers of HTTP; where objects are, and who asks,
 * is said as to the tools of AWS: by AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID,
 * AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, or a profile (AWS_PROFILE) of ~/.aws. NARC_MISUSE for
 * an address of another form. */
NARC_API enum narc_status narc_remote_source(const char *url,
					     const struct narc_remote_options *options,
					     struct narc_source *source, struct narc_error *error);

/* A sink that becomes the object at url, s3://BUCKET/KEY, when it is published, and is nothing before.
 * With replace false, NARC_EXISTS if there is such an object, now or when publishing; of those who
 * write less than 8 MiB at the same time, one succeeds, and of others, where the store knows how to
 * see to that. What is appended is put in parts, in the meantime, each with its hashes, and all of it
 * looked at again in the end. A process that is killed leaves parts: narc_upload_list.
 * NARC_MISUSE for an address of HTTP: what is there can only be read. */
NARC_API enum narc_status narc_remote_sink(const char *url, bool replace,
					   const struct narc_remote_options *options,
					   struct narc_sink *sink, struct narc_error *error);

/* Ends such a sink, from any thread, at any time before it is closed, which it has to be as ever: its
 * calls fail with NARC_CANCELLED, and when this returns the store has no parts any more, unless it
 * does not answer. */
NARC_API void narc_remote_sink_abort(struct narc_sink sink);

/* Parts in a store that were put for an object which was never finished; or not yet. */
struct narc_upload {
	const char *key; /* of the object, in its bucket */
	const char *id;  /* of the store's */
	int64_t time;    /* when it was begun, in seconds of UTC */
	uint64_t parts;
	uint64_t size;   /* of all parts, in bytes */
};

/* Told of each upload, which is valid during the call. false: no more, NARC_CANCELLED. */
typedef bool (*narc_upload_fn)(void *context, const struct narc_upload *upload);

/* Lists the uploads to keys that begin with PREFIX, which may be empty, of s3://BUCKET/PREFIX. */
NARC_API enum narc_status narc_upload_list(const char *url,
					   const struct narc_remote_options *options,
					   narc_upload_fn take, void *context,
					   struct narc_error *error);

/* Removes the parts of an upload to url, s3://BUCKET/KEY. Who is still writing there will fail.
 * NARC_NOT_FOUND if it is not there any more. */
NARC_API enum narc_status narc_upload_remove(const char *url, const char *id,
					     const struct narc_remote_options *options,
					     struct narc_error *error);

/* ---- small objects in a store of S3, likewise ---------------------------------------------- */

/* url is s3://BUCKET/KEY, and found as by narc_remote_source; options may be NULL. */

enum { NARC_ETAG_SIZE = 256 };

/* Gets all of an object, unless it has more than limit bytes: NARC_LIMIT. *data (to be freed with
 * free()) has *size bytes, and a NUL behind them. etag is what the store names this state of it by,
 * with its quotes. NARC_NOT_FOUND if it is not there. */
NARC_API enum narc_status narc_object_get(const char *url, size_t limit,
					  const struct narc_remote_options *options, void **data,
					  size_t *size, char etag[NARC_ETAG_SIZE],
					  struct narc_error *error);

/* Puts an object of size bytes, which is there as a whole or not at all. replaces: NULL: whatever is
 * there is replaced; "": nothing may be there; an ETag: what is there has to have it. NARC_EXISTS if
 * it is otherwise: of all who say so at once, one succeeds. Where it was to replace something and
 * nothing is there, that or NARC_NOT_FOUND, as the store has it. NARC_UNSUPPORTED if the store knows
 * no such conditions. etag (or NULL) is that of what was put. */
NARC_API enum narc_status narc_object_put(const char *url, const void *data, size_t size,
					  const char *replaces,
					  const struct narc_remote_options *options,
					  char etag[NARC_ETAG_SIZE], struct narc_error *error);

/* Deletes an object. One that is not there is no error. */
NARC_API enum narc_status narc_object_delete(const char *url,
					     const struct narc_remote_options *options,
					     struct narc_error *error);

struct narc_object {
	const char *key;  /* in its bucket; with "s3://BUCKET/" before it, a url */
	const char *etag; /* with its quotes */
	uint64_t size;    /* in bytes */
	int64_t time;     /* when it was put, in seconds of UTC */
};

/* Told of each object, which is valid during the call. false: no more, NARC_CANCELLED. */
typedef bool (*narc_object_fn)(void *context, const struct narc_object *object);

/* Lists the objects whose keys begin with PREFIX, which may be empty, of s3://BUCKET/PREFIX, in the
 * order of the bytes of their keys. */
NARC_API enum narc_status narc_object_list(const char *url,
					   const struct narc_remote_options *options,
					   narc_object_fn take, void *context,
					   struct narc_error *error);

/* ---- histories of git: link with newsarc-git --------------------------------------------- */

/* As narc_library_version, of what this library makes use of. */
NARC_API bool narc_git_library_version(size_t index, struct narc_library *library);

enum narc_git_generation {
	NARC_GIT_COMMIT, /* each commit that changes files is one */
	NARC_GIT_DAY     /* the last commit of each day of UTC; what was in between is left out */
};

/* narc_git_options_init sets the defaults. */
struct narc_git_options {
	/* As git has them: "main", "v1..v2", "^v1"; "--all": HEAD, all branches and tags; none:
	 * HEAD. The archive ends as what the first one is. */
	const char *const *revisions;
	size_t revision_count;
	/* Only what is at or below these paths is packed; everything if there are none. */
	const char *const *paths;
	size_t path_count;
	enum narc_git_generation generation;
	narc_archive *archive; /* that the packer appends to, or NULL. If no revision is a range,
				* the commits up to the time of its last generation are taken to be
				* in it. */
};

NARC_API void narc_git_options_init(struct narc_git_options *options);

/* Gives the packer the history of the repository at path as generations. The commits from the
 * first revision back through first parents are what the site was, one after the other; those
 * that a merge brought in come before it, with its time. So every version of every file is in the
 * archive, and at any time it is what the site was, with the files that had been deleted. Where
 * commits are left out, what they came to is compared with the archive first. Paths are those in
 * the repository; modification times are those of the commits. What cannot be kept is told to
 * the packer's notice. NARC_NOT_FOUND for a revision that is not there. NARC_LIMIT where more than
 * 100,000 paths, and a thousand for each object of the repository, are to be gone through: folders
 * that are in each other over and over have no end. */
NARC_API enum narc_status narc_import_git(narc_packer *packer, const char *path,
					  const struct narc_git_options *options,
					  struct narc_error *error);

#ifdef __cplusplus
}
#endif

#endif
