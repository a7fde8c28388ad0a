/*
 * An online judge: runs a program against tests and prints a verdict for each.
 *
 *   judge [-i IMAGE] [-t MILLISECONDS] [-m MIB] [-o KIB] [PROGRAM [DIRECTORY]]
 *
 * PROGRAM is a file that the image can run: a script or a static executable.
 * DIRECTORY has pairs of files: NAME.in is the input of the program, NAME.out the
 * expected output. The defaults are a built-in program and built-in tests. The
 * engine is in DOCKER_HOST.
 *
 * Exits with 0 if all tests are OK, with 1 if some are not, and with 2 if the judge
 * itself failed. The time limit is wall-clock time: run the judge where each sandbox
 * has a CPU of its own.
 *
 * Every test has its own sandbox. So a program cannot leave a file or a process
 * behind that affects the next test, and the peak memory of the sandbox is that of
 * one test.
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <inttypes.h>
#include <sandcell.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define NOBODY "65534:65534"

struct text {
    char *data;
    size_t len;
};

struct test {
    const char *name;
    struct text input, expected;
};

struct judge {
    const char *image;
    uint64_t time_ms, memory, output; /* the limits */
    struct text program;
    sandcell_client *client;
    bool all_ok, internal_error;
};

static sandcell_error *error; /* of the last call */

/* --- The sandbox ---------------------------------------------------------- */

/* Restricts the sandbox beyond the defaults, which are no network, no capabilities,
 * no way to gain privileges, and no swap. */
static bool confine(const struct judge *judge, sandcell_create_options *options)
{
    return sandcell_create_options_set_memory(options, judge->memory, &error) == SANDCELL_OK
        && sandcell_create_options_set_cpus(options, 1, &error) == SANDCELL_OK
        && sandcell_create_options_set_pids(options, 64, &error) == SANDCELL_OK
        && sandcell_create_options_add_ulimit(options, "core", SANDCELL_CSTR, 0, 0, &error) == SANDCELL_OK
        && sandcell_create_options_add_ulimit(options, "nofile", SANDCELL_CSTR, 256, 256, &error) == SANDCELL_OK
        /* Only /tmp and /dev/shm are writable. Both count as memory, and nothing can be executed there. */
        && sandcell_create_options_set_read_only_root(options, true, &error) == SANDCELL_OK
        && sandcell_create_options_add_tmpfs(options, "/tmp", SANDCELL_CSTR, 16 * MIB, 01777, false, &error)
        == SANDCELL_OK
        /* The program itself, which it cannot modify. */
        && sandcell_create_options_add_tmpfs(options, "/box", SANDCELL_CSTR, judge->program.len + 64 * KIB, 0755, true,
                                             &error)
        == SANDCELL_OK
        /* The engine removes a sandbox even if the judge is killed; this one also if it hangs. */
        && sandcell_create_options_set_max_lifetime_ms(options, judge->time_ms + 60000, &error) == SANDCELL_OK;
}

static bool put_program(const struct judge *judge, const sandcell_container *container)
{
    sandcell_write_options *options = sandcell_write_options_new();
    bool good = sandcell_write_options_set_mode(options, 0555, &error) == SANDCELL_OK
        && sandcell_container_write_file(container, "/box/program", SANDCELL_CSTR, judge->program.data,
                                         judge->program.len, options, &error)
            == SANDCELL_OK;
    sandcell_write_options_free(options);
    return good;
}

/* Returns a sandbox with the program in it, or NULL on failure. */
static sandcell_sandbox *start(const struct judge *judge)
{
    sandcell_create_options *options = NULL;
    sandcell_sandbox *sandbox = NULL;
    bool good = sandcell_create_options_new(judge->image, SANDCELL_CSTR, &options, &error) == SANDCELL_OK
        && confine(judge, options)
        && sandcell_sandbox_start(judge->client, options, &sandbox, &error) == SANDCELL_OK
        && put_program(judge, sandcell_sandbox_container(sandbox));
    sandcell_create_options_free(options);
    if (good)
        return sandbox;
    sandcell_sandbox_free(sandbox);
    return NULL;
}

/* Runs the program; returns NULL on failure. Runs it as nobody, because root could falsify the resource usage. */
static sandcell_exec_result *run(const struct judge *judge, const struct test *test,
                                 const sandcell_container *container)
{
    sandcell_exec_options *options = sandcell_exec_options_new();
    sandcell_exec_result *result = NULL;
    bool good = sandcell_exec_options_add_arg(options, "/box/program", SANDCELL_CSTR, &error) == SANDCELL_OK
        && sandcell_exec_options_set_cwd(options, "/tmp", SANDCELL_CSTR, &error) == SANDCELL_OK
        && sandcell_exec_options_set_user(options, NOBODY, SANDCELL_CSTR, &error) == SANDCELL_OK
        && sandcell_exec_options_set_stdin(options, test->input.data, test->input.len, &error) == SANDCELL_OK
        && sandcell_exec_options_set_timeout_ms(options, judge->time_ms, &error) == SANDCELL_OK
        && sandcell_exec_options_set_kill_grace_ms(options, 0, &error) == SANDCELL_OK
        && sandcell_exec_options_set_max_output(options, judge->output, &error) == SANDCELL_OK
        && sandcell_exec_options_set_on_overflow(options, SANDCELL_OVERFLOW_KILL, &error) == SANDCELL_OK
        && sandcell_exec_options_set_measure(options, true, &error) == SANDCELL_OK
        && sandcell_container_exec(container, options, &result, &error) == SANDCELL_OK;
    sandcell_exec_options_free(options);
    return good ? result : NULL;
}

/* --- The verdict ---------------------------------------------------------- */

/* Returns the length without trailing white space. */
static size_t trimmed(const char *data, size_t len)
{
    while (len > 0 && strchr(" \t\r\n", data[len - 1]) != NULL && data[len - 1] != '\0')
        len--;
    return len;
}

static bool answers(const sandcell_exec_result *result, const struct test *test)
{
    const char *data = "";
    size_t len = 0;
    sandcell_exec_result_output(result, SANDCELL_STDOUT, &data, &len, NULL);
    len = trimmed(data, len);
    return len == trimmed(test->expected.data, test->expected.len) && memcmp(data, test->expected.data, len) == 0;
}

static void print_use(const sandcell_exec_result *result)
{
    const sandcell_resources *used = sandcell_exec_result_resources(result);
    uint64_t ns, bytes;
    printf(", %.3f s", (double)sandcell_exec_result_wall_time_ns(result) / 1e9);
    if (sandcell_resources_cpu_time_ns(used, &ns))
        printf(", %.3f s CPU", (double)ns / 1e9);
    if (sandcell_resources_peak_memory(used, &bytes))
        printf(", %.1f MiB", (double)bytes / (double)MIB);
    putchar('\n');
}

static void print_verdict(struct judge *judge, const struct test *test, const sandcell_exec_result *result)
{
    int32_t code = -1, signal;
    bool ok = false;
    printf("%s: ", test->name);
    switch (sandcell_exec_result_verdict(result, &signal)) {
    case SANDCELL_VERDICT_OK:
        sandcell_exec_result_exit_code(result, &code);
        if (code != 0)
            printf("runtime error (exit code %" PRId32 ")", code);
        else if (!answers(result, test))
            printf("wrong answer");
        else
            ok = printf("OK") > 0;
        break;
    case SANDCELL_VERDICT_TIME_LIMIT: printf("time limit"); break;
    case SANDCELL_VERDICT_MEMORY_LIMIT: printf("memory limit"); break;
    case SANDCELL_VERDICT_OUTPUT_LIMIT: printf("output limit"); break;
    case SANDCELL_VERDICT_SIGNAL: printf("runtime error (signal %" PRId32 ")", signal); break;
    default:
        printf("internal error (%s)", sandcell_error_message(sandcell_exec_result_lost_reason(result), NULL));
        judge->internal_error = true;
    }
    judge->all_ok = judge->all_ok && ok;
    print_use(result);
}

/* If the program cannot be started, that is a fault of the submission; any other error is one of the judge. */
static void print_error(struct judge *judge, const struct test *test)
{
    bool theirs = sandcell_error_is_exec_start(error);
    printf("%s: %s (%s)\n", test->name, theirs ? "runtime error" : "internal error",
           sandcell_error_message(error, NULL));
    sandcell_error_free(error);
    judge->all_ok = false;
    judge->internal_error = judge->internal_error || !theirs;
}

static void judge_test(struct judge *judge, const struct test *test)
{
    sandcell_sandbox *sandbox = start(judge);
    sandcell_exec_result *result = sandbox == NULL ? NULL : run(judge, test, sandcell_sandbox_container(sandbox));
    if (result != NULL)
        print_verdict(judge, test, result);
    else
        print_error(judge, test);
    fflush(stdout);
    sandcell_exec_result_free(result);
    sandcell_sandbox_free(sandbox);
}

/* --- The program and its tests --------------------------------------------- */

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static struct text read_whole(const char *path)
{
    struct text text = {NULL, 0};
    size_t room = 0, n = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        die(path);
    do {
        text.len += n;
        if (text.len == room) {
            room = room * 2 + 4096;
            if ((text.data = realloc(text.data, room)) == NULL)
                die(path);
        }
    } while ((n = fread(text.data + text.len, 1, room - text.len, file)) > 0);
    if (ferror(file))
        die(path);
    fclose(file);
    return text;
}

/* Reads the file NAME.SUFFIX of a directory; len is the length of NAME. */
static struct text read_member(const char *directory, const char *name, int len, const char *suffix)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%.*s.%s", directory, len, name, suffix) >= (int)sizeof path) {
        fprintf(stderr, "judge: the path of %s/%s is too long\n", directory, name);
        exit(2);
    }
    return read_whole(path);
}

static int is_input(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 3 && strcmp(entry->d_name + len - 3, ".in") == 0;
}

static void judge_directory(struct judge *judge, const char *directory)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, is_input, alphasort);
    if (count < 0)
        die(directory);
    if (count == 0) {
        fprintf(stderr, "judge: %s has no file NAME.in\n", directory);
        exit(2);
    }
    for (int i = 0; i < count; i++) {
        char *name = entries[i]->d_name;
        int len = (int)strlen(name) - 3;
        struct test test = {name, read_member(directory, name, len, "in"), read_member(directory, name, len, "out")};
        name[len] = '\0';
        judge_test(judge, &test);
        free(test.input.data);
        free(test.expected.data);
        free(entries[i]);
    }
    free(entries);
}

#define TEXT(literal) {(literal), sizeof(literal) - 1}

static const char sum[] = "#!/bin/sh\nread a b\necho $((a + b))\n";

static void judge_built_in(struct judge *judge)
{
    const struct test tests[] = {
        {"small", TEXT("1 2\n"), TEXT("3\n")},
        {"negative", TEXT("-7 4\n"), TEXT("-3\n")},
    };
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        judge_test(judge, &tests[i]);
}

static uint64_t number(const char *text)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '1' || *text > '9' || *end != '\0' || value > 1000000) {
        fprintf(stderr, "judge: %s is not a number from 1 to 1000000\n", text);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    struct judge judge = {"busybox:latest", 2000, 64 * MIB, 64 * KIB, {NULL, 0}, NULL, true, false};
    int option;
    while ((option = getopt(argc, argv, "i:t:m:o:")) != -1) {
        switch (option) {
        case 'i': judge.image = optarg; break;
        case 't': judge.time_ms = number(optarg); break;
        case 'm': judge.memory = number(optarg) * MIB; break;
        case 'o': judge.output = number(optarg) * KIB; break;
        default:
            fputs("Usage: judge [-i IMAGE] [-t MILLISECONDS] [-m MIB] [-o KIB] [PROGRAM [DIRECTORY]]\n", stderr);
            return 2;
        }
    }
    if (sandcell_client_from_env(&judge.client, &error)) {
        fprintf(stderr, "judge: %s\n", sandcell_error_message(error, NULL));
        sandcell_error_free(error);
        return 2;
    }
    judge.program = optind < argc ? read_whole(argv[optind]) : (struct text){strdup(sum), sizeof sum - 1};
    if (optind + 1 < argc)
        judge_directory(&judge, argv[optind + 1]);
    else
        judge_built_in(&judge);
    free(judge.program.data);
    sandcell_client_free(judge.client);
    return judge.internal_error ? 2 : !judge.all_ok;
}
