/* A second file that includes the header, twice, beside header_main.c. */
#include <sandock.h>
#include <sandock.h>

const char *version_of_other(void);

const char *version_of_other(void)
{
    return sandock_version();
}
