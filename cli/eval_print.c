/* One run: trec_eval's lines, or a line of JSON. */
#include "cli/eval.h"
#include "cli/json_writer.h"
#include "cli/message.h"
#include "cli/output.h"

static void print_values(const struct anam_evaluation *e, const double *values, const char *qid)
{
    bool summary = values == e->all;
    for (size_t i = 0; i < e->n_measures; i++) {
        if (e->only_all[i] && !summary)
            continue;
        if (e->is_count[i])
            out_format("%-22s\t%s\t%.0f\n", e->names[i], qid, values[i]);
        else
            out_format("%-22s\t%s\t%6.4f\n", e->names[i], qid, values[i]);
    }
}

static void print_text(const struct eval_job *job)
{
    const struct eval_run *run = &job->runs[0];
    const struct anam_evaluation *e = run->values;
    for (size_t q = 0; job->queries && q < e->n_queries; q++)
        print_values(e, e->values + q * e->n_measures, e->qids[q]);
    if (job->n_measures == 0)
        out_format("%-22s\tall\t%s\n", "runid", run->tag);
    print_values(e, e->all, "all");
}

static void put_values(struct json_writer *w, const char *key, const struct anam_evaluation *e,
                       const double *values)
{
    jw_object(w, key);
    for (size_t i = 0; i < e->n_measures; i++) {
        if (e->only_all[i] && values != e->all)
            continue;
        if (e->is_count[i])
            jw_count(w, e->names[i], (uint64_t)values[i]);
        else
            jw_double(w, e->names[i], values[i]);
    }
    jw_object_end(w);
}

static void print_json(const struct eval_job *job)
{
    const struct eval_run *run = &job->runs[0];
    const struct anam_evaluation *e = run->values;
    struct json_writer w = {0};
    jw_object(&w, NULL);
    jw_count(&w, "v", 1);
    jw_string(&w, "run", run->path);
    jw_string(&w, "tag", run->tag);
    put_values(&w, "measures", e, e->all);
    if (job->queries) {
        jw_object(&w, "queries");
        for (size_t q = 0; q < e->n_queries; q++)
            put_values(&w, e->qids[q], e, e->values + q * e->n_measures);
        jw_object_end(&w);
    }
    jw_object_end(&w);
    jw_line_end(&w);
}

int eval_print(const struct eval_job *job)
{
    if (job->json)
        print_json(job);
    else
        print_text(job);
    return EXIT_DONE;
}
