/* Runs a command in a sandbox. Usage: hello [IMAGE]
 * Calls are chained with ||, because SANDOCK_OK is 0. */
#include <sandock.h>
#include <stdio.h>

static int report(sandock_error *error)
{
    fprintf(stderr, "hello: %s\n", sandock_error_message(error, NULL));
    sandock_error_free(error);
    return 1;
}

static int run(const sandock_client *client, const char *sandbox)
{
    sandock_exec_options *command = sandock_exec_options_new();
    sandock_exec_result *result = NULL;
    sandock_error *error;
    const char *out, *err;
    size_t out_len, err_len;
    int32_t code;
    int failed = sandock_exec_options_add_arg(command, "sh", SANDOCK_CSTR, &error)
        || sandock_exec_options_add_arg(command, "-c", SANDOCK_CSTR, &error)
        || sandock_exec_options_add_arg(command, "echo a; echo b >&2; exit 7", SANDOCK_CSTR, &error)
        || sandock_client_exec(client, sandbox, SANDOCK_CSTR, command, &result, &error)
        || sandock_exec_result_output(result, SANDOCK_STDOUT, &out, &out_len, &error)
        || sandock_exec_result_output(result, SANDOCK_STDERR, &err, &err_len, &error);
    if (failed)
        report(error);
    else if ((failed = !sandock_exec_result_exit_code(result, &code)))
        fputs("hello: the command's end is not known\n", stderr);
    else
        printf("stdout: %.*sstderr: %.*scode: %d\n", (int)out_len, out, (int)err_len, err, code);
    sandock_exec_result_free(result);
    sandock_exec_options_free(command);
    return failed;
}

int main(int argc, char **argv)
{
    const char *image = argc > 1 ? argv[1] : "busybox:latest";
    sandock_client *client = NULL;
    sandock_create_options *options = NULL;
    sandock_string *id = NULL;
    sandock_error *error;
    int failed = sandock_client_from_env(&client, &error)
        || sandock_create_options_new(image, SANDOCK_CSTR, &options, &error)
        || sandock_client_create_and_start(client, options, &id, &error);
    if (failed) {
        report(error);
    } else {
        const char *sandbox = sandock_string_data(id, NULL);
        failed = run(client, sandbox);
        if (sandock_client_stop(client, sandbox, SANDOCK_CSTR, &error))
            failed = report(error);
    }
    sandock_string_free(id);
    sandock_create_options_free(options);
    sandock_client_free(client);
    return failed;
}
