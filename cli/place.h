/* Where the index is, on a command line: -i, and for an index that servers hold
 * --timeout and --partial. And what is to be said of an index at such a place. */
#ifndef ANAM_CLI_PLACE_H
#define ANAM_CLI_PLACE_H

#include "cli/command.h"

#include "anamnesis.h"

#include <stdbool.h>

/* Long options; out of the way of a command's own, which begin with OPTION_LONG. */
enum { OPT_TIMEOUT = 768, OPT_PARTIAL };

/* What every command that reads an index takes, and what those take besides for which
 * a part of the index is of use. The letter is "i:". */
/* clang-format off */
#define PLACE_LONG_OPTIONS \
    {"index", required_argument, NULL, 'i'}, {"timeout", required_argument, NULL, OPT_TIMEOUT}
#define PARTIAL_LONG_OPTION {"partial", no_argument, NULL, OPT_PARTIAL}

#define PLACE_HELP \
    "  -i, --index INDEX   the index: PATH, xapian:PATH or xapian+tcp://HOST:PORT,...\n" \
    "                      (default: $ANAMNESIS_INDEX, else ./anamnesis.index)\n"
#define TIMEOUT_HELP \
    "      --timeout S     seconds to wait for each answer of a server (default 5)\n"
#define PARTIAL_HELP \
    "      --partial       go on without servers that do not answer\n"
/* clang-format on */

struct place {
    const char *given; /* with -i, or NULL */
    anam_open_options options;
};

/* clang-format off */
#define PLACE_INIT { NULL, ANAM_OPEN_OPTIONS_INIT }
/* clang-format on */

/* Takes an option of the above. False where it is another, or its value is wrong, which
 * was reported. */
bool place_option(struct place *place, const struct command *self, int option);

/* The index: given with -i, else $ANAMNESIS_INDEX, else ./anamnesis.index. Borrowed. */
const char *place_uri(const struct place *place);

/* As anam_index_open. */
anam_status place_open(anam_index **out, const struct place *place, anam_error *err);

/* Says what went wrong with the index, with a hint that fits; returns the exit code. */
int place_fail(const struct place *place, const struct command *self, const anam_error *err);

/* Says which shards of the index these results lack. Nothing is said where none are, and
 * with `told` nothing where the last call said the same: *told, NULL at first, is what
 * it said, to be freed in the end. */
void place_tell_missing(const anam_index *index, const anam_results *results, char **told);

#endif
