/* Files, in and out. */
#include "misuse.h"

/* No engine is reached, so that nothing is read or written. */
static bool read_nothing(void *ctx, void *buf, size_t cap, size_t *count)
{
    (void)ctx, (void)buf, (void)cap, (void)count;
    exit(1);
}

static bool write_nothing(void *ctx, const void *data, size_t len)
{
    (void)ctx, (void)data, (void)len;
    exit(1);
}

static void test_file_options(void)
{
    sandcell_write_options *write = sandcell_write_options_new();
    REFUSES("options", sandcell_write_options_set_mode(NULL, 0644, &error));
    OK(sandcell_write_options_set_mode(write, UINT32_MAX, &error));
    REFUSES("options", sandcell_write_options_set_owner(NULL, 0, 0, &error));
    REFUSES("options", sandcell_write_options_set_create_parents(NULL, true, &error));
    REFUSES("options", sandcell_write_options_set_size(NULL, 0, &error));
    OK(sandcell_write_options_set_size(write, UINT64_MAX, &error));
    REFUSES("options", sandcell_write_options_set_method(NULL, SANDCELL_TRANSFER_METHOD_AUTO, &error));
    REFUSES_UNKNOWN("transport", 3, sandcell_write_options_set_method(write, number, &error));
    REFUSES("mode", sandcell_client_write_file(client, "x", S, "/x", S, "x", 1, write, &error));
    sandcell_write_options_free(write);

    sandcell_transfer_options *transfer = sandcell_transfer_options_new();
    REFUSES("options", sandcell_transfer_options_set_owner(NULL, 0, 0, &error));
    REFUSES("options", sandcell_transfer_options_set_create_parents(NULL, true, &error));
    REFUSES("options", sandcell_transfer_options_set_max_bytes(NULL, 0, &error));
    REFUSES("options", sandcell_transfer_options_set_max_entries(NULL, 0, &error));
    OK(sandcell_transfer_options_set_max_entries(transfer, UINT64_MAX, &error));
    REFUSES("options", sandcell_transfer_options_set_max_depth(NULL, 0, &error));
    OK(sandcell_transfer_options_set_max_depth(transfer, UINT32_MAX, &error));
    REFUSES("options", sandcell_transfer_options_set_skipped(NULL, NULL, NULL, &error));
    OK(sandcell_transfer_options_set_skipped(transfer, NULL, NULL, &error));
    REFUSES("options", sandcell_transfer_options_set_external_symlinks(NULL, SANDCELL_EXTERNAL_SYMLINKS_SKIP, &error));
    REFUSES_UNKNOWN("links", 3, sandcell_transfer_options_set_external_symlinks(transfer, number, &error));
    REFUSES("options", sandcell_transfer_options_set_progress(NULL, NULL, NULL, &error));
    OK(sandcell_transfer_options_set_progress(transfer, NULL, NULL, &error));
    REFUSES("options", sandcell_transfer_options_set_method(NULL, SANDCELL_TRANSFER_METHOD_AUTO, &error));
    REFUSES_UNKNOWN("transport", 3, sandcell_transfer_options_set_method(transfer, number, &error));
    sandcell_transfer_options_free(transfer);
}

static void test_files(void)
{
    sandcell_string *read = UNTOUCHED;
    uint64_t count = 7;
    REFUSES("client", sandcell_client_read_file(NULL, "x", S, "/x", S, &read, &error));
    REFUSES_BAD_TEXT("container", sandcell_client_read_file(client, p, n, "/x", S, &read, &error));
    REFUSES_BAD_TEXT("path", sandcell_client_read_file(client, "x", S, p, n, &read, &error));
    REFUSES("path", sandcell_client_read_file(client, "x", S, NULL, 0, &read, &error));
    REFUSES("contents", sandcell_client_read_file(client, "x", S, "/x", S, NULL, &error));
    REFUSES("client", sandcell_client_copy_file_out(NULL, "x", S, "/x", S, write_nothing, NULL, &count, &error));
    REFUSES_BAD_TEXT("container", sandcell_client_copy_file_out(client, p, n, "/x", S, write_nothing, NULL, &count, &error));
    REFUSES_BAD_TEXT("path", sandcell_client_copy_file_out(client, "x", S, p, n, write_nothing, NULL, &count, &error));
    REFUSES("write", sandcell_client_copy_file_out(client, "x", S, "/x", S, NULL, NULL, &count, &error));
    REFUSES("count", sandcell_client_copy_file_out(client, "x", S, "/x", S, write_nothing, NULL, NULL, &error));
    REFUSES("client", sandcell_client_write_file(NULL, "x", S, "/x", S, "x", 1, NULL, &error));
    REFUSES_BAD_TEXT("container", sandcell_client_write_file(client, p, n, "/x", S, "x", 1, NULL, &error));
    REFUSES_BAD_TEXT("path", sandcell_client_write_file(client, "x", S, p, n, "x", 1, NULL, &error));
    REFUSES("data", sandcell_client_write_file(client, "x", S, "/x", S, NULL, 1, NULL, &error));
    REFUSES("data", sandcell_client_write_file(client, "x", S, "/x", S, "x", (size_t)PTRDIFF_MAX + 1, NULL, &error));
    REFUSES("client", sandcell_client_copy_file_in(NULL, "x", S, "/x", S, read_nothing, NULL, NULL, &error));
    REFUSES_BAD_TEXT("container", sandcell_client_copy_file_in(client, p, n, "/x", S, read_nothing, NULL, NULL, &error));
    REFUSES_BAD_TEXT("path", sandcell_client_copy_file_in(client, "x", S, p, n, read_nothing, NULL, NULL, &error));
    REFUSES("read", sandcell_client_copy_file_in(client, "x", S, "/x", S, NULL, NULL, NULL, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND, sandcell_client_read_file(client, "x", S, "/x", S, &read, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND,
          sandcell_client_copy_file_out(client, "x", S, "/x", S, write_nothing, NULL, &count, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND,
          sandcell_client_copy_file_in(client, "x", S, "/x", S, read_nothing, NULL, NULL, &error));
    CHECK(read == UNTOUCHED && count == 7);
}

static void test_trees(void)
{
    REFUSES("client", sandcell_client_upload(NULL, "x", S, "/", S, "/x", S, NULL, &error));
    REFUSES_BAD_TEXT("container", sandcell_client_upload(client, p, n, "/", S, "/x", S, NULL, &error));
    REFUSES_BAD_TEXT("path", sandcell_client_upload(client, "x", S, "/", S, p, n, NULL, &error));
    REFUSES("host_dir", sandcell_client_upload(client, "x", S, NULL, 1, "/x", S, NULL, &error));
    REFUSES("host_dir", sandcell_client_upload(client, "x", S, "a\0b", 3, "/x", S, NULL, &error));
    REFUSES("host_dir", sandcell_client_upload(client, "x", S, "/", SIZE_MAX - 1, "/x", S, NULL, &error));
    REFUSES("client", sandcell_client_download(NULL, "x", S, "/x", S, "/", S, NULL, &error));
    REFUSES_BAD_TEXT("container", sandcell_client_download(client, p, n, "/x", S, "/", S, NULL, &error));
    REFUSES_BAD_TEXT("path", sandcell_client_download(client, "x", S, p, n, "/", S, NULL, &error));
    REFUSES("host_dir", sandcell_client_download(client, "x", S, "/x", S, NULL, S, NULL, &error));
    REFUSES("host_dir", sandcell_client_download(client, "x", S, "/x", S, "a\0b", 3, NULL, &error));
    REFUSES("host_dir", sandcell_client_download(client, "x", S, "/x", S, "/", SIZE_MAX - 1, NULL, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND, sandcell_client_upload(client, "x", S, NOT_UTF8, S, "/x", S, NULL, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND, sandcell_client_download(client, "x", S, "/x", S, NOT_UTF8, S, NULL, &error));
}

int main(void)
{
    set_up();
    test_file_options();
    test_files();
    test_trees();
    tear_down();
    puts("misuse_files: good");
    return 0;
}
