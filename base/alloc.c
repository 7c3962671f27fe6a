#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void *anam_new_array(size_t n, size_t size)
{
    if (n == 0 || size == 0)
        n = size = 1;
    if (n > SIZE_MAX / size) /* calloc checks too, but sanitizers abort there */
        return NULL;
    return calloc(n, size);
}

void *anam_resize_array(void *ptr, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size)
        return NULL;
    size_t bytes = n * size;
    return realloc(ptr, bytes > 0 ? bytes : 1);
}

bool anam_grow(void *array, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap)
        return true;
    size_t bigger = *cap < 8 ? 8 : *cap;
    while (bigger < need) {
        if (bigger > SIZE_MAX / 2)
            return false;
        bigger *= 2;
    }
    void *old;
    memcpy(&old, array, sizeof old);
    void *grown = anam_resize_array(old, bigger, size);
    if (!grown)
        return false;
    memcpy(array, &grown, sizeof grown);
    *cap = bigger;
    return true;
}

void anam_release_freed(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

bool anam_buffer_reserve(struct anam_buffer *buf, size_t more)
{
    if (more > SIZE_MAX - buf->len)
        return false;
    return anam_grow(&buf->data, &buf->cap, buf->len + more, 1);
}

bool anam_buffer_append(struct anam_buffer *buf, const void *bytes, size_t n)
{
    if (!anam_buffer_reserve(buf, n))
        return false;
    if (n)
        memcpy(buf->data + buf->len, bytes, n);
    buf->len += n;
    return true;
}

bool anam_buffer_append_str(struct anam_buffer *buf, const char *s)
{
    return anam_buffer_append(buf, s, strlen(s));
}

bool anam_buffer_append_varint(struct anam_buffer *buf, unsigned long long v)
{
    unsigned char bytes[10];
    size_t n = 0;
    while (v >= 0x80) {
        bytes[n++] = (unsigned char)(v | 0x80);
        v >>= 7;
    }
    bytes[n++] = (unsigned char)v;
    return anam_buffer_append(buf, bytes, n);
}

bool anam_buffer_terminate(struct anam_buffer *buf)
{
    if (!anam_buffer_reserve(buf, 1))
        return false;
    buf->data[buf->len] = '\0';
    return true;
}

void anam_buffer_free(struct anam_buffer *buf)
{
    free(buf->data);
    *buf = (struct anam_buffer){0};
}

enum { BLOCK_BYTES = 64 << 10, BLOCK_MOST = 1 << 20 };

struct anam_arena_block {
    struct anam_arena_block *next;
    size_t size;
    max_align_t bytes[];
};

void *anam_arena_alloc(struct anam_arena *arena, size_t n)
{
    const size_t align = sizeof(max_align_t);
    if (n > SIZE_MAX / 2)
        return NULL;
    n = (n + align - 1) / align * align;
    struct anam_arena_block *block = arena->blocks;
    if (!block || block->size - arena->used < n) {
        size_t size = block || arena->usual < BLOCK_BYTES ? BLOCK_BYTES : arena->usual;
        size = size > n ? size : n;
        block = malloc(sizeof *block + size);
        if (!block)
            return NULL;
        block->next = arena->blocks;
        block->size = size;
        arena->blocks = block;
        arena->used = 0;
        arena->total += size;
    }
    void *at = (char *)block->bytes + arena->used;
    arena->used += n;
    return at;
}

char *anam_arena_copy(struct anam_arena *arena, const char *bytes, size_t n)
{
    if (n == SIZE_MAX)
        return NULL;
    char *copy = anam_arena_alloc(arena, n + 1);
    if (!copy)
        return NULL;
    if (n)
        memcpy(copy, bytes, n);
    copy[n] = '\0';
    return copy;
}

void *anam_arena_array(struct anam_arena *arena, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size)
        return NULL;
    void *array = anam_arena_alloc(arena, n * size);
    if (array && n * size > 0)
        memset(array, 0, n * size);
    return array;
}

void anam_arena_reset(struct anam_arena *arena)
{
    size_t total = arena->total;
    if (!arena->blocks)
        return;
    if (!arena->blocks->next && total <= BLOCK_MOST) {
        arena->used = 0;
        return;
    }
    anam_arena_free(arena);
    arena->usual = total < BLOCK_MOST ? total : BLOCK_MOST;
}

void anam_arena_free(struct anam_arena *arena)
{
    while (arena->blocks) {
        struct anam_arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    *arena = (struct anam_arena){0};
}
