/*
 * Roads to an engine, as far as C has functions of its own for them; the engine
 * is that in DOCKER_HOST. What is done over each transport is in tests/transports.rs, which
 * calls the C functions, too.
 */
#include "check.h"

static sandcell_client_builder *options_for(const char *host)
{
    sandcell_error *error;
    sandcell_client_builder *builder = sandcell_client_builder_new();
    OK(sandcell_client_builder_set_host(builder, host, SANDCELL_CSTR, &error));
    return builder;
}

/* Makes a client, which fails with an error that names a file. */
static void refuses_file(const sandcell_client_builder *builder, const char *file)
{
    sandcell_error *error;
    sandcell_client *client;
    CHECK(sandcell_client_builder_build(builder, &client, &error) == SANDCELL_ERR_INVALID_ARGUMENT);
    CHECK(strstr(sandcell_error_message(error, NULL), file) != NULL);
    sandcell_error_free(error);
}

static void test_files_of_tls(void)
{
    sandcell_error *error;
    sandcell_client_builder *builder = options_for("tcp://localhost:1");
    OK(sandcell_client_builder_set_tls_ca(builder, "/nonexistent/ca", SANDCELL_CSTR, &error));
    refuses_file(builder, "/nonexistent/ca");
    OK(sandcell_client_builder_set_tls_accept_any_server(builder, true, &error));
    OK(sandcell_client_builder_set_tls_client_cert(builder, "/nonexistent/cert", SANDCELL_CSTR, "/nonexistent/key",
                                                   SANDCELL_CSTR, &error));
    refuses_file(builder, "/nonexistent/cert");
    sandcell_client_builder_free(builder);
}

static void test_nobody_there(void)
{
    sandcell_error *error;
    sandcell_client *client;
    sandcell_version_info *version;
    sandcell_client_builder *builder = options_for("https://127.0.0.1:1");
    OK(sandcell_client_builder_set_tls_accept_any_server(builder, true, &error));
    OK(sandcell_client_builder_build(builder, &client, &error));
    FAILS(SANDCELL_ERR_CONNECTION_REFUSED, sandcell_client_version(client, &version, &error));
    sandcell_client_free(client);
    sandcell_client_builder_free(builder);
}

static void test_discover(void)
{
    sandcell_error *error;
    sandcell_client *client;
    sandcell_version_info *version;
    OK(sandcell_client_discover(&client, &error));
    OK(sandcell_client_version(client, &version, &error));
    sandcell_version_info_free(version);
    sandcell_client_free(client);
}

int main(void)
{
    test_files_of_tls();
    test_nobody_there();
    test_discover();
    puts("transports: good");
    return 0;
}
