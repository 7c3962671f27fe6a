/* "Did you mean ...?" */
#ifndef ANAM_NEAREST_H
#define ANAM_NEAREST_H

#include <stddef.h>

/* {word, n} is ready. */
struct anam_nearest {
    const char *word; /* the caller's, n bytes */
    size_t n;
    const char *name; /* what was nearest of all that were tried, the first of equals; NULL: nothing
                         was near */
    size_t mistakes;  /* that were made, if it was meant */
};

/* Tries a name, the caller's, which may be kept. It is near if it is no more than two typing
 * mistakes away: a letter added, dropped, changed, or two neighbours swapped, upper case of ASCII
 * aside; and if some letter of both is left then. What is longer than 32 bytes is near to nothing.
 */
void anam_nearest_try(struct anam_nearest *nearest, const char *name);

#endif
