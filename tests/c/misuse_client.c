/* Clients, and what all functions share. */
#include "misuse.h"

static void test_free_null(void)
{
    sandock_error_free(NULL);
    sandock_string_free(NULL);
    sandock_cancel_token_free(NULL);
    sandock_client_options_free(NULL);
    sandock_client_free(NULL);
    sandock_version_info_free(NULL);
    sandock_capabilities_free(NULL);
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
    sandock_pull_options_free(NULL);
    sandock_strings_free(NULL);
    sandock_image_info_free(NULL);
    sandock_posture_free(NULL);
    sandock_resources_free(NULL);
    sandock_sandbox_free(NULL);
    sandock_orphans_free(NULL);
    sandock_self_container_free(NULL);
    sandock_exec_close_stdin(NULL);
    sandock_exec_detach(NULL);
    sandock_client_close(NULL);
    sandock_cancel_token_cancel(NULL);
}

/* Accessors of NULL: what the header says. */
static void test_accessors_of_null(void)
{
    size_t len = 7;
    CHECK(sandock_error_code(NULL) == SANDOCK_OK);
    CHECK(sandock_error_http_status(NULL) == 0);
    CHECK(sandock_error_os_errno(NULL) == 0);
    CHECK(!sandock_error_is_invalid_argument(NULL));
    CHECK(!sandock_error_is_not_found(NULL));
    CHECK(!sandock_error_is_conflict(NULL));
    CHECK(!sandock_error_is_container_ended(NULL));
    CHECK(sandock_error_container_state(NULL) == NULL);
    CHECK(!sandock_error_is_timeout(NULL));
    CHECK(!sandock_error_is_cancelled(NULL));
    CHECK(!sandock_error_is_unreachable(NULL));
    CHECK(!sandock_error_is_exec_start(NULL));
    CHECK(!sandock_error_is_retryable(NULL));
    CHECK(!sandock_cancel_token_is_cancelled(NULL));
    check_empty(sandock_error_message(NULL, &len), &len);
    check_empty(sandock_string_data(NULL, &len), &len);
    check_empty(sandock_capabilities_table(NULL, &len), &len);
    check_empty(sandock_capabilities_why_not(NULL, SANDOCK_CAPABILITY_PAUSE, &len), &len);
    CHECK(!sandock_capabilities_supports(NULL, SANDOCK_CAPABILITY_PAUSE));
    check_empty(sandock_version_info_engine(NULL, &len), &len);
    check_empty(sandock_version_info_engine_api_max(NULL, &len), &len);
    check_empty(sandock_version_info_engine_api_min(NULL, &len), &len);
    check_empty(sandock_version_info_engine_os(NULL, &len), &len);
    check_empty(sandock_version_info_engine_arch(NULL, &len), &len);
    check_empty(sandock_version_info_library_api_max(NULL, &len), &len);
    check_empty(sandock_version_info_api(NULL, &len), &len);
}

static void test_clients(void)
{
    sandock_client_options *options = sandock_client_options_new();
    sandock_cancel_token *token = sandock_cancel_token_new();
    sandock_client *made = UNTOUCHED;
    sandock_capabilities *capabilities = UNTOUCHED;
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
    REFUSES("client", sandock_client_capabilities(NULL, &capabilities, &error));
    REFUSES("capabilities", sandock_client_capabilities(client, NULL, &error));
    FAILS(SANDOCK_ERR_ENGINE_NOT_FOUND, sandock_client_capabilities(client, &capabilities, &error));
    CHECK(capabilities == UNTOUCHED);
    CHECK(made == UNTOUCHED && version == UNTOUCHED);
    OK(sandock_client_new(options, &made, &error));

    sandock_client_free(made);
    sandock_cancel_token_free(token);
    sandock_client_options_free(options);
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
    CHECK(!sandock_error_is_container_ended(error) && sandock_error_container_state(error) == NULL);
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

static void test_log(void)
{
    REFUSES_UNKNOWN("level", 6, sandock_log_set_callback(number, NULL, NULL, &error));
    REFUSES("level", sandock_log_set_callback(0, NULL, NULL, &error));
    OK(sandock_log_set_callback(SANDOCK_LOG_TRACE, NULL, NULL, &error));
}

/* Each way to the engine is closed, and says so; what was handed out lives on. */
static void test_closed_client(void)
{
    bool answer = true;
    sandock_cancel_token *token = sandock_cancel_token_new();
    sandock_client *closed, *derived, *late;
    sandock_string *text = UNTOUCHED;
    sandock_exec *exec = UNTOUCHED;
    sandock_sandbox *sandbox = UNTOUCHED;
    sandock_exec_result *result = UNTOUCHED;
    sandock_exec_options *run = sandock_exec_options_new();
    OK(sandock_exec_options_add_arg(run, "true", S, &error));
    OK(sandock_client_with_timeout_ms(client, 60000, &derived, &error));
    OK(sandock_client_with_cancel(client, token, &closed, &error));
    sandock_client_close(closed);
    sandock_client_close(closed);
    FAILS(SANDOCK_ERR_CLOSED, sandock_client_image_exists(closed, "x", S, &answer, &error));
    FAILS(SANDOCK_ERR_CLOSED, sandock_client_pull_image(closed, "x", S, NULL, &error));
    FAILS(SANDOCK_ERR_CLOSED, sandock_client_ensure_image(closed, "x", S, NULL, &error));
    FAILS(SANDOCK_ERR_CLOSED, sandock_client_create_and_start(closed, create, &text, &error));
    FAILS(SANDOCK_ERR_CLOSED, sandock_sandbox_start(closed, create, &sandbox, &error));
    FAILS(SANDOCK_ERR_CLOSED, sandock_client_exec(closed, "x", S, run, &result, &error));
    FAILS(SANDOCK_ERR_CLOSED, sandock_client_start_exec(closed, "x", S, run, &exec, &error));
    FAILS(SANDOCK_ERR_CLOSED, sandock_client_read_file(closed, "x", S, "/x", S, &text, &error));
    FAILS(SANDOCK_ERR_CLOSED, sandock_client_write_file(closed, "x", S, "/x", S, "x", 1, NULL, &error));
    FAILS(SANDOCK_ERR_CLOSED, sandock_client_upload(closed, "x", S, "/", S, "/x", S, NULL, &error));
    FAILS(SANDOCK_ERR_CLOSED, sandock_client_volume_remove(closed, "x", S, &error));
    FAILS(SANDOCK_ERR_CLOSED, sandock_client_stop(closed, "x", S, &error));
    /* One that shares its connections is closed with it, before or after. */
    OK(sandock_client_with_timeout_ms(closed, 60000, &late, &error));
    FAILS(SANDOCK_ERR_CLOSED, sandock_client_container_alive(derived, "x", S, &answer, &error));
    FAILS(SANDOCK_ERR_CLOSED, sandock_client_container_alive(late, "x", S, &answer, &error));
    CHECK(answer && text == UNTOUCHED && exec == UNTOUCHED && sandbox == UNTOUCHED && result == UNTOUCHED);
    sandock_client_free(late);
    sandock_client_free(closed);
    sandock_client_free(derived);
    sandock_cancel_token_free(token);
    sandock_exec_options_free(run);
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
