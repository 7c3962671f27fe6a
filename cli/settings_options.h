/* The ranking settings of a command line: those of the index, over them a file given
 * with --settings, over them --k1, --b, --weights and --scorer. */
#ifndef ANAM_CLI_SETTINGS_OPTIONS_H
#define ANAM_CLI_SETTINGS_OPTIONS_H

#include "cli/command.h"

#include "anamnesis.h"

#include <stdbool.h>

/* Long options; out of the way of a command's own, which begin with OPTION_LONG. */
enum { OPT_SETTINGS = 512, OPT_K1, OPT_B, OPT_WEIGHTS, OPT_SCORER };

/* clang-format off */
#define SETTINGS_LONG_OPTIONS \
    {"settings", required_argument, NULL, OPT_SETTINGS}, {"k1", required_argument, NULL, OPT_K1}, \
    {"b", required_argument, NULL, OPT_B}, {"weights", required_argument, NULL, OPT_WEIGHTS}, \
    {"scorer", required_argument, NULL, OPT_SCORER}

#define SETTINGS_HELP \
    "      --settings FILE rank with the settings of this JSON file (see tune)\n" \
    "      --k1 X          BM25: how soon repeated words stop to count more\n" \
    "      --b X           BM25: how much long texts are marked down, 0 to 1\n" \
    "      --weights Q,A   weights of the fields question and answer\n" \
    "      --scorer NAME   bm25 or bm25-xapian, weighing rarity as Xapian does\n" \
    "                      (without these: the settings of the index)\n"
/* clang-format on */

struct settings_options {
    const char *file;
    bool has_k1, has_b, has_weights, has_scorer;
    anam_settings given;
};

/* Takes an option of the above. False where it is another, or its value is wrong, which
 * was reported. */
bool settings_option(struct settings_options *o, const struct command *self, int option);

/* The settings to rank with in *out; an exit code, 0 where all is well. */
int settings_resolve(const struct settings_options *o, const anam_index *index, anam_settings *out);

#endif
