#include "index/lines.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

char *anam_line(char **at, const char *key)
{
    size_t n = strlen(key);
    if (strncmp(*at, key, n) != 0 || (*at)[n] != ' ')
        return NULL;
    char *value = *at + n + 1;
    char *end = strchr(value, '\n');
    if (!end)
        return NULL;
    *end = '\0';
    *at = end + 1;
    return value;
}

bool anam_line_number(const char *text, uint64_t max, uint64_t *v)
{
    if (!text || text[0] < '0' || text[0] > '9')
        return false;
    char *end;
    errno = 0;
    unsigned long long parsed = strtoull(text, &end, 10);
    *v = parsed;
    return errno == 0 && *end == '\0' && parsed <= max;
}

/* The settings by name. They are written as whole billionths: no locale can
 * misread those. */
static const struct setting {
    const char *name;
    size_t offset;
    double max;
} settings[] = {
    {"k1", offsetof(anam_settings, k1), 1000},
    {"b", offsetof(anam_settings, b), 1},
    {"w_question", offsetof(anam_settings, weight[ANAM_FIELD_QUESTION]), 1000},
    {"w_answer", offsetof(anam_settings, weight[ANAM_FIELD_ANSWER]), 1000},
};

enum { N_SETTINGS = sizeof settings / sizeof settings[0], BILLION = 1000000000 };

static double value_of(const anam_settings *s, const struct setting *which)
{
    double value;
    memcpy(&value, (const char *)s + which->offset, sizeof value);
    return value;
}

static const char *const scorers[] = {
    [ANAM_SCORER_BM25] = "bm25",
    [ANAM_SCORER_BM25_XAPIAN] = "bm25-xapian",
};

enum { N_SCORERS = sizeof scorers / sizeof scorers[0] };

const char *anam_scorer_name(int scorer)
{
    return scorer >= 0 && scorer < N_SCORERS ? scorers[scorer] : NULL;
}

bool anam_settings_valid(const anam_settings *s)
{
    for (size_t i = 0; i < N_SETTINGS; i++) {
        double value = value_of(s, &settings[i]);
        if (!(value >= 0 && value <= settings[i].max)) /* NaN too */
            return false;
    }
    return anam_scorer_name(s->scorer) != NULL;
}

bool anam_settings_parse(anam_settings *s, char **at)
{
    *s = (anam_settings)ANAM_SETTINGS_INIT;
    for (size_t i = 0; i < N_SETTINGS; i++) {
        char key[32];
        uint64_t v;
        snprintf(key, sizeof key, "setting %s", settings[i].name);
        if (!anam_line_number(anam_line(at, key), (uint64_t)(settings[i].max * BILLION), &v))
            return false;
        double value = (double)v / BILLION;
        memcpy((char *)s + settings[i].offset, &value, sizeof value);
    }
    const char *scorer = anam_line(at, "setting scorer");
    for (s->scorer = 0; scorer && s->scorer < N_SCORERS; s->scorer++)
        if (strcmp(scorer, scorers[s->scorer]) == 0)
            return true;
    return false;
}

size_t anam_settings_print(const anam_settings *s, char *text, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < N_SETTINGS && n < room; i++)
        n += (size_t)snprintf(text + n, room - n, "setting %s %.0f\n", settings[i].name,
                              value_of(s, &settings[i]) * BILLION);
    if (n < room)
        n += (size_t)snprintf(text + n, room - n, "setting scorer %s\n", scorers[s->scorer]);
    return n;
}

enum { SEAL = 13 }; /* "crc " and eight digits and a newline */

static void seal_of(const char *text, size_t n, char seal[SEAL + 1])
{
    unsigned long crc = crc32(0, (const unsigned char *)text, (uInt)n);
    snprintf(seal, SEAL + 1, "crc %08lx\n", crc);
}

size_t anam_lines_seal(char *text, size_t n, size_t room)
{
    char seal[SEAL + 1];
    if (n + sizeof seal > room)
        return 0;
    seal_of(text, n, seal);
    memcpy(text + n, seal, sizeof seal);
    return n + SEAL;
}

bool anam_lines_unseal(char *text, size_t n)
{
    char seal[SEAL + 1];
    if (n <= SEAL || strlen(text) != n)
        return false;
    seal_of(text, n - SEAL, seal);
    if (memcmp(text + n - SEAL, seal, SEAL) != 0)
        return false;
    text[n - SEAL] = '\0';
    return true;
}
