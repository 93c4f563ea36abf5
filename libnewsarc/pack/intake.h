/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files on their way from a tree into the packer. Threads open, read and parse them, some at
 * a time; the packer admits them in the order in which they were given. So neither the archive
 * nor what is told of files depends on the number of threads.
 */
#ifndef NARC_PACK_INTAKE_H
#define NARC_PACK_INTAKE_H

#include <dirent.h>

#include "newsarc.h"

struct intake;

/* A folder that stays open while files of it are on their way. */
struct intake_folder;

/* Takes over stream, also when it fails: then it returns NULL. */
struct intake_folder *intake_folder_new(DIR *stream);
int intake_folder_descriptor(const struct intake_folder *folder);
/* The one who made it needs it no more. */
void intake_folder_release(struct intake_folder *folder);

/* threads: 0 for one a processor. The packer must outlive it. */
enum narc_status intake_new(narc_packer *packer, unsigned threads, struct intake **intake,
			    struct narc_error *error);

/* Gives up what is on its way. */
void intake_free(struct intake *intake);

/* Gives a file or a symbolic link: the last component of source in folder, or source as it is
 * if folder is NULL. stored is the path to store it under. Copies both. What fails is what
 * ends packing, maybe of a file that was given before; what concerns one file alone is told to
 * the packer's notice in its turn. */
enum narc_status intake_give(struct intake *intake, struct intake_folder *folder,
			     enum narc_file_type type, const char *source, const char *stored,
			     struct narc_error *error);

/* Gives what is told of a file that is left out, to be told in its turn. */
enum narc_status intake_skip(struct intake *intake, const char *source, const char *text,
			     struct narc_error *error);

/* Waits until all that was given is admitted. intake may be NULL. */
enum narc_status intake_drain(struct intake *intake, struct narc_error *error);

#endif
