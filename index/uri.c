#include "index/uri.h"

#include <string.h>

static const struct prefix {
    const char *text;
    enum anam_uri_kind kind;
} prefixes[] = {{"xapian:", ANAM_URI_XAPIAN}, {"xapian+tcp:", ANAM_URI_SERVED}};

enum { N_PREFIXES = sizeof prefixes / sizeof prefixes[0] };

enum anam_uri_kind anam_uri_kind(const char *uri, const char **rest)
{
    for (int i = 0; i < N_PREFIXES; i++) {
        size_t n = strlen(prefixes[i].text);
        if (strncmp(uri, prefixes[i].text, n) != 0)
            continue;
        if (rest)
            *rest = uri + n;
        return prefixes[i].kind;
    }
    if (rest)
        *rest = uri;
    return ANAM_URI_NATIVE;
}

size_t anam_uri_first(const char *uri)
{
    size_t n = 0;
    while (uri[n] && !(uri[n] == ',' && anam_uri_kind(uri + n + 1, NULL) != ANAM_URI_NATIVE))
        n++;
    return n;
}
