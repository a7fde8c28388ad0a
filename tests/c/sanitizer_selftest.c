/* What memcheck and the sanitizers must find; sanitizer_selftest.sh says how they name it. */
#include "check.h"

#include <fcntl.h>
#include <limits.h>

static char first_of_message_after_free(void)
{
    sandcell_error *error;
    sandcell_client *client;
    CHECK(sandcell_client_builder_build(NULL, &client, &error) != SANDCELL_OK);
    const char *message = sandcell_error_message(error, NULL);
    sandcell_error_free(error);
    return message[0];
}

int main(int argc, char **argv)
{
    const char *flaw = argc == 2 ? argv[1] : "";
    if (strcmp(flaw, "leak") == 0)
        printf("%d\n", sandcell_exec_options_new() != NULL);
    else if (strcmp(flaw, "use-after-free") == 0)
        printf("%d\n", first_of_message_after_free());
    else if (strcmp(flaw, "descriptor") == 0)
        printf("%d\n", open("/dev/null", O_RDONLY));
    else if (strcmp(flaw, "overflow") == 0)
        printf("%d\n", INT_MAX - 1 + argc);
    else
        return 0; /* sanitizer_selftest.sh takes it for a failure */
    return 0;
}
