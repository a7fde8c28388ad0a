/* What the programs share that run commands in a sandbox, and use their streams. */
#ifndef STREAM_H
#define STREAM_H

#include "command.h"

#define FOR_EVER SANDCELL_NO_TIMEOUT

static sandcell_client *client;
static sandcell_sandbox *sandbox;
static const sandcell_container *container; /* the sandbox's */

/* Starts a sandbox on the engine in DOCKER_HOST. */
static inline void set_up(const char *image)
{
    sandcell_error *error;
    sandcell_create_options *options;
    if (getenv("DOCKER_HOST") == NULL) {
        fputs("this test needs an engine: set DOCKER_HOST to its endpoint\n", stderr);
        exit(1);
    }
    OK(sandcell_client_from_env(&client, &error));
    OK(sandcell_create_options_new(image, SANDCELL_CSTR, &options, &error));
    OK(sandcell_sandbox_start(client, options, &sandbox, &error));
    sandcell_create_options_free(options);
    container = sandcell_sandbox_container(sandbox);
}

static inline void tear_down(void)
{
    sandcell_error *error;
    OK(sandcell_sandbox_stop(sandbox, &error));
    sandcell_sandbox_free(sandbox);
    sandcell_client_free(client);
}

/* Starts a command, and frees its options. */
static inline sandcell_exec *start(sandcell_exec_options *options)
{
    sandcell_error *error;
    sandcell_exec *exec;
    OK(sandcell_container_start_exec(container, options, &exec, &error));
    sandcell_exec_options_free(options);
    return exec;
}

static inline void check_end(const sandcell_exec *exec, sandcell_outcome expected, int32_t expected_code)
{
    sandcell_error *error;
    sandcell_outcome outcome;
    int32_t code;
    for (int twice = 0; twice < 2; twice++) {
        OK(sandcell_exec_wait(exec, 30000, &outcome, &code, &error));
        if (outcome != expected || code != expected_code)
            fprintf(stderr, "outcome %d, code %d\n", outcome, code);
        CHECK(outcome == expected && code == expected_code);
    }
}

static inline void write_all(const sandcell_exec *exec, const char *text)
{
    sandcell_error *error;
    size_t len = strlen(text), written;
    for (size_t done = 0; done < len; done += written)
        OK(sandcell_exec_write(exec, text + done, len - done, FOR_EVER, &written, &error));
}

/* Reads until the stream ends, or `len` bytes are there. */
static inline size_t read_some(const sandcell_exec *exec, sandcell_stream stream, char *buf, size_t len)
{
    sandcell_error *error;
    size_t done = 0, n = 1;
    while (done < len && n > 0) {
        OK(sandcell_exec_read(exec, stream, 30000, buf + done, len - done, &n, &error));
        done += n;
    }
    return done;
}

static inline void expect_read(const sandcell_exec *exec, sandcell_stream stream, const char *expected)
{
    char buf[256];
    size_t len = read_some(exec, stream, buf, strlen(expected));
    check_bytes(buf, len, expected, strlen(expected));
}

static inline void expect_end(const sandcell_exec *exec, sandcell_stream stream)
{
    char byte;
    CHECK(read_some(exec, stream, &byte, 1) == 0);
    CHECK(read_some(exec, stream, &byte, 1) == 0);
}

#endif
