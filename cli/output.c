#include "cli/output.h"

#include "cli/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 64 << 10 };

/* Not stdio: it forgets the errno of a failed write when it flushes by itself. */
static struct {
    size_t used;
    int error;
    char buffer[BUFFER];
} out;

static void write_all(const char *bytes, size_t n)
{
    while (n > 0 && out.error == 0) {
        ssize_t wrote = write(STDOUT_FILENO, bytes, n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0) {
            out.error = errno;
            return;
        }
        bytes += wrote;
        n -= (size_t)wrote;
    }
}

void out_flush(void)
{
    write_all(out.buffer, out.used);
    out.used = 0;
}

void out_bytes(const char *bytes, size_t n)
{
    if (n > BUFFER - out.used)
        out_flush();
    if (n >= BUFFER) {
        write_all(bytes, n);
    } else {
        memcpy(out.buffer + out.used, bytes, n);
        out.used += n;
    }
}

void out_string(const char *s)
{
    out_bytes(s, strlen(s));
}

void out_char(char c)
{
    out_bytes(&c, 1);
}

void out_spaces(size_t n)
{
    while (n-- > 0)
        out_char(' ');
}

void out_format(const char *format, ...)
{
    char few[256];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(few, sizeof few, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof few) {
        out_bytes(few, (size_t)n);
        return;
    }
    char *many = n < 0 ? NULL : malloc((size_t)n + 1);
    if (!many) {
        out.error = ENOMEM;
        return;
    }
    va_start(args, format);
    vsnprintf(many, (size_t)n + 1, format, args);
    va_end(args);
    out_bytes(many, (size_t)n);
    free(many);
}

bool out_failed(void)
{
    return out.error != 0;
}

int out_finish(int code)
{
    out_flush();
    if (out.error == 0)
        return code;
    if (out.error != EPIPE)
        message("cannot write to standard output: %s", strerror(out.error));
    return EXIT_IO;
}
