/* Clients, and what all functions share. */
#include "misuse.h"

static void test_free_null(void)
{
    sandcell_error_free(NULL);
    sandcell_string_free(NULL);
    sandcell_cancel_token_free(NULL);
    sandcell_client_builder_free(NULL);
    sandcell_client_free(NULL);
    sandcell_version_info_free(NULL);
    sandcell_engine_features_free(NULL);
    sandcell_create_options_free(NULL);
    sandcell_container_free(NULL);
    sandcell_container_state_free(NULL);
    sandcell_exec_options_free(NULL);
    sandcell_exec_result_free(NULL);
    sandcell_exec_free(NULL);
    sandcell_background_free(NULL);
    sandcell_write_options_free(NULL);
    sandcell_transfer_options_free(NULL);
    sandcell_volume_options_free(NULL);
    sandcell_volume_filter_free(NULL);
    sandcell_volume_free(NULL);
    sandcell_volumes_free(NULL);
    sandcell_pull_options_free(NULL);
    sandcell_strings_free(NULL);
    sandcell_image_info_free(NULL);
    sandcell_posture_free(NULL);
    sandcell_resources_free(NULL);
    sandcell_sandbox_free(NULL);
    sandcell_orphans_free(NULL);
    sandcell_self_container_free(NULL);
    sandcell_exec_close_stdin(NULL);
    sandcell_exec_detach(NULL);
    sandcell_client_close(NULL);
    sandcell_cancel_token_cancel(NULL);
}

/* Accessors of NULL: what the header says. */
static void test_accessors_of_null(void)
{
    size_t len = 7;
    CHECK(sandcell_error_kind(NULL) == SANDCELL_OK);
    CHECK(sandcell_error_http_status(NULL) == 0);
    CHECK(sandcell_error_os_errno(NULL) == 0);
    CHECK(!sandcell_error_is_invalid_argument(NULL));
    CHECK(!sandcell_error_is_not_found(NULL));
    CHECK(!sandcell_error_is_conflict(NULL));
    CHECK(!sandcell_error_is_container_ended(NULL));
    CHECK(sandcell_error_container_state(NULL) == NULL);
    CHECK(!sandcell_error_is_timeout(NULL));
    CHECK(!sandcell_error_is_cancelled(NULL));
    CHECK(!sandcell_error_is_unreachable(NULL));
    CHECK(!sandcell_error_is_exec_start(NULL));
    CHECK(!sandcell_error_is_retryable(NULL));
    CHECK(!sandcell_cancel_token_is_cancelled(NULL));
    check_empty(sandcell_error_message(NULL, &len), &len);
    check_empty(sandcell_string_data(NULL, &len), &len);
    check_empty(sandcell_engine_features_table(NULL, &len), &len);
    check_empty(sandcell_engine_features_why_not(NULL, SANDCELL_ENGINE_FEATURE_PAUSE, &len), &len);
    CHECK(!sandcell_engine_features_supports(NULL, SANDCELL_ENGINE_FEATURE_PAUSE));
    CHECK(sandcell_engine_features_len(NULL) == 0 && sandcell_engine_features_get(NULL, 0) == 0);
    check_empty(sandcell_version_info_engine(NULL, &len), &len);
    check_empty(sandcell_version_info_engine_api_max(NULL, &len), &len);
    check_empty(sandcell_version_info_engine_api_min(NULL, &len), &len);
    check_empty(sandcell_version_info_engine_os(NULL, &len), &len);
    check_empty(sandcell_version_info_engine_arch(NULL, &len), &len);
    check_empty(sandcell_version_info_library_api_max(NULL, &len), &len);
    check_empty(sandcell_version_info_api(NULL, &len), &len);
}

static void test_clients(void)
{
    sandcell_client_builder *builder = sandcell_client_builder_new();
    sandcell_cancel_token *token = sandcell_cancel_token_new();
    sandcell_client *made = UNTOUCHED;
    sandcell_engine_features *capabilities = UNTOUCHED;
    sandcell_version_info *version = UNTOUCHED;

    REFUSES("builder", sandcell_client_builder_from_env(NULL, &error));
    REFUSES("builder", sandcell_client_builder_set_host(NULL, "", 0, &error));
    REFUSES_BAD_TEXT("host", sandcell_client_builder_set_host(builder, p, n, &error));
    REFUSES("builder", sandcell_client_builder_set_tls_ca(NULL, "", 0, &error));
    REFUSES_BAD_TEXT("file", sandcell_client_builder_set_tls_ca(builder, p, n, &error));
    REFUSES("builder", sandcell_client_builder_set_docker_config(NULL, "", 0, &error));
    REFUSES("dir", sandcell_client_builder_set_docker_config(builder, "a\0b", 3, &error));
    OK(sandcell_client_builder_set_docker_config(builder, "\xff", 1, &error));
    REFUSES("builder", sandcell_client_builder_set_tls_client_cert(NULL, "", 0, "", 0, &error));
    REFUSES_BAD_TEXT("cert", sandcell_client_builder_set_tls_client_cert(builder, p, n, "", 0, &error));
    REFUSES_BAD_TEXT("key", sandcell_client_builder_set_tls_client_cert(builder, "", 0, p, n, &error));
    REFUSES("builder", sandcell_client_builder_set_tls_accept_any_server(NULL, true, &error));
    REFUSES("client", sandcell_client_discover(NULL, &error));
    REFUSES("builder", sandcell_client_builder_set_api_version(NULL, "1.41", S, &error));
    REFUSES_BAD_TEXT("version", sandcell_client_builder_set_api_version(builder, p, n, &error));
    REFUSES("API version", sandcell_client_builder_set_api_version(builder, "new", S, &error));
    REFUSES("builder", sandcell_client_builder_set_connect_timeout_ms(NULL, 1, &error));
    REFUSES("builder", sandcell_client_builder_set_request_timeout_ms(NULL, 1, &error));
    OK(sandcell_client_builder_set_connect_timeout_ms(builder, UINT64_MAX, &error));
    OK(sandcell_client_builder_set_request_timeout_ms(builder, UINT64_MAX, &error));

    REFUSES("client", sandcell_client_from_env(NULL, &error));
    REFUSES("builder", sandcell_client_builder_build(NULL, &made, &error));
    REFUSES("client", sandcell_client_builder_build(builder, NULL, &error));
    OK(sandcell_client_builder_set_host(builder, "relative", S, &error));
    FAILS(SANDCELL_ERR_INVALID_ARGUMENT, sandcell_client_builder_build(builder, &made, &error));
    OK(sandcell_client_builder_set_host(builder, "unix:///nonexistent", S, &error));
    REFUSES("client", sandcell_client_with_timeout_ms(NULL, 1, &made, &error));
    REFUSES("derived", sandcell_client_with_timeout_ms(client, 1, NULL, &error));
    REFUSES("client", sandcell_client_with_deadline_ms(NULL, 1, &made, &error));
    REFUSES("derived", sandcell_client_with_deadline_ms(client, 1, NULL, &error));
    REFUSES("client", sandcell_client_with_cancel(NULL, token, &made, &error));
    REFUSES("token", sandcell_client_with_cancel(client, NULL, &made, &error));
    REFUSES("derived", sandcell_client_with_cancel(client, token, NULL, &error));
    REFUSES("client", sandcell_client_version(NULL, &version, &error));
    REFUSES("version", sandcell_client_version(client, NULL, &error));
    REFUSES("client", sandcell_client_engine_features(NULL, &capabilities, &error));
    REFUSES("features", sandcell_client_engine_features(client, NULL, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND, sandcell_client_engine_features(client, &capabilities, &error));
    CHECK(capabilities == UNTOUCHED);
    CHECK(made == UNTOUCHED && version == UNTOUCHED);
    OK(sandcell_client_builder_build(builder, &made, &error));

    sandcell_client_free(made);
    sandcell_cancel_token_free(token);
    sandcell_client_builder_free(builder);
}

static void test_errors(void)
{
    sandcell_version_info *version;
    size_t len;
    /* Nobody need want the error. */
    CHECK(sandcell_client_version(client, &version, NULL) == SANDCELL_ERR_ENGINE_NOT_FOUND);
    CHECK(sandcell_client_version(NULL, NULL, NULL) == SANDCELL_ERR_INVALID_ARGUMENT);
    CHECK(sandcell_client_version(client, &version, &error) == SANDCELL_ERR_ENGINE_NOT_FOUND);
    CHECK(sandcell_error_is_unreachable(error) && sandcell_error_is_retryable(error));
    CHECK(sandcell_error_os_errno(error) == 2 && sandcell_error_http_status(error) == 0);
    CHECK(strlen(sandcell_error_message(error, &len)) == len);
    CHECK(strstr(sandcell_error_message(error, NULL), "unix:///nonexistent") != NULL);
    CHECK(!sandcell_error_is_container_ended(error) && sandcell_error_container_state(error) == NULL);
    sandcell_error_free(error);
    /* What was there before is not read, and success writes NULL. */
    error = UNTOUCHED;
    OK(sandcell_exec_options_set_tty(command, false, &error));
}

static void test_version(void)
{
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", SANDCELL_VERSION_MAJOR, SANDCELL_VERSION_MINOR,
             SANDCELL_VERSION_PATCH);
    CHECK(strncmp(sandcell_version(), version, strlen(version)) == 0);
}

static void test_log(void)
{
    REFUSES_UNKNOWN("level", 6, sandcell_log_set_callback(number, NULL, NULL, &error));
    REFUSES("level", sandcell_log_set_callback(0, NULL, NULL, &error));
    OK(sandcell_log_set_callback(SANDCELL_LOG_TRACE, NULL, NULL, &error));
}

/* Each way to the engine is closed, and says so; what was handed out lives on. */
static void test_closed_client(void)
{
    bool answer = true;
    sandcell_cancel_token *token = sandcell_cancel_token_new();
    sandcell_client *closed, *derived, *late;
    sandcell_string *text = UNTOUCHED;
    sandcell_exec *exec = UNTOUCHED;
    sandcell_sandbox *sandbox = UNTOUCHED;
    sandcell_exec_result *result = UNTOUCHED;
    sandcell_exec_options *run = sandcell_exec_options_new();
    sandcell_container *closed_container;
    OK(sandcell_exec_options_add_arg(run, "true", S, &error));
    OK(sandcell_client_with_timeout_ms(client, 60000, &derived, &error));
    OK(sandcell_client_with_cancel(client, token, &closed, &error));
    sandcell_client_close(closed);
    sandcell_client_close(closed);
    FAILS(SANDCELL_ERR_CLOSED, sandcell_client_image_exists(closed, "x", S, &answer, &error));
    FAILS(SANDCELL_ERR_CLOSED, sandcell_client_pull_image(closed, "x", S, NULL, &error));
    FAILS(SANDCELL_ERR_CLOSED, sandcell_client_ensure_image(closed, "x", S, NULL, &error));
    FAILS(SANDCELL_ERR_CLOSED, sandcell_client_create_and_start(closed, create, &text, &error));
    FAILS(SANDCELL_ERR_CLOSED, sandcell_sandbox_start(closed, create, &sandbox, &error));
    FAILS(SANDCELL_ERR_CLOSED, sandcell_client_exec(closed, "x", S, run, &result, &error));
    FAILS(SANDCELL_ERR_CLOSED, sandcell_client_start_exec(closed, "x", S, run, &exec, &error));
    OK(sandcell_client_container(closed, "x", S, &closed_container, &error));
    FAILS(SANDCELL_ERR_CLOSED, sandcell_container_exec(closed_container, run, &result, &error));
    FAILS(SANDCELL_ERR_CLOSED, sandcell_container_read_file(closed_container, "/x", S, &text, &error));
    FAILS(SANDCELL_ERR_CLOSED, sandcell_container_write_file(closed_container, "/x", S, "x", 1, NULL, &error));
    FAILS(SANDCELL_ERR_CLOSED, sandcell_container_upload(closed_container, "/", S, "/x", S, NULL, &error));
    FAILS(SANDCELL_ERR_CLOSED, sandcell_client_remove_volume(closed, "x", S, &error));
    FAILS(SANDCELL_ERR_CLOSED, sandcell_client_stop(closed, "x", S, &error));
    /* One that shares its connections is closed with it, before or after. */
    OK(sandcell_client_with_timeout_ms(closed, 60000, &late, &error));
    FAILS(SANDCELL_ERR_CLOSED, sandcell_client_container_alive(derived, "x", S, &answer, &error));
    FAILS(SANDCELL_ERR_CLOSED, sandcell_client_container_alive(late, "x", S, &answer, &error));
    CHECK(answer && text == UNTOUCHED && exec == UNTOUCHED && sandbox == UNTOUCHED && result == UNTOUCHED);
    sandcell_client_free(late);
    sandcell_client_free(closed);
    sandcell_container_free(closed_container);
    sandcell_client_free(derived);
    sandcell_cancel_token_free(token);
    sandcell_exec_options_free(run);
}

int main(void)
{
    set_up();
    test_free_null();
    test_accessors_of_null();
    test_clients();
    test_errors();
    test_version();
    test_log();
    test_closed_client();
    tear_down();
    puts("misuse_client: good");
    return 0;
}
