/* A subcommand of the program: one file each, one line in the table of main.c. */
#ifndef ANAM_CLI_COMMAND_H
#define ANAM_CLI_COMMAND_H

#include <getopt.h>

struct command {
    const char *name;
    const char *summary;               /* one line, for the list of commands */
    const char *help;                  /* usage and options, as `anamnesis help NAME` shows it */
    const char *letters;               /* short options as getopt(3) wants them, ':' first */
    const struct option *options;      /* long options, ended by a zero entry */
    int (*run)(int argc, char **argv); /* argv[0] is the name; returns the exit code */
};

extern const struct command command_index;
extern const struct command command_search;
extern const struct command command_show;
extern const struct command command_info;
extern const struct command command_check;
extern const struct command command_batch;
extern const struct command command_eval;
extern const struct command command_tune;
extern const struct command command_settings;
extern const struct command command_help;
extern const struct command command_version;

/* The table, ended by NULL, in the order of the help text. */
const struct command *const *command_table(void);

/* The command of that name. Where there is none, says so on stderr, with the name
 * that was probably meant, and returns NULL. */
const struct command *command_find(const char *name);

/* The summary of the whole program, as `anamnesis help` shows it, on stdout. */
void command_list(void);

#endif
