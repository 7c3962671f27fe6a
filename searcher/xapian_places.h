/* Where the databases of an index for Xapian are. */
#ifndef ANAM_XAPIAN_PLACES_H
#define ANAM_XAPIAN_PLACES_H

#include "base/error.h"

#include <stdbool.h>

struct anam_xapian_place {
    char *uri;  /* as given, or of a shard in the directory given; for messages */
    char *path; /* of the database, or NULL: it is served */
    char *host;
    uint16_t port;
};

struct anam_xapian_places {
    struct anam_xapian_place *place;
    size_t n;
    size_t cap;
};

/* Takes a uri of anam_index_open apart; a directory becomes the databases that its
 * stub names at this moment. ANAM_INVALID, ANAM_DAMAGED (a stub), ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_xapian_places_find(struct anam_xapian_places *places, const char *uri,
                                    anam_error *err);
void anam_xapian_places_free(struct anam_xapian_places *places);

#endif
