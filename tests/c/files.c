/*
 * Files into and out of a container, on the engine in DOCKER_HOST with the image that is the argument: from memory, by
 * callbacks, and as trees. SIGPIPE is at its default.
 */
#define _XOPEN_SOURCE 700 /* nftw() */
#include "check.h"

#include <ftw.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#define S SANDCELL_CSTR /* one letter, for the long lists of arguments */
#define NOISE_LEN ((3 << 20) + 1)

static const sandcell_transfer_method both[] = {SANDCELL_TRANSFER_METHOD_ARCHIVE, SANDCELL_TRANSFER_METHOD_EXEC};

static const char *image;
static sandcell_client *client;
static const sandcell_container *container; /* runs as 1234:5678 */
static char noise[NOISE_LEN];
static sandcell_error *error;

/* --- Containers ------------------------------------------------------------- */

static sandcell_sandbox *start(const char *user)
{
    sandcell_create_options *options;
    sandcell_sandbox *sandbox;
    OK(sandcell_create_options_new(image, S, &options, &error));
    OK(sandcell_create_options_set_user(options, user, S, &error));
    OK(sandcell_sandbox_start(client, options, &sandbox, &error));
    sandcell_create_options_free(options);
    return sandbox;
}

/* What a script says in a container. */
static void expect_in(const sandcell_container *in, const char *script, const char *expected)
{
    const char *args[] = {"sh", "-c", script}, *data;
    size_t len;
    sandcell_exec_result *result;
    sandcell_exec_options *options = sandcell_exec_options_new();
    for (int n = 0; n < 3; n++)
        OK(sandcell_exec_options_add_arg(options, args[n], S, &error));
    OK(sandcell_container_exec(in, options, &result, &error));
    OK(sandcell_exec_result_output(result, SANDCELL_STDOUT, &data, &len, &error));
    if (strcmp(data, expected) != 0)
        fprintf(stderr, "%s: \"%s\", not \"%s\"\n", script, data, expected);
    CHECK(strcmp(data, expected) == 0);
    sandcell_exec_result_free(result);
    sandcell_exec_options_free(options);
}

#define expect(script, expected) expect_in(container, script, expected)

static sandcell_write_options *write_by(sandcell_transfer_method transport)
{
    sandcell_write_options *options = sandcell_write_options_new();
    OK(sandcell_write_options_set_method(options, transport, &error));
    return options;
}

static sandcell_transfer_options *transfer_by(sandcell_transfer_method transport)
{
    sandcell_transfer_options *options = sandcell_transfer_options_new();
    OK(sandcell_transfer_options_set_method(options, transport, &error));
    return options;
}

static sandcell_status put(const char *path, const char *text, const sandcell_write_options *options)
{
    return sandcell_container_write_file(container, path, S, text, strlen(text), options, &error);
}

/* --- Callbacks -------------------------------------------------------------- */

/* One end of a copy: how far it is, and where it fails. */
struct end {
    pthread_t thread;
    size_t at, len, fails_at;
    bool lies;
};

static struct end new_end(size_t len)
{
    return (struct end){.thread = pthread_self(), .len = len, .fails_at = SIZE_MAX};
}

static bool give(void *ctx, void *buf, size_t cap, size_t *n)
{
    struct end *end = ctx;
    CHECK(pthread_equal(pthread_self(), end->thread) && cap > 0 && *n == 0);
    if (end->at >= end->fails_at)
        return false;
    *n = end->len - end->at < 50021 ? end->len - end->at : 50021;
    *n = *n < cap ? *n : cap;
    memcpy(buf, noise + end->at, *n);
    end->at += *n;
    if (end->lies)
        *n = cap + 1;
    return true;
}

static bool take(void *ctx, const void *data, size_t len)
{
    struct end *end = ctx;
    CHECK(pthread_equal(pthread_self(), end->thread) && len > 0);
    if (end->at >= end->fails_at)
        return false;
    CHECK(len <= end->len - end->at && memcmp(noise + end->at, data, len) == 0);
    end->at += len;
    return true;
}

static sandcell_status copy_in(struct end *end, const sandcell_write_options *options)
{
    return sandcell_container_copy_file_in(container, "/tmp/own/f", S, give, end, options, &error);
}

static sandcell_status copy_out(struct end *end, uint64_t *count)
{
    return sandcell_container_copy_file_out(container, "/tmp/own/f", S, take, end, count, &error);
}

/* --- Trees ------------------------------------------------------------------ */

static char dir[] = "/tmp/sandcell-c-files-XXXXXX";
static const char *left, *right; /* that are compared */

/* A path below the directory of this program: good until the call after the next. */
static const char *at(const char *name)
{
    static char paths[2][512];
    static int turn;
    char *path = paths[turn ^= 1];
    snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    return path;
}

static size_t contents(const char *path, const struct stat *stat, char *buf, size_t cap)
{
    if (S_ISDIR(stat->st_mode))
        return 0;
    if (S_ISLNK(stat->st_mode))
        return (size_t)readlink(path, buf, cap);
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    size_t len = fread(buf, 1, cap, file);
    fclose(file);
    return len;
}

static int compare(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
    static char here[100001], there[100001];
    char other[1024];
    struct stat other_stat;
    (void)type, (void)ftw;
    snprintf(other, sizeof other, "%s%s", right, path + strlen(left));
    CHECK(lstat(other, &other_stat) == 0);
    size_t len = contents(path, stat, here, sizeof here);
    CHECK(contents(other, &other_stat, there, sizeof there) == len && memcmp(here, there, len) == 0);
    CHECK(path[strlen(left)] == '\0' || S_ISLNK(stat->st_mode) || stat->st_mode == other_stat.st_mode);
    CHECK(!S_ISREG(stat->st_mode) || stat->st_mtime == other_stat.st_mtime);
    return 0;
}

static int erase(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
    (void)stat, (void)type, (void)ftw;
    return remove(path);
}

/* Both ways: neither has more than the other. */
static void check_same(const char *one, const char *other)
{
    left = one, right = other;
    CHECK(nftw(left, compare, 8, FTW_PHYS) == 0);
    left = other, right = one;
    CHECK(nftw(left, compare, 8, FTW_PHYS) == 0);
}

static void make_file(const char *path, size_t len, mode_t mode)
{
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(noise, 1, len, file) == len && fclose(file) == 0);
    CHECK(chmod(path, mode) == 0);
}

static void make_tree(void)
{
    CHECK(mkdtemp(dir) != NULL && mkdir(at("\xff up"), 0755) == 0 && mkdir(at("\xff up/sub"), 0750) == 0);
    make_file(at("\xff up/sub/large"), 100000, 0755);
    make_file(at("\xff up/empty"), 0, 0600);
    make_file(at("\xff up/odd\n\xff name"), 3, 0644);
    CHECK(symlink("sub/large", at("\xff up/link")) == 0 && symlink("nowhere", at("\xff up/broken")) == 0);
}

/* --- Tests ------------------------------------------------------------------ */

static void test_memory(void)
{
    for (int n = 0; n < 2; n++) {
        size_t len;
        sandcell_string *read;
        sandcell_write_options *options = write_by(both[n]);
        OK(sandcell_write_options_set_mode(options, 04750, &error));
        OK(sandcell_write_options_set_size(options, 7, &error)); /* is known better */
        OK(sandcell_container_write_file(container, "/tmp/m", S, noise, sizeof noise, options, &error));
        OK(sandcell_container_read_file(container, "/tmp/m", S, &read, &error));
        const char *data = sandcell_string_data(read, &len);
        CHECK(len == sizeof noise && memcmp(data, noise, len) == 0 && data[len] == '\0');
        sandcell_string_free(read);
        expect("stat -c '%a %u:%g' /tmp/m", "4750 1234:5678\n");
        sandcell_write_options_free(options);
    }
    sandcell_string *empty;
    OK(sandcell_container_write_file(container, "/tmp/new/m", S, NULL, 0, NULL, &error));
    OK(sandcell_container_read_file(container, "/tmp/new/m", S, &empty, &error));
    CHECK(strcmp(sandcell_string_data(empty, NULL), "") == 0);
    sandcell_string_free(empty);
    expect("stat -c '%a' /tmp/new /tmp/new/m; rm -r /tmp/new", "755\n644\n");
}

static void test_callbacks(void)
{
    for (int n = 0; n < 4; n++) {
        uint64_t copied = 7;
        sandcell_write_options *options = write_by(both[n % 2]);
        if (n > 1)
            OK(sandcell_write_options_set_size(options, NOISE_LEN, &error));
        struct end in = new_end(NOISE_LEN), out = new_end(NOISE_LEN);
        OK(copy_in(&in, options));
        OK(copy_out(&out, &copied));
        CHECK(in.at == NOISE_LEN && out.at == NOISE_LEN && copied == NOISE_LEN);
        sandcell_write_options_free(options);
    }
    struct end defaults = new_end(1);
    OK(copy_in(&defaults, NULL));
    expect("stat -c '%a %s' /tmp/own/f", "644 1\n");
}

static void check_bad_ends(const sandcell_write_options *options)
{
    struct end failing = new_end(NOISE_LEN), lying = new_end(NOISE_LEN);
    failing.fails_at = 1 << 20, lying.lies = true;
    CHECK(copy_in(&failing, options) == SANDCELL_ERR_IO);
    CHECK(strstr(sandcell_error_message(error, NULL), "the callback failed") != NULL);
    sandcell_error_free(error);
    CHECK(copy_in(&lying, options) == SANDCELL_ERR_INVALID_ARGUMENT);
    CHECK(strstr(sandcell_error_message(error, NULL), "n: ") != NULL);
    sandcell_error_free(error);
}

static void test_callbacks_that_fail(void)
{
    for (int n = 0; n < 2; n++) {
        uint64_t copied = 7;
        sandcell_write_options *options = write_by(both[n]);
        OK(sandcell_container_write_file(container, "/tmp/own/f", S, noise, sizeof noise, options, &error));
        struct end out = new_end(NOISE_LEN), whole = new_end(NOISE_LEN);
        out.fails_at = 1 << 20;
        CHECK(copy_out(&out, &copied) == SANDCELL_ERR_IO && copied == 7);
        CHECK(strstr(sandcell_error_message(error, NULL), "the callback failed") != NULL);
        sandcell_error_free(error);
        check_bad_ends(options);
        OK(copy_out(&whole, &copied)); /* nothing was sent */
        OK(sandcell_write_options_set_size(options, NOISE_LEN, &error));
        check_bad_ends(options);
        struct end shorter = new_end(NOISE_LEN - 1), longer = new_end(NOISE_LEN);
        FAILS(SANDCELL_ERR_INVALID_ARGUMENT, copy_in(&shorter, options));
        OK(sandcell_write_options_set_size(options, NOISE_LEN - 1, &error));
        FAILS(SANDCELL_ERR_INVALID_ARGUMENT, copy_in(&longer, options));
        sandcell_write_options_free(options);
    }
}

static void test_write_options(void)
{
    for (int n = 0; n < 2; n++) {
        sandcell_write_options *options = write_by(both[n]);
        OK(sandcell_write_options_set_owner(options, 65534, 4321, &error));
        OK(put("/tmp/owned/f", "x", options));
        expect("stat -c '%u:%g %a' /tmp/owned /tmp/owned/f", "65534:4321 755\n65534:4321 644\n");
        sandcell_write_options_free(options);

        options = write_by(both[n]);
        OK(sandcell_write_options_set_create_parents(options, false, &error));
        FAILS(SANDCELL_ERR_NOT_FOUND, put("/tmp/none/f", noise, options));
        OK(put("/tmp/f", "x", options));
        OK(sandcell_write_options_set_mode(options, 010000, &error));
        REFUSES("mode", put("/tmp/f", "x", options));
        sandcell_write_options_free(options);
        expect("[ -e /tmp/none ] || echo none", "none\n");
    }
    /* What the engine may do, and the container's user may not. */
    sandcell_write_options *engine = write_by(SANDCELL_TRANSFER_METHOD_ARCHIVE),
                           *user = write_by(SANDCELL_TRANSFER_METHOD_EXEC);
    OK(put("/etc/f", "x", engine));
    FAILS(SANDCELL_ERR_FILE_ACCESS, put("/etc/g", noise, user));
    sandcell_write_options_free(engine);
    sandcell_write_options_free(user);
}

struct told {
    pthread_t thread;
    uint64_t bytes, entries;
    bool odd_name;
    sandcell_cancel_token *token;
};

static void tell(void *ctx, uint64_t bytes, uint64_t count, const char *path, size_t path_len)
{
    struct told *told = ctx;
    CHECK(pthread_equal(pthread_self(), told->thread));
    CHECK(bytes >= told->bytes && count >= told->entries && strlen(path) == path_len);
    told->bytes = bytes, told->entries = count;
    told->odd_name |= strcmp(path, "odd\n\xff name") == 0;
    sandcell_cancel_token_cancel(told->token); /* NULL is none */
}

static void test_trees(void)
{
    for (int n = 0; n < 2; n++) {
        sandcell_transfer_options *options = transfer_by(both[n]);
        struct told up = {.thread = pthread_self()}, down = up;
        OK(sandcell_transfer_options_set_progress(options, tell, &up, &error));
        OK(sandcell_container_upload(container, at("\xff up"), S, "/tmp/new/tree", S, options, &error));
        OK(sandcell_transfer_options_set_progress(options, tell, &down, &error));
        OK(sandcell_container_download(container, "/tmp/new/tree", S, at("down"), S, options, &error));
        check_same(at("\xff up"), at("down"));
        CHECK(up.bytes == 100003 && up.entries == 6 && up.odd_name);
        CHECK(down.bytes == 100003 && down.entries == 6 && down.odd_name);
        down.entries = 0;
        OK(sandcell_transfer_options_set_progress(options, NULL, &down, &error));
        OK(sandcell_container_download(container, "/tmp/new/tree", S, at("down"), S, options, &error));
        CHECK(down.entries == 0);
        sandcell_transfer_options_free(options);
        CHECK(nftw(at("down"), erase, 8, FTW_PHYS | FTW_DEPTH) == 0);
        expect("rm -r /tmp/new", "");
    }
    OK(sandcell_container_upload(container, at("\xff up"), S, "/tmp/new", S, NULL, &error));
    OK(sandcell_container_download(container, "/tmp/new", S, at("down"), S, NULL, &error));
    check_same(at("\xff up"), at("down"));
    expect("stat -c '%u:%g %a' /tmp/new; rm -r /tmp/new", "1234:5678 755\n");
}

static void test_cancel_from_progress(void)
{
    sandcell_client *cancellable;
    sandcell_container *same;
    struct told told = {.thread = pthread_self(), .token = sandcell_cancel_token_new()};
    sandcell_transfer_options *options = sandcell_transfer_options_new();
    OK(sandcell_transfer_options_set_progress(options, tell, &told, &error));
    OK(sandcell_client_with_cancel(client, told.token, &cancellable, &error));
    OK(sandcell_client_container(cancellable, sandcell_container_id(container, NULL), S, &same, &error));
    sandcell_client_free(cancellable); /* the container goes on */
    FAILS(SANDCELL_ERR_CANCELLED, sandcell_container_upload(same, at("\xff up"), S, "/tmp/c", S, options, &error));
    CHECK(told.entries == 1);
    sandcell_container_free(same);
    sandcell_cancel_token_free(told.token);
    sandcell_transfer_options_free(options);
}

static sandcell_status upload(const char *path, const sandcell_transfer_options *options)
{
    return sandcell_container_upload(container, at("\xff up"), S, path, S, options, &error);
}

static sandcell_status download(const char *path, const sandcell_transfer_options *options)
{
    return sandcell_container_download(container, path, S, at("out"), S, options, &error);
}

static void test_upload_options(void)
{
    for (int n = 0; n < 2; n++) {
        sandcell_transfer_options *options = transfer_by(both[n]);
        OK(sandcell_transfer_options_set_create_parents(options, false, &error));
        FAILS(SANDCELL_ERR_NOT_FOUND, upload("/tmp/none", options));
        OK(sandcell_transfer_options_set_create_parents(options, true, &error));
        OK(sandcell_transfer_options_set_owner(options, 65534, 4321, &error));
        OK(upload(n == 0 ? "/tmp/t0" : "/tmp/t1", options));
        expect("stat -c '%u:%g' /tmp/t*/empty | sort -u; find /tmp/t* ! -user 65534 -o ! -group 4321", "65534:4321\n");
        sandcell_transfer_options_free(options);
    }
    sandcell_transfer_options *engine = transfer_by(SANDCELL_TRANSFER_METHOD_ARCHIVE),
                              *user = transfer_by(SANDCELL_TRANSFER_METHOD_EXEC);
    OK(upload("/etc/tree", engine));
    FAILS(SANDCELL_ERR_FILE_ACCESS, upload("/etc/other", user));
    sandcell_transfer_options_free(engine);
    sandcell_transfer_options_free(user);
}

static void test_download_options(void)
{
    struct stat stat;
    expect("mkdir /tmp/h; ln -s ../secret /tmp/h/link; echo 12345 >/tmp/h/z", "");
    for (int n = 0; n < 2; n++) {
        sandcell_transfer_options *options = transfer_by(both[n]);
        FAILS(SANDCELL_ERR_BAD_ARCHIVE, download("/tmp/h", options));
        OK(sandcell_transfer_options_set_external_symlinks(options, SANDCELL_EXTERNAL_SYMLINKS_SKIP, &error));
        OK(sandcell_transfer_options_set_max_bytes(options, 6, &error));
        OK(download("/tmp/h", options));
        CHECK(lstat(at("out/z"), &stat) == 0 && stat.st_size == 6 && lstat(at("out/link"), &stat) != 0);
        OK(sandcell_transfer_options_set_max_bytes(options, 5, &error));
        FAILS(SANDCELL_ERR_TOO_LARGE, download("/tmp/h", options));
        OK(sandcell_transfer_options_set_external_symlinks(options, SANDCELL_EXTERNAL_SYMLINKS_REFUSE, &error));
        FAILS(SANDCELL_ERR_BAD_ARCHIVE, download("/tmp/h", options));
        OK(sandcell_transfer_options_set_external_symlinks(options, SANDCELL_EXTERNAL_SYMLINKS_KEEP, &error));
        OK(sandcell_transfer_options_set_max_bytes(options, UINT64_MAX, &error));
        OK(download("/tmp/h", options));
        CHECK(lstat(at("out/link"), &stat) == 0 && S_ISLNK(stat.st_mode));
        sandcell_transfer_options_free(options);
        CHECK(nftw(at("out"), erase, 8, FTW_PHYS | FTW_DEPTH) == 0);
    }
}

static sandcell_status get(const sandcell_container *from, const char *path)
{
    sandcell_string *contents = (sandcell_string *)&contents;
    sandcell_status status = sandcell_container_read_file(from, path, S, &contents, &error);
    CHECK(contents == (sandcell_string *)&contents);
    return status;
}

static void test_errors(void)
{
    sandcell_container *none;
    expect("truncate -s 65M /tmp/large; mkdir /tmp/dir; echo x >/dev/shm/locked; chmod 0 /dev/shm/locked", "");
    FAILS(SANDCELL_ERR_NOT_FOUND, get(container, "/tmp/none"));
    OK(sandcell_client_container(client, "no-such-container", S, &none, &error));
    FAILS(SANDCELL_ERR_NOT_FOUND, get(none, "/tmp/f"));
    sandcell_container_free(none);
    FAILS(SANDCELL_ERR_WRONG_FILE_TYPE, get(container, "/tmp/dir"));
    FAILS(SANDCELL_ERR_WRONG_FILE_TYPE, get(container, "/dev/null"));
    FAILS(SANDCELL_ERR_FILE_ACCESS, get(container, "/dev/shm/locked"));
    FAILS(SANDCELL_ERR_TOO_LARGE, get(container, "/tmp/large"));
    REFUSES("path", get(container, "tmp/f"));
    REFUSES("path", get(container, "/tmp/../f"));
    REFUSES("path", get(container, "/tmp/"));
    REFUSES("path", put("f", "x", NULL));
    FAILS(SANDCELL_ERR_WRONG_FILE_TYPE, put("/tmp/dir", "x", NULL));
    FAILS(SANDCELL_ERR_WRONG_FILE_TYPE, put("/tmp/large/f", "x", NULL));
    REFUSES("path", upload("tmp", NULL));
    FAILS(SANDCELL_ERR_WRONG_FILE_TYPE, upload("/tmp/large", NULL));
    CHECK(sandcell_container_upload(container, at("none"), S, "/tmp/t", S, NULL, &error) == SANDCELL_ERR_IO);
    CHECK(sandcell_error_os_errno(error) == 2);
    sandcell_error_free(error);
    REFUSES("path", download("/tmp/..", NULL));
    FAILS(SANDCELL_ERR_NOT_FOUND, download("/tmp/none", NULL));
    FAILS(SANDCELL_ERR_WRONG_FILE_TYPE, download("/tmp/large", NULL));
    FAILS(SANDCELL_ERR_IO, sandcell_container_download(container, "/tmp/dir", S, "/proc/x", S, NULL, &error));
}

/* What needs a command, in a container that cannot run one. */
static void test_no_command(void)
{
    sandcell_sandbox *sandbox = start("0:0");
    const sandcell_container *own = sandcell_sandbox_container(sandbox);
    sandcell_write_options *options = write_by(SANDCELL_TRANSFER_METHOD_EXEC);
    OK(sandcell_container_pause(own, &error));
    FAILS(SANDCELL_ERR_CONFLICT, get(own, "/proc/version"));
    FAILS(SANDCELL_ERR_CONFLICT, sandcell_container_write_file(own, "/f", S, "x", 1, options, &error));
    OK(sandcell_container_unpause(own, &error));
    expect_in(own, "rm /bin/sh", "");
    FAILS(SANDCELL_ERR_UNSUPPORTED, get(own, "/proc/version"));
    FAILS(SANDCELL_ERR_UNSUPPORTED, sandcell_container_write_file(own, "/f", S, "x", 1, options, &error));
    OK(sandcell_container_write_file(own, "/f", S, "x", 1, NULL, &error));
    sandcell_write_options_free(options);
    sandcell_sandbox_free(sandbox);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2 && signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    image = argv[1];
    uint32_t random = 1;
    for (size_t n = 0; n < sizeof noise; n++)
        noise[n] = (char)((random = random * 1664525 + 1013904223) >> 24);
    make_tree();
    OK(sandcell_client_from_env(&client, &error));
    sandcell_sandbox *sandbox = start("1234:5678");
    container = sandcell_sandbox_container(sandbox);
    test_memory();
    test_callbacks();
    test_callbacks_that_fail();
    test_write_options();
    test_trees();
    test_cancel_from_progress();
    test_upload_options();
    test_download_options();
    test_errors();
    test_no_command();
    sandcell_sandbox_free(sandbox);
    sandcell_client_free(client);
    CHECK(nftw(dir, erase, 8, FTW_PHYS | FTW_DEPTH) == 0);
    puts("files: good");
    return 0;
}
