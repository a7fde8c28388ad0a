/*
 * What no caller should do, and every one does some day: NULL for each pointer,
 * unknown constants, bad texts and lengths. Needs no engine.
 */
#include "check.h"

#include <limits.h>

static sandock_error *error;
static sandock_client *client;
static sandock_create_options *create;
static sandock_exec_options *command;

/* An output that was written although it must not be differs from this. */
static char sentinel;
#define UNTOUCHED ((void *)&sentinel)

#define S SANDOCK_CSTR /* one letter, for the long lists of arguments */

static void test_free_null(void)
{
    sandock_error_free(NULL);
    sandock_string_free(NULL);
    sandock_cancel_token_free(NULL);
    sandock_client_options_free(NULL);
    sandock_client_free(NULL);
    sandock_version_info_free(NULL);
    sandock_create_options_free(NULL);
    sandock_container_state_free(NULL);
    sandock_exec_options_free(NULL);
    sandock_exec_result_free(NULL);
    sandock_exec_free(NULL);
    sandock_background_free(NULL);
    sandock_write_options_free(NULL);
    sandock_transfer_options_free(NULL);
    sandock_volume_options_free(NULL);
    sandock_volume_filter_free(NULL);
    sandock_volume_free(NULL);
    sandock_volumes_free(NULL);
    sandock_exec_close_stdin(NULL);
    sandock_exec_detach(NULL);
    sandock_client_close(NULL);
    sandock_cancel_token_cancel(NULL);
}

static void check_empty(const char *text, const size_t *len)
{
    CHECK(text != NULL && strcmp(text, "") == 0);
    CHECK(*len == 0);
}

/* Accessors of NULL: what the header says. */
static void test_accessors_of_null(void)
{
    size_t len = 7;
    int64_t big = 7;
    int32_t small = 7;
    CHECK(sandock_error_code(NULL) == SANDOCK_OK);
    CHECK(sandock_error_http_status(NULL) == 0);
    CHECK(sandock_error_os_errno(NULL) == 0);
    CHECK(!sandock_error_is_invalid_argument(NULL));
    CHECK(!sandock_error_is_not_found(NULL));
    CHECK(!sandock_error_is_conflict(NULL));
    CHECK(!sandock_error_is_timeout(NULL));
    CHECK(!sandock_error_is_cancelled(NULL));
    CHECK(!sandock_error_is_unreachable(NULL));
    CHECK(!sandock_error_is_exec_start(NULL));
    CHECK(!sandock_error_is_retryable(NULL));
    CHECK(!sandock_cancel_token_is_cancelled(NULL));
    check_empty(sandock_error_message(NULL, &len), &len);
    check_empty(sandock_string_data(NULL, &len), &len);
    check_empty(sandock_version_info_engine(NULL, &len), &len);
    check_empty(sandock_version_info_engine_api_max(NULL, &len), &len);
    check_empty(sandock_version_info_engine_api_min(NULL, &len), &len);
    check_empty(sandock_version_info_engine_os(NULL, &len), &len);
    check_empty(sandock_version_info_engine_arch(NULL, &len), &len);
    check_empty(sandock_version_info_library_api_max(NULL, &len), &len);
    check_empty(sandock_version_info_api(NULL, &len), &len);
    check_empty(sandock_container_state_id(NULL, &len), &len);
    check_empty(sandock_container_state_error(NULL, &len), &len);
    check_empty(sandock_volume_name(NULL, &len), &len);
    check_empty(sandock_volume_mountpoint(NULL, &len), &len);
    CHECK(strcmp(sandock_volume_mountpoint(NULL, NULL), "") == 0);
    check_empty(sandock_volume_driver(NULL, &len), &len);
    check_empty(sandock_volume_created_at(NULL, &len), &len);
    CHECK(sandock_volume_label_count(NULL) == 0);
    check_empty(sandock_volume_label_key(NULL, 0, &len), &len);
    check_empty(sandock_volume_label_value(NULL, 0, &len), &len);
    CHECK(sandock_volumes_len(NULL) == 0);
    CHECK(sandock_volumes_get(NULL, 0) == NULL);
    CHECK(sandock_container_state_status(NULL) == SANDOCK_CONTAINER_UNKNOWN);
    CHECK(!sandock_container_state_running(NULL));
    CHECK(!sandock_container_state_oom_killed(NULL));
    CHECK(!sandock_container_state_exit_code(NULL, &big) && big == 7);
    CHECK(!sandock_container_state_pid(NULL, &big) && big == 7);
    CHECK(sandock_exec_result_outcome(NULL) == SANDOCK_OUTCOME_UNKNOWN);
    CHECK(!sandock_exec_result_exit_code(NULL, &small) && small == 7);
    CHECK(sandock_exec_result_lost_reason(NULL) == NULL);
    CHECK(sandock_exec_result_total_bytes(NULL, SANDOCK_STDOUT) == 0);
    CHECK(!sandock_exec_result_truncated(NULL, SANDOCK_STDOUT));
    CHECK(!sandock_exec_result_signal(NULL, &small) && small == 7);
    len = 7;
    CHECK(!sandock_exec_result_gap(NULL, SANDOCK_STDOUT, &len) && len == 7);
    CHECK(sandock_exec_result_tree_gone(NULL) == SANDOCK_TREE_NOT_KILLED);
    check_empty(sandock_exec_id(NULL, &len), &len);
    CHECK(sandock_exec_total_bytes(NULL, SANDOCK_STDOUT) == 0);
    CHECK(sandock_exec_dropped_bytes(NULL, SANDOCK_STDOUT) == 0);
    CHECK(sandock_exec_tree_gone(NULL) == SANDOCK_TREE_NOT_KILLED);
}

static void test_clients(void)
{
    sandock_client_options *options = sandock_client_options_new();
    sandock_cancel_token *token = sandock_cancel_token_new();
    sandock_client *made = UNTOUCHED;
    sandock_version_info *version = UNTOUCHED;

    REFUSES("options", sandock_client_options_from_env(NULL, &error));
    REFUSES("options", sandock_client_options_set_host(NULL, "", 0, &error));
    REFUSES_BAD_TEXT("host", sandock_client_options_set_host(options, p, n, &error));
    REFUSES("options", sandock_client_options_set_tls_ca(NULL, "", 0, &error));
    REFUSES_BAD_TEXT("file", sandock_client_options_set_tls_ca(options, p, n, &error));
    REFUSES("options", sandock_client_options_set_docker_config(NULL, "", 0, &error));
    REFUSES("dir", sandock_client_options_set_docker_config(options, "a\0b", 3, &error));
    OK(sandock_client_options_set_docker_config(options, "\xff", 1, &error));
    REFUSES("options", sandock_client_options_set_tls_client_cert(NULL, "", 0, "", 0, &error));
    REFUSES_BAD_TEXT("cert", sandock_client_options_set_tls_client_cert(options, p, n, "", 0, &error));
    REFUSES_BAD_TEXT("key", sandock_client_options_set_tls_client_cert(options, "", 0, p, n, &error));
    REFUSES("options", sandock_client_options_set_tls_accept_any_server(NULL, true, &error));
    REFUSES("client", sandock_client_discover(NULL, &error));
    REFUSES("options", sandock_client_options_set_api_version(NULL, "1.41", S, &error));
    REFUSES_BAD_TEXT("version", sandock_client_options_set_api_version(options, p, n, &error));
    REFUSES("API version", sandock_client_options_set_api_version(options, "new", S, &error));
    REFUSES("options", sandock_client_options_set_connect_timeout_ms(NULL, 1, &error));
    REFUSES("options", sandock_client_options_set_request_timeout_ms(NULL, 1, &error));
    OK(sandock_client_options_set_connect_timeout_ms(options, UINT64_MAX, &error));
    OK(sandock_client_options_set_request_timeout_ms(options, UINT64_MAX, &error));

    REFUSES("client", sandock_client_from_env(NULL, &error));
    REFUSES("options", sandock_client_new(NULL, &made, &error));
    REFUSES("client", sandock_client_new(options, NULL, &error));
    OK(sandock_client_options_set_host(options, "relative", S, &error));
    FAILS(SANDOCK_ERR_INVALID_ARGUMENT, sandock_client_new(options, &made, &error));
    OK(sandock_client_options_set_host(options, "unix:///nonexistent", S, &error));
    REFUSES("client", sandock_client_with_timeout_ms(NULL, 1, &made, &error));
    REFUSES("derived", sandock_client_with_timeout_ms(client, 1, NULL, &error));
    REFUSES("client", sandock_client_with_cancel(NULL, token, &made, &error));
    REFUSES("token", sandock_client_with_cancel(client, NULL, &made, &error));
    REFUSES("derived", sandock_client_with_cancel(client, token, NULL, &error));
    REFUSES("client", sandock_client_version(NULL, &version, &error));
    REFUSES("version", sandock_client_version(client, NULL, &error));
    CHECK(made == UNTOUCHED && version == UNTOUCHED);
    OK(sandock_client_new(options, &made, &error));

    sandock_client_free(made);
    sandock_cancel_token_free(token);
    sandock_client_options_free(options);
}

static void test_create_options(void)
{
    sandock_create_options *made = UNTOUCHED;
    REFUSES_BAD_TEXT("image", sandock_create_options_new(p, n, &made, &error));
    REFUSES("options", sandock_create_options_new("x", S, NULL, &error));
    CHECK(made == UNTOUCHED);
    REFUSES("options", sandock_create_options_set_name(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("name", sandock_create_options_set_name(create, p, n, &error));
    REFUSES("options", sandock_create_options_set_workspace(NULL, "/a", S, "/b", S, &error));
    REFUSES_BAD_TEXT("source", sandock_create_options_set_workspace(create, p, n, "/b", S, &error));
    REFUSES_BAD_TEXT("target", sandock_create_options_set_workspace(create, "/a", S, p, n, &error));
    REFUSES("options", sandock_create_options_add_bind(NULL, "/a", S, "/b", S, true, &error));
    REFUSES_BAD_TEXT("source", sandock_create_options_add_bind(create, p, n, "/b", S, true, &error));
    REFUSES_BAD_TEXT("target", sandock_create_options_add_bind(create, "/a", S, p, n, true, &error));
    REFUSES("options", sandock_create_options_add_volume(NULL, "a", S, "/b", S, true, false, NULL, 0, &error));
    REFUSES_BAD_TEXT("name", sandock_create_options_add_volume(create, p, n, "/b", S, true, false, NULL, 0, &error));
    REFUSES_BAD_TEXT("target", sandock_create_options_add_volume(create, "a", S, p, n, true, false, NULL, 0, &error));
    REFUSES("options", sandock_create_options_set_network_mode(NULL, SANDOCK_NETWORK_DISABLED, &error));
    REFUSES_UNKNOWN("mode", 2, sandock_create_options_set_network_mode(create, number, &error));
    REFUSES("options", sandock_create_options_add_env(NULL, "A", S, "b", S, &error));
    REFUSES_BAD_TEXT("name", sandock_create_options_add_env(create, p, n, "b", S, &error));
    REFUSES_BAD_TEXT("value", sandock_create_options_add_env(create, "A", S, p, n, &error));
    REFUSES("options", sandock_create_options_set_user(NULL, "0", S, &error));
    REFUSES_BAD_TEXT("user", sandock_create_options_set_user(create, p, n, &error));
    REFUSES("options", sandock_create_options_add_label(NULL, "a", S, "b", S, &error));
    REFUSES_BAD_TEXT("key", sandock_create_options_add_label(create, p, n, "b", S, &error));
    REFUSES_BAD_TEXT("value", sandock_create_options_add_label(create, "a", S, p, n, &error));
}

static void test_exec_options(void)
{
    REFUSES("options", sandock_exec_options_add_arg(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("arg", sandock_exec_options_add_arg(command, p, n, &error));
    REFUSES("options", sandock_exec_options_set_cwd(NULL, "/", S, &error));
    REFUSES_BAD_TEXT("cwd", sandock_exec_options_set_cwd(command, p, n, &error));
    REFUSES("options", sandock_exec_options_add_env(NULL, "A", S, "b", S, &error));
    REFUSES_BAD_TEXT("name", sandock_exec_options_add_env(command, p, n, "b", S, &error));
    REFUSES_BAD_TEXT("value", sandock_exec_options_add_env(command, "A", S, p, n, &error));
    REFUSES("options", sandock_exec_options_set_user(NULL, "0", S, &error));
    REFUSES_BAD_TEXT("user", sandock_exec_options_set_user(command, p, n, &error));
    REFUSES("options", sandock_exec_options_set_stdin(NULL, "", 0, &error));
    REFUSES("data", sandock_exec_options_set_stdin(command, NULL, 1, &error));
    REFUSES("data", sandock_exec_options_set_stdin(command, NULL, S, &error));
    REFUSES("data", sandock_exec_options_set_stdin(command, "x", (size_t)PTRDIFF_MAX + 1, &error));
    REFUSES("options", sandock_exec_options_set_tty(NULL, true, &error));
    REFUSES("options", sandock_exec_options_set_max_output(NULL, 1, &error));
    OK(sandock_exec_options_set_stdin(command, NOT_UTF8 "\0", 3, &error));
    OK(sandock_exec_options_set_max_output(command, UINT64_MAX, &error));
    REFUSES("options", sandock_exec_options_set_max_memory(NULL, 1, &error));
    OK(sandock_exec_options_set_max_memory(command, SIZE_MAX, &error));
    REFUSES("options", sandock_exec_options_set_console_size(NULL, 1, 1, &error));
    OK(sandock_exec_options_set_console_size(command, 0, UINT16_MAX, &error));
    REFUSES("options", sandock_exec_options_set_timeout_ms(NULL, 1, &error));
    OK(sandock_exec_options_set_timeout_ms(command, SANDOCK_NO_TIMEOUT - 1, &error));
    OK(sandock_exec_options_set_timeout_ms(command, SANDOCK_NO_TIMEOUT, &error));
    REFUSES("options", sandock_exec_options_set_kill_grace_ms(NULL, 1, &error));
    OK(sandock_exec_options_set_kill_grace_ms(command, SANDOCK_NO_TIMEOUT, &error));
    REFUSES("options", sandock_exec_options_set_on_overflow(NULL, SANDOCK_OVERFLOW_KILL, &error));
    REFUSES_UNKNOWN("overflow", 4, sandock_exec_options_set_on_overflow(command, number, &error));
    OK(sandock_exec_options_set_on_overflow(command, SANDOCK_OVERFLOW_KILL, &error));
}

static void test_operations(void)
{
    bool answer = true;
    sandock_string *id = UNTOUCHED;
    sandock_container_state *state = UNTOUCHED;
    sandock_exec_result *result = UNTOUCHED;

    REFUSES("client", sandock_client_image_exists(NULL, "x", S, &answer, &error));
    REFUSES_BAD_TEXT("image", sandock_client_image_exists(client, p, n, &answer, &error));
    REFUSES("exists", sandock_client_image_exists(client, "x", S, NULL, &error));

    REFUSES("client", sandock_client_create_and_start(NULL, create, &id, &error));
    REFUSES("options", sandock_client_create_and_start(client, NULL, &id, &error));
    REFUSES("id", sandock_client_create_and_start(client, create, NULL, &error));
    REFUSES("client", sandock_client_container_alive(NULL, "x", S, &answer, &error));
    REFUSES_BAD_TEXT("container", sandock_client_container_alive(client, p, n, &answer, &error));
    REFUSES("container", sandock_client_container_alive(client, NULL, 0, &answer, &error));
    REFUSES("alive", sandock_client_container_alive(client, "x", S, NULL, &error));
    REFUSES("client", sandock_client_inspect_container_state(NULL, "x", S, &state, &error));
    REFUSES_BAD_TEXT("container", sandock_client_inspect_container_state(client, p, n, &state, &error));
    REFUSES("state", sandock_client_inspect_container_state(client, "x", S, NULL, &error));
    REFUSES("client", sandock_client_stop(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("container", sandock_client_stop(client, p, n, &error));

    REFUSES("client", sandock_client_exec(NULL, "x", S, command, &result, &error));
    REFUSES_BAD_TEXT("container", sandock_client_exec(client, p, n, command, &result, &error));
    REFUSES("options", sandock_client_exec(client, "x", S, NULL, &result, &error));
    REFUSES("result", sandock_client_exec(client, "x", S, command, NULL, &error));
    CHECK(answer && id == UNTOUCHED && state == UNTOUCHED && result == UNTOUCHED);
}

/* No engine is reached, so that nothing is read or written. */
static bool read_nothing(void *ctx, void *buf, size_t cap, size_t *count)
{
    (void)ctx, (void)buf, (void)cap, (void)count;
    exit(1);
}

static void test_images(void)
{
    sandock_image_info *info = UNTOUCHED;
    sandock_strings *names = UNTOUCHED;
    sandock_pull_options *pull = sandock_pull_options_new();
    REFUSES("options", sandock_pull_options_set_platform(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("platform", sandock_pull_options_set_platform(pull, p, n, &error));
    REFUSES("options", sandock_pull_options_set_password(NULL, "x", S, "x", S, &error));
    REFUSES_BAD_TEXT("username", sandock_pull_options_set_password(pull, p, n, "x", S, &error));
    REFUSES_BAD_TEXT("password", sandock_pull_options_set_password(pull, "x", S, p, n, &error));
    REFUSES("options", sandock_pull_options_set_identity_token(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("token", sandock_pull_options_set_identity_token(pull, p, n, &error));
    REFUSES("options", sandock_pull_options_set_progress(NULL, NULL, NULL, &error));
    OK(sandock_pull_options_set_progress(pull, NULL, NULL, &error));

    REFUSES("client", sandock_client_image_info(NULL, "x", S, &info, &error));
    REFUSES_BAD_TEXT("image", sandock_client_image_info(client, p, n, &info, &error));
    REFUSES("info", sandock_client_image_info(client, "x", S, NULL, &error));
    REFUSES("client", sandock_client_pull_image(NULL, "x", S, pull, &error));
    REFUSES_BAD_TEXT("image", sandock_client_pull_image(client, p, n, pull, &error));
    REFUSES("client", sandock_client_ensure_image(NULL, "x", S, pull, &error));
    REFUSES_BAD_TEXT("image", sandock_client_ensure_image(client, p, n, pull, &error));
    REFUSES("client", sandock_client_load_image(NULL, read_nothing, NULL, &names, &error));
    REFUSES("read", sandock_client_load_image(client, NULL, NULL, &names, &error));
    REFUSES("names", sandock_client_load_image(client, read_nothing, NULL, NULL, &error));
    REFUSES("client", sandock_client_import_image(NULL, "x", S, read_nothing, NULL, &info, &error));
    REFUSES_BAD_TEXT("image", sandock_client_import_image(client, p, n, read_nothing, NULL, &info, &error));
    REFUSES("read", sandock_client_import_image(client, "x", S, NULL, NULL, &info, &error));
    REFUSES("info", sandock_client_import_image(client, "x", S, read_nothing, NULL, NULL, &error));
    REFUSES("client", sandock_client_remove_image(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("image", sandock_client_remove_image(client, p, n, &error));
    REFUSES("image", sandock_client_remove_image(client, "../x", S, &error));
    CHECK(info == UNTOUCHED && names == UNTOUCHED);

    OK(sandock_pull_options_set_platform(pull, "/", S, &error));
    REFUSES("platform", sandock_client_pull_image(client, "x", S, pull, &error));
    REFUSES("platform", sandock_client_ensure_image(client, "x", S, pull, &error));
    sandock_pull_options_free(pull);
    sandock_pull_options_free(NULL);

    CHECK(sandock_strings_len(NULL) == 0 && *sandock_strings_get(NULL, 0, NULL) == 0);
    CHECK(*sandock_image_info_id(NULL, NULL) == 0 && sandock_image_info_size(NULL) == 0);
    CHECK(*sandock_image_info_user(NULL, NULL) == 0 && *sandock_image_info_os(NULL, NULL) == 0);
    CHECK(*sandock_image_info_working_dir(NULL, NULL) == 0);
    CHECK(*sandock_image_info_architecture(NULL, NULL) == 0 && *sandock_image_info_variant(NULL, NULL) == 0);
    CHECK(sandock_image_info_tag_count(NULL) == 0 && *sandock_image_info_tag(NULL, 0, NULL) == 0);
    CHECK(sandock_image_info_digest_count(NULL) == 0 && *sandock_image_info_digest(NULL, 0, NULL) == 0);
    CHECK(sandock_image_info_label_count(NULL) == 0 && *sandock_image_info_label_key(NULL, 0, NULL) == 0);
    CHECK(*sandock_image_info_label_value(NULL, 0, NULL) == 0);
    CHECK(sandock_image_info_env_count(NULL) == 0 && *sandock_image_info_env(NULL, 0, NULL) == 0);
    sandock_strings_free(NULL);
    sandock_image_info_free(NULL);
}

/* With a running command: stream.c. */
static void test_streams(void)
{
    sandock_exec *exec = UNTOUCHED;
    sandock_exec_result *result = UNTOUCHED;
    char byte = 'x';
    size_t n = 7;
    int32_t number = -7;
    REFUSES("client", sandock_client_start_exec(NULL, "x", S, command, &exec, &error));
    REFUSES_BAD_TEXT("container", sandock_client_start_exec(client, p, n, command, &exec, &error));
    REFUSES("options", sandock_client_start_exec(client, "x", S, NULL, &exec, &error));
    REFUSES("exec", sandock_client_start_exec(client, "x", S, command, NULL, &error));
    REFUSES("argv", sandock_client_start_exec(client, "x", S, command, &exec, &error));
    REFUSES("exec", sandock_exec_read(NULL, SANDOCK_STDOUT, 0, &byte, 1, &n, &error));
    REFUSES("exec", sandock_exec_write(NULL, "x", 1, 0, &n, &error));
    REFUSES("exec", sandock_exec_take_fd(NULL, SANDOCK_STDOUT, &number, &error));
    REFUSES("exec", sandock_exec_wait(NULL, 0, &number, &number, &error));
    REFUSES("exec", sandock_exec_wait_with_output(NULL, &result, &error));
    REFUSES("exec", sandock_exec_kill(NULL, &number, &error));
    REFUSES("exec", sandock_exec_signal(NULL, 15, &error));
    REFUSES("exec", sandock_exec_resize(NULL, 1, 1, &error));
    REFUSES("exec", sandock_exec_pid_in_container(NULL, &number, &error));
    CHECK(exec == UNTOUCHED && result == UNTOUCHED && byte == 'x' && n == 7 && number == -7);
}

static void test_backgrounds(void)
{
    sandock_background *background = UNTOUCHED;
    char byte = 'x';
    size_t count = 7;
    int32_t state = -7, code = -7;
    REFUSES("client", sandock_client_start_background(NULL, "x", S, "n", S, command, &background, &error));
    REFUSES_BAD_TEXT("container", sandock_client_start_background(client, p, n, "n", S, command, &background, &error));
    REFUSES_BAD_TEXT("name", sandock_client_start_background(client, "x", S, p, n, command, &background, &error));
    REFUSES("options", sandock_client_start_background(client, "x", S, "n", S, NULL, &background, &error));
    REFUSES("background", sandock_client_start_background(client, "x", S, "n", S, command, NULL, &error));
    REFUSES("name", sandock_client_start_background(client, "x", S, "../n", S, command, &background, &error));
    REFUSES("argv", sandock_client_start_background(client, "x", S, "n", S, command, &background, &error));
    REFUSES("client", sandock_client_background(NULL, "x", S, "n", S, &background, &error));
    REFUSES_BAD_TEXT("container", sandock_client_background(client, p, n, "n", S, &background, &error));
    REFUSES_BAD_TEXT("name", sandock_client_background(client, "x", S, p, n, &background, &error));
    REFUSES("background", sandock_client_background(client, "x", S, "n", S, NULL, &error));
    REFUSES("background", sandock_background_set_user(NULL, "0", S, &error));
    REFUSES("background", sandock_background_status(NULL, &state, &code, &error));
    REFUSES("background", sandock_background_wait(NULL, &state, &code, &error));
    REFUSES("background", sandock_background_read(NULL, SANDOCK_STDOUT, 0, &byte, 1, &count, &error));
    REFUSES("background", sandock_background_kill(NULL, &state, &error));
    REFUSES("background", sandock_background_remove(NULL, &error));
    CHECK(background == UNTOUCHED);

    OK(sandock_client_background(client, "x", S, "n", S, &background, &error));
    REFUSES_BAD_TEXT("user", sandock_background_set_user(background, p, n, &error));
    REFUSES("state", sandock_background_status(background, NULL, &code, &error));
    REFUSES("code", sandock_background_status(background, &state, NULL, &error));
    REFUSES("state", sandock_background_wait(background, NULL, &code, &error));
    REFUSES("code", sandock_background_wait(background, &state, NULL, &error));
    REFUSES("stream", sandock_background_read(background, SANDOCK_STDIN, 0, &byte, 1, &count, &error));
    REFUSES("stream", sandock_background_read(background, 3, 0, &byte, 1, &count, &error));
    REFUSES("buf", sandock_background_read(background, SANDOCK_STDOUT, 0, NULL, 1, &count, &error));
    REFUSES("cap", sandock_background_read(background, SANDOCK_STDOUT, 0, &byte, 0, &count, &error));
    REFUSES("cap", sandock_background_read(background, SANDOCK_STDOUT, 0, &byte, SIZE_MAX, &count, &error));
    REFUSES("n", sandock_background_read(background, SANDOCK_STDOUT, 0, &byte, 1, NULL, &error));
    REFUSES("tree", sandock_background_kill(background, NULL, &error));
    FAILS(SANDOCK_ERR_ENGINE_NOT_FOUND, sandock_background_status(background, &state, &code, &error));
    FAILS(SANDOCK_ERR_ENGINE_NOT_FOUND, sandock_background_read(background, SANDOCK_STDOUT, 0, &byte, 1, &count, &error));
    FAILS(SANDOCK_ERR_ENGINE_NOT_FOUND, sandock_background_kill(background, &state, &error));
    CHECK(byte == 'x' && count == 7 && state == -7 && code == -7);
    sandock_background_free(background);
}

static void test_file_options(void)
{
    sandock_write_options *write = sandock_write_options_new();
    REFUSES("options", sandock_write_options_set_mode(NULL, 0644, &error));
    OK(sandock_write_options_set_mode(write, UINT32_MAX, &error));
    REFUSES("options", sandock_write_options_set_owner(NULL, 0, 0, &error));
    REFUSES("options", sandock_write_options_set_create_parents(NULL, true, &error));
    REFUSES("options", sandock_write_options_set_size(NULL, 0, &error));
    OK(sandock_write_options_set_size(write, UINT64_MAX, &error));
    REFUSES("options", sandock_write_options_set_transport(NULL, SANDOCK_TRANSPORT_AUTO, &error));
    REFUSES_UNKNOWN("transport", 3, sandock_write_options_set_transport(write, number, &error));
    REFUSES("mode", sandock_client_write_file(client, "x", S, "/x", S, "x", 1, write, &error));
    sandock_write_options_free(write);

    sandock_transfer_options *transfer = sandock_transfer_options_new();
    REFUSES("options", sandock_transfer_options_set_owner(NULL, 0, 0, &error));
    REFUSES("options", sandock_transfer_options_set_create_parents(NULL, true, &error));
    REFUSES("options", sandock_transfer_options_set_max_bytes(NULL, 0, &error));
    REFUSES("options", sandock_transfer_options_set_outside_links(NULL, SANDOCK_OUTSIDE_LINKS_SKIP, &error));
    REFUSES_UNKNOWN("links", 3, sandock_transfer_options_set_outside_links(transfer, number, &error));
    REFUSES("options", sandock_transfer_options_set_progress(NULL, NULL, NULL, &error));
    OK(sandock_transfer_options_set_progress(transfer, NULL, NULL, &error));
    REFUSES("options", sandock_transfer_options_set_transport(NULL, SANDOCK_TRANSPORT_AUTO, &error));
    REFUSES_UNKNOWN("transport", 3, sandock_transfer_options_set_transport(transfer, number, &error));
    sandock_transfer_options_free(transfer);
}

static bool write_nothing(void *ctx, const void *data, size_t len)
{
    (void)ctx, (void)data, (void)len;
    exit(1);
}

static void test_files(void)
{
    sandock_string *read = UNTOUCHED;
    uint64_t count = 7;
    REFUSES("client", sandock_client_read_file(NULL, "x", S, "/x", S, &read, &error));
    REFUSES_BAD_TEXT("container", sandock_client_read_file(client, p, n, "/x", S, &read, &error));
    REFUSES_BAD_TEXT("path", sandock_client_read_file(client, "x", S, p, n, &read, &error));
    REFUSES("path", sandock_client_read_file(client, "x", S, NULL, 0, &read, &error));
    REFUSES("contents", sandock_client_read_file(client, "x", S, "/x", S, NULL, &error));
    REFUSES("client", sandock_client_copy_file_out(NULL, "x", S, "/x", S, write_nothing, NULL, &count, &error));
    REFUSES_BAD_TEXT("container", sandock_client_copy_file_out(client, p, n, "/x", S, write_nothing, NULL, &count, &error));
    REFUSES_BAD_TEXT("path", sandock_client_copy_file_out(client, "x", S, p, n, write_nothing, NULL, &count, &error));
    REFUSES("write", sandock_client_copy_file_out(client, "x", S, "/x", S, NULL, NULL, &count, &error));
    REFUSES("count", sandock_client_copy_file_out(client, "x", S, "/x", S, write_nothing, NULL, NULL, &error));
    REFUSES("client", sandock_client_write_file(NULL, "x", S, "/x", S, "x", 1, NULL, &error));
    REFUSES_BAD_TEXT("container", sandock_client_write_file(client, p, n, "/x", S, "x", 1, NULL, &error));
    REFUSES_BAD_TEXT("path", sandock_client_write_file(client, "x", S, p, n, "x", 1, NULL, &error));
    REFUSES("data", sandock_client_write_file(client, "x", S, "/x", S, NULL, 1, NULL, &error));
    REFUSES("data", sandock_client_write_file(client, "x", S, "/x", S, "x", (size_t)PTRDIFF_MAX + 1, NULL, &error));
    REFUSES("client", sandock_client_copy_file_in(NULL, "x", S, "/x", S, read_nothing, NULL, NULL, &error));
    REFUSES_BAD_TEXT("container", sandock_client_copy_file_in(client, p, n, "/x", S, read_nothing, NULL, NULL, &error));
    REFUSES_BAD_TEXT("path", sandock_client_copy_file_in(client, "x", S, p, n, read_nothing, NULL, NULL, &error));
    REFUSES("read", sandock_client_copy_file_in(client, "x", S, "/x", S, NULL, NULL, NULL, &error));
    FAILS(SANDOCK_ERR_ENGINE_NOT_FOUND, sandock_client_read_file(client, "x", S, "/x", S, &read, &error));
    FAILS(SANDOCK_ERR_ENGINE_NOT_FOUND,
          sandock_client_copy_file_out(client, "x", S, "/x", S, write_nothing, NULL, &count, &error));
    FAILS(SANDOCK_ERR_ENGINE_NOT_FOUND,
          sandock_client_copy_file_in(client, "x", S, "/x", S, read_nothing, NULL, NULL, &error));
    CHECK(read == UNTOUCHED && count == 7);
}

static void test_trees(void)
{
    REFUSES("client", sandock_client_upload(NULL, "x", S, "/", S, "/x", S, NULL, &error));
    REFUSES_BAD_TEXT("container", sandock_client_upload(client, p, n, "/", S, "/x", S, NULL, &error));
    REFUSES_BAD_TEXT("path", sandock_client_upload(client, "x", S, "/", S, p, n, NULL, &error));
    REFUSES("host_dir", sandock_client_upload(client, "x", S, NULL, 1, "/x", S, NULL, &error));
    REFUSES("host_dir", sandock_client_upload(client, "x", S, "a\0b", 3, "/x", S, NULL, &error));
    REFUSES("host_dir", sandock_client_upload(client, "x", S, "/", SIZE_MAX - 1, "/x", S, NULL, &error));
    REFUSES("client", sandock_client_download(NULL, "x", S, "/x", S, "/", S, NULL, &error));
    REFUSES_BAD_TEXT("container", sandock_client_download(client, p, n, "/x", S, "/", S, NULL, &error));
    REFUSES_BAD_TEXT("path", sandock_client_download(client, "x", S, p, n, "/", S, NULL, &error));
    REFUSES("host_dir", sandock_client_download(client, "x", S, "/x", S, NULL, S, NULL, &error));
    REFUSES("host_dir", sandock_client_download(client, "x", S, "/x", S, "a\0b", 3, NULL, &error));
    REFUSES("host_dir", sandock_client_download(client, "x", S, "/x", S, "/", SIZE_MAX - 1, NULL, &error));
    FAILS(SANDOCK_ERR_ENGINE_NOT_FOUND, sandock_client_upload(client, "x", S, NOT_UTF8, S, "/x", S, NULL, &error));
    FAILS(SANDOCK_ERR_ENGINE_NOT_FOUND, sandock_client_download(client, "x", S, "/x", S, NOT_UTF8, S, NULL, &error));
}

static void test_volumes(void)
{
    sandock_volume_options *options = UNTOUCHED;
    sandock_volume *volume = UNTOUCHED;
    REFUSES_BAD_TEXT("name", sandock_volume_options_new(p, n, &options, &error));
    REFUSES("options", sandock_volume_options_new("x", S, NULL, &error));
    CHECK(options == UNTOUCHED);
    OK(sandock_volume_options_new("", 0, &options, &error));
    REFUSES("options", sandock_volume_options_add_label(NULL, "a", S, "b", S, &error));
    REFUSES_BAD_TEXT("key", sandock_volume_options_add_label(options, p, n, "b", S, &error));
    REFUSES_BAD_TEXT("value", sandock_volume_options_add_label(options, "a", S, p, n, &error));
    REFUSES("client", sandock_client_volume_create(NULL, options, &volume, &error));
    REFUSES("options", sandock_client_volume_create(client, NULL, &volume, &error));
    REFUSES("volume", sandock_client_volume_create(client, options, NULL, &error));
    REFUSES("name", sandock_client_volume_create(client, options, &volume, &error));
    REFUSES("client", sandock_client_volume_inspect(NULL, "x", S, &volume, &error));
    REFUSES_BAD_TEXT("name", sandock_client_volume_inspect(client, p, n, &volume, &error));
    REFUSES("volume", sandock_client_volume_inspect(client, "x", S, NULL, &error));
    FAILS(SANDOCK_ERR_ENGINE_NOT_FOUND, sandock_client_volume_inspect(client, "x", S, &volume, &error));
    REFUSES("client", sandock_client_volume_remove(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("name", sandock_client_volume_remove(client, p, n, &error));
    CHECK(volume == UNTOUCHED);
    sandock_volume_options_free(options);
}

static void test_volume_lists(void)
{
    sandock_volume_filter *filter = sandock_volume_filter_new();
    sandock_volumes *volumes = UNTOUCHED;
    REFUSES("filter", sandock_volume_filter_add_label(NULL, "a", S, "b", S, &error));
    REFUSES_BAD_TEXT("key", sandock_volume_filter_add_label(filter, p, n, "b", S, &error));
    REFUSES_BAD_TEXT("value", sandock_volume_filter_add_label(filter, "a", S, p, n, &error));
    REFUSES("filter", sandock_volume_filter_add_label_key(NULL, "a", S, &error));
    REFUSES_BAD_TEXT("key", sandock_volume_filter_add_label_key(filter, p, n, &error));
    REFUSES("client", sandock_client_volume_list(NULL, filter, &volumes, &error));
    REFUSES("volumes", sandock_client_volume_list(client, filter, NULL, &error));
    FAILS(SANDOCK_ERR_ENGINE_NOT_FOUND, sandock_client_volume_list(client, NULL, &volumes, &error));
    CHECK(volumes == UNTOUCHED);
    sandock_volume_filter_free(filter);
}

static void test_results(void)
{
    const char *data = UNTOUCHED;
    size_t len = 7;
    REFUSES("result", sandock_exec_result_output(NULL, SANDOCK_STDOUT, &data, &len, &error));
    CHECK(data == UNTOUCHED && len == 7);
}

static void test_errors(void)
{
    sandock_version_info *version;
    size_t len;
    /* Nobody need want the error. */
    CHECK(sandock_client_version(client, &version, NULL) == SANDOCK_ERR_ENGINE_NOT_FOUND);
    CHECK(sandock_client_version(NULL, NULL, NULL) == SANDOCK_ERR_INVALID_ARGUMENT);
    CHECK(sandock_client_version(client, &version, &error) == SANDOCK_ERR_ENGINE_NOT_FOUND);
    CHECK(sandock_error_is_unreachable(error) && sandock_error_is_retryable(error));
    CHECK(sandock_error_os_errno(error) == 2 && sandock_error_http_status(error) == 0);
    CHECK(strlen(sandock_error_message(error, &len)) == len);
    CHECK(strstr(sandock_error_message(error, NULL), "unix:///nonexistent") != NULL);
    sandock_error_free(error);
    /* What was there before is not read, and success writes NULL. */
    error = UNTOUCHED;
    OK(sandock_exec_options_set_tty(command, false, &error));
}

static void test_version(void)
{
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", SANDOCK_VERSION_MAJOR, SANDOCK_VERSION_MINOR, SANDOCK_VERSION_PATCH);
    CHECK(strncmp(sandock_version(), version, strlen(version)) == 0);
}

int main(void)
{
    sandock_client_options *options = sandock_client_options_new();
    OK(sandock_client_options_set_host(options, "unix:///nonexistent", S, &error));
    OK(sandock_client_new(options, &client, &error));
    sandock_client_options_free(options); /* the client goes on */
    OK(sandock_create_options_new("x", S, &create, &error));
    command = sandock_exec_options_new();

    test_free_null();
    test_accessors_of_null();
    test_clients();
    test_create_options();
    test_exec_options();
    test_operations();
    test_images();
    test_streams();
    test_backgrounds();
    test_file_options();
    test_files();
    test_trees();
    test_volumes();
    test_volume_lists();
    test_results();
    test_errors();
    test_version();

    sandock_exec_options_free(command);
    sandock_create_options_free(create);
    sandock_client_free(client);
    puts("misuse: good");
    return 0;
}
