/* Files of an index: written once, checksummed by chunk, mapped read-only.
 *
 * A file is a body, then one CRC-32 (zlib's) for each 4 KiB chunk of the body, then
 * a trailer; docs/FORMAT.md has the grammar. A reader verifies a chunk when it is
 * first touched, so that opening reads only the checksums and no damaged byte is ever used. */
#ifndef ANAM_BASE_FILE_H
#define ANAM_BASE_FILE_H

#include "base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANAM_ANY_SIZE UINT64_MAX

enum { ANAM_CHUNK = 4096, ANAM_TRAILER = 32 };

/* Writes one file from front to back. After a
 * failure only free. Zero-initialise, open, append..., finish; free in any state. */
struct anam_file_writer {
    char *path; /* owned */
    int fd;
    uint64_t pos; /* bytes of body so far */
    unsigned char *buffer;
    size_t buffered;
    uint32_t chunk_crc;
    size_t chunk_filled;
    uint32_t *crcs;
    size_t n_crcs;
    size_t cap_crcs;
    bool temporary; /* set before finishing: no sync */
};

anam_status anam_file_writer_open(struct anam_file_writer *w, const char *dir, const char *name,
                                  anam_error *err);
anam_status anam_file_append(struct anam_file_writer *w, const void *bytes, size_t n,
                             anam_error *err);
/* Pads with zero bytes to a multiple of `alignment`. */
anam_status anam_file_align(struct anam_file_writer *w, size_t alignment, anam_error *err);
/* Writes checksums and trailer, syncs to disk and closes. *size is the file's. */
anam_status anam_file_finish(struct anam_file_writer *w, uint64_t *size, anam_error *err);
/* Closes without finishing; the file stays. */
void anam_file_writer_free(struct anam_file_writer *w);

/* A bit a chunk: its checksum was seen to be right. */
struct anam_verified {
    _Atomic uint64_t bits;
};

/* A mapped file. Immutable but for `verified`, so threads may share it. */
struct anam_map {
    char *path; /* owned; for messages */
    const unsigned char *bytes;
    uint64_t size; /* whole file */
    uint64_t body; /* bytes before the checksums */
    const unsigned char *crcs;
    struct anam_verified *verified;
};

/* Opens and checks size and trailer. `expected_size` is the manifest's,
 * or ANAM_ANY_SIZE.
 * ANAM_DAMAGED, ANAM_IO (sys ENOENT where it is gone), ANAM_NO_MEMORY. */
anam_status anam_map_open(struct anam_map *map, const char *dir, const char *name,
                          uint64_t expected_size, anam_error *err);
void anam_map_close(struct anam_map *map);

/* Body bytes [offset, offset + n), verified. ANAM_DAMAGED where they lie outside the
 * body or a checksum is wrong; err names file and offset. */
anam_status anam_map_read(const struct anam_map *map, uint64_t offset, uint64_t n,
                          const unsigned char **bytes, anam_error *err);

/* ANAM_DAMAGED for content at `offset` that contradicts the format: `what`. */
anam_status anam_map_damaged(const struct anam_map *map, uint64_t offset, const char *what,
                             anam_error *err);

/* "dir/name", to be freed; NULL without memory. */
char *anam_path_join(const char *dir, const char *name);

/* Writes all n bytes to fd, going on after interruptions; errno or 0. */
int anam_write_all(int fd, const void *bytes, size_t n);

/* fsync of a directory, so that renames in it are durable. */
anam_status anam_sync_dir(const char *dir, anam_error *err);

/* The same of the directory that `dir` is in, so that a new one is durable. One that may be
 * written but not read is left to the system. */
anam_status anam_sync_parent(const char *dir, anam_error *err);

/* Makes dir/name hold this text, atomically and durably, by way of dir/name.new.
 * ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_publish(const char *dir, const char *name, const char *text, size_t n,
                         anam_error *err);

#endif
