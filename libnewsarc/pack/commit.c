/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing an archive from beginning to end. */
#include <string.h>

#include "format/dictionary.h"
#include "format/header.h"
#include "format/section.h"
#include "pack/intake.h"
#include "pack/train_dictionary.h"
#include "pack/write_blocks.h"
#include "support/status.h"

/* What is made before the first block: its sections, and the dictionary to compress with. */
struct prelude {
	struct names names;
	struct byte_buffer dictionary;
	struct byte_buffer sections;
};

static void prelude_free(struct prelude *prelude)
{
	names_free(&prelude->names);
	byte_buffer_free(&prelude->dictionary);
	byte_buffer_free(&prelude->sections);
}

static enum narc_status make_dictionary(struct narc_packer *packer,
					const struct dictionary_effort *effort,
					struct byte_buffer *dictionary, struct narc_error *error)
{
	size_t size = packer->options.dictionary_size;

	if (size == NARC_DICTIONARY_AUTO)
		size = dictionary_size_for(packer->content_size, effort);
	sample_finish(&packer->sample);
	if (size == 0 || packer->sample.count == 0)
		return NARC_OK;
	return train_dictionary(&packer->sample, size, packer->options.level, dictionary, error);
}

/* Header, names and dictionary; the header comes first, but says where the dictionary is. */
static enum narc_status make_prelude(struct narc_packer *packer, struct prelude *prelude,
				     struct trailer *trailer, struct narc_error *error)
{
	struct byte_buffer names = BYTE_BUFFER_EMPTY;
	struct byte_buffer dictionary = BYTE_BUFFER_EMPTY;
	struct header_note note = { 0 };
	struct dictionary_effort effort = dictionary_effort_for(packer->options.level);
	ZSTD_CCtx *compressor = ZSTD_createCCtx();
	enum narc_status status = compressor ? NARC_OK : narc_fail_memory(error);

	if (status == NARC_OK)
		status = name_counter_finish(&packer->names, &prelude->names, error);
	if (status == NARC_OK)
		status = names_encode(&names, &prelude->names, compressor, error);
	if (status == NARC_OK)
		status = make_dictionary(packer, &effort, &prelude->dictionary, error);
	if (status == NARC_OK && prelude->dictionary.size)
		status = dictionary_encode(&dictionary, prelude->dictionary.data,
					   prelude->dictionary.size, effort.level, error);
	if (status == NARC_OK) {
		if (dictionary.size) {
			note.dictionary_raw_size = prelude->dictionary.size;
			note.dictionary_body_gap = names.size + DICTIONARY_BODY_OFFSET;
			note.dictionary_body_size =
				dictionary.size - DICTIONARY_BODY_OFFSET - SECTION_CHECKSUM_SIZE;
		}
		header_encode(&prelude->sections, &note);
		if (names.size)
			trailer->names = (struct extent){ prelude->sections.size, names.size };
		byte_buffer_append(&prelude->sections, names.data, names.size);
		if (dictionary.size)
			trailer->dictionary =
				(struct extent){ prelude->sections.size, dictionary.size };
		byte_buffer_append(&prelude->sections, dictionary.data, dictionary.size);
		status = byte_buffer_status(&prelude->sections, error);
	}
	byte_buffer_free(&names);
	byte_buffer_free(&dictionary);
	ZSTD_freeCCtx(compressor);
	return status;
}

static enum narc_status write_blocks(struct narc_packer *packer, struct narc_sink sink,
				     struct prelude *prelude, struct index_builder *index,
				     struct trailer *trailer, struct narc_error *error)
{
	const struct narc_pack_options *options = &packer->options;
	unsigned threads = options->threads ? options->threads : work_queue_processors();
	struct block_compressor compressor = { 0 };
	struct block_writer writer = { 0 };
	enum narc_status status = block_compressor_init(&compressor, options->level,
							options->block_size, &prelude->dictionary,
							&prelude->names, threads, error);

	trailer->blocks.offset = prelude->sections.size;
	if (status == NARC_OK)
		status = block_writer_init(&writer, packer, sink, &compressor, index, trailer,
					   trailer->blocks.offset, error);
	if (status == NARC_OK)
		status = block_writer_run(&writer, error);
	trailer->blocks.size = writer.offset - trailer->blocks.offset;
	block_writer_free(&writer);
	block_compressor_free(&compressor);
	return status;
}

/* Data, index, sync, trailer, sync: so a file with a valid trailer is whole. */
static enum narc_status write_all(struct narc_packer *packer, struct narc_sink sink,
				  struct index_builder *index, struct trailer *trailer,
				  struct narc_error *error)
{
	struct prelude prelude = { .names = { 0 } };
	struct byte_buffer last = BYTE_BUFFER_EMPTY;
	uint64_t offset;
	enum narc_status status = make_prelude(packer, &prelude, trailer, error);

	if (status == NARC_OK)
		status = sink.ops->append(sink.context, prelude.sections.data,
					  prelude.sections.size, error);
	if (status == NARC_OK)
		status = write_blocks(packer, sink, &prelude, index, trailer, error);
	offset = extent_end(trailer->blocks);
	if (status == NARC_OK)
		status = index_write(index, sink, &offset, trailer, error);
	if (status == NARC_OK)
		status = sink.ops->sync(sink.context, error);
	if (status == NARC_OK) {
		trailer->generation = 1;
		trailer->end = offset + TRAILER_SECTION_SIZE;
		trailer_encode(&last, trailer);
		status = byte_buffer_status(&last, error);
	}
	if (status == NARC_OK)
		status = sink.ops->append(sink.context, last.data, last.size, error);
	if (status == NARC_OK)
		status = sink.ops->sync(sink.context, error);
	if (status == NARC_OK)
		status = sink.ops->publish(sink.context, error);
	byte_buffer_free(&last);
	prelude_free(&prelude);
	return status;
}

enum narc_status narc_packer_commit(narc_packer *packer, struct narc_sink sink,
				    struct narc_pack_result *result, struct narc_error *error)
{
	struct index_builder index = { .blocks = { .fd = -1 } };
	struct trailer trailer = { 0 };
	enum narc_status status;

	if (packer->committed) {
		status = narc_fail(error, NARC_MISUSE, "pack", NARC_NO_OFFSET,
				   "the archive is written already");
		goto done;
	}
	status = intake_drain(packer->intake, error);
	if (status == NARC_OK)
		status = packer_resolve_links(packer, error);
	packer->committed = true;
	if (status == NARC_OK)
		status = index_builder_init(&index, packer->options.memory / 4,
					    packer->temporary_folder, error);
	if (status == NARC_OK)
		status = write_all(packer, sink, &index, &trailer, error);
	index_builder_free(&index);
	if (status == NARC_OK && result)
		*result = (struct narc_pack_result){
			.rows = trailer.rows,
			.posts = trailer.posts,
			.blocks = trailer.block_count,
			.content_size = trailer.content_size,
			.owned_size = trailer.owned_size,
			.archive_size = trailer.end,
			.notices = packer->notices,
		};
done:
	sink.ops->close(sink.context);
	return status;
}
