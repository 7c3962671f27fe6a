/* How results are shown, so that a command is written once: as text for people
 * (printer_text.c) or as JSON, one line each (printer_json.c, docs/JSON.md).
 * Everything goes to stdout. */
#ifndef ANAM_CLI_PRINTER_H
#define ANAM_CLI_PRINTER_H

#include "anamnesis.h"

#include <stdbool.h>
#include <stddef.h>

/* An answered query. */
struct answered {
    const char *query;
    size_t length;
    const anam_results *results;
};

struct printer {
    void (*results)(const struct printer *printer, const struct answered *answered);
    void (*record)(const struct printer *printer, const anam_results *of); /* of anam_get */
    void (*info)(const struct printer *printer, const char *place, const anam_index_info *info);
    /* Settings. A printer heeds those that mean something to it. */
    bool explain;   /* hits carry their parts: show them */
    bool headed;    /* each block of results is headed by its query */
    bool colour;    /* text only, as the following */
    size_t columns; /* of a line */
};

/* Text for the screen that stdout is; no colour, no heading. */
void printer_text_init(struct printer *printer);

void printer_json_init(struct printer *printer);

/* Parts of the text printer that have a file of their own. */
void text_record(const struct printer *printer, const anam_results *of);
void text_explain(const struct printer *printer, const anam_hit *hit, size_t indent);

/* Specialty, asker, date and id on one line, as far as known. */
struct flow;
void text_meta(struct flow *flow, const anam_record *record);

#endif
