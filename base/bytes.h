/* Little-endian integers, and a cursor over untrusted bytes that never reads
 * beyond their end: the first bad read sets `bad` and all later ones give 0. */
#ifndef ANAM_BASE_BYTES_H
#define ANAM_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint16_t anam_load16(const unsigned char *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t anam_load32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t anam_load64(const unsigned char *p)
{
    return (uint64_t)anam_load32(p) | (uint64_t)anam_load32(p + 4) << 32;
}

static inline void anam_store16(unsigned char *p, uint16_t v)
{
    p[0] = (unsigned char)v;
    p[1] = (unsigned char)(v >> 8);
}

static inline void anam_store32(unsigned char *p, uint32_t v)
{
    anam_store16(p, (uint16_t)v);
    anam_store16(p + 2, (uint16_t)(v >> 16));
}

static inline void anam_store64(unsigned char *p, uint64_t v)
{
    anam_store32(p, (uint32_t)v);
    anam_store32(p + 4, (uint32_t)(v >> 32));
}

struct anam_cursor {
    const unsigned char *at;
    const unsigned char *end;
    bool bad;
};

static inline struct anam_cursor anam_cursor_over(const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    return (struct anam_cursor){p, n ? p + n : p, false}; /* bytes may be NULL with n == 0 */
}

static inline size_t anam_cursor_left(const struct anam_cursor *c)
{
    return (size_t)(c->end - c->at);
}

/* The next n bytes, or NULL. */
static inline const unsigned char *anam_cursor_bytes(struct anam_cursor *c, uint64_t n)
{
    if (c->bad || n > anam_cursor_left(c)) {
        c->bad = true;
        return NULL;
    }
    const unsigned char *p = c->at;
    c->at += n;
    return p;
}

static inline uint32_t anam_cursor_u8(struct anam_cursor *c)
{
    const unsigned char *p = anam_cursor_bytes(c, 1);
    return p ? *p : 0;
}

/* LEB128: seven bits a byte, least significant first; at most ten bytes. */
static inline uint64_t anam_cursor_varint(struct anam_cursor *c)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint32_t byte = anam_cursor_u8(c);
        if (c->bad || (shift == 63 && byte > 1))
            break;
        v |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return v;
    }
    c->bad = true;
    return 0;
}

/* A varint that must not exceed `max`. */
static inline uint64_t anam_cursor_varint_max(struct anam_cursor *c, uint64_t max)
{
    uint64_t v = anam_cursor_varint(c);
    if (v > max) {
        c->bad = true;
        return 0;
    }
    return v;
}

#endif
