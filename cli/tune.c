/* anamnesis tune: better ranking settings for an archive, proven by cross-validation. */
#include "eval/tune.h"
#include "cli/command.h"
#include "cli/human.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/place.h"
#include "cli/screen.h"
#include "eval/significance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: anamnesis tune [-i INDEX] [--measure M] [--params P,...] [--folds N]\n"
    "                      [--seed N] [-l LEVEL] [--jobs N] [-o FILE] TOPICS QRELS\n"
    "\n"
    "Searches for ranking settings that suit the archive better, fold by fold: what\n"
    "is reported was held out. Proposes a change only where it is significant, and\n"
    "exits with 1 where none is.\n"
    "\n" PLACE_HELP
    "      --measure M     what to raise, one column of eval (default ndcg_cut_10)\n"
    "      --params P,...  which settings to turn (default: all): k1, b, w_question\n"
    "      --folds N       of the cross-validation, 2 to 100 (default 5)\n"
    "      --seed N        of the folds and tests (default 42)\n"
    "  -l, --level N       the least grade that is relevant (default 1)\n"
    "      --jobs N        threads (default: one a processor)\n"
    "  -o, --output FILE   write the proposed settings there, if any are proposed;\n"
    "                      'anamnesis settings FILE' stores them in the index\n" TIMEOUT_HELP
    "  -h, --help          show this help\n";

enum { OPT_MEASURE = OPTION_LONG, OPT_PARAMS, OPT_FOLDS, OPT_SEED, OPT_JOBS };

enum { MOST_PARAMS = 32, TRIALS = 100000, RESAMPLES = 10000 };

static const struct option long_options[] = {
    PLACE_LONG_OPTIONS,
    {"measure", required_argument, NULL, OPT_MEASURE},
    {"params", required_argument, NULL, OPT_PARAMS},
    {"folds", required_argument, NULL, OPT_FOLDS},
    {"seed", required_argument, NULL, OPT_SEED},
    {"level", required_argument, NULL, 'l'},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct tune {
    struct place place;
    const char *output;
    const struct anam_tunable *params[MOST_PARAMS + 1];
    struct anam_tune_options options;
};

static bool set_params(struct tune *tune, const char *list)
{
    size_t n = 0;
    while (*list) {
        char name[64] = "";
        size_t len = strcspn(list, ",");
        memcpy(name, list, len < sizeof name ? len : sizeof name - 1);
        const struct anam_tunable *param = anam_tunable_find(name);
        if (!param || n == MOST_PARAMS) {
            options_wrong(&command_tune, "--params: unknown setting '%s'", name);
            return false;
        }
        tune->params[n++] = param;
        list += len + (list[len] == ',');
    }
    tune->params[n] = NULL;
    return true;
}

static bool set_option(struct tune *tune, int option)
{
    const struct command *self = &command_tune;
    size_t number = 0;
    switch (option) {
    case 'o':
        tune->output = optarg;
        if (strcmp(optarg, "-") != 0)
            return true;
        options_wrong(self, "-o: '-' is taken: the report goes to standard output");
        return false;
    case OPT_MEASURE:
        tune->options.measure = optarg;
        return true;
    case OPT_PARAMS:
        return set_params(tune, optarg);
    case OPT_FOLDS:
        return options_count(self, "--folds", optarg, 2, 100, &tune->options.folds);
    case OPT_SEED:
        if (!options_count(self, "--seed", optarg, 0, SIZE_MAX / 2, &number))
            return false;
        tune->options.seed = number;
        return true;
    case 'l':
        if (!options_count(self, "-l", optarg, 1, 1000, &number))
            return false;
        tune->options.level = (int)number;
        return true;
    case OPT_JOBS:
        if (!options_count(self, "--jobs", optarg, 1, ANAM_MAX_JOBS, &number))
            return false;
        tune->options.jobs = (unsigned)number;
        return true;
    default:
        return place_option(&tune->place, self, option);
    }
}

static void draw(void *ctx, size_t tried)
{
    (void)ctx;
    fprintf(stderr, "\r%s tried\033[K", human_counted(tried, "setting").s);
}

static void print_settings(const struct tune *tune, const anam_settings *s)
{
    for (size_t p = 0; tune->params[p]; p++)
        out_format("  %10.4g", tune->params[p]->get(s));
}

static double mean(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    return sum / (double)n;
}

static void print_table(const struct tune *tune, const struct anam_tuning *t,
                        const anam_settings *stored)
{
    out_format("%-10s  %7s  %8s  %8s  %8s", "fold", "queries", "training", "before", "after");
    for (size_t p = 0; tune->params[p]; p++)
        out_format("  %10s", tune->params[p]->name);
    out_char('\n');
    for (size_t f = 0; f < t->n_folds; f++) {
        const struct anam_tune_fold *fold = &t->folds[f];
        out_format("%-10zu  %7zu  %8.4f  %8.4f  %8.4f", f + 1, fold->queries, fold->train,
                   fold->before, fold->after);
        print_settings(tune, &fold->settings);
        out_char('\n');
    }
    out_format("%-10s  %7zu  %8s  %8.4f  %8.4f", "held out", t->n, "", mean(t->before, t->n),
               mean(t->after, t->n));
    print_settings(tune, stored);
    out_string("  (before)\n");
    out_format("%-10s  %7zu  %8.4f  %8s  %8s", "all", t->n, t->proposed_mean, "", "");
    print_settings(tune, &t->proposed);
    out_string("  (best on all, not held out)\n\n");
}

/* Tests the held-out differences and says what follows. */
static int verdict(const struct tune *tune, const struct anam_tuning *t)
{
    enum { P_LIMIT = 5 }; /* per cent */
    double *d = calloc(t->n, sizeof *d);
    if (!d)
        return fail_memory();
    size_t wins = 0;
    size_t losses = 0;
    for (size_t i = 0; i < t->n; i++) {
        d[i] = t->after[i] - t->before[i];
        wins += d[i] > 0;
        losses += d[i] < 0;
    }
    struct anam_t_test student = anam_t_test_paired(d, t->n);
    struct anam_randomisation fisher;
    struct anam_interval interval;
    bool ok = anam_randomise(d, t->n, TRIALS, tune->options.seed, &fisher) &&
              anam_bootstrap(d, t->n, RESAMPLES, .95, tune->options.seed, &interval);
    free(d);
    if (!ok)
        return fail_memory();
    out_format("Held out, %s changes by %+.4f (95 %% %+.4f to %+.4f); %zu better, %zu worse, "
               "%zu alike.\n",
               tune->options.measure, student.mean, interval.low, interval.high, wins, losses,
               t->n - wins - losses);
    out_format("Randomisation test p = %.4g, paired t-test p = %.4g; %zu settings tried, seed "
               "%llu.\n",
               fisher.p, student.p, t->tried, (unsigned long long)tune->options.seed);
    bool better = student.mean > 0;
    if (!better || fisher.p * 100 >= P_LIMIT) {
        out_format("No change is proposed: %s.\n",
                   better ? "the difference may well be chance" : "it is no improvement");
        if (tune->output)
            note("%s was not written", tune->output);
        return EXIT_FAILED;
    }
    out_string("Proposed:");
    for (size_t p = 0; tune->params[p]; p++)
        out_format(" %s %.4g", tune->params[p]->name, tune->params[p]->get(&t->proposed));
    out_char('\n');
    anam_error err;
    if (tune->output && anam_settings_write(&t->proposed, tune->output, &err))
        return fail_with(&err);
    return EXIT_DONE;
}

static int tune_index(struct tune *tune, const struct anam_topics *topics,
                      const struct anam_qrels *qrels)
{
    anam_error err;
    anam_index *index;
    if (place_open(&index, &tune->place, &err))
        return place_fail(&tune->place, &command_tune, &err);
    struct anam_tuning *t;
    anam_status status = anam_tune(index, topics, qrels, &tune->options, &t, &err);
    if (tune->options.progress)
        fprintf(stderr, "\r\033[K");
    int code;
    if (status) {
        code = place_fail(&tune->place, &command_tune, &err);
    } else {
        print_table(tune, t, &anam_index_get_info(index)->settings);
        code = verdict(tune, t);
        anam_tuning_free(t);
    }
    anam_index_close(index);
    return code;
}

static int run(int argc, char **argv)
{
    struct tune tune = {.place = PLACE_INIT,
                        .options = {.measure = "ndcg_cut_10", .folds = 5, .seed = 42, .level = 1}};
    tune.options.params = tune.params;
    for (size_t p = 0; p < MOST_PARAMS && anam_tunables[p].name; p++)
        tune.params[p] = &anam_tunables[p];
    int option;
    while ((option = options_next(&command_tune, argc, argv)) >= 0)
        if (!set_option(&tune, option))
            return EXIT_USAGE;
    if (option != OPTIONS_END)
        return options_exit_code(option);
    if (argc - optind != 2)
        return options_wrong(&command_tune, "name a file of topics and one of judgments");
    if (!options_one_stdin(&command_tune, (const char *const *)argv + optind, 2))
        return EXIT_USAGE;
    if (screen_progress())
        tune.options.progress = draw;
    anam_error err;
    struct anam_topics *topics = NULL;
    struct anam_qrels *qrels = NULL;
    anam_status status = anam_topics_read(&topics, argv[optind], &err);
    if (!status)
        status = anam_qrels_read(&qrels, argv[optind + 1], &err);
    int code = status ? fail_with(&err) : tune_index(&tune, topics, qrels);
    anam_qrels_free(qrels);
    anam_topics_free(topics);
    return code;
}

const struct command command_tune = {
    .name = "tune",
    .summary = "search for better ranking settings, with proof",
    .help = help,
    .letters = ":hi:l:o:",
    .options = long_options,
    .run = run,
};
