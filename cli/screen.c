#define _XOPEN_SOURCE 700 /* wcwidth */
#include "cli/screen.h"

#include "cli/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

size_t screen_columns(void)
{
    unsigned long columns = 0;
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        columns = size.ws_col;
    const char *said = getenv("COLUMNS");
    if (columns == 0 && said)
        columns = strtoul(said, NULL, 10);
    if (columns == 0)
        columns = 80;
    if (columns < SCREEN_MIN)
        return SCREEN_MIN;
    return columns > SCREEN_MAX ? SCREEN_MAX : columns;
}

static bool is_dumb(void)
{
    const char *term = getenv("TERM");
    return !term || term[0] == '\0' || strcmp(term, "dumb") == 0;
}

bool screen_colour(enum screen_when when)
{
    if (when != SCREEN_AUTO)
        return when == SCREEN_ALWAYS;
    const char *no_colour = getenv("NO_COLOR");
    if (no_colour && no_colour[0] != '\0')
        return false;
    return isatty(STDOUT_FILENO) && !is_dumb();
}

bool screen_progress(void)
{
    return isatty(STDERR_FILENO) && !is_dumb();
}

uint32_t screen_char(uint32_t c)
{
    if (c == '\t' || c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029)
        return ' ';
    bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
    bool direction = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    return control || direction ? UTF8_REPLACEMENT : c;
}

size_t screen_width(uint32_t c)
{
    if (c < 0x7F)
        return 1;
    int width = wcwidth((wchar_t)c);
    return width < 0 ? 1 : (size_t)width;
}

size_t screen_string_width(const char *s)
{
    size_t left = strlen(s);
    size_t columns = 0;
    while (left > 0) {
        uint32_t c;
        size_t used = utf8_next(s, left, &c);
        columns += screen_width(screen_char(c));
        s += used;
        left -= used;
    }
    return columns;
}
