#include "base/slurp.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static anam_status read_all(int fd, const char *name, struct anam_buffer *out, anam_error *err)
{
    enum { STEP = 256 << 10 };
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
        !anam_buffer_reserve(out, (size_t)st.st_size + 1))
        return anam_fail_memory(err);
    for (;;) {
        if (out->cap - out->len < 2 && !anam_buffer_reserve(out, STEP))
            return anam_fail_memory(err);
        ssize_t got = read(fd, out->data + out->len, out->cap - out->len - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return anam_fail_sys(err, errno, "cannot read %s", name);
        if (got == 0)
            break;
        out->len += (size_t)got;
    }
    return anam_buffer_terminate(out) ? ANAM_OK : anam_fail_memory(err);
}

anam_status anam_slurp(const char *path, struct anam_buffer *out, anam_error *err)
{
    if (strcmp(path, "-") == 0)
        return read_all(STDIN_FILENO, "stdin", out, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return anam_fail_sys(err, errno, "cannot open %s", path);
    anam_status status = read_all(fd, path, out, err);
    close(fd);
    return status;
}

static int write_and_close(int fd, const void *bytes, size_t n)
{
    int sys = anam_write_all(fd, bytes, n);
    if (close(fd) != 0 && !sys)
        sys = errno;
    return sys;
}

static mode_t usual_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* Replaces `path` by a file beside it; errno or 0. */
static int replace(const char *path, mode_t mode, const void *bytes, size_t n)
{
    struct anam_buffer fresh = {0};
    if (!anam_buffer_append_str(&fresh, path) || !anam_buffer_append_str(&fresh, ".XXXXXX") ||
        !anam_buffer_terminate(&fresh)) {
        anam_buffer_free(&fresh);
        return ENOMEM;
    }
    int sys = 0;
    int fd = mkstemp(fresh.data);
    if (fd < 0) {
        sys = errno;
    } else {
        sys = fchmod(fd, mode) == 0 ? 0 : errno; /* mkstemp(3) keeps others from reading */
        int wrote = write_and_close(fd, bytes, n);
        sys = sys ? sys : wrote;
        if (!sys && rename(fresh.data, path) != 0)
            sys = errno;
        if (sys)
            unlink(fresh.data);
    }
    anam_buffer_free(&fresh);
    return sys;
}

anam_status anam_write_whole(const char *path, const void *bytes, size_t n, anam_error *err)
{
    struct stat there;
    int sys;
    if (stat(path, &there) != 0) {
        sys = replace(path, usual_mode(), bytes, n);
    } else if (S_ISREG(there.st_mode)) {
        char *real = realpath(path, NULL); /* a link stays one */
        sys = real ? replace(real, there.st_mode & 0777, bytes, n) : errno;
        free(real);
    } else {
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        sys = fd < 0 ? errno : write_and_close(fd, bytes, n);
    }
    return sys ? anam_fail_sys(err, sys, "cannot write %s", path) : ANAM_OK;
}
