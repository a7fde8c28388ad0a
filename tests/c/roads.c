/*
 * Roads to an engine, as far as C has functions of its own for them; the engine
 * is that in DOCKER_HOST. What is done over each road is in tests/roads.rs, which
 * calls the C functions, too.
 */
#include "check.h"

static sandock_client_options *options_for(const char *host)
{
    sandock_error *error;
    sandock_client_options *options = sandock_client_options_new();
    OK(sandock_client_options_set_host(options, host, SANDOCK_CSTR, &error));
    return options;
}

/* Makes a client, which fails with an error that names a file. */
static void refuses_file(const sandock_client_options *options, const char *file)
{
    sandock_error *error;
    sandock_client *client;
    CHECK(sandock_client_new(options, &client, &error) == SANDOCK_ERR_INVALID_ARGUMENT);
    CHECK(strstr(sandock_error_message(error, NULL), file) != NULL);
    sandock_error_free(error);
}

static void test_files_of_tls(void)
{
    sandock_error *error;
    sandock_client_options *options = options_for("tcp://localhost:1");
    OK(sandock_client_options_set_tls_ca(options, "/nonexistent/ca", SANDOCK_CSTR, &error));
    refuses_file(options, "/nonexistent/ca");
    OK(sandock_client_options_set_tls_accept_any_server(options, true, &error));
    OK(sandock_client_options_set_tls_client_cert(options, "/nonexistent/cert", SANDOCK_CSTR, "/nonexistent/key", SANDOCK_CSTR, &error));
    refuses_file(options, "/nonexistent/cert");
    sandock_client_options_free(options);
}

static void test_nobody_there(void)
{
    sandock_error *error;
    sandock_client *client;
    sandock_version_info *version;
    sandock_client_options *options = options_for("https://127.0.0.1:1");
    OK(sandock_client_options_set_tls_accept_any_server(options, true, &error));
    OK(sandock_client_new(options, &client, &error));
    FAILS(SANDOCK_ERR_CONNECTION_REFUSED, sandock_client_version(client, &version, &error));
    sandock_client_free(client);
    sandock_client_options_free(options);
}

static void test_discover(void)
{
    sandock_error *error;
    sandock_client *client;
    sandock_version_info *version;
    OK(sandock_client_discover(&client, &error));
    OK(sandock_client_version(client, &version, &error));
    sandock_version_info_free(version);
    sandock_client_free(client);
}

int main(void)
{
    test_files_of_tls();
    test_nobody_there();
    test_discover();
    puts("roads: good");
    return 0;
}
