/* Topics: what a batch asks. */
#ifndef ANAM_TOPICS_H
#define ANAM_TOPICS_H

#include "anamnesis.h"

struct anam_topic {
    const char *qid; /* no white space */
    const char *text;
    size_t length; /* of text */
    size_t line;   /* of the file, from 1 */
};

struct anam_topics {
    size_t n;
    const struct anam_topic *topics;
};

/* Reads a file, or "-" for stdin, known by its content:
 *   lines `qid<TAB>text`;
 *   TREC <top> elements, <num> and <title> (else <desc>);
 *   JSON Lines, the id under qid, id or _id, the words under text, query, question
 *   or title.
 * Free with anam_topics_free. ANAM_BAD_DATA with "file:line: reason" for a malformed
 * topic, one without qid, and a qid given twice (both lines named), or where there is
 * no topic; ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_topics_read(struct anam_topics **out, const char *path, anam_error *err);
void anam_topics_free(struct anam_topics *topics);

/* The text of a topic by its qid, NULL where there is none. */
const struct anam_topic *anam_topics_find(const struct anam_topics *topics, const char *qid);

#endif
