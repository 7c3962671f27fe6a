#include "corpus/paths.h"

#include "base/alloc.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct folder_id {
    dev_t device;
    ino_t inode;
};

struct walk {
    struct anam_paths *paths;
    size_t named;
    struct folder_id *seen; /* folders walked, so that a loop of links ends */
    size_t n_seen;
    size_t cap_seen;
    anam_error *err;
};

/* Takes over `path`, which may be NULL for lack of memory. */
static anam_status add_file(struct anam_paths *paths, char *path, size_t named, bool inside,
                            const struct stat *st, anam_error *err)
{
    if (!path || !anam_grow(&paths->items, &paths->cap, paths->n + 1, sizeof *paths->items)) {
        free(path);
        return anam_fail_memory(err);
    }
    bool regular = st && S_ISREG(st->st_mode);
    paths->items[paths->n++] = (struct anam_path){
        .path = path,
        .named = named,
        .inside = inside,
        .has_size = regular,
        .size = regular ? (uint64_t)st->st_size : 0,
    };
    return ANAM_OK;
}

/* Notes the folder; *again where it was noted before. */
static anam_status note_folder(struct walk *w, const struct stat *st, bool *again)
{
    *again = false;
    for (size_t i = 0; i < w->n_seen && !*again; i++)
        *again = w->seen[i].device == st->st_dev && w->seen[i].inode == st->st_ino;
    if (*again)
        return ANAM_OK;
    if (!anam_grow(&w->seen, &w->cap_seen, w->n_seen + 1, sizeof *w->seen))
        return anam_fail_memory(w->err);
    w->seen[w->n_seen++] = (struct folder_id){st->st_dev, st->st_ino};
    return ANAM_OK;
}

static int compare_names(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;
    return strcmp(*x, *y);
}

static void free_names(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

/* The names in a folder that are not hidden, sorted; to be freed. */
static anam_status list_folder(const char *path, char ***out, size_t *n_out, anam_error *err)
{
    anam_status status = ANAM_OK;
    char **names = NULL;
    size_t n = 0;
    size_t cap = 0;
    DIR *dir = opendir(path);
    if (!dir)
        return anam_fail_sys(err, errno, "%s", path);
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry)
            break;
        if (entry->d_name[0] == '.')
            continue;
        char *name = strdup(entry->d_name);
        if (!name || !anam_grow(&names, &cap, n + 1, sizeof *names)) {
            free(name);
            status = anam_fail_memory(err);
            goto cleanup;
        }
        names[n++] = name;
    }
    if (errno != 0) {
        status = anam_fail_sys(err, errno, "%s", path);
        goto cleanup;
    }
    if (n > 0)
        qsort(names, n, sizeof *names, compare_names);
    *out = names;
    *n_out = n;
    names = NULL;
    n = 0;
cleanup:
    closedir(dir);
    free_names(names, n);
    return status;
}

static anam_status walk_folder(struct walk *w, const char *path, const struct stat *st);

static anam_status walk_entry(struct walk *w, const char *folder, const char *name)
{
    struct stat st;
    char *path = anam_path_join(folder, name);
    if (!path)
        return anam_fail_memory(w->err);
    anam_status status = ANAM_OK;
    if (stat(path, &st) != 0) {
        int sys = errno;
        /* A link to nowhere, or to itself, is no file. */
        if ((sys != ENOENT && sys != ELOOP) || lstat(path, &st) != 0 || !S_ISLNK(st.st_mode))
            status = anam_fail_sys(w->err, sys, "%s", path);
    } else if (S_ISDIR(st.st_mode)) {
        status = walk_folder(w, path, &st);
    } else if (S_ISREG(st.st_mode)) {
        status = add_file(w->paths, path, w->named, true, &st, w->err);
        path = NULL;
    }
    free(path);
    return status;
}

static anam_status walk_folder(struct walk *w, const char *path, const struct stat *st)
{
    bool again;
    anam_status status = note_folder(w, st, &again);
    if (status != ANAM_OK || again)
        return status;
    char **names = NULL;
    size_t n = 0;
    status = list_folder(path, &names, &n, w->err);
    for (size_t i = 0; i < n && status == ANAM_OK; i++)
        status = walk_entry(w, path, names[i]);
    free_names(names, n);
    return status;
}

anam_status anam_paths_add(struct anam_paths *paths, const char *path, size_t named,
                           anam_error *err)
{
    struct stat st;
    if (strcmp(path, "-") == 0)
        return add_file(paths, strdup(path), named, false, NULL, err);
    if (stat(path, &st) != 0)
        return anam_fail_sys(err, errno, "%s", path);
    if (!S_ISDIR(st.st_mode))
        return add_file(paths, strdup(path), named, false, &st, err);
    struct walk w = {.paths = paths, .named = named, .err = err};
    size_t before = paths->n;
    anam_status status = walk_folder(&w, path, &st);
    free(w.seen);
    if (status == ANAM_OK && paths->n == before)
        return anam_fail(err, ANAM_BAD_DATA, "no files in the folder %s", path);
    return status;
}

void anam_paths_free(struct anam_paths *paths)
{
    for (size_t i = 0; i < paths->n; i++)
        free(paths->items[i].path);
    free(paths->items);
    *paths = (struct anam_paths){0};
}
