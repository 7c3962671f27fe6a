#include "index/manifest.h"

#include "base/file.h"
#include "index/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const endings[ANAM_N_FILES] = {
    [ANAM_FILE_DOCUMENTS] = "documents", [ANAM_FILE_POSTINGS] = "postings",
    [ANAM_FILE_TERMS] = "terms",         [ANAM_FILE_IDS] = "ids",
    [ANAM_FILE_LENGTHS] = "lengths",
};

enum { MANIFEST_MAX = 4096 };

static const char head[] = "anamnesis-index"; /* what a manifest begins with */

void anam_file_name(char out[ANAM_FILE_NAME], uint64_t generation, enum anam_part_file file)
{
    snprintf(out, ANAM_FILE_NAME, "%06" PRIu64 ".%s", generation, endings[file]);
}

bool anam_is_index_file(const char *name, uint64_t *generation)
{
    *generation = 0;
    if (strcmp(name, "manifest.new") == 0)
        return true;
    size_t digits = strspn(name, "0123456789");
    if (digits < 6 || digits > 18 || name[digits] != '.')
        return false;
    *generation = strtoull(name, NULL, 10);
    const char *ending = name + digits + 1;
    for (int i = 0; i < ANAM_N_FILES; i++)
        if (strcmp(ending, endings[i]) == 0)
            return true;
    if (strncmp(ending, "run", 3) != 0) /* a writer's temporary files */
        return false;
    ending += 3;
    return strcmp(ending, ".records") == 0 ||
           (*ending && strspn(ending, "0123456789") == strlen(ending));
}

static anam_status read_all(const char *path, const char *dir, char *text, size_t *n,
                            anam_error *err)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a named pipe must not block */
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return anam_fail(err, ANAM_NOT_INDEX, "%s: no index here", dir);
    if (fd < 0)
        return anam_fail_sys(err, errno, "cannot open %s", path);
    anam_status status = ANAM_OK;
    *n = 0;
    while (*n < MANIFEST_MAX) {
        ssize_t got = read(fd, text + *n, MANIFEST_MAX - *n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = anam_fail_sys(err, errno, "cannot read %s", path);
        if (got <= 0)
            break;
        *n += (size_t)got;
    }
    close(fd);
    text[*n] = '\0';
    return status;
}

/* "version language"; NULL: false. */
static bool parse_analyzer(struct anam_manifest *m, char *text)
{
    uint64_t version;
    char *language = text ? strchr(text, ' ') : NULL;
    if (!language)
        return false;
    *language++ = '\0';
    size_t n = strlen(language);
    if (!anam_line_number(text, UINT32_MAX, &version) || n == 0 || n >= sizeof m->language ||
        strchr(language, ' '))
        return false;
    m->analyzer = (uint32_t)version;
    memcpy(m->language, language, n + 1);
    return true;
}

static bool parse(struct anam_manifest *m, char *at)
{
    uint64_t v;
    if (!anam_line_number(anam_line(&at, "generation"), ANAM_MAX_GENERATION, &m->generation))
        return false;
    if (!parse_analyzer(m, anam_line(&at, "analyzer")))
        return false;
    if (!anam_line_number(anam_line(&at, "documents"), ANAM_MAX_DOCUMENTS, &v))
        return false;
    m->documents = (uint32_t)v;
    for (int i = 0; i < ANAM_N_FILES; i++) {
        char key[32];
        snprintf(key, sizeof key, "file %s", endings[i]);
        if (!anam_line_number(anam_line(&at, key), INT64_MAX, &m->size[i]))
            return false;
    }
    return anam_settings_parse(&m->settings, &at) && *at == '\0';
}

/* No allocation: a writer out of memory asks what to sweep. */
static anam_status read_text(const char *dir, char path[PATH_MAX], char text[MANIFEST_MAX + 1],
                             size_t *n, anam_error *err)
{
    int length = snprintf(path, PATH_MAX, "%s/manifest", dir);
    if (length < 0 || length >= PATH_MAX)
        return anam_fail_sys(err, ENAMETOOLONG, "cannot open %s", path);
    return read_all(path, dir, text, n, err);
}

bool anam_manifest_begins(const char *dir)
{
    char path[PATH_MAX];
    char text[MANIFEST_MAX + 1];
    size_t n = 0;
    return read_text(dir, path, text, &n, NULL) == ANAM_OK &&
           strncmp(text, head, strlen(head)) == 0;
}

anam_status anam_manifest_read(struct anam_manifest *m, const char *dir, anam_error *err)
{
    char path[PATH_MAX];
    char text[MANIFEST_MAX + 1];
    size_t n = 0;
    *m = (struct anam_manifest){0};
    anam_status status = read_text(dir, path, text, &n, err);
    if (status)
        return status;
    uint64_t version = 0;
    char *at = text;
    if (!anam_lines_unseal(text, n))
        return anam_fail_at(err, ANAM_DAMAGED, 0, "%s is damaged: checksum mismatch", path);
    if (!anam_line_number(anam_line(&at, head), UINT32_MAX, &version))
        return anam_fail_at(err, ANAM_DAMAGED, 0, "%s is damaged: no format version", path);
    if (version != ANAM_FORMAT_VERSION)
        return anam_fail(err, version > ANAM_FORMAT_VERSION ? ANAM_TOO_NEW : ANAM_DAMAGED,
                         "%s: index format %" PRIu64 ", this program reads %d: index again", path,
                         version, ANAM_FORMAT_VERSION);
    if (!parse(m, at))
        return anam_fail_at(err, ANAM_DAMAGED, 0, "%s is damaged: unreadable line", path);
    return ANAM_OK;
}

anam_status anam_manifest_publish(const struct anam_manifest *m, const char *dir, anam_error *err)
{
    char text[MANIFEST_MAX];
    int n = snprintf(text, sizeof text,
                     "anamnesis-index %d\ngeneration %" PRIu64 "\nanalyzer %" PRIu32
                     " %s\ndocuments %" PRIu32 "\n",
                     ANAM_FORMAT_VERSION, m->generation, m->analyzer, m->language, m->documents);
    for (int i = 0; i < ANAM_N_FILES; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "file %s %" PRIu64 "\n", endings[i],
                      m->size[i]);
    n += (int)anam_settings_print(&m->settings, text + n, sizeof text - (size_t)n);
    anam_lines_seal(text, (size_t)n, sizeof text);

    return anam_publish(dir, "manifest", text, strlen(text), err);
}
