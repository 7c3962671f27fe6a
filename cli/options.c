#include "cli/options.h"

#include "cli/message.h"
#include "cli/output.h"
#include "cli/suggest.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 16, NAME = 64, LIST = 1024 };

static const struct option *option_of(const struct command *command, int value)
{
    for (const struct option *option = command->options; option->name; option++) {
        if (option->val == value)
            return option;
    }
    return NULL;
}

/* The long option that `word` ("--jsn", "--jsn=x") was meant to be, or NULL. */
static const char *option_meant(const struct command *command, const char *word)
{
    const char *names[MAX_OPTIONS + 1] = {NULL};
    char name[NAME];
    size_t n = 0;
    for (const struct option *o = command->options; o->name && n < MAX_OPTIONS; o++)
        names[n++] = o->name;
    int length = snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    return length < 0 || length >= NAME ? NULL : suggest(name, names);
}

/* getopt_long(3) found no such option; `word` is where it looked. */
static void report_unknown(const struct command *command, const char *word)
{
    const struct option *known = optopt == 0 ? NULL : option_of(command, optopt);
    if (known) {
        options_wrong(command, "option '--%s' takes no value", known->name);
    } else if (optopt != 0) {
        options_wrong(command, "unknown option '-%c'", optopt);
    } else {
        const char *meant = option_meant(command, word);
        int length = (int)strcspn(word, "=");
        if (meant)
            message("%s: unknown option '%.*s'; did you mean '--%s'?", command->name, length, word,
                    meant);
        else
            options_wrong(command, "unknown option '%.*s'", length, word);
    }
}

static void report_no_value(const struct command *command, const char *word)
{
    const struct option *known = option_of(command, optopt);
    if (word[0] == '-' && word[1] == '-' && known)
        options_wrong(command, "option '--%s' needs a value", known->name);
    else
        options_wrong(command, "option '-%c' needs a value", optopt);
}

int options_next(const struct command *command, int argc, char **argv)
{
    opterr = 0;
    int option = getopt_long(argc, argv, command->letters, command->options, NULL);
    switch (option) {
    case -1:
        return OPTIONS_END;
    case 'h':
        out_string(command->help);
        return OPTIONS_HELP;
    case '?':
        report_unknown(command, argv[optind - 1]);
        return OPTIONS_WRONG;
    case ':':
        report_no_value(command, argv[optind - 1]);
        return OPTIONS_WRONG;
    default:
        return option;
    }
}

int options_exit_code(int ended)
{
    return ended == OPTIONS_HELP ? EXIT_DONE : EXIT_USAGE;
}

int options_wrong(const struct command *command, const char *format, ...)
{
    char text[LIST];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    message("%s: %s; see 'anamnesis help %s'", command->name, text, command->name);
    return EXIT_USAGE;
}

/* Digits only: strtoull(3) would also take blanks and a sign. */
static bool parse_digits(const char *text, uint64_t *value, const char **end)
{
    size_t digits = strspn(text, "0123456789");
    *end = text + digits;
    errno = 0;
    *value = strtoull(text, NULL, 10);
    return digits > 0 && errno == 0;
}

bool options_one_stdin(const struct command *command, const char *const *files, size_t n)
{
    size_t dashes = 0;
    for (size_t i = 0; i < n; i++)
        dashes += files[i] && strcmp(files[i], "-") == 0;
    if (dashes > 1)
        options_wrong(command, "only one file can be standard input");
    return dashes <= 1;
}

bool options_count(const struct command *command, const char *name, const char *text, size_t min,
                   size_t max, size_t *out)
{
    uint64_t value;
    const char *end;
    if (!parse_digits(text, &value, &end) || *end != '\0' || value < min || value > max) {
        options_wrong(command, "%s '%s' is not a number from %zu to %zu", name, text, min, max);
        return false;
    }
    *out = (size_t)value;
    return true;
}

/* A number from 0 to max; *end is what follows it. strtod(3) would also take blanks,
 * "nan" and hexadecimal. */
static bool parse_number(const char *text, double max, double *value, const char **end)
{
    size_t plain = strspn(text, "0123456789.eE+-");
    char *stop = NULL;
    *value = strtod(text, &stop) + 0.0; /* "-0" is 0 */
    *end = stop;
    return plain > 0 && stop == text + plain && *value >= 0 && *value <= max;
}

bool options_numbers(const struct command *command, const char *name, const char *text, double max,
                     double *out, size_t n)
{
    const char *at = text;
    for (size_t i = 0; i < n; i++) {
        const char *end;
        char last = i + 1 < n ? ',' : '\0';
        if (!parse_number(at, max, &out[i], &end) || *end != last) {
            if (n == 1)
                options_wrong(command, "%s '%s' is not a number from 0 to %g", name, text, max);
            else
                options_wrong(command,
                              "%s '%s' is not %zu numbers from 0 to %g with a comma between", name,
                              text, n, max);
            return false;
        }
        at = end + 1;
    }
    return true;
}

bool options_number(const struct command *command, const char *name, const char *text, double max,
                    double *out)
{
    return options_numbers(command, name, text, max, out, 1);
}

bool options_positive(const struct command *command, const char *name, const char *text, double max,
                      double *out)
{
    const char *end;
    if (parse_number(text, max, out, &end) && *end == '\0' && *out > 0)
        return true;
    options_wrong(command, "%s '%s' is not a number above 0 and up to %g", name, text, max);
    return false;
}

bool options_bytes(const struct command *command, const char *name, const char *text, size_t min,
                   size_t *out)
{
    static const char suffixes[] = "KMGTkmgt";
    uint64_t value;
    const char *end;
    bool right = parse_digits(text, &value, &end);
    unsigned shift = 0;
    const char *suffix = *end != '\0' ? strchr(suffixes, *end) : NULL;
    if (suffix) {
        shift = 10 * (unsigned)((suffix - suffixes) % 4 + 1);
        end++;
    }
    right = right && *end == '\0' && value <= SIZE_MAX >> shift;
    if (!right || value << shift < min) {
        options_wrong(command, "%s '%s' is not a size from %zuM up, such as 512M or 2G", name, text,
                      min >> 20);
        return false;
    }
    *out = (size_t)(value << shift);
    return true;
}

bool options_choice(const struct command *command, const char *name, const char *text,
                    const char *const *names, size_t *out)
{
    char list[LIST] = "";
    size_t used = 0;
    for (size_t i = 0; names[i]; i++) {
        if (strcmp(names[i], text) == 0) {
            *out = i;
            return true;
        }
        int n = snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", names[i]);
        used += n > 0 && (size_t)n < sizeof list - used ? (size_t)n : 0;
    }
    list[used] = '\0';
    const char *meant = suggest(text, names);
    if (meant)
        message("%s: unknown %s '%s'; did you mean '%s'?", command->name, name, text, meant);
    else
        message("%s: unknown %s '%s'; known are %s", command->name, name, text, list);
    return false;
}
