/* The command line of a subcommand: options before or after words, `--` ends them,
 * -h and --help show the help. Every complaint is a line on stderr. */
#ifndef ANAM_CLI_OPTIONS_H
#define ANAM_CLI_OPTIONS_H

#include "cli/command.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    OPTIONS_END = -1,   /* words begin at argv[optind] */
    OPTIONS_HELP = -2,  /* help was shown: the command is done */
    OPTIONS_WRONG = -3, /* a usage error was reported */
    OPTION_LONG = 256   /* values of options without a letter start here */
};

/* The next option, its value in optarg, or one of the above. */
int options_next(const struct command *command, int argc, char **argv);

/* The exit code where options ended with OPTIONS_HELP or OPTIONS_WRONG. */
int options_exit_code(int ended);

/* Reports a usage error, "COMMAND: ..." with where to find help; returns EXIT_USAGE. */
int options_wrong(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Standard input can be read once: true where at most one of these is "-"; NULL is none. Else
 * reports a usage error. */
bool options_one_stdin(const struct command *command, const char *const *files, size_t n);

/* These parse optarg, given for the option `name` ("-n"), and report what is wrong;
 * bounds are inclusive. */
bool options_count(const struct command *command, const char *name, const char *text, size_t min,
                   size_t max, size_t *out);
bool options_number(const struct command *command, const char *name, const char *text, double max,
                    double *out); /* from 0 */
bool options_positive(const struct command *command, const char *name, const char *text, double max,
                      double *out); /* above 0 */
bool options_numbers(const struct command *command, const char *name, const char *text, double max,
                     double *out, size_t n); /* n of them, separated by commas */
bool options_bytes(const struct command *command, const char *name, const char *text, size_t min,
                   size_t *out); /* 512M, 2G: powers of 1024 */
/* text is one of `names`, ended by NULL; *out is where. */
bool options_choice(const struct command *command, const char *name, const char *text,
                    const char *const *names, size_t *out);

#endif
