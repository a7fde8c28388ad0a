/* Runs a command in a sandbox and prints its output as it arrives, from an event
 * loop. Kills the command after 2 s without output.
 * Usage: stream [IMAGE [SCRIPT]] */
#include <poll.h>
#include <sandcell.h>
#include <stdio.h>
#include <unistd.h>

#define PATIENCE_MS 2000

/* Copies the available output. Returns false at the end of the stream. */
static bool pass_on(int from, int to)
{
    char buf[4096];
    ssize_t count = read(from, buf, sizeof buf);
    return count > 0 && write(to, buf, (size_t)count) == count;
}

/* Copies both streams until they end. Kills the command after PATIENCE_MS without output. */
static sandcell_status watch(const sandcell_exec *exec, struct pollfd fds[2], sandcell_error **error)
{
    sandcell_status status = SANDCELL_OK;
    sandcell_tree tree;
    int open = 2;
    while (open > 0 && status == SANDCELL_OK) {
        if (poll(fds, 2, PATIENCE_MS) == 0) {
            puts("stream: no output for too long, killing the command");
            fflush(stdout);
            status = sandcell_exec_kill(exec, &tree, NULL, error);
        }
        for (int i = 0; i < 2; i++) {
            if (fds[i].fd >= 0 && fds[i].revents != 0 && !pass_on(fds[i].fd, i + 1)) {
                close(fds[i].fd);
                fds[i].fd = -1; /* poll() ignores it */
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
    sandcell_client *client = NULL;
    sandcell_create_options *options = NULL;
    sandcell_sandbox *sandbox = NULL;
    sandcell_exec_options *command = sandcell_exec_options_new();
    sandcell_exec *exec = NULL;
    sandcell_error *error;
    sandcell_outcome outcome;
    int32_t code;
    struct pollfd fds[2] = {{-1, POLLIN, 0}, {-1, POLLIN, 0}};
    bool failed = sandcell_client_from_env(&client, &error)
        || sandcell_create_options_new(image, SANDCELL_CSTR, &options, &error)
        || sandcell_exec_options_add_arg(command, "sh", SANDCELL_CSTR, &error)
        || sandcell_exec_options_add_arg(command, "-c", SANDCELL_CSTR, &error)
        || sandcell_exec_options_add_arg(command, script, SANDCELL_CSTR, &error)
        || sandcell_sandbox_start(client, options, &sandbox, &error)
        || sandcell_container_start_exec(sandcell_sandbox_container(sandbox), command, &exec, &error)
        || sandcell_exec_take_fd(exec, SANDCELL_STDOUT, &fds[0].fd, &error)
        || sandcell_exec_take_fd(exec, SANDCELL_STDERR, &fds[1].fd, &error)
        || watch(exec, fds, &error)
        || sandcell_exec_wait(exec, SANDCELL_NO_TIMEOUT, &outcome, &code, &error);
    if (failed) {
        fprintf(stderr, "stream: %s\n", sandcell_error_message(error, NULL));
        sandcell_error_free(error);
    } else {
        printf("stream: %s %d\n", outcome == SANDCELL_OUTCOME_SIGNALLED ? "killed by signal" : "exit code", code);
    }
    sandcell_exec_free(exec);
    sandcell_exec_options_free(command);
    sandcell_sandbox_free(sandbox); /* removes the container */
    sandcell_create_options_free(options);
    sandcell_client_free(client);
    return failed;
}
