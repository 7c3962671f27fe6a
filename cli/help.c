/* anamnesis help and anamnesis version: what the program can do, and which it is. */
#include "anamnesis.h"
#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"

#include <string.h>

static const char help_help[] = "usage: anamnesis help [COMMAND]\n"
                                "\n"
                                "Lists the commands, or tells the options of one.\n"
                                "\n"
                                "  -h, --help   show this help\n";

static const char version_help[] =
    "usage: anamnesis version\n"
    "\n"
    "Prints the version of the program, and of the library if it is another.\n"
    "\n"
    "  -h, --help   show this help\n";

static const struct option long_options[] = {
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int run_help(int argc, char **argv)
{
    int ended = options_next(&command_help, argc, argv);
    if (ended != OPTIONS_END)
        return options_exit_code(ended);
    if (argc - optind > 1)
        return options_wrong(&command_help, "unexpected word '%s'", argv[optind + 1]);
    if (argc == optind) {
        command_list();
        return EXIT_DONE;
    }
    const struct command *command = command_find(argv[optind]);
    if (!command)
        return EXIT_USAGE;
    out_string(command->help);
    return EXIT_DONE;
}

static int run_version(int argc, char **argv)
{
    int ended = options_next(&command_version, argc, argv);
    if (ended != OPTIONS_END)
        return options_exit_code(ended);
    if (optind < argc)
        return options_wrong(&command_version, "unexpected word '%s'", argv[optind]);
    out_string("anamnesis " ANAM_VERSION "\n");
    if (strcmp(anam_version(), ANAM_VERSION) != 0)
        out_format("libanamnesis %s\n", anam_version());
    return EXIT_DONE;
}

const struct command command_help = {
    .name = "help",
    .summary = "list the commands, or tell the options of one",
    .help = help_help,
    .letters = ":h",
    .options = long_options,
    .run = run_help,
};

const struct command command_version = {
    .name = "version",
    .summary = "print the version",
    .help = version_help,
    .letters = ":h",
    .options = long_options,
    .run = run_version,
};
