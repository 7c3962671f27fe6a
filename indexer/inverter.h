/* Inversion in memory: terms of documents in, sorted runs out. */
#ifndef ANAM_INVERTER_H
#define ANAM_INVERTER_H

#include "base/alloc.h"
#include "base/file.h"
#include "base/hash.h"
#include "index/format.h"

/* Terms that wait to be counted, so that what is known of them can be loaded meanwhile. */
enum { ANAM_INVERTER_WAITING = 32 };

struct anam_inverter {
    struct anam_hash_key key;
    struct anam_arena arena;
    struct anam_inverted **table; /* open addressing, a power of two */
    size_t slots;
    size_t terms;
    struct anam_inverted *waiting[ANAM_INVERTER_WAITING];
    size_t n_waiting;
    struct anam_inverted **touched; /* terms of the field being read */
    size_t n_touched;
    size_t cap_touched;
};

void anam_inverter_init(struct anam_inverter *inv);
void anam_inverter_free(struct anam_inverter *inv);

/* Bytes it holds. */
size_t anam_inverter_memory(const struct anam_inverter *inv);

/* Counts one occurrence of a term in the field being read. *note, where there is one, is
 * NULL or what an earlier call with the same term has put there; it saves looking the term
 * up. Notes are void once the inverter was emptied. false without memory. */
bool anam_inverter_count(struct anam_inverter *inv, const char *term, size_t len, void **note);

/* Ends the field: what was counted becomes postings of `document`, which must not be
 * below that of an earlier call. false without memory. */
bool anam_inverter_end_field(struct anam_inverter *inv, uint32_t document, int field);

/* Writes everything as one sorted run to the file and empties the inverter.
 *   run   := entry*
 *   entry := varint bytes of term, term, u8 field, varint postings, varint n, n bytes of them
 *   postings := (varint (document - document before) << 1 | (tf == 1), [varint tf])*
 * ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_inverter_write_run(struct anam_inverter *inv, struct anam_file_writer *file,
                                    anam_error *err);

#endif
