#include "indexer/xapian_publish.h"

#include "base/alloc.h"
#include "base/file.h"
#include "index/xapian_layout.h"
#include "indexer/xapian_tidy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static anam_status sync_file(int dir, const char *path, const char *name, uint64_t *bytes,
                             anam_error *err)
{
    struct stat st;
    anam_status status = ANAM_OK;
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) != 0 || (S_ISREG(st.st_mode) && fsync(fd) != 0))
        status = anam_fail_sys(err, errno, "cannot write %s/%s", path, name);
    else if (S_ISREG(st.st_mode))
        *bytes += (uint64_t)st.st_size;
    if (fd >= 0)
        close(fd);
    return status;
}

/* The files of a database, then their names. */
static anam_status sync_database(const char *path, uint64_t *bytes, anam_error *err)
{
    DIR *dir = opendir(path);
    if (!dir)
        return anam_fail_sys(err, errno, "cannot read %s", path);
    anam_status status = ANAM_OK;
    for (const struct dirent *e = readdir(dir); e && !status; e = readdir(dir))
        if (e->d_name[0] != '.')
            status = sync_file(dirfd(dir), path, e->d_name, bytes, err);
    closedir(dir);
    return status ? status : anam_sync_dir(path, err);
}

static anam_status sync_shard(const char *dir, uint32_t shard, uint64_t generation, uint64_t *bytes,
                              anam_error *err)
{
    char name[ANAM_XAPIAN_PATH];
    anam_xapian_database_path(name, shard, generation);
    char *database = anam_path_join(dir, name);
    char *home = anam_xapian_home(dir, shard);
    anam_status status =
        database && home ? sync_database(database, bytes, err) : anam_fail_memory(err);
    if (!status)
        status = anam_sync_dir(home, err);
    free(database);
    free(home);
    return status;
}

static anam_status publish_shard(const char *dir, uint32_t shard, uint64_t generation,
                                 anam_error *err)
{
    char *home = anam_xapian_home(dir, shard);
    anam_status status =
        home ? anam_xapian_stub_write(home, generation, err) : anam_fail_memory(err);
    free(home);
    return status;
}

static bool append_line(struct anam_buffer *lines, uint32_t shard, uint64_t generation)
{
    char name[ANAM_XAPIAN_PATH];
    anam_xapian_database_path(name, shard, generation);
    return anam_buffer_append_str(lines, "auto ") && anam_buffer_append_str(lines, name) &&
           anam_buffer_append_str(lines, "\n");
}

anam_status anam_xapian_publish(const char *dir, uint32_t shards, uint64_t generation,
                                uint64_t *bytes, anam_error *err)
{
    struct anam_buffer lines = {0};
    anam_status status = ANAM_OK;
    *bytes = 0;
    for (uint32_t i = 1; i <= shards && !status; i++) {
        status = sync_shard(dir, i, generation, bytes, err);
        if (!status && !append_line(&lines, i, generation))
            status = anam_fail_memory(err);
    }
    if (!status)
        status = anam_sync_dir(dir, err);
    for (uint32_t i = 1; i <= shards && !status; i++)
        status = publish_shard(dir, i, generation, err);
    if (!status)
        status = anam_publish(dir, ANAM_XAPIAN_STUB, lines.data, lines.len, err);
    anam_buffer_free(&lines);
    return status;
}
