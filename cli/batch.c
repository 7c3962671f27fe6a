/* anamnesis batch: a file of topics in, a TREC run out. */
#include "eval/batch.h"
#include "cli/command.h"
#include "cli/human.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/place.h"
#include "cli/screen.h"
#include "cli/settings_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "usage: anamnesis batch [-i INDEX] [-n N] [--jobs N] [--tag TAG]\n"
    "                       [--settings FILE] TOPICS|-\n"
    "\n"
    "Searches every topic and writes a TREC run on standard output:\n"
    "\n"
    "  qid Q0 docid rank score tag\n"
    "\n"
    "TOPICS is a file of lines qid<TAB>text, of TREC <top> elements, or of JSON\n"
    "objects with qid (or id, _id) and text (or query, question, title).\n"
    "\n" PLACE_HELP "  -n, --hits N        at most N records a topic, up to 10000 (default 1000)\n"
    "      --jobs N        threads (default: one a processor); the run is the same\n"
    "      --tag TAG       last column of the run (default anamnesis)\n" SETTINGS_HELP TIMEOUT_HELP
        PARTIAL_HELP "  -h, --help          show this help\n";

enum { OPT_JOBS = OPTION_LONG, OPT_TAG };

enum { MOST_HITS = 10000 };

static const struct option long_options[] = {
    PLACE_LONG_OPTIONS,
    PARTIAL_LONG_OPTION,
    {"hits", required_argument, NULL, 'n'},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"tag", required_argument, NULL, OPT_TAG},
    SETTINGS_LONG_OPTIONS,
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct batch {
    struct place place;
    struct settings_options settings_given;
    anam_settings settings;
    const char *tag;
    size_t jobs;
    anam_search_options options;
    const anam_index *index;
    const struct anam_topics *topics;
    bool drawing;
    size_t hits;
    char *missing; /* as it was told last, see place_tell_missing */
};

static bool set_tag(struct batch *batch, const char *tag)
{
    if (*tag == '\0' || strpbrk(tag, " \t\r\n\v\f")) {
        options_wrong(&command_batch, "--tag is empty or holds white space");
        return false;
    }
    batch->tag = tag;
    return true;
}

static bool set_option(struct batch *batch, int option)
{
    const struct command *self = &command_batch;
    anam_search_options *o = &batch->options;
    switch (option) {
    case 'n':
        return options_count(self, "-n", optarg, 1, MOST_HITS, &o->k);
    case OPT_JOBS:
        return options_count(self, "--jobs", optarg, 1, ANAM_MAX_JOBS, &batch->jobs);
    case OPT_TAG:
        return set_tag(batch, optarg);
    default:
        return place_option(&batch->place, self, option) ||
               settings_option(&batch->settings_given, self, option);
    }
}

static void draw(const struct batch *batch, size_t done)
{
    if (batch->drawing && done % 64 == 0)
        fprintf(stderr, "\r%s of %zu\033[K", human_counted(done, "topic").s, batch->topics->n);
}

/* Before anything else is said. */
static void clear(const struct batch *batch)
{
    if (batch->drawing)
        fprintf(stderr, "\r\033[K");
}

static anam_status write_topic(void *ctx, size_t i, const anam_results *results, anam_error *err)
{
    struct batch *batch = ctx;
    const char *qid = batch->topics->topics[i].qid;
    size_t n = anam_results_count(results);
    (void)err;
    if (n == 0 || anam_results_missing(results) > 0 || (batch->missing && *batch->missing))
        clear(batch);
    place_tell_missing(batch->index, results, &batch->missing);
    for (size_t h = 0; h < n; h++) {
        const anam_hit *hit = anam_results_hit(results, h);
        out_format("%s Q0 %s %zu %.9g %s\n", qid, hit->id, hit->rank, (double)hit->score,
                   batch->tag);
    }
    if (n == 0)
        note("topic %s: no hits", qid);
    draw(batch, i + 1);
    batch->hits += n;
    return out_failed() ? ANAM_IO : ANAM_OK; /* out_finish says why */
}

static int run_topics(struct batch *batch)
{
    anam_error err;
    anam_index *index;
    if (place_open(&index, &batch->place, &err))
        return place_fail(&batch->place, &command_batch, &err);
    int code = settings_resolve(&batch->settings_given, index, &batch->settings);
    if (code != EXIT_DONE) {
        anam_index_close(index);
        return code;
    }
    batch->index = index;
    batch->options.settings = &batch->settings;
    struct timespec start;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    anam_status status = anam_batch(index, batch->topics, &batch->options, (unsigned)batch->jobs,
                                    write_topic, batch, &err);
    clock_gettime(CLOCK_MONOTONIC, &end);
    free(batch->missing);
    anam_index_close(index);
    clear(batch);
    out_flush();
    if (out_failed())
        return EXIT_IO;
    if (status)
        return place_fail(&batch->place, &command_batch, &err);
    double seconds =
        (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    note("%s, %s, %s", human_counted(batch->topics->n, "topic").s,
         human_counted(batch->hits, "hit").s, human_seconds(seconds).s);
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    struct batch batch = {
        .place = PLACE_INIT, .tag = "anamnesis", .options = ANAM_SEARCH_OPTIONS_INIT};
    batch.options.k = 1000;
    batch.options.flags = 0;
    int option;
    while ((option = options_next(&command_batch, argc, argv)) >= 0)
        if (!set_option(&batch, option))
            return EXIT_USAGE;
    if (option != OPTIONS_END)
        return options_exit_code(option);
    if (argc - optind != 1)
        return options_wrong(&command_batch, "name one file of topics, or - for standard input");
    const char *files[] = {batch.settings_given.file, argv[optind]};
    if (!options_one_stdin(&command_batch, files, 2))
        return EXIT_USAGE;
    anam_error err;
    struct anam_topics *topics;
    if (anam_topics_read(&topics, argv[optind], &err))
        return fail_with(&err);
    batch.topics = topics;
    batch.drawing = screen_progress();
    int code = run_topics(&batch);
    anam_topics_free(topics);
    return code;
}

const struct command command_batch = {
    .name = "batch",
    .summary = "search many topics and write a TREC run",
    .help = help,
    .letters = ":hi:n:",
    .options = long_options,
    .run = run,
};
