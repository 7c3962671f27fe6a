#include "cli/lines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void lines_open(struct lines *lines, int fd, size_t limit)
{
    memset(lines, 0, sizeof *lines);
    lines->fd = fd;
    lines->limit = limit;
}

void lines_free(struct lines *lines)
{
    free(lines->line);
    lines->line = NULL;
}

/* Appends what fits under the limit plus two: enough for a carriage return at the
 * end and to tell that the limit was passed. */
static bool keep(struct lines *lines, const char *bytes, size_t n)
{
    size_t room = lines->limit + 2 - lines->length;
    n = n < room ? n : room;
    if (n > lines->capacity - lines->length) {
        size_t wanted = 2 * (lines->length + n);
        char *grown = realloc(lines->line, wanted);
        if (!grown)
            return false;
        lines->line = grown;
        lines->capacity = wanted;
    }
    if (n > 0)
        memcpy(lines->line + lines->length, bytes, n);
    lines->length += n;
    return true;
}

/* Fills the buffer; false at the end of input (errno 0) and on errors. */
static bool fill(struct lines *lines)
{
    ssize_t got;
    do {
        errno = 0;
        got = read(lines->fd, lines->buffer, sizeof lines->buffer);
    } while (got < 0 && errno == EINTR);
    lines->at = 0;
    lines->filled = got > 0 ? (size_t)got : 0;
    return got > 0;
}

static enum lines_status finish(struct lines *lines)
{
    lines->number++;
    if (lines->length > 0 && lines->line[lines->length - 1] == '\r')
        lines->length--;
    return lines->length > lines->limit ? LINES_TOO_LONG : LINES_LINE;
}

enum lines_status lines_next(struct lines *lines)
{
    bool begun = false;
    lines->length = 0;
    for (;;) {
        if (lines->at == lines->filled) {
            if (!fill(lines) && errno != 0)
                return LINES_ERROR;
            if (lines->filled == 0)
                return begun ? finish(lines) : LINES_END;
        }
        begun = true;
        const char *from = lines->buffer + lines->at;
        size_t left = lines->filled - lines->at;
        const char *feed = memchr(from, '\n', left);
        size_t n = feed ? (size_t)(feed - from) : left;
        if (!keep(lines, from, n))
            return LINES_NO_MEMORY;
        lines->at += feed ? n + 1 : n;
        if (feed)
            return finish(lines);
    }
}
