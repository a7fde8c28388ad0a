/*
 * A pool of sandboxes, on the engine in DOCKER_HOST with the image that is the argument.
 */
#include "check.h"

#define S SANDCELL_CSTR

static sandcell_error *error;

static void test_refused(const sandcell_client *client, const sandcell_create_options *options)
{
    sandcell_pool *pool;
    sandcell_sandbox *sandbox;
    sandcell_pool_options *bad = sandcell_pool_options_new();
    REFUSES("options", sandcell_pool_options_set_size(NULL, 1, &error));
    REFUSES("options", sandcell_pool_options_set_max_age_ms(NULL, 1, &error));
    OK(sandcell_pool_options_set_size(bad, 0, &error));
    FAILS(SANDCELL_ERR_INVALID_ARGUMENT, sandcell_pool_start(client, options, bad, &pool, &error));
    OK(sandcell_pool_options_set_size(bad, 1, &error));
    OK(sandcell_pool_options_set_max_age_ms(bad, 0, &error));
    FAILS(SANDCELL_ERR_INVALID_ARGUMENT, sandcell_pool_start(client, options, bad, &pool, &error));
    REFUSES("client", sandcell_pool_start(NULL, options, NULL, &pool, &error));
    REFUSES("options", sandcell_pool_start(client, NULL, NULL, &pool, &error));
    REFUSES("pool", sandcell_pool_start(client, options, NULL, NULL, &error));
    REFUSES("pool", sandcell_pool_take(NULL, &sandbox, &error));
    CHECK(sandcell_pool_ready(NULL) == 0);
    sandcell_pool_options_free(bad);
    sandcell_pool_options_free(NULL);
    sandcell_pool_free(NULL);
}

static void test_taken(const sandcell_pool *pool)
{
    const char *ids[3];
    sandcell_sandbox *taken[3];
    REFUSES("sandbox", sandcell_pool_take(pool, NULL, &error));
    for (int n = 0; n < 3; n++) {
        OK(sandcell_pool_take(pool, &taken[n], &error));
        ids[n] = sandcell_sandbox_id(taken[n], NULL);
        for (int earlier = 0; earlier < n; earlier++)
            CHECK(strcmp(ids[n], ids[earlier]) != 0);
    }
    for (int n = 0; n < 3; n++)
        OK(sandcell_sandbox_stop(taken[n], &error));
    for (int n = 0; n < 3; n++)
        sandcell_sandbox_free(taken[n]);
    CHECK(sandcell_pool_ready(pool) <= 2);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    sandcell_client *client;
    sandcell_create_options *options;
    sandcell_pool_options *pool_options = sandcell_pool_options_new();
    sandcell_pool *pool;
    OK(sandcell_client_from_env(&client, &error));
    OK(sandcell_create_options_new(argv[1], S, &options, &error));
    OK(sandcell_pool_options_set_size(pool_options, 2, &error));
    OK(sandcell_pool_options_set_max_age_ms(pool_options, 60000, &error));
    test_refused(client, options);
    OK(sandcell_pool_start(client, options, pool_options, &pool, &error));
    sandcell_client_free(client); /* the pool goes on */
    sandcell_create_options_free(options);
    sandcell_pool_options_free(pool_options);
    test_taken(pool);
    sandcell_pool_free(pool);
    return 0;
}
