/*
 * Runs a few commands in a sandbox and prints each step with its duration, as an
 * agent host, a CI runner or an online judge would run them. The output is the
 * same as that of examples/session.rs.
 *
 * Usage: session [IMAGE], with the engine in DOCKER_HOST.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <sandcell.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static sandcell_error *error; /* of the last call */

/* Returns whether the last call failed, and prints its error if so. */
static bool failed(sandcell_status status)
{
    if (status == SANDCELL_OK)
        return false;
    fprintf(stderr, "session: %s\n", sandcell_error_message(error, NULL));
    sandcell_error_free(error);
    error = NULL;
    return true;
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void print_timed(const char *what, double start)
{
    printf("%s: %.1f ms\n", what, now_ms() - start);
}

static void print_quoted(const char *what, const char *bytes, size_t len)
{
    printf("  %s \"", what);
    for (size_t i = 0; i < len; i++) {
        switch (bytes[i]) {
        case '\n': fputs("\\n", stdout); break;
        case '\r': fputs("\\r", stdout); break;
        case '\t': fputs("\\t", stdout); break;
        case '\0': fputs("\\0", stdout); break;
        case '"': fputs("\\\"", stdout); break;
        case '\\': fputs("\\\\", stdout); break;
        default: putchar(bytes[i]);
        }
    }
    puts("\"");
}

static void print_outcome(const sandcell_exec_result *result)
{
    int32_t code;
    switch (sandcell_exec_result_outcome(result)) {
    case SANDCELL_OUTCOME_EXITED:
        if (sandcell_exec_result_exit_code(result, &code))
            printf("  Exited(%" PRId32 ")\n", code);
        break;
    case SANDCELL_OUTCOME_TIMED_OUT: puts("  TimedOut"); break;
    case SANDCELL_OUTCOME_CANCELLED: puts("  Cancelled"); break;
    default: printf("  Lost(%s)\n", sandcell_error_message(sandcell_exec_result_lost_reason(result), NULL));
    }
}

static bool run(const sandcell_container *container, const char *const *argv, const char *input)
{
    sandcell_exec_options *command = sandcell_exec_options_new();
    sandcell_exec_result *result = NULL;
    const char *out, *err;
    size_t out_len, err_len;
    sandcell_status status = SANDCELL_OK;

    while (status == SANDCELL_OK && *argv != NULL)
        status = sandcell_exec_options_add_arg(command, *argv++, SANDCELL_CSTR, &error);
    if (status == SANDCELL_OK && input != NULL)
        status = sandcell_exec_options_set_stdin(command, input, SANDCELL_CSTR, &error);
    if (status == SANDCELL_OK) {
        double start = now_ms();
        status = sandcell_container_exec(container, command, &result, &error);
        print_timed("exec", start);
    }
    if (status == SANDCELL_OK)
        status = sandcell_exec_result_output(result, SANDCELL_STDOUT, &out, &out_len, &error);
    if (status == SANDCELL_OK)
        status = sandcell_exec_result_output(result, SANDCELL_STDERR, &err, &err_len, &error);
    if (status == SANDCELL_OK) {
        print_quoted("stdout", out, out_len);
        print_quoted("stderr", err, err_len);
        print_outcome(result);
    }
    sandcell_exec_result_free(result);
    sandcell_exec_options_free(command);
    return !failed(status);
}

static bool run_commands(const sandcell_container *container)
{
    static const char *const both_streams[] = {"sh", "-c", "echo $GREETING from the sandbox; echo a warning >&2", NULL};
    static const char *const failing[] = {"sh", "-c", "echo failing >&2; exit 42", NULL};
    static const char *const sort[] = {"sort", NULL};
    return run(container, both_streams, NULL)
        && run(container, failing, NULL)
        && run(container, sort, "pear\napple\nfig\n");
}

static bool print_version(const sandcell_client *client)
{
    sandcell_version_info *version;
    double start = now_ms();
    sandcell_status status = sandcell_client_version(client, &version, &error);
    print_timed("version", start);
    if (failed(status))
        return false;
    printf("  engine %s, API %s\n", sandcell_version_info_engine(version, NULL),
           sandcell_version_info_api(version, NULL));
    sandcell_version_info_free(version);
    return true;
}

/* Returns the new sandbox, or NULL on failure. */
static sandcell_sandbox *start_sandbox(const sandcell_client *client, const char *image)
{
    sandcell_create_options *options = NULL;
    sandcell_sandbox *sandbox = NULL;
    if (!failed(sandcell_create_options_new(image, SANDCELL_CSTR, &options, &error))
        && !failed(
            sandcell_create_options_add_env(options, "GREETING", SANDCELL_CSTR, "hello", SANDCELL_CSTR, &error))) {
        double start = now_ms();
        sandcell_status status = sandcell_sandbox_start(client, options, &sandbox, &error);
        print_timed("create and start", start);
        failed(status);
    }
    sandcell_create_options_free(options);
    return sandbox;
}

static bool stop(sandcell_sandbox *sandbox)
{
    sandcell_container_state *state;
    double start = now_ms();
    sandcell_status status = sandcell_sandbox_stop(sandbox, &error);
    print_timed("stop", start);
    if (failed(status) || failed(sandcell_container_inspect_state(sandcell_sandbox_container(sandbox), &state, &error)))
        return false;
    printf("  still there: %s\n", state != NULL ? "true" : "false");
    sandcell_container_state_free(state);
    return true;
}

int main(int argc, char **argv)
{
    const char *image = argc > 1 ? argv[1] : "busybox:latest";
    sandcell_client *client = NULL;
    sandcell_sandbox *sandbox = NULL;
    bool good = !failed(sandcell_client_from_env(&client, &error))
        && print_version(client)
        && (sandbox = start_sandbox(client, image)) != NULL;
    if (good) {
        printf("  container %s\n", sandcell_sandbox_id(sandbox, NULL));
        good = run_commands(sandcell_sandbox_container(sandbox)) && stop(sandbox);
    }
    sandcell_sandbox_free(sandbox); /* removes the container, if it was not stopped */
    sandcell_client_free(client);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
