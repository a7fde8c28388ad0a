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
    REFUSES_UNKNOWN("method", 3, sandcell_write_options_set_method(write, number, &error));
    REFUSES("mode", sandcell_container_write_file(container, "/x", S, "x", 1, write, &error));
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
    REFUSES_UNKNOWN("method", 3, sandcell_transfer_options_set_method(transfer, number, &error));
    sandcell_transfer_options_free(transfer);
}

static void test_files(void)
{
    sandcell_string *read = UNTOUCHED;
    uint64_t count = 7;
    REFUSES("container", sandcell_container_read_file(NULL, "/x", S, &read, &error));
    REFUSES_BAD_TEXT("path", sandcell_container_read_file(container, p, n, &read, &error));
    REFUSES("path", sandcell_container_read_file(container, NULL, 0, &read, &error));
    REFUSES("contents", sandcell_container_read_file(container, "/x", S, NULL, &error));
    REFUSES("container", sandcell_container_copy_file_out(NULL, "/x", S, write_nothing, NULL, &count, &error));
    REFUSES_BAD_TEXT("path", sandcell_container_copy_file_out(container, p, n, write_nothing, NULL, &count, &error));
    REFUSES("write", sandcell_container_copy_file_out(container, "/x", S, NULL, NULL, &count, &error));
    REFUSES("count", sandcell_container_copy_file_out(container, "/x", S, write_nothing, NULL, NULL, &error));
    REFUSES("container", sandcell_container_write_file(NULL, "/x", S, "x", 1, NULL, &error));
    REFUSES_BAD_TEXT("path", sandcell_container_write_file(container, p, n, "x", 1, NULL, &error));
    REFUSES("data", sandcell_container_write_file(container, "/x", S, NULL, 1, NULL, &error));
    REFUSES("data", sandcell_container_write_file(container, "/x", S, "x", (size_t)PTRDIFF_MAX + 1, NULL, &error));
    REFUSES("container", sandcell_container_copy_file_in(NULL, "/x", S, read_nothing, NULL, NULL, &error));
    REFUSES_BAD_TEXT("path", sandcell_container_copy_file_in(container, p, n, read_nothing, NULL, NULL, &error));
    REFUSES("read", sandcell_container_copy_file_in(container, "/x", S, NULL, NULL, NULL, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND, sandcell_container_read_file(container, "/x", S, &read, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND,
          sandcell_container_copy_file_out(container, "/x", S, write_nothing, NULL, &count, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND,
          sandcell_container_copy_file_in(container, "/x", S, read_nothing, NULL, NULL, &error));
    CHECK(read == UNTOUCHED && count == 7);
}

static void test_trees(void)
{
    REFUSES("container", sandcell_container_upload(NULL, "/", S, "/x", S, NULL, &error));
    REFUSES_BAD_TEXT("path", sandcell_container_upload(container, "/", S, p, n, NULL, &error));
    REFUSES("host_dir", sandcell_container_upload(container, NULL, 1, "/x", S, NULL, &error));
    REFUSES("host_dir", sandcell_container_upload(container, "a\0b", 3, "/x", S, NULL, &error));
    REFUSES("host_dir", sandcell_container_upload(container, "/", SIZE_MAX - 1, "/x", S, NULL, &error));
    REFUSES("container", sandcell_container_download(NULL, "/x", S, "/", S, NULL, &error));
    REFUSES_BAD_TEXT("path", sandcell_container_download(container, p, n, "/", S, NULL, &error));
    REFUSES("host_dir", sandcell_container_download(container, "/x", S, NULL, S, NULL, &error));
    REFUSES("host_dir", sandcell_container_download(container, "/x", S, "a\0b", 3, NULL, &error));
    REFUSES("host_dir", sandcell_container_download(container, "/x", S, "/", SIZE_MAX - 1, NULL, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND, sandcell_container_upload(container, NOT_UTF8, S, "/x", S, NULL, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND, sandcell_container_download(container, "/x", S, NOT_UTF8, S, NULL, &error));
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
