/* The formats an archive can have; the table of them is in corpus.c. */
#ifndef ANAM_CORPUS_FORMAT_H
#define ANAM_CORPUS_FORMAT_H

#include "corpus/reader.h"

struct anam_format {
    const char *name;
    /* Whether a text beginning with these n bytes (anything) is of this format. */
    bool (*sniff)(const char *head, size_t n);
    /* Reads r->in to its end. Statuses as for anam_corpus_read, err in r->err. */
    anam_status (*read)(struct anam_reader *r);
};

extern const struct anam_format anam_format_jsonl;   /* jsonl.c */
extern const struct anam_format anam_format_csv;     /* csv.c */
extern const struct anam_format anam_format_tsv;     /* csv.c */
extern const struct anam_format anam_format_medquad; /* medquad.c */
extern const struct anam_format anam_format_trec;    /* trec.c */

#endif
