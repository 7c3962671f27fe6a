#include "cli/human.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct human human_count(uint64_t n)
{
    struct human out;
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, n);
    size_t used = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            out.s[used++] = ',';
        out.s[used++] = digits[i];
    }
    out.s[used] = '\0';
    return out;
}

struct human human_counted(uint64_t n, const char *noun)
{
    struct human out = human_count(n);
    size_t used = strlen(out.s);
    /* 26 characters at most so far; nouns are short, and cut rather than overrun. */
    snprintf(out.s + used, sizeof out.s - used, " %s%s", noun, n == 1 ? "" : "s");
    return out;
}

struct human human_bytes(uint64_t n)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    struct human out;
    if (n < 1000) {
        snprintf(out.s, sizeof out.s, "%" PRIu64 " byte%s", n, n == 1 ? "" : "s");
        return out;
    }
    double value = (double)n / 1000;
    size_t unit = 0;
    /* 999.95 would be shown as 1000.0. */
    while (value >= 999.95 && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1000;
        unit++;
    }
    snprintf(out.s, sizeof out.s, "%.1f %s", value, units[unit]);
    return out;
}

struct human human_seconds(double seconds)
{
    struct human out;
    if (seconds < 0.001) {
        snprintf(out.s, sizeof out.s, "%.2f ms", seconds * 1000);
    } else if (seconds < 1) {
        snprintf(out.s, sizeof out.s, "%.1f ms", seconds * 1000);
    } else if (seconds < 60) {
        snprintf(out.s, sizeof out.s, "%.1f s", seconds);
    } else if (seconds < 3600) {
        int whole = (int)seconds;
        snprintf(out.s, sizeof out.s, "%d min %02d s", whole / 60, whole % 60);
    } else {
        double minutes = seconds / 60;
        double hours = minutes / 60 < 1e9 ? minutes / 60 : 1e9;
        long whole = (long)hours;
        snprintf(out.s, sizeof out.s, "%ld h %02d min", whole, (int)((hours - (double)whole) * 60));
    }
    return out;
}
