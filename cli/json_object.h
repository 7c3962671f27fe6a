/* Walks the members of a JSON object text without changing a byte of them: numbers
 * of any size and the order of keys stay as they were given. */
#ifndef ANAM_CLI_JSON_OBJECT_H
#define ANAM_CLI_JSON_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

/* Borrowed from the text. */
struct json_member {
    const char *key; /* without its quotes, escapes as written */
    size_t key_length;
    const char *value; /* JSON text */
    size_t value_length;
};

/* The next member. *at is NULL before the first call. false after the last member,
 * and where the text is not an object. */
bool json_object_next(const char *object, const char **at, struct json_member *member);

/* Brackets and strings are closed and nothing follows the object. This is enough
 * for its members to be put into another object safely. */
bool json_object_is_whole(const char *object);

#endif
