/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <unistd.h>

#include "command.h"
#include "signed_files.h"

static const char usage[] =
	"usage: narc keygen --key FILE [--public FILE]\n\n"
	"Makes a key to sign archives with, in two files, as minisign has them. The\n"
	"secret one is not encrypted: whoever can read it can sign. The public one is for\n"
	"all who are to check signatures. No file is ever replaced. \"minisign -G\" makes\n"
	"keys that are encrypted.\n\n"
	"  --key FILE        the secret key\n"
	"  --public FILE     the public key; else the same name with .pub behind it\n";

enum { OPTION_KEY = OPTION_OWN, OPTION_PUBLIC };

static enum exit_status make(const char *secret_path, const char *public_path)
{
	struct narc_public_key key;
	struct narc_error error;
	char id[NARC_KEY_ID_TEXT_SIZE];

	if (narc_key_pair_make(secret_path, public_path, &key, &error) != NARC_OK) {
		if (error.status != NARC_EXISTS)
			return report_error(secret_path, &error);
		report("%s: there is such a file already, and a key is never replaced", error.path);
		return EXIT_USAGE;
	}
	narc_key_id_text(key.id, id);
	if (wants_summary())
		report("key %s: keep %s to yourself, and give %s to all who are to check what you "
		       "sign",
		       id, secret_path, public_path);
	return EXIT_DONE;
}

int command_keygen(int argc, char **argv)
{
	static const struct option options[] = {
		{ "key", required_argument, NULL, OPTION_KEY },
		{ "public", required_argument, NULL, OPTION_PUBLIC },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	const char *secret_path = NULL, *public_path = NULL;
	char *default_path = NULL;
	enum exit_status status;
	int option;

	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == OPTION_KEY)
			secret_path = optarg;
		else if (option == OPTION_PUBLIC)
			public_path = optarg;
		else
			return show_usage(option, argv, usage);
	}
	if (argc != optind || !secret_path)
		return wrong_operands(argv[0], "--key FILE, and no operands");
	if (!public_path)
		public_path = default_path = path_with_suffix(secret_path, ".pub");
	if (!public_path) {
		report("out of memory");
		return EXIT_SYSTEM;
	}
	status = make(secret_path, public_path);
	free(default_path);
	return status;
}
