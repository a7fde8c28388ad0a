/* How containers are created. */
#include "misuse.h"

static void test_create_options(void)
{
    sandcell_create_options *made = UNTOUCHED;
    REFUSES_BAD_TEXT("image", sandcell_create_options_new(p, n, &made, &error));
    REFUSES("options", sandcell_create_options_new("x", S, NULL, &error));
    CHECK(made == UNTOUCHED);
    REFUSES("options", sandcell_create_options_set_name(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("name", sandcell_create_options_set_name(create, p, n, &error));
    REFUSES("options", sandcell_create_options_set_workspace(NULL, "/a", S, "/b", S, &error));
    REFUSES_BAD_TEXT("source", sandcell_create_options_set_workspace(create, p, n, "/b", S, &error));
    REFUSES_BAD_TEXT("target", sandcell_create_options_set_workspace(create, "/a", S, p, n, &error));
    REFUSES("options", sandcell_create_options_add_mount_bind(NULL, "/a", S, "/b", S, true, &error));
    REFUSES_BAD_TEXT("source", sandcell_create_options_add_mount_bind(create, p, n, "/b", S, true, &error));
    REFUSES_BAD_TEXT("target", sandcell_create_options_add_mount_bind(create, "/a", S, p, n, true, &error));
    REFUSES("options", sandcell_create_options_add_mount_volume(NULL, "a", S, "/b", S, true, false, NULL, 0, &error));
    REFUSES_BAD_TEXT("name",
                     sandcell_create_options_add_mount_volume(create, p, n, "/b", S, true, false, NULL, 0, &error));
    REFUSES_BAD_TEXT("target",
                     sandcell_create_options_add_mount_volume(create, "a", S, p, n, true, false, NULL, 0, &error));
    REFUSES_BAD_TEXT("subpath",
                     sandcell_create_options_add_mount_volume(create, "a", S, "/b", S, true, false, p, n, &error));
    REFUSES("options", sandcell_create_options_set_network_mode(NULL, SANDCELL_NETWORK_DISABLED, &error));
    REFUSES_UNKNOWN("mode", 2, sandcell_create_options_set_network_mode(create, number, &error));
    REFUSES("options", sandcell_create_options_add_env(NULL, "A", S, "b", S, &error));
    REFUSES_BAD_TEXT("name", sandcell_create_options_add_env(create, p, n, "b", S, &error));
    REFUSES_BAD_TEXT("value", sandcell_create_options_add_env(create, "A", S, p, n, &error));
    REFUSES("options", sandcell_create_options_set_user(NULL, "0", S, &error));
    REFUSES_BAD_TEXT("user", sandcell_create_options_set_user(create, p, n, &error));
    REFUSES("options", sandcell_create_options_add_label(NULL, "a", S, "b", S, &error));
    REFUSES_BAD_TEXT("key", sandcell_create_options_add_label(create, p, n, "b", S, &error));
    REFUSES_BAD_TEXT("value", sandcell_create_options_add_label(create, "a", S, p, n, &error));
}

static void test_rest_of_create_options(void)
{
    REFUSES("options", sandcell_create_options_set_platform(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("platform", sandcell_create_options_set_platform(create, p, n, &error));
    REFUSES("options", sandcell_create_options_set_runtime(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("name", sandcell_create_options_set_runtime(create, p, n, &error));
    REFUSES("options", sandcell_create_options_set_working_dir(NULL, "/", S, &error));
    REFUSES_BAD_TEXT("path", sandcell_create_options_set_working_dir(create, p, n, &error));
    REFUSES("options", sandcell_create_options_set_session_id(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("id", sandcell_create_options_set_session_id(create, p, n, &error));
    REFUSES("options", sandcell_create_options_set_home(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("home", sandcell_create_options_set_home(create, p, n, &error));
    REFUSES("options", sandcell_create_options_add_tmpfs(NULL, "/t", S, 1, 0700, false, &error));
    REFUSES_BAD_TEXT("target", sandcell_create_options_add_tmpfs(create, p, n, 1, 0700, false, &error));
    REFUSES("options", sandcell_create_options_allow_unverified_mounts(NULL, &error));
    REFUSES("options", sandcell_create_options_set_workspace_user(NULL, &error));
}

static void test_network_options(void)
{
    REFUSES("options", sandcell_create_options_set_network(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("name", sandcell_create_options_set_network(create, p, n, &error));
    REFUSES("options", sandcell_create_options_publish(NULL, SANDCELL_TCP, 80, "::", S, 80, &error));
    REFUSES_BAD_TEXT("host", sandcell_create_options_publish(create, SANDCELL_TCP, 80, p, n, 80, &error));
    REFUSES_UNKNOWN("protocol", 99, sandcell_create_options_publish(create, number, 80, "::", S, 80, &error));
    REFUSES("options", sandcell_create_options_set_hostname(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("name", sandcell_create_options_set_hostname(create, p, n, &error));
}

static void test_limits(void)
{
    REFUSES("options", sandcell_create_options_set_memory(NULL, 1, &error));
    REFUSES("options", sandcell_create_options_without_memory_limit(NULL, &error));
    REFUSES("options", sandcell_create_options_set_swap(NULL, 1, &error));
    REFUSES("options", sandcell_create_options_without_swap_limit(NULL, &error));
    REFUSES("options", sandcell_create_options_set_cpus(NULL, 1.0, &error));
    REFUSES("options", sandcell_create_options_without_cpu_limit(NULL, &error));
    REFUSES("options", sandcell_create_options_set_pids(NULL, 1, &error));
    REFUSES("options", sandcell_create_options_without_pids_limit(NULL, &error));
    REFUSES("options", sandcell_create_options_set_shm_size(NULL, 1, &error));
    REFUSES("options", sandcell_create_options_add_ulimit(NULL, "nofile", S, 1, 1, &error));
    REFUSES_BAD_TEXT("name", sandcell_create_options_add_ulimit(create, p, n, 1, 1, &error));
    REFUSES("options", sandcell_create_options_allow_unenforced(NULL, SANDCELL_PROTECTION_MEMORY, &error));
    REFUSES_UNKNOWN("limit", 99, sandcell_create_options_allow_unenforced(create, number, &error));
}

static void test_security_and_life(void)
{
    REFUSES("options", sandcell_create_options_cap_add(NULL, "CHOWN", S, &error));
    REFUSES_BAD_TEXT("name", sandcell_create_options_cap_add(create, p, n, &error));
    REFUSES("options", sandcell_create_options_keep_capabilities(NULL, &error));
    REFUSES("options", sandcell_create_options_allow_new_privileges(NULL, &error));
    REFUSES("options", sandcell_create_options_set_seccomp_profile(NULL, "{}", S, &error));
    REFUSES_BAD_TEXT("json", sandcell_create_options_set_seccomp_profile(create, p, n, &error));
    REFUSES("options", sandcell_create_options_set_seccomp_unconfined(NULL, &error));
    REFUSES("options", sandcell_create_options_set_apparmor(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("profile", sandcell_create_options_set_apparmor(create, p, n, &error));
    REFUSES("options", sandcell_create_options_set_read_only_root(NULL, true, &error));
    REFUSES("options", sandcell_create_options_without_init(NULL, &error));
    REFUSES("options", sandcell_create_options_set_lifetime(NULL, SANDCELL_LIFETIME_DETACHED, &error));
    REFUSES_UNKNOWN("lifetime", 99, sandcell_create_options_set_lifetime(create, number, &error));
    REFUSES("options", sandcell_create_options_set_max_lifetime_ms(NULL, 1, &error));
    REFUSES("options", sandcell_create_options_set_kill_container_after_ms(NULL, 1, &error));
    OK(sandcell_create_options_set_kill_container_after_ms(create, SANDCELL_NO_TIMEOUT, &error));
    REFUSES("options", sandcell_create_options_allow_reachable_watchers(NULL, &error));
}

int main(void)
{
    set_up();
    test_create_options();
    test_rest_of_create_options();
    test_network_options();
    test_limits();
    test_security_and_life();
    tear_down();
    puts("misuse_create: good");
    return 0;
}
