/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange.h"

#include <dlfcn.h>

enum exit_status load_exchange(struct exchange *exchange)
{
	void *library = dlopen("libnewsarc-exchange.so.0", RTLD_NOW | RTLD_LOCAL);

	if (library) {
		/* POSIX has object and function pointers of one size; C does not say so. */
		*(void **)&exchange->import_archive = dlsym(library, "narc_import_archive");
		*(void **)&exchange->export_archive = dlsym(library, "narc_export_archive");
		if (exchange->import_archive && exchange->export_archive)
			return EXIT_DONE;
	}
	report("this needs newsarc's exchange library, which is not installed: %s", dlerror());
	return EXIT_SYSTEM;
}
