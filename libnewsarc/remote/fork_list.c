/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/fork_list.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t is_registered = PTHREAD_ONCE_INIT;
static struct fork_member *members;

static void prepare_all(void)
{
	pthread_mutex_lock(&lock);
	for (struct fork_member *member = members; member; member = member->next)
		member->prepare(member->context);
}

static void go_on(bool is_child)
{
	for (struct fork_member *member = members; member; member = member->next)
		member->go_on(member->context, is_child);
	pthread_mutex_unlock(&lock);
}

static void go_on_in_parent(void)
{
	go_on(false);
}

static void go_on_in_child(void)
{
	go_on(true);
}

static void register_all(void)
{
	pthread_atfork(prepare_all, go_on_in_parent, go_on_in_child);
}

void fork_list_add(struct fork_member *member)
{
	pthread_once(&is_registered, register_all);
	pthread_mutex_lock(&lock);
	member->next = members;
	members = member;
	pthread_mutex_unlock(&lock);
}

void fork_list_remove(struct fork_member *member)
{
	struct fork_member **place = &members;

	pthread_mutex_lock(&lock);
	while (*place != member)
		place = &(*place)->next;
	*place = member->next;
	pthread_mutex_unlock(&lock);
}
