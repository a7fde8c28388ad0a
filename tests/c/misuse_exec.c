/* Commands, and how they ended. With one that runs: stream_refused.c. */
#include "misuse.h"

static void test_accessors_of_null(void)
{
    size_t len = 7;
    int32_t small = 7;
    CHECK(sandcell_exec_result_outcome(NULL) == SANDCELL_OUTCOME_UNKNOWN);
    CHECK(!sandcell_exec_result_exit_code(NULL, &small) && small == 7);
    CHECK(!sandcell_exec_result_success(NULL));
    CHECK(sandcell_exec_result_lost_reason(NULL) == NULL);
    CHECK(sandcell_exec_result_total_bytes(NULL, SANDCELL_STDOUT) == 0);
    CHECK(!sandcell_exec_result_is_truncated(NULL, SANDCELL_STDOUT));
    CHECK(!sandcell_exec_result_signal(NULL, &small) && small == 7);
    len = 7;
    CHECK(!sandcell_exec_result_gap(NULL, SANDCELL_STDOUT, &len) && len == 7);
    CHECK(sandcell_exec_result_tree_gone(NULL) == SANDCELL_TREE_NOT_KILLED);
    check_empty(sandcell_exec_id(NULL, &len), &len);
    CHECK(sandcell_exec_total_bytes(NULL, SANDCELL_STDOUT) == 0);
    CHECK(sandcell_exec_dropped_bytes(NULL, SANDCELL_STDOUT) == 0);
    CHECK(!sandcell_exec_is_stdin_open(NULL));
    CHECK(sandcell_exec_tree_gone(NULL, NULL) == SANDCELL_TREE_NOT_KILLED);
    sandcell_string *reason = UNTOUCHED;
    CHECK(sandcell_exec_tree_gone(NULL, &reason) == SANDCELL_TREE_NOT_KILLED && reason == NULL);
    check_empty(sandcell_exec_result_tree_reason(NULL, &len), &len);
    CHECK(sandcell_exec_result_wall_time_ns(NULL) == 0);
    CHECK(sandcell_exec_result_verdict(NULL, &small) == SANDCELL_VERDICT_UNKNOWN && small == -1);
    CHECK(sandcell_exec_result_resources(NULL) == NULL);
}

static void test_exec_options(void)
{
    REFUSES("options", sandcell_exec_options_add_arg(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("arg", sandcell_exec_options_add_arg(command, p, n, &error));
    const char *argv[] = {"a", NULL}, *not_utf8[] = {"a", NOT_UTF8};
    REFUSES("options", sandcell_exec_options_add_args(NULL, argv, 1, &error));
    REFUSES("argv", sandcell_exec_options_add_args(command, NULL, 1, &error));
    REFUSES("argv", sandcell_exec_options_add_args(command, argv, SIZE_MAX, &error));
    REFUSES("argv: element 1", sandcell_exec_options_add_args(command, argv, 2, &error));
    REFUSES("argv: element 1", sandcell_exec_options_add_args(command, not_utf8, 2, &error));
    OK(sandcell_exec_options_add_args(command, NULL, 0, &error));
    REFUSES("options", sandcell_exec_options_set_shell(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("code", sandcell_exec_options_set_shell(command, p, n, &error));
    REFUSES("options", sandcell_exec_options_set_cwd(NULL, "/", S, &error));
    REFUSES_BAD_TEXT("cwd", sandcell_exec_options_set_cwd(command, p, n, &error));
    REFUSES("options", sandcell_exec_options_add_env(NULL, "A", S, "b", S, &error));
    REFUSES_BAD_TEXT("name", sandcell_exec_options_add_env(command, p, n, "b", S, &error));
    REFUSES_BAD_TEXT("value", sandcell_exec_options_add_env(command, "A", S, p, n, &error));
    REFUSES("options", sandcell_exec_options_set_user(NULL, "0", S, &error));
    REFUSES_BAD_TEXT("user", sandcell_exec_options_set_user(command, p, n, &error));
    REFUSES("options", sandcell_exec_options_set_stdin(NULL, "", 0, &error));
    REFUSES("data", sandcell_exec_options_set_stdin(command, NULL, 1, &error));
    REFUSES("data", sandcell_exec_options_set_stdin(command, NULL, S, &error));
    REFUSES("data", sandcell_exec_options_set_stdin(command, "x", (size_t)PTRDIFF_MAX + 1, &error));
    REFUSES("options", sandcell_exec_options_set_tty(NULL, true, &error));
    REFUSES("options", sandcell_exec_options_set_max_output(NULL, 1, &error));
    OK(sandcell_exec_options_set_stdin(command, NOT_UTF8 "\0", 3, &error));
    OK(sandcell_exec_options_set_max_output(command, UINT64_MAX, &error));
    REFUSES("options", sandcell_exec_options_set_max_memory(NULL, 1, &error));
    OK(sandcell_exec_options_set_max_memory(command, SIZE_MAX, &error));
    REFUSES("options", sandcell_exec_options_set_console_size(NULL, 1, 1, &error));
    OK(sandcell_exec_options_set_console_size(command, 0, UINT16_MAX, &error));
    REFUSES("options", sandcell_exec_options_set_measure(NULL, true, &error));
    REFUSES("options", sandcell_exec_options_set_timeout_ms(NULL, 1, &error));
    OK(sandcell_exec_options_set_timeout_ms(command, SANDCELL_NO_TIMEOUT - 1, &error));
    OK(sandcell_exec_options_set_timeout_ms(command, SANDCELL_NO_TIMEOUT, &error));
    REFUSES("options", sandcell_exec_options_set_kill_grace_ms(NULL, 1, &error));
    OK(sandcell_exec_options_set_kill_grace_ms(command, SANDCELL_NO_TIMEOUT, &error));
    REFUSES("options", sandcell_exec_options_set_kill_timeout_ms(NULL, 1, &error));
    OK(sandcell_exec_options_set_kill_timeout_ms(command, 0, &error));
    OK(sandcell_exec_options_set_kill_timeout_ms(command, SANDCELL_NO_TIMEOUT, &error));
    REFUSES("options", sandcell_exec_options_set_kill_container_after_ms(NULL, 1, &error));
    OK(sandcell_exec_options_set_kill_container_after_ms(command, SANDCELL_NO_TIMEOUT, &error));
    REFUSES("options", sandcell_exec_options_set_own_user(NULL, true, &error));
    REFUSES("options", sandcell_exec_options_set_on_overflow(NULL, SANDCELL_OVERFLOW_KILL, &error));
    REFUSES_UNKNOWN("overflow", 4, sandcell_exec_options_set_on_overflow(command, number, &error));
    OK(sandcell_exec_options_set_on_overflow(command, SANDCELL_OVERFLOW_KILL, &error));
}

static void test_results(void)
{
    const char *data = UNTOUCHED;
    size_t len = 7;
    REFUSES("result", sandcell_exec_result_output(NULL, SANDCELL_STDOUT, &data, &len, &error));
    CHECK(data == UNTOUCHED && len == 7);
}

/* With a running command: stream_refused.c. */
static void test_streams(void)
{
    sandcell_exec *exec = UNTOUCHED;
    sandcell_exec_result *result = UNTOUCHED;
    char byte = 'x';
    size_t n = 7;
    int32_t number = -7;
    sandcell_string *reason = UNTOUCHED;
    REFUSES("client", sandcell_client_start_exec(NULL, "x", S, command, &exec, &error));
    REFUSES_BAD_TEXT("container", sandcell_client_start_exec(client, p, n, command, &exec, &error));
    REFUSES("options", sandcell_client_start_exec(client, "x", S, NULL, &exec, &error));
    REFUSES("exec", sandcell_client_start_exec(client, "x", S, command, NULL, &error));
    REFUSES("argv", sandcell_client_start_exec(client, "x", S, command, &exec, &error));
    REFUSES("container", sandcell_container_start_exec(NULL, command, &exec, &error));
    REFUSES("options", sandcell_container_start_exec(container, NULL, &exec, &error));
    REFUSES("exec", sandcell_container_start_exec(container, command, NULL, &error));
    REFUSES("argv", sandcell_container_start_exec(container, command, &exec, &error));
    REFUSES("exec", sandcell_exec_read(NULL, SANDCELL_STDOUT, 0, &byte, 1, &n, &error));
    REFUSES("exec", sandcell_exec_write(NULL, "x", 1, 0, &n, &error));
    REFUSES("exec", sandcell_exec_take_fd(NULL, SANDCELL_STDOUT, &number, &error));
    REFUSES("exec", sandcell_exec_wait(NULL, 0, &number, &number, &error));
    REFUSES("exec", sandcell_exec_wait_with_output(NULL, &result, &error));
    REFUSES("exec", sandcell_exec_ended_fd(NULL, &number, &error));
    REFUSES("exec", sandcell_exec_kill(NULL, &number, &reason, &error));
    REFUSES("exec", sandcell_exec_signal(NULL, 15, &error));
    REFUSES("exec", sandcell_exec_resize(NULL, 1, 1, &error));
    REFUSES("exec", sandcell_exec_pid_in_container(NULL, &number, &error));
    CHECK(exec == UNTOUCHED && result == UNTOUCHED && byte == 'x' && n == 7 && number == -7 && reason == UNTOUCHED);
}

static void test_backgrounds(void)
{
    sandcell_background *background = UNTOUCHED;
    char byte = 'x';
    size_t count = 7;
    int32_t state = -7, code = -7;
    sandcell_string *reason = UNTOUCHED;
    REFUSES("container", sandcell_container_start_background(NULL, "n", S, command, &background, &error));
    REFUSES_BAD_TEXT("name", sandcell_container_start_background(container, p, n, command, &background, &error));
    REFUSES("options", sandcell_container_start_background(container, "n", S, NULL, &background, &error));
    REFUSES("background", sandcell_container_start_background(container, "n", S, command, NULL, &error));
    REFUSES("name", sandcell_container_start_background(container, "../n", S, command, &background, &error));
    REFUSES("argv", sandcell_container_start_background(container, "n", S, command, &background, &error));
    REFUSES("container", sandcell_container_background(NULL, "n", S, &background, &error));
    REFUSES_BAD_TEXT("name", sandcell_container_background(container, p, n, &background, &error));
    REFUSES("background", sandcell_container_background(container, "n", S, NULL, &error));
    REFUSES("background", sandcell_background_set_user(NULL, "0", S, &error));
    REFUSES("background", sandcell_background_status(NULL, &state, &code, &error));
    REFUSES("background", sandcell_background_wait(NULL, &state, &code, &error));
    REFUSES("background", sandcell_background_read(NULL, SANDCELL_STDOUT, 0, &byte, 1, &count, &error));
    REFUSES("background", sandcell_background_kill(NULL, &state, &reason, &error));
    REFUSES("background", sandcell_background_remove(NULL, &error));
    CHECK(background == UNTOUCHED);

    OK(sandcell_container_background(container, "n", S, &background, &error));
    REFUSES_BAD_TEXT("user", sandcell_background_set_user(background, p, n, &error));
    REFUSES("state", sandcell_background_status(background, NULL, &code, &error));
    REFUSES("code", sandcell_background_status(background, &state, NULL, &error));
    REFUSES("state", sandcell_background_wait(background, NULL, &code, &error));
    REFUSES("code", sandcell_background_wait(background, &state, NULL, &error));
    REFUSES("stream", sandcell_background_read(background, SANDCELL_STDIN, 0, &byte, 1, &count, &error));
    REFUSES("stream", sandcell_background_read(background, 3, 0, &byte, 1, &count, &error));
    REFUSES("buf", sandcell_background_read(background, SANDCELL_STDOUT, 0, NULL, 1, &count, &error));
    REFUSES("cap", sandcell_background_read(background, SANDCELL_STDOUT, 0, &byte, 0, &count, &error));
    REFUSES("cap", sandcell_background_read(background, SANDCELL_STDOUT, 0, &byte, SIZE_MAX, &count, &error));
    REFUSES("n", sandcell_background_read(background, SANDCELL_STDOUT, 0, &byte, 1, NULL, &error));
    REFUSES("tree", sandcell_background_kill(background, NULL, &reason, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND, sandcell_background_status(background, &state, &code, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND,
          sandcell_background_read(background, SANDCELL_STDOUT, 0, &byte, 1, &count, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND, sandcell_background_kill(background, &state, &reason, &error));
    CHECK(byte == 'x' && count == 7 && state == -7 && code == -7 && reason == UNTOUCHED);
    sandcell_background_free(background);
}

int main(void)
{
    set_up();
    test_accessors_of_null();
    test_exec_options();
    test_results();
    test_streams();
    test_backgrounds();
    tear_down();
    puts("misuse_exec: good");
    return 0;
}
