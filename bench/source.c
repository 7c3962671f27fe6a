#include "bench/source.h"

#include "analysis/stop.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_token(void *ctx, const char *word, size_t len)
{
    struct source *s = ctx;
    MAKE_ROOM(s->tokens, s->n_tokens, s->tokens_cap);
    s->tokens[s->n_tokens++] = vocabulary_add(&s->words, word, len, NULL);
}

static void add_text(struct source *s, json_t *value)
{
    if (json_is_string(value))
        each_token(json_string_value(value), add_token, s);
}

static struct stretch since(const struct source *s, size_t start)
{
    return (struct stretch){(uint32_t)start, (uint32_t)(s->n_tokens - start)};
}

static uint32_t group_of(struct source *s, json_t *record)
{
    const char *name = json_string_value(json_object_get(record, "specialty"));
    if (!name)
        name = json_string_value(json_object_get(record, "source"));
    if (!name || !*name)
        name = "-";
    size_t len = strlen(name);
    return vocabulary_add(&s->groups, name, len < WORD_MAX ? len : WORD_MAX, NULL);
}

static void add_record(struct source *s, json_t *record)
{
    struct theme theme = {.group = group_of(s, record)};
    size_t start = s->n_tokens;
    add_text(s, json_object_get(record, "title"));
    theme.title = since(s, start);
    add_text(s, json_object_get(record, "question"));
    theme.question = since(s, start);
    size_t answer = s->n_tokens;
    add_text(s, json_object_get(record, "answer"));
    add_text(s, json_object_get(record, "text"));
    json_t *answers = json_object_get(record, "answers");
    for (size_t i = 0; i < json_array_size(answers); i++)
        add_text(s, json_object_get(json_array_get(answers, i), "text"));
    theme.answer = since(s, answer);
    theme.whole = since(s, start);
    if (theme.question.n == 0)
        theme.question = theme.whole;
    if (theme.answer.n == 0)
        theme.answer = theme.whole;
    if (theme.title.n == 0)
        theme.title = theme.question;
    if (theme.whole.n < 4)
        return;
    MAKE_ROOM(s->themes, s->n_themes, s->themes_cap);
    s->themes[s->n_themes++] = theme;
}

static FILE *open_to_read(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        die("%s: %s", path, strerror(errno));
    return file;
}

void source_read_records(struct source *s, const char *path)
{
    FILE *file = open_to_read(path);
    char *line = NULL;
    size_t cap = 0;
    for (size_t number = 1; getline(&line, &cap, file) > 0; number++) {
        json_error_t error;
        json_t *record = json_loads(line, 0, &error);
        if (!record)
            die("%s:%zu: %s", path, number, error.text);
        add_record(s, record);
        json_decref(record);
    }
    free(line);
    fclose(file);
    s->n_theme_tokens = s->n_tokens;
    if (s->n_themes == 0)
        die("%s: no records", path);
}

void source_read_topics(struct source *s, const char *path)
{
    FILE *file = open_to_read(path);
    char *line = NULL;
    size_t cap = 0;
    while (getline(&line, &cap, file) > 0) {
        const char *tab = strchr(line, '\t');
        size_t start = s->n_tokens;
        if (tab)
            each_token(tab + 1, add_token, s);
        if (s->n_tokens - start < 2)
            continue;
        MAKE_ROOM(s->topics, s->n_topics, s->topics_cap);
        s->topics[s->n_topics++] = since(s, start);
    }
    free(line);
    fclose(file);
}

static void count(const struct source *s, struct stretch stretch, uint32_t *df, uint32_t *last,
                  uint32_t mark)
{
    for (uint32_t i = 0; i < stretch.n; i++) {
        uint32_t word = s->tokens[stretch.start + i];
        df[word] += last[word] != mark;
        last[word] = mark;
    }
}

static void join_groups(struct source *s)
{
    s->members = resize(NULL, s->groups.n, sizeof *s->members);
    s->n_members = resize(NULL, s->groups.n, sizeof *s->n_members);
    memset(s->n_members, 0, s->groups.n * sizeof *s->n_members);
    for (size_t i = 0; i < s->n_themes; i++)
        s->themes[i].place = s->n_members[s->themes[i].group]++;
    for (uint32_t g = 0; g < s->groups.n; g++)
        s->members[g] = resize(NULL, s->n_members[g], sizeof *s->members[g]);
    for (size_t i = 0; i < s->n_themes; i++)
        s->members[s->themes[i].group][s->themes[i].place] = (uint32_t)i;
}

void source_finish(struct source *s)
{
    if (s->n_topics == 0)
        die("no topics");
    uint32_t n = s->n_known = s->words.n;
    s->df = resize(NULL, n, sizeof *s->df);
    s->topic_df = resize(NULL, n, sizeof *s->topic_df);
    s->function = resize(NULL, n, 1);
    uint32_t *last = resize(NULL, n, sizeof *last);
    memset(s->df, 0, n * sizeof *s->df);
    memset(s->topic_df, 0, n * sizeof *s->topic_df);
    memset(last, 0, n * sizeof *last);
    uint32_t mark = 0;
    for (size_t i = 0; i < s->n_themes; i++)
        count(s, s->themes[i].whole, s->df, last, ++mark);
    for (size_t i = 0; i < s->n_topics; i++)
        count(s, s->topics[i], s->topic_df, last, ++mark);
    free(last);
    for (uint32_t i = 0; i < n; i++)
        s->function[i] = anam_is_stop_word(vocabulary_word(&s->words, i), s->words.length[i]);
    join_groups(s);
}

void source_free(struct source *s)
{
    for (uint32_t g = 0; s->members && g < s->groups.n; g++)
        free(s->members[g]);
    free(s->members);
    free(s->n_members);
    vocabulary_free(&s->words);
    vocabulary_free(&s->groups);
    free(s->tokens);
    free(s->themes);
    free(s->topics);
    free(s->df);
    free(s->topic_df);
    free(s->function);
    *s = (struct source){0};
}
