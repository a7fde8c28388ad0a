/*
 * All that can be done in a sandbox, by the container that it lends: this program never touches an id. On the engine in
 * DOCKER_HOST with the image that is the argument.
 */
#include "check.h"

#define S SANDCELL_CSTR

static sandcell_error *error;

static sandcell_sandbox *start(const char *image)
{
    sandcell_client *client;
    sandcell_create_options *options;
    sandcell_sandbox *sandbox;
    OK(sandcell_client_from_env(&client, &error));
    OK(sandcell_create_options_new(image, S, &options, &error));
    OK(sandcell_create_options_set_pids(options, 77, &error));
    OK(sandcell_sandbox_start(client, options, &sandbox, &error));
    sandcell_create_options_free(options);
    sandcell_client_free(client); /* the sandbox goes on */
    return sandbox;
}

static sandcell_exec_options *shell(const char *script)
{
    const char *args[] = {"sh", "-c", script};
    sandcell_exec_options *options = sandcell_exec_options_new();
    for (int n = 0; n < 3; n++)
        OK(sandcell_exec_options_add_arg(options, args[n], S, &error));
    return options;
}

static void check_file(const sandcell_container *container, const char *path, const char *expected)
{
    sandcell_string *contents;
    OK(sandcell_container_read_file(container, path, S, &contents, &error));
    CHECK(strcmp(sandcell_string_data(contents, NULL), expected) == 0);
    sandcell_string_free(contents);
}

/* A file that the host wrote, and one that a command wrote. */
static void test_files(const sandcell_container *container)
{
    sandcell_exec_options *options = shell("tr a-z A-Z </tmp/in >/tmp/out");
    sandcell_exec_result *result;
    OK(sandcell_container_write_file(container, "/tmp/in", S, "from the host", S, NULL, &error));
    OK(sandcell_container_exec(container, options, &result, &error));
    check_file(container, "/tmp/in", "from the host");
    check_file(container, "/tmp/out", "FROM THE HOST");
    sandcell_exec_result_free(result);
    sandcell_exec_options_free(options);
}

/* A command in the background, by the handle that started it, and by another. */
static void test_background(const sandcell_container *container)
{
    sandcell_exec_options *options = shell("echo done; exit 3");
    sandcell_background *started, *found;
    sandcell_background_state state;
    int32_t code;
    char buf[16];
    size_t n;
    OK(sandcell_container_start_background(container, "job", S, options, &started, &error));
    OK(sandcell_background_wait(started, &state, &code, &error));
    CHECK(state == SANDCELL_BACKGROUND_EXITED && code == 3);
    OK(sandcell_container_background(container, "job", S, &found, &error));
    CHECK(strcmp(sandcell_background_name(started, NULL), "job") == 0);
    CHECK(strcmp(sandcell_background_name(found, &n), "job") == 0 && n == 3);
    OK(sandcell_background_status(found, &state, &code, &error));
    CHECK(state == SANDCELL_BACKGROUND_EXITED && code == 3);
    OK(sandcell_background_read(found, SANDCELL_STDOUT, 0, buf, sizeof buf, &n, &error));
    CHECK(n == 5 && memcmp(buf, "done\n", n) == 0);
    OK(sandcell_background_remove(found, &error));
    FAILS(SANDCELL_ERR_NOT_FOUND, sandcell_background_status(found, &state, &code, &error));
    sandcell_background_free(found);
    sandcell_background_free(started);
    sandcell_exec_options_free(options);
}

static void test_posture(const sandcell_container *container)
{
    sandcell_posture *posture;
    OK(sandcell_container_posture(container, &posture, &error));
    CHECK(sandcell_posture_is_enforced(posture, SANDCELL_PROTECTION_PIDS));
    CHECK(strcmp(sandcell_posture_reason(posture, SANDCELL_PROTECTION_PIDS, NULL), "77 processes") == 0);
    const size_t len = sandcell_posture_len(posture);
    CHECK(len == 13 && sandcell_posture_get(posture, len) == 0);
    for (size_t i = 0; i < len; i++)
        CHECK(*sandcell_posture_reason(posture, sandcell_posture_get(posture, i), NULL) != '\0');
    sandcell_posture_free(posture);
}

static sandcell_container_status status_of(const sandcell_container *container)
{
    sandcell_container_state *state;
    OK(sandcell_container_inspect_state(container, &state, &error));
    sandcell_container_status status = sandcell_container_state_status(state);
    sandcell_container_state_free(state);
    return status;
}

static void test_state(const sandcell_container *container)
{
    bool alive;
    OK(sandcell_client_container_alive(sandcell_container_client(container), sandcell_container_id(container, NULL), S,
                                       &alive, &error));
    CHECK(alive && status_of(container) == SANDCELL_CONTAINER_RUNNING);
    OK(sandcell_container_pause(container, &error));
    CHECK(status_of(container) == SANDCELL_CONTAINER_PAUSED);
    OK(sandcell_container_unpause(container, &error));
    CHECK(status_of(container) == SANDCELL_CONTAINER_RUNNING);
}

/* The container's stop is enough; the sandbox finds nothing left to remove. */
static void test_stop(sandcell_sandbox *sandbox)
{
    sandcell_container_state *state;
    const sandcell_container *container = sandcell_sandbox_container(sandbox);
    OK(sandcell_container_stop(container, &error));
    OK(sandcell_container_stop(container, &error));
    OK(sandcell_container_inspect_state(container, &state, &error));
    CHECK(state == NULL);
    OK(sandcell_sandbox_stop(sandbox, &error));
    sandcell_sandbox_free(sandbox);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    sandcell_sandbox *sandbox = start(argv[1]);
    const sandcell_container *container = sandcell_sandbox_container(sandbox);
    CHECK(sandcell_sandbox_container(sandbox) == container);
    test_files(container);
    test_background(container);
    test_posture(container);
    test_state(container);
    test_stop(sandbox);
    puts("sandbox_container: good");
    return 0;
}
