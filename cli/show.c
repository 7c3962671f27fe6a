/* anamnesis show: whole records by id. */
#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/place.h"
#include "cli/printer.h"
#include "cli/screen.h"

#include <stdlib.h>

static const char help[] =
    "usage: anamnesis show [-i INDEX] [--json] [--color WHEN] ID...\n"
    "\n"
    "Shows the records with these ids in full. An id that is not in the index is\n"
    "reported, the others are shown, and the exit status is 1.\n"
    "\n" PLACE_HELP "      --json          one line of JSON for each record\n"
    "      --color WHEN    auto (default), always or never\n" TIMEOUT_HELP PARTIAL_HELP
    "  -h, --help          show this help\n";

enum { OPT_JSON = OPTION_LONG, OPT_COLOR };

static const struct option long_options[] = {
    PLACE_LONG_OPTIONS,
    PARTIAL_LONG_OPTION,
    {"json", no_argument, NULL, OPT_JSON},
    {"color", required_argument, NULL, OPT_COLOR},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct show {
    struct place place;
    bool json;
    size_t colour; /* enum screen_when */
    struct printer printer;
    const anam_index *index;
    anam_searcher *searcher;
    bool shown;    /* a record: the next is set off from it */
    char *missing; /* as it was told last, see place_tell_missing */
};

static bool set_option(struct show *show, int option)
{
    static const char *const whens[] = {"auto", "always", "never", NULL};
    const struct command *self = &command_show;
    switch (option) {
    case OPT_JSON:
        return show->json = true;
    case OPT_COLOR:
        return options_choice(self, "--color", optarg, whens, &show->colour);
    default:
        return place_option(&show->place, self, option);
    }
}

static int parse(struct show *show, int argc, char **argv)
{
    int option;
    while ((option = options_next(&command_show, argc, argv)) >= 0) {
        if (!set_option(show, option))
            return OPTIONS_WRONG;
    }
    if (option == OPTIONS_END && optind == argc) {
        options_wrong(&command_show, "which record? an ID is missing");
        return OPTIONS_WRONG;
    }
    return option;
}

/* A server that is down may have this record, but not the next. */
static int fail_get(const struct show *show, const anam_error *err)
{
    int code = place_fail(&show->place, &command_show, err);
    return err->code == ANAM_REMOTE && show->place.options.partial ? EXIT_FAILED : code;
}

static int show_id(struct show *show, const char *id)
{
    anam_error err;
    anam_results *results;
    if (anam_get(show->searcher, id, &results, &err))
        return fail_get(show, &err);
    if (!show->json)
        place_tell_missing(show->index, results, &show->missing);
    if (show->shown && !show->json)
        out_string("\n----\n\n");
    show->printer.record(&show->printer, results);
    show->shown = true;
    anam_results_free(results);
    return EXIT_DONE;
}

static int show_all(struct show *show, char **ids, int n)
{
    int code = EXIT_DONE;
    for (int i = 0; i < n && !out_failed(); i++) {
        int one = show_id(show, ids[i]);
        if (one > EXIT_FAILED)
            return one;
        if (one != EXIT_DONE)
            code = one;
    }
    return code;
}

static int run(int argc, char **argv)
{
    struct show show = {.place = PLACE_INIT, .colour = SCREEN_AUTO};
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
    anam_status status = place_open(&index, &show.place, &err);
    if (!status)
        status = anam_searcher_new(&show.searcher, index, &err);
    show.index = index;
    int code = status ? place_fail(&show.place, &command_show, &err)
                      : show_all(&show, argv + optind, argc - optind);
    free(show.missing);
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
