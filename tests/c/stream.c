/* Running commands and background commands, on the engine in DOCKER_HOST with the image that is the argument. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FOR_EVER SANDOCK_NO_TIMEOUT

static const char *image;
static const char *program;
static sandock_client *client;
static const char *container;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void pause_ms(long ms)
{
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

/* A command: its arguments, and NULL behind them. Killed without mercy. */
static sandock_exec_options *command(const char *arg, ...)
{
    sandock_error *error;
    sandock_exec_options *options = sandock_exec_options_new();
    va_list args;
    va_start(args, arg);
    for (; arg != NULL; arg = va_arg(args, const char *))
        OK(sandock_exec_options_add_arg(options, arg, SANDOCK_CSTR, &error));
    va_end(args);
    OK(sandock_exec_options_set_kill_grace_ms(options, 0, &error));
    return options;
}

/* Starts a command, and frees its options. */
static sandock_exec *start(sandock_exec_options *options)
{
    sandock_error *error;
    sandock_exec *exec;
    OK(sandock_client_start_exec(client, container, SANDOCK_CSTR, options, &exec, &error));
    sandock_exec_options_free(options);
    return exec;
}

static void check_end(const sandock_exec *exec, sandock_outcome expected, int32_t expected_code)
{
    sandock_error *error;
    sandock_outcome outcome;
    int32_t code;
    for (int twice = 0; twice < 2; twice++) {
        OK(sandock_exec_wait(exec, 30000, &outcome, &code, &error));
        if (outcome != expected || code != expected_code)
            fprintf(stderr, "outcome %d, code %d\n", outcome, code);
        CHECK(outcome == expected && code == expected_code);
    }
}

static void write_all(const sandock_exec *exec, const char *text)
{
    sandock_error *error;
    size_t len = strlen(text), written;
    for (size_t done = 0; done < len; done += written)
        OK(sandock_exec_write(exec, text + done, len - done, 10000, &written, &error));
}

/* Reads until the stream ends, or `len` bytes are there. */
static size_t read_some(const sandock_exec *exec, sandock_stream stream, char *buf, size_t len)
{
    sandock_error *error;
    size_t done = 0, n = 1;
    while (done < len && n > 0) {
        OK(sandock_exec_read(exec, stream, 30000, buf + done, len - done, &n, &error));
        done += n;
    }
    return done;
}

static void expect_read(const sandock_exec *exec, sandock_stream stream, const char *expected)
{
    char buf[256];
    size_t len = read_some(exec, stream, buf, strlen(expected));
    if (len != strlen(expected) || memcmp(buf, expected, len) != 0)
        fprintf(stderr, "read \"%.*s\"\n", (int)len, buf);
    CHECK(len == strlen(expected) && memcmp(buf, expected, len) == 0);
}

static void expect_end(const sandock_exec *exec, sandock_stream stream)
{
    char byte;
    CHECK(read_some(exec, stream, &byte, 1) == 0);
    CHECK(read_some(exec, stream, &byte, 1) == 0);
}

/* Runs a command in the container to its end; its exit code. */
static int32_t shell(const char *script)
{
    sandock_error *error;
    sandock_exec_result *result;
    sandock_exec_options *options = command("sh", "-c", script, NULL);
    int32_t code;
    OK(sandock_client_exec(client, container, SANDOCK_CSTR, options, &result, &error));
    CHECK(sandock_exec_result_exit_code(result, &code));
    sandock_exec_result_free(result);
    sandock_exec_options_free(options);
    return code;
}

/* Whether a `sleep` of that many seconds runs; the pattern does not match this command. */
static bool is_sleeping(const char *seconds)
{
    char script[128];
    snprintf(script, sizeof script, "grep -lz '^%s$' /proc/[0-9]*/cmdline 2>/dev/null | grep -q proc", seconds);
    return shell(script) == 0;
}

static void wait_until_sleeping(const char *seconds, bool expected)
{
    double give_up = now() + 20;
    while (is_sleeping(seconds) != expected) {
        CHECK(now() < give_up);
        pause_ms(50);
    }
}

static void test_session(void)
{
    sandock_error *error;
    sandock_outcome outcome = -7;
    int32_t code = -7;
    char buf[16];
    size_t n = 7, len;
    sandock_exec *exec = start(command("sh", "-c", "while read x; do echo \"got $x\"; echo err >&2; done; exit 3", NULL));
    CHECK(strlen(sandock_exec_id(exec, &len)) == len && len > 0);

    double begin = now();
    FAILS(SANDOCK_ERR_TIMEOUT, sandock_exec_read(exec, SANDOCK_STDOUT, 200, buf, sizeof buf, &n, &error));
    CHECK(n == 7 && now() - begin >= 0.19 && now() - begin < 5);
    FAILS(SANDOCK_ERR_TIMEOUT, sandock_exec_read(exec, SANDOCK_STDOUT, 0, buf, sizeof buf, &n, &error));
    FAILS(SANDOCK_ERR_TIMEOUT, sandock_exec_wait(exec, 0, &outcome, &code, &error));
    FAILS(SANDOCK_ERR_TIMEOUT, sandock_exec_wait(exec, 100, &outcome, &code, &error));
    CHECK(outcome == -7 && code == -7);

    write_all(exec, "one\n");
    expect_read(exec, SANDOCK_STDOUT, "got one\n");
    write_all(exec, "two\n");
    expect_read(exec, SANDOCK_STDOUT, "got two\n");
    OK(sandock_exec_write(exec, NULL, 0, 0, &n, &error));
    CHECK(n == 0);
    sandock_exec_close_stdin(exec);
    sandock_exec_close_stdin(exec);
    REFUSES("stream", sandock_exec_write(exec, "x", 1, 0, &n, &error));
    check_end(exec, SANDOCK_OUTCOME_EXITED, 3);
    expect_end(exec, SANDOCK_STDOUT);
    CHECK(sandock_exec_total_bytes(exec, SANDOCK_STDOUT) == 16);
    CHECK(sandock_exec_total_bytes(exec, SANDOCK_STDERR) == 8);
    CHECK(sandock_exec_total_bytes(exec, SANDOCK_STDIN) == 0);
    expect_read(exec, SANDOCK_STDERR, "err\nerr\n"); /* what came before the wait */
    expect_end(exec, SANDOCK_STDERR);
    CHECK(sandock_exec_tree_gone(exec) == SANDOCK_TREE_NOT_KILLED);
    sandock_exec_free(exec);
}

static void test_wait_with_output(void)
{
    sandock_error *error;
    sandock_exec_result *result = NULL;
    sandock_outcome outcome;
    const char *data;
    size_t len, written, gap = 7;
    int32_t code, number;
    sandock_exec *exec = start(command("sort", NULL));
    write_all(exec, "pear\napple\n");
    OK(sandock_exec_wait_with_output(exec, &result, &error)); /* ends the input */
    OK(sandock_exec_result_output(result, SANDOCK_STDOUT, &data, &len, &error));
    CHECK(len == 11 && strcmp(data, "apple\npear\n") == 0);
    CHECK(sandock_exec_result_exit_code(result, &code) && code == 0);
    CHECK(!sandock_exec_result_signal(result, &code) && code == 0);
    CHECK(!sandock_exec_result_gap(result, SANDOCK_STDOUT, &gap) && gap == 7);
    CHECK(sandock_exec_result_tree_gone(result) == SANDOCK_TREE_NOT_KILLED);
    sandock_exec_result_free(result);

    REFUSES("exec", sandock_exec_wait_with_output(exec, &result, &error));
    REFUSES("exec", sandock_exec_wait(exec, 0, &outcome, &code, &error));
    REFUSES("exec", sandock_exec_kill(exec, &number, &error));
    REFUSES("exec", sandock_exec_signal(exec, 1, &error));
    REFUSES("exec", sandock_exec_resize(exec, 1, 1, &error));
    REFUSES("exec", sandock_exec_pid_in_container(exec, &number, &error));
    REFUSES("stream", sandock_exec_write(exec, "x", 1, 0, &written, &error));
    expect_end(exec, SANDOCK_STDOUT);
    sandock_exec_free(exec);

    /* What was read is not collected again; the middle is missing. */
    sandock_exec_options *options = command("sh", "-c", "read x; printf 0123456789; printf abc >&2", NULL);
    OK(sandock_exec_options_set_max_output(options, 4, &error));
    OK(sandock_exec_options_set_on_overflow(options, SANDOCK_OVERFLOW_KEEP_HEAD_AND_TAIL, &error));
    exec = start(options);
    OK(sandock_exec_wait_with_output(exec, &result, &error));
    OK(sandock_exec_result_output(result, SANDOCK_STDOUT, &data, &len, &error));
    CHECK(len == 4 && memcmp(data, "0189", 4) == 0);
    CHECK(sandock_exec_result_gap(result, SANDOCK_STDOUT, &gap) && gap == 2);
    CHECK(sandock_exec_result_gap(result, SANDOCK_STDOUT, NULL));
    CHECK(!sandock_exec_result_gap(result, SANDOCK_STDERR, &gap));
    CHECK(!sandock_exec_result_gap(result, SANDOCK_STDIN, &gap));
    CHECK(sandock_exec_dropped_bytes(exec, SANDOCK_STDOUT) == 6);
    CHECK(sandock_exec_dropped_bytes(exec, SANDOCK_STDERR) == 0);
    sandock_exec_result_free(result);
    sandock_exec_free(exec);
}

/* Each stream alone, far beyond what any pipe holds, while nobody reads the other. */
static void test_one_sided_reads(void)
{
    static char buf[1 << 20];
    sandock_exec *exec = start(command("sh", "-c", "head -c 4000000 /dev/zero >&2; head -c 3000000 /dev/zero; echo end >&2", NULL));
    size_t total = 0, len;
    while ((len = read_some(exec, SANDOCK_STDOUT, buf, sizeof buf)) > 0)
        total += len;
    CHECK(total == 3000000);
    check_end(exec, SANDOCK_OUTCOME_EXITED, 0);
    for (total = 0; (len = read_some(exec, SANDOCK_STDERR, buf, sizeof buf)) > 0;)
        total += len;
    CHECK(total == 4000004 && sandock_exec_dropped_bytes(exec, SANDOCK_STDERR) == 0);
    sandock_exec_free(exec);
}

static int32_t take(const sandock_exec *exec, sandock_stream stream)
{
    sandock_error *error;
    int32_t fd = -1;
    OK(sandock_exec_take_fd(exec, stream, &fd, &error));
    CHECK(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
    REFUSES("stream", sandock_exec_take_fd(exec, stream, &fd, &error));
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    return fd;
}

/* An event loop of the host's own: 8 MiB through `cat`, both ways at once. */
static void test_poll(void)
{
    static char sent[8 << 20], received[sizeof sent + 1];
    sandock_error *error;
    size_t n, in = 0, out = 0;
    char byte;
    bool out_ended = false, err_ended = false;
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (char)(i * 31 + i / 251 + i / 65537);
    sandock_exec *exec = start(command("sh", "-c", "cat; echo err >&2", NULL));
    struct pollfd fds[] = {
        {take(exec, SANDOCK_STDIN), POLLOUT, 0},
        {take(exec, SANDOCK_STDOUT), POLLIN, 0},
        {take(exec, SANDOCK_STDERR), POLLIN, 0},
    };
    REFUSES("stream", sandock_exec_read(exec, SANDOCK_STDOUT, 0, &byte, 1, &n, &error));
    REFUSES("stream", sandock_exec_write(exec, "x", 1, 0, &n, &error));
    while (!out_ended || !err_ended) {
        CHECK(poll(fds, 3, 30000) > 0);
        if (fds[0].revents != 0) {
            ssize_t count = send(fds[0].fd, sent + in, sizeof sent - in, MSG_NOSIGNAL);
            CHECK(count > 0 || errno == EAGAIN);
            in += count > 0 ? (size_t)count : 0;
            if (in == sizeof sent) {
                CHECK(close(fds[0].fd) == 0); /* the end of its input */
                fds[0].fd = -1;
            }
        }
        if (fds[1].revents != 0) {
            ssize_t count = read(fds[1].fd, received + out, sizeof received - out);
            CHECK(count >= 0 || errno == EAGAIN);
            out += count > 0 ? (size_t)count : 0;
            out_ended = count == 0;
            if (out_ended)
                fds[1].events = 0, fds[1].fd = -1 - fds[1].fd;
        }
        if (fds[2].revents != 0) {
            char text[8];
            ssize_t count = read(fds[2].fd, text, sizeof text);
            CHECK(count == 0 || (count == 4 && memcmp(text, "err\n", 4) == 0));
            err_ended = count == 0;
            if (err_ended)
                fds[2].fd = -1 - fds[2].fd;
        }
    }
    CHECK(in == sizeof sent && out == sizeof sent && memcmp(sent, received, out) == 0);
    CHECK(close(-1 - fds[1].fd) == 0 && close(-1 - fds[2].fd) == 0);
    check_end(exec, SANDOCK_OUTCOME_EXITED, 0);
    sandock_exec_free(exec);
}

static void test_kill(void)
{
    sandock_error *error;
    sandock_tree tree = -7;
    int32_t pid = -7;
    sandock_exec *exec = start(command("sh", "-c", "setsid sleep 1001 & sleep 1002 & echo up; wait", NULL));
    expect_read(exec, SANDOCK_STDOUT, "up\n");
    OK(sandock_exec_pid_in_container(exec, &pid, &error));
    CHECK(pid > 1);
    wait_until_sleeping("1001", true);
    CHECK(is_sleeping("1002"));
    OK(sandock_exec_kill(exec, &tree, &error));
    CHECK(tree == SANDOCK_TREE_GONE && sandock_exec_tree_gone(exec) == tree);
    CHECK(!is_sleeping("1001") && !is_sleeping("1002"));
    check_end(exec, SANDOCK_OUTCOME_SIGNALLED, 9);
    expect_end(exec, SANDOCK_STDOUT);
    OK(sandock_exec_pid_in_container(exec, &pid, &error));
    CHECK(pid == 0);
    OK(sandock_exec_kill(exec, &tree, &error)); /* once more does not hurt */
    sandock_exec_result *result;
    OK(sandock_exec_wait_with_output(exec, &result, &error));
    CHECK(sandock_exec_result_outcome(result) == SANDOCK_OUTCOME_SIGNALLED);
    CHECK(sandock_exec_result_signal(result, &pid) && pid == 9 && sandock_exec_result_signal(result, NULL));
    CHECK(!sandock_exec_result_exit_code(result, NULL));
    CHECK(sandock_exec_result_tree_gone(result) == SANDOCK_TREE_GONE);
    sandock_exec_result_free(result);
    sandock_exec_free(exec);
}

static void test_signal(void)
{
    sandock_error *error;
    sandock_exec *exec = start(command("sh", "-c", "trap 'echo usr1' USR1; echo up; while :; do sleep 0.1; done", NULL));
    expect_read(exec, SANDOCK_STDOUT, "up\n");
    REFUSES("signal", sandock_exec_signal(exec, 0, &error));
    REFUSES("signal", sandock_exec_signal(exec, 65, &error));
    REFUSES("signal", sandock_exec_signal(exec, INT32_MIN, &error));
    OK(sandock_exec_signal(exec, 10, &error));
    expect_read(exec, SANDOCK_STDOUT, "usr1\n");
    OK(sandock_exec_signal(exec, 15, &error));
    check_end(exec, SANDOCK_OUTCOME_SIGNALLED, 15);
    OK(sandock_exec_signal(exec, 15, &error));
    sandock_exec_free(exec);
}

static void *kill_soon(void *exec)
{
    sandock_error *error;
    sandock_tree tree;
    pause_ms(300);
    OK(sandock_exec_kill(exec, &tree, &error));
    CHECK(tree == SANDOCK_TREE_GONE);
    return NULL;
}

static void *read_stderr(void *exec)
{
    expect_end(exec, SANDOCK_STDERR);
    return NULL;
}

static void *write_much(void *exec)
{
    static const char zeros[1 << 16];
    sandock_error *error;
    size_t written;
    sandock_status status;
    while ((status = sandock_exec_write(exec, zeros, sizeof zeros, FOR_EVER, &written, NULL)) == SANDOCK_OK) {
    }
    CHECK(status == SANDOCK_ERR_DISCONNECTED);
    FAILS(SANDOCK_ERR_DISCONNECTED, sandock_exec_write(exec, zeros, 1, 0, &written, &error));
    return NULL;
}

static void *collect(void *exec)
{
    sandock_error *error;
    sandock_exec_result *result;
    OK(sandock_exec_wait_with_output(exec, &result, &error));
    CHECK(sandock_exec_result_outcome(result) == SANDOCK_OUTCOME_SIGNALLED);
    sandock_exec_result_free(result);
    return NULL;
}

/* A read, a write and a wait of one exec each block in a thread; a kill ends them all. */
static void test_kill_from_another_thread(void)
{
    static void *(*const bodies[])(void *) = {kill_soon, read_stderr, write_much};
    sandock_error *error;
    pthread_t threads[3];
    int32_t fd = -7;
    char byte;
    size_t n;
    sandock_exec *exec = start(command("sleep", "1003", NULL));
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&threads[i], NULL, bodies[i], exec) == 0);
    pause_ms(100);
    FAILS(SANDOCK_ERR_CONFLICT, sandock_exec_take_fd(exec, SANDOCK_STDERR, &fd, &error));
    FAILS(SANDOCK_ERR_CONFLICT, sandock_exec_take_fd(exec, SANDOCK_STDIN, &fd, &error));
    CHECK(fd == -7);
    OK(sandock_exec_read(exec, SANDOCK_STDOUT, FOR_EVER, &byte, 1, &n, &error));
    CHECK(n == 0);
    for (int i = 0; i < 3; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    check_end(exec, SANDOCK_OUTCOME_SIGNALLED, 9);
    sandock_exec_free(exec);

    exec = start(command("sleep", "1004", NULL));
    CHECK(pthread_create(&threads[0], NULL, kill_soon, exec) == 0);
    CHECK(pthread_create(&threads[1], NULL, collect, exec) == 0);
    CHECK(pthread_join(threads[0], NULL) == 0 && pthread_join(threads[1], NULL) == 0);
    sandock_exec_free(exec);
}

static void test_limits(void)
{
    sandock_error *error;
    char buf[1001];
    sandock_exec_options *options = command("yes", NULL);
    OK(sandock_exec_options_set_max_output(options, 1000, &error));
    OK(sandock_exec_options_set_max_memory(options, 10, &error));
    OK(sandock_exec_options_set_on_overflow(options, SANDOCK_OVERFLOW_KILL, &error));
    sandock_exec *exec = start(options);
    check_end(exec, SANDOCK_OUTCOME_OUTPUT_LIMIT, -1);
    CHECK(sandock_exec_tree_gone(exec) == SANDOCK_TREE_GONE);
    CHECK(read_some(exec, SANDOCK_STDOUT, buf, sizeof buf) == 1000 && buf[0] == 'y' && buf[999] == '\n');
    CHECK(sandock_exec_dropped_bytes(exec, SANDOCK_STDOUT) > 0);
    CHECK(sandock_exec_dropped_bytes(exec, SANDOCK_STDOUT) + 1000 == sandock_exec_total_bytes(exec, SANDOCK_STDOUT));
    sandock_exec_free(exec);

    options = command("sleep", "1005", NULL);
    OK(sandock_exec_options_set_timeout_ms(options, 300, &error));
    exec = start(options);
    check_end(exec, SANDOCK_OUTCOME_TIMED_OUT, -1);
    CHECK(sandock_exec_tree_gone(exec) == SANDOCK_TREE_GONE && !is_sleeping("1005"));
    sandock_exec_free(exec);

    /* For ever, in every spelling. */
    static const uint64_t times[] = {SANDOCK_NO_TIMEOUT, SANDOCK_NO_TIMEOUT - 1, (uint64_t)INT64_MAX, (uint64_t)UINT32_MAX + 1};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        sandock_outcome outcome;
        int32_t code;
        char byte;
        size_t n;
        options = command("sh", "-c", "sleep 0.2; exit 5", NULL);
        OK(sandock_exec_options_set_timeout_ms(options, times[i], &error));
        exec = start(options);
        OK(sandock_exec_read(exec, SANDOCK_STDOUT, times[i], &byte, 1, &n, &error));
        CHECK(n == 0);
        OK(sandock_exec_wait(exec, times[i], &outcome, &code, &error));
        CHECK(outcome == SANDOCK_OUTCOME_EXITED && code == 5);
        sandock_exec_free(exec);
    }
}

static void test_terminal(void)
{
    sandock_error *error;
    sandock_exec_options *options = command("sh", "-c", "stty -echo; echo up; read x; stty size; read x; stty size", NULL);
    OK(sandock_exec_options_set_tty(options, true, &error));
    OK(sandock_exec_options_set_console_size(options, 33, 111, &error));
    sandock_exec *exec = start(options);
    expect_read(exec, SANDOCK_STDOUT, "up\r\n");
    write_all(exec, "\n"); /* an old engine learns the size when the command runs already */
    expect_read(exec, SANDOCK_STDOUT, "33 111\r\n");
    OK(sandock_exec_resize(exec, 44, 122, &error));
    write_all(exec, "\n");
    expect_read(exec, SANDOCK_STDOUT, "44 122\r\n");
    check_end(exec, SANDOCK_OUTCOME_EXITED, 0);
    expect_end(exec, SANDOCK_STDERR);
    sandock_exec_free(exec);
}

/* The engine may say so at once, or only when it has tried. */
static void expect_no_start(sandock_exec_options *options, sandock_status expected)
{
    sandock_error *error;
    sandock_exec *exec = NULL;
    sandock_exec_result *result;
    sandock_outcome outcome;
    int32_t code;
    sandock_status status = sandock_client_start_exec(client, container, SANDOCK_CSTR, options, &exec, &error);
    if (status == SANDOCK_OK)
        status = sandock_exec_wait(exec, FOR_EVER, &outcome, &code, &error);
    if (status != expected)
        fprintf(stderr, "%d: %s\n", status, sandock_error_message(error, NULL));
    CHECK(status == expected && sandock_error_is_exec_start(error));
    sandock_error_free(error);
    if (exec != NULL) {
        FAILS(expected, sandock_exec_wait_with_output(exec, &result, &error));
        expect_end(exec, SANDOCK_STDOUT);
    }
    sandock_exec_free(exec);
    FAILS(expected, sandock_client_exec(client, container, SANDOCK_CSTR, options, &result, &error));
    sandock_exec_options_free(options);
}

static void test_no_start(void)
{
    sandock_error *error;
    sandock_exec_options *options;
    expect_no_start(command("sandock-none", NULL), SANDOCK_ERR_COMMAND_NOT_FOUND);
    expect_no_start(command("/etc/passwd", NULL), SANDOCK_ERR_COMMAND_NOT_EXECUTABLE);
    options = command("true", NULL);
    OK(sandock_exec_options_set_cwd(options, "/sandock-none", SANDOCK_CSTR, &error));
    expect_no_start(options, SANDOCK_ERR_BAD_WORKING_DIR);
    options = command("true", NULL);
    OK(sandock_exec_options_set_user(options, "sandock-none", SANDOCK_CSTR, &error));
    expect_no_start(options, SANDOCK_ERR_BAD_USER);
}

static void test_free_and_detach(void)
{
    sandock_error *error;
    sandock_outcome outcome;
    int32_t code;
    sandock_exec *exec = start(command("sh", "-c", "setsid sleep 1006 & sleep 1007", NULL));
    wait_until_sleeping("1006", true);
    double begin = now();
    sandock_exec_free(exec);
    CHECK(now() - begin < 1);
    wait_until_sleeping("1006", false);
    wait_until_sleeping("1007", false);

    exec = start(command("sleep", "1008", NULL));
    wait_until_sleeping("1008", true);
    sandock_exec_detach(exec);
    sandock_exec_detach(exec);
    REFUSES("exec", sandock_exec_wait(exec, 0, &outcome, &code, &error));
    CHECK(sandock_exec_tree_gone(exec) == SANDOCK_TREE_NOT_KILLED);
    CHECK(strlen(sandock_exec_id(exec, NULL)) > 0);
    sandock_exec_free(exec);
    pause_ms(500);
    CHECK(is_sleeping("1008"));
    shell("for p in /proc/[0-9]*; do grep -qz '^1008$' $p/cmdline && kill ${p#/proc/}; done");
    wait_until_sleeping("1008", false);
}

/* A descriptor goes on when the exec, and the client that started it, are freed. */
static void test_order_of_frees(void)
{
    sandock_error *error;
    sandock_client *other;
    sandock_exec *exec;
    char buf[8];
    OK(sandock_client_from_env(&other, &error));
    sandock_exec_options *options = command("sh", "-c", "read x; echo $x", NULL);
    OK(sandock_client_start_exec(other, container, SANDOCK_CSTR, options, &exec, &error));
    sandock_exec_options_free(options);
    sandock_client_free(other);
    int32_t fd = take(exec, SANDOCK_STDOUT);
    write_all(exec, "x\n");
    check_end(exec, SANDOCK_OUTCOME_EXITED, 0);
    sandock_exec_free(exec);
    struct pollfd ready = {fd, POLLIN, 0};
    CHECK(poll(&ready, 1, 10000) == 1 && read(fd, buf, sizeof buf) == 2 && memcmp(buf, "x\n", 2) == 0);
    CHECK(poll(&ready, 1, 10000) == 1 && read(fd, buf, sizeof buf) == 0);
    CHECK(close(fd) == 0);

    OK(sandock_client_from_env(&other, &error));
    options = command("sleep", "1009", NULL);
    OK(sandock_client_start_exec(other, container, SANDOCK_CSTR, options, &exec, &error));
    sandock_exec_options_free(options);
    wait_until_sleeping("1009", true);
    sandock_client_free(other);
    CHECK(is_sleeping("1009"));
    sandock_exec_free(exec); /* the last to hold the connection: killed all the same */
    wait_until_sleeping("1009", false);
}

static sandock_exec *start_with(const sandock_client *other, const char *seconds)
{
    sandock_error *error;
    sandock_exec *exec;
    sandock_exec_options *options = command("sleep", seconds, NULL);
    OK(sandock_client_start_exec(other, container, SANDOCK_CSTR, options, &exec, &error));
    sandock_exec_options_free(options);
    return exec;
}

static void test_cancel_and_close(void)
{
    sandock_error *error;
    sandock_client *other, *cancellable;
    sandock_exec_result *result;
    sandock_cancel_token *token = sandock_cancel_token_new();
    OK(sandock_client_from_env(&other, &error));
    OK(sandock_client_with_cancel(other, token, &cancellable, &error));
    sandock_exec *exec = start_with(cancellable, "1011");
    wait_until_sleeping("1011", true);
    sandock_cancel_token_cancel(token);
    check_end(exec, SANDOCK_OUTCOME_CANCELLED, -1);
    sandock_exec_free(exec);

    exec = start_with(other, "1012");
    wait_until_sleeping("1012", true);
    sandock_client_close(other);
    check_end(exec, SANDOCK_OUTCOME_LOST, -1);
    OK(sandock_exec_wait_with_output(exec, &result, &error));
    CHECK(sandock_exec_result_outcome(result) == SANDOCK_OUTCOME_LOST);
    CHECK(sandock_error_code(sandock_exec_result_lost_reason(result)) == SANDOCK_ERR_CLOSED);
    sandock_exec_result_free(result);
    sandock_exec_free(exec);
    wait_until_sleeping("1011", false);
    wait_until_sleeping("1012", false);
    sandock_client_free(cancellable);
    sandock_client_free(other);
    sandock_cancel_token_free(token);
}

/* This program as the host that crashes: starts a command, says so, and waits to be killed. */
static int be_crashing_host(const char *name)
{
    sandock_error *error;
    sandock_background *background;
    sandock_exec_options *options = command("sh", "-c", "echo out; echo err >&2; sleep 2; echo more; exit 4", NULL);
    OK(sandock_client_start_background(client, container, SANDOCK_CSTR, name, SANDOCK_CSTR, options, &background, &error));
    CHECK(write(STDOUT_FILENO, "!", 1) == 1);
    for (;;)
        pause();
}

static void crash_host(const char *name)
{
    int pipe_fds[2], status;
    char byte;
    CHECK(pipe(pipe_fds) == 0);
    pid_t host = fork();
    if (host == 0) {
        dup2(pipe_fds[1], STDOUT_FILENO);
        execl(program, program, image, container, name, (char *)NULL);
        _exit(127);
    }
    CHECK(host > 0 && close(pipe_fds[1]) == 0);
    CHECK(read(pipe_fds[0], &byte, 1) == 1);
    CHECK(kill(host, SIGKILL) == 0 && waitpid(host, &status, 0) == host && WIFSIGNALED(status));
    CHECK(close(pipe_fds[0]) == 0);
}

static void expect_file(const sandock_background *background, sandock_stream stream, uint64_t offset, const char *expected)
{
    sandock_error *error;
    char buf[64];
    size_t n;
    OK(sandock_background_read(background, stream, offset, buf, sizeof buf, &n, &error));
    CHECK(n == strlen(expected) && memcmp(buf, expected, n) == 0);
}

static void test_background(void)
{
    sandock_error *error;
    sandock_background *background, *none;
    sandock_background_state state = -7;
    sandock_tree tree;
    int32_t code = -7;
    char byte;
    size_t n = 7;
    crash_host("job");
    OK(sandock_client_background(client, container, SANDOCK_CSTR, "job", SANDOCK_CSTR, &background, &error));
    OK(sandock_background_status(background, &state, &code, &error));
    CHECK(state == SANDOCK_BACKGROUND_RUNNING && code == -1);
    OK(sandock_background_wait(background, &state, &code, &error));
    CHECK(state == SANDOCK_BACKGROUND_EXITED && code == 4);
    expect_file(background, SANDOCK_STDOUT, 0, "out\nmore\n");
    expect_file(background, SANDOCK_STDOUT, 4, "more\n");
    expect_file(background, SANDOCK_STDOUT, 9, "");
    expect_file(background, SANDOCK_STDOUT, UINT64_MAX, "");
    expect_file(background, SANDOCK_STDERR, 0, "err\n");
    OK(sandock_background_read(background, SANDOCK_STDERR, 1, &byte, 1, &n, &error));
    CHECK(n == 1 && byte == 'r');

    sandock_exec_options *options = command("sleep", "1010", NULL);
    FAILS(SANDOCK_ERR_CONFLICT, sandock_client_start_background(client, container, SANDOCK_CSTR, "job", SANDOCK_CSTR,
                                                                options, &none, &error));
    OK(sandock_background_remove(background, &error));
    FAILS(SANDOCK_ERR_NOT_FOUND, sandock_background_status(background, &state, &code, &error));
    n = 7;
    FAILS(SANDOCK_ERR_NOT_FOUND, sandock_background_read(background, SANDOCK_STDOUT, 0, &byte, 1, &n, &error));
    CHECK(n == 7);
    sandock_background_free(background);

    CHECK(shell("rmdir /tmp/.sandock") == 0); /* it belongs to the first user */
    OK(sandock_exec_options_set_user(options, "1234", SANDOCK_CSTR, &error));
    OK(sandock_client_start_background(client, container, SANDOCK_CSTR, "other", SANDOCK_CSTR, options, &background, &error));
    sandock_background_free(background);
    OK(sandock_client_background(client, container, SANDOCK_CSTR, "other", SANDOCK_CSTR, &background, &error));
    OK(sandock_background_set_user(background, "1234", SANDOCK_CSTR, &error));
    OK(sandock_background_status(background, &state, &code, &error));
    CHECK(state == SANDOCK_BACKGROUND_RUNNING && is_sleeping("1010"));
    OK(sandock_background_kill(background, &tree, &error));
    CHECK(tree == SANDOCK_TREE_GONE && !is_sleeping("1010"));
    OK(sandock_background_status(background, &state, &code, &error));
    CHECK(state == SANDOCK_BACKGROUND_LOST && code == -1);
    OK(sandock_background_remove(background, &error));
    sandock_background_free(background);
    sandock_exec_options_free(options);

    options = command("sandock-none", NULL);
    FAILS(SANDOCK_ERR_COMMAND_NOT_FOUND, sandock_client_start_background(client, container, SANDOCK_CSTR, "n", SANDOCK_CSTR,
                                                                         options, &none, &error));
    sandock_exec_options_free(options);
}

/* NULLs and unknown constants, with a command that runs. */
static void test_misuse(void)
{
    sandock_error *error;
    sandock_exec *exec = start(command("cat", NULL));
    char byte = 'x';
    size_t n = 7;
    int32_t number = -7;
    REFUSES("stream", sandock_exec_read(exec, SANDOCK_STDIN, 0, &byte, 1, &n, &error));
    REFUSES("stream", sandock_exec_read(exec, 3, 0, &byte, 1, &n, &error));
    REFUSES("stream", sandock_exec_read(exec, -1, 0, &byte, 1, &n, &error));
    REFUSES("buf", sandock_exec_read(exec, SANDOCK_STDOUT, 0, NULL, 1, &n, &error));
    REFUSES("cap", sandock_exec_read(exec, SANDOCK_STDOUT, 0, &byte, 0, &n, &error));
    REFUSES("cap", sandock_exec_read(exec, SANDOCK_STDOUT, 0, &byte, (size_t)PTRDIFF_MAX + 1, &n, &error));
    REFUSES("n", sandock_exec_read(exec, SANDOCK_STDOUT, 0, &byte, 1, NULL, &error));
    REFUSES("data", sandock_exec_write(exec, NULL, 1, 0, &n, &error));
    REFUSES("written", sandock_exec_write(exec, "x", 1, 0, NULL, &error));
    REFUSES("outcome", sandock_exec_wait(exec, 0, NULL, &number, &error));
    REFUSES("code", sandock_exec_wait(exec, 0, &number, NULL, &error));
    REFUSES("result", sandock_exec_wait_with_output(exec, NULL, &error));
    REFUSES("tree", sandock_exec_kill(exec, NULL, &error));
    REFUSES("pid", sandock_exec_pid_in_container(exec, NULL, &error));
    REFUSES("stream", sandock_exec_take_fd(exec, 3, &number, &error));
    REFUSES("stream", sandock_exec_take_fd(exec, INT32_MIN, &number, &error));
    REFUSES("fd", sandock_exec_take_fd(exec, SANDOCK_STDOUT, NULL, &error));
    CHECK(byte == 'x' && n == 7 && number == -7);
    write_all(exec, "good\n"); /* nothing was lost or closed */
    expect_read(exec, SANDOCK_STDOUT, "good\n");
    sandock_exec_close_stdin(exec);
    check_end(exec, SANDOCK_OUTCOME_EXITED, 0);
    sandock_exec_free(exec);
}

int main(int argc, char **argv)
{
    sandock_error *error;
    sandock_create_options *options;
    sandock_string *id;
    if (getenv("DOCKER_HOST") == NULL) {
        fputs("stream: this test needs an engine: set DOCKER_HOST to its endpoint\n", stderr);
        return 1;
    }
    CHECK(argc == 2 || argc == 4);
    program = argv[0];
    image = argv[1];
    OK(sandock_client_from_env(&client, &error));
    if (argc == 4) {
        container = argv[2];
        return be_crashing_host(argv[3]);
    }
    OK(sandock_create_options_new(image, SANDOCK_CSTR, &options, &error));
    OK(sandock_client_create_and_start(client, options, &id, &error));
    sandock_create_options_free(options);
    container = sandock_string_data(id, NULL);

#define RUN(test)                                            \
    do {                                                     \
        double begin_ = now();                               \
        test();                                              \
        fprintf(stderr, #test ": %.1f s\n", now() - begin_); \
    } while (0)
    RUN(test_session);
    RUN(test_wait_with_output);
    RUN(test_one_sided_reads);
    RUN(test_poll);
    RUN(test_kill);
    RUN(test_signal);
    RUN(test_kill_from_another_thread);
    RUN(test_limits);
    RUN(test_terminal);
    RUN(test_no_start);
    RUN(test_free_and_detach);
    RUN(test_order_of_frees);
    RUN(test_cancel_and_close);
    RUN(test_background);
    RUN(test_misuse);

    OK(sandock_client_stop(client, container, SANDOCK_CSTR, &error));
    sandock_string_free(id);
    sandock_client_free(client);
    puts("stream: good");
    return 0;
}
