#include "cli/json_writer.h"

#include "cli/json_object.h"
#include "cli/output.h"
#include "cli/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

static void put_escaped(uint32_t c)
{
    static const char named[] = "\b\f\n\r\t\"\\";
    static const char letters[] = "bfnrt\"\\";
    const char *at = c != 0 && c < 0x7F ? strchr(named, (int)c) : NULL;
    if (at)
        out_format("\\%c", letters[at - named]);
    else
        out_format("\\u%04x", (unsigned)c);
}

static void put_char(uint32_t c)
{
    if (c < 0x20 || c == '"' || c == '\\' || (c >= 0x7F && c < 0xA0)) {
        put_escaped(c);
    } else {
        char bytes[UTF8_MAX];
        out_bytes(bytes, utf8_put(c, bytes));
    }
}

static void put_string(const char *s, size_t n)
{
    out_char('"');
    while (n > 0) {
        size_t plain = 0;
        while (plain < n && is_plain((unsigned char)s[plain]))
            plain++;
        out_bytes(s, plain);
        s += plain;
        n -= plain;
        if (n > 0) {
            uint32_t c;
            size_t used = utf8_next(s, n, &c);
            /* NUL is legal in JSON, but many readers cut their strings at it. */
            put_char(c == 0 ? (uint32_t)UTF8_REPLACEMENT : c);
            s += used;
            n -= used;
        }
    }
    out_char('"');
}

/* Copies JSON text as it stands, but for what could not be on our line: invalid
 * UTF-8 and control characters, which outside of strings are white space. */
static void put_raw(const char *s, size_t n)
{
    while (n > 0) {
        uint32_t c;
        size_t used = utf8_next(s, n, &c);
        if (c < 0x20)
            out_char(' ');
        else if (c == '"' || c == '\\')
            out_char((char)c);
        else
            put_char(c);
        s += used;
        n -= used;
    }
}

static void put_key(struct json_writer *w, const char *key)
{
    if (w->comma)
        out_char(',');
    w->comma = true;
    if (key) {
        put_string(key, strlen(key));
        out_char(':');
    }
}

void jw_object(struct json_writer *w, const char *key)
{
    put_key(w, key);
    out_char('{');
    w->comma = false;
}

void jw_array(struct json_writer *w, const char *key)
{
    put_key(w, key);
    out_char('[');
    w->comma = false;
}

void jw_object_end(struct json_writer *w)
{
    out_char('}');
    w->comma = true;
}

void jw_array_end(struct json_writer *w)
{
    out_char(']');
    w->comma = true;
}

void jw_bytes(struct json_writer *w, const char *key, const char *s, size_t n)
{
    put_key(w, key);
    put_string(s, n);
}

void jw_string(struct json_writer *w, const char *key, const char *s)
{
    if (s)
        jw_bytes(w, key, s, strlen(s));
}

void jw_count(struct json_writer *w, const char *key, uint64_t n)
{
    put_key(w, key);
    out_format("%" PRIu64, n);
}

void jw_true(struct json_writer *w, const char *key)
{
    put_key(w, key);
    out_string("true");
}

void jw_null(struct json_writer *w, const char *key)
{
    put_key(w, key);
    out_string("null");
}

void jw_float(struct json_writer *w, const char *key, float x)
{
    if (!isfinite(x)) {
        jw_null(w, key);
        return;
    }
    put_key(w, key);
    out_format("%.9g", (double)x);
}

void jw_double(struct json_writer *w, const char *key, double x)
{
    char digits[40];
    if (!isfinite(x)) {
        jw_null(w, key);
        return;
    }
    put_key(w, key);
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, x);
        double back = strtod(digits, NULL);
        if (memcmp(&back, &x, sizeof x) == 0)
            break;
    }
    out_string(digits);
}

static bool is_taken(const struct json_member *member, const char *const *taken)
{
    for (; *taken; taken++) {
        size_t n = strlen(*taken);
        if (n == member->key_length && memcmp(*taken, member->key, n) == 0)
            return true;
    }
    return false;
}

/* Writes the members whose key is taken, or those whose key is not. */
static size_t put_members(struct json_writer *w, const char *object, const char *const *taken,
                          bool want_taken)
{
    size_t others = 0;
    struct json_member member;
    const char *at = NULL;
    while (json_object_next(object, &at, &member)) {
        if (is_taken(&member, taken) != want_taken) {
            others++;
            continue;
        }
        put_key(w, NULL);
        out_char('"');
        put_raw(member.key, member.key_length);
        out_string("\":");
        put_raw(member.value, member.value_length);
    }
    return others;
}

void jw_members(struct json_writer *w, const char *object, const char *const *taken)
{
    if (!object || !json_object_is_whole(object))
        return;
    if (put_members(w, object, taken, false) > 0) {
        jw_object(w, "extra");
        put_members(w, object, taken, true);
        jw_object_end(w);
    }
}

void jw_line_end(struct json_writer *w)
{
    out_char('\n');
    w->comma = false;
}
