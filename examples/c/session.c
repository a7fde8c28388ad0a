/*
 * The main job, visibly: what an agent host, a CI runner or a judge does with
 * one sandbox. Usage: session [IMAGE], with the engine in DOCKER_HOST.
 * Prints what examples/session.rs prints.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <sandock.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static sandock_error *error; /* of the latest call */

/* Reports the latest call's error, if it failed; whether it did. */
static bool failed(sandock_status status)
{
    if (status == SANDOCK_OK)
        return false;
    fprintf(stderr, "session: %s\n", sandock_error_message(error, NULL));
    sandock_error_free(error);
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

static void print_outcome(const sandock_exec_result *result)
{
    int32_t code;
    switch (sandock_exec_result_outcome(result)) {
    case SANDOCK_OUTCOME_EXITED:
        if (sandock_exec_result_exit_code(result, &code))
            printf("  Exited(%" PRId32 ")\n", code);
        break;
    case SANDOCK_OUTCOME_TIMED_OUT: puts("  TimedOut"); break;
    case SANDOCK_OUTCOME_CANCELLED: puts("  Cancelled"); break;
    default:
        printf("  Lost(%s)\n", sandock_error_message(sandock_exec_result_lost_reason(result), NULL));
    }
}

static bool run(const sandock_client *client, const char *container, const char *const *argv, const char *input)
{
    sandock_exec_options *command = sandock_exec_options_new();
    sandock_exec_result *result = NULL;
    const char *out, *err;
    size_t out_len, err_len;
    sandock_status status = SANDOCK_OK;

    while (status == SANDOCK_OK && *argv != NULL)
        status = sandock_exec_options_add_arg(command, *argv++, SANDOCK_CSTR, &error);
    if (status == SANDOCK_OK && input != NULL)
        status = sandock_exec_options_set_stdin(command, input, SANDOCK_CSTR, &error);
    if (status == SANDOCK_OK) {
        double start = now_ms();
        status = sandock_client_exec(client, container, SANDOCK_CSTR, command, &result, &error);
        print_timed("exec", start);
    }
    if (status == SANDOCK_OK)
        status = sandock_exec_result_output(result, SANDOCK_STDOUT, &out, &out_len, &error);
    if (status == SANDOCK_OK)
        status = sandock_exec_result_output(result, SANDOCK_STDERR, &err, &err_len, &error);
    if (status == SANDOCK_OK) {
        print_quoted("stdout", out, out_len);
        print_quoted("stderr", err, err_len);
        print_outcome(result);
    }
    sandock_exec_result_free(result);
    sandock_exec_options_free(command);
    return !failed(status);
}

static bool run_commands(const sandock_client *client, const char *container)
{
    static const char *const both_streams[] = {
        "sh", "-c", "echo $GREETING from the sandbox; echo a warning >&2", NULL};
    static const char *const failing[] = {"sh", "-c", "echo failing >&2; exit 42", NULL};
    static const char *const sort[] = {"sort", NULL};
    return run(client, container, both_streams, NULL)
        && run(client, container, failing, NULL)
        && run(client, container, sort, "pear\napple\nfig\n");
}

static bool print_version(const sandock_client *client)
{
    sandock_version_info *version;
    double start = now_ms();
    sandock_status status = sandock_client_version(client, &version, &error);
    print_timed("version", start);
    if (failed(status))
        return false;
    printf("  engine %s, API %s\n", sandock_version_info_engine(version, NULL),
           sandock_version_info_api(version, NULL));
    sandock_version_info_free(version);
    return true;
}

/* The new container's id; NULL if there is none. */
static sandock_string *create(const sandock_client *client, const char *image)
{
    sandock_create_options *options = NULL;
    sandock_string *id = NULL;
    if (!failed(sandock_create_options_new(image, SANDOCK_CSTR, &options, &error))
        && !failed(sandock_create_options_add_env(options, "GREETING", SANDOCK_CSTR, "hello", SANDOCK_CSTR, &error))) {
        double start = now_ms();
        sandock_status status = sandock_client_create_and_start(client, options, &id, &error);
        print_timed("create and start", start);
        failed(status);
    }
    sandock_create_options_free(options);
    return id;
}

static bool stop(const sandock_client *client, const char *container)
{
    bool alive;
    double start = now_ms();
    sandock_status status = sandock_client_stop(client, container, SANDOCK_CSTR, &error);
    print_timed("stop", start);
    if (failed(status) || failed(sandock_client_container_alive(client, container, SANDOCK_CSTR, &alive, &error)))
        return false;
    printf("  still there: %s\n", alive ? "true" : "false");
    return true;
}

int main(int argc, char **argv)
{
    const char *image = argc > 1 ? argv[1] : "busybox:latest";
    sandock_client *client = NULL;
    sandock_string *id = NULL;
    bool good = !failed(sandock_client_from_env(&client, &error))
        && print_version(client)
        && (id = create(client, image)) != NULL;
    if (good) {
        const char *container = sandock_string_data(id, NULL);
        printf("  container %s\n", container);
        /* Whatever happens in between, the container goes. */
        good = run_commands(client, container);
        good = stop(client, container) && good;
    }
    sandock_string_free(id);
    sandock_client_free(client);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
