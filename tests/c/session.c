/*
 * A session with every operation, on the engine in DOCKER_HOST with the image
 * that is the argument. What commands do is in the tests of Rust, which call the
 * C functions, too.
 */
#include "check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *image;
static const sandock_client *client;
static const char *container;

/* A command: its arguments, and NULL behind them. */
static sandock_exec_options *command(const char *arg, ...)
{
    sandock_error *error;
    sandock_exec_options *options = sandock_exec_options_new();
    va_list args;
    va_start(args, arg);
    for (; arg != NULL; arg = va_arg(args, const char *))
        OK(sandock_exec_options_add_arg(options, arg, SANDOCK_CSTR, &error));
    va_end(args);
    return options;
}

/* Runs a command in the container, and frees its options. */
static sandock_exec_result *run_with(const sandock_client *with, sandock_exec_options *options)
{
    sandock_error *error;
    sandock_exec_result *result;
    OK(sandock_client_exec(with, container, SANDOCK_CSTR, options, &result, &error));
    sandock_exec_options_free(options);
    return result;
}

static void check_exit(const sandock_exec_result *result, int32_t expected)
{
    int32_t code;
    CHECK(sandock_exec_result_outcome(result) == SANDOCK_OUTCOME_EXITED);
    CHECK(sandock_exec_result_exit_code(result, &code) && code == expected);
    CHECK(sandock_exec_result_exit_code(result, NULL));
    CHECK(sandock_exec_result_lost_reason(result) == NULL);
}

static void check_output(const sandock_exec_result *result, sandock_stream stream, const void *expected, size_t expected_len)
{
    sandock_error *error;
    const char *data;
    size_t len;
    OK(sandock_exec_result_output(result, stream, &data, &len, &error));
    if (len != expected_len || memcmp(data, expected, len) != 0)
        fprintf(stderr, "stream %" PRId32 " is \"%.200s\" (%zu bytes)\n", stream, data, len);
    CHECK(len == expected_len && memcmp(data, expected, len) == 0);
    CHECK(data[len] == '\0');
}

/* Runs a command to its end: checks exit code and both streams. */
static void expect(sandock_exec_options *options, int32_t code, const char *out, const char *err)
{
    sandock_exec_result *result = run_with(client, options);
    check_output(result, SANDOCK_STDOUT, out, strlen(out));
    check_output(result, SANDOCK_STDERR, err, strlen(err));
    check_exit(result, code);
    sandock_exec_result_free(result);
}

static void test_version(void)
{
    sandock_error *error;
    sandock_version_info *version;
    size_t len;
    OK(sandock_client_version(client, &version, &error));
    CHECK(strlen(sandock_version_info_engine(version, &len)) > 0);
    CHECK(strlen(sandock_version_info_engine(version, NULL)) == len);
    CHECK(strchr(sandock_version_info_engine_api_max(version, NULL), '.') != NULL);
    CHECK(strcmp(sandock_version_info_api(version, NULL), "1.41") == 0);
    CHECK(strchr(sandock_version_info_library_api_max(version, NULL), '.') != NULL);
    CHECK(strlen(sandock_version_info_engine_os(version, NULL)) > 0);
    CHECK(strlen(sandock_version_info_engine_arch(version, NULL)) > 0);
    CHECK(sandock_version_info_engine_api_min(version, &len) != NULL);
    sandock_version_info_free(version);
}

static void test_images(void)
{
    sandock_error *error;
    bool exists = false;
    OK(sandock_client_image_exists(client, image, SANDOCK_CSTR, &exists, &error));
    CHECK(exists);
    /* A length in place of SANDOCK_CSTR; what is behind it does not count. */
    OK(sandock_client_image_exists(client, "sandock-none:latest, or so", 19, &exists, &error));
    CHECK(!exists);
    REFUSES("image", sandock_client_image_exists(client, "a b", SANDOCK_CSTR, &exists, &error));
    REFUSES("image", sandock_client_pull_image(client, "", 0, NULL, &error));
}

/* A registry that nobody can reach: refused by the engine. */
static void test_pull_fails(void)
{
    sandock_error *error;
    sandock_status status = sandock_client_pull_image(client, "127.0.0.1:1/none:latest", SANDOCK_CSTR, NULL, &error);
    CHECK(status == SANDOCK_ERR_ENGINE || status == SANDOCK_ERR_PULL);
    CHECK(sandock_error_code(error) == status);
    CHECK(sandock_error_http_status(error) == 0 || sandock_error_http_status(error) >= 400);
    sandock_error_free(error);
}

static void test_exit_codes_and_streams(void)
{
    sandock_error *error;
    sandock_exec_options *options = command("sh", "-c", "echo out; echo err >&2; exit 42", NULL);
    sandock_exec_result *result;
    expect(command("true", NULL), 0, "", "");
    /* Options can be used again. */
    OK(sandock_client_exec(client, container, SANDOCK_CSTR, options, &result, &error));
    CHECK(sandock_exec_result_total_bytes(result, SANDOCK_STDOUT) == 4);
    CHECK(!sandock_exec_result_truncated(result, SANDOCK_STDOUT));
    const char *data;
    size_t len;
    REFUSES("stream", sandock_exec_result_output(result, 0, &data, &len, &error));
    REFUSES("stream", sandock_exec_result_output(result, 3, &data, &len, &error));
    REFUSES("data", sandock_exec_result_output(result, SANDOCK_STDOUT, NULL, &len, &error));
    REFUSES("len", sandock_exec_result_output(result, SANDOCK_STDOUT, &data, NULL, &error));
    CHECK(sandock_exec_result_total_bytes(result, 3) == 0);
    CHECK(!sandock_exec_result_truncated(result, -1));
    sandock_exec_result_free(result);
    expect(options, 42, "out\n", "err\n");
    expect(command("sh", "-c", "kill -KILL $$", NULL), 137, "", "");
}

static void test_environment(void)
{
    sandock_error *error;
    sandock_exec_options *options = command("sh", "-c", "echo $OUTER $INNER; pwd; id -u", NULL);
    expect(command("sh", "-c", "echo $OUTER $INNER; pwd; id -u", NULL), 0, "outer\n/workspace\n0\n", "");
    OK(sandock_exec_options_add_env(options, "INNER", SANDOCK_CSTR, "inner", 2, &error));
    OK(sandock_exec_options_set_cwd(options, "/tmp", SANDOCK_CSTR, &error));
    OK(sandock_exec_options_set_user(options, "1234:1234", SANDOCK_CSTR, &error));
    expect(options, 0, "outer in\n/tmp\n1234\n", "");
}

static void test_stdin(void)
{
    sandock_error *error;
    sandock_exec_options *options = command("cat", NULL);
    OK(sandock_exec_options_set_stdin(options, "text", SANDOCK_CSTR, &error));
    expect(options, 0, "text", "");
    options = command("cat", NULL);
    OK(sandock_exec_options_set_stdin(options, NULL, 0, &error));
    expect(options, 0, "", "");
}

static void test_bad_exec_arguments(void)
{
    sandock_error *error;
    sandock_exec_result *result;
    sandock_exec_options *empty = sandock_exec_options_new();
    sandock_exec_options *relative = command("true", NULL);
    REFUSES("argv", sandock_client_exec(client, container, SANDOCK_CSTR, empty, &result, &error));
    OK(sandock_exec_options_set_cwd(relative, "relative", SANDOCK_CSTR, &error));
    REFUSES("cwd", sandock_client_exec(client, container, SANDOCK_CSTR, relative, &result, &error));
    REFUSES("container", sandock_client_exec(client, "../x", SANDOCK_CSTR, empty, &result, &error));
    sandock_exec_options_free(relative);
    sandock_exec_options_free(empty);
}

static void test_missing_container(void)
{
    sandock_error *error;
    sandock_exec_result *result;
    sandock_container_state *state = (sandock_container_state *)&result;
    bool alive = true;
    sandock_exec_options *options = command("true", NULL);
    sandock_status status = sandock_client_exec(client, "sandock-none", SANDOCK_CSTR, options, &result, &error);
    CHECK(status == SANDOCK_ERR_NOT_FOUND && sandock_error_code(error) == status);
    CHECK(sandock_error_is_not_found(error) && !sandock_error_is_conflict(error));
    CHECK(!sandock_error_is_retryable(error) && !sandock_error_is_unreachable(error));
    CHECK(sandock_error_http_status(error) == 404 && sandock_error_os_errno(error) == 0);
    CHECK(strstr(sandock_error_message(error, NULL), "sandock-none") != NULL);
    sandock_error_free(error);
    sandock_exec_options_free(options);

    OK(sandock_client_inspect_container_state(client, "sandock-none", SANDOCK_CSTR, &state, &error));
    CHECK(state == NULL);
    OK(sandock_client_container_alive(client, "sandock-none", SANDOCK_CSTR, &alive, &error));
    CHECK(!alive);
    OK(sandock_client_stop(client, "sandock-none", SANDOCK_CSTR, &error));
}

static void test_state(void)
{
    sandock_error *error;
    sandock_container_state *state;
    int64_t number = -7;
    bool alive = false;
    OK(sandock_client_container_alive(client, container, SANDOCK_CSTR, &alive, &error));
    CHECK(alive);
    OK(sandock_client_inspect_container_state(client, container, SANDOCK_CSTR, &state, &error));
    CHECK(strcmp(sandock_container_state_id(state, NULL), container) == 0);
    CHECK(sandock_container_state_status(state) == SANDOCK_CONTAINER_RUNNING);
    CHECK(sandock_container_state_running(state));
    CHECK(!sandock_container_state_exit_code(state, &number) && number == -7);
    CHECK(sandock_container_state_pid(state, &number) && number > 0);
    CHECK(!sandock_container_state_oom_killed(state));
    CHECK(strcmp(sandock_container_state_error(state, NULL), "") == 0);
    sandock_container_state_free(state);
}

static void test_timeout(void)
{
    sandock_error *error;
    sandock_client *hurried;
    sandock_version_info *version;
    OK(sandock_client_with_timeout_ms(client, 0, &hurried, &error));
    CHECK(sandock_client_version(hurried, &version, &error) == SANDOCK_ERR_TIMEOUT);
    CHECK(sandock_error_is_timeout(error) && sandock_error_is_retryable(error));
    sandock_error_free(error);
    sandock_client_free(hurried);
}

static void test_cancel(void)
{
    sandock_error *error;
    sandock_cancel_token *token = sandock_cancel_token_new();
    sandock_client *cancellable;
    sandock_version_info *version;
    OK(sandock_client_with_cancel(client, token, &cancellable, &error));
    OK(sandock_client_version(cancellable, &version, &error));
    sandock_version_info_free(version);
    CHECK(!sandock_cancel_token_is_cancelled(token));
    sandock_cancel_token_cancel(token);
    CHECK(sandock_cancel_token_is_cancelled(token));
    sandock_cancel_token_free(token); /* the client goes on holding it */
    CHECK(sandock_client_version(cancellable, &version, &error) == SANDOCK_ERR_CANCELLED);
    CHECK(sandock_error_is_cancelled(error) && !sandock_error_is_timeout(error));
    sandock_error_free(error);
    sandock_client_free(cancellable);
}

static void test_mounts_and_volumes(const char *directory, const char *volume_name)
{
    sandock_error *error;
    char path[256];
    struct stat file;
    const char *script = "cat /bind/in && cp /bind/in /workspace/out && cp /bind/in /volume/x"
                         " && ! touch /bind/x 2>/dev/null && ip link | grep -c eth || exit 0";
    expect(command("sh", "-c", script, NULL), 0, "from the host\n0\n", "");
    snprintf(path, sizeof path, "%s/workspace/out", directory);
    CHECK(stat(path, &file) == 0 && file.st_size == 14);

    /* Another container, with a network, sees the volume. */
    sandock_create_options *options;
    sandock_string *other;
    const char *first = container;
    OK(sandock_create_options_new(image, SANDOCK_CSTR, &options, &error));
    OK(sandock_create_options_add_volume(options, volume_name, SANDOCK_CSTR, "/v", SANDOCK_CSTR, true, false, NULL, 0, &error));
    OK(sandock_create_options_set_network_mode(options, SANDOCK_NETWORK_ALLOW_ALL, &error));
    OK(sandock_create_options_set_user(options, "1000", SANDOCK_CSTR, &error));
    OK(sandock_client_create_and_start(client, options, &other, &error));
    sandock_create_options_free(options);
    container = sandock_string_data(other, NULL);
    expect(command("sh", "-c", "id -u; cat /v/x; touch /v/y 2>/dev/null || echo no; ip link | grep -c eth0", NULL), 0,
           "1000\nfrom the host\nno\n1\n", "");
    OK(sandock_client_stop(client, container, SANDOCK_CSTR, &error));
    sandock_string_free(other);
    container = first;
}

/* The container of the session has the volume. */
static void test_volume_operations(const char *volume_name)
{
    sandock_error *error;
    sandock_volume *volume = NULL;
    sandock_volume_filter *filter = sandock_volume_filter_new();
    sandock_volumes *volumes;
    size_t found = 0;
    OK(sandock_client_volume_inspect(client, volume_name, SANDOCK_CSTR, &volume, &error));
    CHECK(strcmp(sandock_volume_driver(volume, NULL), "local") == 0);
    CHECK(strlen(sandock_volume_created_at(volume, NULL)) > 0);
    CHECK(sandock_volume_label_count(volume) == 1);
    CHECK(strcmp(sandock_volume_label_key(volume, 0, NULL), "test") == 0);
    CHECK(strcmp(sandock_volume_label_value(volume, 0, NULL), "c") == 0);
    CHECK(strcmp(sandock_volume_label_key(volume, 1, NULL), "") == 0);
    sandock_volume_free(volume);

    OK(sandock_volume_filter_add_label(filter, "test", SANDOCK_CSTR, "c", SANDOCK_CSTR, &error));
    OK(sandock_volume_filter_add_label_key(filter, "test", SANDOCK_CSTR, &error));
    OK(sandock_client_volume_list(client, filter, &volumes, &error));
    for (size_t i = 0; i < sandock_volumes_len(volumes); i++)
        found += strcmp(sandock_volume_name(sandock_volumes_get(volumes, i), NULL), volume_name) == 0;
    CHECK(found == 1 && sandock_volumes_get(volumes, sandock_volumes_len(volumes)) == NULL);
    sandock_volumes_free(volumes);
    sandock_volume_filter_free(filter);

    FAILS(SANDOCK_ERR_CONFLICT, sandock_client_volume_remove(client, volume_name, SANDOCK_CSTR, &error));
}

/* No container has the volume any more. */
static void test_volume_removal(const char *volume_name)
{
    sandock_error *error;
    sandock_volume *volume;
    OK(sandock_client_volume_remove(client, volume_name, SANDOCK_CSTR, &error));
    OK(sandock_client_volume_remove(client, volume_name, SANDOCK_CSTR, &error));
    OK(sandock_client_volume_inspect(client, volume_name, SANDOCK_CSTR, &volume, &error));
    CHECK(volume == NULL);
}

static void test_conflict(const char *name)
{
    sandock_error *error;
    sandock_create_options *options;
    sandock_string *id = NULL;
    OK(sandock_create_options_new(image, SANDOCK_CSTR, &options, &error));
    OK(sandock_create_options_set_name(options, name, SANDOCK_CSTR, &error));
    CHECK(sandock_client_create_and_start(client, options, &id, &error) == SANDOCK_ERR_CONFLICT);
    CHECK(sandock_error_is_conflict(error) && sandock_error_http_status(error) == 409);
    CHECK(id == NULL); /* outputs are written on success only */
    sandock_error_free(error);
    OK(sandock_create_options_set_name(options, "x", SANDOCK_CSTR, &error));
    REFUSES("name", sandock_client_create_and_start(client, options, &id, &error));
    sandock_create_options_free(options);
}

static void test_stop_and_close(sandock_client *closed, const char *volume_name)
{
    sandock_error *error;
    sandock_container_state *state;
    sandock_version_info *version;
    OK(sandock_client_stop(client, container, SANDOCK_CSTR, &error));
    OK(sandock_client_stop(client, container, SANDOCK_CSTR, &error));
    OK(sandock_client_inspect_container_state(client, container, SANDOCK_CSTR, &state, &error));
    CHECK(state == NULL);
    test_volume_removal(volume_name);
    sandock_client_close(closed);
    sandock_client_close(closed);
    FAILS(SANDOCK_ERR_CLOSED, sandock_client_version(closed, &version, &error));
    FAILS(SANDOCK_ERR_CLOSED, sandock_client_version(client, &version, &error));
}

static void write_file(const char *directory, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void make_directory(const char *parent, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", parent, name);
    CHECK(mkdir(path, 0777) == 0 || access(path, F_OK) == 0);
}

static sandock_string *create(const char *name, const char *directory, const char *volume_name)
{
    sandock_error *error;
    sandock_create_options *options;
    sandock_volume_options *volume_options;
    sandock_volume *volume;
    sandock_string *id;
    char path[256];

    OK(sandock_volume_options_new(volume_name, SANDOCK_CSTR, &volume_options, &error));
    OK(sandock_volume_options_add_label(volume_options, "test", SANDOCK_CSTR, "c", SANDOCK_CSTR, &error));
    OK(sandock_client_volume_create(client, volume_options, &volume, &error));
    sandock_volume_options_free(volume_options);
    CHECK(strcmp(sandock_volume_name(volume, NULL), volume_name) == 0);
    CHECK(strlen(sandock_volume_mountpoint(volume, NULL)) > 0);
    sandock_volume_free(volume);

    OK(sandock_create_options_new(image, SANDOCK_CSTR, &options, &error));
    OK(sandock_create_options_set_name(options, name, SANDOCK_CSTR, &error));
    snprintf(path, sizeof path, "%s/workspace", directory);
    OK(sandock_create_options_set_workspace(options, path, SANDOCK_CSTR, "/workspace", SANDOCK_CSTR, &error));
    snprintf(path, sizeof path, "%s/bind", directory);
    OK(sandock_create_options_add_bind(options, path, SANDOCK_CSTR, "/bind", SANDOCK_CSTR, true, &error));
    OK(sandock_create_options_add_volume(options, volume_name, SANDOCK_CSTR, "/volume", SANDOCK_CSTR, false, false, NULL, 0, &error));
    OK(sandock_create_options_set_network_mode(options, SANDOCK_NETWORK_DISABLED, &error));
    OK(sandock_create_options_add_env(options, "OUTER", SANDOCK_CSTR, "outer", SANDOCK_CSTR, &error));
    OK(sandock_create_options_set_user(options, "0", SANDOCK_CSTR, &error));
    OK(sandock_create_options_add_label(options, "test", SANDOCK_CSTR, "c", SANDOCK_CSTR, &error));
    OK(sandock_client_create_and_start(client, options, &id, &error));
    sandock_create_options_free(options);
    return id;
}

int main(int argc, char **argv)
{
    sandock_error *error;
    sandock_client_options *options;
    sandock_client *first, *derived;
    char directory[] = "/tmp/sandock-c-XXXXXX", name[64], volume_name[64];
    if (getenv("DOCKER_HOST") == NULL) {
        fputs("session: this test needs an engine: set DOCKER_HOST to its endpoint\n", stderr);
        return 1;
    }
    CHECK(argc == 2);
    image = argv[1];
    CHECK(mkdtemp(directory) != NULL);
    make_directory(directory, "workspace");
    make_directory(directory, "bind");
    write_file(directory, "bind/in", "from the host\n");
    snprintf(name, sizeof name, "sandock-c-%ld", (long)getpid());
    snprintf(volume_name, sizeof volume_name, "sandock-c-volume-%ld", (long)getpid());

    OK(sandock_client_options_from_env(&options, &error));
    OK(sandock_client_options_set_api_version(options, "1.41", SANDOCK_CSTR, &error));
    OK(sandock_client_options_set_connect_timeout_ms(options, 5000, &error));
    OK(sandock_client_options_set_request_timeout_ms(options, 30000, &error));
    OK(sandock_client_new(options, &first, &error));
    sandock_client_options_free(options);
    OK(sandock_client_with_timeout_ms(first, 60000, &derived, &error));
    sandock_client_free(first); /* the derived one goes on */
    client = derived;

    test_version();
    test_images();
    test_pull_fails();
    sandock_string *id = create(name, directory, volume_name);
    container = sandock_string_data(id, NULL);
    test_exit_codes_and_streams();
    test_environment();
    test_stdin();
    test_bad_exec_arguments();
    test_missing_container();
    test_state();
    test_timeout();
    test_cancel();
    test_mounts_and_volumes(directory, volume_name);
    test_volume_operations(volume_name);
    test_conflict(name);
    test_stop_and_close(derived, volume_name);

    sandock_string_free(id);
    sandock_client_free(derived);
    char remove[128];
    snprintf(remove, sizeof remove, "rm -r %s", directory);
    CHECK(system(remove) == 0);
    puts("session: good");
    return 0;
}
