/* anamnesis index: makes an index of an archive. */
#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/place.h"
#include "cli/progress.h"
#include "corpus/corpus.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: anamnesis index [-i INDEX] [--format FORMAT] [--language LANGUAGE]\n"
    "                       [--memory SIZE] [--jobs N] [--shards N]\n"
    "                       [--no-optimize] [--skip-bad] FILE...\n"
    "\n"
    "Makes an index of all records in the files. A FILE may be a folder, or '-' for\n"
    "standard input; files packed with gzip are read as they are. An index that is\n"
    "there already is replaced as a whole when all went well, and stays as it is\n"
    "otherwise.\n"
    "\n"
    "  -i, --index INDEX    where to put the index: PATH, or xapian:PATH for one that\n"
    "                       Xapian searches (default: $ANAMNESIS_INDEX, else\n"
    "                       ./anamnesis.index)\n"
    "      --format FORMAT  auto (default, by content), jsonl, csv, tsv, medquad or\n"
    "                       trec\n"
    "      --language LANGUAGE\n"
    "                       whose word endings to take off: english (default),\n"
    "                       another language of the Snowball project, or none\n"
    "      --memory SIZE    memory to use, such as 512M or 2G (default 1G, at least\n"
    "                       8M)\n"
    "      --jobs N         threads that work on records (default: one a processor);\n"
    "                       the index is the same\n"
    "      --shards N       split an index for Xapian into N databases, up to 256\n"
    "      --no-optimize    leave records in the order in which they come, instead of\n"
    "                       putting like ones side by side: indexing is faster;\n"
    "                       searches are slower, and find the same\n"
    "      --skip-bad       leave malformed records out instead of stopping\n"
    "  -h, --help           show this help\n";

enum {
    OPT_FORMAT = OPTION_LONG,
    OPT_LANGUAGE,
    OPT_MEMORY,
    OPT_JOBS,
    OPT_SHARDS,
    OPT_OPTIMIZE,
    OPT_NO_OPTIMIZE,
    OPT_SKIP_BAD
};

static const struct option long_options[] = {
    {"index", required_argument, NULL, 'i'},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"language", required_argument, NULL, OPT_LANGUAGE},
    {"memory", required_argument, NULL, OPT_MEMORY},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"shards", required_argument, NULL, OPT_SHARDS},
    {"optimize", no_argument, NULL, OPT_OPTIMIZE},
    {"no-optimize", no_argument, NULL, OPT_NO_OPTIMIZE},
    {"skip-bad", no_argument, NULL, OPT_SKIP_BAD},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct indexing {
    struct place place;
    struct anam_corpus_options reading;
    anam_writer_options writing;
    struct progress progress;
    anam_writer *writer;
    struct anam_corpus_counts counts;
    anam_write_summary summary;
    bool had_index; /* before we began */
    uint64_t old_generation;
};

static volatile sig_atomic_t interrupted; /* the signal, or 0 */
static atomic_bool stopped;               /* whether there was one, for the reader */
static _Atomic(anam_writer *) to_stop;    /* by a signal */

static void on_signal(int number)
{
    anam_writer *writer = atomic_load(&to_stop);
    interrupted = number;
    atomic_store(&stopped, true);
    if (writer)
        anam_writer_stop(writer);
}

/* Blocked reads are woken (no SA_RESTART); a second signal of the kind ends the
 * program at once, which leaves the old index whole too. Signals that were being
 * ignored, as under nohup(1), stay so. */
static void catch_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        if (sigaction(signals[i], NULL, &action) != 0 || action.sa_handler == SIG_IGN)
            continue;
        action.sa_handler = on_signal;
        action.sa_flags = (int)SA_RESETHAND;
        sigaction(signals[i], &action, NULL);
    }
}

static bool set_option(struct indexing *run, int option)
{
    const struct command *self = &command_index;
    const char *const *names = option == OPT_FORMAT ? anam_corpus_formats() : anam_languages();
    size_t choice;
    switch (option) {
    case OPT_FORMAT:
        if (!options_choice(self, "--format", optarg, names, &choice))
            return false;
        run->reading.format = names[choice];
        return true;
    case OPT_LANGUAGE:
        if (strcmp(optarg, "none") == 0)
            run->writing.language = "none";
        else if (!options_choice(self, "--language", optarg, names, &choice))
            return false;
        else
            run->writing.language = names[choice];
        return true;
    case OPT_MEMORY:
        return options_bytes(self, "--memory", optarg, ANAM_MIN_MEMORY, &run->writing.memory);
    case OPT_JOBS:
        if (!options_count(self, "--jobs", optarg, 1, ANAM_MAX_JOBS, &choice))
            return false;
        run->writing.jobs = (unsigned)choice;
        return true;
    case OPT_SHARDS:
        if (!options_count(self, "--shards", optarg, 1, ANAM_MAX_SHARDS, &choice))
            return false;
        run->writing.shards = (unsigned)choice;
        return true;
    case OPT_OPTIMIZE:
    case OPT_NO_OPTIMIZE:
        run->writing.optimize = option == OPT_OPTIMIZE;
        return true;
    case OPT_SKIP_BAD:
        return run->reading.skip_bad = true;
    default:
        return place_option(&run->place, self, option);
    }
}

static int parse(struct indexing *run, int argc, char **argv)
{
    int option;
    while ((option = options_next(&command_index, argc, argv)) >= 0) {
        if (!set_option(run, option))
            return OPTIONS_WRONG;
    }
    if (option == OPTIONS_END && optind == argc) {
        options_wrong(&command_index, "what is to be indexed? a FILE is missing ('-' is standard "
                                      "input)");
        return OPTIONS_WRONG;
    }
    return option;
}

static anam_status add(void *ctx, const anam_record *record, anam_error *err)
{
    struct indexing *run = ctx;
    return anam_writer_add(run->writer, record, err);
}

static void on_progress(void *ctx, const struct anam_corpus_counts *counts)
{
    struct indexing *run = ctx;
    progress_counts(&run->progress, counts);
}

static void on_skipped(void *ctx, const char *msg)
{
    struct indexing *run = ctx;
    progress_skipped(&run->progress, msg);
}

static bool find_index(const struct place *place, uint64_t *generation)
{
    anam_index *index;
    if (place_open(&index, place, NULL))
        return false;
    *generation = anam_index_get_info(index)->generation;
    anam_index_close(index);
    return true;
}

/* Tells what the failure has done to the index: nothing, as far as can be seen. */
static void say_unchanged(const struct indexing *run)
{
    uint64_t generation = 0;
    bool has_index = find_index(&run->place, &generation);
    if (has_index && run->had_index && generation == run->old_generation)
        message("%s: the index that was there is unchanged", place_uri(&run->place));
    else if (!has_index && !run->had_index)
        message("%s: no index was made", place_uri(&run->place));
}

static anam_status read_and_write(struct indexing *run, char **files, int n, anam_error *err)
{
    anam_status status = anam_writer_open(&run->writer, place_uri(&run->place), &run->writing, err);
    if (status)
        return status;
    atomic_store(&to_stop, run->writer);
    status = anam_corpus_read((const char *const *)files, (size_t)n, &run->reading, add, run,
                              &run->counts, err);
    if (status)
        return status;
    progress_stage(&run->progress, "writing the index");
    return anam_writer_commit(run->writer, &run->summary, err);
}

static int report_failure(struct indexing *run, const anam_error *err)
{
    int code = exit_code(err->code);
    if (err->code == ANAM_BAD_DATA && run->counts.records > 0 && !run->reading.skip_bad)
        message("%s; --skip-bad leaves such records out", err->msg);
    else
        place_fail(&run->place, &command_index, err);
    if (err->code != ANAM_LOCKED && err->code != ANAM_INVALID)
        say_unchanged(run);
    return code;
}

static int make_index(struct indexing *run, char **files, int n)
{
    anam_error err = {.code = ANAM_OK};
    run->had_index = find_index(&run->place, &run->old_generation);
    run->reading.stop = &stopped;
    run->reading.progress = on_progress;
    run->reading.skipped = on_skipped;
    run->reading.ctx = run;
    catch_signals();
    progress_begin(&run->progress);

    anam_status status = read_and_write(run, files, n, &err);
    bool committed = !status && run->summary.documents > 0;
    atomic_store(&to_stop, NULL);
    anam_writer_free(run->writer);
    progress_clear(&run->progress);
    if (committed) {
        progress_summary(&run->progress, &run->counts, &run->summary, place_uri(&run->place));
        return EXIT_DONE;
    }
    if (interrupted) {
        message("interrupted; nothing was changed");
        return EXIT_SIGNALLED + interrupted;
    }
    return report_failure(run, &err);
}

static int run_index(int argc, char **argv)
{
    struct indexing run = {.place = PLACE_INIT, .writing = ANAM_WRITER_OPTIONS_INIT};
    int ended = parse(&run, argc, argv);
    if (ended != OPTIONS_END)
        return options_exit_code(ended);
    return make_index(&run, argv + optind, argc - optind);
}

const struct command command_index = {
    .name = "index",
    .summary = "make an index of an archive",
    .help = help,
    .letters = ":i:h",
    .options = long_options,
    .run = run_index,
};
