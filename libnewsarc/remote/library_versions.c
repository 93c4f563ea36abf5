/* SPDX-License-Identifier: BSD-2-Clause */
#include <curl/curl.h>
#include <expat.h>
#include <openssl/crypto.h>
#include <stdio.h>

#include "newsarc.h"

bool narc_remote_library_version(size_t index, struct narc_library *library)
{
	const XML_Expat_Version expat = XML_ExpatVersionInfo();

	switch (index) {
	case 0:
		library->name = "libcurl";
		snprintf(library->version, sizeof(library->version), "%s",
			 curl_version_info(CURLVERSION_NOW)->version);
		return true;
	case 1:
		library->name = "expat";
		snprintf(library->version, sizeof(library->version), "%d.%d.%d", expat.major,
			 expat.minor, expat.micro);
		return true;
	case 2:
		library->name = "OpenSSL";
		snprintf(library->version, sizeof(library->version), "%s",
			 OpenSSL_version(OPENSSL_VERSION_STRING));
		return true;
	default:
		return false;
	}
}
