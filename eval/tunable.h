/* The settings that tuning can turn, by name. A later ranking feature joins with one
 * line in the table of tunable.c. */
#ifndef ANAM_TUNABLE_H
#define ANAM_TUNABLE_H

#include "anamnesis.h"

struct anam_tunable {
    const char *name;
    const char *what; /* one line */
    double min;       /* of a sensible search, inclusive */
    double max;
    double step;  /* of the first, coarse pass */
    double limit; /* the greatest value a settings file may have */
    double (*get)(const anam_settings *s);
    void (*set)(anam_settings *s, double value);
};

/* The table, ended by a NULL name. */
extern const struct anam_tunable anam_tunables[];

/* The tunable of that name, or NULL. */
const struct anam_tunable *anam_tunable_find(const char *name);

/* Settings as a JSON object {"k1":1.2,...,"scorer":"bm25"}: the keys are the table's
 * names, and the name of a scorer. Reading starts from *s, so that a file may name some
 * only. ANAM_BAD_DATA naming file and key; ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_settings_read(anam_settings *s, const char *path, anam_error *err);

/* Writes the file anew, atomically; "-" is stdout. ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_settings_write(const anam_settings *s, const char *path, anam_error *err);

#endif
