/*
 * What a running command refuses, on the engine in DOCKER_HOST with the image that is the argument: bad arguments, and
 * calls of a handle that is used up.
 */
#include "stream.h"

/* What is left of a handle when its output was collected, and when it was detached. */
static void test_used_up(void)
{
    sandcell_error *error;
    sandcell_exec_result *result = NULL;
    sandcell_outcome outcome;
    const char *data;
    size_t len, written;
    int32_t code, number;
    sandcell_exec *exec = start(command("sort", NULL));
    write_all(exec, "pear\napple\n");
    OK(sandcell_exec_wait_with_output(exec, &result, &error)); /* ends the input */
    OK(sandcell_exec_result_output(result, SANDCELL_STDOUT, &data, &len, &error));
    CHECK(len == 11 && strcmp(data, "apple\npear\n") == 0);
    CHECK(!sandcell_exec_result_signal(result, NULL) && sandcell_exec_result_exit_code(result, NULL));
    CHECK(!sandcell_exec_result_gap(result, SANDCELL_STDIN, &len) && len == 11);
    sandcell_exec_result_free(result);

    REFUSES("exec", sandcell_exec_wait_with_output(exec, &result, &error));
    REFUSES("exec", sandcell_exec_wait(exec, 0, &outcome, &code, &error));
    REFUSES("exec", sandcell_exec_ended_fd(exec, &number, &error));
    REFUSES("exec", sandcell_exec_kill(exec, &number, NULL, &error));
    REFUSES("exec", sandcell_exec_signal(exec, 1, &error));
    REFUSES("exec", sandcell_exec_resize(exec, 1, 1, &error));
    REFUSES("exec", sandcell_exec_pid_in_container(exec, &number, &error));
    REFUSES("stream", sandcell_exec_write(exec, "x", 1, 0, &written, &error));
    CHECK(sandcell_exec_tree_gone(exec, NULL) == SANDCELL_TREE_NOT_KILLED);
    expect_end(exec, SANDCELL_STDOUT);
    sandcell_exec_free(exec);

    exec = start(command("true", NULL));
    sandcell_exec_detach(exec);
    sandcell_exec_detach(exec);
    REFUSES("exec", sandcell_exec_wait(exec, 0, &outcome, &code, &error));
    CHECK(sandcell_exec_tree_gone(exec, NULL) == SANDCELL_TREE_NOT_KILLED);
    CHECK(strlen(sandcell_exec_id(exec, NULL)) > 0);
    sandcell_exec_free(exec);
}

/* NULLs and unknown constants, with a command that runs. */
static void test_misuse(void)
{
    sandcell_error *error;
    sandcell_exec *exec = start(command("cat", NULL));
    char byte = 'x';
    size_t n = 7;
    int32_t number = -7;
    REFUSES("stream", sandcell_exec_read(exec, SANDCELL_STDIN, 0, &byte, 1, &n, &error));
    REFUSES("stream", sandcell_exec_read(exec, 3, 0, &byte, 1, &n, &error));
    REFUSES("stream", sandcell_exec_read(exec, -1, 0, &byte, 1, &n, &error));
    REFUSES("buf", sandcell_exec_read(exec, SANDCELL_STDOUT, 0, NULL, 1, &n, &error));
    REFUSES("cap", sandcell_exec_read(exec, SANDCELL_STDOUT, 0, &byte, 0, &n, &error));
    REFUSES("cap", sandcell_exec_read(exec, SANDCELL_STDOUT, 0, &byte, (size_t)PTRDIFF_MAX + 1, &n, &error));
    REFUSES("n", sandcell_exec_read(exec, SANDCELL_STDOUT, 0, &byte, 1, NULL, &error));
    REFUSES("data", sandcell_exec_write(exec, NULL, 1, 0, &n, &error));
    REFUSES("written", sandcell_exec_write(exec, "x", 1, 0, NULL, &error));
    CHECK(sandcell_exec_wait(exec, 0, NULL, NULL, &error) == SANDCELL_ERR_TIMEOUT);
    CHECK(strstr(sandcell_error_message(error, NULL), "its stdin is still open") != NULL);
    CHECK(strstr(sandcell_error_message(error, NULL), "sandcell_exec_close_stdin") != NULL);
    sandcell_error_free(error);
    CHECK(sandcell_exec_lost_reason(exec) == NULL && sandcell_exec_lost_reason(NULL) == NULL);
    REFUSES("result", sandcell_exec_wait_with_output(exec, NULL, &error));
    REFUSES("pid", sandcell_exec_pid_in_container(exec, NULL, &error));
    REFUSES("stream", sandcell_exec_take_fd(exec, 3, &number, &error));
    REFUSES("stream", sandcell_exec_take_fd(exec, INT32_MIN, &number, &error));
    REFUSES("fd", sandcell_exec_take_fd(exec, SANDCELL_STDOUT, NULL, &error));
    REFUSES("fd", sandcell_exec_ended_fd(exec, NULL, &error));
    CHECK(sandcell_exec_total_bytes(exec, SANDCELL_STDIN) == 0 && sandcell_exec_dropped_bytes(exec, 3) == 0);
    CHECK(byte == 'x' && n == 7 && number == -7);
    OK(sandcell_exec_write(exec, NULL, 0, 0, &n, &error));
    CHECK(n == 0);
    write_all(exec, "good\n"); /* nothing was lost or closed */
    expect_read(exec, SANDCELL_STDOUT, "good\n");
    sandcell_exec_close_stdin(exec);
    sandcell_exec_close_stdin(exec);
    REFUSES("stream", sandcell_exec_write(exec, "x", 1, 0, &n, &error));
    check_end(exec, SANDCELL_OUTCOME_EXITED, 0);
    sandcell_exec_free(exec);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    set_up(argv[1]);
    test_used_up();
    test_misuse();
    tear_down();
    puts("stream_refused: good");
    return 0;
}
