/* anamnesis settings: how an index ranks; shown, or stored from a file. */
#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/place.h"
#include "eval/tunable.h"

static const char help[] =
    "usage: anamnesis settings [-i INDEX] [FILE|-]\n"
    "\n"
    "Shows the ranking settings of the index as a JSON object. With FILE, such an\n"
    "object, stores them in the index: every search uses them from then on, and\n"
    "indexing again keeps them. Settings that FILE does not name stay.\n"
    "\n" PLACE_HELP TIMEOUT_HELP "  -h, --help          show this help\n";

static const struct option long_options[] = {
    PLACE_LONG_OPTIONS,
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int show_or_store(const struct place *place, const char *file)
{
    anam_error err;
    anam_index *index;
    if (place_open(&index, place, &err))
        return place_fail(place, &command_settings, &err);
    anam_settings settings = anam_index_get_info(index)->settings;
    anam_index_close(index);
    if (!file)
        return anam_settings_write(&settings, "-", &err) ? fail_with(&err) : EXIT_DONE;
    if (anam_settings_read(&settings, file, &err))
        return fail_with(&err);
    if (anam_settings_store(place_uri(place), &settings, &err))
        return place_fail(place, &command_settings, &err);
    note("stored in %s", place_uri(place));
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    struct place place = PLACE_INIT;
    int option;
    while ((option = options_next(&command_settings, argc, argv)) >= 0)
        if (!place_option(&place, &command_settings, option))
            return EXIT_USAGE;
    if (option != OPTIONS_END)
        return options_exit_code(option);
    if (argc - optind > 1)
        return options_wrong(&command_settings, "name one file of settings, or none");
    return show_or_store(&place, argv[optind]);
}

const struct command command_settings = {
    .name = "settings",
    .summary = "show or store how an index ranks",
    .help = help,
    .letters = ":hi:",
    .options = long_options,
    .run = run,
};
