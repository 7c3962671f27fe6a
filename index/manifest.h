/* The manifest: what the current generation of an index is. */
#ifndef ANAM_MANIFEST_H
#define ANAM_MANIFEST_H

#include "base/error.h"
#include "index/format.h"

#include <stdbool.h>
#include <stdint.h>

struct anam_manifest {
    uint64_t generation;
    uint32_t analyzer; /* version */
    char language[32];
    uint32_t documents;
    uint64_t size[ANAM_N_FILES];
    anam_settings settings;
};

enum { ANAM_FILE_NAME = 48 };

#define ANAM_MAX_GENERATION UINT64_C(999999999999999999)

/* "000007.terms": the name of a generation's file. */
void anam_file_name(char out[ANAM_FILE_NAME], uint64_t generation, enum anam_part_file file);

/* Whether a directory entry is a file of some generation, or manifest.new. */
bool anam_is_index_file(const char *name, uint64_t *generation);

/* ANAM_NOT_INDEX where there is none, ANAM_DAMAGED, ANAM_TOO_NEW, ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_manifest_read(struct anam_manifest *m, const char *dir, anam_error *err);

/* Whether there is a file of that name that begins like one of ours, be it whole or not. */
bool anam_manifest_begins(const char *dir);

/* Replaces the manifest atomically and durably. ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_manifest_publish(const struct anam_manifest *m, const char *dir, anam_error *err);

#endif
