#include "cli/json_object.h"

#include <string.h>

static const char *skip_space(const char *p)
{
    return p + strspn(p, " \t\r\n");
}

/* p is at a quote; returns the place after the closing one, or NULL. */
static const char *skip_string(const char *p)
{
    for (p++; *p != '"'; p++) {
        if (*p == '\\' && p[1] != '\0')
            p++;
        else if (*p == '\0' || (unsigned char)*p < 0x20)
            return NULL;
    }
    return p + 1;
}

/* p is at an opening bracket; returns the place after the one that closes it. Which
 * kind of bracket closes which is kept for as many levels as an archive may have. */
static const char *skip_brackets(const char *p)
{
    char closing[2048];
    size_t depth = 0;
    do {
        switch (*p) {
        case '\0':
            return NULL;
        case '"':
            p = skip_string(p);
            if (!p)
                return NULL;
            continue;
        case '{':
        case '[':
            if (depth == sizeof closing)
                return NULL;
            closing[depth++] = *p == '{' ? '}' : ']';
            break;
        case '}':
        case ']':
            if (*p != closing[--depth])
                return NULL;
            break;
        default:
            break;
        }
        p++;
    } while (depth > 0);
    return p;
}

static const char *skip_value(const char *p)
{
    if (*p == '"')
        return skip_string(p);
    if (*p == '{' || *p == '[')
        return skip_brackets(p);
    size_t n = strspn(p, "+-.0123456789Eaeflnrstu"); /* numbers, true, false, null */
    return n > 0 ? p + n : NULL;
}

static bool read_member(const char *p, const char **end, struct json_member *member)
{
    if (*p != '"')
        return false;
    const char *after = skip_string(p);
    if (!after)
        return false;
    member->key = p + 1;
    member->key_length = (size_t)(after - p) - 2;
    p = skip_space(after);
    if (*p != ':')
        return false;
    member->value = skip_space(p + 1);
    after = skip_value(member->value);
    if (!after)
        return false;
    member->value_length = (size_t)(after - member->value);
    *end = skip_space(after);
    return true;
}

bool json_object_next(const char *object, const char **at, struct json_member *member)
{
    const char *p = *at;
    if (!p) {
        p = skip_space(object);
        if (*p != '{')
            return false;
    } else if (*p != ',') {
        return false;
    }
    return read_member(skip_space(p + 1), at, member);
}

bool json_object_is_whole(const char *object)
{
    const char *at = NULL;
    struct json_member member;
    bool more = true;
    while (more)
        more = json_object_next(object, &at, &member);
    if (!at) { /* no member: only an empty object is right */
        const char *p = skip_space(object);
        if (*p != '{')
            return false;
        at = skip_space(p + 1);
    }
    return *at == '}' && *skip_space(at + 1) == '\0';
}
