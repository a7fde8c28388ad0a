/*
 * A session with every operation, on the engine in DOCKER_HOST with the image
 * that is the argument. What commands do is in the tests of Rust, which call the
 * C functions, too.
 */
#include "command.h"

#include <sys/stat.h>
#include <unistd.h>

static const char *image;
static const sandcell_client *client;
static const char *container;

/* Runs a command in the container, and frees its options. */
static sandcell_exec_result *run_with(const sandcell_client *with, sandcell_exec_options *options)
{
    sandcell_error *error;
    sandcell_exec_result *result;
    OK(sandcell_client_exec(with, container, SANDCELL_CSTR, options, &result, &error));
    sandcell_exec_options_free(options);
    return result;
}

static void check_exit(const sandcell_exec_result *result, int32_t expected)
{
    int32_t code;
    CHECK(sandcell_exec_result_outcome(result) == SANDCELL_OUTCOME_EXITED);
    CHECK(sandcell_exec_result_exit_code(result, &code) && code == expected);
    CHECK(sandcell_exec_result_exit_code(result, NULL));
    CHECK(sandcell_exec_result_lost_reason(result) == NULL);
}

static void check_output(const sandcell_exec_result *result, sandcell_stream stream, const void *expected,
                         size_t expected_len)
{
    sandcell_error *error;
    const char *data;
    size_t len;
    OK(sandcell_exec_result_output(result, stream, &data, &len, &error));
    check_bytes(data, len, expected, expected_len);
    CHECK(data[len] == '\0');
}

/* Runs a command to its end: checks exit code and both streams. */
static void expect(sandcell_exec_options *options, int32_t code, const char *out, const char *err)
{
    sandcell_exec_result *result = run_with(client, options);
    check_output(result, SANDCELL_STDOUT, out, strlen(out));
    check_output(result, SANDCELL_STDERR, err, strlen(err));
    check_exit(result, code);
    sandcell_exec_result_free(result);
}

static void test_version(void)
{
    sandcell_error *error;
    sandcell_version_info *version;
    size_t len;
    OK(sandcell_client_version(client, &version, &error));
    CHECK(strlen(sandcell_version_info_engine(version, &len)) > 0);
    CHECK(strlen(sandcell_version_info_engine(version, NULL)) == len);
    CHECK(strchr(sandcell_version_info_engine_api_max(version, NULL), '.') != NULL);
    CHECK(strcmp(sandcell_version_info_api(version, NULL), "1.41") == 0);
    CHECK(strchr(sandcell_version_info_library_api_max(version, NULL), '.') != NULL);
    CHECK(strlen(sandcell_version_info_engine_os(version, NULL)) > 0);
    CHECK(strlen(sandcell_version_info_engine_arch(version, NULL)) > 0);
    CHECK(sandcell_version_info_engine_api_min(version, &len) != NULL);
    sandcell_version_info_free(version);
}

static void test_images(void)
{
    sandcell_error *error;
    bool exists = false;
    OK(sandcell_client_image_exists(client, image, SANDCELL_CSTR, &exists, &error));
    CHECK(exists);
    /* A length in place of SANDCELL_CSTR; what is behind it does not count. */
    OK(sandcell_client_image_exists(client, "sandcell-none:latest, or so", 19, &exists, &error));
    CHECK(!exists);
    REFUSES("image", sandcell_client_image_exists(client, "a b", SANDCELL_CSTR, &exists, &error));
    REFUSES("image", sandcell_client_pull_image(client, "", 0, NULL, &error));
}

/* A registry that nobody can reach: refused by the engine. */
static void test_pull_fails(void)
{
    sandcell_error *error;
    sandcell_status status = sandcell_client_pull_image(client, "127.0.0.1:1/none:latest", SANDCELL_CSTR, NULL, &error);
    CHECK(status == SANDCELL_ERR_ENGINE || status == SANDCELL_ERR_PULL);
    CHECK(sandcell_error_kind(error) == status);
    CHECK(sandcell_error_http_status(error) == 0 || sandcell_error_http_status(error) >= 400);
    sandcell_error_free(error);
}

static void test_exit_codes_and_streams(void)
{
    sandcell_error *error;
    sandcell_exec_options *options = command("sh", "-c", "echo out; echo err >&2; exit 42", NULL);
    sandcell_exec_result *result;
    expect(command("true", NULL), 0, "", "");
    /* Options can be used again. */
    OK(sandcell_client_exec(client, container, SANDCELL_CSTR, options, &result, &error));
    CHECK(sandcell_exec_result_total_bytes(result, SANDCELL_STDOUT) == 4);
    CHECK(!sandcell_exec_result_is_truncated(result, SANDCELL_STDOUT));
    const char *data;
    size_t len;
    REFUSES("stream", sandcell_exec_result_output(result, 0, &data, &len, &error));
    REFUSES("stream", sandcell_exec_result_output(result, 3, &data, &len, &error));
    REFUSES("data", sandcell_exec_result_output(result, SANDCELL_STDOUT, NULL, &len, &error));
    REFUSES("len", sandcell_exec_result_output(result, SANDCELL_STDOUT, &data, NULL, &error));
    CHECK(sandcell_exec_result_total_bytes(result, 3) == 0);
    CHECK(!sandcell_exec_result_is_truncated(result, -1));
    sandcell_exec_result_free(result);
    expect(options, 42, "out\n", "err\n");
    expect(command("sh", "-c", "kill -KILL $$", NULL), 137, "", "");
}

static void test_environment(void)
{
    sandcell_error *error;
    sandcell_exec_options *options = command("sh", "-c", "echo $OUTER $INNER; pwd; id -u", NULL);
    expect(command("sh", "-c", "echo $OUTER $INNER; pwd; id -u", NULL), 0, "outer\n/workspace\n0\n", "");
    OK(sandcell_exec_options_add_env(options, "INNER", SANDCELL_CSTR, "inner", 2, &error));
    OK(sandcell_exec_options_set_cwd(options, "/tmp", SANDCELL_CSTR, &error));
    OK(sandcell_exec_options_set_user(options, "1234:1234", SANDCELL_CSTR, &error));
    expect(options, 0, "outer in\n/tmp\n1234\n", "");
}

static void test_stdin(void)
{
    sandcell_error *error;
    sandcell_exec_options *options = command("cat", NULL);
    OK(sandcell_exec_options_set_stdin(options, "text", SANDCELL_CSTR, &error));
    expect(options, 0, "text", "");
    options = command("cat", NULL);
    OK(sandcell_exec_options_set_stdin(options, NULL, 0, &error));
    expect(options, 0, "", "");
}

static void test_bad_exec_arguments(void)
{
    sandcell_error *error;
    sandcell_exec_result *result;
    sandcell_exec_options *empty = sandcell_exec_options_new();
    sandcell_exec_options *relative = command("true", NULL);
    REFUSES("argv", sandcell_client_exec(client, container, SANDCELL_CSTR, empty, &result, &error));
    OK(sandcell_exec_options_set_cwd(relative, "relative", SANDCELL_CSTR, &error));
    REFUSES("cwd", sandcell_client_exec(client, container, SANDCELL_CSTR, relative, &result, &error));
    REFUSES("container", sandcell_client_exec(client, "../x", SANDCELL_CSTR, empty, &result, &error));
    sandcell_exec_options_free(relative);
    sandcell_exec_options_free(empty);
}

static void test_missing_container(void)
{
    sandcell_error *error;
    sandcell_exec_result *result;
    sandcell_container_state *state = (sandcell_container_state *)&result;
    bool alive = true;
    sandcell_exec_options *options = command("true", NULL);
    sandcell_status status = sandcell_client_exec(client, "sandcell-none", SANDCELL_CSTR, options, &result, &error);
    CHECK(status == SANDCELL_ERR_NOT_FOUND && sandcell_error_kind(error) == status);
    CHECK(sandcell_error_is_not_found(error) && !sandcell_error_is_conflict(error));
    CHECK(!sandcell_error_is_retryable(error) && !sandcell_error_is_unreachable(error));
    CHECK(sandcell_error_http_status(error) == 404 && sandcell_error_os_errno(error) == 0);
    CHECK(strstr(sandcell_error_message(error, NULL), "sandcell-none") != NULL);
    sandcell_error_free(error);
    sandcell_exec_options_free(options);

    OK(sandcell_client_inspect_container_state(client, "sandcell-none", SANDCELL_CSTR, &state, &error));
    CHECK(state == NULL);
    OK(sandcell_client_container_alive(client, "sandcell-none", SANDCELL_CSTR, &alive, &error));
    CHECK(!alive);
    OK(sandcell_client_stop(client, "sandcell-none", SANDCELL_CSTR, &error));
}

static void test_state(void)
{
    sandcell_error *error;
    sandcell_container_state *state;
    int64_t number = -7;
    bool alive = false;
    OK(sandcell_client_container_alive(client, container, SANDCELL_CSTR, &alive, &error));
    CHECK(alive);
    OK(sandcell_client_inspect_container_state(client, container, SANDCELL_CSTR, &state, &error));
    CHECK(strcmp(sandcell_container_state_id(state, NULL), container) == 0);
    CHECK(sandcell_container_state_status(state) == SANDCELL_CONTAINER_RUNNING);
    CHECK(sandcell_container_state_running(state));
    CHECK(!sandcell_container_state_exit_code(state, &number) && number == -7);
    CHECK(sandcell_container_state_pid(state, &number) && number > 0);
    CHECK(!sandcell_container_state_oom_killed(state));
    CHECK(strcmp(sandcell_container_state_error(state, NULL), "") == 0);
    sandcell_container_state_free(state);
}

static void test_timeout(void)
{
    sandcell_error *error;
    sandcell_client *hurried;
    sandcell_version_info *version;
    OK(sandcell_client_with_timeout_ms(client, 0, &hurried, &error));
    CHECK(sandcell_client_version(hurried, &version, &error) == SANDCELL_ERR_TIMEOUT);
    CHECK(sandcell_error_is_timeout(error) && sandcell_error_is_retryable(error));
    sandcell_error_free(error);
    sandcell_client_free(hurried);

    OK(sandcell_client_with_deadline_ms(client, 0, &hurried, &error));
    CHECK(sandcell_client_version(hurried, &version, &error) == SANDCELL_ERR_TIMEOUT);
    sandcell_error_free(error);
    sandcell_client_free(hurried);
    OK(sandcell_client_with_deadline_ms(client, UINT64_MAX, &hurried, &error));
    OK(sandcell_client_version(hurried, &version, &error));
    sandcell_version_info_free(version);
    sandcell_client_free(hurried);
}

static void test_cancel(void)
{
    sandcell_error *error;
    sandcell_cancel_token *token = sandcell_cancel_token_new();
    sandcell_client *cancellable;
    sandcell_version_info *version;
    OK(sandcell_client_with_cancel(client, token, &cancellable, &error));
    OK(sandcell_client_version(cancellable, &version, &error));
    sandcell_version_info_free(version);
    CHECK(!sandcell_cancel_token_is_cancelled(token));
    sandcell_cancel_token_cancel(token);
    CHECK(sandcell_cancel_token_is_cancelled(token));
    sandcell_cancel_token_free(token); /* the client goes on holding it */
    CHECK(sandcell_client_version(cancellable, &version, &error) == SANDCELL_ERR_CANCELLED);
    CHECK(sandcell_error_is_cancelled(error) && !sandcell_error_is_timeout(error));
    sandcell_error_free(error);
    sandcell_client_free(cancellable);
}

static void test_mounts_and_volumes(const char *directory, const char *volume_name)
{
    sandcell_error *error;
    char path[256];
    struct stat file;
    const char *script = "cat /bind/in && cp /bind/in /workspace/out && cp /bind/in /volume/x"
                         " && ! touch /bind/x 2>/dev/null && ip link | grep -c eth || exit 0";
    expect(command("sh", "-c", script, NULL), 0, "from the host\n0\n", "");
    snprintf(path, sizeof path, "%s/workspace/out", directory);
    CHECK(stat(path, &file) == 0 && file.st_size == 14);

    /* Another container, with a network, sees the volume. */
    sandcell_create_options *options;
    sandcell_string *other;
    const char *first = container;
    OK(sandcell_create_options_new(image, SANDCELL_CSTR, &options, &error));
    OK(sandcell_create_options_add_mount_volume(options, volume_name, SANDCELL_CSTR, "/v", SANDCELL_CSTR, true, false,
                                                NULL, 0, &error));
    OK(sandcell_create_options_set_network_mode(options, SANDCELL_NETWORK_ALLOW_ALL, &error));
    OK(sandcell_create_options_set_user(options, "1000", SANDCELL_CSTR, &error));
    OK(sandcell_client_create_and_start(client, options, &other, &error));
    sandcell_create_options_free(options);
    container = sandcell_string_data(other, NULL);
    expect(command("sh", "-c", "id -u; cat /v/x; touch /v/y 2>/dev/null || echo no; ip link | grep -c eth0", NULL), 0,
           "1000\nfrom the host\nno\n1\n", "");
    OK(sandcell_client_stop(client, container, SANDCELL_CSTR, &error));
    sandcell_string_free(other);
    container = first;
}

/* The container of the session has the volume. */
static void test_volume_operations(const char *volume_name)
{
    sandcell_error *error;
    sandcell_volume *volume = NULL;
    sandcell_volume_filter *filter = sandcell_volume_filter_new();
    sandcell_volumes *volumes;
    size_t found = 0;
    OK(sandcell_client_inspect_volume(client, volume_name, SANDCELL_CSTR, &volume, &error));
    CHECK(strcmp(sandcell_volume_driver(volume, NULL), "local") == 0);
    CHECK(strlen(sandcell_volume_created_at(volume, NULL)) > 0);
    CHECK(sandcell_volume_label_count(volume) == 1);
    CHECK(strcmp(sandcell_volume_label_key(volume, 0, NULL), "test") == 0);
    CHECK(strcmp(sandcell_volume_label_value(volume, 0, NULL), "c") == 0);
    CHECK(strcmp(sandcell_volume_label_key(volume, 1, NULL), "") == 0);
    sandcell_volume_free(volume);

    OK(sandcell_volume_filter_add_label(filter, "test", SANDCELL_CSTR, "c", SANDCELL_CSTR, &error));
    OK(sandcell_volume_filter_add_label_key(filter, "test", SANDCELL_CSTR, &error));
    OK(sandcell_client_list_volumes(client, filter, &volumes, &error));
    for (size_t i = 0; i < sandcell_volumes_len(volumes); i++)
        found += strcmp(sandcell_volume_name(sandcell_volumes_get(volumes, i), NULL), volume_name) == 0;
    CHECK(found == 1 && sandcell_volumes_get(volumes, sandcell_volumes_len(volumes)) == NULL);
    sandcell_volumes_free(volumes);
    sandcell_volume_filter_free(filter);

    FAILS(SANDCELL_ERR_CONFLICT, sandcell_client_remove_volume(client, volume_name, SANDCELL_CSTR, &error));
}

/* No container has the volume any more. */
static void test_volume_removal(const char *volume_name)
{
    sandcell_error *error;
    sandcell_volume *volume;
    OK(sandcell_client_remove_volume(client, volume_name, SANDCELL_CSTR, &error));
    OK(sandcell_client_remove_volume(client, volume_name, SANDCELL_CSTR, &error));
    OK(sandcell_client_inspect_volume(client, volume_name, SANDCELL_CSTR, &volume, &error));
    CHECK(volume == NULL);
}

static void test_conflict(const char *name)
{
    sandcell_error *error;
    sandcell_create_options *options;
    sandcell_string *id = NULL;
    OK(sandcell_create_options_new(image, SANDCELL_CSTR, &options, &error));
    OK(sandcell_create_options_set_name(options, name, SANDCELL_CSTR, &error));
    CHECK(sandcell_client_create_and_start(client, options, &id, &error) == SANDCELL_ERR_CONFLICT);
    CHECK(sandcell_error_is_conflict(error) && sandcell_error_http_status(error) == 409);
    CHECK(id == NULL); /* outputs are written on success only */
    sandcell_error_free(error);
    OK(sandcell_create_options_set_name(options, "x", SANDCELL_CSTR, &error));
    REFUSES("name", sandcell_client_create_and_start(client, options, &id, &error));
    sandcell_create_options_free(options);
}

static void test_stop_and_close(sandcell_client *closed, const char *volume_name)
{
    sandcell_error *error;
    sandcell_container_state *state;
    sandcell_version_info *version;
    OK(sandcell_client_stop(client, container, SANDCELL_CSTR, &error));
    OK(sandcell_client_stop(client, container, SANDCELL_CSTR, &error));
    OK(sandcell_client_inspect_container_state(client, container, SANDCELL_CSTR, &state, &error));
    CHECK(state == NULL);
    test_volume_removal(volume_name);
    sandcell_client_close(closed);
    sandcell_client_close(closed);
    FAILS(SANDCELL_ERR_CLOSED, sandcell_client_version(closed, &version, &error));
    FAILS(SANDCELL_ERR_CLOSED, sandcell_client_version(client, &version, &error));
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

static sandcell_string *create(const char *name, const char *directory, const char *volume_name)
{
    sandcell_error *error;
    sandcell_create_options *options;
    sandcell_volume_options *volume_options;
    sandcell_volume *volume;
    sandcell_string *id;
    char path[256];

    OK(sandcell_volume_options_new(volume_name, SANDCELL_CSTR, &volume_options, &error));
    OK(sandcell_volume_options_add_label(volume_options, "test", SANDCELL_CSTR, "c", SANDCELL_CSTR, &error));
    OK(sandcell_client_create_volume(client, volume_options, &volume, &error));
    sandcell_volume_options_free(volume_options);
    CHECK(strcmp(sandcell_volume_name(volume, NULL), volume_name) == 0);
    CHECK(strlen(sandcell_volume_mountpoint(volume, NULL)) > 0);
    sandcell_volume_free(volume);

    OK(sandcell_create_options_new(image, SANDCELL_CSTR, &options, &error));
    OK(sandcell_create_options_set_name(options, name, SANDCELL_CSTR, &error));
    snprintf(path, sizeof path, "%s/workspace", directory);
    OK(sandcell_create_options_set_workspace(options, path, SANDCELL_CSTR, "/workspace", SANDCELL_CSTR, &error));
    snprintf(path, sizeof path, "%s/bind", directory);
    OK(sandcell_create_options_add_mount_bind(options, path, SANDCELL_CSTR, "/bind", SANDCELL_CSTR, true, &error));
    OK(sandcell_create_options_add_mount_volume(options, volume_name, SANDCELL_CSTR, "/volume", SANDCELL_CSTR, false,
                                                false, NULL, 0, &error));
    OK(sandcell_create_options_set_network_mode(options, SANDCELL_NETWORK_DISABLED, &error));
    OK(sandcell_create_options_add_env(options, "OUTER", SANDCELL_CSTR, "outer", SANDCELL_CSTR, &error));
    OK(sandcell_create_options_set_user(options, "0", SANDCELL_CSTR, &error));
    OK(sandcell_create_options_add_label(options, "test", SANDCELL_CSTR, "c", SANDCELL_CSTR, &error));
    OK(sandcell_client_create_and_start(client, options, &id, &error));
    sandcell_create_options_free(options);
    return id;
}

int main(int argc, char **argv)
{
    sandcell_error *error;
    sandcell_client_builder *builder;
    sandcell_client *first, *derived;
    char directory[] = "/tmp/sandcell-c-XXXXXX", name[64], volume_name[64];
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
    snprintf(name, sizeof name, "sandcell-c-%ld", (long)getpid());
    snprintf(volume_name, sizeof volume_name, "sandcell-c-volume-%ld", (long)getpid());

    OK(sandcell_client_builder_from_env(&builder, &error));
    OK(sandcell_client_builder_set_api_version(builder, "1.41", SANDCELL_CSTR, &error));
    OK(sandcell_client_builder_set_connect_timeout_ms(builder, 5000, &error));
    OK(sandcell_client_builder_set_request_timeout_ms(builder, 30000, &error));
    OK(sandcell_client_builder_build(builder, &first, &error));
    sandcell_client_builder_free(builder);
    OK(sandcell_client_with_timeout_ms(first, 60000, &derived, &error));
    sandcell_client_free(first); /* the derived one goes on */
    client = derived;

    test_version();
    test_images();
    test_pull_fails();
    sandcell_string *id = create(name, directory, volume_name);
    container = sandcell_string_data(id, NULL);
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

    sandcell_string_free(id);
    sandcell_client_free(derived);
    char remove[128];
    snprintf(remove, sizeof remove, "rm -r %s", directory);
    CHECK(system(remove) == 0);
    puts("session: good");
    return 0;
}
