/*
 * Sandboxes with all that can be said of them, on the engine in DOCKER_HOST with the image that is the argument; and
 * a host that is killed while it holds one.
 */
#include "check.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *image;

static sandock_create_options *new_options(void)
{
    sandock_error *error;
    sandock_create_options *options;
    OK(sandock_create_options_new(image, SANDOCK_CSTR, &options, &error));
    return options;
}

/* Starts a sandbox, and frees its options. */
static sandock_sandbox *start(const sandock_client *client, sandock_create_options *options)
{
    sandock_error *error;
    sandock_sandbox *sandbox;
    OK(sandock_sandbox_start(client, options, &sandbox, &error));
    sandock_create_options_free(options);
    return sandbox;
}

static sandock_exec_options *shell(const char *script)
{
    sandock_error *error;
    sandock_exec_options *options = sandock_exec_options_new();
    OK(sandock_exec_options_add_arg(options, "sh", SANDOCK_CSTR, &error));
    OK(sandock_exec_options_add_arg(options, "-c", SANDOCK_CSTR, &error));
    OK(sandock_exec_options_add_arg(options, script, SANDOCK_CSTR, &error));
    return options;
}

/* Runs a script in a sandbox, measured; frees nothing but the options. */
static sandock_exec_result *run(const sandock_sandbox *sandbox, const char *script)
{
    sandock_error *error;
    sandock_exec_result *result;
    sandock_exec_options *options = shell(script);
    OK(sandock_exec_options_set_measure(options, true, &error));
    OK(sandock_sandbox_exec(sandbox, options, &result, &error));
    sandock_exec_options_free(options);
    return result;
}

static void expect(const sandock_sandbox *sandbox, const char *script, const char *expected)
{
    sandock_error *error;
    const char *data;
    size_t len;
    sandock_exec_result *result = run(sandbox, script);
    OK(sandock_exec_result_output(result, SANDOCK_STDOUT, &data, &len, &error));
    if (strcmp(data, expected) != 0)
        fprintf(stderr, "%s: \"%s\", not \"%s\"\n", script, data, expected);
    CHECK(strcmp(data, expected) == 0);
    sandock_exec_result_free(result);
}

static bool is_alive(const sandock_client *client, const char *id)
{
    sandock_error *error;
    bool alive;
    OK(sandock_client_container_alive(client, id, SANDOCK_CSTR, &alive, &error));
    return alive;
}

static void test_options(const sandock_client *client)
{
    sandock_error *error;
    sandock_create_options *options = new_options();
    OK(sandock_create_options_set_platform(options, "linux", SANDOCK_CSTR, &error));
    OK(sandock_create_options_set_runtime(options, "runc", SANDOCK_CSTR, &error));
    OK(sandock_create_options_set_working_dir(options, "/usr", SANDOCK_CSTR, &error));
    OK(sandock_create_options_set_hostname(options, "box-7", SANDOCK_CSTR, &error));
    OK(sandock_create_options_add_tmpfs(options, "/scratch", SANDOCK_CSTR, 1 << 20, 0750, true, &error));
    OK(sandock_create_options_set_read_only_root(options, true, &error));
    OK(sandock_create_options_add_capability(options, "CHOWN", SANDOCK_CSTR, &error));
    OK(sandock_create_options_set_memory(options, 64 << 20, &error));
    OK(sandock_create_options_set_swap(options, 16 << 20, &error));
    OK(sandock_create_options_allow_unenforced(options, SANDOCK_PROTECTION_SWAP, &error));
    OK(sandock_create_options_set_cpus(options, 0.5, &error));
    OK(sandock_create_options_set_pids(options, 33, &error));
    OK(sandock_create_options_set_shm_size(options, 1 << 20, &error));
    OK(sandock_create_options_add_ulimit(options, "nofile", SANDOCK_CSTR, 100, 100, &error));
    OK(sandock_create_options_set_max_lifetime_ms(options, 600000, &error));
    sandock_sandbox *sandbox = start(client, options);
    expect(sandbox, "pwd; hostname; ulimit -n; stat -c %a /scratch", "/usr\nbox-7\n100\n750\n");
    expect(sandbox, "touch /x 2>/dev/null || echo read-only", "read-only\n");
    expect(sandbox, "grep -o '0000000000000001' /proc/self/status | head -n 1", "0000000000000001\n");

    size_t len;
    sandock_posture *posture;
    const char *id = sandock_sandbox_id(sandbox, &len);
    CHECK(strlen(id) == len && len == 64);
    OK(sandock_client_posture(client, id, len, &posture, &error));
    CHECK(sandock_posture_is_enforced(posture, SANDOCK_PROTECTION_MEMORY));
    CHECK(strcmp(sandock_posture_reason(posture, SANDOCK_PROTECTION_MEMORY, &len), "67108864 bytes") == 0 && len == 14);
    CHECK(strcmp(sandock_posture_reason(posture, SANDOCK_PROTECTION_CAPABILITIES, NULL), "none but CHOWN") == 0);
    CHECK(sandock_posture_is_enforced(posture, SANDOCK_PROTECTION_READ_ONLY_ROOT));
    CHECK(sandock_posture_enforcement(posture, SANDOCK_PROTECTION_MEMORY) == SANDOCK_ENFORCEMENT_ENFORCED);
    CHECK(sandock_posture_enforcement(posture, SANDOCK_PROTECTION_NETWORK) == SANDOCK_ENFORCEMENT_ENFORCED);
    CHECK(sandock_posture_enforcement(posture, 99) == SANDOCK_ENFORCEMENT_UNKNOWN);
    CHECK(!sandock_posture_is_enforced(posture, 99) && !sandock_posture_is_enforced(NULL, SANDOCK_PROTECTION_PIDS));
    CHECK(strcmp(sandock_posture_reason(posture, 99, NULL), "") == 0);
    CHECK(strstr(sandock_posture_table(posture, NULL), "33 processes") != NULL);
    sandock_posture_free(posture);
    sandock_sandbox_free(sandbox);
}

static void test_capabilities(const sandock_client *client)
{
    sandock_error *error;
    sandock_capabilities *capabilities;
    size_t len;
    OK(sandock_client_capabilities(client, &capabilities, &error));
    CHECK(sandock_capabilities_supports(capabilities, SANDOCK_CAPABILITY_PIDS_LIMIT));
    CHECK(*sandock_capabilities_why_not(capabilities, SANDOCK_CAPABILITY_PIDS_LIMIT, &len) == '\0' && len == 0);
    const bool has_part = sandock_capabilities_supports(capabilities, SANDOCK_CAPABILITY_VOLUME_SUBPATH);
    const char *why_not = sandock_capabilities_why_not(capabilities, SANDOCK_CAPABILITY_VOLUME_SUBPATH, &len);
    CHECK(has_part == (len == 0) && (has_part || strstr(why_not, "1.45") != NULL));
    CHECK(!sandock_capabilities_supports(capabilities, 99) && !sandock_capabilities_supports(NULL, SANDOCK_CAPABILITY_PAUSE));
    CHECK(*sandock_capabilities_why_not(capabilities, 99, NULL) == '\0');
    CHECK(strstr(sandock_capabilities_table(capabilities, NULL), "pause ") != NULL);
    sandock_capabilities_free(capabilities);
}

static void test_opt_outs(const sandock_client *client)
{
    sandock_error *error;
    sandock_posture *posture;
    sandock_create_options *options = new_options();
    OK(sandock_create_options_without_memory_limit(options, &error));
    OK(sandock_create_options_without_swap_limit(options, &error));
    OK(sandock_create_options_without_cpu_limit(options, &error));
    OK(sandock_create_options_without_pids_limit(options, &error));
    OK(sandock_create_options_keep_capabilities(options, &error));
    OK(sandock_create_options_allow_new_privileges(options, &error));
    OK(sandock_create_options_set_seccomp_unconfined(options, &error));
    OK(sandock_create_options_set_apparmor(options, "unconfined", SANDOCK_CSTR, &error));
    OK(sandock_create_options_without_init(options, &error));
    OK(sandock_create_options_set_network_mode(options, SANDOCK_NETWORK_ALLOW_ALL, &error));
    sandock_sandbox *sandbox = start(client, options);
    OK(sandock_client_posture(client, sandock_sandbox_id(sandbox, NULL), SANDOCK_CSTR, &posture, &error));
    for (sandock_protection number = SANDOCK_PROTECTION_MEMORY; number <= SANDOCK_PROTECTION_INIT; number++)
        CHECK(!sandock_posture_is_enforced(posture, number) || number == SANDOCK_PROTECTION_USER_NAMESPACE);
    sandock_posture_free(posture);
    sandock_sandbox_free(sandbox);

    options = new_options();
    const char *profile = "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":"
                          "[{\"names\":[\"mkdir\",\"mkdirat\"],\"action\":\"SCMP_ACT_ERRNO\"}]}";
    OK(sandock_create_options_set_seccomp_profile(options, profile, SANDOCK_CSTR, &error));
    sandbox = start(client, options);
    expect(sandbox, "mkdir /tmp/x 2>/dev/null || echo denied", "denied\n");
    sandock_sandbox_free(sandbox);
}

/* The engine of the tests has a /run of its own. */
static void test_unseen_mount(const sandock_client *client)
{
    sandock_error *error;
    sandock_string *id;
    sandock_create_options *options = new_options();
    OK(sandock_create_options_set_workspace(options, "/run", SANDOCK_CSTR, "/w", SANDOCK_CSTR, &error));
    REFUSES("mount", sandock_client_create_and_start(client, options, &id, &error));
    OK(sandock_create_options_allow_unseen_mounts(options, &error));
    sandock_sandbox_free(start(client, options));
}

static void test_network(const sandock_client *client)
{
    sandock_error *error;
    sandock_string *address = NULL;
    sandock_create_options *options = new_options();
    OK(sandock_create_options_set_network(options, "bridge", SANDOCK_CSTR, &error));
    OK(sandock_create_options_add_published_port(options, SANDOCK_TCP, 80, NULL, 0, 0, &error));
    OK(sandock_create_options_add_published_port(options, SANDOCK_UDP, 53, "127.0.0.1", SANDOCK_CSTR, 0, &error));
    sandock_sandbox *sandbox = start(client, options);
    const char *id = sandock_sandbox_id(sandbox, NULL);
    OK(sandock_client_published_address(client, id, SANDOCK_CSTR, SANDOCK_TCP, 80, &address, &error));
    CHECK(strncmp(sandock_string_data(address, NULL), "127.0.0.1:", 10) == 0);
    sandock_string_free(address);
    OK(sandock_client_published_address(client, id, SANDOCK_CSTR, SANDOCK_TCP, 81, &address, &error));
    CHECK(address == NULL);
    sandock_sandbox_free(sandbox);
}

static void test_resources(const sandock_client *client)
{
    sandock_error *error;
    sandock_create_options *options = new_options();
    int32_t signal;
    uint64_t number = 0;
    OK(sandock_create_options_set_memory(options, 32 << 20, &error));
    sandock_sandbox *sandbox = start(client, options);
    sandock_exec_result *result = run(sandbox, "x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done");
    CHECK(sandock_exec_result_verdict(result, &signal) == SANDOCK_VERDICT_MEMORY_LIMIT && signal == -1);
    const sandock_resources *used = sandock_exec_result_resources(result);
    CHECK(sandock_resources_oom_kills(used, &number) && number == 1);
    CHECK(sandock_exec_result_wall_time_ns(result) > 0);
    sandock_exec_result_free(result);
    result = run(sandbox, "kill -SEGV $$");
    CHECK(sandock_exec_result_verdict(result, &signal) == SANDOCK_VERDICT_SIGNAL && signal == SIGSEGV);
    sandock_exec_result_free(result);

    sandock_resources *resources;
    OK(sandock_client_resources(client, sandock_sandbox_id(sandbox, NULL), SANDOCK_CSTR, &resources, &error));
    CHECK(sandock_resources_cpu_time_ns(resources, &number) && number > 0);
    bool has_memory = sandock_resources_peak_memory(resources, &number);
    CHECK(!has_memory || number > 16 << 20);
    bool has_pids = sandock_resources_peak_pids(resources, &number);
    CHECK(!has_pids || number > 0);
    /* A reason, if and only if something is not known. */
    CHECK((strlen(sandock_resources_missing(resources, NULL)) > 0) == (!has_memory || !has_pids));
    CHECK(!sandock_resources_oom_kills(NULL, &number) && sandock_exec_result_resources(NULL) == NULL);
    sandock_resources_free(resources);
    sandock_sandbox_free(sandbox);
}

static void test_life(const sandock_client *client)
{
    sandock_error *error;
    sandock_sandbox *sandbox = start(client, new_options()), *again;
    sandock_string *id = NULL;
    sandock_exec *exec;
    sandock_exec_result *result;
    sandock_exec_options *command = shell("echo streamed");
    OK(sandock_sandbox_start_exec(sandbox, command, &exec, &error));
    OK(sandock_exec_wait_with_output(exec, &result, &error));
    CHECK(sandock_exec_result_total_bytes(result, SANDOCK_STDOUT) == 9);
    sandock_exec_result_free(result);
    sandock_exec_free(exec);

    REFUSES("options", sandock_sandbox_exec(sandbox, NULL, &result, &error));
    REFUSES("result", sandock_sandbox_exec(sandbox, command, NULL, &error));
    REFUSES("options", sandock_sandbox_start_exec(sandbox, NULL, &exec, &error));
    REFUSES("exec", sandock_sandbox_start_exec(sandbox, command, NULL, &error));
    REFUSES("id", sandock_sandbox_leave_running(sandbox, NULL, &error));
    OK(sandock_sandbox_leave_running(sandbox, &id, &error));
    REFUSES("sandbox", sandock_sandbox_stop(sandbox, &error));
    REFUSES("sandbox", sandock_sandbox_exec(sandbox, command, &result, &error));
    const char *left = sandock_string_data(id, NULL);
    CHECK(strcmp(left, sandock_sandbox_id(sandbox, NULL)) == 0);
    sandock_sandbox_free(sandbox);
    CHECK(is_alive(client, left));
    OK(sandock_sandbox_attach(client, left, SANDOCK_CSTR, &again, &error));
    OK(sandock_client_pause(client, left, SANDOCK_CSTR, &error));
    FAILS(SANDOCK_ERR_CONFLICT, sandock_sandbox_exec(again, command, &result, &error));
    OK(sandock_client_resume(client, left, SANDOCK_CSTR, &error));
    OK(sandock_sandbox_stop(again, &error));
    CHECK(!is_alive(client, left));
    sandock_sandbox_free(again);
    FAILS(SANDOCK_ERR_NOT_FOUND, sandock_sandbox_attach(client, left, SANDOCK_CSTR, &again, &error));
    sandock_string_free(id);
    sandock_exec_options_free(command);
}

/* The whole life of a host, until it is killed: says the sandbox's id, and holds it. */
static void hold_a_sandbox(int say, sandock_lifetime lifetime, const char *home)
{
    sandock_error *error;
    sandock_client *client;
    sandock_create_options *options = new_options();
    sandock_exec *exec;
    size_t len;
    OK(sandock_client_from_env(&client, &error));
    OK(sandock_create_options_set_lifetime(options, lifetime, &error));
    OK(sandock_create_options_set_home(options, home, SANDOCK_CSTR, &error));
    sandock_sandbox *sandbox = start(client, options);
    OK(sandock_sandbox_start_exec(sandbox, shell("sleep 1000"), &exec, &error));
    const char *id = sandock_sandbox_id(sandbox, &len);
    CHECK(write(say, id, len) == (ssize_t)len && close(say) == 0);
    for (;;)
        pause();
}

/* A host that holds a sandbox, and is killed; the sandbox's id. */
static void kill_a_host(sandock_lifetime lifetime, const char *home, char id[65])
{
    int words[2], status;
    size_t len = 0;
    ssize_t count;
    CHECK(pipe(words) == 0);
    pid_t host = fork(); /* before this process has any handle */
    CHECK(host >= 0);
    if (host == 0) {
        CHECK(close(words[0]) == 0);
        hold_a_sandbox(words[1], lifetime, home);
    }
    CHECK(close(words[1]) == 0);
    while ((count = read(words[0], id + len, 64 - len)) > 0)
        len += (size_t)count;
    id[len] = '\0';
    CHECK(len == 64 && close(words[0]) == 0);
    CHECK(kill(host, SIGKILL) == 0 && waitpid(host, &status, 0) == host && WIFSIGNALED(status));
}

static void test_a_killed_host(const char *home)
{
    sandock_error *error;
    sandock_client *client;
    char id[65];
    kill_a_host(SANDOCK_LIFETIME_TIED_TO_HOST, home, id);
    OK(sandock_client_from_env(&client, &error));
    sandock_container_state *state = NULL;
    time_t give_up = time(NULL) + 10;
    do {
        CHECK(time(NULL) < give_up);
        sandock_container_state_free(state);
        OK(sandock_client_inspect_container_state(client, id, SANDOCK_CSTR, &state, &error));
    } while (state != NULL);
    sandock_client_free(client);
}

/* What a sweep says of a container: its place in the list. */
static size_t find(const sandock_orphans *orphans, const char *id)
{
    size_t index = 0;
    while (strcmp(sandock_orphans_id(orphans, index, NULL), id) != 0)
        CHECK(++index < sandock_orphans_len(orphans));
    return index;
}

static void test_a_sweep(const char *home)
{
    sandock_error *error;
    sandock_client *client;
    sandock_orphans *orphans;
    char left[65];
    kill_a_host(SANDOCK_LIFETIME_DETACHED, home, left);
    OK(sandock_client_from_env(&client, &error));
    sandock_create_options *options = new_options();
    OK(sandock_create_options_set_home(options, home, SANDOCK_CSTR, &error));
    OK(sandock_create_options_set_session_id(options, home, SANDOCK_CSTR, &error));
    sandock_sandbox *own = start(client, options), *same;
    OK(sandock_sandbox_attach(client, home, SANDOCK_CSTR, &same, &error));
    CHECK(strcmp(sandock_sandbox_id(same, NULL), sandock_sandbox_id(own, NULL)) == 0);

    OK(sandock_client_orphans(client, home, SANDOCK_CSTR, &orphans, &error));
    CHECK(sandock_orphans_len(orphans) == 2 && is_alive(client, left));
    size_t index = find(orphans, left);
    CHECK(sandock_orphans_is_orphan(orphans, index) && !sandock_orphans_removed(orphans, index));
    CHECK(sandock_orphans_status(orphans, index) == SANDOCK_CONTAINER_RUNNING);
    CHECK(strlen(sandock_orphans_name(orphans, index, NULL)) > 0);
    index = find(orphans, sandock_sandbox_id(own, NULL));
    CHECK(!sandock_orphans_is_orphan(orphans, index));
    CHECK(strstr(sandock_orphans_reason(orphans, index, NULL), "alive") != NULL);
    CHECK(strcmp(sandock_orphans_session_id(orphans, index, NULL), home) == 0);
    CHECK(strcmp(sandock_orphans_id(orphans, 2, NULL), "") == 0 && !sandock_orphans_removed(orphans, 2));
    sandock_orphans_free(orphans);

    OK(sandock_client_cleanup_orphaned_containers(client, home, SANDOCK_CSTR, &orphans, &error));
    index = find(orphans, left);
    CHECK(sandock_orphans_removed(orphans, index) && sandock_orphans_error(orphans, index) == NULL);
    CHECK(!is_alive(client, left) && is_alive(client, sandock_sandbox_id(own, NULL)));
    sandock_orphans_free(orphans);
    REFUSES("home", sandock_client_orphans(client, "", 0, &orphans, &error));
    sandock_sandbox_free(own);
    sandock_sandbox_free(same);
    sandock_client_free(client);
}

/* This program runs on the machine itself. */
static void test_no_container_of_our_own(const sandock_client *client)
{
    sandock_error *error;
    sandock_self_container *own = (sandock_self_container *)&own;
    sandock_string *path;
    OK(sandock_client_self_container(client, &own, &error));
    CHECK(own == NULL);
    OK(sandock_client_engine_path(client, "/tmp", SANDOCK_CSTR, &path, &error));
    CHECK(strcmp(sandock_string_data(path, NULL), "/tmp") == 0);
    sandock_string_free(path);
    CHECK(strcmp(sandock_self_container_id(own, NULL), "") == 0);
    CHECK(strcmp(sandock_self_container_name(own, NULL), "") == 0);
    CHECK(sandock_self_container_network_count(own) == 0 && sandock_self_container_mount_count(own) == 0);
    CHECK(strcmp(sandock_self_container_network(own, 0, NULL), "") == 0);
    CHECK(strcmp(sandock_self_container_mount_kind(own, 0, NULL), "") == 0);
    CHECK(strcmp(sandock_self_container_mount_source(own, 0, NULL), "") == 0);
    CHECK(strcmp(sandock_self_container_mount_destination(own, 0, NULL), "") == 0);
    CHECK(!sandock_self_container_mount_rw(own, 0));
    sandock_self_container_free(own);
}

int main(int argc, char **argv)
{
    sandock_error *error;
    sandock_client *client;
    char home[32];
    CHECK(argc == 2);
    image = argv[1];
    snprintf(home, sizeof home, "/sandock-c/%ld", (long)getpid());
    test_a_killed_host(home);
    test_a_sweep(home);
    OK(sandock_client_from_env(&client, &error));
    test_options(client);
    test_capabilities(client);
    test_opt_outs(client);
    test_unseen_mount(client);
    test_network(client);
    test_resources(client);
    test_life(client);
    test_no_container_of_our_own(client);
    sandock_client_free(client);
    puts("sandbox: good");
    return 0;
}
