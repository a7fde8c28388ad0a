/* What the C tests share: the first check that fails ends the program. */
#ifndef CHECK_H
#define CHECK_H

#include <sandcell.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                  \
    do {                                                                                  \
        if (!(condition)) {                                                               \
            fprintf(stderr, "%s:%d: CHECK(%s) failed\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                                      \
        }                                                                                 \
    } while (0)

/* A call with `&error` as its last argument that succeeds, and says so there, too. */
#define OK(call)                                             \
    do {                                                     \
        sandcell_status status_ = (call);                    \
        check_ok(status_, error, __FILE__, __LINE__, #call); \
    } while (0)

/* A call with `&error` as its last argument that fails with `status`. */
#define FAILS(expected, call)                                             \
    do {                                                                  \
        CHECK((call) == (expected));                                      \
        CHECK(error != NULL && sandcell_error_kind(error) == (expected)); \
        CHECK(strlen(sandcell_error_message(error, NULL)) > 0);           \
        sandcell_error_free(error);                                       \
        error = NULL;                                                     \
    } while (0)

/* A call with `&error` as its last argument that refuses an argument and names it. */
#define REFUSES(name, call)                                                                    \
    do {                                                                                       \
        CHECK((call) == SANDCELL_ERR_INVALID_ARGUMENT);                                        \
        CHECK(sandcell_error_is_invalid_argument(error));                                      \
        check_starts_with(sandcell_error_message(error, NULL), name ": ", __FILE__, __LINE__); \
        sandcell_error_free(error);                                                            \
        error = NULL;                                                                          \
    } while (0)

#define NOT_UTF8 "a\xff"

/* Every way to spoil one text: `call` uses the macro's arguments `p` and `n`. */
#define REFUSES_BAD_TEXT(name, call) \
    do {                             \
        const char *p = NULL;        \
        size_t n = 3;                \
        REFUSES(name, call);         \
        n = SANDCELL_CSTR;           \
        REFUSES(name, call);         \
        p = NOT_UTF8;                \
        REFUSES(name, call);         \
        n = 2;                       \
        REFUSES(name, call);         \
        p = "a\0b";                  \
        n = 3;                       \
        REFUSES(name, call);         \
        p = "a";                     \
        n = (size_t)PTRDIFF_MAX + 1; \
        REFUSES(name, call);         \
        n = SIZE_MAX - 1;            \
        REFUSES(name, call);         \
    } while (0)

/* Choices that there are not, from the first number on: `call` uses the argument `number`. */
#define REFUSES_UNKNOWN(name, first, call)                            \
    do {                                                              \
        const int32_t unknown_[] = {first, INT32_MAX, -1, INT32_MIN}; \
        for (int n_ = 0; n_ < 4; n_++) {                              \
            int32_t number = unknown_[n_];                            \
            REFUSES(name, call);                                      \
        }                                                             \
    } while (0)

static inline void check_ok(sandcell_status status, sandcell_error *error, const char *file, int line, const char *call)
{
    if (status != SANDCELL_OK) {
        fprintf(stderr, "%s:%d: %s: %s\n", file, line, call, sandcell_error_message(error, NULL));
        exit(1);
    }
    if (error != NULL) {
        fprintf(stderr, "%s:%d: %s: the error was not set to NULL\n", file, line, call);
        exit(1);
    }
}

static inline void check_starts_with(const char *text, const char *start, const char *file, int line)
{
    if (strncmp(text, start, strlen(start)) != 0) {
        fprintf(stderr, "%s:%d: \"%s\" does not start with \"%s\"\n", file, line, text, start);
        exit(1);
    }
}

#endif
