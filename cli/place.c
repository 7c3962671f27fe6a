#include "cli/place.h"

#include "cli/message.h"
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SECONDS = 3600 };

static bool set_timeout(struct place *place, const struct command *self)
{
    double seconds;
    if (!options_positive(self, "--timeout", optarg, MOST_SECONDS, &seconds))
        return false;
    unsigned ms = (unsigned)(seconds * 1000 + 0.5);
    place->options.timeout_ms = ms > 0 ? ms : 1;
    return true;
}

bool place_option(struct place *place, const struct command *self, int option)
{
    switch (option) {
    case 'i':
        place->given = optarg;
        if (*optarg == '\0')
            options_wrong(self, "option '-i' needs the name of an index");
        return *optarg != '\0';
    case OPT_TIMEOUT:
        return set_timeout(place, self);
    case OPT_PARTIAL:
        place->options.partial = true;
        return true;
    default:
        return false;
    }
}

const char *place_uri(const struct place *place)
{
    if (place->given)
        return place->given;
    const char *said = getenv("ANAMNESIS_INDEX");
    return said && said[0] != '\0' ? said : "anamnesis.index";
}

anam_status place_open(anam_index **out, const struct place *place, anam_error *err)
{
    return anam_index_open(out, place_uri(place), &place->options, err);
}

static bool begins(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

/* Several places with commas between; a path may hold commas, too. */
static bool names_several(const char *uri)
{
    return begins(uri, "xapian") && (strstr(uri, ",xapian:") || strstr(uri, ",xapian+tcp:"));
}

/* Whether `anamnesis index` could make an index there. */
static bool can_be_made(const char *uri)
{
    return !begins(uri, "xapian+tcp:") && !names_several(uri);
}

static bool offers_partial(const struct command *self)
{
    const struct option *option = self->options;
    while (option->name && option->val != OPT_PARTIAL)
        option++;
    return option->name != NULL;
}

static const char *hint(const struct place *place, const struct command *self, anam_status status)
{
    switch (status) {
    case ANAM_DAMAGED:
        return "; make it anew with 'anamnesis index'";
    case ANAM_TOO_NEW:
        return "; this is anamnesis " ANAM_VERSION;
    case ANAM_REMOTE:
        return offers_partial(self) && !place->options.partial && names_several(place_uri(place))
                   ? "; --partial goes on without it"
                   : "";
    case ANAM_OK:
    case ANAM_INVALID:
    case ANAM_QUERY:
    case ANAM_BAD_DATA:
    case ANAM_NOT_INDEX:
    case ANAM_NOT_FOUND:
    case ANAM_IO:
    case ANAM_LOCKED: /* says so itself */
    case ANAM_NO_MEMORY:
    case ANAM_CHANGED:
    case ANAM_STOPPED:
        break;
    }
    return "";
}

int place_fail(const struct place *place, const struct command *self, const anam_error *err)
{
    const char *why = err->msg[0] != '\0' ? err->msg : anam_status_name(err->code);
    const char *given = place->given;
    if (err->code == ANAM_NOT_INDEX && can_be_made(place_uri(place)))
        message("%s; make one with 'anamnesis index %s%s%sFILE'", why, given ? "-i " : "",
                given ? given : "", given ? " " : "");
    else
        message("%s%s", why, hint(place, self, err->code));
    return exit_code(err->code);
}

/* Their uris with commas between; NULL where memory ran out. */
static char *list_missing(const anam_results *results)
{
    size_t n = anam_results_missing(results);
    size_t room = 1;
    for (size_t i = 0; i < n; i++)
        room += strlen(anam_results_missing_uri(results, i)) + 2;
    char *list = malloc(room);
    if (!list)
        return NULL;
    char *end = list;
    for (size_t i = 0; i < n; i++) {
        end = stpcpy(end, i > 0 ? ", " : "");
        end = stpcpy(end, anam_results_missing_uri(results, i));
    }
    *end = '\0';
    return list;
}

void place_tell_missing(const anam_index *index, const anam_results *results, char **told)
{
    size_t n = anam_results_missing(results);
    unsigned long shards = anam_index_get_info(index)->shards;
    char *list = list_missing(results);
    const char *before = told && *told ? *told : "";
    if (!list || strcmp(list, before) != 0) {
        if (n > 0)
            message("%zu of %lu shards did not answer (%s): results are partial", n, shards,
                    list ? list : "...");
        else if (list)
            message("all %lu shards answer again", shards);
    }
    if (told && list) {
        free(*told);
        *told = list;
    } else {
        free(list);
    }
}
