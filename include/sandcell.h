/*
 * sandcell: sandbox containers for every language.
 *
 * Generated from src/capi by `make header`: edit the sources, not this file.
 *
 *   sandcell_client *client;
 *   sandcell_error *error;
 *   if (sandcell_client_from_env(&client, &error) != SANDCELL_OK) {
 *       fprintf(stderr, "%s\n", sandcell_error_message(error, NULL));
 *       sandcell_error_free(error);
 *       return 1;
 *   }
 *
 * A complete program is examples/c/hello.c. The rest of this comment holds for
 * every function, and is not repeated there.
 *
 * Names
 *   A function is named after the type that it works on and what it does, and the
 *   Rust API has the same names: sandcell_exec_options_set_cwd() is
 *   ExecOptions::cwd. "set" replaces a value, "add" adds one more, "is" asks.
 *   A time has its unit in its name: _ms or _ns. The function for a value that has
 *   several forms names the form: CreateOptions::mount with Mount::bind is
 *   sandcell_create_options_add_mount_bind(), and the properties of the mount are
 *   parameters. A stream of a command is a parameter, too. A list has _len() and
 *   _get().
 *
 * Handles
 *   All types are opaque, and are used through pointers. A handle that a function
 *   returns as "owned by the caller" is freed once, with the function named there,
 *   which ignores NULL. Never use free() on it. A handle keeps alive what it
 *   needs, so the order of frees does not matter.
 *
 * Parameters
 *   Inputs come first, then outputs, then the error. A pointer may be NULL only if
 *   its documentation says so. An input is borrowed until the call returns; what
 *   is needed longer is copied. Integers that stand for a choice are checked, and
 *   an unknown one is SANDCELL_ERR_INVALID_ARGUMENT. Times are in milliseconds;
 *   SANDCELL_NO_TIMEOUT means no limit.
 *
 * Errors
 *   A function that can fail returns a sandcell_status: SANDCELL_OK, which is 0, or
 *   a negative number. If its parameter "error" is not NULL, *error is always
 *   written: NULL on success, otherwise an object that the caller owns and frees
 *   with sandcell_error_free(). All other outputs are written only on success.
 *   There is no thread-local or global last error.
 *
 *   Each function lists its own statuses. In addition, every function may return
 *     SANDCELL_ERR_INVALID_ARGUMENT  a pointer is NULL, a length is impossible, or
 *                                    a text is not UTF-8 or contains a NUL; the
 *                                    message names the parameter
 *     SANDCELL_ERR_PANIC             a bug in the library, contained; Rust has
 *                                    printed it to standard error, too
 *   and a function that sends a request to the engine may return
 *     that the engine cannot be reached: ENGINE_NOT_FOUND, PERMISSION_DENIED,
 *     CONNECTION_REFUSED, UNREACHABLE, TLS;
 *     that it misbehaves: DISCONNECTED, PROTOCOL, API_VERSION, ENGINE, UNSUPPORTED;
 *     that the call was ended: TIMEOUT, CANCELLED, CLOSED; and IO.
 *
 *   An accessor, which returns its value, cannot fail: for a NULL handle it
 *   returns what its documentation says.
 *
 *   Setters check the form of their arguments at once. Whether a value is valid
 *   (an absolute path, a legal name) is checked by the call that uses the options.
 *
 * Texts and bytes
 *   In: a pointer and a length in bytes. The length SANDCELL_CSTR means "up to the
 *   first NUL". NULL is valid only with length 0, and means empty. Texts are UTF-8
 *   without NUL; the input of a command and the contents of a file are any bytes.
 *   Out: a pointer and, on request, a length. The pointer is never NULL. It is
 *   borrowed from the handle, and valid until the handle is freed. The last byte
 *   is followed by a NUL that the length does not include. The output of a command
 *   and the contents of a file may contain NULs of their own.
 *
 * Callbacks
 *   A callback runs on the thread of the call that uses it, before that call
 *   returns; only the log's callback may be called by any thread, at any time. It
 *   receives the pointer "ctx" that was set with it. Its other arguments are valid
 *   until it returns. It may call the library, but must neither change nor free
 *   what the current call uses. It must return: no longjmp(), no exception.
 *
 * Threads
 *   Handles are not tied to a thread. Functions that take a const handle may run
 *   concurrently on the same handle ("Threads: any"); functions that take a
 *   non-const handle need exclusive access ("Threads: one at a time"). So one
 *   thread may read a running command's standard output, a second its standard
 *   error and a third write its input, while others wait for it, resize it or kill
 *   it. None of them blocks another. Only freeing or detaching it needs exclusive
 *   access.
 *
 * Signals, descriptors, fork
 *   The library changes neither signal handlers nor the signal masks of the
 *   program's threads. Writing to a closed connection raises no SIGPIPE, however
 *   SIGPIPE is handled. The library's own threads run with all signals blocked. All
 *   its descriptors are close-on-exec. After fork() without exec, the child must
 *   neither use nor free any handle. There is nothing to initialize or to shut
 *   down, and no global state except the log's callback.
 *
 * Stability
 *   Until version 1.0, a minor version may change this interface; a patch version
 *   removes nothing. The numbers of constants are never reused.
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
 * A client to make, with sandcell_client_builder_build().
 *
 * Reusable. Free with sandcell_client_builder_free().
 */
typedef struct sandcell_client_builder sandcell_client_builder;

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
 * Which features an engine supports, from sandcell_client_engine_features().
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
 * A command to run in a container, for sandcell_container_exec(),
 * sandcell_container_start_exec() and sandcell_container_start_background().
 *
 * Reusable. Free with sandcell_exec_options_free().
 */
typedef struct sandcell_exec_options sandcell_exec_options;

/**
 * A command's output, and how it ended, from sandcell_container_exec() or
 * sandcell_exec_wait_with_output().
 *
 * It has the output so far whatever the outcome is: a timeout does not lose any.
 * Immutable; free with sandcell_exec_result_free().
 */
typedef struct sandcell_exec_result sandcell_exec_result;

/**
 * Information about an image, from sandcell_client_inspect_image() or
 * sandcell_client_import_image().
 *
 * Immutable; free with sandcell_image_info_free().
 */
typedef struct sandcell_image_info sandcell_image_info;

/**
 * The containers that a sweep examined, from sandcell_client_orphans() or
 * sandcell_client_cleanup_orphaned_containers().
 *
 * Immutable; free with sandcell_orphans_free().
 */
typedef struct sandcell_orphans sandcell_orphans;

/**
 * Started sandboxes with the same options, ready to be taken.
 *
 * Each is handed out once and never comes back, so a job sees nothing of another
 * one, except through mounts that the options give to all. The waiting sandboxes
 * use memory on the engine's host, and a connection each; they are tied to this
 * process. A pool has up to four threads of its own.
 *
 * Keeps its client alive. Free with sandcell_pool_free(), which removes the waiting
 * sandboxes. Those that were taken belong to you.
 */
typedef struct sandcell_pool sandcell_pool;

/**
 * Options for sandcell_pool_start().
 *
 * Reusable. Free with sandcell_pool_options_free().
 */
typedef struct sandcell_pool_options sandcell_pool_options;

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
 * A process that is killed frees nothing. So a sandbox is also tied to this
 * process: the engine removes the container when the process ends.
 */
typedef struct sandcell_sandbox sandcell_sandbox;

/**
 * The container that this process runs in, from sandcell_client_self_container().
 *
 * Immutable; free with sandcell_self_container_free().
 */
typedef struct sandcell_self_container sandcell_self_container;

/**
 * A text, or bytes, that a call returned.
 *
 * Immutable; free with sandcell_string_free().
 */
typedef struct sandcell_string sandcell_string;

/**
 * Texts that a call returned.
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
 * The versions of the engine and of this library, from sandcell_client_version().
 *
 * Immutable; free with sandcell_version_info_free().
 */
typedef struct sandcell_version_info sandcell_version_info;

/**
 * A volume, from sandcell_client_create_volume(), sandcell_client_inspect_volume()
 * or sandcell_volumes_get().
 *
 * Only a description: freeing it does not remove the volume. Immutable; free with
 * sandcell_volume_free(), unless it is borrowed.
 */
typedef struct sandcell_volume sandcell_volume;

/**
 * The volumes to list, for sandcell_client_list_volumes(): those that meet all
 * conditions.
 *
 * Reusable. Free with sandcell_volume_filter_free().
 */
typedef struct sandcell_volume_filter sandcell_volume_filter;

/**
 * A volume to create, for sandcell_client_create_volume().
 *
 * Reusable. Free with sandcell_volume_options_free().
 */
typedef struct sandcell_volume_options sandcell_volume_options;

/**
 * A list of volumes, from sandcell_client_list_volumes().
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
 * The result of a call: SANDCELL_OK, or one of SANDCELL_ERR_*.
 *
 * Failures are negative. Numbers are never reused. A later version may add some:
 * treat an unknown one as a failure.
 */
typedef int32_t sandcell_status;

/**
 * The level of a log record, or the most verbose one to log: one of SANDCELL_LOG_*.
 */
typedef int32_t sandcell_log_level;

/**
 * Receives a log record.
 *
 * **It may be called by any thread**, including the library's own, and by several at
 * once. It must not set a callback, and library calls that it makes are not logged.
 * It must return: no longjmp(), no exception.
 *
 * @param ctx                   in: the pointer that was set with the callback
 * @param level                 in: one of SANDCELL_LOG_*
 * @param target, target_len    in: the part of the library, such as
 *                              "sandcell::pull"; followed by a NUL that the
 *                              length does not include
 * @param message, message_len  in: followed by a NUL that the length does not
 *                              include
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
 * Something that not every engine supports: one of SANDCELL_ENGINE_FEATURE_*.
 *
 * A later version may add some.
 */
typedef int32_t sandcell_engine_feature;

/**
 * What a container can connect to: one of SANDCELL_NETWORK_*.
 */
typedef int32_t sandcell_network_mode;

/**
 * The protocol of a port: SANDCELL_TCP or SANDCELL_UDP.
 */
typedef int32_t sandcell_protocol;

/**
 * Something that confines a container: one of SANDCELL_PROTECTION_*.
 *
 * A later version may add some.
 */
typedef int32_t sandcell_protection;

/**
 * What a container's lifetime is tied to: one of SANDCELL_LIFETIME_*.
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
 * What happens to output beyond the limit: one of SANDCELL_OVERFLOW_*.
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
 * How files are transferred to and from a container: one of
 * SANDCELL_TRANSFER_METHOD_*.
 */
typedef int32_t sandcell_transfer_method;

/**
 * What to do with a downloaded symlink that may lead out of the tree: one of
 * SANDCELL_EXTERNAL_SYMLINKS_*.
 */
typedef int32_t sandcell_external_symlinks;

/**
 * Receives the progress of a transfer, for every entry and every 64 KiB of a file.
 *
 * To end the transfer from within, cancel the client's token.
 *
 * @param ctx             in: the pointer that was set with the callback
 * @param bytes           in: bytes of files transferred so far
 * @param entries         in: files, directories and symlinks so far, including the
 *                        current one
 * @param path, path_len  in: the current one, relative to the directory that is
 *                        copied; bytes, followed by a NUL that the length does
 *                        not include
 *
 * Threads: called on the thread that transfers.
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
 * Receives what a transfer skips.
 *
 * @param ctx             in: the pointer that was set with the callback
 * @param reason          in: one of SANDCELL_SKIPPED_*; a later version may add
 *                        some
 * @param path, path_len  in: what is skipped, with everything below it, relative
 *                        to the directory that is copied; bytes, followed by a
 *                        NUL that the length does not include
 *
 * Threads: called on the thread that transfers.
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
 * Receives the progress of a pull, many times a second for each layer.
 *
 * To end the pull from within, cancel the client's token.
 *
 * @param ctx                 in: the pointer that was set with the callback
 * @param layer, layer_len    in: a short id, the tag, or ""; followed by a NUL
 *                            that the length does not include
 * @param status, status_len  in: the layer's status, such as "Downloading";
 *                            followed by a NUL that the length does not include
 * @param current             in: bytes done so far, or SANDCELL_UNKNOWN_SIZE
 * @param total               in: bytes in total, or SANDCELL_UNKNOWN_SIZE
 *
 * Threads: called on the thread that pulls.
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

/** The first number of this header's version. */
#define SANDCELL_VERSION_MAJOR 0
/** The second number of this header's version. */
#define SANDCELL_VERSION_MINOR 1
/** The third number of this header's version. */
#define SANDCELL_VERSION_PATCH 0

/**
 * This header's version as one number, which is greater for a later version; see
 * sandcell_version_number().
 */
#define SANDCELL_VERSION_NUMBER (((SANDCELL_VERSION_MAJOR * 1000000) + (SANDCELL_VERSION_MINOR * 1000)) + SANDCELL_VERSION_PATCH)

/**
 * Returns the version of the library that the program is running with.
 *
 * @return  a static text such as "0.1.0", never NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_version(void);

/**
 * Returns the version of the library that the program is running with as a number,
 * to compare with SANDCELL_VERSION_NUMBER.
 *
 * A library with the same SONAME has everything that the header declares if this is
 * at least SANDCELL_VERSION_NUMBER.
 *
 * @return  MAJOR * 1000000 + MINOR * 1000 + PATCH: 1000 for 0.1.0.
 *
 * Threads: any.
 * Since: 0.1.0
 */
uint32_t sandcell_version_number(void);

/* -------------------------------------------------------------------------
 * Sentinels: values in place of a length or a time.
 * ------------------------------------------------------------------------- */

/** In place of a number of milliseconds: no timeout. */
#define SANDCELL_NO_TIMEOUT UINT64_MAX
/** In place of a length: up to the first NUL. */
#define SANDCELL_CSTR SIZE_MAX

/* -------------------------------------------------------------------------
 * Errors: why a call failed.
 *
 * Decide on the status or on the predicates, never on the message.
 * ------------------------------------------------------------------------- */

/** The call succeeded. */
#define SANDCELL_OK 0
/** An argument is invalid; the message names it. Nothing was sent. */
#define SANDCELL_ERR_INVALID_ARGUMENT (-1)
/** This build or this engine does not support the request. */
#define SANDCELL_ERR_UNSUPPORTED (-2)
/** The endpoint's socket does not exist: there is no engine. */
#define SANDCELL_ERR_ENGINE_NOT_FOUND (-3)
/** This process may not open the engine's socket, or a TLS file. */
#define SANDCELL_ERR_PERMISSION_DENIED (-4)
/** The endpoint exists, but nothing accepts connections on it. */
#define SANDCELL_ERR_CONNECTION_REFUSED (-5)
/** The engine cannot be reached for another reason. */
#define SANDCELL_ERR_UNREACHABLE (-6)
/** A timeout passed: the caller's or a default one; the message says which. */
#define SANDCELL_ERR_TIMEOUT (-7)
/** The client's cancel token was cancelled. */
#define SANDCELL_ERR_CANCELLED (-8)
/** The client was closed. */
#define SANDCELL_ERR_CLOSED (-9)
/** The connection ended in the middle of a response or of a command's output. */
#define SANDCELL_ERR_DISCONNECTED (-10)
/** The engine's response violates the Engine API. */
#define SANDCELL_ERR_PROTOCOL (-11)
/** Engine and library have no version of the Engine API in common. */
#define SANDCELL_ERR_API_VERSION (-12)
/** The container, image, volume or exec, or a path in a container, does not exist. */
#define SANDCELL_ERR_NOT_FOUND (-13)
/** The object's state forbids the operation, or its name is taken. */
#define SANDCELL_ERR_CONFLICT (-14)

/**
 * The engine reported that an image could not be pulled, for a reason that has no
 * status of its own.
 */
#define SANDCELL_ERR_PULL (-15)

/** Any other error response of the engine; see sandcell_error_http_status(). */
#define SANDCELL_ERR_ENGINE (-16)

/**
 * A local file, descriptor or thread could not be opened or created, or a callback
 * failed.
 */
#define SANDCELL_ERR_IO (-17)

/** A bug: the library panicked, and the panic was contained. */
#define SANDCELL_ERR_PANIC (-18)
/** The program of a command does not exist in the container. */
#define SANDCELL_ERR_COMMAND_NOT_FOUND (-19)
/** The program of a command may not be executed, or is not a program. */
#define SANDCELL_ERR_COMMAND_NOT_EXECUTABLE (-20)
/** A command's working directory does not exist or may not be entered. */
#define SANDCELL_ERR_BAD_WORKING_DIR (-21)

/**
 * The user or the group of a command does not exist in the container, or is not a
 * valid name or number.
 */
#define SANDCELL_ERR_BAD_USER (-22)

/** A command could not be started for another reason. */
#define SANDCELL_ERR_EXEC_START (-23)

/**
 * A path in the container has the wrong type: a directory instead of a file, a file
 * instead of a directory, or neither.
 */
#define SANDCELL_ERR_WRONG_FILE_TYPE (-24)

/** A path in the container may not be read or written. */
#define SANDCELL_ERR_FILE_ACCESS (-25)
/** The data exceeds the caller's limit. */
#define SANDCELL_ERR_TOO_LARGE (-26)

/**
 * An archive from a container is malformed, or one of its entries would be unsafe
 * on this host.
 */
#define SANDCELL_ERR_BAD_ARCHIVE (-27)

/**
 * The TLS handshake failed: one side does not accept the other's certificate, or
 * only one of them uses TLS.
 */
#define SANDCELL_ERR_TLS (-28)

/** The registry requires (different) credentials. */
#define SANDCELL_ERR_UNAUTHORIZED (-29)
/** The registry's rate limit is exceeded. */
#define SANDCELL_ERR_RATE_LIMITED (-30)
/** The engine's disk is full. */
#define SANDCELL_ERR_NO_SPACE (-31)

/**
 * The container has ended: a command cannot be started, or was interrupted; see
 * sandcell_error_container_state().
 */
#define SANDCELL_ERR_CONTAINER_ENDED (-32)

/**
 * The arguments and the environment of a command are longer than the kernel allows:
 * 131071 bytes for each of them, and 2 MiB less 16 KiB for all, counting 9 more for
 * each.
 */
#define SANDCELL_ERR_ARGUMENTS_TOO_LONG (-33)

/**
 * Returns the status of the call that failed.
 *
 * @param error  in, may be NULL
 *
 * @return  the same SANDCELL_ERR_* as the call; SANDCELL_OK for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_error_kind(const sandcell_error *error);

/**
 * Returns the message: the error and the chain of its causes, on one line.
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
 * Returns the HTTP status of the engine's error response.
 *
 * @param error  in, may be NULL
 *
 * @return  400 or more; 0 if there is none.
 *
 * Threads: any.
 * Since: 0.1.0
 */
int32_t sandcell_error_http_status(const sandcell_error *error);

/**
 * Returns the operating system's error number behind the error.
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
 * Returns whether an argument is invalid. Nothing was sent.
 *
 * @param error  in, may be NULL
 *
 * @return  true if so; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_invalid_argument(const sandcell_error *error);

/**
 * Returns whether the container, image, volume or exec does not exist.
 *
 * @param error  in, may be NULL
 *
 * @return  true if so; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_not_found(const sandcell_error *error);

/**
 * Returns whether the object's state forbids the operation, or its name is taken.
 *
 * @param error  in, may be NULL
 *
 * @return  true if so; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_conflict(const sandcell_error *error);

/**
 * Returns whether the container has ended; see sandcell_error_container_state().
 *
 * @param error  in, may be NULL
 *
 * @return  true if so; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_container_ended(const sandcell_error *error);

/**
 * Returns the state of the container whose end is the reason.
 *
 * If the container has already been removed, it has no exit code, and its status is
 * SANDCELL_CONTAINER_UNKNOWN.
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
 * Returns whether a timeout passed.
 *
 * @param error  in, may be NULL
 *
 * @return  true if so; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_timeout(const sandcell_error *error);

/**
 * Returns whether the call was cancelled by its token.
 *
 * @param error  in, may be NULL
 *
 * @return  true if so; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_cancelled(const sandcell_error *error);

/**
 * Returns whether the engine could not be connected to, for any reason.
 *
 * @param error  in, may be NULL
 *
 * @return  true if so; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_unreachable(const sandcell_error *error);

/**
 * Returns whether a command could not be started: its program, working directory or
 * user is wrong, or the engine failed. The command did not run.
 *
 * @param error  in, may be NULL
 *
 * @return  true if so; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_exec_start(const sandcell_error *error);

/**
 * Returns whether the same call may succeed later: the engine was unreachable, busy
 * or too slow, or a rate limit was exceeded.
 *
 * The first attempt may have had an effect: repeat only idempotent calls.
 *
 * @param error  in, may be NULL
 *
 * @return  true if so; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_error_is_retryable(const sandcell_error *error);

/**
 * Frees an error.
 *
 * Not for a borrowed error, such as that of sandcell_exec_result_lost_reason().
 *
 * @param error  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the error.
 * Since: 0.1.0
 */
void sandcell_error_free(sandcell_error *error);

/* -------------------------------------------------------------------------
 * The log.
 *
 * Nothing is logged unless the program sets a callback, and nothing is printed.
 * ------------------------------------------------------------------------- */

/** Something could not be cleaned up, and no call reports it. */
#define SANDCELL_LOG_ERROR 1
/** Something unexpected that does not make a call fail. */
#define SANDCELL_LOG_WARN 2
/** Progress, for example of pulls. */
#define SANDCELL_LOG_INFO 3
/** Decisions. */
#define SANDCELL_LOG_DEBUG 4
/** All network traffic, **unredacted** except for registry credentials. */
#define SANDCELL_LOG_TRACE 5

/**
 * Sets the callback that receives the log of all clients of this process.
 *
 * Replaces the previous one, which is not called any more once this function has
 * returned: its ctx can be freed then.
 *
 * Default: none
 *
 * @param level  in: one of SANDCELL_LOG_*; more verbose records are not made
 * @param log    in; NULL for none
 * @param ctx    in, may be NULL: for the callback
 * @param error  out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  level is none of SANDCELL_LOG_*
 *          SANDCELL_ERR_CONFLICT          called from within the callback, or the
 *                                         process is a Rust program that has a logger
 *                                         of its own
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_log_set_callback(sandcell_log_level level,
                                          sandcell_log_fn log,
                                          void *ctx,
                                          sandcell_error **error);

/* -------------------------------------------------------------------------
 * Strings: texts or bytes that a call returns.
 * ------------------------------------------------------------------------- */

/**
 * Returns the text or the bytes.
 *
 * @param string  in, may be NULL
 * @param len     out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text or bytes, borrowed from the string; "" for NULL.
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
 * Lists of strings that a call returns.
 * ------------------------------------------------------------------------- */

/**
 * Returns how many texts there are.
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
 * Returns one of the texts.
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
 * Returns whether sandcell_cancel_token_cancel() was called.
 *
 * @param token  in, may be NULL
 *
 * @return  true if so; false for NULL.
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
 * Client builders: how to reach an engine, and its timeouts.
 * ------------------------------------------------------------------------- */

/**
 * Makes a builder with the defaults, which does not use the environment.
 *
 * @return  owned by the caller, never NULL; free with
 *          sandcell_client_builder_free().
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_client_builder *sandcell_client_builder_new(void);

/**
 * Makes a builder from the environment, by the rules of the Docker CLI: from
 * DOCKER_HOST, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY, DOCKER_API_VERSION, DOCKER_CONFIG
 * and DOCKER_AUTH_CONFIG.
 *
 * @param builder  out: owned by the caller; free with
 *                 sandcell_client_builder_free()
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK                    *builder is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  a variable is invalid
 *
 * Threads: any, as long as no other changes the environment.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_builder_from_env(sandcell_client_builder **builder,
                                                 sandcell_error **error);

/**
 * Sets the engine's address, in the form of DOCKER_HOST.
 *
 * One of unix:///path, tcp://host:port, http://host:port (never TLS),
 * https://host:port (always TLS) and ssh://user@host:port. The port defaults to
 * 2375, or 2376 with TLS; the user is optional. tcp:// uses TLS if one of the TLS
 * setters below was called. For ssh://, the local ssh program runs docker on the
 * remote host.
 *
 * Default: unix:///var/run/docker.sock
 *
 * @param builder         changed
 * @param host, host_len  in: UTF-8, checked by sandcell_client_builder_build()
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_builder_set_host(sandcell_client_builder *builder,
                                                 const char *host,
                                                 size_t host_len,
                                                 sandcell_error **error);

/**
 * Uses TLS over tcp://, and sets the certificate authorities to verify the engine
 * with.
 *
 * No others are trusted, not even those that the system trusts.
 *
 * @param builder         changed
 * @param file, file_len  in: a path; the file, in PEM, is read by
 *                        sandcell_client_builder_build()
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_builder_set_tls_ca(sandcell_client_builder *builder,
                                                   const char *file,
                                                   size_t file_len,
                                                   sandcell_error **error);

/**
 * Uses TLS over tcp://, and authenticates this client with a certificate.
 *
 * The key must not be encrypted.
 *
 * @param builder         changed
 * @param cert, cert_len  in: the path of the client's certificate; the file, in
 *                        PEM, is read by sandcell_client_builder_build()
 * @param key, key_len    in: the path of its private key, likewise
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_builder_set_tls_client_cert(sandcell_client_builder *builder,
                                                            const char *cert,
                                                            size_t cert_len,
                                                            const char *key,
                                                            size_t key_len,
                                                            sandcell_error **error);

/**
 * Uses TLS over tcp://, and sets whether to accept any server, without verifying
 * its certificate.
 *
 * Insecure: an attacker on the network can read and change everything. Overrides
 * sandcell_client_builder_set_tls_ca().
 *
 * Default: false
 *
 * @param builder  changed
 * @param accept   in
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_builder_set_tls_accept_any_server(sandcell_client_builder *builder,
                                                                  bool accept,
                                                                  sandcell_error **error);

/**
 * Sets the version of the Engine API to use.
 *
 * Default: the newest that both sides support.
 *
 * @param builder               changed
 * @param version, version_len  in: such as "1.41"
 * @param error                 out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  it does not have the form "1.41"
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_builder_set_api_version(sandcell_client_builder *builder,
                                                        const char *version,
                                                        size_t version_len,
                                                        sandcell_error **error);

/**
 * Sets the timeout for connecting.
 *
 * Default: 10000 ms
 *
 * @param builder     changed
 * @param timeout_ms  in: milliseconds; with 0, every attempt times out
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_builder_set_connect_timeout_ms(sandcell_client_builder *builder,
                                                               uint64_t timeout_ms,
                                                               sandcell_error **error);

/**
 * Sets the timeout of a request to the engine, for calls that have none of their
 * own.
 *
 * Default: 60000 ms
 *
 * @param builder     changed
 * @param timeout_ms  in: milliseconds; with 0, every request times out
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_builder_set_request_timeout_ms(sandcell_client_builder *builder,
                                                               uint64_t timeout_ms,
                                                               sandcell_error **error);

/**
 * Sets the Docker config directory.
 *
 * Its config.json has the credentials for registries, or names the
 * docker-credential-... programs that have them. It is read for each pull, by the
 * rules of the docker command: what the file says of other things does not matter,
 * and if a program fails, the file's own "auths" are used.
 *
 * What cannot be used is logged as a warning. If the registry then refuses the pull,
 * the error says which credentials were used, or why none.
 *
 * Default: none; with sandcell_client_builder_from_env(), DOCKER_CONFIG or else
 * ~/.docker; DOCKER_AUTH_CONFIG comes before the file
 *
 * @param builder       changed
 * @param dir, dir_len  in: a path; bytes without NUL
 * @param error         out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_builder_set_docker_config(sandcell_client_builder *builder,
                                                          const char *dir,
                                                          size_t dir_len,
                                                          sandcell_error **error);

/**
 * Makes a client.
 *
 * Nothing is sent: sandcell_client_version() tells whether the engine can be
 * reached.
 *
 * @param builder  in
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
sandcell_status sandcell_client_builder_build(const sandcell_client_builder *builder,
                                              sandcell_client **client,
                                              sandcell_error **error);

/**
 * Frees a builder; clients made with it are not affected.
 *
 * @param builder  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the builder.
 * Since: 0.1.0
 */
void sandcell_client_builder_free(sandcell_client_builder *builder);

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
 * Makes a client that shares the connection of another, and whose calls all have
 * the same deadline: together, they may take a given time from now on.
 *
 * A call that is running then fails with SANDCELL_ERR_TIMEOUT, as does every later
 * one; for a command that is running it is a result with SANDCELL_OUTCOME_TIMED_OUT.
 * An earlier deadline of the other client stays in force.
 *
 * @param client       in: unchanged, and may be freed first
 * @param deadline_ms  in: milliseconds from now; with 0, every call times out at
 *                     once
 * @param derived      out: owned by the caller; free with sandcell_client_free()
 * @param error        out, may be NULL
 *
 * @return  SANDCELL_OK  *derived is set
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_with_deadline_ms(const sandcell_client *client,
                                                 uint64_t deadline_ms,
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
 * Version information about the engine and this library.
 * ------------------------------------------------------------------------- */

/**
 * Returns the engine's own version, such as "20.10.24".
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
 * Returns the newest Engine API version that the engine supports.
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
 * Returns the oldest Engine API version that the engine supports.
 *
 * @param version  in, may be NULL
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text such as "1.12", borrowed from the version; "" for NULL, or
 *          if the engine does not report it.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_version_info_engine_api_min(const sandcell_version_info *version,
                                                 size_t *len);

/**
 * Returns the engine's operating system.
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
 * Returns the engine's architecture.
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
 * Returns the newest Engine API version that this library supports.
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
 * Returns the Engine API version that the client uses.
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
 * Optional engine features: what not every engine supports.
 * ------------------------------------------------------------------------- */

/** A memory limit. */
#define SANDCELL_ENGINE_FEATURE_MEMORY_LIMIT 1
/** A swap limit. */
#define SANDCELL_ENGINE_FEATURE_SWAP_LIMIT 2
/** A limit on CPU time. */
#define SANDCELL_ENGINE_FEATURE_CPU_LIMIT 3
/** A limit on the number of processes. */
#define SANDCELL_ENGINE_FEATURE_PIDS_LIMIT 4
/** A memory limit without a swap limit. */
#define SANDCELL_ENGINE_FEATURE_UNLIMITED_SWAP 5
/** Filtering system calls. */
#define SANDCELL_ENGINE_FEATURE_SECCOMP 6
/** Filtering system calls with a custom profile. */
#define SANDCELL_ENGINE_FEATURE_SECCOMP_PROFILE 7
/** Choosing the runtime. */
#define SANDCELL_ENGINE_FEATURE_RUNTIME 8
/** Mounting a subdirectory of a volume. */
#define SANDCELL_ENGINE_FEATURE_VOLUME_SUBPATH 9
/** Pausing a container. */
#define SANDCELL_ENGINE_FEATURE_PAUSE 10

/**
 * Delivering what a command writes right before it exits, even if it leaves input
 * unread.
 */
#define SANDCELL_ENGINE_FEATURE_OUTPUT_DESPITE_UNREAD_INPUT 11

/** Proving that a killed command is gone. */
#define SANDCELL_ENGINE_FEATURE_PROVEN_KILL 12
/** Proving it while commands of other users run in the container. */
#define SANDCELL_ENGINE_FEATURE_PROVEN_KILL_BESIDE_OTHERS 13

/**
 * Showing commands the files of SANDCELL_TRANSFER_METHOD_ARCHIVE, and the other way, while
 * the container runs.
 */
#define SANDCELL_ENGINE_FEATURE_ARCHIVE_TRANSFER 14

/**
 * Asks the engine which optional features it supports. What needs a feature that it
 * does not support fails with SANDCELL_ERR_UNSUPPORTED.
 *
 * @param client    in
 * @param features  out: owned by the caller; free with
 *                  sandcell_engine_features_free()
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK  *features is set
 *          any other    the engine could not be asked
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_engine_features(const sandcell_client *client,
                                                sandcell_engine_features **features,
                                                sandcell_error **error);

/**
 * Returns how many features there are, supported or not.
 *
 * @param features  in, may be NULL
 *
 * @return  the number; 0 for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
size_t sandcell_engine_features_len(const sandcell_engine_features *features);

/**
 * Returns one of the features, to go through all of them.
 *
 * @param features  in, may be NULL
 * @param index     in: from 0
 *
 * @return  one of SANDCELL_ENGINE_FEATURE_*; 0 for NULL or an index that is too
 *          large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_engine_feature sandcell_engine_features_get(const sandcell_engine_features *features,
                                                     size_t index);

/**
 * Returns whether the engine supports a feature.
 *
 * @param features  in, may be NULL
 * @param number    in: one of SANDCELL_ENGINE_FEATURE_*
 *
 * @return  true if it does; false for NULL or another number.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_engine_features_supports(const sandcell_engine_features *features,
                                       sandcell_engine_feature number);

/**
 * Returns why the engine does not support a feature.
 *
 * @param features  in, may be NULL
 * @param number    in: one of SANDCELL_ENGINE_FEATURE_*
 * @param len       out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the features; "" for a feature that is supported,
 *          for NULL or another number.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_engine_features_why_not(const sandcell_engine_features *features,
                                             sandcell_engine_feature number,
                                             size_t *len);

/**
 * Returns all features as a table, for people.
 *
 * @param features  in, may be NULL
 * @param len       out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the features; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_engine_features_table(const sandcell_engine_features *features,
                                           size_t *len);

/**
 * Frees features, and everything that was borrowed from them.
 *
 * @param features  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the features.
 * Since: 0.1.0
 */
void sandcell_engine_features_free(sandcell_engine_features *features);

/* -------------------------------------------------------------------------
 * Create options: a container to create.
 *
 * Its PID 1 is idle, and the container waits for commands. By default it has no
 * network, no capabilities, no way to gain privileges, 2 GiB of memory without swap,
 * the time of 2 CPUs, 512 processes and threads, and an init process that reaps
 * orphaned children. The sections that follow have more options.
 * ------------------------------------------------------------------------- */

/**
 * Makes options for a container of an image, with the defaults.
 *
 * @param image, image_len  in: a reference such as "busybox:latest" (the tag
 *                          defaults to "latest") or an id. The image must
 *                          have /bin/sh, cat and tail
 * @param options           out: owned by the caller; free with
 *                          sandcell_create_options_free()
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK  *options is set
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
 * Default: a unique name that the library generates
 *
 * @param options         changed
 * @param name, name_len  in: at least two letters, digits, "_", "." or "-"
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
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
 * @param name, name_len  in: its name in the engine's configuration, such as
 *                        "runsc"
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_runtime(sandcell_create_options *options,
                                                    const char *name,
                                                    size_t name_len,
                                                    sandcell_error **error);

/**
 * Sets the working directory of PID 1 and of commands that do not set one.
 *
 * Default: the workspace, or else the image's
 *
 * @param options         changed
 * @param path, path_len  in: an absolute path in the container
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_working_dir(sandcell_create_options *options,
                                                        const char *path,
                                                        size_t path_len,
                                                        sandcell_error **error);

/**
 * Sets an environment variable of PID 1 and of every command. Each call adds one.
 *
 * Default: only the image's variables
 *
 * @param options           changed
 * @param name, name_len    in: not empty, without "="
 * @param value, value_len  in
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK
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
 * Sets the user of commands that do not set one. PID 1 runs as another user,
 * which commands cannot signal. Replaces
 * sandcell_create_options_set_workspace_user().
 *
 * Default: the image's
 *
 * @param options         changed
 * @param user, user_len  in: as name, uid, name:group or uid:gid
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_user(sandcell_create_options *options,
                                                 const char *user,
                                                 size_t user_len,
                                                 sandcell_error **error);

/**
 * Sets a label, replacing one with the same key. The library's own labels are
 * refused.
 *
 * Default: only the library's own
 *
 * @param options           changed
 * @param key, key_len      in: not empty
 * @param value, value_len  in
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK
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
 * Sets the session that the container belongs to. sandcell_sandbox_attach() finds
 * the container by it, and sandcell_orphans_session_id() returns it.
 *
 * Default: none
 *
 * @param options     changed
 * @param id, id_len  in: not empty
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_session_id(sandcell_create_options *options,
                                                       const char *id,
                                                       size_t id_len,
                                                       sandcell_error **error);

/**
 * Sets the container's home: a name, such as a directory of the host, that groups
 * the containers that one sandcell_client_cleanup_orphaned_containers() examines.
 *
 * Default: none, and no sweep finds the container
 *
 * @param options         changed
 * @param home, home_len  in: not empty; compared byte for byte
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_home(sandcell_create_options *options,
                                                 const char *home,
                                                 size_t home_len,
                                                 sandcell_error **error);

/**
 * Frees options; containers made with them are not affected.
 *
 * @param options  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the options.
 * Since: 0.1.0
 */
void sandcell_create_options_free(sandcell_create_options *options);

/* -------------------------------------------------------------------------
 * Create options: mounts.
 * ------------------------------------------------------------------------- */

/**
 * Mounts a directory of the host, writable, and makes it the working directory of
 * PID 1 and of commands that do not set one.
 *
 * The directory keeps its owner and its mode, and a command has no capabilities:
 * not even root may write to a directory of another user. If commands get
 * "Permission denied" there, let them run as its owner, with
 * sandcell_create_options_set_workspace_user().
 *
 * Default: none
 *
 * @param options             changed
 * @param source, source_len  in: an absolute path on the engine's host
 * @param target, target_len  in: an absolute path in the container
 * @param error               out, may be NULL
 *
 * @return  SANDCELL_OK
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
 * Makes the workspace's owner the user of commands that do not set one: the user
 * and group that own the directory, as this process sees it when the container is
 * created. So commands can write to the workspace, and what they create there
 * belongs to the same user. Replaces sandcell_create_options_set_user().
 *
 * Creating the container fails with SANDCELL_ERR_INVALID_ARGUMENT if there is no
 * workspace or this process cannot see it, and with SANDCELL_ERR_UNSUPPORTED if
 * the engine maps user ids (it is rootless, or uses user namespaces): there the
 * owner has another id in the container, which only you know.
 *
 * Default: the user that was set, or else the image's
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_workspace_user(sandcell_create_options *options,
                                                           sandcell_error **error);

/**
 * Mounts a directory or a file of the host. Each call adds one.
 *
 * Default: none
 *
 * @param options             changed
 * @param source, source_len  in: an absolute path on the engine's host, which
 *                            must exist
 * @param target, target_len  in: an absolute path in the container
 * @param read_only           in: whether the mount is read-only
 * @param error               out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_add_mount_bind(sandcell_create_options *options,
                                                       const char *source,
                                                       size_t source_len,
                                                       const char *target,
                                                       size_t target_len,
                                                       bool read_only,
                                                       sandcell_error **error);

/**
 * Mounts a volume, which is created if it does not exist. Each call adds one.
 *
 * Default: none
 *
 * @param options               changed
 * @param name, name_len        in: the volume's name
 * @param target, target_len    in: an absolute path in the container
 * @param read_only             in: whether the mount is read-only
 * @param no_copy               in: whether an empty volume stays empty, instead of
 *                              being filled with the image's files at the target
 * @param subpath, subpath_len  in: the directory of the volume to mount, a
 *                              relative path; empty for all of it. Needs an
 *                              engine with API 1.45
 * @param error                 out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_add_mount_volume(sandcell_create_options *options,
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
 * Mounts a tmpfs: an empty filesystem in memory, which ends with the container.
 * Each call adds one.
 *
 * Default: none
 *
 * @param options             changed
 * @param target, target_len  in: an absolute path in the container
 * @param size                in: its maximum size in bytes; 0 for half of the
 *                            host's memory. Its contents count towards the
 *                            container's memory
 * @param mode                in: the permissions of its root, such as 01777
 * @param executable          in: whether programs in it can be executed
 * @param error               out, may be NULL
 *
 * @return  SANDCELL_OK
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
 * Accepts workspaces and bind mounts without verifying that their source is, for the
 * engine, the same file or directory as for this process.
 *
 * For an engine on another machine that has the same paths.
 *
 * Default: a container whose mounts differ is refused
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_allow_unverified_mounts(sandcell_create_options *options,
                                                                sandcell_error **error);

/* -------------------------------------------------------------------------
 * Create options: network.
 * ------------------------------------------------------------------------- */

/**
 * Nothing but the container's own loopback interface. No name can be resolved:
 * programs report that as a failure of DNS.
 */
#define SANDCELL_NETWORK_DISABLED 0

/** Everything that the engine's default network can reach. */
#define SANDCELL_NETWORK_ALLOW_ALL 1
/** TCP. */
#define SANDCELL_TCP 0
/** UDP. */
#define SANDCELL_UDP 1

/**
 * Sets what the container can connect to.
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
 * Connects the container to a network of the engine. An internal network reaches
 * only the containers in it.
 *
 * Default: SANDCELL_NETWORK_DISABLED
 *
 * @param options         changed
 * @param name, name_len  in: the network's name or id
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_network(sandcell_create_options *options,
                                                    const char *name,
                                                    size_t name_len,
                                                    sandcell_error **error);

/**
 * Publishes a port of the container on the engine's host. Needs a network. Each
 * call adds one.
 *
 * Default: none
 *
 * @param options         changed
 * @param protocol        in: SANDCELL_TCP or SANDCELL_UDP
 * @param port            in: the container's port; not 0
 * @param host, host_len  in: an IP address of the host; empty for 127.0.0.1
 * @param host_port       in: the host's port; 0 for a free one, which
 *                        sandcell_container_published_address() returns
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  there is no such protocol or address
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_publish(sandcell_create_options *options,
                                                sandcell_protocol protocol,
                                                uint16_t port,
                                                const char *host,
                                                size_t host_len,
                                                uint16_t host_port,
                                                sandcell_error **error);

/**
 * Sets the container's host name.
 *
 * Default: derived from the id by the engine
 *
 * @param options         changed
 * @param name, name_len  in: 1 to 63 letters, digits, "-" and "."
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_hostname(sandcell_create_options *options,
                                                     const char *name,
                                                     size_t name_len,
                                                     sandcell_error **error);

/* -------------------------------------------------------------------------
 * Create options: resource limits.
 *
 * If the engine does not enforce a limit that is set here, the container is refused,
 * unless sandcell_create_options_allow_unenforced() accepts that. A limit that is
 * only the default never causes a refusal.
 * ------------------------------------------------------------------------- */

/**
 * Limits the memory of all processes together.
 *
 * Default: 2 GiB
 *
 * @param options  changed
 * @param bytes    in: not 0
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_memory(sandcell_create_options *options,
                                                   uint64_t bytes,
                                                   sandcell_error **error);

/**
 * Removes the limits on memory and swap.
 *
 * Default: both are limited
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_without_memory_limit(sandcell_create_options *options,
                                                             sandcell_error **error);

/**
 * Sets how much swap the container may use in addition to memory.
 *
 * Default: 0
 *
 * @param options  changed
 * @param bytes    in
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_swap(sandcell_create_options *options,
                                                 uint64_t bytes,
                                                 sandcell_error **error);

/**
 * Removes the limit on swap.
 *
 * Default: there is no swap
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_without_swap_limit(sandcell_create_options *options,
                                                           sandcell_error **error);

/**
 * Limits CPU time.
 *
 * Default: 2 CPUs
 *
 * @param options  changed
 * @param cpus     in: a number of CPUs, at least 0.01; 0.5 is half of one
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_cpus(sandcell_create_options *options,
                                                 double cpus,
                                                 sandcell_error **error);

/**
 * Removes the limit on CPU time.
 *
 * Default: CPU time is limited
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
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
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_pids(sandcell_create_options *options,
                                                 uint32_t count,
                                                 sandcell_error **error);

/**
 * Removes the limit on the number of processes and threads.
 *
 * Default: the number is limited
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_without_pids_limit(sandcell_create_options *options,
                                                           sandcell_error **error);

/**
 * Sets the size of /dev/shm.
 *
 * Default: the engine's, usually 64 MiB
 *
 * @param options  changed
 * @param bytes    in: not 0
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_shm_size(sandcell_create_options *options,
                                                     uint64_t bytes,
                                                     sandcell_error **error);

/**
 * Sets a resource limit (ulimit) of each process. Each call adds one.
 *
 * crun 1.8 keeps its filter of system calls in a file: with a "fsize" below that,
 * some 8 KiB, the container ends as it starts, with exit code 1.
 *
 * Default: the engine's
 *
 * @param options         changed
 * @param name, name_len  in: in lower case, such as "nofile" or "fsize"
 * @param soft            in: the soft limit; -1 for none
 * @param hard            in: the hard limit; -1 for none
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
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
 * Accepts that the engine does not enforce a limit that these options set, or does
 * not report whether it does.
 *
 * Default: the container is refused
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
 * Create options: privileges.
 *
 * Each function removes a protection, or adds one.
 * ------------------------------------------------------------------------- */

/**
 * Adds a Linux capability. Each call adds one.
 *
 * Default: none
 *
 * @param options         changed
 * @param name, name_len  in: its name without "CAP_", such as "NET_BIND_SERVICE"
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_cap_add(sandcell_create_options *options,
                                                const char *name,
                                                size_t name_len,
                                                sandcell_error **error);

/**
 * Keeps the capabilities that the engine grants by default.
 *
 * Default: all are dropped
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_keep_capabilities(sandcell_create_options *options,
                                                          sandcell_error **error);

/**
 * Lets processes gain privileges, for example by setuid programs.
 *
 * Default: they cannot
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_allow_new_privileges(sandcell_create_options *options,
                                                             sandcell_error **error);

/**
 * Sets the seccomp profile, which filters system calls.
 *
 * Default: the engine's profile
 *
 * @param options         changed
 * @param json, json_len  in: the profile itself, not a file name
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_seccomp_profile(sandcell_create_options *options,
                                                            const char *json,
                                                            size_t json_len,
                                                            sandcell_error **error);

/**
 * Disables seccomp: allows all system calls.
 *
 * Default: the engine's profile
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_seccomp_unconfined(sandcell_create_options *options,
                                                               sandcell_error **error);

/**
 * Sets the container's AppArmor profile.
 *
 * Default: the engine's
 *
 * @param options               changed
 * @param profile, profile_len  in: its name on the engine's host
 * @param error                 out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_apparmor(sandcell_create_options *options,
                                                     const char *profile,
                                                     size_t profile_len,
                                                     sandcell_error **error);

/**
 * Sets whether the root filesystem is read-only. Mounts and tmpfs stay writable.
 *
 * Default: false
 *
 * @param options    changed
 * @param read_only  in
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_read_only_root(sandcell_create_options *options,
                                                           bool read_only,
                                                           sandcell_error **error);

/**
 * Runs the idle process as PID 1, without an init process.
 *
 * Orphaned processes then remain as zombies, which count as processes.
 *
 * Default: there is an init process
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_without_init(sandcell_create_options *options,
                                                     sandcell_error **error);

/* -------------------------------------------------------------------------
 * Create options: the container's lifetime.
 * ------------------------------------------------------------------------- */

/** Nothing: the container runs until it is stopped. */
#define SANDCELL_LIFETIME_DETACHED 0

/**
 * This process: the engine removes the container when the process has ended, in
 * whatever way, or when the client is closed. A child of fork() that has not called
 * exec keeps the container alive, too. A restart of the engine ends the container
 * as well.
 */
#define SANDCELL_LIFETIME_TIED_TO_HOST 1

/**
 * Sets what the container's lifetime is tied to.
 *
 * Default: SANDCELL_LIFETIME_TIED_TO_HOST for sandcell_sandbox_start(), and
 * SANDCELL_LIFETIME_DETACHED for sandcell_client_create_and_start()
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
 * Sets the container's maximum lifetime. When it has passed, the container ends by
 * itself, with everything that runs in it, and the engine removes it.
 *
 * Default: unlimited
 *
 * @param options  changed
 * @param max_ms   in: milliseconds, rounded up to seconds; not 0, at most a year.
 *                 Checked by sandcell_client_create_and_start()
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_max_lifetime_ms(sandcell_create_options *options,
                                                            uint64_t max_ms,
                                                            sandcell_error **error);

/**
 * Sets the default of sandcell_exec_options_set_kill_container_after_ms() for all
 * commands in the container.
 *
 * Default: SANDCELL_NO_TIMEOUT (never)
 *
 * @param options   changed
 * @param after_ms  in: milliseconds, or SANDCELL_NO_TIMEOUT for never
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_create_options_set_kill_container_after_ms(sandcell_create_options *options,
                                                                    uint64_t after_ms,
                                                                    sandcell_error **error);

/**
 * Lets PID 1 run as the same user as commands that do not set one.
 *
 * Such commands can then stop or kill it and defeat the container's lifetime, and
 * no kill can be proven. For engines and images that cannot run it as another user.
 *
 * Default: PID 1 has a user of its own; otherwise the container is refused
 *
 * @param options  changed
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
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
 * the client that made it, unless sandcell_container_with_timeout_ms() or the like
 * gives a handle others.
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
 * @return  SANDCELL_OK                     the container is running, and *id is set
 *          SANDCELL_ERR_NOT_FOUND          there is no such image
 *          SANDCELL_ERR_PULL               the image could not be pulled
 *          SANDCELL_ERR_CONFLICT           the name is taken
 *          SANDCELL_ERR_UNSUPPORTED        the engine would not enforce a limit that
 *                                          the options set
 *          SANDCELL_ERR_BAD_USER           the image does not know the user
 *          SANDCELL_ERR_COMMAND_NOT_FOUND  the image has no /bin/sh, or lacks a
 *                                          program that PID 1 needs
 *          SANDCELL_ERR_COMMAND_NOT_EXECUTABLE
 *                                          its /bin/sh is for another machine, or
 *                                          may not be executed
 *          SANDCELL_ERR_CONTAINER_ENDED    the container ended as it started
 *          SANDCELL_ERR_WRONG_FILE_TYPE    a mount does not fit what it is over
 *          SANDCELL_ERR_ENGINE             the engine cannot create or start it
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
 * Returns a client that shares the connection and the limits of the one that made
 * the handle.
 *
 * @param container  in, may be NULL
 *
 * @return  a client, borrowed from the container: do not free it. NULL for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const sandcell_client *sandcell_container_client(const sandcell_container *container);

/**
 * Makes a handle to the same container whose calls each have a timeout; see
 * sandcell_client_with_timeout_ms().
 *
 * @param container   in: unchanged, and may be freed first
 * @param timeout_ms  in: milliseconds; with 0, every call times out at once
 * @param derived     out: owned by the caller; free with
 *                    sandcell_container_free()
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK  *derived is set
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_with_timeout_ms(const sandcell_container *container,
                                                   uint64_t timeout_ms,
                                                   sandcell_container **derived,
                                                   sandcell_error **error);

/**
 * Makes a handle to the same container whose calls together may take a given time
 * from now on; see sandcell_client_with_deadline_ms().
 *
 * @param container    in: unchanged, and may be freed first
 * @param deadline_ms  in: milliseconds from now; with 0, every call times out at
 *                     once
 * @param derived      out: owned by the caller; free with
 *                     sandcell_container_free()
 * @param error        out, may be NULL
 *
 * @return  SANDCELL_OK  *derived is set
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_with_deadline_ms(const sandcell_container *container,
                                                    uint64_t deadline_ms,
                                                    sandcell_container **derived,
                                                    sandcell_error **error);

/**
 * Makes a handle to the same container whose calls end when a token is cancelled;
 * see sandcell_client_with_cancel().
 *
 * @param container  in: unchanged, and may be freed first
 * @param token      in: kept alive by the derived handle, and may be freed first
 * @param derived    out: owned by the caller; free with sandcell_container_free()
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK  *derived is set
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_container_with_cancel(const sandcell_container *container,
                                               const sandcell_cancel_token *token,
                                               sandcell_container **derived,
                                               sandcell_error **error);

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
 * container can be reached; see sandcell_create_options_publish().
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
 * A container that was not created by this library gets the stop signal that it was
 * created with instead of TERM. A paused container may be killed at once.
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
 * Asks the engine whether a container is running. One that does not exist is not.
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
 * Returns whether PID 1 of the container exists, even if the container is paused.
 *
 * @param state  in, may be NULL
 *
 * @return  true if so; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_container_state_running(const sandcell_container_state *state);

/**
 * Returns the exit code of PID 1.
 *
 * @param state  in, may be NULL
 * @param code   out, may be NULL; written only if the result is true
 *
 * @return  whether there is one: false unless PID 1 has ended.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_container_state_exit_code(const sandcell_container_state *state,
                                        int64_t *code);

/**
 * Returns whether PID 1 was OOM-killed.
 *
 * Some engines also count other processes of the container.
 *
 * @param state  in, may be NULL
 *
 * @return  true if so; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_container_state_oom_killed(const sandcell_container_state *state);

/**
 * Returns the process id of PID 1 in the PID namespace of the engine.
 *
 * @param state  in, may be NULL
 * @param pid    out, may be NULL; written only if the result is true
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
 * Returns how many protections there are, in force or not.
 *
 * @param posture  in, may be NULL
 *
 * @return  the number; 0 for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
size_t sandcell_posture_len(const sandcell_posture *posture);

/**
 * Returns one of the protections, to go through all of them.
 *
 * @param posture  in, may be NULL
 * @param index    in: from 0
 *
 * @return  one of SANDCELL_PROTECTION_*; 0 for NULL or an index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_protection sandcell_posture_get(const sandcell_posture *posture,
                                         size_t index);

/**
 * Returns whether a protection is known to be in force.
 *
 * @param posture  in, may be NULL
 * @param number   in: one of SANDCELL_PROTECTION_*
 *
 * @return  true if so; false for NULL or another number.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_posture_is_enforced(const sandcell_posture *posture,
                                  sandcell_protection number);

/**
 * Returns whether a protection is in force, is not, or whether that is unknown.
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
 * @param ns         out, may be NULL: nanoseconds; written only if the result
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
 * @param bytes      out, may be NULL; written only if the result is true
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
 * @param count      out, may be NULL; written only if the result is true
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
 * @param count      out, may be NULL; written only if the result is true
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
 * Adds an argument. The first one is the program, which is looked up in the
 * container's PATH. No shell is involved: for a shell's code, see
 * sandcell_exec_options_set_shell().
 *
 * Default: none; at least one is needed
 *
 * @param options       changed
 * @param arg, arg_len  in
 * @param error         out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_add_arg(sandcell_exec_options *options,
                                              const char *arg,
                                              size_t arg_len,
                                              sandcell_error **error);

/**
 * Adds several arguments, as sandcell_exec_options_add_arg() does. If one is
 * invalid, adds none.
 *
 * Default: none
 *
 * @param options  changed
 * @param argv     in: n texts, each ending in NUL. NULL is valid only with n == 0
 * @param n        in: how many; a NULL behind them is not counted
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_add_args(sandcell_exec_options *options,
                                               const char *const *argv,
                                               size_t n,
                                               sandcell_error **error);

/**
 * Sets the command to a shell's code: /bin/sh, "-c" and the code, in place of all
 * arguments so far. Arguments that are added later become $0, $1 and so on.
 *
 * The shell interprets all of the code. Pass untrusted values as arguments, not as
 * parts of the code.
 *
 * Default: none
 *
 * @param options         changed
 * @param code, code_len  in
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_shell(sandcell_exec_options *options,
                                                const char *code,
                                                size_t code_len,
                                                sandcell_error **error);

/**
 * Sets the working directory. gVisor does not mind a file.
 *
 * Default: the container's
 *
 * @param options       changed
 * @param cwd, cwd_len  in: an absolute path in the container
 * @param error         out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_cwd(sandcell_exec_options *options,
                                              const char *cwd,
                                              size_t cwd_len,
                                              sandcell_error **error);

/**
 * Sets an environment variable. Each call adds one.
 *
 * Default: only the container's variables
 *
 * @param options           changed
 * @param name, name_len    in: not empty, without "="
 * @param value, value_len  in
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK
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
 * Default: the container's
 *
 * @param options         changed
 * @param user, user_len  in: as name, uid, name:group or uid:gid
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_user(sandcell_exec_options *options,
                                               const char *user,
                                               size_t user_len,
                                               sandcell_error **error);

/**
 * Sets the command's standard input: these bytes, then end-of-file.
 *
 * Default: empty for sandcell_container_exec(); for sandcell_container_start_exec(),
 * what sandcell_exec_write() writes
 *
 * @param options         changed
 * @param data, data_len  in: any bytes; copied
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK
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
 * Standard output and standard error are then one stream, SANDCELL_STDOUT, with the
 * terminal's echo and line endings.
 *
 * With crun 1.8 the terminal belongs to the container's user, so that a command
 * can open it as "/dev/tty" and not by its own name; gVisor has no name for it.
 *
 * Default: false
 *
 * @param options  changed
 * @param tty      in
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
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
 * Default: the engine's
 *
 * @param options        changed
 * @param rows, columns  in
 * @param error          out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_console_size(sandcell_exec_options *options,
                                                       uint16_t rows,
                                                       uint16_t columns,
                                                       sandcell_error **error);

/**
 * Sets how many unread bytes of each output stream are kept.
 * sandcell_exec_options_set_on_overflow() sets what happens to more.
 *
 * Default: 64 MiB for sandcell_container_exec(), which keeps them in memory, and
 * 1 GiB for sandcell_container_start_exec()
 *
 * @param options    changed
 * @param max_bytes  in
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_max_output(sandcell_exec_options *options,
                                                     uint64_t max_bytes,
                                                     sandcell_error **error);

/**
 * Sets how many unread bytes of each stream sandcell_container_start_exec() keeps in
 * memory. More go to an unlinked file in the directory for temporary files.
 *
 * Default: 1 MiB
 *
 * @param options    changed
 * @param max_bytes  in
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK
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
 * Output is read and counted in any case: a command never blocks because its output
 * is not read.
 *
 * Default: SANDCELL_OVERFLOW_KEEP_HEAD
 *
 * @param options   changed
 * @param overflow  in: one of SANDCELL_OVERFLOW_*
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  overflow is none of SANDCELL_OVERFLOW_*
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_on_overflow(sandcell_exec_options *options,
                                                      sandcell_overflow overflow,
                                                      sandcell_error **error);

/**
 * Sets the command's timeout. When it has passed, the command and all its
 * descendants are killed, and the outcome is SANDCELL_OUTCOME_TIMED_OUT.
 *
 * Default: SANDCELL_NO_TIMEOUT
 *
 * @param options     changed
 * @param timeout_ms  in: milliseconds, or SANDCELL_NO_TIMEOUT
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_timeout_ms(sandcell_exec_options *options,
                                                     uint64_t timeout_ms,
                                                     sandcell_error **error);

/**
 * Sets whether to measure what the container uses while the command runs, for
 * sandcell_exec_result_resources() and SANDCELL_VERDICT_MEMORY_LIMIT.
 *
 * This reads the container's cgroup before and after the command. Each read takes as
 * long as a short command.
 *
 * Default: false
 *
 * @param options  changed
 * @param measure  in
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_measure(sandcell_exec_options *options,
                                                  bool measure,
                                                  sandcell_error **error);

/**
 * Frees options; commands started with them are not affected.
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
 * Sets the time between SIGTERM and SIGKILL when the command is killed.
 *
 * Default: 2000 ms
 *
 * @param options   changed
 * @param grace_ms  in: milliseconds; 0 for SIGKILL at once
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_kill_grace_ms(sandcell_exec_options *options,
                                                        uint64_t grace_ms,
                                                        sandcell_error **error);

/**
 * Sets how long a kill may take, until the command is proven gone.
 *
 * After that the call returns with SANDCELL_TREE_UNKNOWN, and the kill continues in
 * the background. Applies to sandcell_exec_options_set_timeout_ms() and
 * sandcell_exec_kill(), and includes the time between SIGTERM and SIGKILL.
 *
 * Default: 10000 ms
 *
 * @param options          changed
 * @param kill_timeout_ms  in: milliseconds, or SANDCELL_NO_TIMEOUT; with 0, the
 *                         call returns at once
 * @param error            out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_kill_timeout_ms(sandcell_exec_options *options,
                                                          uint64_t kill_timeout_ms,
                                                          sandcell_error **error);

/**
 * Sets when to kill the whole container, with everything that runs in it, if a
 * killed command is not proven gone.
 *
 * The result is then SANDCELL_TREE_CONTAINER_KILLED.
 *
 * Default: that of sandcell_create_options_set_kill_container_after_ms()
 *
 * @param options   changed
 * @param after_ms  in: milliseconds from the start of the kill, or
 *                  SANDCELL_NO_TIMEOUT for never
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_options_set_kill_container_after_ms(sandcell_exec_options *options,
                                                                  uint64_t after_ms,
                                                                  sandcell_error **error);

/**
 * Sets whether the command runs as a user of its own: a uid that nothing else in
 * the container has, without a name, a home directory or other groups.
 *
 * The command can then be proven gone while other commands run, and it cannot
 * signal them. It can write only what every user can write. Cannot be combined with
 * sandcell_exec_options_set_user(); the call that runs the command checks that.
 *
 * Default: false
 *
 * @param options   changed
 * @param own_user  in
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
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
 * How commands ended: outcomes, verdicts, and what is left of a killed one.
 * ------------------------------------------------------------------------- */

/** An outcome that this version of the library does not know. */
#define SANDCELL_OUTCOME_UNKNOWN 0
/** It exited by itself, with an exit code. */
#define SANDCELL_OUTCOME_EXITED 1
/** Its timeout, or that of the client, passed first. */
#define SANDCELL_OUTCOME_TIMED_OUT 2
/** The client's token was cancelled. */
#define SANDCELL_OUTCOME_CANCELLED 3

/**
 * The connection, the engine or the container failed while the command was running:
 * how it ended, and whether the output is complete, is not known.
 * sandcell_exec_result_lost_reason() says why.
 */
#define SANDCELL_OUTCOME_LOST 4

/** It was killed by a signal that sandcell_exec_kill() or sandcell_exec_signal() sent. */
#define SANDCELL_OUTCOME_SIGNALLED 5
/** It exceeded its output limit, with SANDCELL_OVERFLOW_KILL, and was killed. */
#define SANDCELL_OUTCOME_OUTPUT_LIMIT 6
/** The command was not killed, or the kill has not finished. */
#define SANDCELL_TREE_NOT_KILLED 0

/**
 * Nothing: neither the command nor any descendant. This is proven by what the
 * engine reports from outside the container.
 */
#define SANDCELL_TREE_GONE 1

/** Something is left that could not be killed. */
#define SANDCELL_TREE_LEFT 2
/** Not known; sandcell_exec_result_tree_reason() says why. */
#define SANDCELL_TREE_UNKNOWN 3
/** Nothing, because the container was killed, as the options asked for. */
#define SANDCELL_TREE_CONTAINER_KILLED 4
/** Not known: the call was cancelled, or the connection was lost. */
#define SANDCELL_VERDICT_UNKNOWN 0
/** None: the command exited by itself, with any code. */
#define SANDCELL_VERDICT_OK 1
/** The command's timeout. */
#define SANDCELL_VERDICT_TIME_LIMIT 2

/**
 * The container's memory limit. Known of a command that was measured, and if the
 * container ended with the command.
 */
#define SANDCELL_VERDICT_MEMORY_LIMIT 3

/** The command's output limit. */
#define SANDCELL_VERDICT_OUTPUT_LIMIT 4
/** A signal from any sender, or a crash such as SIGSEGV. */
#define SANDCELL_VERDICT_SIGNAL 5

/* -------------------------------------------------------------------------
 * Exec results: a command's output, and how it ended.
 * ------------------------------------------------------------------------- */

/** A command's standard input. */
#define SANDCELL_STDIN 0
/** A command's standard output; with a terminal, all of its output. */
#define SANDCELL_STDOUT 1
/** A command's standard error. */
#define SANDCELL_STDERR 2

/**
 * Returns how the command ended.
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
 * Returns the command's exit code. As in a shell, 128 + n usually means that
 * signal n killed it. 137, for SIGKILL, is often the kernel's OOM killer:
 * sandcell_exec_options_set_measure() tells.
 *
 * @param result  in, may be NULL
 * @param code    out, may be NULL; written only if the result is true
 *
 * @return  whether there is one: only with SANDCELL_OUTCOME_EXITED.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_exec_result_exit_code(const sandcell_exec_result *result,
                                    int32_t *code);

/**
 * Returns whether the command exited with code 0.
 *
 * @param result  in, may be NULL
 *
 * @return  true if it did; false for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_exec_result_success(const sandcell_exec_result *result);

/**
 * Returns the signal that killed the command.
 *
 * @param result  in, may be NULL
 * @param signal  out, may be NULL; written only if the result is true
 *
 * @return  whether there is one: only with SANDCELL_OUTCOME_SIGNALLED.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_exec_result_signal(const sandcell_exec_result *result,
                                 int32_t *signal);

/**
 * Returns what is left of a killed command in the container.
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
 * Returns why it is not known whether anything of a killed command is left.
 *
 * @param result  in, may be NULL
 * @param len     out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text for people, borrowed from the result; "" for NULL, or unless
 *          sandcell_exec_result_tree_gone() is SANDCELL_TREE_UNKNOWN.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_exec_result_tree_reason(const sandcell_exec_result *result,
                                             size_t *len);

/**
 * Returns why it is not known how the command ended.
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
 * Returns the kept output of a stream.
 *
 * @param result  in
 * @param stream  in: SANDCELL_STDOUT or SANDCELL_STDERR
 * @param data    out: any bytes, borrowed from the result and followed by a
 *                NUL; never NULL
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
 * Returns how many bytes the command wrote to a stream, including dropped ones.
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
 * Returns whether bytes of a stream were dropped because they exceeded
 * sandcell_exec_options_set_max_output(). Also true if its end may be missing: Podman
 * can lose it if a command ends before it has read its input.
 *
 * @param result  in, may be NULL
 * @param stream  in: SANDCELL_STDOUT or SANDCELL_STDERR
 *
 * @return  true if some were; false for NULL or another stream.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_exec_result_is_truncated(const sandcell_exec_result *result,
                                       sandcell_stream stream);

/**
 * Returns the offset in the kept output at which bytes were dropped: its end if the
 * head was kept, 0 if the tail was, between the two if both were.
 *
 * @param result  in, may be NULL
 * @param stream  in: SANDCELL_STDOUT or SANDCELL_STDERR
 * @param offset  out, may be NULL; written only if the result is true
 *
 * @return  whether bytes were dropped; false for NULL or another stream.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_exec_result_gap(const sandcell_exec_result *result,
                              sandcell_stream stream,
                              size_t *offset);

/**
 * Returns how long the command ran, measured by this process.
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
 * Returns which limit, if any, ended the command. As in a shell, an exit code of
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
 * Returns what all commands in the container together used while this one ran.
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
 * Frees a result, and everything borrowed from it.
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
 *          SANDCELL_ERR_TIMEOUT  it is still running; the message says if its
 *                                input is still open
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
 * Makes a descriptor for an event loop that becomes readable, at end of file, as
 * soon as sandcell_exec_wait() would not block: when the command has ended for any
 * reason, could not be started, or is no longer watched because its handle was
 * detached or freed, or its client was closed.
 *
 * It stays readable, whether or not output was read. poll() reports POLLIN and
 * POLLHUP. It is a socket, close-on-exec, to which nothing is ever written. It may
 * outlive the exec. Each call makes a new one.
 *
 * @param exec   in
 * @param fd     out: owned by the caller; close it with close()
 * @param error  out, may be NULL
 *
 * @return  SANDCELL_OK                    *fd is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  the exec was detached, or its output was
 *                                         collected
 *          SANDCELL_ERR_IO                out of descriptors
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_exec_ended_fd(const sandcell_exec *exec,
                                       int32_t *fd,
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
 * Returns whether any process of a killed command is left.
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
 * a read that waits holds up neither a write nor a kill. While nobody reads, the
 * library moves the streams, so a command never waits because nobody reads.
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
 * Returns whether the command's input is still open: it was not closed, neither
 * directly nor by its descriptor, and the command has not ended. A command that
 * reads to the end of its input runs as long.
 *
 * @param exec  in, may be NULL
 *
 * @return  true if so; false for NULL, for an input that the options supply, and
 *          for an exec that was detached or whose output was collected.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_exec_is_stdin_open(const sandcell_exec *exec);

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
 * Returns the command's name.
 *
 * @param background  in, may be NULL
 * @param len         out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the background command; "" for NULL.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_background_name(const sandcell_background *background,
                                     size_t *len);

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

/** The library examines the container, and chooses. */
#define SANDCELL_TRANSFER_METHOD_AUTO 0

/**
 * The engine's archive requests. They need nothing in the image, work in a
 * stopped container, and write with the engine's privileges. They do not replace a
 * file atomically: it is missing or incomplete while the engine writes it, and an
 * interrupted call may leave it so.
 */
#define SANDCELL_TRANSFER_METHOD_ARCHIVE 1

/**
 * A command in the container, which must be running and have /bin/sh with cat,
 * chmod, mkdir, mv, rm and wc for files, and tar for trees. It has the permissions
 * of its user. A file is replaced atomically, and is unchanged if the call fails.
 */
#define SANDCELL_TRANSFER_METHOD_EXEC 2

/**
 * Makes options with the defaults.
 *
 * @return  owned by the caller, never NULL; free with
 *          sandcell_write_options_free().
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_write_options *sandcell_write_options_new(void);

/**
 * Sets the file's permissions.
 *
 * Default: 0644
 *
 * @param options  changed
 * @param mode     in: up to 07777
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_write_options_set_mode(sandcell_write_options *options,
                                                uint32_t mode,
                                                sandcell_error **error);

/**
 * Sets the owner of the file, and of created parent directories.
 *
 * With SANDCELL_TRANSFER_METHOD_EXEC the command runs as this user, who must be able
 * to write to the directory.
 *
 * Default: the container's user
 *
 * @param options   changed
 * @param uid, gid  in: the container's numbers
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_write_options_set_owner(sandcell_write_options *options,
                                                 uint32_t uid,
                                                 uint32_t gid,
                                                 sandcell_error **error);

/**
 * Sets whether to create missing parent directories of the file, with the
 * permissions 0755.
 *
 * Default: true
 *
 * @param options  changed
 * @param create   in
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_write_options_set_create_parents(sandcell_write_options *options,
                                                          bool create,
                                                          sandcell_error **error);

/**
 * Sets the size of the file that sandcell_container_copy_file_in() writes. The bytes
 * are then sent as they are read, without a temporary file.
 *
 * sandcell_container_write_file() ignores it.
 *
 * Default: not known
 *
 * @param options  changed
 * @param bytes    in: the exact size; the call fails if there are fewer or more
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_write_options_set_size(sandcell_write_options *options,
                                                uint64_t bytes,
                                                sandcell_error **error);

/**
 * Sets the transfer method.
 *
 * Default: SANDCELL_TRANSFER_METHOD_AUTO
 *
 * @param options  changed
 * @param method   in: one of SANDCELL_TRANSFER_METHOD_*
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  method is none of
 *                                         SANDCELL_TRANSFER_METHOD_*
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
/** It is skipped. */
#define SANDCELL_EXTERNAL_SYMLINKS_SKIP 1

/**
 * It is created. The library does not follow it, but a later reader of the tree may,
 * and hostile code chose the target.
 */
#define SANDCELL_EXTERNAL_SYMLINKS_KEEP 2

/** It is a device, a socket or a FIFO. */
#define SANDCELL_SKIPPED_SPECIAL_FILE 0

/**
 * It is a symlink that may lead out of the tree: see
 * sandcell_transfer_options_set_external_symlinks().
 */
#define SANDCELL_SKIPPED_EXTERNAL_SYMLINK 1

/** It disappeared during the transfer. */
#define SANDCELL_SKIPPED_VANISHED 2
/** It changed into something else during the transfer. */
#define SANDCELL_SKIPPED_CHANGED 3

/**
 * Makes options with the defaults.
 *
 * @return  owned by the caller, never NULL; free with
 *          sandcell_transfer_options_free().
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_transfer_options *sandcell_transfer_options_new(void);

/**
 * Sets the owner of everything that is uploaded, and of created parent directories.
 *
 * With SANDCELL_TRANSFER_METHOD_EXEC the command runs as this user, who must be able
 * to write to the target.
 *
 * Default: the container's user
 *
 * @param options   changed
 * @param uid, gid  in: the container's numbers
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_transfer_options_set_owner(sandcell_transfer_options *options,
                                                    uint32_t uid,
                                                    uint32_t gid,
                                                    sandcell_error **error);

/**
 * Sets whether an upload creates the target and its parent directories, with the
 * permissions 0755, if they do not exist.
 *
 * Default: true
 *
 * @param options  changed
 * @param create   in
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_transfer_options_set_create_parents(sandcell_transfer_options *options,
                                                             bool create,
                                                             sandcell_error **error);

/**
 * Limits the total size of the files of a download, in bytes.
 *
 * Default: unlimited
 *
 * @param options    changed
 * @param max_bytes  in
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_transfer_options_set_max_bytes(sandcell_transfer_options *options,
                                                        uint64_t max_bytes,
                                                        sandcell_error **error);

/**
 * Limits the number of entries of a download: files, directories, links and what is
 * skipped.
 *
 * Default: 1000000
 *
 * @param options      changed
 * @param max_entries  in
 * @param error        out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_transfer_options_set_max_entries(sandcell_transfer_options *options,
                                                          uint64_t max_entries,
                                                          sandcell_error **error);

/**
 * Limits the depth of a download: a file in the directory itself is at depth 1, one
 * in a subdirectory at depth 2.
 *
 * Default: 128
 *
 * @param options    changed
 * @param max_depth  in
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_transfer_options_set_max_depth(sandcell_transfer_options *options,
                                                        uint32_t max_depth,
                                                        sandcell_error **error);

/**
 * Sets what to do with symlinks of a download that may lead out of the tree.
 *
 * Default: SANDCELL_EXTERNAL_SYMLINKS_REFUSE
 *
 * @param options  changed
 * @param links    in: one of SANDCELL_EXTERNAL_SYMLINKS_*
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  links is none of
 *                                         SANDCELL_EXTERNAL_SYMLINKS_*
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_transfer_options_set_external_symlinks(sandcell_transfer_options *options,
                                                                sandcell_external_symlinks links,
                                                                sandcell_error **error);

/**
 * Sets the callback that receives the progress.
 *
 * Default: none
 *
 * @param options   changed
 * @param progress  in: see "Callbacks"; NULL for none
 * @param ctx       in, may be NULL: for the callback
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_transfer_options_set_progress(sandcell_transfer_options *options,
                                                       sandcell_progress_fn progress,
                                                       void *ctx,
                                                       sandcell_error **error);

/**
 * Sets the callback that receives what is skipped: devices, sockets and FIFOs,
 * symlinks with SANDCELL_EXTERNAL_SYMLINKS_SKIP, and what disappears or changes during
 * an upload.
 *
 * Default: none; the log has it in any case
 *
 * @param options  changed
 * @param skipped  in: see "Callbacks"; NULL for none
 * @param ctx      in, may be NULL: for the callback
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_transfer_options_set_skipped(sandcell_transfer_options *options,
                                                      sandcell_skipped_fn skipped,
                                                      void *ctx,
                                                      sandcell_error **error);

/**
 * Sets the transfer method.
 *
 * Default: SANDCELL_TRANSFER_METHOD_AUTO
 *
 * @param options  changed
 * @param method   in: one of SANDCELL_TRANSFER_METHOD_*
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *          SANDCELL_ERR_INVALID_ARGUMENT  method is none of
 *                                         SANDCELL_TRANSFER_METHOD_*
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

/** In place of a number of bytes: the engine does not report it. */
#define SANDCELL_UNKNOWN_SIZE UINT64_MAX

/**
 * Makes options with the defaults.
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
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_pull_options_set_platform(sandcell_pull_options *options,
                                                   const char *platform,
                                                   size_t platform_len,
                                                   sandcell_error **error);

/**
 * Sets the credentials for the registry: a user name, and a password or an access
 * token.
 *
 * They appear neither in errors nor in the log. Replaces
 * sandcell_pull_options_set_credentials_identity_token().
 *
 * Default: those of the client's Docker config, see
 * sandcell_client_builder_set_docker_config()
 *
 * @param options                 changed
 * @param username, username_len  in
 * @param password, password_len  in
 * @param error                   out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_pull_options_set_credentials_password(sandcell_pull_options *options,
                                                               const char *username,
                                                               size_t username_len,
                                                               const char *password,
                                                               size_t password_len,
                                                               sandcell_error **error);

/**
 * Sets the credentials for the registry: an identity token, which a login returned
 * in place of a password.
 *
 * It appears neither in errors nor in the log. Replaces
 * sandcell_pull_options_set_credentials_password().
 *
 * Default: those of the client's Docker config
 *
 * @param options           changed
 * @param token, token_len  in
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_pull_options_set_credentials_identity_token(sandcell_pull_options *options,
                                                                     const char *token,
                                                                     size_t token_len,
                                                                     sandcell_error **error);

/**
 * Sets the callback that receives the progress.
 *
 * Default: none
 *
 * @param options   changed
 * @param progress  in: see "Callbacks"; NULL for none
 * @param ctx       in, may be NULL: for the callback
 * @param error     out, may be NULL
 *
 * @return  SANDCELL_OK
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
 * Image information.
 * ------------------------------------------------------------------------- */

/**
 * Returns the image's id: "sha256:" and 64 hex digits.
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
 * Returns the image's size, including all layers.
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
 * Returns the default user of its containers; "" for root.
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
 * Returns the default working directory of its containers; "" for "/".
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
 * Returns the image's operating system, such as "linux".
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
 * Returns the image's architecture, such as "amd64".
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
 * Returns the variant of the architecture, such as "v7"; usually "".
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
 * Returns how many tagged names the image has.
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
 * Returns one of the image's tagged names.
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
 * Returns how many names with a digest the image has.
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
 * Returns one of the image's names with a digest.
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
 * Returns how many labels the image has.
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
 * Returns the key of one of the labels, which are sorted by key.
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
 * Returns the value of one of the labels.
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
 * Returns how many environment variables the image sets.
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
 * Returns one of the environment variables that the image sets, as NAME=value.
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
 * Frees image information; the image itself is not affected.
 *
 * @param info  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the information.
 * Since: 0.1.0
 */
void sandcell_image_info_free(sandcell_image_info *info);

/* -------------------------------------------------------------------------
 * Images: pulling, inspecting and removing them.
 *
 * An image is named by a reference, [host[:port]/]path[:tag][@digest], such as
 * "busybox", "ghcr.io/team/app:1.2" or "localhost:5000/app@sha256:...". Without a
 * tag or digest, the tag is "latest". Functions that do not pull accept an image id,
 * too.
 * ------------------------------------------------------------------------- */

/**
 * Returns whether the engine has an image.
 *
 * Only an answer of the engine that there is no such image counts as false: a
 * failure to ask is an error.
 *
 * @param client            in
 * @param image, image_len  in: a reference such as "busybox:latest", or an id
 * @param exists            out
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK                    *exists is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  image is not a reference
 *          any other                      the engine could not be asked
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
 * Returns information about an image.
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
 *          any other                      the engine could not be asked
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_inspect_image(const sandcell_client *client,
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
 *                                         for the platform
 *          SANDCELL_ERR_UNAUTHORIZED      the registry requires (different)
 *                                         credentials
 *          SANDCELL_ERR_RATE_LIMITED      the registry's rate limit is exceeded
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
 * Pulls an image unless the engine has it.
 *
 * Concurrent calls for the same image share one check and one pull; the progress
 * goes to the call that pulls. The client, and all clients that share its
 * connection, remember that the image exists, until the engine reports that it does
 * not: later calls return at once, without a request.
 *
 * @param client            in
 * @param image, image_len  in: a reference or an id
 * @param options           in, may be NULL: the defaults
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK  the engine has the image
 *          any other    those of sandcell_client_pull_image()
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
 * Loads the images of a tar archive of "docker save" or "podman save", which a
 * callback supplies and which is sent as it is read.
 *
 * @param client  in
 * @param read    in: see "Callbacks"
 * @param ctx     in, may be NULL: for the callback
 * @param names   out: the images' names, or ids of those without a name; owned
 *                by the caller; free with sandcell_strings_free()
 * @param error   out, may be NULL
 *
 * @return  SANDCELL_OK            *names is set
 *          SANDCELL_ERR_ENGINE    it is not such an archive
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
 * Makes an image from a tar archive of a root filesystem, which a callback supplies
 * and which is sent as it is read.
 *
 * If another image has the name, it loses it.
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
 *          SANDCELL_ERR_ENGINE            it is not a tar archive
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
 * Removes an image; succeeds if it does not exist.
 *
 * If the image has other names, only this one is removed.
 *
 * @param client            in
 * @param image, image_len  in: a reference or an id
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK                    the engine has no such image
 *          SANDCELL_ERR_INVALID_ARGUMENT  image is not a reference
 *          SANDCELL_ERR_CONFLICT          a container uses it, or it is given by its
 *                                         id and has several names
 *          any other                      the engine cannot remove it
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
 * Unless the options set a lifetime, it is SANDCELL_LIFETIME_TIED_TO_HOST. If the
 * engine, or a proxy before it, refuses the connection that this takes, a warning
 * is logged and the container is not tied; if the options do set that lifetime,
 * the call fails.
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
 * A container that is tied to this process would end with it, and is refused:
 * start it with SANDCELL_LIFETIME_DETACHED.
 *
 * @param sandbox  changed
 * @param id       out: the id, for sandcell_sandbox_attach(); owned by the
 *                 caller; free with sandcell_string_free()
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK                    *id is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  it was stopped or left already
 *          SANDCELL_ERR_CONFLICT          it is tied to this process; the sandbox
 *                                         is unchanged
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
 * If that fails, or the client's limits end it, the container is removed in the
 * background. The sandbox must still be freed.
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
 * Options of a pool.
 * ------------------------------------------------------------------------- */

/**
 * Makes options with the default values.
 *
 * @return  owned by the caller, never NULL; free with
 *          sandcell_pool_options_free().
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_pool_options *sandcell_pool_options_new(void);

/**
 * Sets how many sandboxes wait to be taken.
 *
 * Default: 2
 *
 * @param options  changed
 * @param size     in: from 1 to 1024; checked by sandcell_pool_start()
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_pool_options_set_size(sandcell_pool_options *options,
                                               size_t size,
                                               sandcell_error **error);

/**
 * Sets how long a sandbox waits at most before it is replaced by a new one.
 *
 * Default: 3600000, one hour
 *
 * @param options     changed
 * @param max_age_ms  in: milliseconds, not 0; checked by sandcell_pool_start()
 * @param error       out, may be NULL
 *
 * @return  SANDCELL_OK
 *
 * Threads: one at a time.
 * Since: 0.1.0
 */
sandcell_status sandcell_pool_options_set_max_age_ms(sandcell_pool_options *options,
                                                     uint64_t max_age_ms,
                                                     sandcell_error **error);

/**
 * Frees options.
 *
 * @param options  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the options.
 * Since: 0.1.0
 */
void sandcell_pool_options_free(sandcell_pool_options *options);

/* -------------------------------------------------------------------------
 * Pools: sandboxes that are started ahead of need.
 * ------------------------------------------------------------------------- */

/**
 * Starts to fill a pool with sandboxes as sandcell_sandbox_start() creates them.
 * Returns at once. If the engine fails to start one, the failure is logged, and the
 * pool tries again, first after 100 ms and then less and less often, at least every
 * 30 s.
 *
 * The client's timeout, deadline and cancel token are for sandcell_pool_take() and
 * for the sandboxes that it returns, not for what the pool does in the background.
 * Closing the client ends the pool.
 *
 * @param client        in
 * @param options       in: copied
 * @param pool_options  in, may be NULL for the defaults: copied
 * @param pool          out: owned by the caller; free with sandcell_pool_free()
 * @param error         out, may be NULL
 *
 * @return  SANDCELL_OK                    *pool is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  an invalid option, a name, which only one
 *                                         container can have, or a max_lifetime not
 *                                         longer than the pool's max_age
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_pool_start(const sandcell_client *client,
                                    const sandcell_create_options *options,
                                    const sandcell_pool_options *pool_options,
                                    sandcell_pool **pool,
                                    sandcell_error **error);

/**
 * Takes a running sandbox, and has the pool start another one. If none is ready,
 * starts one, as sandcell_sandbox_start() does. A sandbox that ended while it waited
 * is not returned.
 *
 * @param pool     in
 * @param sandbox  out: owned by the caller; free with sandcell_sandbox_free()
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK  *sandbox is set
 *          Others: see sandcell_sandbox_start()
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_pool_take(const sandcell_pool *pool,
                                   sandcell_sandbox **sandbox,
                                   sandcell_error **error);

/**
 * Returns how many sandboxes are ready to be taken.
 *
 * @param pool  in
 *
 * @return  the number; 0 if pool is NULL
 *
 * Threads: any.
 * Since: 0.1.0
 */
size_t sandcell_pool_ready(const sandcell_pool *pool);

/**
 * Frees a pool, and removes the sandboxes that wait in it. Usually takes a tenth of
 * a second, at most 30 s; failures are logged.
 *
 * @param pool  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses the pool.
 * Since: 0.1.0
 */
void sandcell_pool_free(sandcell_pool *pool);

/* -------------------------------------------------------------------------
 * Orphans: containers whose owner is gone, and the sweep that removes them.
 * ------------------------------------------------------------------------- */

/**
 * Looks for orphans among the containers of a home, without removing any.
 *
 * Returns all containers of the home, each with the decision and its reason: what
 * sandcell_client_cleanup_orphaned_containers() would do.
 *
 * @param client          in
 * @param home, home_len  in: see sandcell_create_options_set_home()
 * @param orphans         out: owned by the caller; free with
 *                        sandcell_orphans_free()
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK                    *orphans is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  home is empty
 *          any other                      the containers could not be listed
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
 * The owner is the process that created the container. A later process with the same
 * PID is not mistaken for it, and an owner on another machine, in another boot or in
 * another PID namespace is not mistaken for gone: if it is not known, the container
 * stays. A container whose label has only a PID, as other software sets it, is
 * removed if it has exited or if this machine has no such process. Any number of
 * processes may sweep at once. The call does not fail if a container could not be
 * removed: see sandcell_orphans_error().
 *
 * @param client          in
 * @param home, home_len  in: see sandcell_create_options_set_home()
 * @param orphans         out: owned by the caller; free with
 *                        sandcell_orphans_free()
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK                    *orphans is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  home is empty
 *          any other                      the containers could not be listed
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
 * Returns how many containers were examined.
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
 * Returns a container's full id.
 *
 * @param orphans  in, may be NULL
 * @param index    in: from 0
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the orphans; "" for NULL or an index that is too
 *          large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_orphans_id(const sandcell_orphans *orphans,
                                size_t index,
                                size_t *len);

/**
 * Returns a container's name.
 *
 * @param orphans  in, may be NULL
 * @param index    in: from 0
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the orphans; "" for NULL or an index that is too
 *          large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_orphans_name(const sandcell_orphans *orphans,
                                  size_t index,
                                  size_t *len);

/**
 * Returns the session that a container belongs to; "" if it has none.
 *
 * @param orphans  in, may be NULL
 * @param index    in: from 0
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the orphans; "" for NULL or an index that is too
 *          large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_orphans_session_id(const sandcell_orphans *orphans,
                                        size_t index,
                                        size_t *len);

/**
 * Returns the status of a container.
 *
 * @param orphans  in, may be NULL
 * @param index    in: from 0
 *
 * @return  one of SANDCELL_CONTAINER_*; SANDCELL_CONTAINER_UNKNOWN for NULL or an
 *          index
 *          that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_container_status sandcell_orphans_status(const sandcell_orphans *orphans,
                                                  size_t index);

/**
 * Returns whether a container is to be removed, because its owner is gone.
 *
 * @param orphans  in, may be NULL
 * @param index    in: from 0
 *
 * @return  true if so; false for NULL or an index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_orphans_is_orphan(const sandcell_orphans *orphans, size_t index);

/**
 * Returns why a container is to be removed or kept.
 *
 * @param orphans  in, may be NULL
 * @param index    in: from 0
 * @param len      out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the orphans; "" for NULL or an index that is too
 *          large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_orphans_reason(const sandcell_orphans *orphans,
                                    size_t index,
                                    size_t *len);

/**
 * Returns whether a container was removed, by this sweep or by a concurrent one.
 *
 * @param orphans  in, may be NULL
 * @param index    in: from 0
 *
 * @return  true if so; false for NULL or an index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_orphans_removed(const sandcell_orphans *orphans,
                              size_t index);

/**
 * Returns why a container could not be removed.
 *
 * @param orphans  in, may be NULL
 * @param index    in: from 0
 *
 * @return  an error, borrowed from the orphans: do not free it. NULL if there is
 *          none.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const sandcell_error *sandcell_orphans_error(const sandcell_orphans *orphans,
                                             size_t index);

/**
 * Frees a list of orphans, and everything borrowed from it.
 *
 * @param orphans  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses it.
 * Since: 0.1.0
 */
void sandcell_orphans_free(sandcell_orphans *orphans);

/* -------------------------------------------------------------------------
 * The container that this process itself runs in, if any.
 * ------------------------------------------------------------------------- */

/**
 * Finds the container of the client's engine that this process itself runs in.
 *
 * Hints of a container in /proc count only once the engine has confirmed them.
 *
 * @param client     in
 * @param container  out: owned by the caller; free with
 *                   sandcell_self_container_free(). NULL if there is none
 * @param error      out, may be NULL
 *
 * @return  SANDCELL_OK               *container is set
 *          SANDCELL_ERR_UNSUPPORTED  it is in a container of this engine, but which
 *                                    one is not known
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_self_container(const sandcell_client *client,
                                               sandcell_self_container **container,
                                               sandcell_error **error);

/**
 * Translates a path of this process to a path on the engine's host, for a bind
 * mount.
 *
 * If this process does not run in a container of this engine, that is the same path;
 * otherwise it is the source of the mount that has the path, and the rest. Symbolic
 * links are followed.
 *
 * @param client          in
 * @param path, path_len  in
 * @param engine_path     out: owned by the caller; free with
 *                        sandcell_string_free()
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK                    *engine_path is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  the path does not exist in this process's
 *                                         container, or is not on a mount from the
 *                                         engine's host
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
 * Returns the container's full id.
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
 * Returns the container's name.
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
 * Returns how many networks the container is in.
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
 * Returns the name of a network.
 *
 * @param container  in, may be NULL
 * @param index      in: from 0
 * @param len        out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the container; "" for NULL or an index that is
 *          too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_self_container_network(const sandcell_self_container *container,
                                            size_t index,
                                            size_t *len);

/**
 * Returns how many mounts the container has.
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
 * Returns the type of a mount in the engine's words: "bind", "volume", "tmpfs"...
 *
 * @param container  in, may be NULL
 * @param index      in: from 0
 * @param len        out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the container; "" for NULL or an index that is
 *          too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_self_container_mount_kind(const sandcell_self_container *container,
                                               size_t index,
                                               size_t *len);

/**
 * Returns the path of a mount's source on the engine's host; "" if it has none.
 *
 * @param container  in, may be NULL
 * @param index      in: from 0
 * @param len        out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the container; "" for NULL or an index that is
 *          too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_self_container_mount_source(const sandcell_self_container *container,
                                                 size_t index,
                                                 size_t *len);

/**
 * Returns the path of a mount in the container.
 *
 * @param container  in, may be NULL
 * @param index      in: from 0
 * @param len        out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the container; "" for NULL or an index that is
 *          too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_self_container_mount_destination(const sandcell_self_container *container,
                                                      size_t index,
                                                      size_t *len);

/**
 * Returns whether a mount is writable.
 *
 * @param container  in, may be NULL
 * @param index      in: from 0
 *
 * @return  true if it is; false for NULL or an index that is too large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
bool sandcell_self_container_mount_rw(const sandcell_self_container *container,
                                      size_t index);

/**
 * Frees the description of a container; the container itself is not affected.
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
 * @param name, name_len  in: letters, digits, "_", "." and "-"
 * @param options         out: owned by the caller; free with
 *                        sandcell_volume_options_free()
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK  *options is set
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_volume_options_new(const char *name,
                                            size_t name_len,
                                            sandcell_volume_options **options,
                                            sandcell_error **error);

/**
 * Sets a label, replacing one with the same key.
 *
 * Default: none
 *
 * @param options           changed
 * @param key, key_len      in: not empty
 * @param value, value_len  in
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK
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
 * Frees options; volumes made with them are not affected.
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
 * Makes a filter that accepts all volumes.
 *
 * @return  owned by the caller, never NULL; free with
 *          sandcell_volume_filter_free().
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_volume_filter *sandcell_volume_filter_new(void);

/**
 * Adds a condition: a label with this key and value.
 *
 * Default: none
 *
 * @param filter            changed
 * @param key, key_len      in: not empty, without "="
 * @param value, value_len  in
 * @param error             out, may be NULL
 *
 * @return  SANDCELL_OK
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
 * Adds a condition: a label with this key and any value.
 *
 * Default: none
 *
 * @param filter        changed
 * @param key, key_len  in: not empty, without "="
 * @param error         out, may be NULL
 *
 * @return  SANDCELL_OK
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
 * Creates a volume; succeeds if it already exists.
 *
 * @param client   in
 * @param options  in
 * @param volume   out: owned by the caller; free with sandcell_volume_free()
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK                    it exists, and *volume is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  a bad option; the message names it
 *          any other                      the engine could not create it
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_create_volume(const sandcell_client *client,
                                              const sandcell_volume_options *options,
                                              sandcell_volume **volume,
                                              sandcell_error **error);

/**
 * Returns information about a volume.
 *
 * That it does not exist is not an error: the volume is then NULL.
 *
 * @param client          in
 * @param name, name_len  in
 * @param volume          out: owned by the caller; free with
 *                        sandcell_volume_free(). NULL if there is no such volume
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK                    *volume is set, perhaps to NULL
 *          SANDCELL_ERR_INVALID_ARGUMENT  name is not a volume name
 *          any other                      the engine could not be asked
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_inspect_volume(const sandcell_client *client,
                                               const char *name,
                                               size_t name_len,
                                               sandcell_volume **volume,
                                               sandcell_error **error);

/**
 * Lists volumes, in no order.
 *
 * Volumes outlive the process that created them, and no sweep removes them: the
 * library does not label them. Set labels, to find what an earlier process left
 * behind.
 *
 * @param client   in
 * @param filter   in, may be NULL: all volumes
 * @param volumes  out: owned by the caller; free with sandcell_volumes_free()
 * @param error    out, may be NULL
 *
 * @return  SANDCELL_OK                    *volumes is set
 *          SANDCELL_ERR_INVALID_ARGUMENT  a bad condition; the message names it
 *          any other                      the engine could not be asked
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_list_volumes(const sandcell_client *client,
                                             const sandcell_volume_filter *filter,
                                             sandcell_volumes **volumes,
                                             sandcell_error **error);

/**
 * Removes a volume and its contents; succeeds if it does not exist.
 *
 * @param client          in
 * @param name, name_len  in
 * @param error           out, may be NULL
 *
 * @return  SANDCELL_OK                    the volume does not exist any more
 *          SANDCELL_ERR_INVALID_ARGUMENT  name is not a volume name
 *          SANDCELL_ERR_CONFLICT          a container uses it, running or not
 *          any other                      the engine could not remove it
 *
 * Threads: any.
 * Since: 0.1.0
 */
sandcell_status sandcell_client_remove_volume(const sandcell_client *client,
                                              const char *name,
                                              size_t name_len,
                                              sandcell_error **error);

/**
 * Returns how many volumes are in a list.
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
 * Returns one of the volumes of a list.
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
 * Returns the volume's name.
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
 * Returns the volume's driver: "local" for a directory of the engine's host.
 *
 * @param volume  in, may be NULL
 * @param len     out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the volume; "" for NULL, or if the engine
 *          does not report it.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_volume_driver(const sandcell_volume *volume, size_t *len);

/**
 * Returns the volume's path on the engine's host.
 *
 * @param volume  in, may be NULL
 * @param len     out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the volume; "" for NULL, or if the engine
 *          does not report it.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_volume_mountpoint(const sandcell_volume *volume,
                                       size_t *len);

/**
 * Returns when the volume was created.
 *
 * @param volume  in, may be NULL
 * @param len     out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text (RFC 3339), borrowed from the volume; "" for NULL, or if the
 *          engine does not report it.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_volume_created_at(const sandcell_volume *volume,
                                       size_t *len);

/**
 * Returns how many labels the volume has.
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
 * Returns the key of one of the volume's labels, which are sorted by key.
 *
 * @param volume  in, may be NULL
 * @param index   in: from 0
 * @param len     out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the volume; "" for NULL or an index that is too
 *          large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_volume_label_key(const sandcell_volume *volume,
                                      size_t index,
                                      size_t *len);

/**
 * Returns the value of one of the volume's labels.
 *
 * @param volume  in, may be NULL
 * @param index   in: from 0
 * @param len     out, may be NULL: the length in bytes, without the NUL
 *
 * @return  a text, borrowed from the volume; "" for NULL or an index that is too
 *          large.
 *
 * Threads: any.
 * Since: 0.1.0
 */
const char *sandcell_volume_label_value(const sandcell_volume *volume,
                                        size_t index,
                                        size_t *len);

/**
 * Frees a list of volumes, and everything borrowed from it; the volumes themselves
 * are not affected.
 *
 * @param volumes  in, may be NULL; unusable afterwards
 *
 * Threads: any, as long as no other uses it.
 * Since: 0.1.0
 */
void sandcell_volumes_free(sandcell_volumes *volumes);

/**
 * Frees the description of a volume; the volume itself is not affected.
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
