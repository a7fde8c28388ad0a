/* One of two files of a program that include the header. */
#include "check.h"

const char *version_of_other(void);

int main(void)
{
    CHECK(strcmp(version_of_other(), sandcell_version()) == 0);
    return 0;
}
