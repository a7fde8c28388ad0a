/*
 * What most hosts do with a sandbox, one thing after the other, and what the
 * tours in the other languages do, too. Usage: tour [IMAGE], with the engine in
 * DOCKER_HOST.
 */
#include <inttypes.h>
#include <sandock.h>
#include <stdio.h>
#include <string.h>

static sandock_error *error; /* of the latest call */

static sandock_exec_options *command(const char *const *argv)
{
    sandock_exec_options *options = sandock_exec_options_new();
    for (; *argv != NULL; argv++) {
        if (sandock_exec_options_add_arg(options, *argv, SANDOCK_CSTR, &error)) {
            sandock_exec_options_free(options);
            return NULL;
        }
    }
    return options;
}

static sandock_exec_options *script(const char *text)
{
    return command((const char *[]){"sh", "-c", text, NULL});
}

/* Prints what a command wrote to a stream, behind a title. */
static void print(const char *title, const sandock_exec_result *result, sandock_stream stream)
{
    const char *data = "";
    size_t len = 0;
    sandock_exec_result_output(result, stream, &data, &len, NULL);
    printf("%s: %.*s", title, (int)len, data);
}

/* Both outputs, apart, and the exit code. */
static bool show_output(const sandock_sandbox *sandbox)
{
    sandock_exec_options *options = script("echo out; echo err >&2; exit 42");
    sandock_exec_result *result = NULL;
    int32_t code;
    bool good = options != NULL && sandock_sandbox_exec(sandbox, options, &result, &error) == SANDOCK_OK;
    if (good) {
        print("stdout", result, SANDOCK_STDOUT);
        print("stderr", result, SANDOCK_STDERR);
        if (sandock_exec_result_exit_code(result, &code))
            printf("exit code: %" PRId32 "\n", code);
    }
    sandock_exec_result_free(result);
    sandock_exec_options_free(options);
    return good;
}

/* A command's input. */
static bool show_input(const sandock_sandbox *sandbox)
{
    sandock_exec_options *options = command((const char *[]){"sort", "-r", NULL});
    sandock_exec_result *result = NULL;
    bool good = options != NULL
        && sandock_exec_options_set_stdin(options, "apple\npear\n", SANDOCK_CSTR, &error) == SANDOCK_OK
        && sandock_sandbox_exec(sandbox, options, &result, &error) == SANDOCK_OK;
    if (good)
        print("sorted", result, SANDOCK_STDOUT);
    sandock_exec_result_free(result);
    sandock_exec_options_free(options);
    return good;
}

/* A file into the container and out of it. */
static bool show_files(const sandock_client *client, const sandock_sandbox *sandbox)
{
    const char *id = sandock_sandbox_id(sandbox, NULL);
    sandock_write_options *options = sandock_write_options_new();
    sandock_string *contents = NULL;
    bool good = sandock_client_write_file(client, id, SANDOCK_CSTR, "/tmp/note", SANDOCK_CSTR, "from the host\n",
                                          SANDOCK_CSTR, options, &error) == SANDOCK_OK
        && sandock_client_read_file(client, id, SANDOCK_CSTR, "/tmp/note", SANDOCK_CSTR, &contents, &error) == SANDOCK_OK;
    if (good)
        printf("file: %s", sandock_string_data(contents, NULL));
    sandock_string_free(contents);
    sandock_write_options_free(options);
    return good;
}

/* Writes a text to a running command's input. */
static bool say(const sandock_exec *exec, const char *text)
{
    size_t len = strlen(text), written;
    for (; len > 0; text += written, len -= written)
        if (sandock_exec_write(exec, text, len, SANDOCK_NO_TIMEOUT, &written, &error))
            return false;
    return true;
}

/* Prints a running command's output, up to the end of a line. */
static bool hear_line(const sandock_exec *exec)
{
    char c;
    size_t n;
    do {
        if (sandock_exec_read(exec, SANDOCK_STDOUT, SANDOCK_NO_TIMEOUT, &c, 1, &n, &error))
            return false;
        if (n > 0)
            putchar(c);
    } while (n > 0 && c != '\n');
    return true;
}

/* A command that is talked to while it runs. */
static bool show_dialogue(const sandock_sandbox *sandbox)
{
    sandock_exec_options *options = script("while read word; do echo \"echo: $word\"; done");
    sandock_exec *exec = NULL;
    sandock_outcome outcome;
    int32_t code;
    bool good = options != NULL
        && sandock_sandbox_start_exec(sandbox, options, &exec, &error) == SANDOCK_OK
        && say(exec, "one\n") && hear_line(exec)
        && say(exec, "two\n") && hear_line(exec);
    if (good) {
        sandock_exec_close_stdin(exec);
        good = sandock_exec_wait(exec, SANDOCK_NO_TIMEOUT, &outcome, &code, &error) == SANDOCK_OK;
    }
    if (good)
        printf("end: %" PRId32 "\n", code);
    sandock_exec_free(exec);
    sandock_exec_options_free(options);
    return good;
}

/* A command that takes too long, with a child of its own: both are killed. */
static bool show_timeout(const sandock_sandbox *sandbox)
{
    sandock_exec_options *options = script("echo begun; sleep 1234 & sleep 1234");
    sandock_exec_result *result = NULL;
    bool good = options != NULL
        && sandock_exec_options_set_timeout_ms(options, 300, &error) == SANDOCK_OK
        && sandock_exec_options_set_kill_grace_ms(options, 0, &error) == SANDOCK_OK
        && sandock_sandbox_exec(sandbox, options, &result, &error) == SANDOCK_OK;
    if (good) {
        print("too slow", result, SANDOCK_STDOUT);
        printf("timed out: %s\n", sandock_exec_result_outcome(result) == SANDOCK_OUTCOME_TIMED_OUT ? "yes" : "no");
        printf("all killed: %s\n", sandock_exec_result_tree_gone(result) == SANDOCK_TREE_GONE ? "yes" : "no");
    }
    sandock_exec_result_free(result);
    sandock_exec_options_free(options);
    return good;
}

int main(int argc, char **argv)
{
    sandock_client *client = NULL;
    sandock_create_options *options = NULL;
    sandock_sandbox *sandbox = NULL;
    bool good = sandock_client_from_env(&client, &error) == SANDOCK_OK
        && sandock_create_options_new(argc > 1 ? argv[1] : "busybox:latest", SANDOCK_CSTR, &options, &error) == SANDOCK_OK
        && sandock_create_options_set_lifetime(options, SANDOCK_LIFETIME_TIED_TO_HOST, &error) == SANDOCK_OK
        && sandock_sandbox_start(client, options, &sandbox, &error) == SANDOCK_OK
        && show_output(sandbox)
        && show_input(sandbox)
        && show_files(client, sandbox)
        && show_dialogue(sandbox)
        && show_timeout(sandbox)
        && sandock_sandbox_stop(sandbox, &error) == SANDOCK_OK;
    if (!good) {
        fprintf(stderr, "tour: %s\n", sandock_error_message(error, NULL));
        sandock_error_free(error);
    }
    sandock_sandbox_free(sandbox); /* removes the container, if it was not stopped */
    sandock_create_options_free(options);
    sandock_client_free(client);
    return !good;
}
