/* "Did you mean ...?" */
#ifndef ANAM_CLI_SUGGEST_H
#define ANAM_CLI_SUGGEST_H

#include <stddef.h>

/* The one of `names` (ended by NULL) that is nearest to `word`; NULL where none is near:
 * eval/nearest.h. */
const char *suggest(const char *word, const char *const *names);

#endif
