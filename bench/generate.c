/* A collection of any size with the statistics of a judged one, and queries for it.
 *
 * usage: generate [--docs N] [--seed S] JSONL TOPICS... FOLDER
 *
 * writes FOLDER/corpus.jsonl (title, question, answers), FOLDER/corpus1.jsonl (the same
 * records with all text in one field) and topic files. The first records of a large
 * collection are those of a small one of the same seed. */
#include "bench/draw.h"
#include "bench/queries.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct sink {
    FILE *file;
    char path[4096];
    char *text; /* of one record */
    size_t n;
    size_t cap;
};

static void sink_open(struct sink *sink, const char *folder, const char *name)
{
    snprintf(sink->path, sizeof sink->path, "%s/%s", folder, name);
    sink->file = fopen(sink->path, "w");
    if (!sink->file)
        die("%s: %s", sink->path, strerror(errno));
    setvbuf(sink->file, NULL, _IOFBF, (size_t)1 << 20);
}

static void put_bytes(struct sink *sink, const char *bytes, size_t n)
{
    while (sink->cap < sink->n + n) {
        sink->cap = sink->cap ? 2 * sink->cap : 4096;
        sink->text = resize(sink->text, sink->cap, 1);
    }
    memcpy(sink->text + sink->n, bytes, n);
    sink->n += n;
}

static void put(struct sink *sink, const char *text)
{
    put_bytes(sink, text, strlen(text));
}

static void put_words(struct sink *sink, const struct vocabulary *v, const uint32_t *words,
                      size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            put_bytes(sink, " ", 1);
        put_bytes(sink, v->text + v->offset[words[i]], v->length[words[i]]);
    }
}

static void put_id(struct sink *sink, uint64_t number)
{
    char id[64];
    snprintf(id, sizeof id, "{\"id\":\"b%07" PRIu64 "\"", number);
    put(sink, id);
}

static void flush(struct sink *sink)
{
    if (fwrite(sink->text, 1, sink->n, sink->file) != sink->n)
        die("%s: %s", sink->path, strerror(errno));
    sink->n = 0;
}

static void sink_close(struct sink *sink)
{
    if (fclose(sink->file) != 0)
        die("%s: %s", sink->path, strerror(errno));
    free(sink->text);
}

static void put_record(struct sink *two, struct sink *one, const struct vocabulary *v,
                       uint64_t number, const struct drawn *r)
{
    put_id(two, number);
    put(two, ",\"title\":\"");
    put_words(two, v, r->question.words, r->title);
    put(two, "\",\"question\":\"");
    put_words(two, v, r->question.words + r->title, r->question.n - r->title);
    put(two, "\",\"answers\":[{\"text\":\"");
    put_words(two, v, r->answer.words, r->answer.n);
    put(two, "\"}]}\n");
    flush(two);
    put_id(one, number);
    put(one, ",\"text\":\"");
    put_words(one, v, r->question.words, r->question.n);
    put(one, " ");
    put_words(one, v, r->answer.words, r->answer.n);
    put(one, "\"}\n");
    flush(one);
}

static void write_collection(struct source *s, uint64_t docs, uint64_t seed, const char *folder)
{
    struct draw d;
    struct drawn record = {0};
    struct sink two = {0};
    struct sink one = {0};
    draw_begin(&d, s, seed);
    sink_open(&two, folder, "corpus.jsonl");
    sink_open(&one, folder, "corpus1.jsonl");
    while (d.records < docs) {
        uint64_t number = d.records;
        draw_record(&d, &record);
        put_record(&two, &one, &s->words, number, &record);
    }
    sink_close(&two);
    sink_close(&one);
    fprintf(stderr,
            "records %" PRIu64 "  tokens %" PRIu64 "  postings %" PRIu64 " (two fields %" PRIu64
            ")  vocabulary %" PRIu64 "\n",
            d.records, d.tokens, d.postings, d.postings_split, d.vocabulary);
    free(record.question.words);
    free(record.answer.words);
    draw_end(&d);
}

static uint64_t number_of(const char *option, const char *text)
{
    char *end;
    errno = 0;
    unsigned long long n = text ? strtoull(text, &end, 10) : 0;
    if (!text || *text < '0' || *text > '9' || *end || errno || n == 0 || n > 100000000)
        die("%s: a number from 1 to 100000000 is needed", option);
    return n;
}

int main(int argc, char **argv)
{
    uint64_t docs = 200000;
    uint64_t seed = 1;
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; at += 2) {
        if (strcmp(argv[at], "--docs") == 0)
            docs = number_of("--docs", argv[at + 1]);
        else if (strcmp(argv[at], "--seed") == 0)
            seed = number_of("--seed", argv[at + 1]);
        else
            die("unknown option %s", argv[at]);
    }
    if (argc - at < 3)
        die("usage: generate [--docs N] [--seed S] JSONL TOPICS... FOLDER");
    const char *folder = argv[argc - 1];
    struct source source = {0};
    source_read_records(&source, argv[at]);
    for (int i = at + 1; i < argc - 1; i++)
        source_read_topics(&source, argv[i]);
    source_finish(&source);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        die("%s: %s", folder, strerror(errno));
    queries_write(&source, seed, folder);
    write_collection(&source, docs, seed, folder);
    source_free(&source);
    return 0;
}
