/*
 * What the programs share that do what no caller should, and every one does some day:
 * NULL for each pointer, unknown constants, bad texts and lengths. They need no engine;
 * what needs a live handle is in the programs that have one.
 */
#ifndef MISUSE_H
#define MISUSE_H

#include "check.h"

static sandock_error *error;
static sandock_client *client; /* of an engine that is not there */
static sandock_create_options *create;
static sandock_exec_options *command;

/* An output that was written although it must not be differs from this. */
static char sentinel;
#define UNTOUCHED ((void *)&sentinel)

#define S SANDOCK_CSTR /* one letter, for the long lists of arguments */

static inline void check_empty(const char *text, const size_t *len)
{
    CHECK(text != NULL && strcmp(text, "") == 0);
    CHECK(*len == 0);
}

static inline void set_up(void)
{
    sandock_client_options *options = sandock_client_options_new();
    OK(sandock_client_options_set_host(options, "unix:///nonexistent", S, &error));
    OK(sandock_client_new(options, &client, &error));
    sandock_client_options_free(options); /* the client goes on */
    OK(sandock_create_options_new("x", S, &create, &error));
    command = sandock_exec_options_new();
}

static inline void tear_down(void)
{
    sandock_exec_options_free(command);
    sandock_create_options_free(create);
    sandock_client_free(client);
}

#endif
