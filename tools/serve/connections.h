/* SPDX-License-Identifier: BSD-2-Clause */
/* Open connections, and since when each keeps its client or the server waiting: those that take too
 * long are ended, however many bytes they send meanwhile. */
#ifndef NARC_SERVE_CONNECTIONS_H
#define NARC_SERVE_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct connections;

enum { REQUEST_SECONDS = 20, ANSWER_SECONDS = 300 };

/* Room for so many connections. NULL if there is no memory. */
struct connections *connections_new(size_t most);
void connections_free(struct connections *connections);

/* A connection was opened, on this socket; returns its place, which is to be given back. most, if
 * there is no room, as when others are still being closed. */
size_t connections_add(struct connections *connections, int socket);
void connections_remove(struct connections *connections, size_t place);

/* A request was read, and is answered from now on; or it was answered, and another one may come. */
void connections_begin_answer(struct connections *connections, size_t place);
void connections_end_answer(struct connections *connections, size_t place);

/* Ends those that take too long. */
void connections_end_slow(struct connections *connections);

/* How many are being answered. */
size_t connections_answering(struct connections *connections);

#endif
