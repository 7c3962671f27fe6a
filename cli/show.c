/* anamnesis show: whole records by id. */
#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/printer.h"
#include "cli/screen.h"

static const char help[] =
    "usage: anamnesis show [-i INDEX] [--json] [--color WHEN] ID...\n"
    "\n"
    "Shows the records with these ids in full. An id that is not in the index is\n"
    "reported, the others are shown, and the exit status is 1.\n"
    "\n"
    "  -i, --index INDEX   the index (default: $ANAMNESIS_INDEX, else\n"
    "                      ./anamnesis.index)\n"
    "      --json          one line of JSON for each record\n"
    "      --color WHEN    auto (default), always or never\n"
    "  -h, --help          show this help\n";

enum { OPT_JSON = OPTION_LONG, OPT_COLOR };

static const struct option long_options[] = {
    {"index", required_argument, NULL, 'i'},
    {"json", no_argument, NULL, OPT_JSON},
    {"color", required_argument, NULL, OPT_COLOR},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct show {
    const char *index_given;
    bool json;
    size_t colour; /* enum screen_when */
    struct printer printer;
    anam_searcher *searcher;
};

static int parse(struct show *show, int argc, char **argv)
{
    static const char *const whens[] = {"auto", "always", "never", NULL};
    int option;
    while ((option = options_next(&command_show, argc, argv)) >= 0) {
        if (option == 'i')
            show->index_given = optarg;
        else if (option == OPT_JSON)
            show->json = true;
        else if (!options_choice(&command_show, "--color", optarg, whens, &show->colour))
            return OPTIONS_WRONG;
    }
    if (option == OPTIONS_END && optind == argc) {
        options_wrong(&command_show, "which record? an ID is missing");
        return OPTIONS_WRONG;
    }
    return option;
}

/* Shows one record. `shown` tells whether another came before it. */
static int show_id(const struct show *show, const char *id, bool *shown)
{
    anam_error err;
    anam_results *results;
    if (anam_get(show->searcher, id, &results, &err))
        return fail_engine(&err, show->index_given);
    if (*shown && !show->json)
        out_string("\n----\n\n");
    show->printer.record(&show->printer, anam_results_hit(results, 0)->record);
    *shown = true;
    anam_results_free(results);
    return EXIT_DONE;
}

static int show_all(const struct show *show, char **ids, int n)
{
    int code = EXIT_DONE;
    bool shown = false;
    for (int i = 0; i < n && !out_failed(); i++) {
        int one = show_id(show, ids[i], &shown);
        if (one > EXIT_FAILED)
            return one;
        if (one != EXIT_DONE)
            code = one;
    }
    return code;
}

static int run(int argc, char **argv)
{
    struct show show = {.colour = SCREEN_AUTO};
    int ended = parse(&show, argc, argv);
    if (ended != OPTIONS_END)
        return options_exit_code(ended);
    if (show.json)
        printer_json_init(&show.printer);
    else
        printer_text_init(&show.printer);
    show.printer.colour = screen_colour((enum screen_when)show.colour);

    anam_error err;
    anam_index *index = NULL;
    anam_status status = anam_index_open(&index, options_index(show.index_given), &err);
    if (!status)
        status = anam_searcher_new(&show.searcher, index, &err);
    int code = status ? fail_engine(&err, show.index_given)
                      : show_all(&show, argv + optind, argc - optind);
    anam_searcher_free(show.searcher);
    anam_index_close(index);
    return code;
}

const struct command command_show = {
    .name = "show",
    .summary = "show whole records by their ids",
    .help = help,
    .letters = ":i:h",
    .options = long_options,
    .run = run,
};
