/* Names of indexes; see anam_index_open. */
#ifndef ANAM_URI_H
#define ANAM_URI_H

#include <stdbool.h>
#include <stddef.h>

enum anam_uri_kind {
    ANAM_URI_NATIVE, /* PATH */
    ANAM_URI_XAPIAN, /* xapian:PATH */
    ANAM_URI_SERVED  /* xapian+tcp:... */
};

/* What a uri begins with; *rest, which may be NULL, receives what comes behind. */
enum anam_uri_kind anam_uri_kind(const char *uri, const char **rest);

/* The length of the first of several uris for Xapian joined by commas. A comma counts only
 * before another prefix: a path may hold commas, too. */
size_t anam_uri_first(const char *uri);

#endif
