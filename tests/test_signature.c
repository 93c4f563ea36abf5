/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and signatures: minisign's are taken, and no change of any bit is. */
#include "support_check.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sign/keys.h"
#include "support/byte_order.h"
#include "support_folder.h"

/* ---- what minisign 0.11 made -------------------------------------------------------------- */

static const char message[] = "a message\n";

static const char minisign_secret[] =
	"untrusted comment: minisign encrypted secret key\n"
	"RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADlHWPtEYHu95SAGd1Xwt"
	"rPX4b5FPUCq66RmnkDs/7waNEzScoQi/UyelocJlaLt1EaySb7QugCdSmIU3CeJegB9FA8CTr3oLAAAAAAAAAAAAAAAA"
	"AAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";

static const char minisign_public[] =
	"untrusted comment: minisign public key EF1E18D13ED6510E\n"
	"RWQOUdY+0Rge7yelocJlaLt1EaySb7QugCdSmIU3CeJegB9FA8CTr3oL\n";

static const char minisign_signature[] =
	"untrusted comment: signature from minisign secret key\n"
	"RUQOUdY+0Rge74H4n+AOzCsq9f3fAuKKQCUZEkm34sWVYIy5lBBNNpF0U0O6PFfhZHzVjhyK+lnO9fFvZj71ln0DfOtHAQ2L"
	"0QA=\n"
	"trusted comment: trusted words\n"
	"2UJnpZIQov+jrAF3FaYDFQFuZrM+vAc+FkzOVdejNgyOp75d70Hpl6n2TJ1SKSEhqf3SikgPBKkT2EC7NjnwAQ==\n";

/* Of the message itself, as minisign made them once. */
static const char legacy_signature[] =
	"untrusted comment: signature from minisign secret key\n"
	"RWQOUdY+0Rge77SHB/bN1l+hQPx2EquZ8gW9nrqbgKJfHB1ag++oD8Qb6ZHHR9G5WQYYlG/ZS2mwTo4ryxE0YsVayvW2l0AC"
	"owg=\n"
	"trusted comment: trusted words\n"
	"HL/AWJUpjsUgCWk4dPE/cGfjRo4U9JZNglttfd1Yx1gPt0/CrFAGty3PsZL40QwKxEoZ3iFoatIm2rVVHMnVDg==\n";

static const char encrypted_secret[] =
	"untrusted comment: minisign encrypted secret key\n"
	"RWRTY0IyG4D/v7iIRiHhTx2aCB6TarQ83VCGDkte0D1L1Wi/jjoAAAACAAAAAAAAAEAAAAAAKwssBKN3icAZjlUzCRMv"
	"DmBq6ml1DaWASMne7yn9HkHeeRLEO5PoQo1LdI767WQ4zhmrPWUunzqVAwe9XWaHo1qBy5jSpMFzW5sJI6OmRMnIwg4s"
	"qMpN3IxS0w+uAxvJd9uXF5vHkWQ=\n";

static struct narc_public_key public_of_minisign(void)
{
	struct narc_public_key key;
	struct narc_error error;

	ASSERT_OK(public_key_read(minisign_public, strlen(minisign_public), &key, &error), &error);
	return key;
}

static enum narc_status check_text(const char *signature, const char *text,
				   const struct narc_public_key *key)
{
	struct narc_error error;
	enum narc_status status = narc_check_signature(signature, strlen(signature), text,
						       strlen(text), key, &error);

	if (status != NARC_OK)
		ASSERT_ERROR_IS_TOLD(&error, status);
	return status;
}

TEST(signatures_of_minisign_are_good_of_both_kinds)
{
	const struct narc_public_key key = public_of_minisign();
	char id[NARC_KEY_ID_TEXT_SIZE];

	narc_key_id_text(key.id, id);
	assert_string_equal(id, "EF1E18D13ED6510E");
	assert_int_equal(check_text(minisign_signature, message, &key), NARC_OK);
	assert_int_equal(check_text(legacy_signature, message, &key), NARC_OK);
	assert_int_equal(check_text(minisign_signature, "another\n", &key), NARC_BAD_SIGNATURE);
	assert_int_equal(check_text(legacy_signature, "another\n", &key), NARC_BAD_SIGNATURE);
	assert_int_equal(check_text(minisign_signature, "", &key), NARC_BAD_SIGNATURE);
}

TEST(secret_keys_of_minisign_sign_as_minisign_does)
{
	struct narc_secret_key key;
	struct narc_public_key public = public_of_minisign();
	struct narc_error error;
	char text[NARC_SIGNATURE_SIZE];

	ASSERT_OK(secret_key_read(minisign_secret, strlen(minisign_secret), NULL, NULL, &key,
				  &error),
		  &error);
	assert_memory_equal(&key.public, &public, sizeof(public));
	ASSERT_OK(narc_sign(&key, message, strlen(message), "trusted words", text, &error), &error);
	/* But for the untrusted comment. */
	assert_string_equal(strchr(text, '\n'), strchr(minisign_signature, '\n'));
}

/* A narc_passphrase_fn; context is the passphrase, or NULL for none. */
static bool give_passphrase(void *context, char *text, size_t size)
{
	if (context)
		snprintf(text, size, "%s", (const char *)context);
	return context != NULL;
}

static enum narc_status read_encrypted(const char *text, const char *passphrase,
				       struct narc_secret_key *key)
{
	struct narc_error error;
	enum narc_status status =
		secret_key_read(text, strlen(text), give_passphrase,
				(void *)(uintptr_t)passphrase, key, &error);

	if (status != NARC_OK)
		ASSERT_ERROR_IS_TOLD(&error, status);
	return status;
}

TEST(an_encrypted_key_is_refused_without_its_passphrase)
{
	struct narc_secret_key key;
	struct narc_error error;

	ASSERT_STATUS(secret_key_read(encrypted_secret, strlen(encrypted_secret), NULL, NULL, &key,
				      &error),
		      NARC_MISUSE, &error);
	assert_int_equal(read_encrypted(encrypted_secret, NULL, &key), NARC_MISUSE);
}

/* Takes a gigabyte, and seconds. */
TEST(an_encrypted_key_of_minisign_is_decrypted)
{
	struct narc_secret_key key;
	char id[NARC_KEY_ID_TEXT_SIZE];

	if (!getenv("NARC_LONG"))
		skip();
	assert_int_equal(read_encrypted(encrypted_secret, "pw", &key), NARC_OK);
	narc_key_id_text(key.public.id, id);
	assert_string_equal(id, "1DBFA6E39D6A2C51");
}

/* ---- our own ------------------------------------------------------------------------------ */

static struct narc_secret_key new_key(void)
{
	struct narc_secret_key key;
	struct narc_error error;

	ASSERT_OK(secret_key_make(&key, &error), &error);
	return key;
}

TEST(keys_are_read_as_they_are_written)
{
	const struct narc_secret_key key = new_key();
	struct narc_secret_key secret;
	struct narc_public_key public;
	struct narc_error error;
	char secret_text[SECRET_KEY_TEXT_SIZE], public_text[PUBLIC_KEY_TEXT_SIZE];

	secret_key_write(&key, secret_text);
	public_key_write(&key.public, public_text);
	ASSERT_OK(secret_key_read(secret_text, strlen(secret_text), NULL, NULL, &secret, &error),
		  &error);
	ASSERT_OK(public_key_read(public_text, strlen(public_text), &public, &error), &error);
	assert_memory_equal(&secret, &key, sizeof(key));
	assert_memory_equal(&public, &key.public, sizeof(public));
}

/* The text of a key that is encrypted as cheaply as libsodium can, or says that it is at
 * another cost. */
static void encrypt_key(const struct narc_secret_key *key, const char *passphrase,
			uint64_t operations, uint64_t memory, char text[SECRET_KEY_TEXT_SIZE])
{
	uint8_t bytes[158], stream[104];
	const char *line;
	size_t size;

	secret_key_write(key, text);
	line = strchr(text, '\n') + 1;
	assert_int_equal(sodium_base642bin(bytes, sizeof(bytes), line, strcspn(line, "\n"), NULL,
					   &size, NULL, sodium_base64_VARIANT_ORIGINAL),
			 0);
	memcpy(bytes + 2, "Sc", 2);
	memset(bytes + 6, 7, 32);
	store_le64(bytes + 38, operations);
	store_le64(bytes + 46, memory);
	assert_int_equal(crypto_pwhash_scryptsalsa208sha256(
				 stream, sizeof(stream), passphrase, strlen(passphrase), bytes + 6,
				 crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_MIN,
				 crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_MIN),
			 0);
	for (size_t i = 0; i < sizeof(stream); i++)
		bytes[54 + i] ^= stream[i];
	size = (size_t)(line - text);
	sodium_bin2base64(text + size, SECRET_KEY_TEXT_SIZE - size, bytes, sizeof(bytes),
			  sodium_base64_VARIANT_ORIGINAL);
	strcat(text, "\n");
}

TEST(an_encrypted_key_is_read_with_its_passphrase_and_with_no_other)
{
	static const uint64_t operations = crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_MIN;
	static const uint64_t memory = crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_MIN;
	const struct narc_secret_key key = new_key();
	struct narc_secret_key read;
	char text[SECRET_KEY_TEXT_SIZE];

	encrypt_key(&key, "open it", operations, memory, text);
	assert_int_equal(read_encrypted(text, "open it", &read), NARC_OK);
	assert_memory_equal(&read, &key, sizeof(key));
	assert_int_equal(read_encrypted(text, "open it ", &read), NARC_MISUSE);
	assert_int_equal(read_encrypted(text, "", &read), NARC_MISUSE);
	encrypt_key(&key, "", operations, memory, text);
	assert_int_equal(read_encrypted(text, "", &read), NARC_OK);
}

TEST(an_encrypted_key_that_asks_for_more_than_minisign_does_is_refused)
{
	static const struct {
		uint64_t operations;
		uint64_t memory;
	} costs[] = {
		{ (1 << 25) + 1, 1 << 24 },
		{ UINT64_MAX, 1 << 24 },
		{ 1 << 15, (1 << 30) + 1 },
		{ 1 << 15, UINT64_MAX },
	};
	const struct narc_secret_key key = new_key();
	struct narc_secret_key read;
	struct narc_error error;
	char text[SECRET_KEY_TEXT_SIZE], passphrase[] = "x";

	for (size_t i = 0; i < COUNT_OF(costs); i++) {
		encrypt_key(&key, passphrase, costs[i].operations, costs[i].memory, text);
		ASSERT_STATUS(secret_key_read(text, strlen(text), give_passphrase, passphrase,
					      &read, &error),
			      NARC_MISUSE, &error);
		assert_non_null(strstr(error.message, "asks for more"));
	}
}

TEST(a_signature_is_good_with_its_key_and_with_no_other)
{
	const struct narc_secret_key key = new_key(), other = new_key();
	struct narc_public_key renamed = other.public;
	struct narc_error error;
	char text[NARC_SIGNATURE_SIZE];

	memcpy(renamed.id, key.public.id, sizeof(renamed.id));
	ASSERT_OK(narc_sign(&key, message, strlen(message), "words", text, &error), &error);
	assert_int_equal(check_text(text, message, &key.public), NARC_OK);
	assert_int_equal(check_text(text, message, &other.public), NARC_BAD_SIGNATURE);
	assert_int_equal(check_text(text, message, &renamed), NARC_BAD_SIGNATURE);
}

TEST(a_comment_is_one_line_that_fits)
{
	const struct narc_secret_key key = new_key();
	struct narc_error error;
	char text[NARC_SIGNATURE_SIZE], comment[NARC_SIGNATURE_SIZE];

	memset(comment, 'x', sizeof(comment));
	comment[200] = '\0';
	ASSERT_OK(narc_sign(&key, "", 0, comment, text, &error), &error);
	assert_int_equal(check_text(text, "", &key.public), NARC_OK);
	comment[200] = 'x';
	comment[sizeof(comment) - 1] = '\0';
	ASSERT_STATUS(narc_sign(&key, "", 0, comment, text, &error), NARC_MISUSE, &error);
	ASSERT_STATUS(narc_sign(&key, "", 0, "a\nb", text, &error), NARC_MISUSE, &error);
}

/* ---- changes ------------------------------------------------------------------------------ */

/* Calls try with each single bit of text turned over from the byte at start on. */
static void try_every_bit(const char *text, size_t start,
			  void (*try)(const char *changed, size_t size))
{
	size_t size = strlen(text);
	char *changed = malloc(size);

	for (size_t bit = 8 * start; bit < 8 * size; bit++) {
		memcpy(changed, text, size);
		changed[bit / 8] ^= (char)(1 << bit % 8);
		try(changed, size);
	}
	free(changed);
}

static size_t behind_first_line(const char *text)
{
	return strcspn(text, "\n");
}

static void assert_signature_is_refused(const char *changed, size_t size)
{
	const struct narc_public_key key = public_of_minisign();
	struct narc_error error;
	enum narc_status status =
		narc_check_signature(changed, size, message, strlen(message), &key, &error);

	if (status == NARC_OK)
		fail_msg("taken: %.*s", (int)size, changed);
	ASSERT_ERROR_IS_TOLD(&error, status);
}

TEST(every_bit_of_a_signature_counts_but_those_of_the_untrusted_comment)
{
	try_every_bit(minisign_signature, behind_first_line(minisign_signature),
		      assert_signature_is_refused);
	try_every_bit(legacy_signature, behind_first_line(legacy_signature),
		      assert_signature_is_refused);
}

TEST(a_signature_that_is_cut_or_goes_on_is_refused)
{
	const size_t size = strlen(minisign_signature);
	char *text = malloc(size + 1);

	for (size_t cut = 0; cut < size; cut++) {
		char *exact = malloc(cut + 1);

		memcpy(exact, minisign_signature, cut);
		assert_signature_is_refused(exact, cut);
		free(exact);
	}
	memcpy(text, minisign_signature, size);
	for (int byte = 0; byte < 256; byte++) {
		text[size] = (char)byte;
		assert_signature_is_refused(text, size + 1);
	}
	free(text);
}

static void assert_message_is_refused(const char *changed, size_t size)
{
	const struct narc_public_key key = public_of_minisign();
	struct narc_error error;

	ASSERT_STATUS(narc_check_signature(minisign_signature, strlen(minisign_signature), changed,
					   size, &key, &error),
		      NARC_BAD_SIGNATURE, &error);
}

TEST(every_bit_of_the_message_counts)
{
	try_every_bit(message, 0, assert_message_is_refused);
}

static void assert_public_key_is_useless(const char *changed, size_t size)
{
	struct narc_public_key key;
	struct narc_error error;

	if (public_key_read(changed, size, &key, &error) == NARC_OK)
		assert_int_equal(check_text(minisign_signature, message, &key), NARC_BAD_SIGNATURE);
	else
		ASSERT_ERROR_IS_TOLD(&error, NARC_MISUSE);
}

TEST(no_other_public_key_than_the_right_one_is_good)
{
	try_every_bit(minisign_public, behind_first_line(minisign_public),
		      assert_public_key_is_useless);
}

static struct narc_secret_key key_at_hand;

/* Bits of what an encryption would need mean nothing. */
static void assert_secret_key_is_the_same_or_refused(const char *changed, size_t size)
{
	struct narc_secret_key key;
	struct narc_error error;

	if (secret_key_read(changed, size, NULL, NULL, &key, &error) == NARC_OK)
		assert_memory_equal(&key, &key_at_hand, sizeof(key));
	else
		ASSERT_ERROR_IS_TOLD(&error, NARC_MISUSE);
}

TEST(no_secret_key_is_taken_for_another)
{
	char text[SECRET_KEY_TEXT_SIZE];

	key_at_hand = new_key();
	secret_key_write(&key_at_hand, text);
	try_every_bit(text, 0, assert_secret_key_is_the_same_or_refused);
	for (size_t size = 0; size < strlen(text); size++)
		assert_secret_key_is_the_same_or_refused(text, size);
}

/* Its identifier alone is not covered by anything. */
static void assert_key_of_minisign_is_the_same_or_refused(const char *changed, size_t size)
{
	struct narc_secret_key key;
	struct narc_error error;

	if (secret_key_read(changed, size, NULL, NULL, &key, &error) == NARC_OK)
		assert_memory_equal(key.bytes, key_at_hand.bytes, sizeof(key.bytes));
	else
		ASSERT_ERROR_IS_TOLD(&error, NARC_MISUSE);
}

TEST(no_secret_key_without_a_checksum_is_taken_for_another)
{
	struct narc_error error;

	ASSERT_OK(secret_key_read(minisign_secret, strlen(minisign_secret), NULL, NULL,
				  &key_at_hand, &error),
		  &error);
	try_every_bit(minisign_secret, 0, assert_key_of_minisign_is_the_same_or_refused);
}

/* ---- files -------------------------------------------------------------------------------- */

TEST(key_files_are_for_their_owner_and_never_replaced)
{
	char *folder = test_folder_new();
	char secret[TEST_PATH_SIZE], public[TEST_PATH_SIZE], other[TEST_PATH_SIZE];
	struct narc_public_key key, loaded;
	narc_secret_key *secret_key;
	struct narc_error error;
	struct stat about;
	const mode_t mask = umask(0);

	test_path(secret, folder, "key");
	test_path(public, folder, "key.pub");
	test_path(other, folder, "other");
	ASSERT_OK(narc_key_pair_make(secret, public, &key, &error), &error);
	umask(mask);
	assert_int_equal(stat(secret, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	ASSERT_OK(narc_public_key_load(public, &loaded, &error), &error);
	assert_memory_equal(&loaded, &key, sizeof(key));
	ASSERT_OK(narc_secret_key_load(secret, NULL, NULL, &secret_key, &error), &error);
	narc_secret_key_public(secret_key, &loaded);
	assert_memory_equal(&loaded, &key, sizeof(key));
	narc_secret_key_free(secret_key);

	ASSERT_STATUS(narc_key_pair_make(secret, other, &key, &error), NARC_EXISTS, &error);
	ASSERT_STATUS(narc_key_pair_make(other, public, &key, &error), NARC_EXISTS, &error);
	ASSERT_STATUS(narc_key_pair_make(other, other, &key, &error), NARC_EXISTS, &error);
	assert_int_equal(test_folder_count(folder), 2);
	ASSERT_OK(narc_public_key_load(public, &key, &error), &error);
	assert_memory_equal(&loaded, &key, sizeof(key));
	test_folder_remove(folder);
}

TEST(files_that_are_no_keys_are_refused)
{
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE], nowhere[TEST_PATH_SIZE];
	char large[8192];
	struct narc_public_key public;
	narc_secret_key *secret;
	struct narc_error error;

	memset(large, 'x', sizeof(large));
	test_path(path, folder, "key");
	test_path(nowhere, folder, "nowhere");
	test_file_write(path, large, sizeof(large));
	ASSERT_STATUS(narc_public_key_load(path, &public, &error), NARC_MISUSE, &error);
	ASSERT_STATUS(narc_secret_key_load(path, NULL, NULL, &secret, &error), NARC_MISUSE, &error);
	assert_string_equal(error.path, path);
	test_file_write(path, minisign_public, strlen(minisign_public));
	ASSERT_STATUS(narc_secret_key_load(path, NULL, NULL, &secret, &error), NARC_MISUSE, &error);
	test_file_write(path, minisign_secret, strlen(minisign_secret));
	ASSERT_STATUS(narc_public_key_load(path, &public, &error), NARC_MISUSE, &error);
	ASSERT_STATUS(narc_public_key_load(nowhere, &public, &error), NARC_IO, &error);
	ASSERT_STATUS(narc_secret_key_load(nowhere, NULL, NULL, &secret, &error), NARC_IO, &error);
	ASSERT_STATUS(narc_public_key_load(folder, &public, &error), NARC_IO, &error);
	test_folder_remove(folder);
}

TEST(a_disk_that_is_full_leaves_no_half_of_a_pair)
{
	char *folder = test_folder_new();
	char secret[TEST_PATH_SIZE], public[TEST_PATH_SIZE];
	struct narc_public_key key;
	struct narc_error error;

	test_path(secret, folder, "key");
	test_path(public, folder, "key.pub");
	test_limit_file_size(10);
	ASSERT_STATUS(narc_key_pair_make(secret, public, &key, &error), NARC_IO, &error);
	test_limit_file_size(200); /* less than a secret key has, and more than a public one */
	ASSERT_STATUS(narc_key_pair_make(secret, public, &key, &error), NARC_IO, &error);
	test_limit_file_size(TEST_NO_LIMIT);
	assert_int_equal(test_folder_count(folder), 0);
	test_folder_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures_of_minisign_are_good_of_both_kinds),
		cmocka_unit_test(secret_keys_of_minisign_sign_as_minisign_does),
		cmocka_unit_test(an_encrypted_key_is_refused_without_its_passphrase),
		cmocka_unit_test(an_encrypted_key_of_minisign_is_decrypted),
		cmocka_unit_test(keys_are_read_as_they_are_written),
		cmocka_unit_test(an_encrypted_key_is_read_with_its_passphrase_and_with_no_other),
		cmocka_unit_test(an_encrypted_key_that_asks_for_more_than_minisign_does_is_refused),
		cmocka_unit_test(a_signature_is_good_with_its_key_and_with_no_other),
		cmocka_unit_test(a_comment_is_one_line_that_fits),
		cmocka_unit_test(every_bit_of_a_signature_counts_but_those_of_the_untrusted_comment),
		cmocka_unit_test(a_signature_that_is_cut_or_goes_on_is_refused),
		cmocka_unit_test(every_bit_of_the_message_counts),
		cmocka_unit_test(no_other_public_key_than_the_right_one_is_good),
		cmocka_unit_test(no_secret_key_is_taken_for_another),
		cmocka_unit_test(no_secret_key_without_a_checksum_is_taken_for_another),
		cmocka_unit_test(key_files_are_for_their_owner_and_never_replaced),
		cmocka_unit_test(files_that_are_no_keys_are_refused),
		cmocka_unit_test(a_disk_that_is_full_leaves_no_half_of_a_pair),
	};

	return cmocka_run_group_tests_name("signature", tests, NULL, NULL);
}
