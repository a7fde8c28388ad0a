/* The version: as text and as a number, of the header and of the library. */
#include "check.h"

#if SANDCELL_VERSION_NUMBER != SANDCELL_VERSION_MAJOR * 1000000 + SANDCELL_VERSION_MINOR * 1000 + SANDCELL_VERSION_PATCH
#error "the preprocessor cannot compare SANDCELL_VERSION_NUMBER"
#endif

int main(void)
{
    char text[64];
    uint32_t number = sandcell_version_number();
    CHECK(number == SANDCELL_VERSION_NUMBER);
    snprintf(text, sizeof text, "%u.%u.%u", (unsigned)(number / 1000000), (unsigned)(number / 1000 % 1000),
             (unsigned)(number % 1000));
    CHECK(strcmp(sandcell_version(), text) == 0);
    return 0;
}
