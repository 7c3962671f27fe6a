#include "base/file.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { WRITE_BUFFER = 256 << 10 };

static const char trailer_magic[8] = {'a', 'n', 'a', 'm', 'f', 'i', 'l', 'e'};

char *anam_path_join(const char *dir, const char *name)
{
    struct anam_buffer buf = {0};
    if (anam_buffer_append_str(&buf, dir) && anam_buffer_append_str(&buf, "/") &&
        anam_buffer_append_str(&buf, name) && anam_buffer_terminate(&buf))
        return buf.data;
    anam_buffer_free(&buf);
    return NULL;
}

int anam_write_all(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0) {
        ssize_t wrote = write(fd, p, n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return errno;
        p += wrote;
        n -= (size_t)wrote;
    }
    return 0;
}

anam_status anam_sync_parent(const char *dir, anam_error *err)
{
    anam_error why;
    char *parent = anam_path_join(dir, "..");
    anam_status status = parent ? anam_sync_dir(parent, &why) : anam_fail_memory(&why);
    free(parent);
    if (status && why.sys == EACCES)
        return ANAM_OK;
    if (status && err)
        *err = why;
    return status;
}

anam_status anam_sync_dir(const char *dir, anam_error *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return anam_fail_sys(err, errno, "cannot open %s", dir);
    anam_status status = ANAM_OK;
    if (fsync(fd) != 0)
        status = anam_fail_sys(err, errno, "cannot sync %s", dir);
    close(fd);
    return status;
}

anam_status anam_file_writer_open(struct anam_file_writer *w, const char *dir, const char *name,
                                  anam_error *err)
{
    *w = (struct anam_file_writer){.fd = -1};
    w->path = anam_path_join(dir, name);
    w->buffer = malloc(WRITE_BUFFER);
    if (!w->path || !w->buffer) {
        anam_file_writer_free(w);
        return anam_fail_memory(err);
    }
    w->fd = open(w->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (w->fd < 0) {
        anam_status status = anam_fail_sys(err, errno, "cannot create %s", w->path);
        anam_file_writer_free(w);
        return status;
    }
    return ANAM_OK;
}

static anam_status flush(struct anam_file_writer *w, anam_error *err)
{
    int sys = anam_write_all(w->fd, w->buffer, w->buffered);
    if (sys)
        return anam_fail_sys(err, sys, "cannot write %s", w->path);
    w->buffered = 0;
    return ANAM_OK;
}

static anam_status put(struct anam_file_writer *w, const unsigned char *bytes, size_t n,
                       anam_error *err)
{
    while (n > 0) {
        if (w->buffered == WRITE_BUFFER) {
            anam_status status = flush(w, err);
            if (status)
                return status;
        }
        size_t part = WRITE_BUFFER - w->buffered;
        part = part < n ? part : n;
        memcpy(w->buffer + w->buffered, bytes, part);
        w->buffered += part;
        bytes += part;
        n -= part;
    }
    return ANAM_OK;
}

static bool end_chunk(struct anam_file_writer *w)
{
    if (!anam_grow(&w->crcs, &w->cap_crcs, w->n_crcs + 1, sizeof *w->crcs))
        return false;
    w->crcs[w->n_crcs++] = w->chunk_crc;
    w->chunk_crc = 0;
    w->chunk_filled = 0;
    return true;
}

anam_status anam_file_append(struct anam_file_writer *w, const void *bytes, size_t n,
                             anam_error *err)
{
    const unsigned char *p = bytes;
    w->pos += n;
    while (n > 0) {
        size_t part = ANAM_CHUNK - w->chunk_filled;
        part = part < n ? part : n;
        w->chunk_crc = (uint32_t)crc32(w->chunk_crc, p, (uInt)part);
        w->chunk_filled += part;
        if (w->chunk_filled == ANAM_CHUNK && !end_chunk(w))
            return anam_fail_memory(err);
        anam_status status = put(w, p, part, err);
        if (status)
            return status;
        p += part;
        n -= part;
    }
    return ANAM_OK;
}

anam_status anam_file_align(struct anam_file_writer *w, size_t alignment, anam_error *err)
{
    static const unsigned char zeros[64];
    anam_status status = ANAM_OK;
    for (size_t over; !status && (over = (size_t)(w->pos % alignment)) != 0;) {
        size_t missing = alignment - over;
        status = anam_file_append(w, zeros, missing < sizeof zeros ? missing : sizeof zeros, err);
    }
    return status;
}

anam_status anam_file_finish(struct anam_file_writer *w, uint64_t *size, anam_error *err)
{
    if (w->chunk_filled > 0 && !end_chunk(w))
        return anam_fail_memory(err);
    uint32_t table_crc = 0;
    anam_status status = ANAM_OK;
    for (size_t i = 0; i < w->n_crcs && !status; i++) {
        unsigned char crc[4];
        anam_store32(crc, w->crcs[i]);
        table_crc = (uint32_t)crc32(table_crc, crc, 4);
        status = put(w, crc, 4, err);
    }
    unsigned char trailer[ANAM_TRAILER] = {0};
    memcpy(trailer, trailer_magic, 8);
    anam_store64(trailer + 8, w->pos);
    anam_store32(trailer + 16, ANAM_CHUNK);
    anam_store32(trailer + 20, table_crc);
    anam_store32(trailer + 28, (uint32_t)crc32(0, trailer, 28));
    if (!status)
        status = put(w, trailer, sizeof trailer, err);
    if (!status)
        status = flush(w, err);
    if (!status && !w->temporary && fsync(w->fd) != 0)
        status = anam_fail_sys(err, errno, "cannot sync %s", w->path);
    if (!status) {
        int fd = w->fd;
        w->fd = -1;
        if (close(fd) != 0)
            status = anam_fail_sys(err, errno, "cannot close %s", w->path);
    }
    if (size)
        *size = w->pos + 4 * (uint64_t)w->n_crcs + ANAM_TRAILER;
    anam_file_writer_free(w);
    return status;
}

void anam_file_writer_free(struct anam_file_writer *w)
{
    if (w->path && w->fd >= 0)
        close(w->fd);
    free(w->path);
    free(w->buffer);
    free(w->crcs);
    *w = (struct anam_file_writer){.fd = -1};
}

anam_status anam_map_damaged(const struct anam_map *map, uint64_t offset, const char *what,
                             anam_error *err)
{
    return anam_fail_at(err, ANAM_DAMAGED, offset, "%s is damaged at byte %" PRIu64 ": %s",
                        map->path ? map->path : "index", offset, what);
}

/* Begins to read what opening needs, the trailer and the checksums before it: all at once, not a
 * page when it is touched. */
static void foresee_trailer(int fd, off_t size)
{
#ifdef POSIX_FADV_WILLNEED
    off_t bytes = ANAM_TRAILER + 4 * (size / ANAM_CHUNK + 1);
    if (bytes < size)
        (void)posix_fadvise(fd, size - bytes, bytes, POSIX_FADV_WILLNEED);
#else
    (void)fd;
    (void)size;
#endif
}

static anam_status check_trailer(struct anam_map *map, uint64_t expected, anam_error *err)
{
    if (expected != ANAM_ANY_SIZE && map->size != expected) {
        return anam_fail_at(err, ANAM_DAMAGED, map->size,
                            "%s is damaged: it has %" PRIu64 " bytes, the manifest says %" PRIu64,
                            map->path, map->size, expected);
    }
    if (map->size < ANAM_TRAILER)
        return anam_map_damaged(map, map->size, "ends before its trailer", err);
    uint64_t at = map->size - ANAM_TRAILER;
    const unsigned char *t = map->bytes + at;
    if (memcmp(t, trailer_magic, 8) != 0 || anam_load32(t + 16) != ANAM_CHUNK ||
        anam_load32(t + 28) != (uint32_t)crc32(0, t, 28))
        return anam_map_damaged(map, at, "trailer", err);
    map->body = anam_load64(t + 8);
    uint64_t chunks = map->body / ANAM_CHUNK + (map->body % ANAM_CHUNK != 0);
    if (map->body > at || chunks * 4 != at - map->body)
        return anam_map_damaged(map, at + 8, "length in the trailer", err);
    map->crcs = map->bytes + map->body;
    if (anam_load32(t + 20) != (uint32_t)crc32_z(0, map->crcs, (z_size_t)(chunks * 4)))
        return anam_map_damaged(map, map->body, "checksum table", err);
    map->verified = anam_new_array((size_t)(chunks / 64 + 1), sizeof *map->verified);
    return map->verified ? ANAM_OK : anam_fail_memory(err);
}

anam_status anam_map_open(struct anam_map *map, const char *dir, const char *name,
                          uint64_t expected_size, anam_error *err)
{
    *map = (struct anam_map){0};
    anam_status status = ANAM_OK;
    int fd = -1;
    map->path = anam_path_join(dir, name);
    if (!map->path)
        return anam_fail_memory(err);
    struct stat st;
    fd = open(map->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a named pipe must not block */
    if (fd < 0 || fstat(fd, &st) != 0) {
        status = anam_fail_sys(err, errno, "cannot open %s", map->path);
        goto cleanup;
    }
    if (S_ISREG(st.st_mode) && st.st_size > 0) {
        foresee_trailer(fd, st.st_size);
        map->size = (uint64_t)st.st_size;
        void *p = mmap(NULL, (size_t)map->size, PROT_READ, MAP_SHARED, fd, 0);
        if (p == MAP_FAILED) {
            status = anam_fail_sys(err, errno, "cannot map %s", map->path);
            goto cleanup;
        }
        map->bytes = p;
    }
    status = check_trailer(map, expected_size, err);
cleanup:
    if (fd >= 0)
        close(fd);
    if (status)
        anam_map_close(map);
    return status;
}

void anam_map_close(struct anam_map *map)
{
    if (map->bytes) {
        void *p;
        memcpy(&p, &map->bytes, sizeof p); /* munmap wants it without const */
        munmap(p, (size_t)map->size);
    }
    free(map->path);
    free(map->verified);
    *map = (struct anam_map){0};
}

static anam_status verify(const struct anam_map *map, uint64_t chunk, anam_error *err)
{
    uint64_t from = chunk * ANAM_CHUNK;
    uint64_t n = map->body - from < ANAM_CHUNK ? map->body - from : ANAM_CHUNK;
    if ((uint32_t)crc32(0, map->bytes + from, (uInt)n) != anam_load32(map->crcs + chunk * 4))
        return anam_map_damaged(map, from, "checksum mismatch", err);
    atomic_fetch_or_explicit(&map->verified[chunk / 64].bits, UINT64_C(1) << chunk % 64,
                             memory_order_relaxed);
    return ANAM_OK;
}

anam_status anam_map_read(const struct anam_map *map, uint64_t offset, uint64_t n,
                          const unsigned char **bytes, anam_error *err)
{
    *bytes = NULL;
    if (offset > map->body || n > map->body - offset)
        return anam_map_damaged(map, offset, "points beyond the end", err);
    if (n > 0) {
        uint64_t last = (offset + n - 1) / ANAM_CHUNK;
        for (uint64_t chunk = offset / ANAM_CHUNK; chunk <= last; chunk++) {
            uint64_t word =
                atomic_load_explicit(&map->verified[chunk / 64].bits, memory_order_relaxed);
            if (word >> chunk % 64 & 1)
                continue;
            anam_status status = verify(map, chunk, err);
            if (status)
                return status;
        }
    }
    *bytes = map->bytes + offset;
    return ANAM_OK;
}

static anam_status write_new(const char *path, const char *text, size_t n, anam_error *err)
{
    unlink(path); /* what was left there, or a link to somewhere else */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return anam_fail_sys(err, errno, "cannot create %s", path);
    int sys = anam_write_all(fd, text, n);
    if (!sys && fsync(fd) != 0)
        sys = errno;
    if (close(fd) != 0 && !sys)
        sys = errno;
    return sys ? anam_fail_sys(err, sys, "cannot write %s", path) : ANAM_OK;
}

anam_status anam_publish(const char *dir, const char *name, const char *text, size_t n,
                         anam_error *err)
{
    anam_status status = ANAM_OK;
    char *path = anam_path_join(dir, name);
    char *fresh = path ? malloc(strlen(path) + sizeof ".new") : NULL;
    if (!fresh)
        status = anam_fail_memory(err);
    else
        sprintf(fresh, "%s.new", path);
    if (!status)
        status = write_new(fresh, text, n, err);
    if (!status && rename(fresh, path) != 0)
        status = anam_fail_sys(err, errno, "cannot rename %s", fresh);
    if (status && fresh)
        unlink(fresh);
    if (!status)
        status = anam_sync_dir(dir, err);
    free(path);
    free(fresh);
    return status;
}
