/* The log: who takes it, how much of it, and for how long. */
#include "check.h"

static sandcell_error *error;

struct taken {
    int count;
    sandcell_log_level level;
    char target[64], message[256];
    bool is_reentrant;
};

static void take(void *ctx, sandcell_log_level level, const char *target, size_t target_len, const char *message,
                 size_t message_len)
{
    struct taken *taken = ctx;
    CHECK(strlen(target) == target_len && strlen(message) == message_len);
    CHECK(target_len < sizeof taken->target && message_len < sizeof taken->message);
    taken->count++;
    taken->level = level;
    strcpy(taken->target, target);
    strcpy(taken->message, message);
    if (taken->is_reentrant) {
        sandcell_client *client = NULL;
        sandcell_error *inner = NULL;
        CHECK(sandcell_client_from_env(&client, &inner) == SANDCELL_OK);
        sandcell_client_free(client);
        CHECK(sandcell_log_set_callback(SANDCELL_LOG_INFO, NULL, NULL, &inner) == SANDCELL_ERR_CONFLICT);
        sandcell_error_free(inner);
    }
}

/* Makes one record, a warning. */
static void warn(void)
{
    sandcell_client *client = NULL;
    OK(sandcell_client_from_env(&client, &error));
    sandcell_client_free(client);
}

int main(void)
{
    struct taken first = {0}, second = {0};
    CHECK(setenv("DOCKER_CONTEXT", "somewhere", 1) == 0);
    CHECK(unsetenv("DOCKER_CERT_PATH") == 0 && unsetenv("DOCKER_TLS_VERIFY") == 0);
    warn(); /* to nobody */

    OK(sandcell_log_set_callback(SANDCELL_LOG_WARN, take, &first, &error));
    warn();
    CHECK(first.count == 1 && first.level == SANDCELL_LOG_WARN);
    CHECK(strstr(first.target, "sandcell") == first.target);
    CHECK(strstr(first.message, "DOCKER_CONTEXT") != NULL);

    OK(sandcell_log_set_callback(SANDCELL_LOG_ERROR, take, &first, &error));
    warn();
    CHECK(first.count == 1);

    OK(sandcell_log_set_callback(SANDCELL_LOG_DEBUG, take, &second, &error));
    warn();
    CHECK(first.count == 1 && second.count == 1);

    /* What the callback makes the library do is not logged, or there would be no end. */
    second.is_reentrant = true;
    warn();
    CHECK(second.count == 2);

    for (sandcell_log_level bad = -1; bad < 8; bad++) {
        if (bad < SANDCELL_LOG_ERROR || bad > SANDCELL_LOG_TRACE)
            REFUSES("level", sandcell_log_set_callback(bad, take, &first, &error));
    }
    warn();
    CHECK(first.count == 1 && second.count == 3);

    OK(sandcell_log_set_callback(SANDCELL_LOG_TRACE, NULL, NULL, &error));
    warn();
    CHECK(first.count == 1 && second.count == 3);
    return 0;
}
