/* anamnesis eval: what a run is worth by the judgments; with several, whether the
 * later ones are better than the first. */
#include "cli/eval.h"

#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "eval/measures.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: anamnesis eval [-m MEASURE]... [-q] [-c] [-l LEVEL] [-J] [--json]\n"
    "                      [--seed N] QRELS RUN...\n"
    "       anamnesis eval --help measures\n"
    "\n"
    "Judges runs as trec_eval does, which gives the same names and figures. With one\n"
    "RUN, prints measure, query (or all) and value. With several, compares each of\n"
    "the later ones with the first: means, difference, 95 % bootstrap interval,\n"
    "paired t-test, Fisher's randomisation test, Holm's correction over the measures.\n"
    "\n"
    "  -m, --measure M     a measure, such as map, P.5,10, ndcg_cut_10; again for\n"
    "                      more; official (default for one run) or all\n"
    "  -q, --queries       each query too; with several runs, those that changed most\n"
    "  -c, --complete      average over all judged queries, those not in the run as 0\n"
    "  -l, --level N       the least grade that is relevant (default 1)\n"
    "  -J, --judged        leave documents that nobody judged out of the lists\n"
    "      --json          one line of JSON for each run or comparison\n"
    "      --seed N        of the random numbers (default 42)\n"
    "  -h, --help          show this help\n";

enum { OPT_JSON = OPTION_LONG, OPT_SEED };

static const struct option long_options[] = {
    {"measure", required_argument, NULL, 'm'},
    {"queries", no_argument, NULL, 'q'},
    {"complete", no_argument, NULL, 'c'},
    {"level", required_argument, NULL, 'l'},
    {"judged", no_argument, NULL, 'J'},
    {"json", no_argument, NULL, OPT_JSON},
    {"seed", required_argument, NULL, OPT_SEED},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool add_measure(struct eval_job *job, const char *measure)
{
    const char **grown = realloc(job->measures, (job->n_measures + 1) * sizeof(const char *));
    if (!grown) {
        fail_memory();
        return false;
    }
    job->measures = grown;
    job->measures[job->n_measures++] = measure;
    return true;
}

static bool set_option(struct eval_job *job, int option)
{
    const struct command *self = &command_eval;
    size_t number;
    switch (option) {
    case 'm':
        return add_measure(job, optarg);
    case 'q':
        return job->queries = true;
    case 'c':
        return job->options.complete = true;
    case 'l':
        if (!options_count(self, "-l", optarg, 1, 1000, &number))
            return false;
        job->options.level = (int)number;
        return true;
    case 'J':
        return job->options.judged_only = true;
    case OPT_JSON:
        return job->json = true;
    case OPT_SEED:
        if (!options_count(self, "--seed", optarg, 0, SIZE_MAX / 2, &number))
            return false;
        job->seed = number;
        return true;
    default:
        return false;
    }
}

static void show_measures(void)
{
    for (const struct anam_measure *const *m = anam_measures; *m; m++)
        out_format("%-16s %s%s\n%-16s (%s)\n", (*m)->name, (*m)->definition,
                   (*m)->cutoffs ? "; cutoffs as in .5,10" : "", "", (*m)->source);
}

int eval_fail(const anam_error *err)
{
    message("%s", err->msg);
    return err->code == ANAM_INVALID ? EXIT_USAGE : exit_code(err->code);
}

static int evaluate_runs(struct eval_job *job, char **paths, size_t n)
{
    anam_error err;
    struct anam_qrels *qrels;
    if (anam_qrels_read(&qrels, paths[0], &err))
        return eval_fail(&err);
    job->n_runs = n - 1;
    job->runs = calloc(job->n_runs, sizeof *job->runs);
    int code = job->runs ? EXIT_DONE : fail_memory();
    for (size_t i = 0; i < job->n_runs && code == EXIT_DONE; i++) {
        struct anam_run *run;
        anam_status status = anam_run_read(&run, paths[i + 1], &err);
        if (!status) {
            job->runs[i].path = paths[i + 1];
            strncpy(job->runs[i].tag, anam_run_tag(run), sizeof job->runs[i].tag - 1);
            status = anam_evaluate(qrels, run, &job->options, &job->runs[i].values, &err);
            anam_run_free(run);
        }
        if (status)
            code = eval_fail(&err);
    }
    if (code == EXIT_DONE)
        code = job->n_runs == 1 ? eval_print(job) : eval_compare(job, qrels);
    for (size_t i = 0; job->runs && i < job->n_runs; i++)
        anam_evaluation_free(job->runs[i].values);
    free(job->runs);
    anam_qrels_free(qrels);
    return code;
}

static int run(int argc, char **argv)
{
    struct eval_job job = {.options = ANAM_EVALUATE_OPTIONS_INIT, .seed = 42};
    if (argc == 3 && strcmp(argv[1], "--help") == 0 && strcmp(argv[2], "measures") == 0) {
        show_measures();
        return EXIT_DONE;
    }
    int option;
    while ((option = options_next(&command_eval, argc, argv)) >= 0)
        if (!set_option(&job, option))
            break;
    int code;
    if (option >= 0)
        code = EXIT_USAGE;
    else if (option != OPTIONS_END)
        code = options_exit_code(option);
    else if (argc - optind < 2)
        code = options_wrong(&command_eval, "name a file of judgments and a run, or several");
    else {
        static const char *const compared[] = {"map",  "recip_rank", "ndcg_cut.10",
                                               "P.10", "recall.100", "judged.10"};
        bool several = argc - optind > 2;
        job.options.measures = job.n_measures > 0 ? job.measures : several ? compared : NULL;
        job.options.n_measures = job.n_measures > 0 ? job.n_measures
                                 : several          ? sizeof compared / sizeof compared[0]
                                                    : 0;
        code = evaluate_runs(&job, argv + optind, (size_t)(argc - optind));
    }
    free(job.measures);
    return code;
}

const struct command command_eval = {
    .name = "eval",
    .summary = "judge runs as trec_eval does, and compare them",
    .help = help,
    .letters = ":hm:qcl:J",
    .options = long_options,
    .run = run,
};
