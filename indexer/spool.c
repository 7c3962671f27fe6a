#include "indexer/spool.h"

#include "base/alloc.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

anam_status anam_spool_open(struct anam_spool *s, const char *dir, const char *name,
                            anam_error *err)
{
    *s = (struct anam_spool){.fd = -1, .key = anam_hash_random_key()};
    s->path = anam_path_join(dir, name);
    if (!s->path)
        return anam_fail_memory(err);
    s->fd = open(s->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return s->fd >= 0 ? ANAM_OK : anam_fail_sys(err, errno, "cannot create %s", s->path);
}

void anam_spool_free(struct anam_spool *s)
{
    if (s->path && s->fd >= 0)
        close(s->fd);
    free(s->path);
    free(s->ends);
    free(s->checks);
    *s = (struct anam_spool){0};
}

void anam_spool_remove(struct anam_spool *s)
{
    if (s->path)
        unlink(s->path);
    anam_spool_free(s);
}

size_t anam_spool_memory(const struct anam_spool *s)
{
    return s->cap_ends * sizeof *s->ends + s->cap_checks * sizeof *s->checks;
}

static uint32_t check_of(const struct anam_spool *s, const char *bytes, size_t n)
{
    return (uint32_t)anam_hash(s->key, bytes, n);
}

anam_status anam_spool_write(const struct anam_spool *s, uint64_t offset, const char *bytes,
                             const uint32_t *ends, size_t n, uint32_t *checks, anam_error *err)
{
    for (size_t i = 0, from = 0; i < n; from = ends[i++])
        checks[i] = check_of(s, bytes + from, ends[i] - from);
    for (size_t done = 0, all = n > 0 ? ends[n - 1] : 0; done < all;) {
        ssize_t put = pwrite(s->fd, bytes + done, all - done, (off_t)(offset + done));
        if (put < 0 && errno != EINTR)
            return anam_fail_sys(err, errno, "cannot write %s", s->path);
        done += put > 0 ? (size_t)put : 0;
    }
    return ANAM_OK;
}

anam_status anam_spool_enter(struct anam_spool *s, const uint32_t *ends, const uint32_t *checks,
                             size_t n, anam_error *err)
{
    if (!anam_grow(&s->ends, &s->cap_ends, s->records + n, sizeof *s->ends) ||
        !anam_grow(&s->checks, &s->cap_checks, s->records + n, sizeof *s->checks))
        return anam_fail_memory(err);
    uint64_t begin = anam_spool_offset(s, s->records);
    for (size_t i = 0; i < n; i++) {
        s->ends[s->records] = begin + ends[i];
        s->checks[s->records++] = checks[i];
    }
    return ANAM_OK;
}

anam_status anam_spool_read(const struct anam_spool *s, uint32_t record, char *bytes,
                            anam_error *err)
{
    size_t n = anam_spool_size(s, record);
    for (size_t done = 0; done < n;) {
        off_t at = (off_t)(anam_spool_offset(s, record) + done);
        ssize_t got = pread(s->fd, bytes + done, n - done, at);
        if (got < 0 && errno != EINTR)
            return anam_fail_sys(err, errno, "cannot read %s", s->path);
        if (got == 0)
            return anam_fail(err, ANAM_DAMAGED, "%s: shorter than what was written", s->path);
        done += got > 0 ? (size_t)got : 0;
    }
    if (check_of(s, bytes, n) != s->checks[record])
        return anam_fail(err, ANAM_DAMAGED, "%s: reads back other than it was written", s->path);
    return ANAM_OK;
}
