/*
 * How long a process takes from its start to the result of its first exec: the
 * median of 50, in microseconds. The engine is the parent, and answers at once.
 */
#define _GNU_SOURCE /* accept4() */
#include <pthread.h>
#include <sandcell.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT 50
#define MUST(condition)         \
    do {                        \
        if (!(condition)) {     \
            perror(#condition); \
            exit(1);            \
        }                       \
    } while (0)

extern char **environ;

static const char json[] = "Content-Type: application/json";
static const char upgrade[] =
    "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n\1\0\0\0\0\0\0\3hi\n";

static void answer(int connection, const char *status, const char *header, const char *body)
{
    char text[256];
    int len = snprintf(text, sizeof text, "HTTP/1.1 %s\r\n%s\r\nContent-Length: %zu\r\n\r\n%s", status, header,
                       strlen(body), body);
    MUST(send(connection, text, (size_t)len, MSG_NOSIGNAL) == len);
}

/* Answers the requests of one connection. */
static void *serve(void *argument)
{
    int connection = *(int *)argument;
    char request[16384];
    ssize_t len;
    free(argument);
    while ((len = recv(connection, request, sizeof request - 1, 0)) > 0) {
        request[len] = '\0';
        if (strstr(request, "/_ping ") != NULL) {
            answer(connection, "200 OK", "Api-Version: 1.41", "OK");
        } else if (strstr(request, "/containers/c/exec ") != NULL) {
            answer(connection, "201 Created", json, "{\"Id\":\"e\"}");
        } else if (strstr(request, "/exec/e/start ") != NULL) {
            MUST(send(connection, upgrade, sizeof upgrade - 1, MSG_NOSIGNAL) == sizeof upgrade - 1);
            break;
        } else {
            answer(connection, "200 OK", json, "{\"Running\":false,\"ExitCode\":0}");
        }
    }
    MUST(close(connection) == 0);
    return NULL;
}

static void *engine(void *listener)
{
    for (;;) {
        pthread_t thread;
        int *connection = malloc(sizeof *connection);
        MUST(connection != NULL && (*connection = accept4(*(int *)listener, NULL, NULL, SOCK_CLOEXEC)) >= 0);
        MUST(pthread_create(&thread, NULL, serve, connection) == 0 && pthread_detach(thread) == 0);
    }
    return NULL;
}

static int run(const char *host)
{
    sandcell_client_builder *at = sandcell_client_builder_new();
    sandcell_exec_options *command = sandcell_exec_options_new();
    sandcell_client *client = NULL;
    sandcell_exec_result *result = NULL;
    int32_t code = -1;
    int failed = sandcell_client_builder_set_host(at, host, SANDCELL_CSTR, NULL)
        || sandcell_client_builder_build(at, &client, NULL)
        || sandcell_exec_options_add_arg(command, "true", SANDCELL_CSTR, NULL)
        || sandcell_client_exec(client, "c", SANDCELL_CSTR, command, &result, NULL)
        || !sandcell_exec_result_exit_code(result, &code);
    _exit(failed || code != 0);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

int main(int argc, char **argv)
{
    char directory[] = "/tmp/sandcell-c-XXXXXX", host[sizeof "unix://" + sizeof(struct sockaddr_un)];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    double times[COUNT];
    pthread_t thread;
    if (argc > 1)
        return run(argv[1]);
    MUST(mkdtemp(directory) != NULL);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/engine.sock", directory);
    snprintf(host, sizeof host, "unix://%s", address.sun_path);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 8) == 0);
    MUST(pthread_create(&thread, NULL, engine, &listener) == 0);
    for (int i = 0; i < COUNT; i++) {
        char *child_argv[] = {argv[0], host, NULL};
        int status;
        pid_t child;
        double start = now();
        MUST(posix_spawn(&child, "/proc/self/exe", NULL, NULL, child_argv, environ) == 0);
        MUST(waitpid(child, &status, 0) == child && status == 0);
        times[i] = now() - start;
    }
    MUST(unlink(address.sun_path) == 0 && rmdir(directory) == 0);
    qsort(times, COUNT, sizeof *times, compare);
    printf("%.0f\n", times[COUNT / 2]);
    return 0;
}
