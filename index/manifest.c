#include "index/manifest.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static const char *const endings[ANAM_N_FILES] = {
    [ANAM_FILE_DOCUMENTS] = "documents", [ANAM_FILE_POSTINGS] = "postings",
    [ANAM_FILE_TERMS] = "terms",         [ANAM_FILE_IDS] = "ids",
    [ANAM_FILE_LENGTHS] = "lengths",
};

enum { MANIFEST_MAX = 4096 };

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
    if (digits < 6 || digits > 19 || name[digits] != '.')
        return false;
    *generation = strtoull(name, NULL, 10);
    const char *ending = name + digits + 1;
    for (int i = 0; i < ANAM_N_FILES; i++)
        if (strcmp(ending, endings[i]) == 0)
            return true;
    if (strncmp(ending, "run", 3) != 0) /* a writer's temporary files */
        return false;
    ending += 3;
    return strcmp(ending, ".documents") == 0 ||
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

/* Reads the line `key %s` at *at and moves on; the value is cut off in place. */
static const char *line(char **at, const char *key)
{
    size_t n = strlen(key);
    if (strncmp(*at, key, n) != 0 || (*at)[n] != ' ')
        return NULL;
    char *value = *at + n + 1;
    char *end = strchr(value, '\n');
    if (!end)
        return NULL;
    *end = '\0';
    *at = end + 1;
    return value;
}

static bool number(const char *text, uint64_t max, uint64_t *v)
{
    if (!text || text[0] < '0' || text[0] > '9')
        return false;
    char *end;
    errno = 0;
    unsigned long long parsed = strtoull(text, &end, 10);
    *v = parsed;
    return errno == 0 && *end == '\0' && parsed <= max;
}

/* The settings by name. They are written as whole billionths: no locale can
 * misread those. */
static const struct setting {
    const char *name;
    size_t offset;
    double max;
} settings[] = {
    {"k1", offsetof(anam_settings, k1), 1000},
    {"b", offsetof(anam_settings, b), 1},
    {"w_question", offsetof(anam_settings, weight[ANAM_FIELD_QUESTION]), 1000},
    {"w_answer", offsetof(anam_settings, weight[ANAM_FIELD_ANSWER]), 1000},
};

enum { N_SETTINGS = sizeof settings / sizeof settings[0], BILLION = 1000000000 };

static double value_of(const anam_settings *s, const struct setting *which)
{
    double value;
    memcpy(&value, (const char *)s + which->offset, sizeof value);
    return value;
}

bool anam_settings_valid(const anam_settings *s)
{
    for (size_t i = 0; i < N_SETTINGS; i++) {
        double value = value_of(s, &settings[i]);
        if (!(value >= 0 && value <= settings[i].max)) /* NaN too */
            return false;
    }
    return true;
}

static bool parse_settings(anam_settings *s, char **at)
{
    *s = (anam_settings)ANAM_SETTINGS_INIT;
    for (size_t i = 0; i < N_SETTINGS; i++) {
        char key[32];
        uint64_t v;
        snprintf(key, sizeof key, "setting %s", settings[i].name);
        if (!number(line(at, key), (uint64_t)(settings[i].max * BILLION), &v))
            return false;
        double value = (double)v / BILLION;
        memcpy((char *)s + settings[i].offset, &value, sizeof value);
    }
    return true;
}

static bool parse(struct anam_manifest *m, char *at)
{
    uint64_t v;
    if (!number(line(&at, "generation"), INT64_MAX, &m->generation))
        return false;
    const char *analyzer = line(&at, "analyzer");
    if (!analyzer || sscanf(analyzer, "%" SCNu32 " %31s", &m->analyzer, m->language) != 2)
        return false;
    if (!number(line(&at, "documents"), ANAM_MAX_DOCUMENTS, &v))
        return false;
    m->documents = (uint32_t)v;
    for (int i = 0; i < ANAM_N_FILES; i++) {
        char key[32];
        snprintf(key, sizeof key, "file %s", endings[i]);
        if (!number(line(&at, key), INT64_MAX, &m->size[i]))
            return false;
    }
    return parse_settings(&m->settings, &at) && *at == '\0';
}

anam_status anam_manifest_read(struct anam_manifest *m, const char *dir, anam_error *err)
{
    static const char head[] = "anamnesis-index";
    char text[MANIFEST_MAX + 1];
    size_t n = 0;
    char path[PATH_MAX]; /* no allocation: a writer out of memory asks what to sweep */
    *m = (struct anam_manifest){0};
    int length = snprintf(path, sizeof path, "%s/manifest", dir);
    if (length < 0 || (size_t)length >= sizeof path)
        return anam_fail_sys(err, ENAMETOOLONG, "cannot open %s", path);
    anam_status status = read_all(path, dir, text, &n, err);
    if (status)
        return status;
    enum { CRC_LINE = 13 }; /* "crc " and eight digits and a newline */
    uint64_t version = 0;
    char *at = text;
    unsigned long crc = 0;
    char again[CRC_LINE + 1] = "";
    if (n > CRC_LINE && strlen(text) == n) {
        crc = crc32(0, (const unsigned char *)text, (uInt)(n - CRC_LINE));
        snprintf(again, sizeof again, "crc %08lx\n", crc);
    }
    if (again[0] == '\0' || memcmp(text + n - CRC_LINE, again, CRC_LINE) != 0)
        return anam_fail_at(err, ANAM_DAMAGED, 0, "%s is damaged: checksum mismatch", path);
    text[n - CRC_LINE] = '\0';
    if (!number(line(&at, head), UINT32_MAX, &version))
        return anam_fail_at(err, ANAM_DAMAGED, 0, "%s is damaged: no format version", path);
    if (version != ANAM_FORMAT_VERSION)
        return anam_fail(err, version > ANAM_FORMAT_VERSION ? ANAM_TOO_NEW : ANAM_DAMAGED,
                         "%s: index format %" PRIu64 ", this program reads %d: index again", path,
                         version, ANAM_FORMAT_VERSION);
    if (!parse(m, at))
        return anam_fail_at(err, ANAM_DAMAGED, 0, "%s is damaged: unreadable line", path);
    return ANAM_OK;
}

static anam_status write_new(const char *path, const char *text, anam_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return anam_fail_sys(err, errno, "cannot create %s", path);
    int sys = anam_write_all(fd, text, strlen(text));
    if (!sys && fsync(fd) != 0)
        sys = errno;
    if (close(fd) != 0 && !sys)
        sys = errno;
    return sys ? anam_fail_sys(err, sys, "cannot write %s", path) : ANAM_OK;
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
    for (size_t i = 0; i < N_SETTINGS; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "setting %s %.0f\n", settings[i].name,
                      value_of(&m->settings, &settings[i]) * BILLION);
    unsigned long crc = crc32(0, (const unsigned char *)text, (uInt)n);
    snprintf(text + n, sizeof text - (size_t)n, "crc %08lx\n", crc);

    anam_status status = ANAM_OK;
    char *path = anam_path_join(dir, "manifest");
    char *fresh = anam_path_join(dir, "manifest.new");
    if (!path || !fresh)
        status = anam_fail_memory(err);
    if (!status)
        status = write_new(fresh, text, err);
    if (!status && rename(fresh, path) != 0)
        status = anam_fail_sys(err, errno, "cannot rename %s", fresh);
    if (!status)
        status = anam_sync_dir(dir, err);
    free(path);
    free(fresh);
    return status;
}
