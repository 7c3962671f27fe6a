#include "cli/suggest.h"

#include "eval/nearest.h"

#include <string.h>

const char *suggest(const char *word, const char *const *names)
{
    struct anam_nearest nearest = {word, strlen(word), NULL, 0};
    for (; *names; names++)
        anam_nearest_try(&nearest, *names);
    return nearest.name;
}
