/* anamnesis info: what an index holds. */
#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/printer.h"
#include "cli/screen.h"

static const char help[] =
    "usage: anamnesis info [-i INDEX] [--json]\n"
    "\n"
    "Tells how many records and terms the index holds, its language and its size.\n"
    "\n"
    "  -i, --index INDEX   the index (default: $ANAMNESIS_INDEX, else\n"
    "                      ./anamnesis.index)\n"
    "      --json          one line of JSON\n"
    "  -h, --help          show this help\n";

enum { OPT_JSON = OPTION_LONG };

static const struct option long_options[] = {
    {"index", required_argument, NULL, 'i'},
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int show_info(const char *given, const struct printer *printer)
{
    anam_error err;
    anam_index *index;
    const char *place = options_index(given);
    if (anam_index_open(&index, place, &err))
        return fail_engine(&err, given);
    printer->info(printer, place, anam_index_get_info(index));
    anam_index_close(index);
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    const char *given = NULL;
    bool json = false;
    int option;
    while ((option = options_next(&command_info, argc, argv)) >= 0) {
        if (option == 'i')
            given = optarg;
        else
            json = true;
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
    return show_info(given, &printer);
}

const struct command command_info = {
    .name = "info",
    .summary = "tell what an index holds",
    .help = help,
    .letters = ":i:h",
    .options = long_options,
    .run = run,
};
