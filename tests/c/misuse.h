/*
 * What the programs share that do what no caller should, and every one does some day:
 * NULL for each pointer, unknown constants, bad texts and lengths. They need no engine;
 * what needs a live handle is in the programs that have one.
 */
#ifndef MISUSE_H
#define MISUSE_H

#include "check.h"

static sandcell_error *error;
static sandcell_client *client; /* of an engine that is not there */
static sandcell_container *container;
static sandcell_create_options *create;
static sandcell_exec_options *command;

/* An output that was written although it must not be differs from this. */
static char sentinel;
#define UNTOUCHED ((void *)&sentinel)

#define S SANDCELL_CSTR /* one letter, for the long lists of arguments */

static inline void check_empty(const char *text, const size_t *len)
{
    CHECK(text != NULL && strcmp(text, "") == 0);
    CHECK(*len == 0);
}

static inline void set_up(void)
{
    sandcell_client_builder *builder = sandcell_client_builder_new();
    OK(sandcell_client_builder_set_host(builder, "unix:///nonexistent", S, &error));
    OK(sandcell_client_builder_build(builder, &client, &error));
    sandcell_client_builder_free(builder); /* the client goes on */
    OK(sandcell_client_container(client, "x", S, &container, &error));
    OK(sandcell_create_options_new("x", S, &create, &error));
    command = sandcell_exec_options_new();
}

static inline void tear_down(void)
{
    sandcell_exec_options_free(command);
    sandcell_create_options_free(create);
    sandcell_container_free(container);
    sandcell_client_free(client);
}

#endif
