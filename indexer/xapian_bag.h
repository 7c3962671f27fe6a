/* The terms of one field of one record, with their frequencies. */
#ifndef ANAM_XAPIAN_BAG_H
#define ANAM_XAPIAN_BAG_H

#include "analysis/analyzer.h"
#include "base/alloc.h"

struct anam_bag_term {
    const char *term; /* until the bag is filled again */
    size_t len;
    uint32_t tf;
};

/* {0} is empty. */
struct anam_bag {
    struct anam_arena arena;
    struct anam_bag_term *terms; /* in byte order once counted */
    size_t n;
    size_t cap;
    uint32_t length; /* tokens */
};

/* Analyses the strings of a field. false without memory. */
bool anam_bag_fill(struct anam_bag *bag, struct anam_analyzer *analyzer, const anam_record *record,
                   int field);
void anam_bag_free(struct anam_bag *bag);

#endif
