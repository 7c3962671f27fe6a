#include "index/xapian_stub.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 64 << 10 }; /* bytes of a stub */

static anam_status damaged(const char *path, const char *what, anam_error *err)
{
    return anam_fail(err, ANAM_DAMAGED, "%s is damaged: %s", path, what);
}

/* The whole file, with a NUL behind. *found is false where there is none. */
static anam_status slurp(const char *path, char text[MOST + 1], bool *found, anam_error *err)
{
    struct stat st;
    size_t n = 0;
    ssize_t got = 1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* it may be a pipe */
    *found = fd >= 0;
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? ANAM_OK
                   : anam_fail_sys(err, errno, "cannot open %s", path);
    anam_status status = ANAM_OK;
    if (fstat(fd, &st) != 0)
        status = anam_fail_sys(err, errno, "cannot read %s", path);
    else if (!S_ISREG(st.st_mode))
        status = damaged(path, "it is no plain file", err);
    while (!status && got > 0 && n <= MOST) {
        got = read(fd, text + n, MOST + 1 - n);
        if (got > 0)
            n += (size_t)got;
        else if (got < 0 && errno == EINTR)
            got = 1;
        else if (got < 0)
            status = anam_fail_sys(err, errno, "cannot read %s", path);
    }
    close(fd);
    if (status)
        return status;
    if (n > MOST)
        return damaged(path, "it is too large", err);
    text[n] = '\0';
    return strlen(text) == n ? ANAM_OK : damaged(path, "it is no text", err);
}

/* A directory beside the stub. */
static bool is_beside(const char *dir, const char *name)
{
    struct stat st;
    if (name[0] == '\0' || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
        strlen(name) >= ANAM_XAPIAN_STUB_NAME)
        return false;
    char *path = anam_path_join(dir, name);
    bool is = path && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    free(path);
    return is;
}

/* Takes one line; false where it is not the one to come. */
static bool take(struct anam_xapian_stub *stub, const char *dir, const char *line)
{
    uint32_t shard;
    uint64_t generation;
    if (anam_xapian_stub_line(line, &shard, &generation)) {
        bool first = stub->kind == ANAM_XAPIAN_NO_STUB;
        if (stub->kind == ANAM_XAPIAN_SHARD_STUB || shard != stub->shards + 1 ||
            (!first && generation != stub->generation))
            return false;
        stub->kind = ANAM_XAPIAN_TOP_STUB;
        stub->shards = shard;
        stub->generation = generation;
        return true;
    }
    if (stub->kind != ANAM_XAPIAN_NO_STUB || strncmp(line, "auto ", 5) != 0 ||
        !is_beside(dir, line + 5))
        return false;
    stub->kind = ANAM_XAPIAN_SHARD_STUB;
    strcpy(stub->name, line + 5);
    return true;
}

anam_status anam_xapian_stub_read(const char *dir, struct anam_xapian_stub *stub, anam_error *err)
{
    bool found = false;
    *stub = (struct anam_xapian_stub){0};
    char *path = anam_path_join(dir, ANAM_XAPIAN_STUB);
    char *text = malloc(MOST + 1);
    anam_status status = path && text ? slurp(path, text, &found, err) : anam_fail_memory(err);
    char *next = NULL;
    for (char *line = !status && found ? strtok_r(text, "\n", &next) : NULL; line && !status;
         line = strtok_r(NULL, "\n", &next))
        if (line[0] != '#' && !take(stub, dir, line))
            status = anam_fail(err, ANAM_DAMAGED, "%s is damaged: '%.80s' is no line of ours", path,
                               line);
    if (!status && found && stub->kind == ANAM_XAPIAN_NO_STUB)
        status = damaged(path, "it names no database", err);
    if (status)
        *stub = (struct anam_xapian_stub){0};
    free(path);
    free(text);
    return status;
}
