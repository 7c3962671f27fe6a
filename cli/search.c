/* anamnesis search: the closest prior questions, with their answers. */
#include "cli/command.h"
#include "cli/human.h"
#include "cli/lines.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/place.h"
#include "cli/printer.h"
#include "cli/screen.h"
#include "cli/settings_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "usage: anamnesis search [-i INDEX] [-n N] [--json] [--explain] [--color WHEN]\n"
    "                        [--settings FILE] [QUERY...]\n"
    "\n"
    "Shows the records closest to the words of QUERY, best first. Any text is a\n"
    "query: there is no syntax. Without QUERY, or where it is just '-', every line\n"
    "of standard input is a query.\n"
    "\n" PLACE_HELP "  -n, --hits N        show at most N records (default 10)\n"
    "      --json          one line of JSON for each query\n"
    "      --explain       show what each term added to each score\n"
    "      --color WHEN    auto (default), always or never\n" SETTINGS_HELP TIMEOUT_HELP
        PARTIAL_HELP "  -h, --help          show this help\n"
    "\n"
    "Words that begin with a dash come after '--':\n"
    "  anamnesis search -- -5 dioptres\n";

enum {
    OPT_JSON = OPTION_LONG,
    OPT_EXPLAIN,
    OPT_COLOR,
};

static const struct option long_options[] = {
    PLACE_LONG_OPTIONS,
    PARTIAL_LONG_OPTION,
    {"hits", required_argument, NULL, 'n'},
    {"json", no_argument, NULL, OPT_JSON},
    {"explain", no_argument, NULL, OPT_EXPLAIN},
    {"color", required_argument, NULL, OPT_COLOR},
    SETTINGS_LONG_OPTIONS,
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct search {
    struct place place;
    struct settings_options settings_given;
    anam_settings settings;
    anam_search_options options;
    bool json;
    bool explain;
    size_t colour; /* enum screen_when */
    struct printer printer;
    const anam_index *index;
    anam_searcher *searcher;
};

static bool set_option(struct search *search, int option)
{
    static const char *const whens[] = {"auto", "always", "never", NULL};
    const struct command *self = &command_search;
    anam_search_options *o = &search->options;
    switch (option) {
    case 'n':
        return options_count(self, "-n", optarg, 1, ANAM_MAX_HITS, &o->k);
    case OPT_JSON:
        return search->json = true;
    case OPT_EXPLAIN:
        return search->explain = true;
    case OPT_COLOR:
        return options_choice(self, "--color", optarg, whens, &search->colour);
    default:
        return place_option(&search->place, self, option) ||
               settings_option(&search->settings_given, self, option);
    }
}

static int parse(struct search *search, int argc, char **argv)
{
    int option;
    while ((option = options_next(&command_search, argc, argv)) >= 0) {
        if (!set_option(search, option))
            return OPTIONS_WRONG;
    }
    return option;
}

static void set_printer(struct search *search)
{
    if (search->json)
        printer_json_init(&search->printer);
    else
        printer_text_init(&search->printer);
    search->printer.colour = screen_colour((enum screen_when)search->colour);
    search->printer.explain = search->explain;
    search->options.flags = ANAM_WITH_RECORDS | ANAM_WITH_PASSAGES;
    if (search->explain)
        search->options.flags |= ANAM_WITH_PARTS;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool is_blank(const char *s, size_t n)
{
    while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
        n--;
    return n == 0;
}

/* The closing line of a block, on stderr. */
static void say_count(const struct answered *answered, double seconds)
{
    size_t count = anam_results_count(answered->results);
    if (count > 0)
        note("%s, %s", human_counted(count, "hit").s, human_seconds(seconds).s);
    else if (is_blank(answered->query, answered->length))
        note("no hits: the query is empty");
    else
        note("no hits: no record holds a word of this query, %s", human_seconds(seconds).s);
}

/* One query, one block of output. */
static int answer(struct search *search, const char *query, size_t length)
{
    anam_error err;
    anam_results *results;
    double start = seconds_now();
    anam_status status =
        anam_search(search->searcher, query, length, &search->options, &results, &err);
    if (status)
        return place_fail(&search->place, &command_search, &err);
    double seconds = seconds_now() - start;
    struct answered answered = {query, length, results};
    search->printer.results(&search->printer, &answered);
    if (!search->json) {
        place_tell_missing(search->index, results, NULL);
        say_count(&answered, seconds);
    }
    anam_results_free(results);
    return EXIT_DONE;
}

static int answer_words(struct search *search, char **words, int n)
{
    size_t length = 0;
    for (int i = 0; i < n; i++)
        length += strlen(words[i]) + 1;
    char *query = malloc(length);
    if (!query)
        return fail_memory();
    size_t used = 0;
    for (int i = 0; i < n; i++) {
        size_t word = strlen(words[i]);
        memcpy(query + used, words[i], word);
        used += word;
        query[used++] = ' ';
    }
    int code = answer(search, query, used - 1);
    free(query);
    return code;
}

static void prompt(bool wanted, const char *text)
{
    /* Failing to prompt is no reason to stop. */
    if (wanted && write(STDERR_FILENO, text, strlen(text)) < 0)
        return;
}

static int report_line(const struct lines *lines, enum lines_status status)
{
    if (status == LINES_NO_MEMORY)
        return fail_memory();
    if (status == LINES_ERROR) {
        message("cannot read standard input: %s", strerror(errno));
        return EXIT_IO;
    }
    if (status == LINES_TOO_LONG) {
        message("standard input:%lu: query is longer than %zu MiB", lines->number,
                ANAM_MAX_QUERY >> 20);
        return EXIT_QUERY;
    }
    return EXIT_DONE;
}

/* A query a line, each answered before the next is read, so that another program
 * may hold a conversation over two pipes. */
static int answer_lines(struct search *search)
{
    bool asking = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
    struct lines *lines = malloc(sizeof *lines);
    if (!lines)
        return fail_memory();
    lines_open(lines, STDIN_FILENO, ANAM_MAX_QUERY);
    search->printer.headed = !asking;
    int code = EXIT_DONE;
    enum lines_status status;
    for (;;) {
        prompt(asking, "query> ");
        status = lines_next(lines);
        if (status != LINES_LINE)
            break;
        if (search->json || !is_blank(lines->line, lines->length))
            code = answer(search, lines->line ? lines->line : "", lines->length);
        out_flush();
        if (code != EXIT_DONE || out_failed())
            break;
    }
    prompt(asking && status == LINES_END, "\n");
    if (code == EXIT_DONE && !out_failed())
        code = report_line(lines, status);
    lines_free(lines);
    free(lines);
    return code;
}

static int run(int argc, char **argv)
{
    struct search search = {
        .place = PLACE_INIT, .options = ANAM_SEARCH_OPTIONS_INIT, .colour = SCREEN_AUTO};
    int ended = parse(&search, argc, argv);
    if (ended != OPTIONS_END)
        return options_exit_code(ended);
    set_printer(&search);
    int n = argc - optind;
    bool from_stdin = n == 0 || (n == 1 && strcmp(argv[optind], "-") == 0);
    const char *files[] = {search.settings_given.file, from_stdin ? "-" : NULL};
    if (!options_one_stdin(&command_search, files, 2))
        return EXIT_USAGE;

    anam_error err;
    anam_index *index = NULL;
    int code;
    anam_status status = place_open(&index, &search.place, &err);
    if (!status)
        status = anam_searcher_new(&search.searcher, index, &err);
    if (status)
        code = place_fail(&search.place, &command_search, &err);
    else
        code = settings_resolve(&search.settings_given, index, &search.settings);
    search.index = index;
    search.options.settings = &search.settings;
    if (code == EXIT_DONE)
        code = from_stdin ? answer_lines(&search) : answer_words(&search, argv + optind, n);
    anam_searcher_free(search.searcher);
    anam_index_close(index);
    return code;
}

const struct command command_search = {
    .name = "search",
    .summary = "find the prior questions closest to yours",
    .help = help,
    .letters = ":i:n:h",
    .options = long_options,
    .run = run,
};
