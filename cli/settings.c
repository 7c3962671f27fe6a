/* anamnesis settings: how an index ranks; shown, or stored from a file. */
#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "eval/tunable.h"

static const char help[] =
    "usage: anamnesis settings [-i INDEX] [FILE|-]\n"
    "\n"
    "Shows the ranking settings of the index as a JSON object. With FILE, such an\n"
    "object, stores them in the index: every search uses them from then on, and\n"
    "indexing again keeps them. Settings that FILE does not name stay.\n"
    "\n"
    "  -i, --index INDEX   the index (default: $ANAMNESIS_INDEX, else\n"
    "                      ./anamnesis.index)\n"
    "  -h, --help          show this help\n";

static const struct option long_options[] = {
    {"index", required_argument, NULL, 'i'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int fail_file(const anam_error *err)
{
    message("%s", err->msg);
    return exit_code(err->code);
}

static int show_or_store(const char *given, const char *file)
{
    anam_error err;
    anam_index *index;
    const char *place = options_index(given);
    if (anam_index_open(&index, place, &err))
        return fail_engine(&err, given);
    anam_settings settings = anam_index_get_info(index)->settings;
    anam_index_close(index);
    if (!file)
        return anam_settings_write(&settings, "-", &err) ? fail_file(&err) : EXIT_DONE;
    if (anam_settings_read(&settings, file, &err))
        return fail_file(&err);
    if (anam_settings_store(place, &settings, &err))
        return fail_engine(&err, given);
    note("stored in %s", place);
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    const char *given = NULL;
    int option;
    while ((option = options_next(&command_settings, argc, argv)) >= 0)
        if (option == 'i')
            given = optarg;
    if (option != OPTIONS_END)
        return options_exit_code(option);
    if (argc - optind > 1)
        return options_wrong(&command_settings, "name one file of settings, or none");
    return show_or_store(given, argv[optind]);
}

const struct command command_settings = {
    .name = "settings",
    .summary = "show or store how an index ranks",
    .help = help,
    .letters = ":hi:",
    .options = long_options,
    .run = run,
};
