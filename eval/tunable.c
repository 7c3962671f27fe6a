#include "eval/tunable.h"

#include "base/file.h"
#include "base/slurp.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static double get_k1(const anam_settings *s)
{
    return s->k1;
}

static void set_k1(anam_settings *s, double value)
{
    s->k1 = value;
}

static double get_b(const anam_settings *s)
{
    return s->b;
}

static void set_b(anam_settings *s, double value)
{
    s->b = value;
}

/* Only the ratio of the weights matters to a ranking, so they always sum to 1. */
static double get_question(const anam_settings *s)
{
    double sum = s->weight[ANAM_FIELD_QUESTION] + s->weight[ANAM_FIELD_ANSWER];
    return sum > 0 ? s->weight[ANAM_FIELD_QUESTION] / sum : 0;
}

static void set_question(anam_settings *s, double value)
{
    s->weight[ANAM_FIELD_QUESTION] = value;
    s->weight[ANAM_FIELD_ANSWER] = 1 - value;
}

const struct anam_tunable anam_tunables[] = {
    {"k1", "BM25: how soon repeated words stop to count more", 0, 3, 0.3, 1000, get_k1, set_k1},
    {"b", "BM25: how much long texts are marked down", 0, 1, 0.15, 1, get_b, set_b},
    {"w_question", "share of the question field; the answer field has the rest", 0, 1, 0.1, 1,
     get_question, set_question},
    {NULL, NULL, 0, 0, 0, 0, NULL, NULL},
};

const struct anam_tunable *anam_tunable_find(const char *name)
{
    for (const struct anam_tunable *t = anam_tunables; t->name; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

static anam_status take_number(anam_settings *s, const char *path, const char *key,
                               const json_t *value, anam_error *err)
{
    const struct anam_tunable *t = anam_tunable_find(key);
    double v = json_number_value(value);
    if (!t)
        return anam_fail(err, ANAM_BAD_DATA, "%s: unknown setting '%.40s'", path, key);
    if (!json_is_number(value) || !(v >= 0 && v <= t->limit))
        return anam_fail(err, ANAM_BAD_DATA, "%s: %s is not a number from 0 to %g", path, key,
                         t->limit);
    t->set(s, v);
    return ANAM_OK;
}

static anam_status take_scorer(anam_settings *s, const char *path, const json_t *value,
                               anam_error *err)
{
    char known[160] = "";
    size_t n = 0;
    const char *name = json_string_value(value);
    if (!name)
        return anam_fail(err, ANAM_BAD_DATA, "%s: scorer is not a string", path);
    for (int i = 0; anam_scorer_name(i); i++) {
        if (strcmp(name, anam_scorer_name(i)) == 0) {
            s->scorer = i;
            return ANAM_OK;
        }
        if (n < sizeof known)
            n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", i > 0 ? ", " : "",
                                  anam_scorer_name(i));
    }
    return anam_fail(err, ANAM_BAD_DATA, "%s: unknown scorer '%.40s'; known are %s", path, name,
                     known);
}

static anam_status take(anam_settings *s, const char *path, json_t *object, anam_error *err)
{
    const char *key;
    json_t *value;
    anam_status status = ANAM_OK;
    json_object_foreach(object, key, value)
    {
        status = strcmp(key, "scorer") == 0 ? take_scorer(s, path, value, err)
                                            : take_number(s, path, key, value, err);
        if (status)
            break;
    }
    return status;
}

anam_status anam_settings_read(anam_settings *s, const char *path, anam_error *err)
{
    struct anam_buffer text = {0};
    json_error_t why;
    json_t *object = NULL;
    anam_status status = anam_slurp(path, &text, err);
    if (status)
        goto cleanup;
    object = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &why);
    if (!object && json_error_code(&why) == json_error_out_of_memory)
        status = anam_fail_memory(err);
    else if (!object)
        status = anam_fail(err, ANAM_BAD_DATA, "%s:%d: %s", path, why.line, why.text);
    else if (!json_is_object(object))
        status = anam_fail(err, ANAM_BAD_DATA, "%s: not a JSON object", path);
    else
        status = take(s, path, object, err);
cleanup:
    json_decref(object);
    anam_buffer_free(&text);
    return status;
}

anam_status anam_settings_write(const anam_settings *s, const char *path, anam_error *err)
{
    json_t *object = json_object();
    bool ok = object != NULL;
    for (const struct anam_tunable *t = anam_tunables; t->name && ok; t++)
        ok = json_object_set_new(object, t->name, json_real(t->get(s))) == 0;
    ok = ok && json_object_set_new(object, "scorer", json_string(anam_scorer_name(s->scorer))) == 0;
    char *text = ok ? json_dumps(object, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(object);
    struct anam_buffer line = {0};
    anam_status status = ANAM_OK;
    if (!text || !anam_buffer_append_str(&line, text) || !anam_buffer_append_str(&line, "\n") ||
        !anam_buffer_terminate(&line))
        status = anam_fail_memory(err);
    else if (strcmp(path, "-") == 0) {
        int sys = anam_write_all(STDOUT_FILENO, line.data, line.len);
        if (sys)
            status = anam_fail_sys(err, sys, "cannot write to standard output");
    } else {
        status = anam_write_whole(path, line.data, line.len, err);
    }
    free(text);
    anam_buffer_free(&line);
    return status;
}
