/*
 * A host that leaves SIGPIPE at its default, which ends a process that writes to
 * a connection whose other end is gone, and an engine that goes while the
 * library writes. The engine is a thread of this program.
 */
#include "check.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int listener;

/* --- The engine ------------------------------------------------------------- */

static void answer(int connection, const char *head, const char *body)
{
    char text[512];
    int len = snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", head, strlen(body), body);
    CHECK(send(connection, text, (size_t)len, MSG_NOSIGNAL) == len);
}

/* Reads the head of a request, and its body up to 4 KiB; false at the end. */
static bool receive_request(int connection, char *head, size_t room)
{
    size_t len = 0, body_len = 0;
    char *end = NULL, *content_length;
    while (end == NULL) {
        ssize_t count = recv(connection, head + len, room - len - 1, 0);
        if (count <= 0)
            return false;
        len += (size_t)count;
        head[len] = '\0';
        end = strstr(head, "\r\n\r\n");
        CHECK(end != NULL || len < room - 1);
    }
    content_length = strstr(head, "ontent-length: ");
    if (content_length == NULL)
        content_length = strstr(head, "ontent-Length: ");
    if (content_length != NULL)
        body_len = strtoul(content_length + strlen("ontent-length: "), NULL, 10);
    size_t body_read = len - (size_t)(end + 4 - head);
    while (body_read < body_len && body_read < 4096) {
        char rest[4096];
        ssize_t count = recv(connection, rest, sizeof rest, 0);
        if (count <= 0)
            return false;
        body_read += (size_t)count;
    }
    return true;
}

/* Answers requests, until it is time to be gone. */
static void serve(int connection)
{
    char head[16384];
    while (receive_request(connection, head, sizeof head)) {
        if (strstr(head, "/_ping") != NULL) {
            answer(connection, "200 OK\r\nApi-Version: 1.41", "OK");
        } else if (strstr(head, "/info") != NULL) {
            answer(connection, "200 OK\r\nContent-Type: application/json", "{}");
        } else if (strstr(head, "/images/i/json") != NULL) {
            answer(connection, "200 OK\r\nContent-Type: application/json", "{\"Id\":\"i\"}");
        } else if (strstr(head, "/containers/x/json") != NULL) {
            answer(connection, "200 OK\r\nContent-Type: application/json",
                   "{\"Id\":\"x\",\"State\":{\"Status\":\"running\",\"Running\":true}}");
        } else if (strstr(head, "/containers/x/exec") != NULL) {
            answer(connection, "201 Created\r\nContent-Type: application/json", "{\"Id\":\"e\"}");
        } else if (strstr(head, "/exec/e/start") != NULL) {
            static const char upgrade[] = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                                          "Content-Type: application/vnd.docker.raw-stream\r\n\r\n";
            char input[64 * 1024];
            CHECK(send(connection, upgrade, sizeof upgrade - 1, MSG_NOSIGNAL) == sizeof upgrade - 1);
            CHECK(recv(connection, input, sizeof input, 0) > 0);
            return;
        } else {
            return; /* a request of which some KiB were read, or an exec's end */
        }
    }
}

static void *serve_and_close(void *connection)
{
    serve(*(int *)connection);
    CHECK(close(*(int *)connection) == 0);
    free(connection);
    return NULL;
}

static void *engine(void *unused)
{
    for (;;) {
        pthread_t thread;
        int *connection = malloc(sizeof *connection);
        CHECK(connection != NULL);
        *connection = accept(listener, NULL, NULL);
        if (*connection < 0) {
            free(connection);
            return unused;
        }
        CHECK(pthread_create(&thread, NULL, serve_and_close, connection) == 0);
        CHECK(pthread_detach(thread) == 0);
    }
}

/* --- The host --------------------------------------------------------------- */

/* This process does end by SIGPIPE: what a child shows. */
static void check_that_sigpipe_is_deadly(void)
{
    struct sigaction action;
    int status;
    CHECK(sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && close(pair[1]) == 0 && write(pair[0], "x", 1) == 1)
            _exit(2);
        _exit(1);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
}

static void check_same_mask(const sigset_t *expected)
{
    sigset_t mask;
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &mask) == 0);
    for (int number = 1; number < 32; number++)
        CHECK(sigismember(&mask, number) == sigismember(expected, number));
}

/* More than what a socket buffers. */
static char *long_text(size_t len)
{
    char *text = malloc(len);
    CHECK(text != NULL);
    memset(text, 'x', len);
    return text;
}

static void check_disconnected(sandcell_error *error)
{
    CHECK(sandcell_error_kind(error) == SANDCELL_ERR_DISCONNECTED);
    CHECK(sandcell_error_is_retryable(error));
    CHECK(sandcell_error_os_errno(error) == EPIPE || sandcell_error_os_errno(error) == ECONNRESET);
    sandcell_error_free(error);
}

/* A long request of which the engine reads a bit, sent by this thread. */
static void test_request(const sandcell_client *client)
{
    sandcell_error *error;
    sandcell_volume_options *options;
    sandcell_volume *volume;
    size_t len = 8 * 1024 * 1024;
    char *value = long_text(len);
    OK(sandcell_volume_options_new("v", SANDCELL_CSTR, &options, &error));
    OK(sandcell_volume_options_add_label(options, "long", SANDCELL_CSTR, value, len, &error));
    free(value);
    CHECK(sandcell_client_create_volume(client, options, &volume, &error) != SANDCELL_OK);
    check_disconnected(error);
    sandcell_volume_options_free(options);
}

/* The same, sent by a thread of the library. */
static void test_request_of_a_library_thread(const sandcell_client *client)
{
    sandcell_error *error;
    sandcell_create_options *options;
    sandcell_string *id;
    size_t len = 8 * 1024 * 1024;
    char *value = long_text(len);
    OK(sandcell_create_options_new("i", SANDCELL_CSTR, &options, &error));
    OK(sandcell_create_options_add_label(options, "long", SANDCELL_CSTR, value, len, &error));
    free(value);
    CHECK(sandcell_client_create_and_start(client, options, &id, &error) != SANDCELL_OK);
    check_disconnected(error);
    sandcell_create_options_free(options);
}

/* An exec with more input than the engine takes before it goes. */
static void test_exec(const sandcell_client *client)
{
    sandcell_error *error;
    sandcell_exec_options *options = sandcell_exec_options_new();
    sandcell_exec_result *result;
    size_t len = 64 * 1024 * 1024;
    char *input = long_text(len);
    OK(sandcell_exec_options_add_arg(options, "cat", SANDCELL_CSTR, &error));
    OK(sandcell_exec_options_set_stdin(options, input, len, &error));
    free(input);
    OK(sandcell_client_exec(client, "x", SANDCELL_CSTR, options, &result, &error));
    CHECK(sandcell_exec_result_outcome(result) == SANDCELL_OUTCOME_LOST);
    CHECK(!sandcell_exec_result_exit_code(result, NULL));
    const sandcell_error *reason = sandcell_exec_result_lost_reason(result);
    CHECK(sandcell_error_kind(reason) == SANDCELL_ERR_DISCONNECTED);
    CHECK(strlen(sandcell_error_message(reason, NULL)) > 0);
    sandcell_exec_result_free(result);
    sandcell_exec_options_free(options);
}

int main(void)
{
    sandcell_error *error;
    char directory[] = "/tmp/sandcell-c-XXXXXX", host[sizeof "unix://" + sizeof(struct sockaddr_un)];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    pthread_t thread;
    sigset_t mask;

    /* Whatever started this program may have ignored SIGPIPE. */
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    check_that_sigpipe_is_deadly();
    CHECK(mkdtemp(directory) != NULL);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/engine.sock", directory);
    snprintf(host, sizeof host, "unix://%s", address.sun_path);
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 8) == 0);
    CHECK(pthread_create(&thread, NULL, engine, NULL) == 0);
    CHECK(sigemptyset(&mask) == 0 && sigaddset(&mask, SIGUSR1) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, &mask, NULL) == 0);

    sandcell_client_builder *builder = sandcell_client_builder_new();
    sandcell_client *client;
    OK(sandcell_client_builder_set_host(builder, host, SANDCELL_CSTR, &error));
    OK(sandcell_client_builder_build(builder, &client, &error));
    sandcell_client_builder_free(builder);
    for (int round = 0; round < 3; round++) {
        test_request(client);
        test_request_of_a_library_thread(client);
        test_exec(client);
        check_same_mask(&mask);
    }
    sandcell_client_free(client);
    check_same_mask(&mask);
    check_that_sigpipe_is_deadly();

    CHECK(shutdown(listener, SHUT_RDWR) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(close(listener) == 0 && unlink(address.sun_path) == 0 && rmdir(directory) == 0);
    puts("sigpipe: good");
    return 0;
}
