/*
 * Running commands, on the engine in DOCKER_HOST with the image that is the
 * argument: what only a C program shows. All else is in the tests of Rust, which
 * call the C functions, too.
 */
#define _DEFAULT_SOURCE /* syscall() */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int32_t take(const sandcell_exec *exec, sandcell_stream stream)
{
    sandcell_error *error;
    int32_t fd = -1;
    OK(sandcell_exec_take_fd(exec, stream, &fd, &error));
    CHECK(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
    REFUSES("stream", sandcell_exec_take_fd(exec, stream, &fd, &error));
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    return fd;
}

/* An event loop of the host's own: 8 MiB through `cat`, both ways at once. */
static void test_poll(void)
{
    static char sent[8 << 20], received[sizeof sent + 1];
    sandcell_error *error;
    size_t n, in = 0, out = 0;
    char byte;
    bool out_ended = false, err_ended = false;
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (char)(i * 31 + i / 251 + i / 65537);
    sandcell_exec *exec = start(command("sh", "-c", "cat; echo err >&2", NULL));
    struct pollfd fds[] = {
        {take(exec, SANDCELL_STDIN), POLLOUT, 0},
        {take(exec, SANDCELL_STDOUT), POLLIN, 0},
        {take(exec, SANDCELL_STDERR), POLLIN, 0},
    };
    REFUSES("stream", sandcell_exec_read(exec, SANDCELL_STDOUT, 0, &byte, 1, &n, &error));
    REFUSES("stream", sandcell_exec_write(exec, "x", 1, 0, &n, &error));
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
    check_end(exec, SANDCELL_OUTCOME_EXITED, 0);
    sandcell_exec_free(exec);
}

/* A thread that calls with an exec, and tells the number that the kernel has for it. */
struct worker {
    void (*body)(const sandcell_exec *exec);
    const sandcell_exec *exec;
    pthread_t thread;
    sem_t begins;
    long tid;
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    worker->tid = syscall(SYS_gettid);
    CHECK(sem_post(&worker->begins) == 0);
    worker->body(worker->exec);
    return NULL;
}

/*
 * Whether a thread waits for news of its exec: it polls the socket, or waits for the thread that does, with a limit,
 * which tells that from a wait for a lock, or without one.
 */
static bool waits(long tid, bool with_limit)
{
    char path[64];
    long call = -1;
    unsigned long limit = 0;
    snprintf(path, sizeof path, "/proc/self/task/%ld/syscall", tid);
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    int fields = fscanf(file, "%ld %*x %*x %*x %lx", &call, &limit); /* proc(5); "running" gives none */
    CHECK(fclose(file) == 0);
    return fields == 2 && (call == SYS_ppoll || (call == SYS_futex && (limit != 0 || !with_limit)));
}

/* Starts a thread, and waits until its call waits. */
static void start_worker(struct worker *worker, void (*body)(const sandcell_exec *), bool with_limit,
                         const sandcell_exec *exec)
{
    double give_up = now() + 20;
    worker->body = body;
    worker->exec = exec;
    CHECK(sem_init(&worker->begins, 0, 0) == 0);
    CHECK(pthread_create(&worker->thread, NULL, work, worker) == 0);
    CHECK(sem_wait(&worker->begins) == 0);
    while (!waits(worker->tid, with_limit))
        CHECK(now() < give_up);
}

static void end_worker(struct worker *worker)
{
    CHECK(pthread_join(worker->thread, NULL) == 0);
    CHECK(sem_destroy(&worker->begins) == 0);
}

static void read_stdout(const sandcell_exec *exec)
{
    expect_end(exec, SANDCELL_STDOUT);
}

static void read_stderr(const sandcell_exec *exec)
{
    expect_end(exec, SANDCELL_STDERR);
}

static void write_more(const sandcell_exec *exec)
{
    sandcell_error *error;
    size_t written;
    sandcell_status status;
    while ((status = sandcell_exec_write(exec, "x", 1, 30000, &written, &error)) == SANDCELL_OK) {
    }
    CHECK(status == SANDCELL_ERR_DISCONNECTED && sandcell_error_kind(error) == status);
    sandcell_error_free(error);
    FAILS(SANDCELL_ERR_DISCONNECTED, sandcell_exec_write(exec, "x", 1, 0, &written, &error));
}

static void wait_for_end(const sandcell_exec *exec)
{
    check_end(exec, SANDCELL_OUTCOME_SIGNALLED, 9);
}

static void collect(const sandcell_exec *exec)
{
    sandcell_error *error;
    sandcell_exec_result *result;
    OK(sandcell_exec_wait_with_output(exec, &result, &error));
    CHECK(sandcell_exec_result_outcome(result) == SANDCELL_OUTCOME_SIGNALLED);
    sandcell_exec_result_free(result);
}

/* Writes until nothing more goes in. */
static void fill_input(const sandcell_exec *exec)
{
    static const char zeros[1 << 16];
    sandcell_error *error;
    size_t written;
    sandcell_status status;
    while ((status = sandcell_exec_write(exec, zeros, sizeof zeros, 1000, &written, &error)) == SANDCELL_OK) {
    }
    CHECK(status == SANDCELL_ERR_TIMEOUT && sandcell_error_is_timeout(error));
    sandcell_error_free(error);
}

static void kill_it(const sandcell_exec *exec)
{
    sandcell_error *error;
    sandcell_tree tree;
    sandcell_string *reason;
    OK(sandcell_exec_kill(exec, &tree, &reason, &error));
    CHECK(tree == SANDCELL_TREE_GONE && reason == NULL);
}

/* Reads, a write and a wait of one exec each wait in a thread; a kill ends them all. */
static void test_threads(void)
{
    static void (*const bodies[])(const sandcell_exec *) = {read_stdout, read_stderr, write_more, wait_for_end};
    enum { COUNT = sizeof bodies / sizeof *bodies };
    struct worker workers[COUNT];
    sandcell_error *error;
    int32_t fd = -7;
    sandcell_exec *exec = start(command("sleep", "1003", NULL));
    fill_input(exec);
    for (int i = 0; i < COUNT; i++)
        start_worker(&workers[i], bodies[i], true, exec);
    for (sandcell_stream stream = SANDCELL_STDIN; stream <= SANDCELL_STDERR; stream++)
        FAILS(SANDCELL_ERR_CONFLICT, sandcell_exec_take_fd(exec, stream, &fd, &error));
    CHECK(fd == -7);
    kill_it(exec);
    for (int i = 0; i < COUNT; i++)
        end_worker(&workers[i]);
    sandcell_exec_free(exec);

    exec = start(command("sleep", "1004", NULL));
    start_worker(&workers[0], collect, false, exec);
    kill_it(exec);
    end_worker(&workers[0]);
    sandcell_exec_free(exec);
}

static void test_times(void)
{
    sandcell_error *error;
    /* For ever, in every spelling. */
    static const uint64_t times[] = {SANDCELL_NO_TIMEOUT, SANDCELL_NO_TIMEOUT - 1, (uint64_t)INT64_MAX,
                                     (uint64_t)UINT32_MAX + 1};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        sandcell_outcome outcome;
        int32_t code;
        char byte;
        size_t n;
        sandcell_exec_options *options = command("sh", "-c", "sleep 0.2; exit 5", NULL);
        OK(sandcell_exec_options_set_timeout_ms(options, times[i], &error));
        sandcell_exec *exec = start(options);
        OK(sandcell_exec_read(exec, SANDCELL_STDOUT, times[i], &byte, 1, &n, &error));
        CHECK(n == 0);
        OK(sandcell_exec_wait(exec, times[i], &outcome, &code, &error));
        CHECK(outcome == SANDCELL_OUTCOME_EXITED && code == 5);
        sandcell_exec_free(exec);
    }
}

/* Why nothing is proven: a text that is the caller's, or the result's, and need not be wanted. */
static void test_reasons(void)
{
    sandcell_error *error;
    sandcell_tree tree;
    sandcell_string *reason;
    sandcell_exec_result *result;
    size_t len;
    sandcell_exec_options *options = command("sleep", "1003", NULL);
    OK(sandcell_exec_options_set_kill_timeout_ms(options, 0, &error));
    OK(sandcell_exec_options_set_timeout_ms(options, 100, &error));
    OK(sandcell_container_exec(container, options, &result, &error));
    CHECK(sandcell_exec_result_tree_gone(result) == SANDCELL_TREE_UNKNOWN);
    CHECK(strlen(sandcell_exec_result_tree_reason(result, &len)) == len && len > 0);
    sandcell_exec_result_free(result);

    OK(sandcell_exec_options_set_timeout_ms(options, SANDCELL_NO_TIMEOUT, &error));
    sandcell_exec *exec = start(options);
    OK(sandcell_exec_kill(exec, &tree, NULL, &error));
    CHECK(tree == SANDCELL_TREE_UNKNOWN);
    OK(sandcell_exec_kill(exec, NULL, &reason, &error));
    CHECK(strlen(sandcell_string_data(reason, &len)) == len && len > 0);
    sandcell_string_free(reason);
    check_end(exec, SANDCELL_OUTCOME_SIGNALLED, 9);
    while (sandcell_exec_tree_gone(exec, &reason) != SANDCELL_TREE_GONE) {
        CHECK(reason == NULL); /* not to its end yet */
    }
    CHECK(reason == NULL);
    sandcell_exec_free(exec);
}

/* A descriptor goes on when the exec, and the client that started it, are freed. */
static void test_order_of_frees(void)
{
    sandcell_error *error;
    sandcell_client *other;
    sandcell_exec *exec;
    char buf[8];
    OK(sandcell_client_from_env(&other, &error));
    sandcell_exec_options *options = command("sh", "-c", "read x; echo $x", NULL);
    OK(sandcell_client_start_exec(other, sandcell_container_id(container, NULL), SANDCELL_CSTR, options, &exec,
                                  &error));
    sandcell_exec_options_free(options);
    sandcell_client_free(other);
    int32_t fd = take(exec, SANDCELL_STDOUT);
    write_all(exec, "x\n");
    check_end(exec, SANDCELL_OUTCOME_EXITED, 0);
    sandcell_exec_free(exec);
    struct pollfd ready = {fd, POLLIN, 0};
    CHECK(poll(&ready, 1, 10000) == 1 && read(fd, buf, sizeof buf) == 2 && memcmp(buf, "x\n", 2) == 0);
    CHECK(poll(&ready, 1, 10000) == 1 && read(fd, buf, sizeof buf) == 0);
    CHECK(close(fd) == 0);
}

/* A child that does nothing with a handle, and the parent's command goes on; also if the child outlives it. */
static void test_fork(void)
{
    int status, hold[2];
    sandcell_exec *exec = start(command("cat", NULL));
    write_all(exec, "before ");
    CHECK(pipe(hold) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        char byte;
        _exit(close(hold[1]) == 0 && read(hold[0], &byte, 1) == 0 ? 0 : 1);
    }
    expect_read(exec, SANDCELL_STDOUT, "before ");
    write_all(exec, "after");
    sandcell_exec_close_stdin(exec);
    expect_read(exec, SANDCELL_STDOUT, "after");
    check_end(exec, SANDCELL_OUTCOME_EXITED, 0);
    sandcell_exec_free(exec);
    CHECK(close(hold[1]) == 0 && close(hold[0]) == 0);
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status)); /* under valgrind, its code is valgrind's */
}

/* A thread that no signal reaches: calls work, and end by their time-out. */
static void test_blocked_signals(void)
{
    sandcell_error *error;
    sandcell_client *hurried;
    sandcell_exec_result *result;
    sigset_t all, before, after;
    CHECK(sigfillset(&all) == 0 && pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &all) == 0); /* what the kernel made of it */
    sandcell_exec *exec = start(command("sleep", "1005", NULL));
    kill_it(exec);
    sandcell_exec_free(exec);
    sandcell_exec_options *options = command("sleep", "1006", NULL);
    OK(sandcell_client_with_timeout_ms(client, 300, &hurried, &error));
    OK(sandcell_client_exec(hurried, sandcell_container_id(container, NULL), SANDCELL_CSTR, options, &result, &error));
    CHECK(sandcell_exec_result_outcome(result) == SANDCELL_OUTCOME_TIMED_OUT);
    sandcell_exec_result_free(result);
    sandcell_exec_options_free(options);
    sandcell_client_free(hurried);
    CHECK(pthread_sigmask(SIG_SETMASK, &before, &after) == 0);
    for (int number = 1; number < 32; number++)
        CHECK(sigismember(&after, number) == sigismember(&all, number));
}

int main(int argc, char **argv)
{
    CHECK(argc == 2 && signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    set_up(argv[1]);
    test_poll();
    test_threads();
    test_times();
    test_reasons();
    test_order_of_frees();
    test_fork();
    test_blocked_signals();
    tear_down();
    puts("stream: good");
    return 0;
}
