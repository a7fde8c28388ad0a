/* Images and volumes. */
#include "misuse.h"

static void test_accessors_of_no_volume(void)
{
    size_t len = 7;
    check_empty(sandcell_volume_name(NULL, &len), &len);
    check_empty(sandcell_volume_mountpoint(NULL, &len), &len);
    CHECK(strcmp(sandcell_volume_mountpoint(NULL, NULL), "") == 0);
    check_empty(sandcell_volume_driver(NULL, &len), &len);
    check_empty(sandcell_volume_created_at(NULL, &len), &len);
    CHECK(sandcell_volume_label_count(NULL) == 0);
    check_empty(sandcell_volume_label_key(NULL, 0, &len), &len);
    check_empty(sandcell_volume_label_value(NULL, 0, &len), &len);
    CHECK(sandcell_volumes_len(NULL) == 0);
    CHECK(sandcell_volumes_get(NULL, 0) == NULL);
}

/* No engine is reached, so that nothing is read or written. */
static bool read_nothing(void *ctx, void *buf, size_t cap, size_t *count)
{
    (void)ctx, (void)buf, (void)cap, (void)count;
    exit(1);
}

static void test_images(void)
{
    sandcell_image_info *info = UNTOUCHED;
    sandcell_strings *names = UNTOUCHED;
    sandcell_pull_options *pull = sandcell_pull_options_new();
    REFUSES("options", sandcell_pull_options_set_platform(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("platform", sandcell_pull_options_set_platform(pull, p, n, &error));
    REFUSES("options", sandcell_pull_options_set_credentials_password(NULL, "x", S, "x", S, &error));
    REFUSES_BAD_TEXT("username", sandcell_pull_options_set_credentials_password(pull, p, n, "x", S, &error));
    REFUSES_BAD_TEXT("password", sandcell_pull_options_set_credentials_password(pull, "x", S, p, n, &error));
    REFUSES("options", sandcell_pull_options_set_credentials_identity_token(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("token", sandcell_pull_options_set_credentials_identity_token(pull, p, n, &error));
    REFUSES("options", sandcell_pull_options_set_progress(NULL, NULL, NULL, &error));
    OK(sandcell_pull_options_set_progress(pull, NULL, NULL, &error));

    REFUSES("client", sandcell_client_inspect_image(NULL, "x", S, &info, &error));
    REFUSES_BAD_TEXT("image", sandcell_client_inspect_image(client, p, n, &info, &error));
    REFUSES("info", sandcell_client_inspect_image(client, "x", S, NULL, &error));
    REFUSES("client", sandcell_client_pull_image(NULL, "x", S, pull, &error));
    REFUSES_BAD_TEXT("image", sandcell_client_pull_image(client, p, n, pull, &error));
    REFUSES("client", sandcell_client_ensure_image(NULL, "x", S, pull, &error));
    REFUSES_BAD_TEXT("image", sandcell_client_ensure_image(client, p, n, pull, &error));
    REFUSES("client", sandcell_client_load_image(NULL, read_nothing, NULL, &names, &error));
    REFUSES("read", sandcell_client_load_image(client, NULL, NULL, &names, &error));
    REFUSES("names", sandcell_client_load_image(client, read_nothing, NULL, NULL, &error));
    REFUSES("client", sandcell_client_import_image(NULL, "x", S, read_nothing, NULL, &info, &error));
    REFUSES_BAD_TEXT("image", sandcell_client_import_image(client, p, n, read_nothing, NULL, &info, &error));
    REFUSES("read", sandcell_client_import_image(client, "x", S, NULL, NULL, &info, &error));
    REFUSES("info", sandcell_client_import_image(client, "x", S, read_nothing, NULL, NULL, &error));
    REFUSES("client", sandcell_client_remove_image(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("image", sandcell_client_remove_image(client, p, n, &error));
    REFUSES("image", sandcell_client_remove_image(client, "../x", S, &error));
    CHECK(info == UNTOUCHED && names == UNTOUCHED);

    OK(sandcell_pull_options_set_platform(pull, "/", S, &error));
    REFUSES("platform", sandcell_client_pull_image(client, "x", S, pull, &error));
    REFUSES("platform", sandcell_client_ensure_image(client, "x", S, pull, &error));
    sandcell_pull_options_free(pull);

    CHECK(sandcell_strings_len(NULL) == 0 && *sandcell_strings_get(NULL, 0, NULL) == 0);
    CHECK(*sandcell_image_info_id(NULL, NULL) == 0 && sandcell_image_info_size(NULL) == 0);
    CHECK(*sandcell_image_info_user(NULL, NULL) == 0 && *sandcell_image_info_os(NULL, NULL) == 0);
    CHECK(*sandcell_image_info_working_dir(NULL, NULL) == 0);
    CHECK(*sandcell_image_info_architecture(NULL, NULL) == 0 && *sandcell_image_info_variant(NULL, NULL) == 0);
    CHECK(sandcell_image_info_tag_count(NULL) == 0 && *sandcell_image_info_tag(NULL, 0, NULL) == 0);
    CHECK(sandcell_image_info_digest_count(NULL) == 0 && *sandcell_image_info_digest(NULL, 0, NULL) == 0);
    CHECK(sandcell_image_info_label_count(NULL) == 0 && *sandcell_image_info_label_key(NULL, 0, NULL) == 0);
    CHECK(*sandcell_image_info_label_value(NULL, 0, NULL) == 0);
    CHECK(sandcell_image_info_env_count(NULL) == 0 && *sandcell_image_info_env(NULL, 0, NULL) == 0);
}

static void test_volumes(void)
{
    sandcell_volume_options *options = UNTOUCHED;
    sandcell_volume *volume = UNTOUCHED;
    REFUSES_BAD_TEXT("name", sandcell_volume_options_new(p, n, &options, &error));
    REFUSES("options", sandcell_volume_options_new("x", S, NULL, &error));
    CHECK(options == UNTOUCHED);
    OK(sandcell_volume_options_new("", 0, &options, &error));
    REFUSES("options", sandcell_volume_options_add_label(NULL, "a", S, "b", S, &error));
    REFUSES_BAD_TEXT("key", sandcell_volume_options_add_label(options, p, n, "b", S, &error));
    REFUSES_BAD_TEXT("value", sandcell_volume_options_add_label(options, "a", S, p, n, &error));
    REFUSES("client", sandcell_client_create_volume(NULL, options, &volume, &error));
    REFUSES("options", sandcell_client_create_volume(client, NULL, &volume, &error));
    REFUSES("volume", sandcell_client_create_volume(client, options, NULL, &error));
    REFUSES("name", sandcell_client_create_volume(client, options, &volume, &error));
    REFUSES("client", sandcell_client_inspect_volume(NULL, "x", S, &volume, &error));
    REFUSES_BAD_TEXT("name", sandcell_client_inspect_volume(client, p, n, &volume, &error));
    REFUSES("volume", sandcell_client_inspect_volume(client, "x", S, NULL, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND, sandcell_client_inspect_volume(client, "x", S, &volume, &error));
    REFUSES("client", sandcell_client_remove_volume(NULL, "x", S, &error));
    REFUSES_BAD_TEXT("name", sandcell_client_remove_volume(client, p, n, &error));
    CHECK(volume == UNTOUCHED);
    sandcell_volume_options_free(options);
}

static void test_volume_lists(void)
{
    sandcell_volume_filter *filter = sandcell_volume_filter_new();
    sandcell_volumes *volumes = UNTOUCHED;
    REFUSES("filter", sandcell_volume_filter_add_label(NULL, "a", S, "b", S, &error));
    REFUSES_BAD_TEXT("key", sandcell_volume_filter_add_label(filter, p, n, "b", S, &error));
    REFUSES_BAD_TEXT("value", sandcell_volume_filter_add_label(filter, "a", S, p, n, &error));
    REFUSES("filter", sandcell_volume_filter_add_label_key(NULL, "a", S, &error));
    REFUSES_BAD_TEXT("key", sandcell_volume_filter_add_label_key(filter, p, n, &error));
    REFUSES("client", sandcell_client_list_volumes(NULL, filter, &volumes, &error));
    REFUSES("volumes", sandcell_client_list_volumes(client, filter, NULL, &error));
    FAILS(SANDCELL_ERR_ENGINE_NOT_FOUND, sandcell_client_list_volumes(client, NULL, &volumes, &error));
    CHECK(volumes == UNTOUCHED);
    sandcell_volume_filter_free(filter);
}

int main(void)
{
    set_up();
    test_accessors_of_no_volume();
    test_images();
    test_volumes();
    test_volume_lists();
    tear_down();
    puts("misuse_image: good");
    return 0;
}
