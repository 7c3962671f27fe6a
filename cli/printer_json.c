/* Results and facts as JSON, one line each. docs/JSON.md is the schema: keys are
 * added, never changed, while SCHEMA stays. */
#include "cli/json_writer.h"
#include "cli/output.h"
#include "cli/printer.h"

enum { SCHEMA = 1 };

/* Keys of ours, which further keys of a record must not repeat. */
static const char *const record_keys[] = {
    "v",       "rank", "score",     "id",    "title",   "question", "snippet",
    "answers", "text", "specialty", "tags",  "asker",   "date",     "url",
    "source",  "lang", "parts",     "extra", "partial", "missing",  NULL};
static const char *const answer_keys[] = {"text", "author", "role", "date", "extra", NULL};
static const char *const asker_keys[] = {"sex", "age_min", "age_max", "extra", NULL};

static void put_answers(struct json_writer *w, const anam_record *record)
{
    jw_array(w, "answers");
    for (size_t i = 0; i < record->n_answers; i++) {
        const anam_answer *answer = &record->answers[i];
        jw_object(w, NULL);
        jw_string(w, "text", answer->text);
        jw_string(w, "author", answer->author);
        jw_string(w, "role", answer->role);
        jw_string(w, "date", answer->date);
        jw_members(w, answer->extra, answer_keys);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void put_asker(struct json_writer *w, const anam_asker *asker)
{
    if (!asker->sex && asker->age_min < 0 && asker->age_max < 0 && !asker->extra)
        return;
    jw_object(w, "asker");
    jw_string(w, "sex", asker->sex);
    if (asker->age_min >= 0)
        jw_count(w, "age_min", (uint64_t)asker->age_min);
    if (asker->age_max >= 0)
        jw_count(w, "age_max", (uint64_t)asker->age_max);
    jw_members(w, asker->extra, asker_keys);
    jw_object_end(w);
}

static void put_tags(struct json_writer *w, const anam_record *record)
{
    if (record->n_tags == 0)
        return;
    jw_array(w, "tags");
    for (size_t i = 0; i < record->n_tags; i++)
        jw_string(w, NULL, record->tags[i]);
    jw_array_end(w);
}

/* What follows title and question. */
static void put_rest(struct json_writer *w, const anam_record *record)
{
    put_answers(w, record);
    jw_string(w, "text", record->text);
    jw_string(w, "specialty", record->specialty);
    put_tags(w, record);
    put_asker(w, &record->asker);
    jw_string(w, "date", record->date);
    jw_string(w, "url", record->url);
    jw_string(w, "source", record->source);
    jw_string(w, "lang", record->lang);
}

static void put_marks(struct json_writer *w, const anam_passage *passage)
{
    jw_array(w, "marks");
    for (size_t i = 0; i < passage->n_marks; i++) {
        jw_array(w, NULL);
        jw_count(w, NULL, passage->marks[i].start);
        jw_count(w, NULL, passage->marks[i].end);
        jw_array_end(w);
    }
    jw_array_end(w);
}

static void put_range(struct json_writer *w, const anam_passage *passage)
{
    jw_count(w, "start", passage->range.start);
    jw_count(w, "end", passage->range.end);
    put_marks(w, passage);
    jw_bytes(w, "text", passage->source + passage->range.start,
             passage->range.end - passage->range.start);
}

static void put_snippet(struct json_writer *w, const anam_hit *hit)
{
    jw_object(w, "snippet");
    if (hit->title.source) {
        jw_object(w, "title");
        put_marks(w, &hit->title);
        jw_object_end(w);
    }
    if (hit->question.source) {
        jw_object(w, "question");
        put_range(w, &hit->question);
        jw_object_end(w);
    }
    if (hit->answer.source) {
        jw_object(w, "answer");
        if (hit->answer.answer < hit->record->n_answers)
            jw_count(w, "answer", hit->answer.answer);
        else
            jw_null(w, "answer");
        put_range(w, &hit->answer);
        jw_object_end(w);
    }
    jw_object_end(w);
}

static void put_parts(struct json_writer *w, const anam_hit *hit)
{
    jw_array(w, "parts");
    for (size_t i = 0; i < hit->n_parts; i++) {
        const anam_part *part = &hit->parts[i];
        jw_object(w, NULL);
        jw_string(w, "field", anam_field_name(part->field));
        jw_string(w, "term", part->term);
        jw_double(w, "query_tf", part->query_tf);
        jw_count(w, "df", part->df);
        jw_double(w, "idf", part->idf);
        jw_count(w, "tf", part->tf);
        jw_count(w, "length", part->length);
        jw_double(w, "avg_length", part->avg_length);
        jw_double(w, "score", part->score);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void put_hit(struct json_writer *w, const anam_hit *hit, bool explain)
{
    const anam_record *record = hit->record;
    jw_object(w, NULL);
    jw_count(w, "rank", hit->rank);
    jw_string(w, "id", hit->id);
    jw_float(w, "score", hit->score);
    jw_string(w, "title", record->title);
    jw_string(w, "question", record->question);
    put_snippet(w, hit);
    put_rest(w, record);
    if (explain)
        put_parts(w, hit);
    jw_members(w, record->extra, record_keys);
    jw_object_end(w);
}

/* Of results that lack shards. */
static void put_missing(struct json_writer *w, const anam_results *results)
{
    size_t n = anam_results_missing(results);
    if (n == 0)
        return;
    jw_true(w, "partial");
    jw_array(w, "missing");
    for (size_t i = 0; i < n; i++)
        jw_string(w, NULL, anam_results_missing_uri(results, i));
    jw_array_end(w);
}

static void print_results(const struct printer *printer, const struct answered *answered)
{
    struct json_writer w = {0};
    jw_object(&w, NULL);
    jw_count(&w, "v", SCHEMA);
    jw_bytes(&w, "query", answered->query, answered->length);
    put_missing(&w, answered->results);
    jw_array(&w, "hits");
    size_t count = anam_results_count(answered->results);
    for (size_t i = 0; i < count && !out_failed(); i++)
        put_hit(&w, anam_results_hit(answered->results, i), printer->explain);
    jw_array_end(&w);
    jw_object_end(&w);
    jw_line_end(&w);
}

static void print_record(const struct printer *printer, const anam_results *of)
{
    const anam_record *record = anam_results_hit(of, 0)->record;
    (void)printer;
    struct json_writer w = {0};
    jw_object(&w, NULL);
    jw_count(&w, "v", SCHEMA);
    put_missing(&w, of);
    jw_string(&w, "id", record->id);
    jw_string(&w, "title", record->title);
    jw_string(&w, "question", record->question);
    put_rest(&w, record);
    jw_members(&w, record->extra, record_keys);
    jw_object_end(&w);
    jw_line_end(&w);
}

static void put_field(struct json_writer *w, int field, const anam_field_info *info)
{
    jw_object(w, anam_field_name(field));
    jw_count(w, "tokens", info->tokens);
    jw_count(w, "postings", info->postings);
    jw_double(w, "avg_length", info->avg_length);
    jw_object_end(w);
}

/* Sizes are not known where servers have the files. */
static void put_sizes(struct json_writer *w, const anam_index_info *info)
{
    const struct {
        const char *key;
        uint64_t bytes;
    } sizes[] = {
        {"bytes", info->bytes},
        {"bytes_postings", info->bytes_postings},
        {"bytes_terms", info->bytes_terms},
        {"bytes_documents", info->bytes_documents},
        {"bytes_other", info->bytes_other},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (info->bytes > 0)
            jw_count(w, sizes[i].key, sizes[i].bytes);
        else
            jw_null(w, sizes[i].key);
    }
}

/* Of a process that searches; not known for Xapian. */
static void put_memory(struct json_writer *w, const anam_index_info *info)
{
    if (info->bytes_mapped > 0) {
        jw_count(w, "bytes_mapped", info->bytes_mapped);
        jw_count(w, "bytes_searcher", info->bytes_searcher);
    } else {
        jw_null(w, "bytes_mapped");
        jw_null(w, "bytes_searcher");
    }
}

static void print_info(const struct printer *printer, const char *place,
                       const anam_index_info *info)
{
    (void)printer;
    struct json_writer w = {0};
    jw_object(&w, NULL);
    jw_count(&w, "v", SCHEMA);
    jw_string(&w, "index", place);
    jw_string(&w, "engine", info->engine);
    jw_count(&w, "shards", info->shards);
    jw_count(&w, "shards_missing", info->shards_missing);
    jw_string(&w, "analyzer", info->analyzer);
    jw_string(&w, "language", info->language);
    jw_count(&w, "format", info->format);
    jw_count(&w, "generation", info->generation);
    jw_count(&w, "documents", info->documents);
    jw_count(&w, "terms", info->terms);
    put_sizes(&w, info);
    put_memory(&w, info);
    jw_object(&w, "fields");
    for (int field = 0; field < ANAM_N_FIELDS; field++)
        put_field(&w, field, &info->fields[field]);
    jw_object_end(&w);
    jw_object_end(&w);
    jw_line_end(&w);
}

void printer_json_init(struct printer *printer)
{
    *printer = (struct printer){
        .results = print_results,
        .record = print_record,
        .info = print_info,
    };
}
