/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archive does not change while it is mounted. So the kernel may keep what it was told, and is
 * asked to: names, attributes, lists of folders and contents; and a file is opened without a
 * question, unless there are large ones, of which it has to be known who reads them.
 */
#include "operations.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "attributes.h"
#include "report.h"

/* For as long as the kernel can count. */
static const double forever = 1e9;

static struct mounted *mounted_of(fuse_req_t request)
{
	return fuse_req_userdata(request);
}

/* ---- numbers ------------------------------------------------------------------------------ */

static uint32_t to_number(fuse_ino_t inode)
{
	return (uint32_t)(inode - FUSE_ROOT_ID);
}

static const struct tree_node *node_of(fuse_req_t request, fuse_ino_t inode)
{
	return tree_node(mounted_of(request)->tree, to_number(inode));
}

static struct stat describe(const struct mounted *mounted, uint32_t number)
{
	const struct tree_node *node = tree_node(mounted->tree, number);
	const struct tree_folder *folder = tree_folder_of(mounted->tree, number);
	struct stat about = {
		.st_ino = to_inode(number),
		.st_mode = node->mode,
		.st_nlink = folder ? 2 + folder->subfolders : 1,
		.st_uid = mounted->uid,
		.st_gid = mounted->gid,
		.st_size = (off_t)node->size,
		.st_blocks = (blkcnt_t)(node->size / 512 + (node->size % 512 != 0)),
	};

	about.st_mtim.tv_sec = node->mtime_seconds;
	about.st_mtim.tv_nsec = node->mtime_nanoseconds;
	about.st_atim = about.st_ctim = about.st_mtim;
	return about;
}

static struct fuse_entry_param enter(const struct mounted *mounted, uint32_t number)
{
	return (struct fuse_entry_param){
		.ino = to_inode(number),
		.attr = describe(mounted, number),
		.attr_timeout = forever,
		.entry_timeout = forever,
	};
}

/* Says what could not be read, and answers. */
static void fail(fuse_req_t request, const struct narc_error *error)
{
	/* It is printed piece by piece, and other threads have something to say, too. */
	flockfile(stderr);
	report_damage(mounted_of(request)->name, error);
	funlockfile(stderr);
	fuse_reply_err(request, error->status == NARC_NOMEM ? ENOMEM : EIO);
}

/* ---- names and attributes ----------------------------------------------------------------- */

static void begin(void *context, struct fuse_conn_info *connection)
{
	struct mounted *mounted = context;

	connection->want |= connection->capable &
			    (FUSE_CAP_READDIRPLUS | FUSE_CAP_PARALLEL_DIROPS |
			     FUSE_CAP_CACHE_SYMLINKS | FUSE_CAP_SPLICE_WRITE |
			     FUSE_CAP_SPLICE_MOVE);
	/* Who lists a folder asks for each of its files mostly, and the second time for no list. */
	connection->want &= ~(unsigned)(FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_AUTO_INVAL_DATA);
	if (!(connection->capable & FUSE_CAP_NO_OPEN_SUPPORT))
		mounted->without_open = false;
	mounted->without_opendir = (connection->capable & FUSE_CAP_NO_OPENDIR_SUPPORT) != 0;
}

static void look_up(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	const struct mounted *mounted = mounted_of(request);
	const struct tree_folder *folder = tree_folder_of(mounted->tree, to_number(parent));
	uint32_t number = folder ? tree_find(mounted->tree, folder, name) : TREE_NONE;
	/* That it is not there may be kept, too. */
	struct fuse_entry_param entry = { .entry_timeout = forever };

	if (number != TREE_NONE)
		entry = enter(mounted, number);
	fuse_reply_entry(request, &entry);
}

static void get_attributes(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	const struct stat about = describe(mounted_of(request), to_number(inode));

	(void)file;
	fuse_reply_attr(request, &about, forever);
}

static void read_link(fuse_req_t request, fuse_ino_t inode)
{
	struct mounted *mounted = mounted_of(request);
	struct content *content;
	char target[PATH_MAX];
	struct narc_error error;

	if (contents_get(mounted->contents, node_of(request, inode)->row, &content, &error) !=
	    NARC_OK) {
		fail(request, &error);
		return;
	}
	/* What no system could have made a link of is none. */
	if (!content->data || content->size >= sizeof(target) ||
	    memchr(content->data, '\0', content->size)) {
		fuse_reply_err(request, EIO);
	} else {
		memcpy(target, content->data, content->size);
		target[content->size] = '\0';
		fuse_reply_readlink(request, target);
	}
	contents_put(mounted->contents, content, false);
}

static void get_statistics(fuse_req_t request, fuse_ino_t inode)
{
	const struct tree *tree = mounted_of(request)->tree;
	const struct statvfs about = {
		.f_bsize = 4096,
		.f_frsize = 4096,
		.f_blocks = tree_size(tree) / 4096 + (tree_size(tree) % 4096 != 0),
		.f_files = tree_count(tree),
		.f_namemax = TREE_NAME_LIMIT,
	};

	(void)inode;
	fuse_reply_statfs(request, &about);
}

/* ---- folders ------------------------------------------------------------------------------ */

/* A list that is being filled, of names alone or with attributes. */
struct listing {
	fuse_req_t request;
	const struct mounted *mounted;
	bool with_attributes;
	char *bytes;
	size_t size;
	size_t used;
};

/* Adds a name, behind which the list goes on at offset; false if there is no room. */
static bool add_name(struct listing *listing, const char *name, uint32_t number, off_t offset)
{
	char *place = listing->bytes + listing->used;
	size_t left = listing->size - listing->used;
	size_t size;

	if (listing->with_attributes) {
		struct fuse_entry_param entry = enter(listing->mounted, number);

		size = fuse_add_direntry_plus(listing->request, place, left, name, &entry, offset);
	} else {
		const struct stat about = { .st_ino = to_inode(number),
					    .st_mode = tree_node(listing->mounted->tree, number)->mode };

		size = fuse_add_direntry(listing->request, place, left, name, &about, offset);
	}
	if (size > left)
		return false;
	listing->used += size;
	return true;
}

/* The first two names are "." and "..", then come the nodes in their order. */
static void add_names(struct listing *listing, const struct tree_folder *folder, uint64_t offset)
{
	const struct tree *tree = listing->mounted->tree;
	const uint32_t parent = tree_folder(tree, folder->parent)->node;

	if (offset == 0 && add_name(listing, ".", folder->node, 1))
		offset = 1;
	if (offset == 1 && add_name(listing, "..", parent, 2))
		offset = 2;
	for (; offset >= 2 && offset - 2 < folder->count; offset++) {
		uint32_t number = folder->first + (uint32_t)(offset - 2);
		const struct tree_node *node = tree_node(tree, number);

		if (node->mode && !add_name(listing, node->name, number, (off_t)offset + 1))
			break;
	}
}

static void list(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
		 bool with_attributes)
{
	struct mounted *mounted = mounted_of(request);
	const struct tree_folder *folder = tree_folder_of(mounted->tree, to_number(inode));
	struct listing listing = { .request = request, .mounted = mounted,
				   .with_attributes = with_attributes, .size = size };

	if (!folder) {
		fuse_reply_err(request, ENOTDIR);
		return;
	}
	listing.bytes = malloc(size);
	if (!listing.bytes) {
		fuse_reply_err(request, ENOMEM);
		return;
	}
	add_names(&listing, folder, (uint64_t)offset);
	fuse_reply_buf(request, listing.bytes, listing.used);
	free(listing.bytes);
}

static void open_folder(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	(void)inode;
	if (mounted_of(request)->without_opendir) {
		/* From here on the kernel opens folders by itself, and keeps what is in them. */
		fuse_reply_err(request, ENOSYS);
		return;
	}
	file->cache_readdir = file->keep_cache = 1;
	fuse_reply_open(request, file);
}

static void list_names(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
		       struct fuse_file_info *file)
{
	(void)file;
	list(request, inode, size, offset, false);
}

static void list_with_attributes(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
				 struct fuse_file_info *file)
{
	(void)file;
	list(request, inode, size, offset, true);
}

/* ---- contents ----------------------------------------------------------------------------- */

static bool is_held(const struct tree_node *node)
{
	return node->size > CONTENT_IN_MEMORY;
}

static void open_file(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	struct mounted *mounted = mounted_of(request);
	const struct tree_node *node = node_of(request, inode);
	struct narc_error error;

	if (mounted->without_open) {
		/* From here on the kernel opens files by itself. */
		fuse_reply_err(request, ENOSYS);
		return;
	}
	file->keep_cache = 1;
	if (!is_held(node))
		fuse_reply_open(request, file);
	else if (contents_hold(mounted->contents, node->row, &error) != NARC_OK)
		fail(request, &error);
	/* Who is gone by now will not close it. */
	else if (fuse_reply_open(request, file) != 0)
		contents_release(mounted->contents, node->row);
}

static void close_file(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	const struct tree_node *node = node_of(request, inode);

	(void)file;
	if (is_held(node))
		contents_release(mounted_of(request)->contents, node->row);
	fuse_reply_err(request, 0);
}

static void reply_piece(fuse_req_t request, const struct content *content, uint64_t offset,
			size_t size)
{
	struct fuse_bufvec piece = FUSE_BUFVEC_INIT(size);

	if (content->data) {
		fuse_reply_buf(request, (const char *)content->data + offset, size);
		return;
	}
	piece.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
	piece.buf[0].fd = content->fd;
	piece.buf[0].pos = (off_t)offset;
	fuse_reply_data(request, &piece, FUSE_BUF_SPLICE_MOVE);
}

static void read_file(fuse_req_t request, fuse_ino_t inode, size_t size, off_t start,
		      struct fuse_file_info *file)
{
	struct mounted *mounted = mounted_of(request);
	uint64_t offset = (uint64_t)start;
	struct content *content;
	struct narc_error error;
	bool is_whole;

	(void)file;
	if (contents_get(mounted->contents, node_of(request, inode)->row, &content, &error) !=
	    NARC_OK) {
		fail(request, &error);
		return;
	}
	if (offset > content->size)
		offset = content->size;
	if (size > content->size - offset)
		size = (size_t)(content->size - offset);
	reply_piece(request, content, offset, size);
	is_whole = size == content->size;
	/* What the kernel has all of it will not ask for again. */
	contents_put(mounted->contents, content, !is_whole);
	if (is_whole)
		read_on(mounted, to_number(inode));
}

/* ---- extended attributes ------------------------------------------------------------------ */

/* Answers with bytes, or with their number if the size that is asked for is 0. */
static void reply_bytes(fuse_req_t request, const char *bytes, size_t length, size_t size)
{
	if (size == 0)
		fuse_reply_xattr(request, length);
	else if (length > size)
		fuse_reply_err(request, ERANGE);
	else
		fuse_reply_buf(request, bytes, length);
}

/* "ls -l" asks each file for attributes that it never has: where there are none at all, the kernel
 * is told so once, and asks no more. */
static bool have_no_attributes(fuse_req_t request)
{
	if (mounted_of(request)->with_attributes)
		return false;
	fuse_reply_err(request, ENOSYS);
	return true;
}

static void get_attribute(fuse_req_t request, fuse_ino_t inode, const char *name, size_t size)
{
	const struct tree_node *node = node_of(request, inode);
	struct mounted *mounted = mounted_of(request);
	char value[ATTRIBUTE_SIZE];
	struct narc_error error;
	enum narc_status status = NARC_NOT_FOUND;

	if (have_no_attributes(request))
		return;
	if (S_ISREG(node->mode))
		status = get_attribute_of(mounted->cursors, node->row, name, value, &error);
	if (status == NARC_OK)
		reply_bytes(request, value, strlen(value), size);
	else if (status == NARC_NOT_FOUND)
		fuse_reply_err(request, ENODATA);
	else
		fail(request, &error);
}

static void list_attributes(fuse_req_t request, fuse_ino_t inode, size_t size)
{
	const struct tree_node *node = node_of(request, inode);
	char names[ATTRIBUTE_NAMES_SIZE];
	struct narc_error error;
	size_t length = 0;

	if (have_no_attributes(request))
		return;
	if (S_ISREG(node->mode) &&
	    list_attributes_of(mounted_of(request)->cursors, node->row, names, &length, &error) !=
		    NARC_OK) {
		fail(request, &error);
		return;
	}
	reply_bytes(request, names, length, size);
}

const struct fuse_lowlevel_ops mounted_operations = {
	.init = begin,
	.lookup = look_up,
	.getattr = get_attributes,
	.readlink = read_link,
	.open = open_file,
	.read = read_file,
	.release = close_file,
	.opendir = open_folder,
	.readdir = list_names,
	.readdirplus = list_with_attributes,
	.statfs = get_statistics,
	.getxattr = get_attribute,
	.listxattr = list_attributes,
};
