/* Runs a command in a sandbox. Usage: hello [IMAGE]
 * SANDCELL_OK is 0, so || stops at the first call that fails. */
#include <sandcell.h>
#include <stdio.h>

static int report(sandcell_error *error)
{
    fprintf(stderr, "hello: %s\n", sandcell_error_message(error, NULL));
    sandcell_error_free(error);
    return 1;
}

static int run(const sandcell_container *container)
{
    sandcell_exec_options *command = sandcell_exec_options_new();
    sandcell_exec_result *result = NULL;
    sandcell_error *error;
    const char *out, *err;
    size_t out_len, err_len;
    int32_t code;
    int failed = sandcell_exec_options_add_arg(command, "sh", SANDCELL_CSTR, &error)
        || sandcell_exec_options_add_arg(command, "-c", SANDCELL_CSTR, &error)
        || sandcell_exec_options_add_arg(command, "echo a; echo b >&2; exit 7", SANDCELL_CSTR, &error)
        || sandcell_container_exec(container, command, &result, &error)
        || sandcell_exec_result_output(result, SANDCELL_STDOUT, &out, &out_len, &error)
        || sandcell_exec_result_output(result, SANDCELL_STDERR, &err, &err_len, &error);
    if (failed)
        report(error);
    else if ((failed = !sandcell_exec_result_exit_code(result, &code)))
        fputs("hello: the command has no exit code\n", stderr);
    else
        printf("stdout: %.*sstderr: %.*scode: %d\n", (int)out_len, out, (int)err_len, err, code);
    sandcell_exec_result_free(result);
    sandcell_exec_options_free(command);
    return failed;
}

int main(int argc, char **argv)
{
    const char *image = argc > 1 ? argv[1] : "busybox:latest";
    sandcell_client *client = NULL;
    sandcell_create_options *options = NULL;
    sandcell_sandbox *sandbox = NULL;
    sandcell_error *error;
    int failed = sandcell_client_from_env(&client, &error)
        || sandcell_create_options_new(image, SANDCELL_CSTR, &options, &error)
        || sandcell_sandbox_start(client, options, &sandbox, &error);
    if (failed)
        report(error);
    else
        failed = run(sandcell_sandbox_container(sandbox));
    sandcell_sandbox_free(sandbox); /* removes the container; the engine does if this process is killed */
    sandcell_create_options_free(options);
    sandcell_client_free(client);
    return failed;
}
