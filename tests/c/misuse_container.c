/* Containers, and what is asked of them. */
#include "misuse.h"

static void test_accessors_of_null(void)
{
    size_t len = 7;
    int64_t big = 7;
    uint64_t number = 7;
    check_empty(sandcell_container_state_id(NULL, &len), &len);
    check_empty(sandcell_container_state_error(NULL, &len), &len);
    CHECK(sandcell_container_state_status(NULL) == SANDCELL_CONTAINER_UNKNOWN);
    CHECK(!sandcell_container_state_running(NULL));
    CHECK(!sandcell_container_state_oom_killed(NULL));
    CHECK(!sandcell_container_state_exit_code(NULL, &big) && big == 7);
    CHECK(!sandcell_container_state_pid(NULL, &big) && big == 7);
    CHECK(sandcell_posture_len(NULL) == 0 && sandcell_posture_get(NULL, 0) == 0);
    CHECK(!sandcell_posture_is_enforced(NULL, SANDCELL_PROTECTION_MEMORY));
    CHECK(sandcell_posture_enforcement(NULL, SANDCELL_PROTECTION_MEMORY) == SANDCELL_ENFORCEMENT_UNKNOWN);
    check_empty(sandcell_posture_reason(NULL, SANDCELL_PROTECTION_MEMORY, &len), &len);
    check_empty(sandcell_posture_table(NULL, &len), &len);
    CHECK(!sandcell_resources_cpu_time_ns(NULL, &number) && !sandcell_resources_peak_memory(NULL, &number));
    CHECK(!sandcell_resources_oom_kills(NULL, &number) && !sandcell_resources_peak_pids(NULL, &number));
    CHECK(number == 7);
    check_empty(sandcell_resources_missing(NULL, &len), &len);
    check_empty(sandcell_container_id(NULL, &len), &len);
    CHECK(sandcell_container_client(NULL) == NULL);
    check_empty(sandcell_background_name(NULL, &len), &len);
    check_empty(sandcell_sandbox_id(NULL, &len), &len);
    CHECK(sandcell_sandbox_container(NULL) == NULL);
    CHECK(sandcell_orphans_len(NULL) == 0);
    check_empty(sandcell_orphans_id(NULL, 0, &len), &len);
    check_empty(sandcell_orphans_name(NULL, 0, &len), &len);
    check_empty(sandcell_orphans_session_id(NULL, SIZE_MAX, &len), &len);
    check_empty(sandcell_orphans_reason(NULL, 0, &len), &len);
    CHECK(sandcell_orphans_status(NULL, 0) == SANDCELL_CONTAINER_UNKNOWN);
    CHECK(!sandcell_orphans_is_orphan(NULL, 0) && !sandcell_orphans_removed(NULL, 0));
    CHECK(sandcell_orphans_error(NULL, 0) == NULL);
    check_empty(sandcell_self_container_id(NULL, &len), &len);
    check_empty(sandcell_self_container_name(NULL, &len), &len);
    CHECK(sandcell_self_container_network_count(NULL) == 0 && sandcell_self_container_mount_count(NULL) == 0);
    check_empty(sandcell_self_container_network(NULL, 0, &len), &len);
    check_empty(sandcell_self_container_mount_kind(NULL, 0, &len), &len);
    check_empty(sandcell_self_container_mount_source(NULL, 0, &len), &len);
    check_empty(sandcell_self_container_mount_destination(NULL, SIZE_MAX, &len), &len);
    CHECK(!sandcell_self_container_mount_rw(NULL, 0));
}

static void test_operations(void)
{
    bool answer = true;
    sandcell_string *id = UNTOUCHED;
    sandcell_container_state *state = UNTOUCHED;
    sandcell_exec_result *result = UNTOUCHED;

    REFUSES("client", sandcell_client_image_exists(NULL, "x", S, &answer, &error));
    REFUSES_BAD_TEXT("image", sandcell_client_image_exists(client, p, n, &answer, &error));
    REFUSES("exists", sandcell_client_image_exists(client, "x", S, NULL, &error));

    REFUSES("client", sandcell_client_create_and_start(NULL, create, &id, &error));
    REFUSES("options", sandcell_client_create_and_start(client, NULL, &id, &error));
    REFUSES("id", sandcell_client_create_and_start(client, create, NULL, &error));
    REFUSES("client", sandcell_client_container_alive(NULL, "x", S, &answer, &error));
    REFUSES_BAD_TEXT("container", sandcell_client_container_alive(client, p, n, &answer, &error));
    REFUSES("container", sandcell_client_container_alive(client, NULL, 0, &answer, &error));
    REFUSES("alive", sandcell_client_container_alive(client, "x", S, NULL, &error));
    REFUSES("client", sandcell_client_inspect_container_state(NULL, "x", S, &state, &error));
    REFUSES_BAD_TEXT("container", sandcell_client_inspect_container_state(client, p, n, &state, &error));
    REFUSES("state", sandcell_client_inspect_container_state(client, "x", S, NULL, &error));
    REFUSES("client", sandcell_client_stop(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("container", sandcell_client_stop(client, p, n, &error));

    REFUSES("client", sandcell_client_exec(NULL, "x", S, command, &result, &error));
    REFUSES_BAD_TEXT("container", sandcell_client_exec(client, p, n, command, &result, &error));
    REFUSES("options", sandcell_client_exec(client, "x", S, NULL, &result, &error));
    REFUSES("result", sandcell_client_exec(client, "x", S, command, NULL, &error));
    CHECK(answer && id == UNTOUCHED && state == UNTOUCHED && result == UNTOUCHED);
}

static void test_handles(void)
{
    sandcell_container *handle = UNTOUCHED;
    REFUSES("client", sandcell_client_container(NULL, "x", S, &handle, &error));
    REFUSES_BAD_TEXT("id_or_name", sandcell_client_container(client, p, n, &handle, &error));
    REFUSES("container", sandcell_client_container(client, "", 0, &handle, &error));
    REFUSES("container", sandcell_client_container(client, "../x", S, &handle, &error));
    REFUSES("container", sandcell_client_container(client, "x", S, NULL, &error));
    CHECK(handle == UNTOUCHED);
    size_t len = 7;
    CHECK(strcmp(sandcell_container_id(container, &len), "x") == 0 && len == 1);
    CHECK(strcmp(sandcell_container_id(container, NULL), "x") == 0);
}

/* Handles with limits of their own, which outlive the one that they are made from. */
static void test_limited_handles(void)
{
    sandcell_container *derived = UNTOUCHED, *limited[4];
    sandcell_container_state *state = UNTOUCHED;
    sandcell_cancel_token *token = sandcell_cancel_token_new();
    REFUSES("container", sandcell_container_with_timeout_ms(NULL, 1, &derived, &error));
    REFUSES("derived", sandcell_container_with_timeout_ms(container, 1, NULL, &error));
    REFUSES("container", sandcell_container_with_deadline_ms(NULL, 1, &derived, &error));
    REFUSES("derived", sandcell_container_with_deadline_ms(container, 1, NULL, &error));
    REFUSES("container", sandcell_container_with_cancel(NULL, token, &derived, &error));
    REFUSES("token", sandcell_container_with_cancel(container, NULL, &derived, &error));
    REFUSES("derived", sandcell_container_with_cancel(container, token, NULL, &error));
    CHECK(derived == UNTOUCHED);

    OK(sandcell_container_with_timeout_ms(container, 0, &limited[0], &error));
    OK(sandcell_container_with_deadline_ms(container, 0, &limited[1], &error));
    OK(sandcell_container_with_cancel(container, token, &limited[2], &error));
    OK(sandcell_container_with_deadline_ms(limited[0], UINT64_MAX, &limited[3], &error));
    sandcell_cancel_token_cancel(token);
    sandcell_cancel_token_free(token);
    FAILS(SANDCELL_ERR_TIMEOUT, sandcell_container_inspect_state(limited[0], &state, &error));
    FAILS(SANDCELL_ERR_TIMEOUT, sandcell_container_inspect_state(limited[1], &state, &error));
    FAILS(SANDCELL_ERR_CANCELLED, sandcell_container_inspect_state(limited[2], &state, &error));
    sandcell_container_free(limited[0]);
    FAILS(SANDCELL_ERR_TIMEOUT, sandcell_container_inspect_state(limited[3], &state, &error));
    CHECK(strcmp(sandcell_container_id(limited[3], NULL), "x") == 0 && state == UNTOUCHED);
    for (int i = 1; i < 4; i++)
        sandcell_container_free(limited[i]);
}

static void test_containers(void)
{
    sandcell_string *address = UNTOUCHED;
    sandcell_posture *posture = UNTOUCHED;
    sandcell_resources *resources = UNTOUCHED;
    sandcell_container_state *state = UNTOUCHED;
    sandcell_exec_result *result = UNTOUCHED;
    REFUSES("container", sandcell_container_exec(NULL, command, &result, &error));
    REFUSES("options", sandcell_container_exec(container, NULL, &result, &error));
    REFUSES("result", sandcell_container_exec(container, command, NULL, &error));
    REFUSES("container", sandcell_container_inspect_state(NULL, &state, &error));
    REFUSES("state", sandcell_container_inspect_state(container, NULL, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND, sandcell_container_inspect_state(container, &state, &error));
    REFUSES("container", sandcell_container_stop(NULL, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND, sandcell_container_stop(container, &error));
    REFUSES("container", sandcell_container_pause(NULL, &error));
    REFUSES("container", sandcell_container_unpause(NULL, &error));
    REFUSES("container", sandcell_container_published_address(NULL, SANDCELL_TCP, 80, &address, &error));
    REFUSES_UNKNOWN("protocol", 99, sandcell_container_published_address(container, number, 80, &address, &error));
    REFUSES("address", sandcell_container_published_address(container, SANDCELL_TCP, 80, NULL, &error));
    REFUSES("container", sandcell_container_posture(NULL, &posture, &error));
    REFUSES("posture", sandcell_container_posture(container, NULL, &error));
    REFUSES("container", sandcell_container_resources(NULL, &resources, &error));
    REFUSES("resources", sandcell_container_resources(container, NULL, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND, sandcell_container_resources(container, &resources, &error));
    CHECK(address == UNTOUCHED && posture == UNTOUCHED && resources == UNTOUCHED);
    CHECK(state == UNTOUCHED && result == UNTOUCHED);
}

/* With a sandbox that is there: sandbox.c. */
static void test_sandboxes(void)
{
    sandcell_sandbox *sandbox = UNTOUCHED;
    sandcell_string *id = UNTOUCHED;
    REFUSES("client", sandcell_sandbox_start(NULL, create, &sandbox, &error));
    REFUSES("options", sandcell_sandbox_start(client, NULL, &sandbox, &error));
    REFUSES("sandbox", sandcell_sandbox_start(client, create, NULL, &error));
    REFUSES("client", sandcell_sandbox_attach(NULL, "x", S, &sandbox, &error));
    REFUSES_BAD_TEXT("container", sandcell_sandbox_attach(client, p, n, &sandbox, &error));
    REFUSES("sandbox", sandcell_sandbox_attach(client, "x", S, NULL, &error));
    REFUSES("sandbox", sandcell_sandbox_leave_running(NULL, &id, &error));
    REFUSES("sandbox", sandcell_sandbox_stop(NULL, &error));
    CHECK(sandbox == UNTOUCHED && id == UNTOUCHED);
}

static void test_orphans(void)
{
    sandcell_orphans *orphans = UNTOUCHED;
    REFUSES("client", sandcell_client_orphans(NULL, "x", S, &orphans, &error));
    REFUSES_BAD_TEXT("home", sandcell_client_orphans(client, p, n, &orphans, &error));
    REFUSES("orphans", sandcell_client_orphans(client, "x", S, NULL, &error));
    REFUSES("client", sandcell_client_cleanup_orphaned_containers(NULL, "x", S, &orphans, &error));
    REFUSES_BAD_TEXT("home", sandcell_client_cleanup_orphaned_containers(client, p, n, &orphans, &error));
    REFUSES("orphans", sandcell_client_cleanup_orphaned_containers(client, "x", S, NULL, &error));
    CHECK(orphans == UNTOUCHED);
}

static void test_self_container(void)
{
    sandcell_self_container *own = UNTOUCHED;
    sandcell_string *path = UNTOUCHED;
    REFUSES("client", sandcell_client_self_container(NULL, &own, &error));
    REFUSES("container", sandcell_client_self_container(client, NULL, &error));
    REFUSES("client", sandcell_client_engine_path(NULL, "/", S, &path, &error));
    REFUSES("path", sandcell_client_engine_path(client, NULL, 1, &path, &error));
    REFUSES("path", sandcell_client_engine_path(client, "a\0b", 3, &path, &error));
    REFUSES("engine_path", sandcell_client_engine_path(client, "/", S, NULL, &error));
    CHECK(own == UNTOUCHED && path == UNTOUCHED);
}

int main(void)
{
    set_up();
    test_accessors_of_null();
    test_operations();
    test_handles();
    test_limited_handles();
    test_containers();
    test_sandboxes();
    test_orphans();
    test_self_container();
    tear_down();
    puts("misuse_container: good");
    return 0;
}
