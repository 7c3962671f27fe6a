#include "base/slurp.h"

#include <errno.h>
#include <fcntl.h>
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
