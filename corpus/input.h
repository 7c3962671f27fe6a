/* One input file or stdin as text: gzip undone, byte order mark dropped, line by
 * line or whole, with NUL and invalid UTF-8 replaced by U+FFFD before any parser
 * sees them. Memory stays bounded whatever the input expands to. */
#ifndef ANAM_CORPUS_INPUT_H
#define ANAM_CORPUS_INPUT_H

#include "base/alloc.h"
#include "base/stop.h"

#include <stdbool.h>
#include <stdint.h>

/* Longest line in bytes: the strings of a record and some syntax around them. */
#define ANAM_MAX_LINE (ANAM_MAX_RECORD + ((size_t)1 << 20))

struct anam_input; /* opaque */

/* A line with its newline, where it has one. Borrowed until the next call, and the
 * caller may change the bytes. */
struct anam_line {
    char *text; /* NULL at the end of the input */
    size_t len;
    uint64_t number; /* from 1 */
    bool repaired;   /* it was not valid UTF-8, and has other bytes than the file */
    bool too_long;   /* longer than ANAM_MAX_LINE: text is its beginning, the rest is passed over */
};

/* Opens `path`, or stdin for "-", and reads its first bytes. *bytes and *bad_utf8
 * are added to while reading: bytes of the file (compressed where it is), and
 * replacements made. `stop`, which may be NULL, is looked at whenever more is read, also after a
 * signal has come meanwhile. All three must outlive the input.
 * ANAM_STOPPED; ANAM_IO; ANAM_BAD_DATA for UTF-16, UTF-32 and damaged gzip; ANAM_NO_MEMORY. */
anam_status anam_input_open(struct anam_input **out, const char *path, uint64_t *bytes,
                            uint64_t *bad_utf8, const atomic_bool *stop, anam_error *err);
void anam_input_close(struct anam_input *in); /* NULL is fine */

/* What messages call it: the path, its end where it is very long, or "stdin". */
const char *anam_input_name(const struct anam_input *in);

enum { ANAM_INPUT_HEAD = 4096 };

/* The first bytes, not consumed: at least ANAM_INPUT_HEAD or all there are. They may hold
 * anything. Only before the first read. */
const char *anam_input_head(const struct anam_input *in, size_t *n);

/* The next line. ANAM_STOPPED, ANAM_IO, ANAM_BAD_DATA for damaged gzip, ANAM_NO_MEMORY. */
anam_status anam_input_line(struct anam_input *in, struct anam_line *line, anam_error *err);

/* All that is left, as one line that is too_long beyond ANAM_MAX_RECORD. The bytes
 * stay as they are without `repair`. Statuses as for anam_input_line. */
anam_status anam_input_rest(struct anam_input *in, bool repair, struct anam_line *all,
                            anam_error *err);

#endif
