/* anamnesis eval: how good is a run, and is another one better? */
#include "cli/eval.h"

#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "eval/plot.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: anamnesis eval [-m MEASURE]... [-q] [-c] [-l LEVEL] [-J] [--json]\n"
    "                      [--seed N] [--topics FILE] [--plot FILE] QRELS RUN...\n"
    "       anamnesis eval --help measures\n"
    "\n"
    "Judges a TREC run (qid Q0 docid rank score tag) by the judgments QRELS (qid 0\n"
    "docid grade) and prints what trec_eval prints. With several runs, compares each\n"
    "of the others with the first: means, difference with its 95 % interval, paired\n"
    "t-test, randomisation test, and that corrected for the number of measures.\n"
    "One of the files may be '-', standard input.\n"
    "\n"
    "  -m, --measure NAME  a measure, such as map, ndcg_cut.10 or P.5,10, or the set\n"
    "                      official, set, all_trec or all; may be repeated (default:\n"
    "                      official; for a comparison map, recip_rank, ndcg_cut.10,\n"
    "                      P.10, recall.100 and judged.10)\n"
    "  -q, --queries       each query too; of a comparison, those that changed most\n"
    "  -c, --complete      queries that a run does not answer count as 0\n"
    "  -l, --level N       the least grade that is relevant (default 1)\n"
    "  -J, --judged        leave documents out that nobody judged\n"
    "      --json          one line of JSON\n"
    "      --seed N        of the random numbers of a comparison (default 42)\n"
    "      --topics FILE   what the queries ask, shown with -q of a comparison\n"
    "      --plot FILE     draw differences and precision-recall as an SVG picture\n"
    "  -h, --help          show this help; with 'measures', what each one means\n";

enum { OPT_JSON = OPTION_LONG, OPT_SEED, OPT_TOPICS, OPT_PLOT };

static const struct option long_options[] = {
    {"measure", required_argument, NULL, 'm'},
    {"queries", no_argument, NULL, 'q'},
    {"complete", no_argument, NULL, 'c'},
    {"level", required_argument, NULL, 'l'},
    {"judged", no_argument, NULL, 'J'},
    {"json", no_argument, NULL, OPT_JSON},
    {"seed", required_argument, NULL, OPT_SEED},
    {"topics", required_argument, NULL, OPT_TOPICS},
    {"plot", required_argument, NULL, OPT_PLOT},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char *const comparison_measures[] = {"map",  "recip_rank", "ndcg_cut.10",
                                                  "P.10", "recall.100", "judged.10"};

struct eval {
    const char **measures; /* as given; room for every word of the command line */
    size_t n_measures;
    bool runid; /* -m runid, which is no number and so no measure of ours */
    bool json;
    size_t seed;
    const char *topics_path;
    const char *plot_path;
    struct anam_evaluate_options options;
    struct eval_report report;
};

/* ---- options ---- */

static void add_measure(struct eval *eval, const char *name)
{
    if (strcmp(name, "runid") == 0)
        eval->runid = true;
    else
        eval->measures[eval->n_measures++] = name;
}

static bool set_option(struct eval *eval, int option)
{
    const struct command *self = &command_eval;
    size_t level;
    switch (option) {
    case 'm':
        add_measure(eval, optarg);
        return true;
    case 'q':
        return eval->report.queries = true;
    case 'c':
        return eval->options.complete = true;
    case 'l':
        if (!options_count(self, "-l", optarg, 1, 1000000, &level))
            return false;
        eval->options.level = (int)level;
        return true;
    case 'J':
        return eval->options.judged_only = true;
    case OPT_JSON:
        return eval->json = true;
    case OPT_SEED:
        return options_count(self, "--seed", optarg, 0, SIZE_MAX, &eval->seed);
    case OPT_TOPICS:
        eval->topics_path = optarg;
        return true;
    case OPT_PLOT:
        eval->plot_path = optarg;
        return true;
    default:
        return false;
    }
}

static int check_words(const struct eval *eval, char **words, int n)
{
    const struct command *self = &command_eval;
    if (n < 2)
        return options_wrong(self, "name a file of judgments and at least one run");
    if (n - 1 > EVAL_MOST_RUNS)
        return options_wrong(self, "at most %d runs can be compared", EVAL_MOST_RUNS);
    const char *files[EVAL_MOST_RUNS + 2] = {eval->topics_path};
    memcpy(files + 1, words, (size_t)n * sizeof *words);
    if (!options_one_stdin(self, files, (size_t)n + 1))
        return EXIT_USAGE;
    if (eval->plot_path && (eval->plot_path[0] == '\0' || strcmp(eval->plot_path, "-") == 0))
        return options_wrong(self, "--plot needs the name of a file");
    if (eval->plot_path && n - 1 > EVAL_MOST_CURVES)
        return options_wrong(self, "--plot shows at most %d runs", EVAL_MOST_CURVES);
    return EXIT_DONE;
}

/* The default depends on how many runs there are. */
static void choose_measures(struct eval *eval, size_t n_runs)
{
    eval->report.runid = eval->runid || eval->n_measures == 0;
    for (size_t i = 0; i < eval->n_measures; i++)
        if (strcmp(eval->measures[i], "official") == 0 ||
            strcmp(eval->measures[i], "all_trec") == 0 || strcmp(eval->measures[i], "all") == 0)
            eval->report.runid = true;
    eval->options.measures = eval->measures;
    eval->options.n_measures = eval->n_measures;
    if (eval->n_measures == 0 && n_runs > 1) {
        eval->options.measures = comparison_measures;
        eval->options.n_measures = sizeof comparison_measures / sizeof comparison_measures[0];
    }
}

/* ---- judging ---- */

static int fail(const char *path, const anam_error *err)
{
    if (err->code == ANAM_BAD_DATA && path)
        message("%s: %s", path, err->msg);
    else
        message("%s", err->msg);
    return exit_code(err->code);
}

/* Runs are large: each is freed before the next is read. */
static int judge(struct eval *eval, const struct anam_qrels *qrels, const char *path)
{
    static const char *const recall[] = {"iprec_at_recall"};
    struct judged_run *judged = &eval->report.runs[eval->report.n_runs++];
    struct anam_evaluate_options recall_options = eval->options;
    recall_options.measures = recall;
    recall_options.n_measures = 1;
    anam_error err;
    struct anam_run *run;
    judged->path = path;
    if (anam_run_read(&run, path, &err))
        return fail(NULL, &err);
    int code = EXIT_DONE;
    judged->tag = strdup(anam_run_tag(run));
    if (!judged->tag)
        code = fail_memory();
    else if (anam_evaluate(qrels, run, &eval->options, &judged->evaluation, &err) ||
             (eval->plot_path && anam_evaluate(qrels, run, &recall_options, &judged->recall, &err)))
        code = fail(path, &err);
    anam_run_free(run);
    return code;
}

static int compare_runs(struct eval *eval)
{
    struct eval_report *report = &eval->report;
    struct anam_compare_options options = ANAM_COMPARE_OPTIONS_INIT;
    options.complete = eval->options.complete;
    options.seed = eval->seed;
    for (size_t i = 1; i < report->n_runs; i++) {
        anam_error err;
        if (anam_compare(report->runs[0].evaluation, report->runs[i].evaluation, &options,
                         &report->comparisons[i - 1], &err))
            return fail(report->runs[i].path, &err);
    }
    return EXIT_DONE;
}

/* ---- the picture ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] != '\0' ? slash + 1 : path;
}

static bool are_distinct(const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (names[i][0] == '\0')
            return false;
        for (size_t j = 0; j < i; j++)
            if (strcmp(names[i], names[j]) == 0)
                return false;
    }
    return true;
}

/* Tags, where they tell the runs apart; else names of files; else whole paths. */
static void choose_labels(const struct eval_report *report, const char **labels)
{
    for (size_t i = 0; i < report->n_runs; i++)
        labels[i] = report->runs[i].tag;
    if (are_distinct(labels, report->n_runs))
        return;
    for (size_t i = 0; i < report->n_runs; i++)
        labels[i] = base_name(report->runs[i].path);
    if (are_distinct(labels, report->n_runs))
        return;
    for (size_t i = 0; i < report->n_runs; i++)
        labels[i] = report->runs[i].path;
}

/* Curves are over the same queries: those of all runs. */
static int fill_curves(const struct eval *eval, struct anam_plot_curve *curves, size_t *n_queries)
{
    const struct eval_report *report = &eval->report;
    struct anam_evaluation *recalls[EVAL_MOST_RUNS];
    for (size_t i = 0; i < report->n_runs; i++)
        recalls[i] = report->runs[i].recall;
    double *means = anam_common_means(recalls, report->n_runs, n_queries);
    if (!means)
        return fail_memory();
    size_t columns = recalls[0]->n_measures;
    for (size_t i = 0; i < report->n_runs; i++)
        for (size_t at = 0; at < ANAM_RECALL_POINTS && at < columns; at++)
            curves[i].precision[at] = means[i * columns + at];
    free(means);
    if (*n_queries > 0)
        return EXIT_DONE;
    message("%s: no query is in all runs and in the qrels", eval->plot_path);
    return EXIT_DATA;
}

static void fill_differences(const struct eval_report *report, const char *const *labels,
                             struct anam_plot *plot)
{
    size_t last = report->n_runs - 1;
    const struct anam_comparison *c = last > 0 ? report->comparisons[last - 1] : NULL;
    const struct anam_compared *first = c ? anam_comparison_first(c) : NULL;
    if (!first)
        return;
    plot->measure = first->name;
    plot->label_a = labels[0];
    plot->label_b = labels[last];
    plot->differences = anam_comparison_differences(c, first);
    plot->n_differences = c->n_queries;
    plot->mean = first->difference;
    plot->interval = first->interval;
}

static int draw(const struct eval *eval)
{
    struct anam_plot_curve curves[EVAL_MOST_RUNS] = {0};
    const char *labels[EVAL_MOST_RUNS];
    struct anam_plot plot = {.curves = curves, .n_curves = eval->report.n_runs};
    choose_labels(&eval->report, labels);
    for (size_t i = 0; i < eval->report.n_runs; i++)
        curves[i].label = labels[i];
    int code = fill_curves(eval, curves, &plot.curve_queries);
    if (code != EXIT_DONE)
        return code;
    fill_differences(&eval->report, labels, &plot);
    anam_error err;
    return anam_plot_write(&plot, eval->plot_path, &err) ? fail(NULL, &err) : EXIT_DONE;
}

/* ---- the command ---- */

static int show(const struct eval_report *report, bool json)
{
    if (json)
        return eval_json(report);
    if (report->n_runs > 1)
        return eval_text(report);
    eval_trec(report);
    return EXIT_DONE;
}

static int judge_all(struct eval *eval, const struct anam_qrels *qrels, char **runs, size_t n)
{
    int code = EXIT_DONE;
    for (size_t i = 0; i < n && code == EXIT_DONE; i++)
        code = judge(eval, qrels, runs[i]);
    if (code == EXIT_DONE)
        code = compare_runs(eval);
    if (code == EXIT_DONE && eval->plot_path)
        code = draw(eval);
    return code;
}

static int eval_files(struct eval *eval, char **words, size_t n)
{
    anam_error err;
    struct anam_topics *topics = NULL;
    struct anam_qrels *qrels = NULL;
    int code = EXIT_DONE;
    if ((eval->topics_path && anam_topics_read(&topics, eval->topics_path, &err)) ||
        anam_qrels_read(&qrels, words[0], &err))
        code = fail(NULL, &err);
    eval->report.topics = topics;
    if (code == EXIT_DONE)
        code = judge_all(eval, qrels, words + 1, n - 1);
    anam_qrels_free(qrels);
    if (code == EXIT_DONE)
        code = show(&eval->report, eval->json);
    anam_topics_free(topics);
    return code;
}

static void free_report(struct eval_report *report)
{
    for (size_t i = 0; i < report->n_runs; i++) {
        anam_comparison_free(report->comparisons[i]);
        anam_evaluation_free(report->runs[i].evaluation);
        anam_evaluation_free(report->runs[i].recall);
        free(report->runs[i].tag);
    }
}

static bool asks_for_measures(int argc, char **argv)
{
    return argc == 3 && strcmp(argv[2], "measures") == 0 &&
           (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
}

static int parse_and_eval(struct eval *eval, int argc, char **argv)
{
    int option;
    while ((option = options_next(&command_eval, argc, argv)) >= 0)
        if (!set_option(eval, option))
            return EXIT_USAGE;
    if (option != OPTIONS_END)
        return options_exit_code(option);
    int code = check_words(eval, argv + optind, argc - optind);
    if (code != EXIT_DONE)
        return code;
    choose_measures(eval, (size_t)(argc - optind - 1));
    return eval_files(eval, argv + optind, (size_t)(argc - optind));
}

static int run(int argc, char **argv)
{
    if (asks_for_measures(argc, argv)) {
        eval_list_measures();
        return EXIT_DONE;
    }
    struct eval *eval = calloc(1, sizeof *eval);
    const char **measures = calloc((size_t)argc + 1, sizeof *measures);
    int code;
    if (eval && measures) {
        struct anam_evaluate_options options = ANAM_EVALUATE_OPTIONS_INIT;
        eval->options = options;
        eval->seed = 42;
        eval->measures = measures;
        code = parse_and_eval(eval, argc, argv);
        free_report(&eval->report);
    } else {
        code = fail_memory();
    }
    free(measures);
    free(eval);
    return code;
}

const struct command command_eval = {
    .name = "eval",
    .summary = "judge runs by TREC measures, and compare them",
    .help = help,
    .letters = ":m:qcl:Jh",
    .options = long_options,
    .run = run,
};
