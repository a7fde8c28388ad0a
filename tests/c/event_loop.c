/*
 * A host with an event loop, on the engine in DOCKER_HOST with the image that is the argument: it waits for nothing but
 * descriptors. And what spares such a host lines: several arguments at once, a shell's code, limits for a series of
 * calls.
 */
#include "stream.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#define COUNT 8

static int32_t ended_fd(const sandcell_exec *exec)
{
    sandcell_error *error;
    int32_t fd;
    OK(sandcell_exec_ended_fd(exec, &fd, &error));
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
    return fd;
}

static bool is_readable(int32_t fd, int timeout_ms)
{
    struct pollfd polled = {fd, POLLIN, 0};
    CHECK(poll(&polled, 1, timeout_ms) >= 0);
    return (polled.revents & POLLIN) != 0;
}

/* One poll for all: each command is found when it has ended, and none is waited for. */
static void test_loop(void)
{
    sandcell_error *error;
    sandcell_exec *execs[COUNT];
    struct pollfd fds[COUNT];
    for (int i = 0; i < COUNT; i++) {
        char code[2] = {(char)('0' + i), '\0'};
        execs[i] = start(command("sh", "-c", "sleep 0.$((9 - $0)); head -c 100000 /dev/zero; exit $0", code, NULL));
        fds[i] = (struct pollfd){ended_fd(execs[i]), POLLIN, 0};
    }
    for (int left = COUNT; left > 0;) {
        CHECK(poll(fds, COUNT, 60000) > 0);
        for (int i = 0; i < COUNT; i++) {
            sandcell_outcome outcome;
            int32_t code;
            if (fds[i].fd < 0 || fds[i].revents == 0)
                continue;
            OK(sandcell_exec_wait(execs[i], 0, &outcome, &code, &error));
            CHECK(outcome == SANDCELL_OUTCOME_EXITED && code == i);
            sandcell_exec_free(execs[i]);
            CHECK(is_readable(fds[i].fd, 0) && close(fds[i].fd) == 0);
            fds[i].fd = -1;
            left--;
        }
    }
}

/* What else ends it, and what frees: the descriptor does not mind. */
static void test_ends(void)
{
    sandcell_error *error;
    sandcell_exec_result *result;
    sandcell_exec *exec = start(command("cat", NULL));
    int32_t fd = ended_fd(exec);
    CHECK(!is_readable(fd, 50));
    OK(sandcell_exec_kill(exec, NULL, NULL, &error));
    CHECK(is_readable(fd, 30000) && close(fd) == 0);
    check_end(exec, SANDCELL_OUTCOME_SIGNALLED, 9);
    sandcell_exec_free(exec);

    exec = start(command("sleep", "1008", NULL));
    sandcell_exec_close_stdin(exec);
    CHECK(sandcell_exec_wait(exec, 50, NULL, NULL, &error) == SANDCELL_ERR_TIMEOUT);
    CHECK(strstr(sandcell_error_message(error, NULL), "stdin") == NULL); /* closed, it is not to blame */
    sandcell_error_free(error);
    fd = ended_fd(exec);
    sandcell_exec_free(exec);
    CHECK(is_readable(fd, 30000) && close(fd) == 0);

    exec = start(command("echo", "text", NULL));
    fd = ended_fd(exec);
    OK(sandcell_exec_wait_with_output(exec, &result, &error));
    CHECK(is_readable(fd, 0));
    sandcell_exec_result_free(result);
    sandcell_exec_free(exec);
    CHECK(is_readable(fd, 0) && close(fd) == 0);
}

static void expect_output(sandcell_exec_options *options, const char *expected)
{
    sandcell_error *error;
    sandcell_exec_result *result;
    const char *data;
    size_t len;
    OK(sandcell_container_exec(container, options, &result, &error));
    OK(sandcell_exec_result_output(result, SANDCELL_STDOUT, &data, &len, &error));
    check_bytes(data, len, expected, strlen(expected));
    sandcell_exec_result_free(result);
    sandcell_exec_options_free(options);
}

static void test_arguments(void)
{
    sandcell_error *error;
    const char *const argv[] = {"printf", "%s|", "a b", "", "$HOME; `id`", NULL};
    sandcell_exec_options *options = sandcell_exec_options_new();
    OK(sandcell_exec_options_add_args(options, argv, 5, &error));
    expect_output(options, "a b||$HOME; `id`|");

    options = command("replaced", "by", NULL);
    OK(sandcell_exec_options_set_shell(options, "printf '%s|' \"$0\" \"$@\" | tr a-z A-Z", SANDCELL_CSTR, &error));
    OK(sandcell_exec_options_add_args(options, argv + 1, 4, &error));
    expect_output(options, "%S||A B||$HOME; `ID`|");
}

/* A command that never ends by itself, under the limits of a handle: they end it, or do not let it start. */
static void expect_limited(sandcell_container *limited, sandcell_outcome outcome, sandcell_status failure)
{
    sandcell_error *error;
    sandcell_exec_result *result;
    sandcell_exec_options *options = command("sleep", "1007", NULL);
    const sandcell_status status = sandcell_container_exec(limited, options, &result, &error);
    if (status == SANDCELL_OK) {
        CHECK(sandcell_exec_result_outcome(result) == outcome);
        sandcell_exec_result_free(result);
    } else {
        CHECK(status == failure);
        sandcell_error_free(error);
    }
    sandcell_exec_options_free(options);
}

/* The sandbox keeps its own limits; the handles made from it have others. */
static void test_limits(void)
{
    sandcell_error *error;
    sandcell_container *limited, *cancelled;
    sandcell_cancel_token *token = sandcell_cancel_token_new();
    OK(sandcell_container_with_timeout_ms(container, 300, &limited, &error));
    OK(sandcell_container_with_cancel(limited, token, &cancelled, &error));
    for (int i = 0; i < 2; i++)
        expect_limited(limited, SANDCELL_OUTCOME_TIMED_OUT, SANDCELL_ERR_TIMEOUT);
    sandcell_container_free(limited);
    sandcell_cancel_token_cancel(token);
    sandcell_cancel_token_free(token);
    expect_limited(cancelled, SANDCELL_OUTCOME_CANCELLED, SANDCELL_ERR_CANCELLED);
    sandcell_container_free(cancelled);

    OK(sandcell_container_with_deadline_ms(container, 1000, &limited, &error));
    for (int i = 0; i < 2; i++)
        expect_limited(limited, SANDCELL_OUTCOME_TIMED_OUT, SANDCELL_ERR_TIMEOUT);
    sandcell_container_free(limited);
    expect_output(command("echo", "unlimited", NULL), "unlimited\n");
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    set_up(argv[1]);
    test_loop();
    test_ends();
    test_arguments();
    test_limits();
    tear_down();
    puts("event_loop: good");
    return 0;
}
