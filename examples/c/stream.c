/* Runs a command in a sandbox and prints what it writes as it comes, from an
 * event loop of its own; after 2 s it is killed. Usage: stream [IMAGE [SCRIPT]] */
#include <poll.h>
#include <sandock.h>
#include <stdio.h>
#include <unistd.h>

#define PATIENCE_MS 2000

/* Passes on what is there to read; whether the stream goes on. */
static bool pass_on(int from, int to)
{
    char buf[4096];
    ssize_t count = read(from, buf, sizeof buf);
    return count > 0 && write(to, buf, (size_t)count) == count;
}

/* Until both streams end; kills the command when it has been silent for long. */
static sandock_status watch(const sandock_exec *exec, struct pollfd fds[2], sandock_error **error)
{
    sandock_status status = SANDOCK_OK;
    sandock_tree tree;
    int open = 2;
    while (open > 0 && status == SANDOCK_OK) {
        if (poll(fds, 2, PATIENCE_MS) == 0) {
            puts("stream: silent for too long: killing it");
            fflush(stdout);
            status = sandock_exec_kill(exec, &tree, NULL, error);
        }
        for (int i = 0; i < 2; i++) {
            if (fds[i].fd >= 0 && fds[i].revents != 0 && !pass_on(fds[i].fd, i + 1)) {
                close(fds[i].fd);
                fds[i].fd = -1; /* poll passes it over */
                open--;
            }
        }
    }
    return status;
}

int main(int argc, char **argv)
{
    const char *image = argc > 1 ? argv[1] : "busybox:latest";
    const char *script = argc > 2 ? argv[2] : "for i in 1 2 3; do echo $i; echo e$i >&2; sleep 0.2; done; sleep 99";
    sandock_client *client = NULL;
    sandock_create_options *sandbox = NULL;
    sandock_string *id = NULL;
    sandock_exec_options *command = sandock_exec_options_new();
    sandock_exec *exec = NULL;
    sandock_error *error, *stop_error;
    sandock_outcome outcome;
    int32_t code;
    struct pollfd fds[2] = {{-1, POLLIN, 0}, {-1, POLLIN, 0}};
    bool failed = sandock_client_from_env(&client, &error)
        || sandock_create_options_new(image, SANDOCK_CSTR, &sandbox, &error)
        || sandock_exec_options_add_arg(command, "sh", SANDOCK_CSTR, &error)
        || sandock_exec_options_add_arg(command, "-c", SANDOCK_CSTR, &error)
        || sandock_exec_options_add_arg(command, script, SANDOCK_CSTR, &error)
        || sandock_client_create_and_start(client, sandbox, &id, &error)
        || sandock_client_start_exec(client, sandock_string_data(id, NULL), SANDOCK_CSTR, command, &exec, &error)
        || sandock_exec_take_fd(exec, SANDOCK_STDOUT, &fds[0].fd, &error)
        || sandock_exec_take_fd(exec, SANDOCK_STDERR, &fds[1].fd, &error)
        || watch(exec, fds, &error)
        || sandock_exec_wait(exec, SANDOCK_NO_TIMEOUT, &outcome, &code, &error);
    if (failed) {
        fprintf(stderr, "stream: %s\n", sandock_error_message(error, NULL));
        sandock_error_free(error);
    } else {
        printf("stream: %s %d\n", outcome == SANDOCK_OUTCOME_SIGNALLED ? "killed by signal" : "ended with", code);
    }
    if (id != NULL && sandock_client_stop(client, sandock_string_data(id, NULL), SANDOCK_CSTR, &stop_error))
        sandock_error_free(stop_error);
    sandock_exec_free(exec);
    sandock_exec_options_free(command);
    sandock_string_free(id);
    sandock_create_options_free(sandbox);
    sandock_client_free(client);
    return failed;
}
