/* What the programs share that run commands. */
#ifndef COMMAND_H
#define COMMAND_H

#include "check.h"

#include <stdarg.h>

/* A command: its arguments, and NULL behind them. Killed without mercy. */
static inline sandcell_exec_options *command(const char *arg, ...)
{
    sandcell_error *error;
    sandcell_exec_options *options = sandcell_exec_options_new();
    va_list args;
    va_start(args, arg);
    for (; arg != NULL; arg = va_arg(args, const char *))
        OK(sandcell_exec_options_add_arg(options, arg, SANDCELL_CSTR, &error));
    va_end(args);
    OK(sandcell_exec_options_set_kill_grace_ms(options, 0, &error));
    return options;
}

static inline void check_bytes(const char *data, size_t len, const void *expected, size_t expected_len)
{
    const bool is_same = len == expected_len && memcmp(data, expected, len) == 0;
    if (!is_same)
        fprintf(stderr, "%zu bytes: \"%.*s\"\n", len, len < 200 ? (int)len : 200, data);
    CHECK(is_same);
}

#endif
