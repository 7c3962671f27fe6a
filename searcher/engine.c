#include "searcher/engine.h"

#include "analysis/analyzer.h"

#include <inttypes.h>
#include <string.h>

anam_status anam_engine_reads(uint32_t analyzer, const char *language, const char *where,
                              anam_error *err)
{
    if (analyzer != ANAM_ANALYZER_VERSION)
        return anam_fail(err, analyzer > ANAM_ANALYZER_VERSION ? ANAM_TOO_NEW : ANAM_DAMAGED,
                         "%s: made with analyzer %" PRIu32 ", this program has %d: index again",
                         where, analyzer, ANAM_ANALYZER_VERSION);
    if (strcmp(language, "none") == 0)
        return ANAM_OK;
    for (const char *const *name = anam_languages(); *name; name++)
        if (strcmp(language, *name) == 0)
            return ANAM_OK;
    return anam_fail(err, ANAM_TOO_NEW, "%s: this program does not know language '%s'", where,
                     language);
}
