/* "Did you mean ...?" */
#ifndef ANAM_CLI_SUGGEST_H
#define ANAM_CLI_SUGGEST_H

#include <stddef.h>

/* The one of `names` (ended by NULL) that is nearest to `word`, if no more than two
 * typing mistakes away: a letter added, dropped, changed, or two neighbours
 * swapped. NULL where none is, or where hardly a letter of the word would be left. */
const char *suggest(const char *word, const char *const *names);

#endif
