/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/aws_settings.h"
#include "support/status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* A setting, where it goes, and its names. Files have it in small letters. */
struct setting {
	char **place;
	const char *variables[2];
	const char *key;
};

enum { SETTING_COUNT = 5 };

static void list_settings(struct aws_settings *settings, struct setting list[SETTING_COUNT])
{
	const struct setting all[SETTING_COUNT] = {
		{ &settings->key_id, { "AWS_ACCESS_KEY_ID" }, "aws_access_key_id" },
		{ &settings->secret, { "AWS_SECRET_ACCESS_KEY" }, "aws_secret_access_key" },
		{ &settings->token, { "AWS_SESSION_TOKEN" }, "aws_session_token" },
		{ &settings->region, { "AWS_REGION", "AWS_DEFAULT_REGION" }, "region" },
		{ &settings->endpoint,
		  { "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL" },
		  "endpoint_url" },
	};

	memcpy(list, all, sizeof(all));
}

void aws_settings_free(struct aws_settings *settings)
{
	/* Not to be found in what is given back. */
	if (settings->secret)
		explicit_bzero(settings->secret, strlen(settings->secret));
	if (settings->token)
		explicit_bzero(settings->token, strlen(settings->token));
	free(settings->key_id);
	free(settings->secret);
	free(settings->token);
	free(settings->region);
	free(settings->endpoint);
	*settings = (struct aws_settings){ 0 };
}

/* An empty variable is as good as none, as it is to the tools of AWS. */
static const char *variable(const char *name)
{
	const char *value = name ? getenv(name) : NULL;

	return value && value[0] ? value : NULL;
}

static enum narc_status set(char **place, const char *value, struct narc_error *error)
{
	if (*place || !value)
		return NARC_OK;
	*place = strdup(value);
	return *place ? NARC_OK : narc_fail_memory(error);
}

static enum narc_status read_environment(struct aws_settings *settings, struct narc_error *error)
{
	struct setting list[SETTING_COUNT];
	enum narc_status status = NARC_OK;

	list_settings(settings, list);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		for (size_t k = 0; k < 2 && status == NARC_OK; k++)
			status = set(list[i].place, variable(list[i].variables[k]), error);
	return status;
}

/* ---- files -------------------------------------------------------------------------------- */

static char *trim(char *text)
{
	char *end;

	text += strspn(text, " \t");
	end = text + strlen(text);
	while (end > text && strchr(" \t\r\n", end[-1]))
		*--end = 0;
	return text;
}

/* Whether a line is the heading of this profile: "[name]", or "[profile name]". */
static bool is_heading(char *line, const char *profile, bool *is_ours)
{
	size_t length = strlen(line);

	if (length < 2 || line[0] != '[' || line[length - 1] != ']')
		return false;
	line[length - 1] = 0;
	line = trim(line + 1);
	if (strncmp(line, "profile ", 8) == 0)
		line = trim(line + 8);
	*is_ours = strcmp(line, profile) == 0;
	return true;
}

static enum narc_status take_line(const struct setting list[SETTING_COUNT], char *line,
				  struct narc_error *error)
{
	char *value = strchr(line, '=');

	if (!value)
		return NARC_OK;
	*value = 0;
	value = trim(value + 1);
	line = trim(line);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (strcmp(list[i].key, line) == 0 && value[0])
			return set(list[i].place, value, error);
	return NARC_OK;
}

static enum narc_status read_profile(struct aws_settings *settings, FILE *file,
				     const char *profile, bool *found, struct narc_error *error)
{
	struct setting list[SETTING_COUNT];
	enum narc_status status = NARC_OK;
	bool is_ours = false;
	char *line = NULL;
	size_t size = 0;

	list_settings(settings, list);
	while (status == NARC_OK && getline(&line, &size, file) >= 0) {
		/* What is indented is of a setting that has settings of its own. */
		bool is_nested = line[0] == ' ' || line[0] == '\t';
		char *text = trim(line);

		if (text[0] == '#' || text[0] == ';' || is_nested)
			continue;
		if (is_heading(text, profile, &is_ours))
			*found |= is_ours;
		else if (is_ours)
			status = take_line(list, text, error);
	}
	if (line)
		explicit_bzero(line, size);
	free(line);
	return status;
}

/* A file that is not there has no profile. */
static enum narc_status read_file(struct aws_settings *settings, const char *path_variable,
				  const char *name, const char *profile, bool *found,
				  struct narc_error *error)
{
	const char *path = variable(path_variable);
	const char *home = variable("HOME");
	enum narc_status status;
	char standard[4096];
	FILE *file;

	if (!path && !home)
		return NARC_OK;
	snprintf(standard, sizeof(standard), "%s/.aws/%s", home ? home : "", name);
	file = fopen(path ? path : standard, "re");
	if (!file && errno == ENOENT)
		return NARC_OK;
	if (!file)
		return narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET,
				 "cannot read %s: %s", path ? path : standard,
				 strerror(errno));
	status = read_profile(settings, file, profile, found, error);
	fclose(file);
	return status;
}

static enum narc_status read_files(struct aws_settings *settings, struct narc_error *error)
{
	const char *named = variable("AWS_PROFILE");
	const char *profile = named ? named : "default";
	bool found = false;
	enum narc_status status = read_file(settings, "AWS_SHARED_CREDENTIALS_FILE", "credentials",
					    profile, &found, error);

	if (status == NARC_OK)
		status = read_file(settings, "AWS_CONFIG_FILE", "config", profile, &found, error);
	if (status == NARC_OK && named && !found)
		return narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET,
				 "there is no profile \"%s\" in ~/.aws/credentials or ~/.aws/config",
				 named);
	return status;
}

enum narc_status aws_settings_read(struct aws_settings *settings, struct narc_error *error)
{
	enum narc_status status;
	bool has_keys;
	size_t length;

	*settings = (struct aws_settings){ 0 };
	status = read_environment(settings, error);
	/* Keys of the environment and of a file are not of one and the same: no token of another. */
	has_keys = settings->key_id && settings->secret;
	if (status == NARC_OK && has_keys && !settings->token)
		settings->token = strdup("");
	if (status == NARC_OK)
		status = read_files(settings, error);
	if (settings->token && !settings->token[0]) {
		free(settings->token);
		settings->token = NULL;
	}
	length = settings->endpoint ? strlen(settings->endpoint) : 0;
	while (length && settings->endpoint[length - 1] == '/')
		settings->endpoint[--length] = 0;
	return status;
}
