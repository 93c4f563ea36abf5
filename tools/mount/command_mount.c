/* SPDX-License-Identifier: BSD-2-Clause */
/* narc mount, which is a program of its own: narc runs it. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <syslog.h>
#include <unistd.h>

#include "command.h"
#include "operations.h"
#include "views.h"

static const char usage[] =
	"usage: narc mount [options] ARCHIVE DIR\n\n"
	"Shows the entries as files below DIR, which any program can read and none can\n"
	"write, and comes back when they are there. They stay as they are, also if the\n"
	"archive is appended to, until \"fusermount3 -u DIR\".\n\n"
	"  --view NAME       tree: entries at their paths, which is the default;\n"
	"                    date: as YEAR/MONTH/DAY/NAME; code: as INFOCODE.EXTENSION;\n"
	"                    all: these three, in the folders tree, by-date and by-code.\n"
	"                    By date and code, the second of one name is NAME~2.EXTENSION\n"
	"  --attributes      extended attributes of files: user.newsarc.infocode, .date,\n"
	"                    .version and .hash; \"ls -l\" is slower with them\n"
	"  -f, --foreground  stay, and tell on standard error, not to the system's log,\n"
	"                    what cannot be read\n"
	"  -o OPTION,...     options of FUSE, as allow_other or auto_unmount: see\n"
	"                    mount.fuse3(8)\n"
	KEEP_GOING_USAGE "\n" FILTER_USAGE "\n" MEMORY_LIMIT_USAGE;

enum { OPTION_VIEW = OPTION_OWN, OPTION_ATTRIBUTES, OPTION_KEEP_GOING };

/* What names may take, if --limit-dictionaries does not say it. */
#define NAMES_MEMORY ((uint64_t)2 << 30)

/* What contents that nobody reads at the moment may take. */
#define CONTENTS_MEMORY ((uint64_t)32 << 20)

struct mount_options {
	enum view view;
	bool with_attributes;
	bool in_foreground;
	bool keep_going;
	struct narc_limits limits;
	struct selection selection;
	struct fuse_args fuse;
};

/* ---- the archive -------------------------------------------------------------------------- */

struct mounting {
	const char *name;
	const struct mount_options *options;
	narc_archive *archive;
	struct tree *tree;
	struct mounted mounted;
	char temporary_folder[PATH_MAX];
};

static void tell_left_out(void *context, const char *path, const char *why)
{
	const struct mounting *mounting = context;

	report("%s: %s: left out: %s", mounting->name, path, why);
}

static bool tell_damage(void *context, const struct narc_error *damage)
{
	const struct mounting *mounting = context;

	if (mounting->options->keep_going)
		report_damage(mounting->name, damage);
	return mounting->options->keep_going;
}

/* Folders have no time of their own: they get that of the generation that is shown, as far as it is
 * known. */
static int64_t find_folder_time(const struct mounting *mounting)
{
	uint32_t generation = mounting->options->selection.filter.as_of;
	struct narc_info info;
	int64_t time = 0;

	if (generation == 0 && narc_archive_info(mounting->archive, &info, NULL) == NARC_OK)
		generation = info.generation;
	if (generation)
		narc_archive_generation_time(mounting->archive, generation, &time, NULL);
	return time;
}

static enum exit_status report_unreadable(const struct mounting *mounting,
					  const struct narc_error *error)
{
	if (error->status != NARC_CORRUPT || mounting->options->keep_going)
		return report_error(mounting->name, error);
	report_damage(mounting->name, error);
	report("%s: not mounted, as entries would be missing; --keep-going mounts all others",
	       mounting->name);
	return EXIT_MISSING;
}

static enum exit_status make_tree(struct mounting *mounting)
{
	const struct view_events events = { tell_left_out, tell_damage, mounting };
	const struct selection *selection = &mounting->options->selection;
	const uint64_t limit = mounting->options->limits.kept;
	narc_cursor *cursor;
	struct narc_error error;
	enum narc_status status = narc_cursor_open(mounting->archive, &selection->filter, &cursor,
						   &error);

	if (status != NARC_OK)
		return report_error(mounting->name, &error);
	status = view_make(mounting->options->view, cursor, find_folder_time(mounting),
			   limit ? limit : NAMES_MEMORY, &events, &mounting->tree, &error);
	narc_cursor_close(cursor);
	if (status != NARC_OK)
		return report_unreadable(mounting, &error);
	if (selection->is_given && tree_count(mounting->tree) == 1) {
		report("%s: no entry is like that (\"narc list\" shows what there is)",
		       mounting->name);
		return EXIT_MISSING;
	}
	return EXIT_DONE;
}

/* Opens the archive, and makes all that is needed to answer for it. */
static enum exit_status prepare(struct mounting *mounting, struct mount_options *options)
{
	struct mounted *mounted = &mounting->mounted;
	const char *folder = getenv("TMPDIR");
	enum exit_status status = EXIT_DONE;

	mounting->archive = open_to_read(mounting->name, &options->limits, options->keep_going,
					 &status);
	if (mounting->archive)
		status = settle_selection(&options->selection, mounting->name, mounting->archive);
	if (status == EXIT_DONE)
		status = make_tree(mounting);
	if (status != EXIT_DONE)
		return status;
	/* Relative names are of no use to a process in the background. */
	if (!folder || !realpath(folder, mounting->temporary_folder))
		strcpy(mounting->temporary_folder, "/tmp");
	mounted->name = mounting->name;
	mounted->tree = mounting->tree;
	read_on_init(&mounted->reading_on);
	mounted->uid = getuid();
	mounted->gid = getgid();
	mounted->with_attributes = options->with_attributes;
	mounted->without_open = tree_largest(mounting->tree) <= CONTENT_IN_MEMORY;
	mounted->cursors = cursor_pool_new(mounting->archive);
	if (mounted->cursors)
		mounted->contents = contents_new(mounted->cursors, CONTENTS_MEMORY,
						 mounting->temporary_folder);
	if (mounted->contents)
		return EXIT_DONE;
	report("out of memory");
	return EXIT_SYSTEM;
}

static void dispose(struct mounting *mounting)
{
	read_on_end(&mounting->mounted.reading_on);
	contents_free(mounting->mounted.contents);
	cursor_pool_free(mounting->mounted.cursors);
	tree_free(mounting->tree);
	narc_archive_close(mounting->archive);
}

/* ---- the mount ---------------------------------------------------------------------------- */

/* What libfuse says, as what narc says. */
static void tell_of_fuse(enum fuse_log_level level, const char *format, va_list arguments)
{
	char text[1024];

	(void)level;
	vsnprintf(text, sizeof(text), format, arguments);
	text[strcspn(text, "\n")] = '\0';
	report("%s", text);
}

static ssize_t write_syslog(void *context, const char *bytes, size_t size)
{
	(void)context;
	syslog(LOG_ERR, "%.*s", (int)size, bytes);
	return (ssize_t)size;
}

/* In the background, messages go to the system's log, line by line. */
static void send_errors_to_syslog(void)
{
	FILE *log = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = write_syslog });

	if (!log)
		return;
	openlog("narc-mount", LOG_PID, LOG_DAEMON);
	setvbuf(log, NULL, _IOLBF, BUFSIZ);
	stderr = log;
}

static enum exit_status serve(struct fuse_session *session, const struct mount_options *options)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	int result = -1;

	/* What is printed later by the process that ends now would be printed twice. */
	fflush(NULL);
	if (config && fuse_daemonize(options->in_foreground) == 0) {
		if (!options->in_foreground)
			send_errors_to_syslog();
		result = fuse_session_loop_mt(session, config);
	}
	fuse_loop_cfg_destroy(config);
	/* A signal ends it as it should. */
	return result < 0 ? EXIT_SYSTEM : EXIT_DONE;
}

static enum exit_status mount_and_serve(struct mounting *mounting, struct mount_options *options,
					const char *folder)
{
	struct fuse_session *session;
	enum exit_status status = EXIT_SYSTEM;

	fuse_set_log_func(tell_of_fuse);
	session = fuse_session_new(&options->fuse, &mounted_operations, sizeof(mounted_operations),
				   &mounting->mounted);
	if (!session) {
		report("mount: \"narc mount --help\" shows the options");
		return EXIT_USAGE;
	}
	mounting->mounted.session = session;
	if (fuse_set_signal_handlers(session) == 0) {
		if (fuse_session_mount(session, folder) == 0) {
			status = serve(session, options);
			fuse_session_unmount(session);
		} else {
			report("%s: cannot mount there, as told above; it takes /dev/fuse, and for "
			       "others than root Debian's package fuse3",
			       folder);
		}
		fuse_remove_signal_handlers(session);
	}
	fuse_session_destroy(session);
	return status;
}

/* Finds the whole name of the folder, as the process will be in another one. */
static enum exit_status find_folder(const char *name, char folder[PATH_MAX])
{
	struct statvfs system;
	struct stat about;

	/* Of what was mounted there, the kernel may know all but that it has died. */
	if (realpath(name, folder) && stat(folder, &about) == 0 && statvfs(folder, &system) == 0) {
		if (S_ISDIR(about.st_mode))
			return EXIT_DONE;
		errno = ENOTDIR;
	}
	report("%s: cannot mount there: %s%s", name, strerror(errno),
	       errno == ENOTCONN ? " (what was mounted there has died: \"fusermount3 -u\" frees it)"
				 : "");
	return EXIT_SYSTEM;
}

static enum exit_status run(const char *name, const char *folder_name,
			    struct mount_options *options)
{
	struct mounting mounting = { .name = name, .options = options };
	char folder[PATH_MAX];
	enum exit_status status = find_folder(folder_name, folder);

	if (status == EXIT_DONE)
		status = prepare(&mounting, options);
	if (status == EXIT_DONE)
		status = mount_and_serve(&mounting, options, folder);
	dispose(&mounting);
	return status;
}

/* ---- options ------------------------------------------------------------------------------ */

static enum exit_status take_view(const char *value, enum view *view)
{
	static const char *const names[] = { "tree", "date", "code", "all" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], value) == 0) {
			*view = (enum view)i;
			return EXIT_DONE;
		}
	}
	report("--view: \"%s\" is neither tree, date, code nor all", value);
	return EXIT_USAGE;
}

/* Adds what the kernel, and who lists what is mounted, has to know of it. */
static bool add_fuse_options(struct fuse_args *arguments, const char *archive)
{
	char *options = NULL;
	bool added = fuse_opt_add_opt(&options, "ro,default_permissions,subtype=narc") == 0;
	char *source;

	if (asprintf(&source, "fsname=%s", archive) < 0)
		source = NULL;
	added = added && source && fuse_opt_add_opt_escaped(&options, source) == 0 &&
		fuse_opt_add_arg(arguments, "-o") == 0 && fuse_opt_add_arg(arguments, options) == 0;
	free(source);
	free(options);
	if (!added)
		report("out of memory");
	return added;
}

static enum exit_status take_option(int option, char **argv, struct mount_options *chosen)
{
	bool taken;
	enum exit_status status = take_filter_option(option, optarg, &chosen->selection, &taken);

	if (!taken)
		status = take_limit_option(option, optarg, &chosen->limits, &taken);
	if (taken)
		return status;
	switch (option) {
	case OPTION_VIEW:
		return take_view(optarg, &chosen->view);
	case OPTION_ATTRIBUTES:
		chosen->with_attributes = true;
		return EXIT_DONE;
	case OPTION_KEEP_GOING:
		chosen->keep_going = true;
		return EXIT_DONE;
	case 'f':
		chosen->in_foreground = true;
		return EXIT_DONE;
	case 'o':
		if (fuse_opt_add_arg(&chosen->fuse, "-o") == 0 &&
		    fuse_opt_add_arg(&chosen->fuse, optarg) == 0)
			return EXIT_DONE;
		return EXIT_SYSTEM;
	default:
		return show_usage(option, argv, usage);
	}
}

static int command_mount(int argc, char **argv)
{
	static const struct option options[] = {
		FILTER_OPTIONS,
		{ "view", required_argument, NULL, OPTION_VIEW },
		{ "attributes", no_argument, NULL, OPTION_ATTRIBUTES },
		{ "foreground", no_argument, NULL, 'f' },
		{ "keep-going", no_argument, NULL, OPTION_KEEP_GOING },
		MEMORY_LIMIT_OPTIONS,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct mount_options chosen = { .fuse = FUSE_ARGS_INIT(0, NULL) };
	enum exit_status status = EXIT_DONE;
	int option;

	selection_init(&chosen.selection);
	if (fuse_opt_add_arg(&chosen.fuse, "narc") != 0)
		status = EXIT_SYSTEM;
	while (status == EXIT_DONE && (option = getopt_long(argc, argv, ":fo:", options, NULL)) != -1) {
		status = take_option(option, argv, &chosen);
		if (option == OPTION_HELP)
			goto done;
	}
	if (status == EXIT_DONE && argc - optind != 2)
		status = wrong_operands(argv[0], "an archive and a folder");
	if (status == EXIT_DONE && !add_fuse_options(&chosen.fuse, argv[optind]))
		status = EXIT_SYSTEM;
	if (status == EXIT_DONE)
		status = run(argv[optind], argv[optind + 1], &chosen);
done:
	fuse_opt_free_args(&chosen.fuse);
	return status;
}

int main(int argc, char **argv)
{
	char name[] = "mount";

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		print_library("libfuse", fuse_pkgversion());
		return finish_output(EXIT_DONE);
	}
	/* All that is said of it is said of "narc mount". */
	argv[0] = name;
	return command_mount(argc, argv);
}
