/* A second file that includes the header, twice, beside header_main.c. */
#include <sandcell.h>

const char *version_of_other(void);

const char *version_of_other(void)
{
    return sandcell_version();
}
