/* English function words, as they are after folding. */
#ifndef ANAM_STOP_H
#define ANAM_STOP_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the folded, unstemmed token is a function word. Words that negate (no,
 * not, without, never, dont, cannot ...) never are: a medical query hangs on them. */
bool anam_is_stop_word(const char *token, size_t len);

#endif
