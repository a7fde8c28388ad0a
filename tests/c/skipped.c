/*
 * What a transfer leaves out, and what it does not take, on the engine in DOCKER_HOST with the image that is the argument.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp() */
#include "check.h"

#include <sys/stat.h>
#include <unistd.h>

#define S SANDOCK_CSTR

static const sandock_transport both[] = {SANDOCK_TRANSPORT_ARCHIVE, SANDOCK_TRANSPORT_EXEC};

static sandock_client *client;
static const char *container;
static sandock_error *error;
static char from[] = "/tmp/sandock-c-skipped-XXXXXX", to[] = "/tmp/sandock-c-skipped-XXXXXX";

/* A path below `from`: good until the next call. */
static const char *at(const char *name)
{
    static char path[128];
    CHECK(snprintf(path, sizeof path, "%s/%s", from, name) < (int)sizeof path);
    return path;
}

static void make(const char *name)
{
    FILE *file = fopen(at(name), "w");
    CHECK(file != NULL && fclose(file) == 0);
}

struct skips {
    int count[4];
    char last[16];
};

static void note(void *ctx, sandock_skip_reason reason, const char *path, size_t path_len)
{
    struct skips *skips = ctx;
    CHECK(reason >= 0 && reason < 4 && strlen(path) == path_len && path_len < sizeof skips->last);
    skips->count[reason]++;
    memcpy(skips->last, path, path_len + 1);
}

/* Removes what is to come next. */
static void pull_away(void *ctx, uint64_t bytes, uint64_t entries, const char *path, size_t path_len)
{
    (void)ctx, (void)bytes, (void)entries, (void)path, (void)path_len;
    unlink(at("b"));
}

/* Uploads "a", as "b" goes and "fifo" is none to upload. */
static void upload(sandock_transfer_options *options)
{
    struct skips skips = {0};
    make("b");
    OK(sandock_transfer_options_set_progress(options, pull_away, NULL, &error));
    OK(sandock_transfer_options_set_skipped(options, note, &skips, &error));
    OK(sandock_client_upload(client, container, S, from, S, "/tmp/tree/d", S, options, &error));
    CHECK(skips.count[SANDOCK_SKIPPED_VANISHED] == 1 && skips.count[SANDOCK_SKIPPED_SPECIAL_FILE] == 1);
    CHECK(skips.count[SANDOCK_SKIPPED_OUTSIDE_LINK] == 0 && skips.count[SANDOCK_SKIPPED_CHANGED] == 0);
    CHECK(strcmp(skips.last, "fifo") == 0);
    OK(sandock_transfer_options_set_progress(options, NULL, NULL, &error));
}

static sandock_status download(const sandock_transfer_options *options)
{
    return sandock_client_download(client, container, S, "/tmp/tree", S, to, S, options, &error);
}

/* Downloads "d", "d/a" and "d/out", a symlink that is skipped. */
static void download_within_limits(sandock_transfer_options *options)
{
    struct skips skips = {0};
    OK(sandock_transfer_options_set_skipped(options, note, &skips, &error));
    OK(sandock_transfer_options_set_outside_links(options, SANDOCK_OUTSIDE_LINKS_SKIP, &error));
    OK(sandock_transfer_options_set_max_entries(options, 3, &error));
    OK(sandock_transfer_options_set_max_depth(options, 2, &error));
    OK(download(options));
    CHECK(skips.count[SANDOCK_SKIPPED_OUTSIDE_LINK] == 1 && strcmp(skips.last, "d/out") == 0);
    OK(sandock_transfer_options_set_skipped(options, NULL, &skips, &error));
    OK(download(options));
    CHECK(skips.count[SANDOCK_SKIPPED_OUTSIDE_LINK] == 1);
    OK(sandock_transfer_options_set_max_entries(options, 2, &error));
    FAILS(SANDOCK_ERR_TOO_LARGE, download(options));
    OK(sandock_transfer_options_set_max_entries(options, UINT64_MAX, &error));
    OK(sandock_transfer_options_set_max_depth(options, 1, &error));
    FAILS(SANDOCK_ERR_TOO_LARGE, download(options));
}

int main(int argc, char **argv)
{
    sandock_create_options *options;
    sandock_sandbox *sandbox;
    CHECK(argc == 2 && mkdtemp(from) != NULL && mkdtemp(to) != NULL);
    OK(sandock_client_from_env(&client, &error));
    OK(sandock_create_options_new(argv[1], S, &options, &error));
    OK(sandock_sandbox_start(client, options, &sandbox, &error));
    sandock_create_options_free(options);
    container = sandock_sandbox_id(sandbox, NULL);
    make("a");
    for (int n = 0; n < 2; n++) {
        sandock_transfer_options *transfer = sandock_transfer_options_new();
        OK(sandock_transfer_options_set_transport(transfer, both[n], &error));
        CHECK(mkfifo(at("fifo"), 0600) == 0);
        upload(transfer);
        CHECK(unlink(at("fifo")) == 0 && symlink("/etc", at("out")) == 0);
        OK(sandock_client_upload(client, container, S, from, S, "/tmp/tree/d", S, NULL, &error));
        download_within_limits(transfer);
        CHECK(unlink(at("out")) == 0);
        sandock_transfer_options_free(transfer);
    }
    CHECK(unlink(at("a")) == 0 && rmdir(from) == 0);
    CHECK(snprintf(from, sizeof from, "%s", to) > 0 && unlink(at("d/a")) == 0 && rmdir(at("d")) == 0 && rmdir(to) == 0);
    sandock_sandbox_free(sandbox);
    sandock_client_free(client);
    puts("skipped: good");
    return 0;
}
