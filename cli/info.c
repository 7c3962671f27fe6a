/* anamnesis info: what an index holds. */
#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/place.h"
#include "cli/printer.h"
#include "cli/screen.h"

static const char help[] =
    "usage: anamnesis info [-i INDEX] [--json]\n"
    "\n"
    "Tells how many records and terms the index holds, its language and its size.\n"
    "\n" PLACE_HELP "      --json          one line of JSON\n" TIMEOUT_HELP PARTIAL_HELP
    "  -h, --help          show this help\n";

enum { OPT_JSON = OPTION_LONG };

static const struct option long_options[] = {
    PLACE_LONG_OPTIONS,
    PARTIAL_LONG_OPTION,
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int show_info(const struct place *place, const struct printer *printer)
{
    anam_error err;
    anam_index *index;
    if (place_open(&index, place, &err))
        return place_fail(place, &command_info, &err);
    printer->info(printer, place_uri(place), anam_index_get_info(index));
    anam_index_close(index);
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    struct place place = PLACE_INIT;
    bool json = false;
    int option;
    while ((option = options_next(&command_info, argc, argv)) >= 0) {
        if (option == OPT_JSON)
            json = true;
        else if (!place_option(&place, &command_info, option))
            return EXIT_USAGE;
    }
    if (option != OPTIONS_END)
        return options_exit_code(option);
    if (optind < argc)
        return options_wrong(&command_info, "unexpected word '%s'", argv[optind]);
    struct printer printer;
    if (json)
        printer_json_init(&printer);
    else
        printer_text_init(&printer);
    printer.colour = screen_colour(SCREEN_AUTO);
    return show_info(&place, &printer);
}

const struct command command_info = {
    .name = "info",
    .summary = "tell what an index holds",
    .help = help,
    .letters = ":i:h",
    .options = long_options,
    .run = run,
};
