#include "cli/message.h"

#include "cli/output.h"
#include "cli/screen.h"
#include "cli/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { USUAL = 1024, PREFIX = 32 };

static void write_all(const char *s, size_t n)
{
    while (n > 0) {
        ssize_t wrote = write(STDERR_FILENO, s, n);
        if (wrote <= 0)
            return; /* nowhere left to complain */
        s += wrote;
        n -= (size_t)wrote;
    }
}

/* Replaces control characters but for line feeds; out has room for 3 n bytes. */
static size_t clean(const char *s, size_t n, char *out)
{
    size_t length = 0;
    while (n > 0) {
        uint32_t c;
        size_t used = utf8_next(s, n, &c);
        length += utf8_put(c == '\n' ? c : screen_char(c), out + length);
        s += used;
        n -= used;
    }
    return length;
}

/* Cleans and writes a line. One write a message: lines of several processes do not
 * mix. `room` has three bytes for each byte of text, and some for prefix and end. */
static void write_line(const char *prefix, const char *text, size_t length, char *room)
{
    size_t end = strlen(prefix);
    memcpy(room, prefix, end);
    end += clean(text, length, room + end);
    room[end++] = '\n';
    write_all(room, end);
}

/* Messages of usual length need no memory: they may be about the lack of it. */
__attribute__((format(printf, 2, 0), nonnull)) static void say(const char *prefix,
                                                               const char *format, va_list args)
{
    char few[USUAL];
    out_flush();
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(few, sizeof few, format, args);
    size_t length = n < 0 ? 0 : (size_t)n;
    char *many = length < sizeof few ? NULL : malloc(4 * length + PREFIX);
    if (many) {
        vsnprintf(many, length + 1, format, again);
        write_line(prefix, many, length, many + length + 1);
    } else {
        char cleaned[3 * USUAL + PREFIX];
        write_line(prefix, few, strnlen(few, sizeof few), cleaned);
    }
    va_end(again);
    free(many);
}

void message(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say("anamnesis: ", format, args);
    va_end(args);
}

void note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say("", format, args);
    va_end(args);
}

int exit_code(anam_status status)
{
    switch (status) {
    case ANAM_OK:
        return EXIT_DONE;
    case ANAM_INVALID:
        return EXIT_USAGE;
    case ANAM_QUERY:
        return EXIT_QUERY;
    case ANAM_BAD_DATA:
    case ANAM_NOT_INDEX:
    case ANAM_DAMAGED:
    case ANAM_TOO_NEW:
        return EXIT_DATA;
    case ANAM_NOT_FOUND:
    case ANAM_STOPPED:
        return EXIT_FAILED;
    case ANAM_LOCKED:
        return EXIT_LOCKED;
    case ANAM_IO:
    case ANAM_NO_MEMORY:
    case ANAM_REMOTE:
    case ANAM_CHANGED:
        return EXIT_IO;
    }
    return EXIT_IO;
}

int fail_with(const anam_error *err)
{
    message("%s", err->msg);
    return exit_code(err->code);
}

int fail_memory(void)
{
    message("not enough memory");
    return EXIT_IO;
}
