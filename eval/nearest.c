#include "eval/nearest.h"

#include <stdbool.h>
#include <string.h>

enum { LONGEST = 32, MISTAKES = 2 };

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same(char a, char b)
{
    return lower(a) == lower(b);
}

/* Optimal string alignment: the edit distance of Damerau (1964) in which no part of
 * a word is edited twice. Three rows of the table are enough. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];
    for (size_t j = 0; j <= b_length; j++)
        above[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t change = same(a[i - 1], b[j - 1]) ? 0 : 1;
            row[j] = min(above[j - 1] + change, min(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                row[j] = min(row[j], before[j - 2] + 1);
        }
        size_t *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[b_length];
}

void anam_nearest_try(struct anam_nearest *nearest, const char *name)
{
    size_t n = strlen(name);
    if (n > LONGEST || nearest->n > LONGEST)
        return;
    size_t d = distance(nearest->word, nearest->n, name, n);
    if (d > MISTAKES || d >= min(n, nearest->n) || (nearest->name && d >= nearest->mistakes))
        return;
    nearest->name = name;
    nearest->mistakes = d;
}
