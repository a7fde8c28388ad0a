/*
 * sandcell: sandbox containers for every language.
 *
 * Made from src/capi by `make header`: change the sources, not this file.
 *
 *   sandcell_client *client;
 *   sandcell_error *error;
 *   if (sandcell_client_from_env(&client, &error) != SANDCELL_OK) {
 *       fprintf(stderr, "%s\n", sandcell_error_message(error, NULL));
 *       sandcell_error_free(error);
 *       return 1;
 *   }
 *
 * A whole program is examples/c/hello.c. The rest of this comment holds for
 * every function; what is said there is not repeated with each.
 *
 * Handles
 *   All types are opaque, and used through pointers. What a function hands out
 *   as "owned by the caller" is freed once, with the function that is named
 *   there; that function ignores NULL. Never use free() on it. A handle keeps
 *   alive what it needs, so that the order of frees does not matter.
 *
 * Parameters
 *   Inputs come first, then outputs, then the error. No pointer may be NULL
 *   unless it says so. An input is borrowed until the call returns; what is
 *   kept of it is copied. Integers that stand for a choice are checked: one
 *   that is not known is SANDCELL_ERR_INVALID_ARGUMENT. Times are in
 *   milliseconds, and SANDCELL_NO_TIMEOUT means "for ever".
 *
 * Errors
 *   A function that can fail returns a sandcell_status: SANDCELL_OK, which is 0,
 *   or a negative number. If its parameter "error" is not NULL, *error is
 *   always written: NULL on success, else an object that is owned by the
 *   caller and freed with sandcell_error_free(). All other outputs are written
 *   on success only. There is no thread-local or global last error.
 *
 *   Each function lists its own statuses. Beside these, each may return
 *     SANDCELL_ERR_INVALID_ARGUMENT  a pointer is NULL, a length is impossible,
 *                                   or a text is not UTF-8 or contains a NUL;
 *                                   the message names the parameter
 *     SANDCELL_ERR_PANIC             a bug in the library, contained; Rust has
 *                                   also printed it to standard error
 *   and one that speaks to the engine also those that tell that it cannot be
 *   reached (ENGINE_NOT_FOUND, PERMISSION_DENIED, CONNECTION_REFUSED,
 *   UNREACHABLE, TLS), that it misbehaves (DISCONNECTED, PROTOCOL, API_VERSION,
 *   ENGINE, UNSUPPORTED), that the call was ended (TIMEOUT, CANCELLED, CLOSED),
 *   and IO.
 *
 *   An accessor, which returns its value, cannot fail: for a NULL handle it
 *   returns what its documentation says.
 *
 *   Options check their arguments' form at once, their sense (an absolute path,
 *   a good name) only when they are used.
 *
 * Texts and bytes
 *   In: a pointer and a length in bytes. The length SANDCELL_CSTR means "up to
 *   the first NUL". NULL is good with length 0 only, and means empty. Texts are
 *   UTF-8 without NUL; the input of a command is bytes, whatever they are.
 *   Out: a pointer and, on request, a length. The pointer is never NULL,
 *   borrowed from the handle, and good until the handle is freed. A NUL that
 *   the length does not count is always behind the last byte. An exec's output
 *   and a file's contents are bytes, and may contain NULs of their own.
 *
 * Callbacks
 *   A callback runs on the thread of the call that uses it, and only before
 *   that returns; that of the log alone is called by any thread, at any time.
 *   It gets back the pointer "ctx" that came with it. What else it gets is good
 *   until it returns. It may use the library, but neither change nor free what
 *   the call uses. It must return: no longjmp(), no exception.
 *
 * Threads
 *   Handles are not tied to a thread. Functions that take a const handle may
 *   run at once on the same handle; those that take a plain one need it for
 *   themselves. "Threads: any" says the former, "one at a time" the latter.
 *   So one thread may read a running command's output, a second its error
 *   output, a third write its input, and any number more wait for it, resize
 *   it or kill it, all at once. None holds up another: a call that waits, waits
 *   for the command only. Only what frees or detaches needs the rest to be over.
 *
 * Signals, descriptors, fork
 *   The library changes neither signal handlers nor signal masks of the
 *   program. Writing to an engine that is gone raises no SIGPIPE, however
 *   SIGPIPE is handled. Its own threads block all signals. All of its
 *   descriptors are close-on-exec. After fork() without exec, the child must
 *   not use or free any handle. There is nothing to set up or to tear down, and no
 *   global state but who takes the log.
 *
 * Stability
 *   Until version 1.0, a minor version may change this interface; a patch version
 *   takes nothing away. Numbers of constants are never reused.
 */

#ifndef SANDCELL_H
#define SANDCELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -------------------------------------------------------------------------
 * Types.
 * ------------------------------------------------------------------------- */

/**
 * A named command in the background of a container.
 *
 * Free with sandcell_background_free(), which leaves the command alone.
 */
typedef struct sandcell_background sandcell_background;

/**
 * Ends calls from another thread.
 *
 * Every call of a client that sandcell_client_with_cancel() gave a token ends
 * within 100 ms of sandcell_cancel_token_cancel(), running ones and later ones.
 * A cancelled token stays cancelled. Free with sandcell_cancel_token_free();
 * clients that hold the token keep it alive.
 */
typedef struct sandcell_cancel_token sandcell_cancel_token;

/**
 * A connection to a Docker-compatible engine.
 *
 * Any number of threads may use it at once. Free with sandcell_client_free().
 */
typedef struct sandcell_client sandcell_client;

/**
 * How to reach an engine, for sandcell_client_new().
 *
 * Reusable. Free with sandcell_client_options_free().
 */
typedef struct sandcell_client_options sandcell_client_options;

/**
 * A handle to a container.
 *
 * Immutable, and keeps its client alive. Free with sandcell_container_free(),
 * unless it is borrowed.
 */
typedef struct sandcell_container sandcell_container;

/**
 * The state of a container, from sandcell_container_inspect_state(),
 * sandcell_client_inspect_container_state() or sandcell_error_container_state().
 *
 * Immutable; free with sandcell_container_state_free(), unless it is borrowed.
 */
typedef struct sandcell_container_state sandcell_container_state;

/**
 * A container to create, for sandcell_client_create_and_start().
 *
 * Reusable. Free with sandcell_create_options_free().
 */
typedef struct sandcell_create_options sandcell_create_options;

/**
 * What an engine can do, from sandcell_client_engine_features().
 *
 * Immutable; free with sandcell_engine_features_free().
 */
typedef struct sandcell_engine_features sandcell_engine_features;

/**
 * Why a call failed.
 *
 * Immutable. Made by a failing call; free with sandcell_error_free().
 */
typedef struct sandcell_error sandcell_error;

/**
 * A command that runs in a container, from sandcell_container_start_exec().
 *
 * Cancelling the token of its client, or closing the client, ends the command.
 * Free with sandcell_exec_free(), which kills the command if it is running.
 */
typedef struct sandcell_exec sandcell_exec;

/**
 * A command to run in a container, for sandcell_client_exec(),
 * sandcell_client_start_exec() and sandcell_container_start_background().
 *
 * Reusable. Free with sandcell_exec_options_free().
 */
typedef struct sandcell_exec_options sandcell_exec_options;

/**
 * What a command wrote, and how it ended, from sandcell_client_exec() or
 * sandcell_exec_wait_with_output().
 *
 * Output is there whatever the outcome: a time-out loses none of it.
 * Immutable; free with sandcell_exec_result_free().
 */
typedef struct sandcell_exec_result sandcell_exec_result;

/**
 * What an engine knows of an image, from sandcell_client_image_info() or
 * sandcell_client_import_image().
 *
 * Immutable; free with sandcell_image_info_free().
 */
typedef struct sandcell_image_info sandcell_image_info;

/**
 * The containers that a sweep looked at, from sandcell_client_orphans() or
 * sandcell_client_cleanup_orphaned_containers().
 *
 * Immutable; free with sandcell_orphans_free().
 */
typedef struct sandcell_orphans sandcell_orphans;

/**
 * What an engine enforces on a container, from sandcell_container_posture().
 *
 * Immutable; free with sandcell_posture_free().
 */
typedef struct sandcell_posture sandcell_posture;

/**
 * How an image is pulled, for sandcell_client_pull_image() and
 * sandcell_client_ensure_image().
 *
 * Reusable. Free with sandcell_pull_options_free().
 */
typedef struct sandcell_pull_options sandcell_pull_options;

/**
 * The resources that a container has used, from sandcell_container_resources() or
 * sandcell_exec_result_resources().
 *
 * Immutable; free with sandcell_resources_free(), unless they are borrowed.
 */
typedef struct sandcell_resources sandcell_resources;

/**
 * A container that belongs to this process.
 *
 * Keeps its client alive. Free with sandcell_sandbox_free(), which removes the
 * container and everything that runs in it, unless it was stopped or left running.
 * A process that is killed frees nothing: with SANDCELL_LIFETIME_TIED_TO_HOST the
 * engine removes the container then.
 */
typedef struct sandcell_sandbox sandcell_sandbox;

/**
 * The container that this process runs in, from sandcell_client_self_container().
 *
 * Immutable; free with sandcell_self_container_free().
 */
typedef struct sandcell_self_container sandcell_self_container;

/**
 * A text, or bytes, that a call handed out.
 *
 * Immutable; free with sandcell_string_free().
 */
typedef struct sandcell_string sandcell_string;

/**
 * Texts that a call handed out.
 *
 * Immutable; free with sandcell_strings_free().
 */
typedef struct sandcell_strings sandcell_strings;

/**
 * How a tree is copied, for sandcell_container_upload() and
 * sandcell_container_download().
 *
 * Reusable. Free with sandcell_transfer_options_free().
 */
typedef struct sandcell_transfer_options sandcell_transfer_options;

/**
 * What engine and library are, from sandcell_client_version().
 *
 * Immutable; free with sandcell_version_info_free().
 */
typedef struct sandcell_version_info sandcell_version_info;

/**
 * A volume, from sandcell_client_volume_create(), sandcell_client_volume_inspect()
 * or sandcell_volumes_get().
 *
 * Only a description: freeing it leaves the volume alone. Immutable; free with
 * sandcell_volume_free(), unless it is borrowed.
 */
typedef struct sandcell_volume sandcell_volume;

/**
 * Which volumes sandcell_client_volume_list() lists: those that meet all
 * conditions.
 *
 * Reusable. Free with sandcell_volume_filter_free().
 */
typedef struct sandcell_volume_filter sandcell_volume_filter;

/**
 * A volume to create, for sandcell_client_volume_create().
 *
 * Reusable. Free with sandcell_volume_options_free().
 */
typedef struct sandcell_volume_options sandcell_volume_options;

/**
 * A list of volumes, from sandcell_client_volume_list().
 *
 * Immutable; free with sandcell_volumes_free().
 */
typedef struct sandcell_volumes sandcell_volumes;

/**
 * How a file is written, for sandcell_container_write_file() and
 * sandcell_container_copy_file_in().
 *
 * Reusable. Free with sandcell_write_options_free().
 */
typedef struct sandcell_write_options sandcell_write_options;

/**
 * What became of a call: SANDCELL_OK, or one of SANDCELL_ERR_*.
 *
 * Failures are negative. Numbers are never reused, and a later version may
 * add some: treat one that you do not know as a failure.
 */
typedef int32_t sandcell_status;

/**
 * How much a log record matters, or up to which that is logged: one of
 * SANDCELL_LOG_*.
 */
typedef int32_t sandcell_log_level;

/**
 * Takes a record of the log.
 *
 * **It may be called by any thread**, also by those of the library, and by several
 * at once. It must not change the callback, and what it makes the library do is
 * not logged. It must return: no longjmp(), no exception.
 *
 * @param ctx                   in: what came with the callback
 * @param level                 in: one of SANDCELL_LOG_*
 * @param target, target_len    in: the part of the library, such as
 *                              "sandcell::pull"; with a NUL behind it that the
 *                              length does not count
 * @param message, message_len  in: with a NUL behind it that the length does not
 *                              count
 *
 * Threads: called by any.
 * Since: 0.1.0
 */
typedef void (*sandcell_log_fn)(void *ctx,
                                sandcell_log_level level,
                                const char *target,
                                size_t target_len,
                                const char *message,
                                size_t message_len);

/**
 * Something that not every engine can do: one of SANDCELL_ENGINE_FEATURE_*. It is not
 * what the kernel calls a capability.
 *
 * A later version may add some.
 */
typedef int32_t sandcell_engine_feature;

/**
 * What a container can reach: one of SANDCELL_NETWORK_*.
 */
typedef int32_t sandcell_network_mode;

/**
 * A protocol of a port: SANDCELL_TCP or SANDCELL_UDP.
 */
typedef int32_t sandcell_protocol;

/**
 * Something that confines a container: one of SANDCELL_PROTECTION_*.
 *
 * A later version may add some.
 */
typedef int32_t sandcell_protection;

/**
 * What a container's life is tied to: one of SANDCELL_LIFETIME_*.
 */
typedef int32_t sandcell_lifetime;

/**
 * The status of a container: one of SANDCELL_CONTAINER_*.
 *
 * A later version may add some.
 */
typedef int32_t sandcell_container_status;

/**
 * Whether a protection is in force: one of SANDCELL_ENFORCEMENT_*.
 */
typedef int32_t sandcell_enforcement;

/**
 * What happens to output that is too much: one of SANDCELL_OVERFLOW_*.
 */
typedef int32_t sandcell_overflow;

/**
 * How a command ended: one of SANDCELL_OUTCOME_*.
 *
 * A later version may add some.
 */
typedef int32_t sandcell_outcome;

/**
 * What is left of a command in the container: one of SANDCELL_TREE_*.
 *
 * A later version may add some.
 */
typedef int32_t sandcell_tree;

/**
 * A stream of a command: one of SANDCELL_STDIN, SANDCELL_STDOUT, SANDCELL_STDERR.
 */
typedef int32_t sandcell_stream;

/**
 * Which limit, if any, ended a command: one of SANDCELL_VERDICT_*.
 *
 * A later version may add some.
 */
typedef int32_t sandcell_verdict;

/**
 * The state of a background command: one of SANDCELL_BACKGROUND_*.
 *
 * A later version may add some.
 */
typedef int32_t sandcell_background_state;

/**
 * The way that files take into a container, and out of it: one of
 * SANDCELL_TRANSFER_METHOD_*.
 */
typedef int32_t sandcell_transfer_method;

/**
 * What becomes of a downloaded symlink that may lead out of the tree: one of
 * SANDCELL_EXTERNAL_SYMLINKS_*.
 */
typedef int32_t sandcell_external_symlinks;

/**
 * Tells how far a transfer is, for every entry and every 64 KiB of a file.
 *
 * To end the transfer from there, cancel the client's token.
 *
 * @param ctx             in: what came with the callback
 * @param bytes           in: bytes of files that were moved so far
 * @param entries         in: files, directories and symlinks so far, with the
 *                        present one
 * @param path, path_len  in: the present one, below the directory that is
 *                        copied; bytes, with a NUL behind them that the length
 *                        does not count
 *
 * Threads: called by the call's own.
 * Since: 0.1.0
 */
typedef void (*sandcell_progress_fn)(void *ctx,
                                     uint64_t bytes,
                                     uint64_t entries,
                                     const char *path,
                                     size_t path_len);

/**
 * Why a part of a tree was not copied: one of SANDCELL_SKIPPED_*.
 */
typedef int32_t sandcell_skip_reason;

/**
 * Tells what is not copied, although the transfer goes on.
 *
 * @param ctx             in: what came with the callback
 * @param reason          in: one of SANDCELL_SKIPPED_*; there may be more of them
 *                        one day
 * @param path, path_len  in: which part, below the directory that is copied; all
 *                        that is below it is not copied either. Bytes, with a
 *                        NUL behind them that the length does not count
 *
 * Threads: called by the call's own.
 * Since: 0.1.0
 */
typedef void (*sandcell_skipped_fn)(void *ctx,
                                    sandcell_skip_reason reason,
                                    const char *path,
                                    size_t path_len);

/**
 * Receives what sandcell_container_copy_file_out() reads, in parts.
 *
 * @param ctx        in: the pointer that was passed with the callback
 * @param data, len  in: any bytes, at least one
 *
 * @return  whether to go on; false ends the call with SANDCELL_ERR_IO.
 *
 * Threads: called on the thread of the call.
 * Since: 0.1.0
 */
typedef bool (*sandcell_write_fn)(void *ctx, const void *data, size_t len);

/**
 * Supplies what is sent to the engine, in parts: the contents of a file or an
 * image.
 *
 * @param ctx  in: the pointer that was passed with the callback
 * @param buf  out: receives the bytes
 * @param cap  in: the size of buf, at least 1
 * @param n    out: how many bytes there are, at most cap; 0 is the end, and what
 *             *n is before
 *
 * @return  whether to go on; false ends the call with SANDCELL_ERR_IO.
 *
 * Threads: called on the thread of the call.
 * Since: 0.1.0
 */
typedef bool (*sandcell_read_fn)(void *ctx, void *buf, size_t cap, size_t *n);

/**
 * Tells what happens in a pull: many times a second for each layer.
 *
 * To end the pull from there, cancel the client's token.
 *
 * @param ctx                 in: what came with the callback
 * @param layer, layer_len    in: a short id, or the tag, or ""; with a NUL behind
 *                            it that the length does not count
 * @param status, status_len  in: what happens to it, such as "Downloading"; with
 *                            a NUL behind it that the length does not count
 * @param current             in: bytes done of it, or SANDCELL_UNKNOWN_SIZE
 * @param total               in: bytes to do in all, or SANDCELL_UNKNOWN_SIZE
 *
 * Threads: called by the call's own.
 * Since: 0.1.0
 */
typedef void (*sandcell_pull_progress_fn)(void *ctx,
                                          const char *layer,
                                          size_t layer_len,
                                          const char *status,
                                          size_t status_len,
                                          uint64_t current,
                                          uint64_t total);

/* -------------------------------------------------------------------------
 * The version of this library.
 * ------------------------------------------------------------------------- */

/** The version that this header belongs to: its first number. */
#define SANDCELL_VERSION_MAJOR 0
/** The version that this header belongs to: its second number. */
#define SANDCELL_VERSION_MINOR 1
/** The version that this header belongs to: its third number. */
#define SANDCELL_VERSION_PATCH 0

/**
 * The version that this header belongs to, as one number that is greater for a
 * later version: see sandcell_version_number().
 */
#define SANDCELL_VERSION_NUMBER (((SANDCELL_VERSION_MAJOR * 1000000) + (SANDCELL_VERSION_MINOR * 1000)) + SANDCELL_VERSION_PATCH)

/**
 * Tells the version of the library that the program runs with.
 *
 * @return  a static text such as "0.1.0", never NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_version(void);

/**
 * Tells the version of the library that the program runs with, to be compared
 * with SANDCELL_VERSION_NUMBER, or with the version that brought a function.
 *
 * A library of the same SONAME has all that the header declares if this is
 * SANDCELL_VERSION_NUMBER or more.
 *
 * @return  MAJOR * 1000000 + MINOR * 1000 + PATCH: 1000 for 0.1.0.
 *
 * Threads: any.
 * Since: 0.1.0
 */
uint32_t sandcell_version_number(void);

/* -------------------------------------------------------------------------
 * Errors: why a call failed.
 *
 * Decide on the status or on the predicates, never on the message.
 * ------------------------------------------------------------------------- */

/** The call succeeded. */
#define SANDCELL_OK 0
/** An argument was refused before anything was sent; the message names it. */
#define SANDCELL_ERR_INVALID_ARGUMENT (-1)
/** This build or this engine cannot do what was asked. */
#define SANDCELL_ERR_UNSUPPORTED (-2)
/** There is no engine at the endpoint: its socket does not exist. */
#define SANDCELL_ERR_ENGINE_NOT_FOUND (-3)
/** This process may not open the engine's socket, or a file of TLS. */
#define SANDCELL_ERR_PERMISSION_DENIED (-4)
/** The endpoint exists, but nothing accepts connections on it. */
#define SANDCELL_ERR_CONNECTION_REFUSED (-5)
/** The engine cannot be reached for another reason. */
#define SANDCELL_ERR_UNREACHABLE (-6)
/** A deadline passed: the caller's or a default one; the message says which. */
#define SANDCELL_ERR_TIMEOUT (-7)
/** The client's cancel token was cancelled. */
#define SANDCELL_ERR_CANCELLED (-8)
/** The client was closed. */
#define SANDCELL_ERR_CLOSED (-9)
/** The connection ended in the middle of an answer or of a command's output. */
#define SANDCELL_ERR_DISCONNECTED (-10)
/** The engine's answer is not what the Engine API promises. */
#define SANDCELL_ERR_PROTOCOL (-11)
/** Engine and library have no version of the Engine API in common. */
#define SANDCELL_ERR_API_VERSION (-12)
/** The container, image, volume or exec, or a path in a container, does not exist. */
#define SANDCELL_ERR_NOT_FOUND (-13)
/** The object's state forbids the operation, or its name is taken. */
#define SANDCELL_ERR_CONFLICT (-14)

/**
 * The engine answered that an image could not be pulled, for a reason that has no
 * number of its own.
 */
#define SANDCELL_ERR_PULL (-15)

/** Any other error answer of the engine; see sandcell_error_http_status(). */
#define SANDCELL_ERR_ENGINE (-16)
/** The local system refused a file, a descriptor or a thread, or a callback failed. */
#define SANDCELL_ERR_IO (-17)
/** A bug: something panicked inside the library, and was contained. */
#define SANDCELL_ERR_PANIC (-18)
/** The program of a command does not exist in the container. */
#define SANDCELL_ERR_COMMAND_NOT_FOUND (-19)
/** The program of a command may not be executed, or is no program. */
#define SANDCELL_ERR_COMMAND_NOT_EXECUTABLE (-20)
/** A command's working directory does not exist or may not be entered. */
#define SANDCELL_ERR_BAD_WORKING_DIR (-21)

/**
 * The user or the group of a command does not exist in the container, or is no
 * name or number that could.
 */
#define SANDCELL_ERR_BAD_USER (-22)

/** A command could not be started for another reason. */
#define SANDCELL_ERR_EXEC_START (-23)

/**
 * A path in the container is a directory where a file is needed, or the other
 * way round, or neither of both.
 */
#define SANDCELL_ERR_WRONG_FILE_TYPE (-24)

/** A path in the container may not be read or written. */
#define SANDCELL_ERR_FILE_ACCESS (-25)
/** There is more than the caller's limit allows. */
#define SANDCELL_ERR_TOO_LARGE (-26)

/**
 * An archive from a container is malformed, or an entry of it would be unsafe
 * on this host.
 */
#define SANDCELL_ERR_BAD_ARCHIVE (-27)

/**
 * This client and the engine do not agree on TLS: a certificate that one of
 * them does not accept, or only one of them speaks it.
 */
#define SANDCELL_ERR_TLS (-28)

/** The registry wants other credentials, or any. */
#define SANDCELL_ERR_UNAUTHORIZED (-29)
/** The registry has answered enough for now. */
#define SANDCELL_ERR_RATE_LIMITED (-30)
/** The engine's disk is full. */
#define SANDCELL_ERR_NO_SPACE (-31)

/**
 * The container has ended, so that no command can run in it any more, or one
 * that ran was interrupted; see sandcell_error_container_state().
 */
#define SANDCELL_ERR_CONTAINER_ENDED (-32)

/**
 * The arguments and the environment of a command are longer than the kernel
 * takes: one of them than 131071 bytes, or all of them than 2 MiB less 16 KiB, each
 * with 9 bytes more.
 */
#define SANDCELL_ERR_ARGUMENTS_TOO_LONG (-33)

/**
 * Tells the status of the call that failed.
 *
 * @param error  in, may be NULL
 *
 * @return  the same SANDCELL_ERR_* as the call; SANDCELL_OK for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_error_code(const sandcell_error *error);

/**
 * Tells in words what happened, with the whole chain of causes on one line.
 *
 * @param error  in, may be NULL
 * @param len    out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the error; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_error_message(const sandcell_error *error, size_t *len);

/**
 * Tells the HTTP status of the engine's error answer.
 *
 * @param error  in, may be NULL
 *
 * @return  400 and above; 0 if the engine did not answer an error.
 *
 * Threads: any.
 * Since: 0.1.0
 */
int32_t sandcell_error_http_status(const sandcell_error *error);

/**
 * Tells the operating system's error number behind the error.
 *
 * @param error  in, may be NULL
 *
 * @return  a value of errno; 0 if there is none.
 *
 * Threads: any.
 * Since: 0.1.0
 */
int32_t sandcell_error_os_errno(const sandcell_error *error);

/**
 * Tells whether an argument was refused before anything was sent.
 *
 * @param error  in, may be NULL
 *
 * @return  the answer; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_invalid_argument(const sandcell_error *error);

/**
 * Tells whether the container, image, volume or exec does not exist.
 *
 * @param error  in, may be NULL
 *
 * @return  the answer; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_not_found(const sandcell_error *error);

/**
 * Tells whether the object's state forbids the operation, or its name is
 * taken.
 *
 * @param error  in, may be NULL
 *
 * @return  the answer; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_conflict(const sandcell_error *error);

/**
 * Tells whether the container has ended; see sandcell_error_container_state().
 *
 * @param error  in, may be NULL
 *
 * @return  the answer; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_container_ended(const sandcell_error *error);

/**
 * Lends the state of the container whose end is the reason.
 *
 * Of a container that is removed already no more is known than that: its status is
 * SANDCELL_CONTAINER_UNKNOWN, and it has no exit code.
 *
 * @param error  in, may be NULL
 *
 * @return  a state, borrowed from the error: do not free it. NULL unless the error
 *          is SANDCELL_ERR_CONTAINER_ENDED.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const sandcell_container_state *sandcell_error_container_state(const sandcell_error *error);

/**
 * Tells whether a deadline passed.
 *
 * @param error  in, may be NULL
 *
 * @return  the answer; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_timeout(const sandcell_error *error);

/**
 * Tells whether the call was cancelled by its token.
 *
 * @param error  in, may be NULL
 *
 * @return  the answer; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_cancelled(const sandcell_error *error);

/**
 * Tells whether no connection to the engine could be made, for whatever
 * reason.
 *
 * @param error  in, may be NULL
 *
 * @return  the answer; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_unreachable(const sandcell_error *error);

/**
 * Tells whether a command could not be started: its program, working directory
 * or user is wrong, or the engine failed to. Nothing of it ran.
 *
 * @param error  in, may be NULL
 *
 * @return  the answer; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_exec_start(const sandcell_error *error);

/**
 * Tells whether the same call may succeed later without a change: the engine
 * was away, busy or too slow.
 *
 * Whether the first try had an effect is not known: repeat only what may be
 * done twice.
 *
 * @param error  in, may be NULL
 *
 * @return  the answer; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_retryable(const sandcell_error *error);

/**
 * Frees an error.
 *
 * Not for an error that is borrowed from another object, as
 * sandcell_exec_result_lost_reason() lends one.
 *
 * @param error  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the error.
 * Since: 0.1.0
 */
void sandcell_error_free(sandcell_error *error);

/* -------------------------------------------------------------------------
 * The log: what the library tells of its work.
 *
 * Nothing is logged unless a program asks for it, and nothing is printed.
 * ------------------------------------------------------------------------- */

/** Something stays behind that nobody else will tell of. */
#define SANDCELL_LOG_ERROR 1
/** Something is not as it was meant. */
#define SANDCELL_LOG_WARN 2
/** Progress, such as that of pulls. */
#define SANDCELL_LOG_INFO 3
/** Decisions. */
#define SANDCELL_LOG_DEBUG 4
/** All that goes over the wire, **unredacted** but for credentials of registries. */
#define SANDCELL_LOG_TRACE 5

/**
 * Sets who takes the log of all clients of this process.
 *
 * It replaces the one before, which is not called any more once this returns. So
 * its ctx can be freed then.
 *
 * Default: nobody
 *
 * @param level  in: one of SANDCELL_LOG_*; records that matter less are not made
 * @param log    in; NULL for nobody
 * @param ctx    in, may be NULL: for the callback
 * @param error  out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  there is no such level
 *          SANDCELL_ERR_CONFLICT          called from within the callback, or the
 *                                        library is part of a program in Rust that
 *                                        has a logger
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_log_set_callback(sandcell_log_level level,
                                          sandcell_log_fn log,
                                          void *ctx,
                                          sandcell_error **error);

/* -------------------------------------------------------------------------
 * Strings: texts going in, and texts or bytes that a call hands out.
 * ------------------------------------------------------------------------- */

/** In place of a length: the text or the bytes end before the first NUL. */
#define SANDCELL_CSTR SIZE_MAX

/**
 * Lends the text or the bytes.
 *
 * @param string  in, may be NULL
 * @param len     out, may be NULL: the length in bytes, without the NUL
 *
 * @return  them, borrowed from the string; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_string_data(const sandcell_string *string, size_t *len);

/**
 * Frees a string.
 *
 * @param string  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the string.
 * Since: 0.1.0
 */
void sandcell_string_free(sandcell_string *string);

/* -------------------------------------------------------------------------
 * Lists of strings that a call hands out.
 * ------------------------------------------------------------------------- */

/**
 * Tells how many texts there are.
 *
 * @param strings  in, may be NULL
 *
 * @return  the number; 0 for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
size_t sandcell_strings_len(const sandcell_strings *strings);

/**
 * Lends a text.
 *
 * @param strings  in, may be NULL
 * @param index    in: from 0
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the strings; "" for NULL or an index that is
 *          too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_strings_get(const sandcell_strings *strings,
                                 size_t index,
                                 size_t *len);

/**
 * Frees strings.
 *
 * @param strings  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the strings.
 * Since: 0.1.0
 */
void sandcell_strings_free(sandcell_strings *strings);

/* -------------------------------------------------------------------------
 * Cancel tokens: ending calls from another thread.
 * ------------------------------------------------------------------------- */

/**
 * Makes a token that is not cancelled.
 *
 * @return  owned by the caller, never NULL; free with
 *          sandcell_cancel_token_free().
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_cancel_token *sandcell_cancel_token_new(void);

/**
 * Ends every call that holds the token.
 *
 * Returns at once. May be repeated.
 *
 * @param token  in, may be NULL: then nothing happens
 *
 * Threads: any, at any time; not in a signal handler.
 * Since: 0.1.0
 */
void sandcell_cancel_token_cancel(const sandcell_cancel_token *token);

/**
 * Tells whether sandcell_cancel_token_cancel() was called.
 *
 * @param token  in, may be NULL
 *
 * @return  the answer; false for NULL.
 *
 * Threads: any, at any time.
 * Since: 0.1.0
 */
bool sandcell_cancel_token_is_cancelled(const sandcell_cancel_token *token);

/**
 * Frees a token; calls that hold it go on.
 *
 * @param token  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses this pointer.
 * Since: 0.1.0
 */
void sandcell_cancel_token_free(sandcell_cancel_token *token);

/* -------------------------------------------------------------------------
 * Client options: where the engine is, and how long it may take.
 * ------------------------------------------------------------------------- */

/**
 * Makes options that are all at their defaults and do not look at the
 * environment.
 *
 * @return  owned by the caller, never NULL; free with
 *          sandcell_client_options_free().
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_client_options *sandcell_client_options_new(void);

/**
 * Makes options as the environment says, by the rules of the engine's own
 * clients: DOCKER_HOST, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY, DOCKER_API_VERSION
 * and DOCKER_CONFIG.
 *
 * @param options  out: owned by the caller; free with
 *                 sandcell_client_options_free()
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK                    *options is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  a variable makes no sense
 *
 * Threads: any, unless another changes the environment.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_options_from_env(sandcell_client_options **options,
                                                 sandcell_error **error);

/**
 * Sets where the engine is, as DOCKER_HOST would say it.
 *
 * That is unix:///path, tcp://host:port, http:// for the same without TLS and
 * https:// with TLS, or ssh://user@host:port. The port may be left out: it is
 * 2375, or 2376 with TLS; and so may the user. There is TLS over tcp:// if any of
 * the functions of TLS below was called. Over ssh:// this machine's program ssh
 * runs docker there.
 *
 * Default: unix:///var/run/docker.sock
 *
 * @param options         changed
 * @param host, host_len  in: UTF-8, checked by sandcell_client_new()
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_options_set_host(sandcell_client_options *options,
                                                 const char *host,
                                                 size_t host_len,
                                                 sandcell_error **error);

/**
 * Uses TLS over tcp://, with an engine for which one of the certificates in a
 * file vouches.
 *
 * No other is trusted, nor those that this machine trusts.
 *
 * @param options         changed
 * @param file, file_len  in: a path; the file, in PEM, is read by
 *                        sandcell_client_new()
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_options_set_tls_ca(sandcell_client_options *options,
                                                   const char *file,
                                                   size_t file_len,
                                                   sandcell_error **error);

/**
 * Uses TLS over tcp://, and shows the engine who this client is.
 *
 * The key must not be behind a password.
 *
 * @param options         changed
 * @param cert, cert_len  in: the path of the client's certificate; the file, in
 *                        PEM, is read by sandcell_client_new()
 * @param key, key_len    in: the path of the key to it, likewise
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_options_set_tls_client_cert(sandcell_client_options *options,
                                                            const char *cert,
                                                            size_t cert_len,
                                                            const char *key,
                                                            size_t key_len,
                                                            sandcell_error **error);

/**
 * Uses TLS over tcp://, and takes anybody who answers for the engine, whatever
 * sandcell_client_options_set_tls_ca() says.
 *
 * Insecure: who is in between can read and change everything.
 *
 * Default: false
 *
 * @param options  changed
 * @param accept   in
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_options_set_tls_accept_any_server(sandcell_client_options *options,
                                                                  bool accept,
                                                                  sandcell_error **error);

/**
 * Sets the version of the Engine API to speak.
 *
 * Default: the newest that both sides know.
 *
 * @param options               changed
 * @param version, version_len  in: such as "1.41"
 * @param error                 out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  it is not like "1.41"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_options_set_api_version(sandcell_client_options *options,
                                                        const char *version,
                                                        size_t version_len,
                                                        sandcell_error **error);

/**
 * Sets how long making a connection may take.
 *
 * Default: 10000 ms
 *
 * @param options     changed
 * @param timeout_ms  in: milliseconds; with 0, no connection can be made
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_options_set_connect_timeout_ms(sandcell_client_options *options,
                                                               uint64_t timeout_ms,
                                                               sandcell_error **error);

/**
 * Sets how long one request to the engine may take where the call has no
 * limit of its own.
 *
 * Default: 60000 ms
 *
 * @param options     changed
 * @param timeout_ms  in: milliseconds; with 0, no request can succeed
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_options_set_request_timeout_ms(sandcell_client_options *options,
                                                               uint64_t timeout_ms,
                                                               sandcell_error **error);

/**
 * Sets the directory of a Docker config.
 *
 * Its config.json says who asks which registry for an image, or which program
 * docker-credential-... knows. It is read at each pull. If it cannot be used, the
 * pull is made without credentials, and the log warns.
 *
 * Default: none; with sandcell_client_options_from_env(), DOCKER_CONFIG or else
 * ~/.docker
 *
 * @param options       changed
 * @param dir, dir_len  in: a path; bytes without NUL
 * @param error         out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_options_set_docker_config(sandcell_client_options *options,
                                                          const char *dir,
                                                          size_t dir_len,
                                                          sandcell_error **error);

/**
 * Frees options; clients made with them go on.
 *
 * @param options  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the options.
 * Since: 0.1.0
 */
void sandcell_client_options_free(sandcell_client_options *options);

/* -------------------------------------------------------------------------
 * Clients: connections to an engine.
 *
 * What a client does with images, containers and volumes is further below.
 *
 * A client without a timeout of its own has these limits: 10 s to connect, 60 s
 * for each request to the engine, 300 s without progress for a pull or a transfer
 * of files, and none for a running command. Cancelling and closing act within
 * 100 ms.
 * ------------------------------------------------------------------------- */

/**
 * Makes a client for the engine that the environment names, by the rules of the
 * Docker CLI: DOCKER_HOST, DOCKER_CERT_PATH (a directory with ca.pem, cert.pem
 * and key.pem; if set, tcp:// uses TLS), DOCKER_TLS_VERIFY (unless set, TLS accepts
 * any server) and DOCKER_API_VERSION.
 *
 * Nothing is sent: sandcell_client_version() tells whether the engine can be
 * reached. DOCKER_CONTEXT is not supported, and ignored.
 *
 * @param client  out: owned by the caller; free with sandcell_client_free()
 * @param error   out, may be NULL
 *
 * @return  SANDCELL_OK                     *client is set
 *          SANDCELL_ERR_INVALID_ARGUMENT   a variable, or a TLS file, is invalid
 *          SANDCELL_ERR_PERMISSION_DENIED  a TLS file may not be read
 *          SANDCELL_ERR_UNSUPPORTED        this build does not support such a host
 *
 * Threads: any, as long as no other changes the environment.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_from_env(sandcell_client **client,
                                         sandcell_error **error);

/**
 * Makes a client for an engine on this machine.
 *
 * If DOCKER_HOST is set, that is the one of sandcell_client_from_env(). Otherwise
 * it is the first engine that answers on one of the usual sockets: of Docker,
 * rootless Docker, Docker Desktop, Colima, OrbStack, Rancher Desktop and Podman.
 * Each has 2 s to answer. If none does, the error's message names every socket
 * and what is wrong with it.
 *
 * @param client  out: owned by the caller; free with sandcell_client_free()
 * @param error   out, may be NULL
 *
 * @return  SANDCELL_OK                    *client is set
 *          SANDCELL_ERR_ENGINE_NOT_FOUND  none of the sockets exists
 *          any other                      those of sandcell_client_from_env() and
 *                                         sandcell_client_version()
 *
 * Threads: any, as long as no other changes the environment.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_discover(sandcell_client **client,
                                         sandcell_error **error);

/**
 * Makes a client from options, without using the environment.
 *
 * Nothing is sent: sandcell_client_version() tells whether the engine can be
 * reached.
 *
 * @param options  in
 * @param client   out: owned by the caller; free with sandcell_client_free()
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK                     *client is set
 *          SANDCELL_ERR_INVALID_ARGUMENT   the host, or a TLS file, is invalid
 *          SANDCELL_ERR_PERMISSION_DENIED  a TLS file may not be read
 *          SANDCELL_ERR_UNSUPPORTED        this build does not support such a host
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_new(const sandcell_client_options *options,
                                    sandcell_client **client,
                                    sandcell_error **error);

/**
 * Makes a client that shares the connection of another, and whose calls each have
 * a timeout.
 *
 * A call that takes longer fails with SANDCELL_ERR_TIMEOUT; for a command that is
 * running it is a result with SANDCELL_OUTCOME_TIMED_OUT. Replaces the timeout of
 * the other client.
 *
 * @param client      in: unchanged, and may be freed first
 * @param timeout_ms  in: milliseconds; with 0, every call times out at once
 * @param derived     out: owned by the caller; free with sandcell_client_free()
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK  *derived is set
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_with_timeout_ms(const sandcell_client *client,
                                                uint64_t timeout_ms,
                                                sandcell_client **derived,
                                                sandcell_error **error);

/**
 * Makes a client that shares the connection of another, and whose calls end when a
 * token is cancelled.
 *
 * A call then fails with SANDCELL_ERR_CANCELLED; for a command that is running it
 * is a result with SANDCELL_OUTCOME_CANCELLED. Replaces the token of the other
 * client.
 *
 * @param client   in: unchanged, and may be freed first
 * @param token    in: kept alive by the derived client, and may be freed first
 * @param derived  out: owned by the caller; free with sandcell_client_free()
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK  *derived is set
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_with_cancel(const sandcell_client *client,
                                            const sandcell_cancel_token *token,
                                            sandcell_client **derived,
                                            sandcell_error **error);

/**
 * Asks the engine for its version, which also tells whether it can be reached.
 *
 * @param client   in
 * @param version  out: owned by the caller; free with
 *                 sandcell_version_info_free()
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK                      *version is set
 *          SANDCELL_ERR_ENGINE_NOT_FOUND    there is no such socket
 *          SANDCELL_ERR_PERMISSION_DENIED   the socket may not be opened
 *          SANDCELL_ERR_CONNECTION_REFUSED  nothing listens there
 *          SANDCELL_ERR_UNREACHABLE         there is no route to the engine
 *          SANDCELL_ERR_TLS                 the TLS handshake failed
 *          SANDCELL_ERR_TIMEOUT             the engine does not answer
 *          SANDCELL_ERR_API_VERSION         the engine is too old or too new
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_version(const sandcell_client *client,
                                        sandcell_version_info **version,
                                        sandcell_error **error);

/**
 * Closes a client and all clients that share its connection.
 *
 * Running calls fail with SANDCELL_ERR_CLOSED within 100 ms, and later ones at
 * once. Waits up to 5 s for the cleanup of failed calls. May be repeated. The
 * client must still be freed.
 *
 * @param client  in, may be NULL: then nothing happens
 *
 * Threads: any, at any time.
 * Since: 0.1.0
 */
void sandcell_client_close(const sandcell_client *client);

/**
 * Frees a client. The last one that shares a connection closes it, as
 * sandcell_client_close() does; sandboxes, containers and execs of the client
 * share it, too.
 *
 * @param client  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no call of this client runs.
 * Since: 0.1.0
 */
void sandcell_client_free(sandcell_client *client);

/* -------------------------------------------------------------------------
 * Version information: what engine and library are.
 * ------------------------------------------------------------------------- */

/**
 * Tells the engine's own version, such as "20.10.24".
 *
 * @param version  in, may be NULL
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the version; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_version_info_engine(const sandcell_version_info *version,
                                         size_t *len);

/**
 * Tells the newest Engine API version that the engine speaks.
 *
 * @param version  in, may be NULL
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text such as "1.41", borrowed from the version; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_version_info_engine_api_max(const sandcell_version_info *version,
                                                 size_t *len);

/**
 * Tells the oldest Engine API version that the engine speaks.
 *
 * @param version  in, may be NULL
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text such as "1.12", borrowed from the version; "" for NULL, or
 *          if the engine does not say.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_version_info_engine_api_min(const sandcell_version_info *version,
                                                 size_t *len);

/**
 * Tells the engine's operating system.
 *
 * @param version  in, may be NULL
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text such as "linux", borrowed from the version; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_version_info_engine_os(const sandcell_version_info *version,
                                            size_t *len);

/**
 * Tells the engine's architecture.
 *
 * @param version  in, may be NULL
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text such as "amd64", borrowed from the version; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_version_info_engine_arch(const sandcell_version_info *version,
                                              size_t *len);

/**
 * Tells the newest Engine API version that this library speaks.
 *
 * @param version  in, may be NULL
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text such as "1.55", borrowed from the version; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_version_info_library_api_max(const sandcell_version_info *version,
                                                  size_t *len);

/**
 * Tells the Engine API version that engine and library speak.
 *
 * @param version  in, may be NULL
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text such as "1.41", borrowed from the version; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_version_info_api(const sandcell_version_info *version,
                                      size_t *len);

/**
 * Frees version information.
 *
 * @param version  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the version.
 * Since: 0.1.0
 */
void sandcell_version_info_free(sandcell_version_info *version);

/* -------------------------------------------------------------------------
 * EngineFeatures: what an engine can do of what not every engine can.
 * ------------------------------------------------------------------------- */

/** Limiting memory. */
#define SANDCELL_ENGINE_FEATURE_MEMORY_LIMIT 1
/** Limiting swap. */
#define SANDCELL_ENGINE_FEATURE_SWAP_LIMIT 2
/** Limiting CPU time. */
#define SANDCELL_ENGINE_FEATURE_CPU_LIMIT 3
/** Limiting the number of processes. */
#define SANDCELL_ENGINE_FEATURE_PIDS_LIMIT 4
/** A limit to memory without one to swap. */
#define SANDCELL_ENGINE_FEATURE_UNLIMITED_SWAP 5
/** Filtering system calls. */
#define SANDCELL_ENGINE_FEATURE_SECCOMP 6
/** Filtering system calls by a profile of one's own. */
#define SANDCELL_ENGINE_FEATURE_SECCOMP_PROFILE 7
/** Choosing the runtime. */
#define SANDCELL_ENGINE_FEATURE_RUNTIME 8
/** Mounting a part of a volume. */
#define SANDCELL_ENGINE_FEATURE_VOLUME_SUBPATH 9
/** Pausing a container. */
#define SANDCELL_ENGINE_FEATURE_PAUSE 10

/**
 * Keeping what a command writes right before it ends, also if it leaves input
 * unread.
 */
#define SANDCELL_ENGINE_FEATURE_OUTPUT_DESPITE_UNREAD_INPUT 11

/** Proving that a killed command is gone. */
#define SANDCELL_ENGINE_FEATURE_PROVEN_KILL 12
/** Proving that while commands of other users run in the container. */
#define SANDCELL_ENGINE_FEATURE_PROVEN_KILL_BESIDE_OTHERS 13

/**
 * Asks what the engine can do of what not every engine can. Where it cannot, what
 * asks for it fails with SANDCELL_ERR_UNSUPPORTED.
 *
 * @param client        in
 * @param capabilities  out: owned by the caller; free with
 *                      sandcell_engine_features_free()
 * @param error         out, may be NULL
 *
 * @return  SANDCELL_OK  *capabilities is set
 *          any other   the engine cannot be asked
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_engine_features(const sandcell_client *client,
                                                sandcell_engine_features **capabilities,
                                                sandcell_error **error);

/**
 * Tells whether the engine can do something.
 *
 * @param capabilities  in, may be NULL
 * @param number        in: one of SANDCELL_ENGINE_FEATURE_*
 *
 * @return  the answer; false for NULL or another number.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_engine_features_supports(const sandcell_engine_features *capabilities,
                                       sandcell_engine_feature number);

/**
 * Tells why the engine cannot do something.
 *
 * @param capabilities  in, may be NULL
 * @param number        in: one of SANDCELL_ENGINE_FEATURE_*
 * @param len           out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the capabilities; "" for what it can do, for
 *          NULL or another number.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_engine_features_why_not(const sandcell_engine_features *capabilities,
                                             sandcell_engine_feature number,
                                             size_t *len);

/**
 * Tells all of it, as a table for people.
 *
 * @param capabilities  in, may be NULL
 * @param len           out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the capabilities; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_engine_features_table(const sandcell_engine_features *capabilities,
                                           size_t *len);

/**
 * Frees capabilities, and all that was borrowed from them.
 *
 * @param capabilities  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the capabilities.
 * Since: 0.1.0
 */
void sandcell_engine_features_free(sandcell_engine_features *capabilities);

/* -------------------------------------------------------------------------
 * Create options: a container to create.
 *
 * It runs an idle process 1 and waits for commands. Unless its options say
 * otherwise it has no network, no capabilities, cannot gain privileges, may use
 * 2 GiB of memory without swap, the time of 2 CPUs, and 512 processes and
 * threads, and has an init process that reaps orphaned children. The sections
 * that follow have more of the options.
 * ------------------------------------------------------------------------- */

/**
 * Makes options for a container of an image, all others at their defaults.
 *
 * @param image, image_len  in: a reference such as "busybox:latest" (the
 *                          tag's default is "latest") or an id. The image
 *                          must have /bin/sh and tail.
 * @param options           out: owned by the caller; free with
 *                          sandcell_create_options_free()
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK                    *options is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_new(const char *image,
                                            size_t image_len,
                                            sandcell_create_options **options,
                                            sandcell_error **error);

/**
 * Sets the container's name.
 *
 * Default: the library makes up a unique one.
 *
 * @param options         changed
 * @param name, name_len  in: two or more letters, digits and "_.-"
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_name(sandcell_create_options *options,
                                                 const char *name,
                                                 size_t name_len,
                                                 sandcell_error **error);

/**
 * Sets the platform of the image.
 *
 * Default: the engine's
 *
 * @param options                 changed
 * @param platform, platform_len  in: as os[/arch[/variant]], such as
 *                                "linux/arm64"
 * @param error                   out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_platform(sandcell_create_options *options,
                                                     const char *platform,
                                                     size_t platform_len,
                                                     sandcell_error **error);

/**
 * Sets the OCI runtime that runs the container.
 *
 * Default: the engine's
 *
 * @param options         changed
 * @param name, name_len  in: as the engine knows it, such as "runsc"
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_runtime(sandcell_create_options *options,
                                                    const char *name,
                                                    size_t name_len,
                                                    sandcell_error **error);

/**
 * Sets the working directory of process 1 and of commands that set none.
 *
 * Default: the workspace, else the image's
 *
 * @param options         changed
 * @param path, path_len  in: an absolute path in the container
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_working_dir(sandcell_create_options *options,
                                                        const char *path,
                                                        size_t path_len,
                                                        sandcell_error **error);

/**
 * Sets an environment variable for process 1 and every command.
 *
 * Default: the image's variables only. Each call adds one.
 *
 * @param options           changed
 * @param name, name_len    in: not empty, without "="
 * @param value, value_len  in
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_add_env(sandcell_create_options *options,
                                                const char *name,
                                                size_t name_len,
                                                const char *value,
                                                size_t value_len,
                                                sandcell_error **error);

/**
 * Sets the user of process 1 and of commands that set none.
 *
 * Default: the image's.
 *
 * @param options         changed
 * @param user, user_len  in: as name, uid, name:group or uid:gid
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_user(sandcell_create_options *options,
                                                 const char *user,
                                                 size_t user_len,
                                                 sandcell_error **error);

/**
 * Sets a label; one with the same key is replaced. Those of the library are
 * refused.
 *
 * Default: none but the library's own.
 *
 * @param options           changed
 * @param key, key_len      in: not empty
 * @param value, value_len  in
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_add_label(sandcell_create_options *options,
                                                  const char *key,
                                                  size_t key_len,
                                                  const char *value,
                                                  size_t value_len,
                                                  sandcell_error **error);

/**
 * Sets the session that the container belongs to: sandcell_sandbox_attach()
 * finds it by that, and sandcell_orphans_session_id() tells it.
 *
 * Default: none
 *
 * @param options     changed
 * @param id, id_len  in: not empty
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_session_id(sandcell_create_options *options,
                                                       const char *id,
                                                       size_t id_len,
                                                       sandcell_error **error);

/**
 * Sets the container's home: a name, such as a directory of the host's,
 * that groups the containers which one
 * sandcell_client_cleanup_orphaned_containers() looks at.
 *
 * Default: none, and no sweep finds the container
 *
 * @param options         changed
 * @param home, home_len  in: not empty; compared as it is
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_home(sandcell_create_options *options,
                                                 const char *home,
                                                 size_t home_len,
                                                 sandcell_error **error);

/**
 * Frees options; containers made with them go on.
 *
 * @param options  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the options.
 * Since: 0.1.0
 */
void sandcell_create_options_free(sandcell_create_options *options);

/* -------------------------------------------------------------------------
 * Create options: what the container sees of other file systems.
 * ------------------------------------------------------------------------- */

/**
 * Mounts a directory of the host writable, and makes it the working directory
 * of process 1 and of commands that set none.
 *
 * Default: no workspace.
 *
 * @param options             changed
 * @param source, source_len  in: an absolute path on the engine's host
 * @param target, target_len  in: an absolute path in the container
 * @param error               out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_workspace(sandcell_create_options *options,
                                                      const char *source,
                                                      size_t source_len,
                                                      const char *target,
                                                      size_t target_len,
                                                      sandcell_error **error);

/**
 * Mounts a directory or a file of the host.
 *
 * Default: no mounts. Each call adds one.
 *
 * @param options             changed
 * @param source, source_len  in: an absolute path on the engine's host, which
 *                            must exist
 * @param target, target_len  in: an absolute path in the container
 * @param read_only           in: whether the container may only read
 * @param error               out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_add_bind(sandcell_create_options *options,
                                                 const char *source,
                                                 size_t source_len,
                                                 const char *target,
                                                 size_t target_len,
                                                 bool read_only,
                                                 sandcell_error **error);

/**
 * Mounts a volume, which is created if it does not exist. Each call adds
 * one.
 *
 * Default: no mounts
 *
 * @param options               changed
 * @param name, name_len        in: the volume's name
 * @param target, target_len    in: an absolute path in the container
 * @param read_only             in: whether the container may only read
 * @param no_copy               in: whether an empty volume stays empty, and is
 *                              not filled with what the image has at the target
 * @param subpath, subpath_len  in: the directory of the volume to mount, a
 *                              relative path; empty for all of it. Needs an
 *                              engine with API 1.45
 * @param error                 out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_add_volume(sandcell_create_options *options,
                                                   const char *name,
                                                   size_t name_len,
                                                   const char *target,
                                                   size_t target_len,
                                                   bool read_only,
                                                   bool no_copy,
                                                   const char *subpath,
                                                   size_t subpath_len,
                                                   sandcell_error **error);

/**
 * Adds an empty file system in memory, gone with the container. Each call
 * adds one.
 *
 * Default: none
 *
 * @param options             changed
 * @param target, target_len  in: an absolute path in the container
 * @param size                in: the most that it holds, in bytes; 0 is half of
 *                            the host's memory. What it holds counts as the
 *                            container's memory
 * @param mode                in: the permissions of its root, such as 01777
 * @param executable          in: whether programs in it can be run
 * @param error               out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_add_tmpfs(sandcell_create_options *options,
                                                  const char *target,
                                                  size_t target_len,
                                                  uint64_t size,
                                                  uint32_t mode,
                                                  bool executable,
                                                  sandcell_error **error);

/**
 * Accepts a workspace or bind mount whose source is, to the engine, not
 * what this process sees at that path.
 *
 * For an engine on another machine that has the same paths.
 *
 * Default: such a container is refused
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_allow_unverified_mounts(sandcell_create_options *options,
                                                                sandcell_error **error);

/* -------------------------------------------------------------------------
 * Create options: what the container reaches, and who reaches it.
 * ------------------------------------------------------------------------- */

/** Nothing but the container's own loopback interface. */
#define SANDCELL_NETWORK_DISABLED 0
/** Whatever the engine's default network reaches. */
#define SANDCELL_NETWORK_ALLOW_ALL 1
/** TCP. */
#define SANDCELL_TCP 0
/** UDP. */
#define SANDCELL_UDP 1

/**
 * Sets what the container can reach.
 *
 * Default: SANDCELL_NETWORK_DISABLED
 *
 * @param options  changed
 * @param mode     in: one of SANDCELL_NETWORK_*
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  there is no such mode
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_network_mode(sandcell_create_options *options,
                                                         sandcell_network_mode mode,
                                                         sandcell_error **error);

/**
 * Connects the container to a network of the engine. An internal one
 * reaches nothing but its own containers.
 *
 * Default: SANDCELL_NETWORK_DISABLED
 *
 * @param options         changed
 * @param name, name_len  in: its name or id
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_network(sandcell_create_options *options,
                                                    const char *name,
                                                    size_t name_len,
                                                    sandcell_error **error);

/**
 * Lets a port of the container be reached from the engine's host. Needs a
 * network. Each call adds one.
 *
 * Default: none
 *
 * @param options         changed
 * @param protocol        in: SANDCELL_TCP or SANDCELL_UDP
 * @param port            in: the container's; not 0
 * @param host, host_len  in: an IP address of the host; empty is 127.0.0.1
 * @param host_port       in: 0 is a free one, which
 *                        sandcell_container_published_address() tells
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  there is no such protocol or address
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_add_published_port(sandcell_create_options *options,
                                                           sandcell_protocol protocol,
                                                           uint16_t port,
                                                           const char *host,
                                                           size_t host_len,
                                                           uint16_t host_port,
                                                           sandcell_error **error);

/**
 * Sets the container's host name.
 *
 * Default: the engine makes one of the id
 *
 * @param options         changed
 * @param name, name_len  in: 1 to 63 letters, digits, "-" and "."
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_hostname(sandcell_create_options *options,
                                                     const char *name,
                                                     size_t name_len,
                                                     sandcell_error **error);

/* -------------------------------------------------------------------------
 * Create options: what the container may use of its host.
 *
 * A limit that is set here and that the engine does not enforce refuses the
 * container, unless sandcell_create_options_allow_unenforced() says otherwise; one
 * that is only the default never does.
 * ------------------------------------------------------------------------- */

/**
 * Limits the memory that all processes together may use.
 *
 * Default: 2 GiB
 *
 * @param options  changed
 * @param bytes    in: not 0
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_memory(sandcell_create_options *options,
                                                   uint64_t bytes,
                                                   sandcell_error **error);

/**
 * Sets no limit to memory, nor to swap.
 *
 * Default: there are limits
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_without_memory_limit(sandcell_create_options *options,
                                                             sandcell_error **error);

/**
 * Sets how much swap there is beside the memory.
 *
 * Default: 0
 *
 * @param options  changed
 * @param bytes    in
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_swap(sandcell_create_options *options,
                                                 uint64_t bytes,
                                                 sandcell_error **error);

/**
 * Sets no limit to swap.
 *
 * Default: there is no swap
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_without_swap_limit(sandcell_create_options *options,
                                                           sandcell_error **error);

/**
 * Limits CPU time.
 *
 * Default: 2
 *
 * @param options  changed
 * @param cpus     in: how many CPUs' time, 0.01 at least; 0.5 is half of one
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_cpus(sandcell_create_options *options,
                                                 double cpus,
                                                 sandcell_error **error);

/**
 * Sets no limit to CPU time.
 *
 * Default: there is one
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_without_cpu_limit(sandcell_create_options *options,
                                                          sandcell_error **error);

/**
 * Limits the number of processes and threads.
 *
 * Default: 512
 *
 * @param options  changed
 * @param count    in: not 0
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_pids(sandcell_create_options *options,
                                                 uint32_t count,
                                                 sandcell_error **error);

/**
 * Sets no limit to the number of processes and threads.
 *
 * Default: there is one
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_without_pids_limit(sandcell_create_options *options,
                                                           sandcell_error **error);

/**
 * Sets the size of /dev/shm.
 *
 * Default: the engine's, mostly 64 MiB
 *
 * @param options  changed
 * @param bytes    in: not 0
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_shm_size(sandcell_create_options *options,
                                                     uint64_t bytes,
                                                     sandcell_error **error);

/**
 * Sets a limit of each process. Each call adds one.
 *
 * Default: the engine's
 *
 * @param options         changed
 * @param name, name_len  in: in lower case, such as "nofile" or "fsize"
 * @param soft            in: what a process starts with; -1 is no limit
 * @param hard            in: what it may raise that to; -1 is no limit
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_add_ulimit(sandcell_create_options *options,
                                                   const char *name,
                                                   size_t name_len,
                                                   int64_t soft,
                                                   int64_t hard,
                                                   sandcell_error **error);

/**
 * Accepts that the engine does not enforce a limit that these options set, or
 * does not say whether it does.
 *
 * Default: such a container is refused
 *
 * @param options  changed
 * @param limit    in: SANDCELL_PROTECTION_MEMORY, _SWAP, _CPUS or _PIDS
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  there is no such protection
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_allow_unenforced(sandcell_create_options *options,
                                                         sandcell_protection limit,
                                                         sandcell_error **error);

/* -------------------------------------------------------------------------
 * Create options: what the container's processes may do.
 *
 * Each function gives up one protection, or adds one.
 * ------------------------------------------------------------------------- */

/**
 * Gives the container a capability. Each call adds one.
 *
 * Default: it has none
 *
 * @param options         changed
 * @param name, name_len  in: such as "NET_BIND_SERVICE"
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_add_capability(sandcell_create_options *options,
                                                       const char *name,
                                                       size_t name_len,
                                                       sandcell_error **error);

/**
 * Leaves the container the capabilities that the engine gives by default.
 *
 * Default: all are dropped
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_keep_capabilities(sandcell_create_options *options,
                                                          sandcell_error **error);

/**
 * Lets processes gain privileges, by setuid programs for one.
 *
 * Default: they cannot
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_allow_new_privileges(sandcell_create_options *options,
                                                             sandcell_error **error);

/**
 * Sets which system calls there are.
 *
 * Default: what the engine's profile allows
 *
 * @param options         changed
 * @param json, json_len  in: the profile itself, not the name of a file
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_seccomp_profile(sandcell_create_options *options,
                                                            const char *json,
                                                            size_t json_len,
                                                            sandcell_error **error);

/**
 * Allows all system calls.
 *
 * Default: what the engine's profile allows
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_seccomp_unconfined(sandcell_create_options *options,
                                                               sandcell_error **error);

/**
 * Sets the AppArmor profile that confines the container.
 *
 * Default: the engine's
 *
 * @param options               changed
 * @param profile, profile_len  in: the name that it has on the engine's host
 * @param error                 out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_apparmor(sandcell_create_options *options,
                                                     const char *profile,
                                                     size_t profile_len,
                                                     sandcell_error **error);

/**
 * Sets whether the root file system is read-only; mounts and temporary
 * file systems are not.
 *
 * Default: false
 *
 * @param options    changed
 * @param read_only  in
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_read_only_root(sandcell_create_options *options,
                                                           bool read_only,
                                                           sandcell_error **error);

/**
 * Makes the idle process 1 itself, without an init process before it.
 *
 * Orphaned processes then stay as zombies, which count as processes.
 *
 * Default: there is an init process
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_without_init(sandcell_create_options *options,
                                                     sandcell_error **error);

/* -------------------------------------------------------------------------
 * Create options: how long the container lives.
 * ------------------------------------------------------------------------- */

/** To nothing: it is there until somebody stops it. */
#define SANDCELL_LIFETIME_DETACHED 0

/**
 * To this process: the engine removes the container when the process has ended,
 * however it did, or when the client was closed. A child that was forked and runs
 * no program of its own keeps it, too.
 */
#define SANDCELL_LIFETIME_TIED_TO_HOST 1

/**
 * Sets what the container's life is tied to.
 *
 * Default: SANDCELL_LIFETIME_DETACHED
 *
 * @param options   changed
 * @param lifetime  in: one of SANDCELL_LIFETIME_*
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  there is no such lifetime
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_lifetime(sandcell_create_options *options,
                                                     sandcell_lifetime lifetime,
                                                     sandcell_error **error);

/**
 * Sets how long the container may live at most: then it ends by itself,
 * with all that runs in it, and the engine removes it.
 *
 * Default: for ever
 *
 * @param options  changed
 * @param max_ms   in: milliseconds, rounded up to seconds; not 0, and a year at
 *                 most, checked by sandcell_client_create_and_start()
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_max_lifetime_ms(sandcell_create_options *options,
                                                            uint64_t max_ms,
                                                            sandcell_error **error);

/**
 * Sets what sandcell_exec_options_set_kill_container_after_ms() sets, for all
 * commands in the container whose options do not say.
 *
 * Default: SANDCELL_NO_TIMEOUT, never
 *
 * @param options   changed
 * @param after_ms  in: milliseconds, or SANDCELL_NO_TIMEOUT for never
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_kill_container_after_ms(sandcell_create_options *options,
                                                                    uint64_t after_ms,
                                                                    sandcell_error **error);

/**
 * Accepts that process 1 runs as the same user as commands that name none.
 *
 * They can then stop it, end it, and undo the container's lifetime, and no
 * kill can be proven. For an engine or an image that cannot run it as another
 * user.
 *
 * Default: it runs as a user of its own
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_allow_reachable_watchers(sandcell_create_options *options,
                                                                 sandcell_error **error);

/* -------------------------------------------------------------------------
 * Containers: handles to them, and what can be done with one as a whole.
 *
 * sandcell_client_container() makes a handle from an id or a name, and
 * sandcell_sandbox_container() returns the one that a sandbox has. A handle owns
 * nothing: freeing it leaves the container alone. Its calls have the limits of
 * the client that made it.
 *
 * Commands, files, posture and resources of a container are further below.
 * ------------------------------------------------------------------------- */

/**
 * Creates a container and starts it.
 *
 * Pulls the image first if the engine does not have it. If the call fails, the
 * container is removed: before the call returns, or in the background if the
 * call was cancelled or timed out. sandcell_client_close() waits for that.
 *
 * @param client   in
 * @param options  in
 * @param id       out: the container's id, owned by the caller; free with
 *                 sandcell_string_free()
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK               the container is running, and *id is set
 *          SANDCELL_ERR_NOT_FOUND    there is no such image
 *          SANDCELL_ERR_PULL         the image could not be pulled
 *          SANDCELL_ERR_CONFLICT     the name is taken
 *          SANDCELL_ERR_UNSUPPORTED  the engine would not enforce a limit that the
 *                                    options set
 *          SANDCELL_ERR_ENGINE       the engine cannot create or start it, for
 *                                    example because it has no /bin/sh
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_create_and_start(const sandcell_client *client,
                                                 const sandcell_create_options *options,
                                                 sandcell_string **id,
                                                 sandcell_error **error);

/**
 * Makes a handle to a container.
 *
 * Nothing is sent: whether there is such a container shows when the handle is
 * used.
 *
 * @param client                      in: may be freed first
 * @param id_or_name, id_or_name_len  in
 * @param container                   out: owned by the caller; free with
 *                                    sandcell_container_free()
 * @param error                       out, may be NULL
 *
 * @return  SANDCELL_OK                    *container is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  id_or_name is neither an id nor a name
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_container(const sandcell_client *client,
                                          const char *id_or_name,
                                          size_t id_or_name_len,
                                          sandcell_container **container,
                                          sandcell_error **error);

/**
 * Returns the id or the name that the handle was made with; the handle of a
 * sandbox has the full id.
 *
 * @param container  in, may be NULL
 * @param len        out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the container; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_container_id(const sandcell_container *container,
                                  size_t *len);

/**
 * Asks the engine for the state of a container.
 *
 * A container that does not exist is not an error: the state is NULL then.
 *
 * @param container  in
 * @param state      out: owned by the caller; free with
 *                   sandcell_container_state_free(). NULL if there is no such
 *                   container.
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK  *state is set, possibly to NULL
 *          any other    the engine could not be asked
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_inspect_state(const sandcell_container *container,
                                                 sandcell_container_state **state,
                                                 sandcell_error **error);

/**
 * Freezes all processes of a container, until sandcell_container_unpause().
 *
 * Commands can be neither run nor killed meanwhile. Succeeds if the container is
 * already paused.
 *
 * @param container  in
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_NOT_FOUND  there is no such container
 *          SANDCELL_ERR_CONFLICT   it is not running
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_pause(const sandcell_container *container,
                                         sandcell_error **error);

/**
 * Lets the processes of a paused container continue.
 *
 * Succeeds if the container is not paused.
 *
 * @param container  in
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_NOT_FOUND  there is no such container
 *          SANDCELL_ERR_CONFLICT   it is not running
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_unpause(const sandcell_container *container,
                                           sandcell_error **error);

/**
 * Asks the engine for the address on its host at which a published port of a
 * container can be reached; see
 * sandcell_create_options_add_published_port().
 *
 * @param container  in
 * @param protocol   in: SANDCELL_TCP or SANDCELL_UDP
 * @param port       in: the container's port
 * @param address    out: such as "127.0.0.1:49153", owned by the caller; free
 *                   with sandcell_string_free(). NULL if the port is not
 *                   published.
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK             *address is set, possibly to NULL
 *          SANDCELL_ERR_NOT_FOUND  there is no such container
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_published_address(const sandcell_container *container,
                                                     sandcell_protocol protocol,
                                                     uint16_t port,
                                                     sandcell_string **address,
                                                     sandcell_error **error);

/**
 * Stops a container and removes it, with its anonymous volumes.
 *
 * Sends TERM to the container's PID 1, and KILL after 2 s. Returns when the
 * container is gone; succeeds if there is none. May be called several times at
 * once. The handle must still be freed.
 *
 * @param container  in
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK           the container does not exist any more
 *          SANDCELL_ERR_TIMEOUT  it is not gone in time: by default 60 s
 *          any other             the engine could not be reached
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_stop(const sandcell_container *container,
                                        sandcell_error **error);

/**
 * Frees a handle to a container; the container stays as it is.
 *
 * Not for a handle that is borrowed from a sandbox.
 *
 * @param container  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the handle.
 * Since: 0.1.0
 */
void sandcell_container_free(sandcell_container *container);

/* -------------------------------------------------------------------------
 * Shorthands: operations on a container by its id or name, without a handle.
 *
 * Each does what sandcell_client_container(), the container's function and
 * sandcell_container_free() do together.
 * ------------------------------------------------------------------------- */

/**
 * Runs a command in a container and waits for its end; see
 * sandcell_container_exec().
 *
 * @param client                    in
 * @param container, container_len  in: an id or a name
 * @param options                   in
 * @param result                    out: owned by the caller; free with
 *                                  sandcell_exec_result_free()
 * @param error                     out, may be NULL
 *
 * @return  SANDCELL_OK  the command ran, and *result is set
 *          any other    those of sandcell_container_exec()
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_exec(const sandcell_client *client,
                                     const char *container,
                                     size_t container_len,
                                     const sandcell_exec_options *options,
                                     sandcell_exec_result **result,
                                     sandcell_error **error);

/**
 * Starts a command in a container; see sandcell_container_start_exec().
 *
 * @param client                    in
 * @param container, container_len  in: an id or a name
 * @param options                   in
 * @param exec                      out: owned by the caller; free with
 *                                  sandcell_exec_free()
 * @param error                     out, may be NULL
 *
 * @return  SANDCELL_OK  *exec is set
 *          any other    those of sandcell_container_start_exec()
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_start_exec(const sandcell_client *client,
                                           const char *container,
                                           size_t container_len,
                                           const sandcell_exec_options *options,
                                           sandcell_exec **exec,
                                           sandcell_error **error);

/**
 * Tells whether a container is running. One that does not exist is not.
 *
 * @param client                    in
 * @param container, container_len  in: an id or a name
 * @param alive                     out
 * @param error                     out, may be NULL
 *
 * @return  SANDCELL_OK  *alive is set
 *          any other    those of sandcell_container_inspect_state()
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_container_alive(const sandcell_client *client,
                                                const char *container,
                                                size_t container_len,
                                                bool *alive,
                                                sandcell_error **error);

/**
 * Asks the engine for the state of a container; see
 * sandcell_container_inspect_state().
 *
 * @param client                    in
 * @param container, container_len  in: an id or a name
 * @param state                     out: owned by the caller; free with
 *                                  sandcell_container_state_free(). NULL if
 *                                  there is no such container.
 * @param error                     out, may be NULL
 *
 * @return  SANDCELL_OK  *state is set, possibly to NULL
 *          any other    those of sandcell_container_inspect_state()
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_inspect_container_state(const sandcell_client *client,
                                                        const char *container,
                                                        size_t container_len,
                                                        sandcell_container_state **state,
                                                        sandcell_error **error);

/**
 * Stops a container and removes it; see sandcell_container_stop().
 *
 * @param client                    in
 * @param container, container_len  in: an id or a name
 * @param error                     out, may be NULL
 *
 * @return  SANDCELL_OK  the container does not exist any more
 *          any other    those of sandcell_container_stop()
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_stop(const sandcell_client *client,
                                     const char *container,
                                     size_t container_len,
                                     sandcell_error **error);

/* -------------------------------------------------------------------------
 * Container states: whether a container is running, and how it ended.
 * ------------------------------------------------------------------------- */

/** A status that this version of the library does not know. */
#define SANDCELL_CONTAINER_UNKNOWN 0
/** Created, never started. */
#define SANDCELL_CONTAINER_CREATED 1
/** Running. */
#define SANDCELL_CONTAINER_RUNNING 2
/** Running, with all processes frozen. */
#define SANDCELL_CONTAINER_PAUSED 3
/** Being restarted by the engine. */
#define SANDCELL_CONTAINER_RESTARTING 4
/** Being removed. */
#define SANDCELL_CONTAINER_REMOVING 5
/** Ended. */
#define SANDCELL_CONTAINER_EXITED 6
/** Only partly removed. */
#define SANDCELL_CONTAINER_DEAD 7

/**
 * Returns the container's full id.
 *
 * @param state  in, may be NULL
 * @param len    out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the state; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_container_state_id(const sandcell_container_state *state,
                                        size_t *len);

/**
 * Returns the status of the container.
 *
 * @param state  in, may be NULL
 *
 * @return  one of SANDCELL_CONTAINER_*; SANDCELL_CONTAINER_UNKNOWN for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_container_status sandcell_container_state_status(const sandcell_container_state *state);

/**
 * Tells whether PID 1 of the container exists, even if the container is paused.
 *
 * @param state  in, may be NULL
 *
 * @return  the answer; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_container_state_running(const sandcell_container_state *state);

/**
 * Returns the exit code of PID 1.
 *
 * @param state  in, may be NULL
 * @param code   out, may be NULL; written only if the answer is true
 *
 * @return  whether there is one: false unless PID 1 has ended.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_container_state_exit_code(const sandcell_container_state *state,
                                        int64_t *code);

/**
 * Tells whether PID 1 was OOM-killed.
 *
 * Some engines also count other processes of the container.
 *
 * @param state  in, may be NULL
 *
 * @return  the answer; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_container_state_oom_killed(const sandcell_container_state *state);

/**
 * Returns the process id of PID 1 in the PID namespace of the engine.
 *
 * @param state  in, may be NULL
 * @param pid    out, may be NULL; written only if the answer is true
 *
 * @return  whether there is one: false unless PID 1 is running.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_container_state_pid(const sandcell_container_state *state,
                                  int64_t *pid);

/**
 * Returns why the engine could not start the container.
 *
 * @param state  in, may be NULL
 * @param len    out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the state; "" for NULL, and if it could.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_container_state_error(const sandcell_container_state *state,
                                           size_t *len);

/**
 * Frees a container state.
 *
 * Not for one that is borrowed from an error.
 *
 * @param state  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the state.
 * Since: 0.1.0
 */
void sandcell_container_state_free(sandcell_container_state *state);

/* -------------------------------------------------------------------------
 * Posture: what an engine really enforces on a container.
 * ------------------------------------------------------------------------- */

/** A limit on memory. */
#define SANDCELL_PROTECTION_MEMORY 1
/** A limit on swap. */
#define SANDCELL_PROTECTION_SWAP 2
/** A limit on CPU time. */
#define SANDCELL_PROTECTION_CPUS 3
/** A limit on the number of processes and threads. */
#define SANDCELL_PROTECTION_PIDS 4
/** No network but its own loopback interface. */
#define SANDCELL_PROTECTION_NETWORK 5
/** No capabilities. */
#define SANDCELL_PROTECTION_CAPABILITIES 6
/** No way to gain privileges (no_new_privs). */
#define SANDCELL_PROTECTION_NO_NEW_PRIVILEGES 7
/** A system call filter. */
#define SANDCELL_PROTECTION_SECCOMP 8
/** An AppArmor profile. */
#define SANDCELL_PROTECTION_APPARMOR 9
/** A read-only root file system. */
#define SANDCELL_PROTECTION_READ_ONLY_ROOT 10
/** Root in the container is an unprivileged user on the host. */
#define SANDCELL_PROTECTION_USER_NAMESPACE 11
/** An init process, which reaps orphaned processes. */
#define SANDCELL_PROTECTION_INIT 12

/**
 * What watches the commands, and ends the container with its lifetime, is out of
 * the commands' reach.
 */
#define SANDCELL_PROTECTION_WATCHERS 13

/** It is in force. */
#define SANDCELL_ENFORCEMENT_ENFORCED 1
/** It is not in force. */
#define SANDCELL_ENFORCEMENT_NOT_ENFORCED 2
/** Not known: the engine, or a proxy in front of it, does not report it. */
#define SANDCELL_ENFORCEMENT_UNKNOWN 3

/**
 * Asks the engine what it enforces on a container, and what it does not.
 *
 * The answer is read back from the engine, whichever program created the
 * container.
 *
 * @param container  in
 * @param posture    out: owned by the caller; free with sandcell_posture_free()
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK             *posture is set
 *          SANDCELL_ERR_NOT_FOUND  there is no such container
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_posture(const sandcell_container *container,
                                           sandcell_posture **posture,
                                           sandcell_error **error);

/**
 * Tells whether a protection is known to be in force.
 *
 * @param posture  in, may be NULL
 * @param number   in: one of SANDCELL_PROTECTION_*
 *
 * @return  the answer; false for NULL or another number.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_posture_is_enforced(const sandcell_posture *posture,
                                  sandcell_protection number);

/**
 * Tells whether a protection is in force, is not, or whether that is unknown.
 *
 * @param posture  in, may be NULL
 * @param number   in: one of SANDCELL_PROTECTION_*
 *
 * @return  one of SANDCELL_ENFORCEMENT_*; SANDCELL_ENFORCEMENT_UNKNOWN for NULL or
 *          another number.
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_enforcement sandcell_posture_enforcement(const sandcell_posture *posture,
                                                  sandcell_protection number);

/**
 * Returns how far a protection goes, such as "512 processes", why it is not in
 * force, or why that is unknown.
 *
 * @param posture  in, may be NULL
 * @param number   in: one of SANDCELL_PROTECTION_*
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the posture; "" for NULL or another number.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_posture_reason(const sandcell_posture *posture,
                                    sandcell_protection number,
                                    size_t *len);

/**
 * Returns the whole posture as a table, for people.
 *
 * @param posture  in, may be NULL
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the posture; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_posture_table(const sandcell_posture *posture,
                                   size_t *len);

/**
 * Frees a posture, and all that was borrowed from it.
 *
 * @param posture  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the posture.
 * Since: 0.1.0
 */
void sandcell_posture_free(sandcell_posture *posture);

/* -------------------------------------------------------------------------
 * Resources: what a container has used.
 *
 * Read in the container, from its cgroup: hostile code that runs as root in it can
 * falsify the numbers.
 * ------------------------------------------------------------------------- */

/**
 * Reads what all processes of a container have used since it started.
 *
 * Takes as long as a short command in the container.
 *
 * @param container  in
 * @param resources  out: owned by the caller; free with
 *                   sandcell_resources_free()
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK                     *resources is set
 *          SANDCELL_ERR_NOT_FOUND          there is no such container
 *          SANDCELL_ERR_CONTAINER_ENDED    the container has ended
 *          SANDCELL_ERR_CONFLICT           it was never started, or is paused
 *          SANDCELL_ERR_COMMAND_NOT_FOUND  the image has no /bin/sh
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_resources(const sandcell_container *container,
                                             sandcell_resources **resources,
                                             sandcell_error **error);

/**
 * Returns the CPU time of all processes together. It includes what the engine
 * spends to start a command, usually about 10 ms.
 *
 * @param resources  in, may be NULL
 * @param ns         out, may be NULL: nanoseconds; written only if the answer
 *                   is true
 *
 * @return  whether it is known.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_resources_cpu_time_ns(const sandcell_resources *resources,
                                    uint64_t *ns);

/**
 * Returns the peak memory use since the container started, including the page
 * cache.
 *
 * @param resources  in, may be NULL
 * @param bytes      out, may be NULL; written only if the answer is true
 *
 * @return  whether it is known.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_resources_peak_memory(const sandcell_resources *resources,
                                    uint64_t *bytes);

/**
 * Returns how many processes were OOM-killed.
 *
 * @param resources  in, may be NULL
 * @param count      out, may be NULL; written only if the answer is true
 *
 * @return  whether it is known.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_resources_oom_kills(const sandcell_resources *resources,
                                  uint64_t *count);

/**
 * Returns the peak number of processes and threads since the container started.
 *
 * @param resources  in, may be NULL
 * @param count      out, may be NULL; written only if the answer is true
 *
 * @return  whether it is known.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_resources_peak_pids(const sandcell_resources *resources,
                                  uint64_t *count);

/**
 * Returns why some of the numbers are not known.
 *
 * @param resources  in, may be NULL
 * @param len        out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the resources; "" if all are known, or for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_resources_missing(const sandcell_resources *resources,
                                       size_t *len);

/**
 * Frees resources.
 *
 * Not for those that are borrowed from a result.
 *
 * @param resources  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses them.
 * Since: 0.1.0
 */
void sandcell_resources_free(sandcell_resources *resources);

/* -------------------------------------------------------------------------
 * Exec options: a command to run.
 * ------------------------------------------------------------------------- */

/** In place of a number of milliseconds: for ever. */
#define SANDCELL_NO_TIMEOUT UINT64_MAX
/** The first bytes are kept. */
#define SANDCELL_OVERFLOW_KEEP_HEAD 0
/** The last bytes are kept. */
#define SANDCELL_OVERFLOW_KEEP_TAIL 1
/** The first half and the last half are kept. */
#define SANDCELL_OVERFLOW_KEEP_HEAD_AND_TAIL 2
/** The first bytes are kept, and the command is killed. */
#define SANDCELL_OVERFLOW_KILL 3

/**
 * Makes options without a command: add at least one argument, the program.
 *
 * @return  owned by the caller, never NULL; free with
 *          sandcell_exec_options_free().
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_exec_options *sandcell_exec_options_new(void);

/**
 * Adds an argument. The first is the program, looked up in the container's
 * PATH. It is never a shell's text: for that, run "sh", "-c" and the text.
 *
 * Default: none, which cannot be run.
 *
 * @param options       changed
 * @param arg, arg_len  in
 * @param error         out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_add_arg(sandcell_exec_options *options,
                                              const char *arg,
                                              size_t arg_len,
                                              sandcell_error **error);

/**
 * Sets the working directory.
 *
 * Default: the container's.
 *
 * @param options       changed
 * @param cwd, cwd_len  in: an absolute path in the container
 * @param error         out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_cwd(sandcell_exec_options *options,
                                              const char *cwd,
                                              size_t cwd_len,
                                              sandcell_error **error);

/**
 * Sets an environment variable.
 *
 * Default: the container's variables only. Each call adds one.
 *
 * @param options           changed
 * @param name, name_len    in: not empty, without "="
 * @param value, value_len  in
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_add_env(sandcell_exec_options *options,
                                              const char *name,
                                              size_t name_len,
                                              const char *value,
                                              size_t value_len,
                                              sandcell_error **error);

/**
 * Sets the user.
 *
 * Cannot be combined with sandcell_exec_options_set_own_user().
 *
 * Default: the container's.
 *
 * @param options         changed
 * @param user, user_len  in: as name, uid, name:group or uid:gid
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_user(sandcell_exec_options *options,
                                               const char *user,
                                               size_t user_len,
                                               sandcell_error **error);

/**
 * Sets the bytes that the command reads, followed by the end of its input.
 *
 * Default: for sandcell_client_exec() none, its input is at its end from the
 * start; for sandcell_client_start_exec() what sandcell_exec_write() writes.
 *
 * @param options         changed
 * @param data, data_len  in: any bytes, which are copied
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_stdin(sandcell_exec_options *options,
                                                const void *data,
                                                size_t data_len,
                                                sandcell_error **error);

/**
 * Sets whether the command runs on a terminal.
 *
 * Its output and error output are then one stream, SANDCELL_STDOUT, with the
 * terminal's echo and line ends.
 *
 * Default: false
 *
 * @param options  changed
 * @param tty      in
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_tty(sandcell_exec_options *options,
                                              bool tty,
                                              sandcell_error **error);

/**
 * Sets the size of the command's terminal, in characters.
 *
 * Default: the engine's.
 *
 * @param options        changed
 * @param rows, columns  in
 * @param error          out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_console_size(sandcell_exec_options *options,
                                                       uint16_t rows,
                                                       uint16_t columns,
                                                       sandcell_error **error);

/**
 * Sets how many bytes of each output stream are kept until somebody reads
 * them; what happens beyond, sandcell_exec_options_set_on_overflow() says.
 *
 * Default: 64 MiB for sandcell_client_exec(), which keeps them in memory, and
 * 1 GiB for sandcell_client_start_exec()
 *
 * @param options    changed
 * @param max_bytes  in
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_max_output(sandcell_exec_options *options,
                                                     uint64_t max_bytes,
                                                     sandcell_error **error);

/**
 * Sets how many unread bytes of each stream sandcell_client_start_exec() keeps
 * in memory; more than that go to an unlinked file in the directory for
 * temporary files.
 *
 * Default: 1 MiB
 *
 * @param options    changed
 * @param max_bytes  in
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_max_memory(sandcell_exec_options *options,
                                                     size_t max_bytes,
                                                     sandcell_error **error);

/**
 * Sets what happens to output beyond sandcell_exec_options_set_max_output().
 *
 * It is read and counted in any case: a command never blocks because nobody
 * reads.
 *
 * Default: SANDCELL_OVERFLOW_KEEP_HEAD
 *
 * @param options   changed
 * @param overflow  in: one of SANDCELL_OVERFLOW_*
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  there is no such choice
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_on_overflow(sandcell_exec_options *options,
                                                      sandcell_overflow overflow,
                                                      sandcell_error **error);

/**
 * Sets how long the command may run. Then it is killed, with all its
 * descendants, and the outcome is SANDCELL_OUTCOME_TIMED_OUT.
 *
 * Default: SANDCELL_NO_TIMEOUT
 *
 * @param options     changed
 * @param timeout_ms  in: milliseconds, or SANDCELL_NO_TIMEOUT
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_timeout_ms(sandcell_exec_options *options,
                                                     uint64_t timeout_ms,
                                                     sandcell_error **error);

/**
 * Sets whether to measure what the container uses while the command runs, for
 * sandcell_exec_result_resources() and a verdict that knows of memory.
 *
 * It takes a look into the container before and another behind, which cost as
 * much as a short command each.
 *
 * Default: false
 *
 * @param options  changed
 * @param measure  in
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_measure(sandcell_exec_options *options,
                                                  bool measure,
                                                  sandcell_error **error);

/**
 * Frees options; commands started with them go on.
 *
 * @param options  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the options.
 * Since: 0.1.0
 */
void sandcell_exec_options_free(sandcell_exec_options *options);

/* -------------------------------------------------------------------------
 * Exec options: how a command is killed, and how that is proven.
 * ------------------------------------------------------------------------- */

/**
 * Sets how long a command that is killed has between the signals TERM and
 * KILL.
 *
 * Default: 2000
 *
 * @param options   changed
 * @param grace_ms  in: milliseconds; 0 for KILL at once
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_kill_grace_ms(sandcell_exec_options *options,
                                                        uint64_t grace_ms,
                                                        sandcell_error **error);

/**
 * Sets how long a call waits until the command is killed and proven gone, from
 * the moment that it is to be killed.
 *
 * Then the call returns with SANDCELL_TREE_UNKNOWN, and the killing goes on in
 * the background. It holds for sandcell_exec_options_set_timeout_ms() and
 * sandcell_exec_kill(), and the time between TERM and KILL is part of it.
 *
 * Default: 10000
 *
 * @param options          changed
 * @param kill_timeout_ms  in: milliseconds, or SANDCELL_NO_TIMEOUT; with 0 the
 *                         call returns at once
 * @param error            out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_kill_timeout_ms(sandcell_exec_options *options,
                                                          uint64_t kill_timeout_ms,
                                                          sandcell_error **error);

/**
 * Sets how long after a kill the container is killed, with all that runs in
 * it, if the command is not proven gone by then.
 *
 * Then the command is, and the answer is SANDCELL_TREE_CONTAINER_KILLED.
 *
 * Default: what sandcell_create_options_set_kill_container_after_ms() said of
 * the container
 *
 * @param options   changed
 * @param after_ms  in: milliseconds from the moment that the command is to be
 *                  killed, or SANDCELL_NO_TIMEOUT for never
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_kill_container_after_ms(sandcell_exec_options *options,
                                                                  uint64_t after_ms,
                                                                  sandcell_error **error);

/**
 * Sets whether the command runs as a user of its own: a number that nobody
 * else in the container has, without a name, a home or other groups.
 *
 * It can then be proven gone although other commands run, and they are out of
 * its reach. It may write only where everybody may. Cannot be combined with
 * sandcell_exec_options_set_user(), which is found out when the command is run.
 *
 * Default: false
 *
 * @param options   changed
 * @param own_user  in
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_own_user(sandcell_exec_options *options,
                                                   bool own_user,
                                                   sandcell_error **error);

/* -------------------------------------------------------------------------
 * Running commands in a container.
 * ------------------------------------------------------------------------- */

/**
 * Runs a command in a container and waits for its end.
 *
 * Once the command has started, the call succeeds whatever happens, and
 * sandcell_exec_result_outcome() says how the command ended: a non-zero exit
 * code, a timeout and a cancelled call are results, which keep the output so far.
 *
 * A command's time is not limited unless the options or the client limit it. The
 * options' timeout kills the command; the call returns when the kill is proven,
 * or after the options' kill timeout. The client's timeout and its token return
 * at once, and the kill goes on in the background.
 *
 * @param container  in
 * @param options    in
 * @param result     out: owned by the caller; free with
 *                   sandcell_exec_result_free()
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK                   the command ran, and *result is set
 *          SANDCELL_ERR_NOT_FOUND        there is no such container
 *          SANDCELL_ERR_CONTAINER_ENDED  the container has ended
 *          SANDCELL_ERR_CONFLICT         it was never started, or is paused
 *          SANDCELL_ERR_COMMAND_NOT_FOUND, SANDCELL_ERR_COMMAND_NOT_EXECUTABLE,
 *          SANDCELL_ERR_BAD_WORKING_DIR, SANDCELL_ERR_BAD_USER,
 *          SANDCELL_ERR_ARGUMENTS_TOO_LONG,
 *          SANDCELL_ERR_EXEC_START       the command cannot be started
 *          SANDCELL_ERR_CLOSED           the client was closed meanwhile
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_exec(const sandcell_container *container,
                                        const sandcell_exec_options *options,
                                        sandcell_exec_result **result,
                                        sandcell_error **error);

/**
 * Starts a command in a container, and returns while it runs.
 *
 * The client's timeout limits the start, and later each call of the exec but
 * those that wait for the command's end. The client's token, and closing the
 * client, end the command at any time.
 *
 * @param container  in
 * @param options    in
 * @param exec       out: owned by the caller; free with sandcell_exec_free()
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK  *exec is set. An engine may accept a command that cannot
 *                       be started; sandcell_exec_wait() says so then.
 *          any other    those of sandcell_container_exec()
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_start_exec(const sandcell_container *container,
                                              const sandcell_exec_options *options,
                                              sandcell_exec **exec,
                                              sandcell_error **error);

/* -------------------------------------------------------------------------
 * Exec results: what a command wrote, and how it ended.
 * ------------------------------------------------------------------------- */

/** Something that this version of the library does not know. */
#define SANDCELL_OUTCOME_UNKNOWN 0
/** It ended by itself, and there is an exit code. */
#define SANDCELL_OUTCOME_EXITED 1
/** Its time-out, or that of the client, passed first. */
#define SANDCELL_OUTCOME_TIMED_OUT 2
/** The client's token was cancelled. */
#define SANDCELL_OUTCOME_CANCELLED 3

/**
 * The connection or the engine failed on the way: how the command ended, and
 * whether the output is complete, is not known. The lost reason says why.
 */
#define SANDCELL_OUTCOME_LOST 4

/** It ended by a signal that sandcell_exec_kill() or sandcell_exec_signal() sent. */
#define SANDCELL_OUTCOME_SIGNALLED 5
/** It wrote too much, with SANDCELL_OVERFLOW_KILL, and was killed. */
#define SANDCELL_OUTCOME_OUTPUT_LIMIT 6
/** A command's standard input. */
#define SANDCELL_STDIN 0
/** A command's standard output; with a terminal, all that it wrote. */
#define SANDCELL_STDOUT 1
/** A command's standard error. */
#define SANDCELL_STDERR 2
/** It was not killed, or not to its end yet. */
#define SANDCELL_TREE_NOT_KILLED 0

/**
 * Nothing: neither the command nor any descendant. That is proven, by what the
 * engine says from outside the container.
 */
#define SANDCELL_TREE_GONE 1

/** Something is left that withstands being killed. */
#define SANDCELL_TREE_LEFT 2
/** There is no proof; the tree's reason says why. */
#define SANDCELL_TREE_UNKNOWN 3
/** Nothing, since the container was killed, as the options asked for. */
#define SANDCELL_TREE_CONTAINER_KILLED 4
/** It cannot be told: the call was cancelled, or the connection lost. */
#define SANDCELL_VERDICT_UNKNOWN 0
/** None: it exited by itself, with whatever code. */
#define SANDCELL_VERDICT_OK 1
/** Its time-out. */
#define SANDCELL_VERDICT_TIME_LIMIT 2
/** The container's memory limit. Known only of a command that was measured. */
#define SANDCELL_VERDICT_MEMORY_LIMIT 3
/** The limit of its output. */
#define SANDCELL_VERDICT_OUTPUT_LIMIT 4
/** A signal, sent by whomever, or a crash such as SIGSEGV. */
#define SANDCELL_VERDICT_SIGNAL 5

/**
 * Tells how the command ended.
 *
 * @param result  in, may be NULL
 *
 * @return  one of SANDCELL_OUTCOME_*; SANDCELL_OUTCOME_UNKNOWN for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_outcome sandcell_exec_result_outcome(const sandcell_exec_result *result);

/**
 * Tells the command's exit code. As with a shell, 128 + n usually means that
 * signal n killed it.
 *
 * @param result  in, may be NULL
 * @param code    out, may be NULL; written only if the answer is true
 *
 * @return  whether there is one: with SANDCELL_OUTCOME_EXITED only.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_exec_result_exit_code(const sandcell_exec_result *result,
                                    int32_t *code);

/**
 * Tells the signal that ended the command.
 *
 * @param result  in, may be NULL
 * @param signal  out, may be NULL; written only if the answer is true
 *
 * @return  whether there is one: with SANDCELL_OUTCOME_SIGNALLED only.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_exec_result_signal(const sandcell_exec_result *result,
                                 int32_t *signal);

/**
 * Tells whether anything of a killed command is left in the container.
 *
 * @param result  in, may be NULL
 *
 * @return  one of SANDCELL_TREE_*; SANDCELL_TREE_NOT_KILLED for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_tree sandcell_exec_result_tree_gone(const sandcell_exec_result *result);

/**
 * Tells why there is no proof that nothing is left of a killed command.
 *
 * @param result  in, may be NULL
 * @param len     out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text for people, borrowed from the result; "" for NULL, and
 *          unless sandcell_exec_result_tree_gone() is SANDCELL_TREE_UNKNOWN.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_exec_result_tree_reason(const sandcell_exec_result *result,
                                             size_t *len);

/**
 * Tells why the end of the command is not known.
 *
 * @param result  in, may be NULL
 *
 * @return  an error, borrowed from the result: do not free it. NULL unless the
 *          outcome is SANDCELL_OUTCOME_LOST.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const sandcell_error *sandcell_exec_result_lost_reason(const sandcell_exec_result *result);

/**
 * Lends what the command wrote to a stream.
 *
 * @param result  in
 * @param stream  in: SANDCELL_STDOUT or SANDCELL_STDERR
 * @param data    out: any bytes, borrowed from the result, and a NUL behind
 *                them; never NULL
 * @param len     out: the length in bytes, without that NUL
 * @param error   out, may be NULL
 *
 * @return  SANDCELL_OK                    *data and *len are set
 *          SANDCELL_ERR_INVALID_ARGUMENT  there is no such stream
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_result_output(const sandcell_exec_result *result,
                                            sandcell_stream stream,
                                            const char **data,
                                            size_t *len,
                                            sandcell_error **error);

/**
 * Tells how many bytes the command wrote to a stream, kept or not.
 *
 * @param result  in, may be NULL
 * @param stream  in: SANDCELL_STDOUT or SANDCELL_STDERR
 *
 * @return  the number; 0 for NULL or another stream.
 *
 * Threads: any.
 * Since: 0.1.0
 */
uint64_t sandcell_exec_result_total_bytes(const sandcell_exec_result *result,
                                          sandcell_stream stream);

/**
 * Tells whether bytes of a stream were dropped because they were beyond
 * sandcell_exec_options_set_max_output().
 *
 * @param result  in, may be NULL
 * @param stream  in: SANDCELL_STDOUT or SANDCELL_STDERR
 *
 * @return  the answer; false for NULL or another stream.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_exec_result_truncated(const sandcell_exec_result *result,
                                    sandcell_stream stream);

/**
 * Tells where in a stream's bytes the dropped ones are missing: at the end if
 * the head was kept, at 0 for the tail, between the two for both.
 *
 * @param result  in, may be NULL
 * @param stream  in: SANDCELL_STDOUT or SANDCELL_STDERR
 * @param offset  out, may be NULL; written only if the answer is true
 *
 * @return  whether bytes are missing; false for NULL or another stream.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_exec_result_gap(const sandcell_exec_result *result,
                              sandcell_stream stream,
                              size_t *offset);

/**
 * Tells how long the command ran, by this process's clock.
 *
 * @param result  in, may be NULL
 *
 * @return  nanoseconds; 0 for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
uint64_t sandcell_exec_result_wall_time_ns(const sandcell_exec_result *result);

/**
 * Tells which limit, if any, ended the command. As with a shell, an exit code of
 * 129 to 192 counts as a signal.
 *
 * @param result  in, may be NULL
 * @param signal  out, may be NULL: the signal with SANDCELL_VERDICT_SIGNAL, else
 *                -1
 *
 * @return  one of SANDCELL_VERDICT_*; SANDCELL_VERDICT_UNKNOWN for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_verdict sandcell_exec_result_verdict(const sandcell_exec_result *result,
                                              int32_t *signal);

/**
 * Lends what the container used while the command ran, of all commands in it.
 *
 * @param result  in, may be NULL
 *
 * @return  resources, borrowed from the result: do not free them. NULL unless
 *          sandcell_exec_options_set_measure() asked for them.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const sandcell_resources *sandcell_exec_result_resources(const sandcell_exec_result *result);

/**
 * Frees a result, and all that was borrowed from it.
 *
 * @param result  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the result.
 * Since: 0.1.0
 */
void sandcell_exec_result_free(sandcell_exec_result *result);

/* -------------------------------------------------------------------------
 * Commands that run: waiting for one, and ending it.
 *
 * Any number of calls may be at work at once: one that waits for the command
 * holds up neither its streams nor a kill.
 * ------------------------------------------------------------------------- */

/**
 * Returns the id that the engine gave the exec.
 *
 * @param exec  in, may be NULL
 * @param len   out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the exec; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_exec_id(const sandcell_exec *exec, size_t *len);

/**
 * Waits for the command to end.
 *
 * Does not end its input: a command that reads to the end of its input ends only
 * after sandcell_exec_close_stdin(). Does not wait for its output to be read. May
 * be repeated.
 *
 * @param exec        in
 * @param timeout_ms  in: milliseconds to wait at most, or SANDCELL_NO_TIMEOUT;
 *                    0 does not wait
 * @param outcome     out, may be NULL: one of SANDCELL_OUTCOME_*; for
 *                    SANDCELL_OUTCOME_LOST see sandcell_exec_lost_reason()
 * @param code        out, may be NULL: the exit code with
 *                    SANDCELL_OUTCOME_EXITED, the signal with
 *                    SANDCELL_OUTCOME_SIGNALLED, else -1
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK           it has ended; *outcome and *code are set
 *          SANDCELL_ERR_TIMEOUT  it is still running
 *          SANDCELL_ERR_COMMAND_NOT_FOUND, SANDCELL_ERR_COMMAND_NOT_EXECUTABLE,
 *          SANDCELL_ERR_BAD_WORKING_DIR, SANDCELL_ERR_BAD_USER,
 *          SANDCELL_ERR_ARGUMENTS_TOO_LONG,
 *          SANDCELL_ERR_EXEC_START
 *                                it could not be started
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_wait(const sandcell_exec *exec,
                                   uint64_t timeout_ms,
                                   sandcell_outcome *outcome,
                                   int32_t *code,
                                   sandcell_error **error);

/**
 * Returns why it is not known how the command ended.
 *
 * @param exec  in, may be NULL
 *
 * @return  owned by the caller; free with sandcell_error_free(). NULL for NULL,
 *          and unless the outcome is SANDCELL_OUTCOME_LOST.
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_error *sandcell_exec_lost_reason(const sandcell_exec *exec);

/**
 * Ends the command's input, waits for the command to end, and collects the
 * unread rest of its output.
 *
 * An input that was taken stays open. Other threads may use the exec during the
 * wait. Afterwards it can only be freed, or read: reads find the end of the
 * streams.
 *
 * @param exec    in
 * @param result  out: owned by the caller; free with
 *                sandcell_exec_result_free()
 * @param error   out, may be NULL
 *
 * @return  SANDCELL_OK  the command has ended, and *result is set
 *          SANDCELL_ERR_COMMAND_NOT_FOUND, SANDCELL_ERR_COMMAND_NOT_EXECUTABLE,
 *          SANDCELL_ERR_BAD_WORKING_DIR, SANDCELL_ERR_BAD_USER,
 *          SANDCELL_ERR_ARGUMENTS_TOO_LONG,
 *          SANDCELL_ERR_EXEC_START
 *                       it could not be started
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_wait_with_output(const sandcell_exec *exec,
                                               sandcell_exec_result **result,
                                               sandcell_error **error);

/**
 * Kills the command and all its descendants: sends TERM, then KILL after the time
 * of sandcell_exec_options_set_kill_grace_ms(), and proves that nothing is left.
 *
 * If no other command of the same user runs in the container, all processes of
 * that user are killed, which no process can evade; the proof is the number of
 * processes that the engine counts in the container. Next to other commands,
 * only the processes that can be identified as the command's are killed, and
 * there may be no proof: the answer is SANDCELL_TREE_UNKNOWN then, unless the
 * command has a user of its own.
 *
 * Takes at most the time of sandcell_exec_options_set_kill_timeout_ms().
 * sandcell_exec_wait() then reports the signal as the outcome.
 *
 * @param exec    in
 * @param tree    out, may be NULL: one of SANDCELL_TREE_*
 * @param reason  out, may be NULL: why there is no proof, for people; owned by
 *                the caller; free with sandcell_string_free(). NULL unless
 *                *tree is SANDCELL_TREE_UNKNOWN
 * @param error   out, may be NULL
 *
 * @return  SANDCELL_OK               *tree and *reason are set
 *          SANDCELL_ERR_UNSUPPORTED  the image has no /bin/sh
 *
 * Threads: any, at any time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_kill(const sandcell_exec *exec,
                                   sandcell_tree *tree,
                                   sandcell_string **reason,
                                   sandcell_error **error);

/**
 * Sends a signal to the command's first process. Does nothing if that has ended.
 *
 * @param exec    in
 * @param signal  in: 1 to 64
 * @param error   out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  there is no such signal
 *          SANDCELL_ERR_UNSUPPORTED       the image has no /bin/sh
 *
 * Threads: any, at any time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_signal(const sandcell_exec *exec,
                                     int32_t signal,
                                     sandcell_error **error);

/**
 * Changes the size of the command's terminal, in characters.
 *
 * @param exec           in
 * @param rows, columns  in
 * @param error          out, may be NULL
 *
 * @return  SANDCELL_OK
 *          any other    what the engine answers, for example if the command has
 *                       no terminal
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_resize(const sandcell_exec *exec,
                                     uint16_t rows,
                                     uint16_t columns,
                                     sandcell_error **error);

/**
 * Asks the container for the process id of the command's first process.
 *
 * @param exec   in
 * @param pid    out: the process id in the container; 0 if the process has ended
 * @param error  out, may be NULL
 *
 * @return  SANDCELL_OK               *pid is set
 *          SANDCELL_ERR_UNSUPPORTED  the image has no /bin/sh
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_pid_in_container(const sandcell_exec *exec,
                                               int32_t *pid,
                                               sandcell_error **error);

/**
 * Tells whether any process of a killed command is left.
 *
 * @param exec    in, may be NULL
 * @param reason  out, may be NULL: why there is no proof, for people; owned by
 *                the caller; free with sandcell_string_free(). NULL unless the
 *                answer is SANDCELL_TREE_UNKNOWN
 *
 * @return  one of SANDCELL_TREE_*; SANDCELL_TREE_NOT_KILLED for NULL, and after
 *          sandcell_exec_wait_with_output(), whose result has the answer.
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_tree sandcell_exec_tree_gone(const sandcell_exec *exec,
                                      sandcell_string **reason);

/**
 * Lets the command run on without its handle: its output is discarded, and how it
 * ends is not reported.
 *
 * After that the handle can only be freed, which no longer kills the command.
 *
 * @param exec  changed, may be NULL: then nothing happens
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
void sandcell_exec_detach(sandcell_exec *exec);

/**
 * Frees an exec. Kills the command with all its descendants, in the background,
 * unless it has ended or was detached.
 *
 * @param exec  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the exec.
 * Since: 0.1.0
 */
void sandcell_exec_free(sandcell_exec *exec);

/* -------------------------------------------------------------------------
 * The streams of a running command.
 *
 * Each output stream may have one reader and the input one writer, all at once:
 * a read that waits holds up neither a write nor a kill. The library moves the
 * streams on a thread of its own, so a command never waits because nobody reads.
 * ------------------------------------------------------------------------- */

/**
 * Reads what the command wrote to a stream, waiting until there is some.
 *
 * Either stream can be read to its end without reading the other.
 *
 * @param exec        in
 * @param stream      in: SANDCELL_STDOUT or SANDCELL_STDERR
 * @param timeout_ms  in: milliseconds to wait at most, or SANDCELL_NO_TIMEOUT
 * @param buf         out: receives the bytes
 * @param cap         in: the size of buf, not 0
 * @param n           out: how many bytes were read; 0 is the end of the stream
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK                    *n is set
 *          SANDCELL_ERR_TIMEOUT           nothing came
 *          SANDCELL_ERR_INVALID_ARGUMENT  there is no such stream, or it was
 *                                         taken
 *
 * Threads: any; if two threads read one stream, each gets a part.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_read(const sandcell_exec *exec,
                                   sandcell_stream stream,
                                   uint64_t timeout_ms,
                                   void *buf,
                                   size_t cap,
                                   size_t *n,
                                   sandcell_error **error);

/**
 * Writes to the command's input: waits until there is room for at least one
 * byte, and takes as many as there is room for.
 *
 * The library buffers 256 KiB for a command that does not read. Raises no
 * SIGPIPE.
 *
 * @param exec            in
 * @param data, data_len  in: any bytes
 * @param timeout_ms      in: milliseconds to wait at most, or
 *                        SANDCELL_NO_TIMEOUT
 * @param written         out: how many bytes were taken, from the first on
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK                    *written is set
 *          SANDCELL_ERR_TIMEOUT           there was no room; nothing was taken
 *          SANDCELL_ERR_DISCONNECTED      the command takes no more input
 *          SANDCELL_ERR_INVALID_ARGUMENT  the input was closed or taken, or the
 *                                         options supplied it
 *
 * Threads: any; the bytes of two writers at once are mixed.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_write(const sandcell_exec *exec,
                                    const void *data,
                                    size_t data_len,
                                    uint64_t timeout_ms,
                                    size_t *written,
                                    sandcell_error **error);

/**
 * Ends the command's input, after what was written.
 *
 * Takes effect when a write that runs in another thread has returned. May be
 * repeated.
 *
 * @param exec  in, may be NULL: then nothing happens
 *
 * Threads: any.
 * Since: 0.1.0
 */
void sandcell_exec_close_stdin(const sandcell_exec *exec);

/**
 * Turns a stream into a file descriptor, for an event loop.
 *
 * The descriptor is a socket, close-on-exec, and blocking until its owner changes
 * that. That of an output becomes readable when there is output, and at its end.
 * Write to that of the input with MSG_NOSIGNAL, or with SIGPIPE ignored; closing
 * it, or shutting down its write side, ends the input. A descriptor may outlive
 * the exec.
 *
 * @param exec    in
 * @param stream  in: SANDCELL_STDIN, SANDCELL_STDOUT or SANDCELL_STDERR
 * @param fd      out: owned by the caller; close it with close()
 * @param error   out, may be NULL
 *
 * @return  SANDCELL_OK                    *fd is set, and the stream is taken: no
 *                                         function reads or writes it any more
 *          SANDCELL_ERR_INVALID_ARGUMENT  there is no such stream, it was taken
 *                                         or closed before, or the options
 *                                         supplied the input
 *          SANDCELL_ERR_CONFLICT          another call is reading or writing it
 *          SANDCELL_ERR_IO                out of descriptors or threads; the
 *                                         stream is lost
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_take_fd(const sandcell_exec *exec,
                                      sandcell_stream stream,
                                      int32_t *fd,
                                      sandcell_error **error);

/**
 * Returns how many bytes the command has written to a stream so far, read or not.
 *
 * @param exec    in, may be NULL
 * @param stream  in: SANDCELL_STDOUT or SANDCELL_STDERR
 *
 * @return  the number; 0 for NULL, for another stream, and for one that was taken.
 *
 * Threads: any.
 * Since: 0.1.0
 */
uint64_t sandcell_exec_total_bytes(const sandcell_exec *exec,
                                   sandcell_stream stream);

/**
 * Returns how many bytes of a stream were dropped because they exceeded
 * sandcell_exec_options_set_max_output().
 *
 * @param exec    in, may be NULL
 * @param stream  in: SANDCELL_STDOUT or SANDCELL_STDERR
 *
 * @return  the number; 0 for NULL, for another stream, and for one that was taken.
 *
 * Threads: any.
 * Since: 0.1.0
 */
uint64_t sandcell_exec_dropped_bytes(const sandcell_exec *exec,
                                     sandcell_stream stream);

/* -------------------------------------------------------------------------
 * Background commands: they outlive the host that started them.
 *
 * The output of such a command goes to files in its container, and so does its
 * exit code. Any process can read both by the command's name, until
 * sandcell_background_remove() or the end of the container.
 *
 * Whether the command is running comes from the engine. The contents of the files
 * can be changed by the command's user, so do not trust them; no call blocks on
 * what is put in their place.
 *
 * The limits of the client that the handle comes from apply to each call anew.
 * Without any, what the library runs in the container ends after 30 s.
 * ------------------------------------------------------------------------- */

/** It is running. */
#define SANDCELL_BACKGROUND_RUNNING 1

/**
 * It ended, and there is an exit code: from the engine, for some minutes, if this
 * handle started the command; else from the command's file.
 */
#define SANDCELL_BACKGROUND_EXITED 2

/**
 * It ended, and its file has no exit code: the command was killed together with
 * the shell that would have written it, or the file was removed.
 */
#define SANDCELL_BACKGROUND_LOST 3

/**
 * Starts a command in the background of a container, under a name by which
 * sandcell_container_background() finds it again.
 *
 * The command runs on when the client is closed or freed, and when the process
 * ends. It has no input and no terminal. Needs /bin/sh and a writable /tmp in the
 * container. The options' limits on time and output do not apply to it; the
 * client's limits apply to the start (default: 30 s), and kill what it started.
 *
 * @param container       in
 * @param name, name_len  in: letters, digits and "_.-"
 * @param options         in
 * @param background      out: owned by the caller; free with
 *                        sandcell_background_free()
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK                   *background is set
 *          SANDCELL_ERR_NOT_FOUND        there is no such container
 *          SANDCELL_ERR_CONTAINER_ENDED  the container has ended
 *          SANDCELL_ERR_CONFLICT         the name is taken in this container,
 *                                        or the container was never started
 *                                        or is paused
 *          SANDCELL_ERR_COMMAND_NOT_FOUND, SANDCELL_ERR_COMMAND_NOT_EXECUTABLE,
 *          SANDCELL_ERR_BAD_WORKING_DIR, SANDCELL_ERR_BAD_USER,
 *          SANDCELL_ERR_ARGUMENTS_TOO_LONG,
 *          SANDCELL_ERR_EXEC_START       the command cannot be started
 *          SANDCELL_ERR_FILE_ACCESS      its user cannot write to /tmp
 *          SANDCELL_ERR_TIMEOUT,
 *          SANDCELL_ERR_CANCELLED        the client's limits ended the start
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_start_background(const sandcell_container *container,
                                                    const char *name,
                                                    size_t name_len,
                                                    const sandcell_exec_options *options,
                                                    sandcell_background **background,
                                                    sandcell_error **error);

/**
 * Makes a handle to a background command, whichever process started it.
 *
 * Nothing is sent: sandcell_background_status() tells whether there is such a
 * command.
 *
 * @param container       in
 * @param name, name_len  in: the name that the command was started under
 * @param background      out: owned by the caller; free with
 *                        sandcell_background_free()
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK  *background is set
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_background(const sandcell_container *container,
                                              const char *name,
                                              size_t name_len,
                                              sandcell_background **background,
                                              sandcell_error **error);

/**
 * Sets the user that the command was started as.
 *
 * Only that user, and root with its capabilities, can read the command's files.
 * While the command is running, sandcell_background_status() and
 * sandcell_background_kill() find out the user themselves.
 *
 * Default: the options' user for sandcell_container_start_background(), the
 * container's for sandcell_container_background().
 *
 * @param background      changed
 * @param user, user_len  in: as name, uid, name:group or uid:gid
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_background_set_user(sandcell_background *background,
                                             const char *user,
                                             size_t user_len,
                                             sandcell_error **error);

/**
 * Asks whether the command is running. One that leaves processes behind has ended,
 * as in a shell.
 *
 * @param background  in
 * @param state       out: one of SANDCELL_BACKGROUND_*
 * @param code        out: the exit code with SANDCELL_BACKGROUND_EXITED, else
 *                    -1. As with a shell, 128 + n usually means that signal n
 *                    killed it
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK               *state and *code are set
 *          SANDCELL_ERR_NOT_FOUND    there is no command of this name
 *          SANDCELL_ERR_FILE_ACCESS  it ended, and was another user's
 *          SANDCELL_ERR_TIMEOUT,
 *          SANDCELL_ERR_CANCELLED    the client's limits ended the call
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_background_status(const sandcell_background *background,
                                           sandcell_background_state *state,
                                           int32_t *code,
                                           sandcell_error **error);

/**
 * Waits for the command to end, as long as the client's limits allow.
 *
 * @param background  in
 * @param state       out: one of SANDCELL_BACKGROUND_*, never RUNNING
 * @param code        out: the exit code with SANDCELL_BACKGROUND_EXITED, else
 *                    -1
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK               *state and *code are set
 *          SANDCELL_ERR_NOT_FOUND    there is no command of this name
 *          SANDCELL_ERR_FILE_ACCESS  it ended, and was another user's
 *          SANDCELL_ERR_TIMEOUT      the client's timeout passed
 *          SANDCELL_ERR_CANCELLED    the client's token was cancelled
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_background_wait(const sandcell_background *background,
                                         sandcell_background_state *state,
                                         int32_t *code,
                                         sandcell_error **error);

/**
 * Reads output of the command without waiting: as much as there is, and at most
 * 16 MiB at once.
 *
 * @param background  in
 * @param stream      in: SANDCELL_STDOUT or SANDCELL_STDERR
 * @param offset      in: where to start, in bytes
 * @param buf         out: receives the bytes
 * @param cap         in: the size of buf, not 0
 * @param n           out: how many bytes were read; 0 if there are none yet,
 *                    or no more once the command has ended
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK                    *n is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  there is no such stream
 *          SANDCELL_ERR_NOT_FOUND         there is no command of this name
 *          SANDCELL_ERR_WRONG_FILE_TYPE   the output was removed, or something
 *                                         else was put in its place
 *          SANDCELL_ERR_FILE_ACCESS       the command is another user's
 *          SANDCELL_ERR_TIMEOUT,
 *          SANDCELL_ERR_CANCELLED         the client's limits ended the call
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_background_read(const sandcell_background *background,
                                         sandcell_stream stream,
                                         uint64_t offset,
                                         void *buf,
                                         size_t cap,
                                         size_t *n,
                                         sandcell_error **error);

/**
 * Kills the command and all its descendants, as sandcell_exec_kill() does, also
 * those that it left behind when it ended.
 *
 * KILL follows TERM after 2 s, or after the kill grace of the options if this
 * handle started the command. If the client's limits end the call, the kill goes
 * on in the background.
 *
 * @param background  in
 * @param tree        out: one of SANDCELL_TREE_*
 * @param reason      out, may be NULL: why there is no proof, for people;
 *                    owned by the caller; free with sandcell_string_free().
 *                    NULL unless *tree is SANDCELL_TREE_UNKNOWN
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK               *tree and *reason are set
 *          SANDCELL_ERR_NOT_FOUND    there is no command of this name
 *          SANDCELL_ERR_UNSUPPORTED  the image has no /bin/sh
 *          SANDCELL_ERR_TIMEOUT,
 *          SANDCELL_ERR_CANCELLED    the client's limits ended the call
 *
 * Threads: any, at any time.
 * Since: 0.1.0
 */
sandcell_status sandcell_background_kill(const sandcell_background *background,
                                         sandcell_tree *tree,
                                         sandcell_string **reason,
                                         sandcell_error **error);

/**
 * Kills the command if it is running, and removes its files, which frees the name.
 *
 * Succeeds if there is no command of this name. Leaves alone the processes that a
 * command left behind when it ended: sandcell_background_kill() kills those.
 *
 * @param background  in: must still be freed
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_CONFLICT     it survived the kill, or is still running
 *                                    according to the engine, or another command
 *                                    was started under the name since: the files
 *                                    stay
 *          SANDCELL_ERR_TIMEOUT,
 *          SANDCELL_ERR_CANCELLED    the client's limits ended the call
 *          SANDCELL_ERR_UNSUPPORTED  the image has no /bin/sh
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_background_remove(const sandcell_background *background,
                                           sandcell_error **error);

/**
 * Frees a handle to a background command; the command runs on, and its files stay.
 *
 * @param background  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the handle.
 * Since: 0.1.0
 */
void sandcell_background_free(sandcell_background *background);

/* -------------------------------------------------------------------------
 * Write options: how a file is written.
 * ------------------------------------------------------------------------- */

/** The library looks at the container, and chooses. */
#define SANDCELL_TRANSFER_METHOD_AUTO 0

/**
 * The engine's archive requests. They need nothing in the image, work in a
 * stopped container, and write with the engine's privileges. A file that is
 * replaced is away, and then incomplete, for as long as the engine takes to
 * write it; an interrupted call may leave it so.
 */
#define SANDCELL_TRANSFER_METHOD_ARCHIVE 1

/**
 * A command in the container, which must run and have /bin/sh with cat,
 * chmod, mkdir, mv, rm and wc for files, tar for trees. It can do what its
 * user can. A file is replaced in one step, when it is complete, and stays as
 * it was if the call fails.
 */
#define SANDCELL_TRANSFER_METHOD_EXEC 2

/**
 * Makes options, all at their defaults.
 *
 * @return  owned by the caller, never NULL; free with
 *          sandcell_write_options_free().
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_write_options *sandcell_write_options_new(void);

/**
 * Sets the permissions of the file.
 *
 * Default: 0644
 *
 * @param options  changed
 * @param mode     in: up to 07777
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_write_options_set_mode(sandcell_write_options *options,
                                                uint32_t mode,
                                                sandcell_error **error);

/**
 * Sets the owner of the file, and of parents that are created.
 *
 * With SANDCELL_TRANSFER_METHOD_EXEC the command runs as this user, and so must be
 * able to write there.
 *
 * Default: the container's user.
 *
 * @param options   changed
 * @param uid, gid  in: as numbers in the container
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_write_options_set_owner(sandcell_write_options *options,
                                                 uint32_t uid,
                                                 uint32_t gid,
                                                 sandcell_error **error);

/**
 * Sets whether missing directories above the file are created, with the
 * permissions 0755.
 *
 * Default: true
 *
 * @param options  changed
 * @param create   in
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_write_options_set_create_parents(sandcell_write_options *options,
                                                          bool create,
                                                          sandcell_error **error);

/**
 * Sets how many bytes sandcell_container_copy_file_in() is to write: they are then
 * sent as they are read, and nothing waits in a temporary file.
 *
 * sandcell_container_write_file() knows this itself, and ignores it.
 *
 * Default: not known.
 *
 * @param options  changed
 * @param bytes    in: it is an error if there are less or more
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_write_options_set_size(sandcell_write_options *options,
                                                uint64_t bytes,
                                                sandcell_error **error);

/**
 * Sets the way that the file takes.
 *
 * Default: SANDCELL_TRANSFER_METHOD_AUTO
 *
 * @param options    changed
 * @param method  in: one of SANDCELL_TRANSFER_METHOD_*
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  there is no such choice
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_write_options_set_method(sandcell_write_options *options,
                                                  sandcell_transfer_method method,
                                                  sandcell_error **error);

/**
 * Frees options.
 *
 * @param options  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the options.
 * Since: 0.1.0
 */
void sandcell_write_options_free(sandcell_write_options *options);

/* -------------------------------------------------------------------------
 * Transfer options: how a tree is copied.
 * ------------------------------------------------------------------------- */

/** The call fails. */
#define SANDCELL_EXTERNAL_SYMLINKS_REFUSE 0
/** It is left out. */
#define SANDCELL_EXTERNAL_SYMLINKS_SKIP 1

/**
 * It is made. The library does not follow it; who reads the tree later may,
 * and hostile code chose where to.
 */
#define SANDCELL_EXTERNAL_SYMLINKS_KEEP 2

/** It is a device, a socket or a FIFO. */
#define SANDCELL_SKIPPED_SPECIAL_FILE 0

/**
 * It is a symlink that may lead out of the tree: see
 * sandcell_transfer_options_set_external_symlinks().
 */
#define SANDCELL_SKIPPED_EXTERNAL_SYMLINK 1

/** It was there, and is not any more. */
#define SANDCELL_SKIPPED_VANISHED 2
/** It became something else while it was looked at. */
#define SANDCELL_SKIPPED_CHANGED 3

/**
 * Makes options, all at their defaults.
 *
 * @return  owned by the caller, never NULL; free with
 *          sandcell_transfer_options_free().
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_transfer_options *sandcell_transfer_options_new(void);

/**
 * Sets the owner of all that is uploaded, and of parents that are created.
 *
 * With SANDCELL_TRANSFER_METHOD_EXEC the command runs as this user, and so must be
 * able to write there.
 *
 * Default: the container's user.
 *
 * @param options   changed
 * @param uid, gid  in: as numbers in the container
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_transfer_options_set_owner(sandcell_transfer_options *options,
                                                    uint32_t uid,
                                                    uint32_t gid,
                                                    sandcell_error **error);

/**
 * Sets whether an upload creates a missing target, and missing directories
 * above it, with the permissions 0755.
 *
 * Default: true
 *
 * @param options  changed
 * @param create   in
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_transfer_options_set_create_parents(sandcell_transfer_options *options,
                                                             bool create,
                                                             sandcell_error **error);

/**
 * Sets how many bytes the files of a download may have in all.
 *
 * Default: no limit.
 *
 * @param options    changed
 * @param max_bytes  in
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_transfer_options_set_max_bytes(sandcell_transfer_options *options,
                                                        uint64_t max_bytes,
                                                        sandcell_error **error);

/**
 * Sets how many entries a download may have: files, directories, links and what is
 * skipped.
 *
 * Default: 1000000
 *
 * @param options      changed
 * @param max_entries  in
 * @param error        out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_transfer_options_set_max_entries(sandcell_transfer_options *options,
                                                          uint64_t max_entries,
                                                          sandcell_error **error);

/**
 * Sets how deep a download may be: a file in the directory itself is at depth 1,
 * one in a directory of that at 2.
 *
 * Default: 128
 *
 * @param options    changed
 * @param max_depth  in
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_transfer_options_set_max_depth(sandcell_transfer_options *options,
                                                        uint32_t max_depth,
                                                        sandcell_error **error);

/**
 * Sets what becomes of symlinks of a download that may lead out of the tree.
 *
 * Default: SANDCELL_EXTERNAL_SYMLINKS_REFUSE
 *
 * @param options  changed
 * @param links    in: one of SANDCELL_EXTERNAL_SYMLINKS_*
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  there is no such choice
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_transfer_options_set_external_symlinks(sandcell_transfer_options *options,
                                                                sandcell_external_symlinks links,
                                                                sandcell_error **error);

/**
 * Sets who is told how far a transfer is.
 *
 * Default: nobody.
 *
 * @param options   changed
 * @param progress  in: see "Callbacks"; NULL for nobody
 * @param ctx       in, may be NULL: kept as it is, for the callback
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_transfer_options_set_progress(sandcell_transfer_options *options,
                                                       sandcell_progress_fn progress,
                                                       void *ctx,
                                                       sandcell_error **error);

/**
 * Sets who is told what is not copied, although the transfer goes on: devices,
 * sockets and FIFOs, symlinks that SANDCELL_EXTERNAL_SYMLINKS_SKIP leaves out, and what
 * vanishes or changes while it is uploaded.
 *
 * Default: nobody; the log has it in any case.
 *
 * @param options  changed
 * @param skipped  in: see "Callbacks"; NULL for nobody
 * @param ctx      in, may be NULL: kept as it is, for the callback
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_transfer_options_set_skipped(sandcell_transfer_options *options,
                                                      sandcell_skipped_fn skipped,
                                                      void *ctx,
                                                      sandcell_error **error);

/**
 * Sets the way that the tree takes.
 *
 * Default: SANDCELL_TRANSFER_METHOD_AUTO
 *
 * @param options    changed
 * @param method  in: one of SANDCELL_TRANSFER_METHOD_*
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  there is no such choice
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_transfer_options_set_method(sandcell_transfer_options *options,
                                                     sandcell_transfer_method method,
                                                     sandcell_error **error);

/**
 * Frees options.
 *
 * @param options  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the options.
 * Since: 0.1.0
 */
void sandcell_transfer_options_free(sandcell_transfer_options *options);

/* -------------------------------------------------------------------------
 * Files: copying them into a container, and out of it.
 *
 * Paths in a container are absolute, without "..". The library uses the engine's
 * archive endpoint, which also works for a container that is not running. Where
 * the engine does not see what the container sees, the library runs a shell with
 * cat or tar in the container instead: for paths in memory (tmpfs, /dev, /proc,
 * /sys), with gVisor (runsc), and for writing if the root file system is
 * read-only. SANDCELL_TRANSFER_METHOD_* describes both.
 *
 * Apart from the client's limits, a transfer ends when no byte moves for 300 s.
 * What was transferred until then stays.
 * ------------------------------------------------------------------------- */

/**
 * Reads a file of at most 64 MiB. Follows symlinks.
 *
 * @param container       in
 * @param path, path_len  in
 * @param contents        out: bytes, owned by the caller; free with
 *                        sandcell_string_free()
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK             *contents is set
 *          SANDCELL_ERR_TOO_LARGE  the file is larger;
 *                                  sandcell_container_copy_file_out() has no limit
 *          any other               those of sandcell_container_copy_file_out(),
 *                                  except those of the callback
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_read_file(const sandcell_container *container,
                                             const char *path,
                                             size_t path_len,
                                             sandcell_string **contents,
                                             sandcell_error **error);

/**
 * Copies a file to a callback, in parts as they arrive. Follows symlinks.
 *
 * Hostile code can make a file of any length: let the callback fail when it is
 * too long.
 *
 * @param container       in
 * @param path, path_len  in
 * @param write           in: see "Callbacks"
 * @param ctx             in, may be NULL: for the callback
 * @param count           out: how many bytes there were
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK                    *count is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  path is not absolute, contains "..", or
 *                                         ends like a directory
 *          SANDCELL_ERR_NOT_FOUND         there is no such container or file
 *          SANDCELL_ERR_WRONG_FILE_TYPE   it is not a regular file
 *          SANDCELL_ERR_FILE_ACCESS       it may not be read
 *          SANDCELL_ERR_UNSUPPORTED       the image lacks a program that is
 *                                         needed, which the message names
 *          SANDCELL_ERR_CONTAINER_ENDED   the container must be running, and is
 *                                         not
 *          SANDCELL_ERR_IO                the callback failed
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_copy_file_out(const sandcell_container *container,
                                                 const char *path,
                                                 size_t path_len,
                                                 sandcell_write_fn write,
                                                 void *ctx,
                                                 uint64_t *count,
                                                 sandcell_error **error);

/**
 * Writes a file. Replaces what is at the path, unless that is a directory; a
 * symlink is replaced, not followed.
 *
 * @param container       in
 * @param path, path_len  in
 * @param data, data_len  in: any bytes
 * @param options         in, may be NULL: the defaults
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK                    the file is written
 *          SANDCELL_ERR_INVALID_ARGUMENT  path is not absolute, contains "..", or
 *                                         ends like a directory; or an option is
 *                                         invalid
 *          SANDCELL_ERR_NOT_FOUND         there is no such container or, unless
 *                                         parents are created, directory
 *          SANDCELL_ERR_WRONG_FILE_TYPE   a directory is in the way, or something
 *                                         else is where a directory must be
 *          SANDCELL_ERR_FILE_ACCESS       it may not be written
 *          SANDCELL_ERR_UNSUPPORTED       the image lacks a program that is
 *                                         needed, which the message names
 *          SANDCELL_ERR_CONTAINER_ENDED   the container must be running, and is
 *                                         not
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_write_file(const sandcell_container *container,
                                              const char *path,
                                              size_t path_len,
                                              const void *data,
                                              size_t data_len,
                                              const sandcell_write_options *options,
                                              sandcell_error **error);

/**
 * Writes a file, as sandcell_container_write_file() does, with the contents that
 * a callback supplies.
 *
 * The callback is read to its end first, to know the length; beyond 1 MiB the
 * contents are kept in an unlinked temporary file. With
 * sandcell_write_options_set_size() they are sent as they are read.
 *
 * @param container       in
 * @param path, path_len  in
 * @param read            in: see "Callbacks"
 * @param ctx             in, may be NULL: for the callback
 * @param options         in, may be NULL: the defaults
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK                    the file is written
 *          SANDCELL_ERR_INVALID_ARGUMENT  the callback supplied less or more than
 *                                         the size that was set, or more than
 *                                         cap
 *          SANDCELL_ERR_IO                the callback failed
 *          any other                      those of
 *                                         sandcell_container_write_file()
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_copy_file_in(const sandcell_container *container,
                                                const char *path,
                                                size_t path_len,
                                                sandcell_read_fn read,
                                                void *ctx,
                                                const sandcell_write_options *options,
                                                sandcell_error **error);

/**
 * Copies the contents of a directory of the host into a directory of the
 * container.
 *
 * Copies regular files, directories and symlinks, with their names, permissions
 * and times (of files, in whole seconds), in the order of their names. Symlinks
 * are copied as symlinks and never followed. Hard links become separate files.
 * What is in the way is replaced, but a directory and anything else never replace
 * each other.
 *
 * Skips devices, sockets and FIFOs, and what vanishes or changes its type before
 * its turn comes; sandcell_transfer_options_set_skipped() reports them.
 *
 * @param container               in
 * @param host_dir, host_dir_len  in: bytes without NUL
 * @param path, path_len          in: created if it does not exist
 * @param options                 in, may be NULL: the defaults
 * @param error                   out, may be NULL
 *
 * @return  SANDCELL_OK      everything is copied
 *          SANDCELL_ERR_IO  the host's tree cannot be read, or a file shrank while
 *                           it was sent; the message names the file
 *          any other        those of sandcell_container_write_file()
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_upload(const sandcell_container *container,
                                          const char *host_dir,
                                          size_t host_dir_len,
                                          const char *path,
                                          size_t path_len,
                                          const sandcell_transfer_options *options,
                                          sandcell_error **error);

/**
 * Copies the contents of a directory of the container into a directory of the
 * host.
 *
 * The tree is treated as hostile. Nothing is written outside the host's
 * directory, and no symlink is followed, neither one of the tree nor one that was
 * in the host's directory before. These entries are refused, and end the call: an
 * absolute path or one with "..", an entry below a symlink, a hard link to
 * anything but a file that this call made, and a directory where something else
 * is, or the reverse. So is a symlink that may lead out, unless
 * sandcell_transfer_options_set_external_symlinks() says otherwise: an absolute
 * one, one with more ".." than there are directories, or one with ".." anywhere
 * but at its start.
 *
 * Skips devices and FIFOs; sandcell_transfer_options_set_skipped() reports them.
 * With SANDCELL_TRANSFER_METHOD_EXEC, that also holds for what vanishes while it
 * is read; the engine omits it silently.
 *
 * Files belong to the user of this process. They have the permissions (without
 * set-user-ID, set-group-ID and sticky bits, and subject to the process's umask)
 * and times (in whole seconds) that they have in the container. New directories
 * stay accessible to their owner; existing ones keep their permissions. An
 * existing file is replaced by a new one: other links to it keep its contents.
 *
 * Hostile code can make a tree of any size. The limits are
 * sandcell_transfer_options_set_max_bytes(), which is unlimited by default, and
 * sandcell_transfer_options_set_max_entries() and _max_depth(), which are not.
 *
 * @param container               in
 * @param path, path_len          in: a directory, or a symlink to one
 * @param host_dir, host_dir_len  in: bytes without NUL; created if it does not
 *                                exist
 * @param options                 in, may be NULL: the defaults
 * @param error                   out, may be NULL
 *
 * @return  SANDCELL_OK                    everything is copied
 *          SANDCELL_ERR_INVALID_ARGUMENT  path is not absolute, or contains ".."
 *          SANDCELL_ERR_NOT_FOUND         there is no such container or directory
 *          SANDCELL_ERR_WRONG_FILE_TYPE   it is not a directory
 *          SANDCELL_ERR_FILE_ACCESS       it may not be read
 *          SANDCELL_ERR_BAD_ARCHIVE       an entry is refused; the message names
 *                                         it
 *          SANDCELL_ERR_TOO_LARGE         the tree exceeds a limit, which the
 *                                         message names
 *          SANDCELL_ERR_UNSUPPORTED       the image lacks a program that is
 *                                         needed, which the message names
 *          SANDCELL_ERR_CONTAINER_ENDED   the container must be running, and is
 *                                         not
 *          SANDCELL_ERR_IO                the host's tree cannot be written; the
 *                                         message names the file
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_download(const sandcell_container *container,
                                            const char *path,
                                            size_t path_len,
                                            const char *host_dir,
                                            size_t host_dir_len,
                                            const sandcell_transfer_options *options,
                                            sandcell_error **error);

/* -------------------------------------------------------------------------
 * Pull options: how an image is pulled.
 * ------------------------------------------------------------------------- */

/** In place of a number of bytes: the engine does not say. */
#define SANDCELL_UNKNOWN_SIZE UINT64_MAX

/**
 * Makes options, all at their defaults.
 *
 * @return  owned by the caller, never NULL; free with
 *          sandcell_pull_options_free().
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_pull_options *sandcell_pull_options_new(void);

/**
 * Sets the platform to pull the image for.
 *
 * Default: the engine's
 *
 * @param options                 changed
 * @param platform, platform_len  in: as os[/arch[/variant]]
 * @param error                   out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_pull_options_set_platform(sandcell_pull_options *options,
                                                   const char *platform,
                                                   size_t platform_len,
                                                   sandcell_error **error);

/**
 * Sets who asks the registry, by a password or an access token.
 *
 * Shown nowhere: not in an error, and not in the log.
 *
 * Default: as the Docker config of the client says, see
 * sandcell_client_options_set_docker_config()
 *
 * @param options                 changed
 * @param username, username_len  in
 * @param password, password_len  in
 * @param error                   out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_pull_options_set_password(sandcell_pull_options *options,
                                                   const char *username,
                                                   size_t username_len,
                                                   const char *password,
                                                   size_t password_len,
                                                   sandcell_error **error);

/**
 * Sets who asks the registry, by an identity token: what a login left in place
 * of a password.
 *
 * Shown nowhere: not in an error, and not in the log.
 *
 * Default: as the Docker config of the client says
 *
 * @param options           changed
 * @param token, token_len  in
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_pull_options_set_identity_token(sandcell_pull_options *options,
                                                         const char *token,
                                                         size_t token_len,
                                                         sandcell_error **error);

/**
 * Sets who is told of the progress.
 *
 * Default: nobody
 *
 * @param options   changed
 * @param progress  in: see "Callbacks"; NULL for nobody
 * @param ctx       in, may be NULL: for the callback
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_pull_options_set_progress(sandcell_pull_options *options,
                                                   sandcell_pull_progress_fn progress,
                                                   void *ctx,
                                                   sandcell_error **error);

/**
 * Frees options.
 *
 * @param options  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the options.
 * Since: 0.1.0
 */
void sandcell_pull_options_free(sandcell_pull_options *options);

/* -------------------------------------------------------------------------
 * What is known of an image.
 * ------------------------------------------------------------------------- */

/**
 * Tells the image's id: "sha256:" and 64 hex digits.
 *
 * @param info  in, may be NULL
 * @param len   out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the information; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_image_info_id(const sandcell_image_info *info,
                                   size_t *len);

/**
 * Tells the image's size, with all layers.
 *
 * @param info  in, may be NULL
 *
 * @return  bytes; 0 for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
uint64_t sandcell_image_info_size(const sandcell_image_info *info);

/**
 * Tells the user of its containers; "" for root.
 *
 * @param info  in, may be NULL
 * @param len   out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the information; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_image_info_user(const sandcell_image_info *info,
                                     size_t *len);

/**
 * Tells the working directory of its containers; "" for "/".
 *
 * @param info  in, may be NULL
 * @param len   out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the information; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_image_info_working_dir(const sandcell_image_info *info,
                                            size_t *len);

/**
 * Tells the operating system that it is for, such as "linux".
 *
 * @param info  in, may be NULL
 * @param len   out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the information; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_image_info_os(const sandcell_image_info *info,
                                   size_t *len);

/**
 * Tells the processor that it is for, such as "amd64".
 *
 * @param info  in, may be NULL
 * @param len   out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the information; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_image_info_architecture(const sandcell_image_info *info,
                                             size_t *len);

/**
 * Tells the processor's variant, such as "v7"; mostly "".
 *
 * @param info  in, may be NULL
 * @param len   out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the information; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_image_info_variant(const sandcell_image_info *info,
                                        size_t *len);

/**
 * Tells how many names with tags there are.
 *
 * @param info  in, may be NULL
 *
 * @return  the number; 0 for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
size_t sandcell_image_info_tag_count(const sandcell_image_info *info);

/**
 * Tells a name with a tag that leads to the image.
 *
 * @param info   in, may be NULL
 * @param index  in: from 0
 * @param len    out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the information; "" for NULL or an index that
 *          is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_image_info_tag(const sandcell_image_info *info,
                                    size_t index,
                                    size_t *len);

/**
 * Tells how many names with digests there are.
 *
 * @param info  in, may be NULL
 *
 * @return  the number; 0 for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
size_t sandcell_image_info_digest_count(const sandcell_image_info *info);

/**
 * Tells a name with a digest that leads to the image.
 *
 * @param info   in, may be NULL
 * @param index  in: from 0
 * @param len    out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the information; "" for NULL or an index that
 *          is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_image_info_digest(const sandcell_image_info *info,
                                       size_t index,
                                       size_t *len);

/**
 * Tells how many labels there are.
 *
 * @param info  in, may be NULL
 *
 * @return  the number; 0 for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
size_t sandcell_image_info_label_count(const sandcell_image_info *info);

/**
 * Tells the key of a label, in the order of the keys.
 *
 * @param info   in, may be NULL
 * @param index  in: from 0
 * @param len    out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the information; "" for NULL or an index that
 *          is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_image_info_label_key(const sandcell_image_info *info,
                                          size_t index,
                                          size_t *len);

/**
 * Tells the value of a label.
 *
 * @param info   in, may be NULL
 * @param index  in: from 0
 * @param len    out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the information; "" for NULL or an index that
 *          is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_image_info_label_value(const sandcell_image_info *info,
                                            size_t index,
                                            size_t *len);

/**
 * Tells how many environment variables there are.
 *
 * @param info  in, may be NULL
 *
 * @return  the number; 0 for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
size_t sandcell_image_info_env_count(const sandcell_image_info *info);

/**
 * Tells an environment variable of its containers, as NAME=value.
 *
 * @param info   in, may be NULL
 * @param index  in: from 0
 * @param len    out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the information; "" for NULL or an index that
 *          is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_image_info_env(const sandcell_image_info *info,
                                    size_t index,
                                    size_t *len);

/**
 * Frees the information; the image itself stays.
 *
 * @param info  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the information.
 * Since: 0.1.0
 */
void sandcell_image_info_free(sandcell_image_info *info);

/* -------------------------------------------------------------------------
 * Images: what containers are made of.
 *
 * An image is named by a reference, [host[:port]/]path[:tag][@digest], such as
 * "busybox", "ghcr.io/team/app:1.2" or "localhost:5000/app@sha256:...". Without a
 * tag or digest, the tag is "latest". Where nothing is fetched, an image id will
 * do as well.
 * ------------------------------------------------------------------------- */

/**
 * Tells whether the engine has an image.
 *
 * Only the engine's word that there is no such image counts as false: any
 * failure to ask is an error.
 *
 * @param client            in
 * @param image, image_len  in: a reference such as "busybox:latest", or an id
 * @param exists            out
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK                    *exists is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  image is not a reference
 *          any other                     the engine could not be asked
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_image_exists(const sandcell_client *client,
                                             const char *image,
                                             size_t image_len,
                                             bool *exists,
                                             sandcell_error **error);

/**
 * Tells what the engine knows of an image.
 *
 * @param client            in
 * @param image, image_len  in: a reference or an id
 * @param info              out: owned by the caller; free with
 *                          sandcell_image_info_free(). NULL if the engine does
 *                          not have the image.
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK                    *info is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  image is not a reference
 *          any other                     the engine could not be asked
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_image_info(const sandcell_client *client,
                                           const char *image,
                                           size_t image_len,
                                           sandcell_image_info **info,
                                           sandcell_error **error);

/**
 * Pulls an image from its registry, even if the engine has it; returns when it
 * is complete.
 *
 * @param client            in
 * @param image, image_len  in: a reference
 * @param options           in, may be NULL: the defaults
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK                    the engine has the image
 *          SANDCELL_ERR_INVALID_ARGUMENT  image is not a reference, or a bad option
 *          SANDCELL_ERR_NOT_FOUND         the registry has no such image, or none
 *                                        for the platform
 *          SANDCELL_ERR_UNAUTHORIZED      the registry wants other credentials
 *          SANDCELL_ERR_RATE_LIMITED      the registry has answered enough for now
 *          SANDCELL_ERR_NO_SPACE          the engine's disk is full
 *          SANDCELL_ERR_PULL              the pull failed for another reason
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_pull_image(const sandcell_client *client,
                                           const char *image,
                                           size_t image_len,
                                           const sandcell_pull_options *options,
                                           sandcell_error **error);

/**
 * Makes sure that the engine has an image: pulls it if it is not there.
 *
 * Calls that want the same image at once share one look and one pull, of which
 * the call that makes it is told the progress. What was there is remembered by
 * the client, and those that were derived from it, until the engine says that it
 * is not: a later call returns at once, without asking.
 *
 * @param client            in
 * @param image, image_len  in: a reference or an id
 * @param options           in, may be NULL: the defaults
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK  the engine has the image
 *          any other   those of sandcell_client_pull_image()
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_ensure_image(const sandcell_client *client,
                                             const char *image,
                                             size_t image_len,
                                             const sandcell_pull_options *options,
                                             sandcell_error **error);

/**
 * Takes in the images of a tar archive, as "docker save" or "podman save" makes
 * it: all that a callback gives, sent as it is read.
 *
 * @param client  in
 * @param read    in: see "Callbacks"
 * @param ctx     in, may be NULL: for the callback
 * @param names   out: what the engine calls the images: names, or ids of those
 *                that have none; owned by the caller; free with
 *                sandcell_strings_free()
 * @param error   out, may be NULL
 *
 * @return  SANDCELL_OK            *names is set
 *          SANDCELL_ERR_ENGINE    it is no such archive
 *          SANDCELL_ERR_NO_SPACE  the engine's disk is full
 *          SANDCELL_ERR_IO        the callback failed
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_load_image(const sandcell_client *client,
                                           sandcell_read_fn read,
                                           void *ctx,
                                           sandcell_strings **names,
                                           sandcell_error **error);

/**
 * Makes an image of a file system, a tar archive: all that a callback gives, sent
 * as it is read.
 *
 * An image that has the name loses it.
 *
 * @param client            in
 * @param image, image_len  in: a reference without a digest
 * @param read              in: see "Callbacks"
 * @param ctx               in, may be NULL: for the callback
 * @param info              out: owned by the caller; free with
 *                          sandcell_image_info_free()
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK                    *info is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  image is not a reference, or has a digest
 *          SANDCELL_ERR_ENGINE            it is no tar archive
 *          SANDCELL_ERR_NO_SPACE          the engine's disk is full
 *          SANDCELL_ERR_IO                the callback failed
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_import_image(const sandcell_client *client,
                                             const char *image,
                                             size_t image_len,
                                             sandcell_read_fn read,
                                             void *ctx,
                                             sandcell_image_info **info,
                                             sandcell_error **error);

/**
 * Removes an image; succeeds if there is none.
 *
 * Of an image that has other names, only this one goes.
 *
 * @param client            in
 * @param image, image_len  in: a reference or an id
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK                    the engine has no such image
 *          SANDCELL_ERR_INVALID_ARGUMENT  image is not a reference
 *          SANDCELL_ERR_CONFLICT          a container is made of it, or it is given
 *                                        by its id and has several names
 *          any other                     the engine cannot remove it
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_remove_image(const sandcell_client *client,
                                             const char *image,
                                             size_t image_len,
                                             sandcell_error **error);

/* -------------------------------------------------------------------------
 * Sandboxes: containers that are removed when their owner frees them.
 *
 * What can be done in a sandbox is what can be done in any container:
 * sandcell_sandbox_container() returns the handle for it.
 * ------------------------------------------------------------------------- */

/**
 * Creates a container and starts it; see sandcell_client_create_and_start().
 *
 * @param client   in
 * @param options  in
 * @param sandbox  out: owned by the caller; free with sandcell_sandbox_free()
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK  *sandbox is set
 *          any other    those of sandcell_client_create_and_start()
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_sandbox_start(const sandcell_client *client,
                                       const sandcell_create_options *options,
                                       sandcell_sandbox **sandbox,
                                       sandcell_error **error);

/**
 * Makes a sandbox of a container that is already running.
 *
 * Freeing it removes the container. Several processes may hold one container at
 * once.
 *
 * @param client                    in
 * @param container, container_len  in: an id, a name, or the session id that it
 *                                  was created with
 * @param sandbox                   out: owned by the caller; free with
 *                                  sandcell_sandbox_free()
 * @param error                     out, may be NULL
 *
 * @return  SANDCELL_OK             *sandbox is set
 *          SANDCELL_ERR_NOT_FOUND  there is no such container
 *          SANDCELL_ERR_CONFLICT   it is not running, or several containers have
 *                                  that session id
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_sandbox_attach(const sandcell_client *client,
                                        const char *container,
                                        size_t container_len,
                                        sandcell_sandbox **sandbox,
                                        sandcell_error **error);

/**
 * Returns the container of a sandbox, to run commands in, to copy files, and for
 * all else that a container can do.
 *
 * Use it until the sandbox is freed. After sandcell_sandbox_stop(), there is no
 * such container any more; after sandcell_sandbox_leave_running(), it can still be
 * used.
 *
 * @param sandbox  in, may be NULL
 *
 * @return  a container, borrowed from the sandbox: do not free it. NULL for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const sandcell_container *sandcell_sandbox_container(const sandcell_sandbox *sandbox);

/**
 * Returns the container's full id.
 *
 * @param sandbox  in, may be NULL
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the sandbox; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_sandbox_id(const sandcell_sandbox *sandbox, size_t *len);

/**
 * Lets the container run on when the sandbox is freed. The sandbox can neither be
 * stopped nor left after that.
 *
 * A container with SANDCELL_LIFETIME_TIED_TO_HOST still ends with this process, or
 * when the client is closed.
 *
 * @param sandbox  changed
 * @param id       out: the id, for sandcell_sandbox_attach(); owned by the
 *                 caller; free with sandcell_string_free()
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK                    *id is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  it was stopped or left already
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_sandbox_leave_running(sandcell_sandbox *sandbox,
                                               sandcell_string **id,
                                               sandcell_error **error);

/**
 * Stops the container and removes it; see sandcell_container_stop().
 *
 * The sandbox must still be freed, which does not try again if this fails.
 *
 * @param sandbox  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK                    the container does not exist any more
 *          SANDCELL_ERR_INVALID_ARGUMENT  it was stopped or left already
 *          any other                      those of sandcell_container_stop()
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_sandbox_stop(sandcell_sandbox *sandbox,
                                      sandcell_error **error);

/**
 * Frees a sandbox, and removes its container unless it was stopped or left
 * running. That takes at most 30 s, and usually 0.1 s.
 *
 * @param sandbox  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the sandbox.
 * Since: 0.1.0
 */
void sandcell_sandbox_free(sandcell_sandbox *sandbox);

/* -------------------------------------------------------------------------
 * Orphans: containers whose owner is gone, and the sweep that removes them.
 * ------------------------------------------------------------------------- */

/**
 * Looks for orphans among the containers of a home, and removes nothing.
 *
 * Returns all containers of the home, with the decision on each and its reason:
 * what sandcell_client_cleanup_orphaned_containers() would do.
 *
 * @param client          in
 * @param home, home_len  in: see sandcell_create_options_set_home()
 * @param orphans         out: owned by the caller; free with
 *                        sandcell_orphans_free()
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK                    *orphans is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  home is empty
 *          any other                     the containers cannot be listed
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_orphans(const sandcell_client *client,
                                        const char *home,
                                        size_t home_len,
                                        sandcell_orphans **orphans,
                                        sandcell_error **error);

/**
 * Removes the containers of a home whose owner is gone.
 *
 * The owner is the process that created the container. It is told from a later
 * process of the same PID, and one of another machine, boot or PID namespace is
 * not mistaken for gone: where that cannot be known, the container stays. One
 * that says no more than a PID, as those of other software do, is removed once
 * it has ended, or when there is no such process on this machine. Any number of
 * processes may sweep at once. That a container could not be removed is no
 * failure of the call: see sandcell_orphans_error().
 *
 * @param client          in
 * @param home, home_len  in: see sandcell_create_options_set_home()
 * @param orphans         out: owned by the caller; free with
 *                        sandcell_orphans_free()
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK                    *orphans is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  home is empty
 *          any other                     the containers cannot be listed
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_cleanup_orphaned_containers(const sandcell_client *client,
                                                            const char *home,
                                                            size_t home_len,
                                                            sandcell_orphans **orphans,
                                                            sandcell_error **error);

/**
 * Tells how many containers were looked at.
 *
 * @param orphans  in, may be NULL
 *
 * @return  the number; 0 for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
size_t sandcell_orphans_len(const sandcell_orphans *orphans);

/**
 * Tells a container's full id.
 *
 * @param orphans  in, may be NULL
 * @param index    in: from 0
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the orphans; "" for NULL or an index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_orphans_id(const sandcell_orphans *orphans,
                                size_t index,
                                size_t *len);

/**
 * Tells a container's name.
 *
 * @param orphans  in, may be NULL
 * @param index    in: from 0
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the orphans; "" for NULL or an index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_orphans_name(const sandcell_orphans *orphans,
                                  size_t index,
                                  size_t *len);

/**
 * Tells the session that a container belongs to; "" if it does not say.
 *
 * @param orphans  in, may be NULL
 * @param index    in: from 0
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the orphans; "" for NULL or an index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_orphans_session_id(const sandcell_orphans *orphans,
                                        size_t index,
                                        size_t *len);

/**
 * Tells where a container is in its life.
 *
 * @param orphans  in, may be NULL
 * @param index    in: from 0
 *
 * @return  one of SANDCELL_CONTAINER_*; SANDCELL_CONTAINER_UNKNOWN for NULL or an index
 *          that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_container_status sandcell_orphans_status(const sandcell_orphans *orphans,
                                                  size_t index);

/**
 * Tells whether a container is to be removed, because its owner is gone.
 *
 * @param orphans  in, may be NULL
 * @param index    in: from 0
 *
 * @return  the answer; false for NULL or an index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_orphans_is_orphan(const sandcell_orphans *orphans, size_t index);

/**
 * Tells why a container is to be removed or kept.
 *
 * @param orphans  in, may be NULL
 * @param index    in: from 0
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the orphans; "" for NULL or an index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_orphans_reason(const sandcell_orphans *orphans,
                                    size_t index,
                                    size_t *len);

/**
 * Tells whether a container is gone, by this sweep or by somebody else's meanwhile.
 *
 * @param orphans  in, may be NULL
 * @param index    in: from 0
 *
 * @return  the answer; false for NULL or an index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_orphans_removed(const sandcell_orphans *orphans,
                              size_t index);

/**
 * Tells why a container could not be removed.
 *
 * @param orphans  in, may be NULL
 * @param index    in: from 0
 *
 * @return  an error, borrowed from the orphans: do not free it. NULL if there is none.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const sandcell_error *sandcell_orphans_error(const sandcell_orphans *orphans,
                                             size_t index);

/**
 * Frees a list of orphans, and all that was borrowed from it.
 *
 * @param orphans  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses it.
 * Since: 0.1.0
 */
void sandcell_orphans_free(sandcell_orphans *orphans);

/* -------------------------------------------------------------------------
 * The container that this process runs in itself, if it does.
 * ------------------------------------------------------------------------- */

/**
 * Tells which container of the client's engine this process itself runs in.
 *
 * Traces of a container are taken for nothing until the engine confirms them.
 *
 * @param client     in
 * @param container  out: owned by the caller; free with
 *                   sandcell_self_container_free(). NULL if there is none.
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK               *container is set
 *          SANDCELL_ERR_UNSUPPORTED  it is in a container of this engine, and it
 *                                   cannot be told in which
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_self_container(const sandcell_client *client,
                                               sandcell_self_container **container,
                                               sandcell_error **error);

/**
 * Tells what a path of this process is on the engine's host, to be mounted: the
 * same, if this process is in no container of this engine; else the place of the
 * mount that it is on, and the rest. Symbolic links are followed.
 *
 * @param client          in
 * @param path, path_len  in
 * @param engine_path     out: owned by the caller; free with
 *                        sandcell_string_free()
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK                    *engine_path is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  in this process's container, the path
 *                                        does not exist, or is on no mount that
 *                                        the engine's host has as well
 *          SANDCELL_ERR_UNSUPPORTED       see sandcell_client_self_container()
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_engine_path(const sandcell_client *client,
                                            const char *path,
                                            size_t path_len,
                                            sandcell_string **engine_path,
                                            sandcell_error **error);

/**
 * Tells the container's full id.
 *
 * @param container  in, may be NULL
 * @param len        out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the container; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_self_container_id(const sandcell_self_container *container,
                                       size_t *len);

/**
 * Tells the container's name.
 *
 * @param container  in, may be NULL
 * @param len        out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the container; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_self_container_name(const sandcell_self_container *container,
                                         size_t *len);

/**
 * Tells how many networks the container is in.
 *
 * @param container  in, may be NULL
 *
 * @return  the number; 0 for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
size_t sandcell_self_container_network_count(const sandcell_self_container *container);

/**
 * Tells the name of a network.
 *
 * @param container  in, may be NULL
 * @param index      in: from 0
 * @param len        out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the container; "" for NULL or an index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_self_container_network(const sandcell_self_container *container,
                                            size_t index,
                                            size_t *len);

/**
 * Tells how many mounts the container has.
 *
 * @param container  in, may be NULL
 *
 * @return  the number; 0 for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
size_t sandcell_self_container_mount_count(const sandcell_self_container *container);

/**
 * Tells what a mount is, in the engine's words: "bind", "volume", "tmpfs"…
 *
 * @param container  in, may be NULL
 * @param index      in: from 0
 * @param len        out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the container; "" for NULL or an index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_self_container_mount_kind(const sandcell_self_container *container,
                                               size_t index,
                                               size_t *len);

/**
 * Tells where a mount is on the engine's host; "" if it has no path there.
 *
 * @param container  in, may be NULL
 * @param index      in: from 0
 * @param len        out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the container; "" for NULL or an index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_self_container_mount_source(const sandcell_self_container *container,
                                                 size_t index,
                                                 size_t *len);

/**
 * Tells where a mount is in the container.
 *
 * @param container  in, may be NULL
 * @param index      in: from 0
 * @param len        out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the container; "" for NULL or an index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_self_container_mount_destination(const sandcell_self_container *container,
                                                      size_t index,
                                                      size_t *len);

/**
 * Tells whether a mount can be written to.
 *
 * @param container  in, may be NULL
 * @param index      in: from 0
 *
 * @return  the answer; false for NULL or an index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_self_container_mount_rw(const sandcell_self_container *container,
                                      size_t index);

/**
 * Frees what was told of a container; the container itself goes on.
 *
 * @param container  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses it.
 * Since: 0.1.0
 */
void sandcell_self_container_free(sandcell_self_container *container);

/* -------------------------------------------------------------------------
 * Volume options: a volume to create.
 * ------------------------------------------------------------------------- */

/**
 * Makes options for a volume.
 *
 * @param name, name_len  in: letters, digits and "_.-"
 * @param options         out: owned by the caller; free with
 *                        sandcell_volume_options_free()
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK                    *options is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_volume_options_new(const char *name,
                                            size_t name_len,
                                            sandcell_volume_options **options,
                                            sandcell_error **error);

/**
 * Sets a label; one with the same key is replaced.
 *
 * Default: none.
 *
 * @param options           changed
 * @param key, key_len      in: not empty
 * @param value, value_len  in
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_volume_options_add_label(sandcell_volume_options *options,
                                                  const char *key,
                                                  size_t key_len,
                                                  const char *value,
                                                  size_t value_len,
                                                  sandcell_error **error);

/**
 * Frees options; volumes made with them stay.
 *
 * @param options  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the options.
 * Since: 0.1.0
 */
void sandcell_volume_options_free(sandcell_volume_options *options);

/* -------------------------------------------------------------------------
 * Volume filters: which volumes to list.
 * ------------------------------------------------------------------------- */

/**
 * Makes a filter that all volumes pass.
 *
 * @return  owned by the caller, never NULL; free with
 *          sandcell_volume_filter_free().
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_volume_filter *sandcell_volume_filter_new(void);

/**
 * Adds a condition: a label of this key and this value.
 *
 * Default: none.
 *
 * @param filter            changed
 * @param key, key_len      in: not empty, without "="
 * @param value, value_len  in
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_volume_filter_add_label(sandcell_volume_filter *filter,
                                                 const char *key,
                                                 size_t key_len,
                                                 const char *value,
                                                 size_t value_len,
                                                 sandcell_error **error);

/**
 * Adds a condition: a label of this key, whatever its value.
 *
 * Default: none.
 *
 * @param filter        changed
 * @param key, key_len  in: not empty, without "="
 * @param error         out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_volume_filter_add_label_key(sandcell_volume_filter *filter,
                                                     const char *key,
                                                     size_t key_len,
                                                     sandcell_error **error);

/**
 * Frees a filter.
 *
 * @param filter  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the filter.
 * Since: 0.1.0
 */
void sandcell_volume_filter_free(sandcell_volume_filter *filter);

/* -------------------------------------------------------------------------
 * Volumes: storage that outlives containers.
 * ------------------------------------------------------------------------- */

/**
 * Creates a volume; succeeds if it exists.
 *
 * @param client   in
 * @param options  in
 * @param volume   out: owned by the caller; free with sandcell_volume_free()
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK                    it exists, and *volume is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  a bad option; the message names it
 *          any other                     the engine cannot create it
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_volume_create(const sandcell_client *client,
                                              const sandcell_volume_options *options,
                                              sandcell_volume **volume,
                                              sandcell_error **error);

/**
 * Tells of a volume.
 *
 * That it does not exist is no error: the volume is then NULL.
 *
 * @param client          in
 * @param name, name_len  in
 * @param volume          out: owned by the caller; free with
 *                        sandcell_volume_free(). NULL if there is no such volume.
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK                    *volume is set, perhaps to NULL
 *          SANDCELL_ERR_INVALID_ARGUMENT  it is no name
 *          any other                     the engine could not be asked
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_volume_inspect(const sandcell_client *client,
                                               const char *name,
                                               size_t name_len,
                                               sandcell_volume **volume,
                                               sandcell_error **error);

/**
 * Lists volumes, in no order.
 *
 * Volumes outlive their host, and nothing sweeps them: the library puts no
 * labels on them. With labels of its own a host finds what an earlier one left
 * behind.
 *
 * @param client   in
 * @param filter   in, may be NULL: all volumes
 * @param volumes  out: owned by the caller; free with sandcell_volumes_free()
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK                    *volumes is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  a bad condition; the message names it
 *          any other                     the engine could not be asked
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_volume_list(const sandcell_client *client,
                                            const sandcell_volume_filter *filter,
                                            sandcell_volumes **volumes,
                                            sandcell_error **error);

/**
 * Removes a volume and all that is in it; succeeds if there is none.
 *
 * @param client          in
 * @param name, name_len  in
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK                    there is no such volume any more
 *          SANDCELL_ERR_INVALID_ARGUMENT  it is no name
 *          SANDCELL_ERR_CONFLICT          a container has it, running or not
 *          any other                     the engine cannot remove it
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_volume_remove(const sandcell_client *client,
                                              const char *name,
                                              size_t name_len,
                                              sandcell_error **error);

/**
 * Tells how many volumes are in a list.
 *
 * @param volumes  in, may be NULL
 *
 * @return  the number; 0 for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
size_t sandcell_volumes_len(const sandcell_volumes *volumes);

/**
 * Lends a volume of a list.
 *
 * @param volumes  in, may be NULL
 * @param index    in: from 0
 *
 * @return  the volume, borrowed from the list: do not free it. NULL for NULL or an
 *          index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const sandcell_volume *sandcell_volumes_get(const sandcell_volumes *volumes,
                                            size_t index);

/**
 * Tells the volume's name.
 *
 * @param volume  in, may be NULL
 * @param len     out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the volume; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_volume_name(const sandcell_volume *volume, size_t *len);

/**
 * Tells what keeps the volume: "local" for a directory of the engine's host.
 *
 * @param volume  in, may be NULL
 * @param len     out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the volume; "" for NULL, or if the engine
 *          does not say.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_volume_driver(const sandcell_volume *volume, size_t *len);

/**
 * Tells where the volume is on the engine's host.
 *
 * @param volume  in, may be NULL
 * @param len     out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the volume; "" for NULL, or if the engine
 *          does not say.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_volume_mountpoint(const sandcell_volume *volume,
                                       size_t *len);

/**
 * Tells when the volume was created.
 *
 * @param volume  in, may be NULL
 * @param len     out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text (RFC 3339), borrowed from the volume; "" for NULL, or if the
 *          engine does not say.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_volume_created_at(const sandcell_volume *volume,
                                       size_t *len);

/**
 * Tells how many labels the volume has.
 *
 * @param volume  in, may be NULL
 *
 * @return  the number; 0 for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
size_t sandcell_volume_label_count(const sandcell_volume *volume);

/**
 * Tells the key of one of the volume's labels, which are sorted by it.
 *
 * @param volume  in, may be NULL
 * @param index   in: from 0
 * @param len     out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the volume; "" for NULL or an index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_volume_label_key(const sandcell_volume *volume,
                                      size_t index,
                                      size_t *len);

/**
 * Tells the value of one of the volume's labels.
 *
 * @param volume  in, may be NULL
 * @param index   in: from 0
 * @param len     out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the volume; "" for NULL or an index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_volume_label_value(const sandcell_volume *volume,
                                        size_t index,
                                        size_t *len);

/**
 * Frees a list of volumes, and all that was borrowed from it; the volumes
 * themselves stay.
 *
 * @param volumes  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses it.
 * Since: 0.1.0
 */
void sandcell_volumes_free(sandcell_volumes *volumes);

/**
 * Frees the description of a volume; the volume itself stays.
 *
 * @param volume  in, may be NULL, not borrowed; unusable afterwards
 *
 * Threads: any, as long as no other uses it.
 * Since: 0.1.0
 */
void sandcell_volume_free(sandcell_volume *volume);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* SANDCELL_H */
