/*
 * What a transfer leaves out, and what it does not take, on the engine in DOCKER_HOST with the image that is the
 * argument.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp() */
#include "check.h"

#include <sys/stat.h>
#include <unistd.h>

#define S SANDCELL_CSTR

static const sandcell_transfer_method both[] = {SANDCELL_TRANSFER_METHOD_ARCHIVE, SANDCELL_TRANSFER_METHOD_EXEC};

static sandcell_client *client;
static const sandcell_container *container;
static sandcell_error *error;
static char from[] = "/tmp/sandcell-c-skipped-XXXXXX", to[] = "/tmp/sandcell-c-skipped-XXXXXX";

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

static void note(void *ctx, sandcell_skip_reason reason, const char *path, size_t path_len)
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
static void upload(sandcell_transfer_options *options)
{
    struct skips skips = {0};
    make("b");
    OK(sandcell_transfer_options_set_progress(options, pull_away, NULL, &error));
    OK(sandcell_transfer_options_set_skipped(options, note, &skips, &error));
    OK(sandcell_container_upload(container, from, S, "/tmp/tree/d", S, options, &error));
    CHECK(skips.count[SANDCELL_SKIPPED_VANISHED] == 1 && skips.count[SANDCELL_SKIPPED_SPECIAL_FILE] == 1);
    CHECK(skips.count[SANDCELL_SKIPPED_EXTERNAL_SYMLINK] == 0 && skips.count[SANDCELL_SKIPPED_CHANGED] == 0);
    CHECK(strcmp(skips.last, "fifo") == 0);
    OK(sandcell_transfer_options_set_progress(options, NULL, NULL, &error));
}

static sandcell_status download(const sandcell_transfer_options *options)
{
    return sandcell_container_download(container, "/tmp/tree", S, to, S, options, &error);
}

/* Downloads "d", "d/a" and "d/out", a symlink that is skipped. */
static void download_within_limits(sandcell_transfer_options *options)
{
    struct skips skips = {0};
    OK(sandcell_transfer_options_set_skipped(options, note, &skips, &error));
    OK(sandcell_transfer_options_set_external_symlinks(options, SANDCELL_EXTERNAL_SYMLINKS_SKIP, &error));
    OK(sandcell_transfer_options_set_max_entries(options, 3, &error));
    OK(sandcell_transfer_options_set_max_depth(options, 2, &error));
    OK(download(options));
    CHECK(skips.count[SANDCELL_SKIPPED_EXTERNAL_SYMLINK] == 1 && strcmp(skips.last, "d/out") == 0);
    OK(sandcell_transfer_options_set_skipped(options, NULL, &skips, &error));
    OK(download(options));
    CHECK(skips.count[SANDCELL_SKIPPED_EXTERNAL_SYMLINK] == 1);
    OK(sandcell_transfer_options_set_max_entries(options, 2, &error));
    FAILS(SANDCELL_ERR_TOO_LARGE, download(options));
    OK(sandcell_transfer_options_set_max_entries(options, UINT64_MAX, &error));
    OK(sandcell_transfer_options_set_max_depth(options, 1, &error));
    FAILS(SANDCELL_ERR_TOO_LARGE, download(options));
}

int main(int argc, char **argv)
{
    sandcell_create_options *options;
    sandcell_sandbox *sandbox;
    CHECK(argc == 2 && mkdtemp(from) != NULL && mkdtemp(to) != NULL);
    OK(sandcell_client_from_env(&client, &error));
    OK(sandcell_create_options_new(argv[1], S, &options, &error));
    OK(sandcell_sandbox_start(client, options, &sandbox, &error));
    sandcell_create_options_free(options);
    container = sandcell_sandbox_container(sandbox);
    make("a");
    for (int n = 0; n < 2; n++) {
        sandcell_transfer_options *transfer = sandcell_transfer_options_new();
        OK(sandcell_transfer_options_set_method(transfer, both[n], &error));
        CHECK(mkfifo(at("fifo"), 0600) == 0);
        upload(transfer);
        CHECK(unlink(at("fifo")) == 0 && symlink("/etc", at("out")) == 0);
        OK(sandcell_container_upload(container, from, S, "/tmp/tree/d", S, NULL, &error));
        download_within_limits(transfer);
        CHECK(unlink(at("out")) == 0);
        sandcell_transfer_options_free(transfer);
    }
    CHECK(unlink(at("a")) == 0 && rmdir(from) == 0);
    CHECK(snprintf(from, sizeof from, "%s", to) > 0 && unlink(at("d/a")) == 0 && rmdir(at("d")) == 0 && rmdir(to) == 0);
    sandcell_sandbox_free(sandbox);
    sandcell_client_free(client);
    puts("skipped: good");
    return 0;
}
