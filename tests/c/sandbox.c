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

static sandcell_create_options *new_options(void)
{
    sandcell_error *error;
    sandcell_create_options *options;
    OK(sandcell_create_options_new(image, SANDCELL_CSTR, &options, &error));
    return options;
}

/* Starts a sandbox, and frees its options. */
static sandcell_sandbox *start(const sandcell_client *client, sandcell_create_options *options)
{
    sandcell_error *error;
    sandcell_sandbox *sandbox;
    OK(sandcell_sandbox_start(client, options, &sandbox, &error));
    sandcell_create_options_free(options);
    return sandbox;
}

static sandcell_exec_options *shell(const char *script)
{
    sandcell_error *error;
    sandcell_exec_options *options = sandcell_exec_options_new();
    OK(sandcell_exec_options_add_arg(options, "sh", SANDCELL_CSTR, &error));
    OK(sandcell_exec_options_add_arg(options, "-c", SANDCELL_CSTR, &error));
    OK(sandcell_exec_options_add_arg(options, script, SANDCELL_CSTR, &error));
    return options;
}

/* Runs a script in a sandbox, measured; frees nothing but the options. */
static sandcell_exec_result *run(const sandcell_sandbox *sandbox, const char *script)
{
    sandcell_error *error;
    sandcell_exec_result *result;
    sandcell_exec_options *options = shell(script);
    OK(sandcell_exec_options_set_measure(options, true, &error));
    OK(sandcell_container_exec(sandcell_sandbox_container(sandbox), options, &result, &error));
    sandcell_exec_options_free(options);
    return result;
}

static void expect(const sandcell_sandbox *sandbox, const char *script, const char *expected)
{
    sandcell_error *error;
    const char *data;
    size_t len;
    sandcell_exec_result *result = run(sandbox, script);
    OK(sandcell_exec_result_output(result, SANDCELL_STDOUT, &data, &len, &error));
    if (strcmp(data, expected) != 0)
        fprintf(stderr, "%s: \"%s\", not \"%s\"\n", script, data, expected);
    CHECK(strcmp(data, expected) == 0);
    sandcell_exec_result_free(result);
}

static bool is_alive(const sandcell_client *client, const char *id)
{
    sandcell_error *error;
    bool alive;
    OK(sandcell_client_container_alive(client, id, SANDCELL_CSTR, &alive, &error));
    return alive;
}

static void test_options(const sandcell_client *client)
{
    sandcell_error *error;
    sandcell_create_options *options = new_options();
    OK(sandcell_create_options_set_platform(options, "linux", SANDCELL_CSTR, &error));
    OK(sandcell_create_options_set_runtime(options, "runc", SANDCELL_CSTR, &error));
    OK(sandcell_create_options_set_working_dir(options, "/usr", SANDCELL_CSTR, &error));
    OK(sandcell_create_options_set_hostname(options, "box-7", SANDCELL_CSTR, &error));
    OK(sandcell_create_options_add_tmpfs(options, "/scratch", SANDCELL_CSTR, 1 << 20, 0750, true, &error));
    OK(sandcell_create_options_set_read_only_root(options, true, &error));
    OK(sandcell_create_options_cap_add(options, "CHOWN", SANDCELL_CSTR, &error));
    OK(sandcell_create_options_set_memory(options, 64 << 20, &error));
    OK(sandcell_create_options_set_swap(options, 16 << 20, &error));
    OK(sandcell_create_options_allow_unenforced(options, SANDCELL_PROTECTION_SWAP, &error));
    OK(sandcell_create_options_set_cpus(options, 0.5, &error));
    OK(sandcell_create_options_set_pids(options, 33, &error));
    OK(sandcell_create_options_set_shm_size(options, 1 << 20, &error));
    OK(sandcell_create_options_add_ulimit(options, "nofile", SANDCELL_CSTR, 100, 100, &error));
    OK(sandcell_create_options_set_max_lifetime_ms(options, 600000, &error));
    sandcell_sandbox *sandbox = start(client, options);
    expect(sandbox, "pwd; hostname; ulimit -n; stat -c %a /scratch", "/usr\nbox-7\n100\n750\n");
    expect(sandbox, "touch /x 2>/dev/null || echo read-only", "read-only\n");
    expect(sandbox, "grep -o '0000000000000001' /proc/self/status | head -n 1", "0000000000000001\n");

    size_t len;
    sandcell_posture *posture;
    const char *id = sandcell_sandbox_id(sandbox, &len);
    CHECK(strlen(id) == len && len == 64);
    OK(sandcell_container_posture(sandcell_sandbox_container(sandbox), &posture, &error));
    CHECK(strcmp(sandcell_container_id(sandcell_sandbox_container(sandbox), &len), id) == 0 && len == 64);
    CHECK(sandcell_posture_is_enforced(posture, SANDCELL_PROTECTION_MEMORY));
    CHECK(strcmp(sandcell_posture_reason(posture, SANDCELL_PROTECTION_MEMORY, &len), "67108864 bytes") == 0
          && len == 14);
    CHECK(strcmp(sandcell_posture_reason(posture, SANDCELL_PROTECTION_CAPABILITIES, NULL), "none except CHOWN") == 0);
    CHECK(sandcell_posture_is_enforced(posture, SANDCELL_PROTECTION_READ_ONLY_ROOT));
    CHECK(sandcell_posture_enforcement(posture, SANDCELL_PROTECTION_MEMORY) == SANDCELL_ENFORCEMENT_ENFORCED);
    CHECK(sandcell_posture_enforcement(posture, SANDCELL_PROTECTION_NETWORK) == SANDCELL_ENFORCEMENT_ENFORCED);
    CHECK(sandcell_posture_enforcement(posture, 99) == SANDCELL_ENFORCEMENT_UNKNOWN);
    CHECK(!sandcell_posture_is_enforced(posture, 99) && !sandcell_posture_is_enforced(NULL, SANDCELL_PROTECTION_PIDS));
    CHECK(strcmp(sandcell_posture_reason(posture, 99, NULL), "") == 0);
    CHECK(strstr(sandcell_posture_table(posture, NULL), "33 processes") != NULL);
    sandcell_posture_free(posture);
    sandcell_sandbox_free(sandbox);
}

static void test_features(const sandcell_client *client)
{
    sandcell_error *error;
    sandcell_engine_features *features;
    size_t len;
    OK(sandcell_client_engine_features(client, &features, &error));
    CHECK(sandcell_engine_features_supports(features, SANDCELL_ENGINE_FEATURE_PIDS_LIMIT));
    CHECK(*sandcell_engine_features_why_not(features, SANDCELL_ENGINE_FEATURE_PIDS_LIMIT, &len) == '\0' && len == 0);
    const bool has_part = sandcell_engine_features_supports(features, SANDCELL_ENGINE_FEATURE_VOLUME_SUBPATH);
    const char *why_not = sandcell_engine_features_why_not(features, SANDCELL_ENGINE_FEATURE_VOLUME_SUBPATH, &len);
    CHECK(has_part == (len == 0) && (has_part || strstr(why_not, "1.45") != NULL));
    CHECK(!sandcell_engine_features_supports(features, 99)
          && !sandcell_engine_features_supports(NULL, SANDCELL_ENGINE_FEATURE_PAUSE));
    CHECK(*sandcell_engine_features_why_not(features, 99, NULL) == '\0');
    CHECK(strstr(sandcell_engine_features_table(features, NULL), "pause ") != NULL);
    CHECK(sandcell_engine_features_len(features) == 14);
    CHECK(sandcell_engine_features_get(features, 9) == SANDCELL_ENGINE_FEATURE_PAUSE);
    CHECK(sandcell_engine_features_get(features, 14) == 0);
    sandcell_engine_features_free(features);
}

static void test_opt_outs(const sandcell_client *client)
{
    sandcell_error *error;
    sandcell_posture *posture;
    sandcell_create_options *options = new_options();
    OK(sandcell_create_options_without_memory_limit(options, &error));
    OK(sandcell_create_options_without_swap_limit(options, &error));
    OK(sandcell_create_options_without_cpu_limit(options, &error));
    OK(sandcell_create_options_without_pids_limit(options, &error));
    OK(sandcell_create_options_keep_capabilities(options, &error));
    OK(sandcell_create_options_allow_new_privileges(options, &error));
    OK(sandcell_create_options_set_seccomp_unconfined(options, &error));
    OK(sandcell_create_options_set_apparmor(options, "unconfined", SANDCELL_CSTR, &error));
    OK(sandcell_create_options_without_init(options, &error));
    OK(sandcell_create_options_set_network_mode(options, SANDCELL_NETWORK_ALLOW_ALL, &error));
    sandcell_sandbox *sandbox = start(client, options);
    OK(sandcell_container_posture(sandcell_sandbox_container(sandbox), &posture, &error));
    for (sandcell_protection number = SANDCELL_PROTECTION_MEMORY; number <= SANDCELL_PROTECTION_INIT; number++)
        CHECK(!sandcell_posture_is_enforced(posture, number) || number == SANDCELL_PROTECTION_USER_NAMESPACE);
    sandcell_posture_free(posture);
    sandcell_sandbox_free(sandbox);

    options = new_options();
    const char *profile = "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":"
                          "[{\"names\":[\"mkdir\",\"mkdirat\"],\"action\":\"SCMP_ACT_ERRNO\"}]}";
    OK(sandcell_create_options_set_seccomp_profile(options, profile, SANDCELL_CSTR, &error));
    sandbox = start(client, options);
    expect(sandbox, "mkdir /tmp/x 2>/dev/null || echo denied", "denied\n");
    sandcell_sandbox_free(sandbox);
}

/* The engine of the tests has a /run of its own. */
static void test_unseen_mount(const sandcell_client *client)
{
    sandcell_error *error;
    sandcell_string *id;
    sandcell_create_options *options = new_options();
    OK(sandcell_create_options_set_workspace(options, "/run", SANDCELL_CSTR, "/w", SANDCELL_CSTR, &error));
    REFUSES("mount", sandcell_client_create_and_start(client, options, &id, &error));
    OK(sandcell_create_options_allow_unverified_mounts(options, &error));
    sandcell_sandbox_free(start(client, options));
}

static void test_owner_of_the_workspace(const sandcell_client *client)
{
    char directory[] = "/tmp/sandcell-workspace-XXXXXX";
    sandcell_error *error;
    sandcell_string *id;
    sandcell_create_options *options = new_options();
    OK(sandcell_create_options_set_workspace_user(options, &error));
    REFUSES("workspace_user", sandcell_client_create_and_start(client, options, &id, &error));
    CHECK(mkdtemp(directory) != NULL && chown(directory, 4242, 4343) == 0);
    OK(sandcell_create_options_set_workspace(options, directory, SANDCELL_CSTR, "/w", SANDCELL_CSTR, &error));
    sandcell_sandbox *sandbox = start(client, options);
    expect(sandbox, "touch new; rm new; id -u; id -g", "4242\n4343\n");
    sandcell_sandbox_free(sandbox);
    CHECK(rmdir(directory) == 0);
}

static void test_network(const sandcell_client *client)
{
    sandcell_error *error;
    sandcell_string *address = NULL;
    sandcell_create_options *options = new_options();
    OK(sandcell_create_options_set_network(options, "bridge", SANDCELL_CSTR, &error));
    OK(sandcell_create_options_publish(options, SANDCELL_TCP, 80, NULL, 0, 0, &error));
    OK(sandcell_create_options_publish(options, SANDCELL_UDP, 53, "127.0.0.1", SANDCELL_CSTR, 0, &error));
    sandcell_sandbox *sandbox = start(client, options);
    const sandcell_container *container = sandcell_sandbox_container(sandbox);
    OK(sandcell_container_published_address(container, SANDCELL_TCP, 80, &address, &error));
    CHECK(strncmp(sandcell_string_data(address, NULL), "127.0.0.1:", 10) == 0);
    sandcell_string_free(address);
    OK(sandcell_container_published_address(container, SANDCELL_TCP, 81, &address, &error));
    CHECK(address == NULL);
    sandcell_sandbox_free(sandbox);
}

static void test_resources(const sandcell_client *client)
{
    sandcell_error *error;
    sandcell_create_options *options = new_options();
    int32_t signal;
    uint64_t number = 0;
    OK(sandcell_create_options_set_memory(options, 32 << 20, &error));
    sandcell_sandbox *sandbox = start(client, options);
    sandcell_exec_result *result = run(sandbox, "x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done");
    CHECK(sandcell_exec_result_verdict(result, &signal) == SANDCELL_VERDICT_MEMORY_LIMIT && signal == -1);
    const sandcell_resources *used = sandcell_exec_result_resources(result);
    CHECK(sandcell_resources_oom_kills(used, &number) && number == 1);
    CHECK(sandcell_exec_result_wall_time_ns(result) > 0);
    sandcell_exec_result_free(result);
    result = run(sandbox, "kill -SEGV $$");
    CHECK(sandcell_exec_result_verdict(result, &signal) == SANDCELL_VERDICT_SIGNAL && signal == SIGSEGV);
    sandcell_exec_result_free(result);

    sandcell_resources *resources;
    OK(sandcell_container_resources(sandcell_sandbox_container(sandbox), &resources, &error));
    CHECK(sandcell_resources_cpu_time_ns(resources, &number) && number > 0);
    bool has_memory = sandcell_resources_peak_memory(resources, &number);
    CHECK(!has_memory || number > 16 << 20);
    bool has_pids = sandcell_resources_peak_pids(resources, &number);
    CHECK(!has_pids || number > 0);
    /* A reason, if and only if something is not known. */
    CHECK((strlen(sandcell_resources_missing(resources, NULL)) > 0) == (!has_memory || !has_pids));
    CHECK(!sandcell_resources_oom_kills(NULL, &number) && sandcell_exec_result_resources(NULL) == NULL);
    sandcell_resources_free(resources);
    sandcell_sandbox_free(sandbox);
}

static void test_life(const sandcell_client *client)
{
    sandcell_error *error;
    sandcell_create_options *options = new_options();
    sandcell_string *id = NULL;
    sandcell_sandbox *tied = start(client, new_options());
    FAILS(SANDCELL_ERR_CONFLICT, sandcell_sandbox_leave_running(tied, &id, &error));
    OK(sandcell_sandbox_stop(tied, &error));
    sandcell_sandbox_free(tied);
    OK(sandcell_create_options_set_lifetime(options, SANDCELL_LIFETIME_DETACHED, &error));
    sandcell_sandbox *sandbox = start(client, options), *again;
    sandcell_exec *exec;
    sandcell_exec_result *result;
    sandcell_exec_options *command = shell("echo streamed");
    const sandcell_container *container = sandcell_sandbox_container(sandbox);
    OK(sandcell_container_start_exec(container, command, &exec, &error));
    OK(sandcell_exec_wait_with_output(exec, &result, &error));
    CHECK(sandcell_exec_result_total_bytes(result, SANDCELL_STDOUT) == 9);
    sandcell_exec_result_free(result);
    sandcell_exec_free(exec);

    REFUSES("id", sandcell_sandbox_leave_running(sandbox, NULL, &error));
    OK(sandcell_sandbox_leave_running(sandbox, &id, &error));
    REFUSES("sandbox", sandcell_sandbox_stop(sandbox, &error));
    const char *left = sandcell_string_data(id, NULL);
    REFUSES("sandbox", sandcell_sandbox_leave_running(sandbox, &id, &error));
    CHECK(strcmp(left, sandcell_sandbox_id(sandbox, NULL)) == 0);
    /* Its container can be used until the sandbox is freed. */
    OK(sandcell_container_exec(container, command, &result, &error));
    sandcell_exec_result_free(result);
    sandcell_sandbox_free(sandbox);
    CHECK(is_alive(client, left));
    OK(sandcell_sandbox_attach(client, left, SANDCELL_CSTR, &again, &error));
    container = sandcell_sandbox_container(again);
    OK(sandcell_container_pause(container, &error));
    FAILS(SANDCELL_ERR_CONFLICT, sandcell_container_exec(container, command, &result, &error));
    OK(sandcell_container_unpause(container, &error));
    OK(sandcell_sandbox_stop(again, &error));
    CHECK(!is_alive(client, left));
    FAILS(SANDCELL_ERR_NOT_FOUND, sandcell_container_exec(container, command, &result, &error));
    sandcell_sandbox_free(again);
    FAILS(SANDCELL_ERR_NOT_FOUND, sandcell_sandbox_attach(client, left, SANDCELL_CSTR, &again, &error));
    sandcell_string_free(id);
    sandcell_exec_options_free(command);
}

/* The whole life of a host, until it is killed: says the sandbox's id, and holds it. */
static void hold_a_sandbox(int say, sandcell_lifetime lifetime, const char *home)
{
    sandcell_error *error;
    sandcell_client *client;
    sandcell_create_options *options = new_options();
    sandcell_exec *exec;
    size_t len;
    OK(sandcell_client_from_env(&client, &error));
    OK(sandcell_create_options_set_lifetime(options, lifetime, &error));
    OK(sandcell_create_options_set_home(options, home, SANDCELL_CSTR, &error));
    sandcell_sandbox *sandbox = start(client, options);
    OK(sandcell_container_start_exec(sandcell_sandbox_container(sandbox), shell("sleep 1000"), &exec, &error));
    const char *id = sandcell_sandbox_id(sandbox, &len);
    CHECK(write(say, id, len) == (ssize_t)len && close(say) == 0);
    for (;;)
        pause();
}

/* A host that holds a sandbox, and is killed; the sandbox's id. */
static void kill_a_host(sandcell_lifetime lifetime, const char *home, char id[65])
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
    sandcell_error *error;
    sandcell_client *client;
    char id[65];
    kill_a_host(SANDCELL_LIFETIME_TIED_TO_HOST, home, id);
    OK(sandcell_client_from_env(&client, &error));
    sandcell_container_state *state = NULL;
    time_t give_up = time(NULL) + 10;
    do {
        CHECK(time(NULL) < give_up);
        sandcell_container_state_free(state);
        OK(sandcell_client_inspect_container_state(client, id, SANDCELL_CSTR, &state, &error));
    } while (state != NULL);
    sandcell_client_free(client);
}

/* What a sweep says of a container: its place in the list. */
static size_t find(const sandcell_orphans *orphans, const char *id)
{
    size_t index = 0;
    while (strcmp(sandcell_orphans_id(orphans, index, NULL), id) != 0)
        CHECK(++index < sandcell_orphans_len(orphans));
    return index;
}

static void test_a_sweep(const char *home)
{
    sandcell_error *error;
    sandcell_client *client;
    sandcell_orphans *orphans;
    char left[65];
    kill_a_host(SANDCELL_LIFETIME_DETACHED, home, left);
    OK(sandcell_client_from_env(&client, &error));
    sandcell_create_options *options = new_options();
    OK(sandcell_create_options_set_home(options, home, SANDCELL_CSTR, &error));
    OK(sandcell_create_options_set_session_id(options, home, SANDCELL_CSTR, &error));
    sandcell_sandbox *own = start(client, options), *same;
    OK(sandcell_sandbox_attach(client, home, SANDCELL_CSTR, &same, &error));
    CHECK(strcmp(sandcell_sandbox_id(same, NULL), sandcell_sandbox_id(own, NULL)) == 0);

    OK(sandcell_client_orphans(client, home, SANDCELL_CSTR, &orphans, &error));
    CHECK(sandcell_orphans_len(orphans) == 2 && is_alive(client, left));
    size_t index = find(orphans, left);
    CHECK(sandcell_orphans_is_orphan(orphans, index) && !sandcell_orphans_removed(orphans, index));
    CHECK(sandcell_orphans_status(orphans, index) == SANDCELL_CONTAINER_RUNNING);
    CHECK(strlen(sandcell_orphans_name(orphans, index, NULL)) > 0);
    index = find(orphans, sandcell_sandbox_id(own, NULL));
    CHECK(!sandcell_orphans_is_orphan(orphans, index));
    CHECK(strstr(sandcell_orphans_reason(orphans, index, NULL), "alive") != NULL);
    CHECK(strcmp(sandcell_orphans_session_id(orphans, index, NULL), home) == 0);
    CHECK(strcmp(sandcell_orphans_id(orphans, 2, NULL), "") == 0 && !sandcell_orphans_removed(orphans, 2));
    sandcell_orphans_free(orphans);

    OK(sandcell_client_cleanup_orphaned_containers(client, home, SANDCELL_CSTR, &orphans, &error));
    index = find(orphans, left);
    CHECK(sandcell_orphans_removed(orphans, index) && sandcell_orphans_error(orphans, index) == NULL);
    CHECK(!is_alive(client, left) && is_alive(client, sandcell_sandbox_id(own, NULL)));
    sandcell_orphans_free(orphans);
    REFUSES("home", sandcell_client_orphans(client, "", 0, &orphans, &error));
    sandcell_sandbox_free(own);
    sandcell_sandbox_free(same);
    sandcell_client_free(client);
}

/* This program runs on the machine itself. */
static void test_no_container_of_our_own(const sandcell_client *client)
{
    sandcell_error *error;
    sandcell_self_container *own = (sandcell_self_container *)&own;
    sandcell_string *path;
    OK(sandcell_client_self_container(client, &own, &error));
    CHECK(own == NULL);
    OK(sandcell_client_engine_path(client, "/tmp", SANDCELL_CSTR, &path, &error));
    CHECK(strcmp(sandcell_string_data(path, NULL), "/tmp") == 0);
    sandcell_string_free(path);
    CHECK(strcmp(sandcell_self_container_id(own, NULL), "") == 0);
    CHECK(strcmp(sandcell_self_container_name(own, NULL), "") == 0);
    CHECK(sandcell_self_container_network_count(own) == 0 && sandcell_self_container_mount_count(own) == 0);
    CHECK(strcmp(sandcell_self_container_network(own, 0, NULL), "") == 0);
    CHECK(strcmp(sandcell_self_container_mount_kind(own, 0, NULL), "") == 0);
    CHECK(strcmp(sandcell_self_container_mount_source(own, 0, NULL), "") == 0);
    CHECK(strcmp(sandcell_self_container_mount_destination(own, 0, NULL), "") == 0);
    CHECK(!sandcell_self_container_mount_rw(own, 0));
    sandcell_self_container_free(own);
}

int main(int argc, char **argv)
{
    sandcell_error *error;
    sandcell_client *client;
    char home[32];
    CHECK(argc == 2);
    image = argv[1];
    snprintf(home, sizeof home, "/sandcell-c/%ld", (long)getpid());
    test_a_killed_host(home);
    test_a_sweep(home);
    OK(sandcell_client_from_env(&client, &error));
    test_options(client);
    test_features(client);
    test_opt_outs(client);
    test_unseen_mount(client);
    test_owner_of_the_workspace(client);
    test_network(client);
    test_resources(client);
    test_life(client);
    test_no_container_of_our_own(client);
    sandcell_client_free(client);
    puts("sandbox: good");
    return 0;
}
