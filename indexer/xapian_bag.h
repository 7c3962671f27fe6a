/* The terms of one field of one record, with their frequencies. */
#ifndef ANAM_XAPIAN_BAG_H
#define ANAM_XAPIAN_BAG_H

#include "analysis/terms.h"

/* {0} is empty. */
struct anam_bag {
    struct anam_arena arena;
    struct anam_terms terms; /* in byte order, until the bag is filled again */
};

/* Analyses the strings of a field. false without memory. */
bool anam_bag_fill(struct anam_bag *bag, struct anam_analyzer *analyzer, const anam_record *record,
                   int field);
void anam_bag_free(struct anam_bag *bag);

#endif
