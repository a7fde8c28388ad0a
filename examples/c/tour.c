/*
 * Shows what most programs do with a sandbox, one step after the other. The tours
 * in the other languages do the same.
 *
 * Usage: tour [IMAGE], with the engine in DOCKER_HOST.
 */
#include <inttypes.h>
#include <sandcell.h>
#include <stdio.h>
#include <string.h>

static sandcell_error *error; /* of the last call */

static sandcell_exec_options *command(const char *const *argv)
{
    sandcell_exec_options *options = sandcell_exec_options_new();
    for (; *argv != NULL; argv++) {
        if (sandcell_exec_options_add_arg(options, *argv, SANDCELL_CSTR, &error)) {
            sandcell_exec_options_free(options);
            return NULL;
        }
    }
    return options;
}

static sandcell_exec_options *script(const char *text)
{
    return command((const char *[]){"sh", "-c", text, NULL});
}

/* Prints a title and what the command wrote to a stream. */
static void print(const char *title, const sandcell_exec_result *result, sandcell_stream stream)
{
    const char *data = "";
    size_t len = 0;
    sandcell_exec_result_output(result, stream, &data, &len, NULL);
    printf("%s: %.*s", title, (int)len, data);
}

/* Reads stdout, stderr and the exit code of a command. */
static bool show_output(const sandcell_container *container)
{
    sandcell_exec_options *options = script("echo out; echo err >&2; exit 42");
    sandcell_exec_result *result = NULL;
    int32_t code;
    bool good = options != NULL && sandcell_container_exec(container, options, &result, &error) == SANDCELL_OK;
    if (good) {
        print("stdout", result, SANDCELL_STDOUT);
        print("stderr", result, SANDCELL_STDERR);
        if (sandcell_exec_result_exit_code(result, &code))
            printf("exit code: %" PRId32 "\n", code);
    }
    sandcell_exec_result_free(result);
    sandcell_exec_options_free(options);
    return good;
}

/* Passes input to a command. */
static bool show_input(const sandcell_container *container)
{
    sandcell_exec_options *options = command((const char *[]){"sort", "-r", NULL});
    sandcell_exec_result *result = NULL;
    bool good = options != NULL
        && sandcell_exec_options_set_stdin(options, "apple\npear\n", SANDCELL_CSTR, &error) == SANDCELL_OK
        && sandcell_container_exec(container, options, &result, &error) == SANDCELL_OK;
    if (good)
        print("sorted", result, SANDCELL_STDOUT);
    sandcell_exec_result_free(result);
    sandcell_exec_options_free(options);
    return good;
}

/* Copies a file into the container and out of it. */
static bool show_files(const sandcell_container *container)
{
    const char *path = "/tmp/note", *text = "from the host\n";
    sandcell_string *contents = NULL;
    bool good = sandcell_container_write_file(container, path, SANDCELL_CSTR, text, SANDCELL_CSTR, NULL, &error)
            == SANDCELL_OK
        && sandcell_container_read_file(container, path, SANDCELL_CSTR, &contents, &error) == SANDCELL_OK;
    if (good)
        printf("file: %s", sandcell_string_data(contents, NULL));
    sandcell_string_free(contents);
    return good;
}

/* Writes a string to the stdin of a running command. */
static bool say(const sandcell_exec *exec, const char *text)
{
    size_t len = strlen(text), written;
    for (; len > 0; text += written, len -= written)
        if (sandcell_exec_write(exec, text, len, SANDCELL_NO_TIMEOUT, &written, &error))
            return false;
    return true;
}

/* Prints one line of the output of a running command. */
static bool hear_line(const sandcell_exec *exec)
{
    char c;
    size_t n;
    do {
        if (sandcell_exec_read(exec, SANDCELL_STDOUT, SANDCELL_NO_TIMEOUT, &c, 1, &n, &error))
            return false;
        if (n > 0)
            putchar(c);
    } while (n > 0 && c != '\n');
    return true;
}

/* Communicates with a command while it runs. */
static bool show_dialogue(const sandcell_container *container)
{
    sandcell_exec_options *options = script("while read word; do echo \"echo: $word\"; done");
    sandcell_exec *exec = NULL;
    sandcell_outcome outcome;
    int32_t code;
    bool good = options != NULL
        && sandcell_container_start_exec(container, options, &exec, &error) == SANDCELL_OK
        && say(exec, "one\n")
        && hear_line(exec)
        && say(exec, "two\n")
        && hear_line(exec);
    if (good) {
        sandcell_exec_close_stdin(exec);
        good = sandcell_exec_wait(exec, SANDCELL_NO_TIMEOUT, &outcome, &code, &error) == SANDCELL_OK;
    }
    if (good)
        printf("end: %" PRId32 "\n", code);
    sandcell_exec_free(exec);
    sandcell_exec_options_free(options);
    return good;
}

/* Runs a command with a child of its own into its timeout: both are killed. */
static bool show_timeout(const sandcell_container *container)
{
    sandcell_exec_options *options = script("echo begun; sleep 1234 & sleep 1234");
    sandcell_exec_result *result = NULL;
    bool good = options != NULL
        && sandcell_exec_options_set_timeout_ms(options, 300, &error) == SANDCELL_OK
        && sandcell_exec_options_set_kill_grace_ms(options, 0, &error) == SANDCELL_OK
        && sandcell_container_exec(container, options, &result, &error) == SANDCELL_OK;
    if (good) {
        print("too slow", result, SANDCELL_STDOUT);
        printf("timed out: %s\n", sandcell_exec_result_outcome(result) == SANDCELL_OUTCOME_TIMED_OUT ? "yes" : "no");
        printf("all killed: %s\n", sandcell_exec_result_tree_gone(result) == SANDCELL_TREE_GONE ? "yes" : "no");
    }
    sandcell_exec_result_free(result);
    sandcell_exec_options_free(options);
    return good;
}

static bool show_all(const sandcell_container *container)
{
    return show_output(container)
        && show_input(container)
        && show_files(container)
        && show_dialogue(container)
        && show_timeout(container);
}

int main(int argc, char **argv)
{
    sandcell_client *client = NULL;
    sandcell_create_options *options = NULL;
    sandcell_sandbox *sandbox = NULL;
    bool good = sandcell_client_from_env(&client, &error) == SANDCELL_OK
        && sandcell_create_options_new(argc > 1 ? argv[1] : "busybox:latest", SANDCELL_CSTR, &options, &error)
            == SANDCELL_OK
        && sandcell_sandbox_start(client, options, &sandbox, &error) == SANDCELL_OK
        && show_all(sandcell_sandbox_container(sandbox))
        && sandcell_sandbox_stop(sandbox, &error) == SANDCELL_OK;
    if (!good) {
        fprintf(stderr, "tour: %s\n", sandcell_error_message(error, NULL));
        sandcell_error_free(error);
    }
    sandcell_sandbox_free(sandbox); /* removes the container unless it was stopped */
    sandcell_create_options_free(options);
    sandcell_client_free(client);
    return !good;
}
