/* Memory: checked array sizes, a growing byte buffer, and an arena for things
 * that die together. All allocation of the library goes through malloc, calloc
 * and realloc of the C library, so that a test can make each call fail. */
#ifndef ANAM_BASE_ALLOC_H
#define ANAM_BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* n * size zeroed bytes, NULL without memory or on overflow; a size of 0 gives a
 * pointer that can be freed. Free with free(). */
void *anam_new_array(size_t n, size_t size);

/* realloc to n * size bytes; NULL leaves `ptr` as it was. New bytes are undefined. */
void *anam_resize_array(void *ptr, size_t n, size_t size);

/* Makes room for `need` elements in a growing array: doubles *cap as required.
 * false without memory, and then nothing has changed. *array may be NULL. */
bool anam_grow(void *array, size_t *cap, size_t need, size_t size);

/* Gives memory that was freed back to the system, where the C library would keep it: after much was
 * freed in small pieces. */
void anam_release_freed(void);

/* A growing byte buffer. {0} is an empty one. */
struct anam_buffer {
    char *data; /* NULL while nothing was reserved */
    size_t len;
    size_t cap;
};

bool anam_buffer_reserve(struct anam_buffer *buf, size_t more); /* room for len + more */
bool anam_buffer_append(struct anam_buffer *buf, const void *bytes, size_t n);
bool anam_buffer_append_str(struct anam_buffer *buf, const char *s); /* without its NUL */
bool anam_buffer_append_varint(struct anam_buffer *buf, unsigned long long v);
/* Puts a NUL behind the bytes without counting it, so that data is a C string. */
bool anam_buffer_terminate(struct anam_buffer *buf);
void anam_buffer_free(struct anam_buffer *buf); /* back to {0} */

/* An arena: allocations live until the arena is reset or freed. {0} is empty. */
struct anam_arena {
    struct anam_arena_block *blocks;
    size_t used;  /* in the newest block */
    size_t total; /* bytes held in all blocks */
    size_t usual; /* bytes of the next first block; less than any has: as many as any has */
};

/* n bytes aligned for any type, undefined content; NULL without memory. */
void *anam_arena_alloc(struct anam_arena *arena, size_t n);
/* A copy of n bytes with a NUL behind; NULL without memory. */
char *anam_arena_copy(struct anam_arena *arena, const char *bytes, size_t n);
/* n * size zeroed bytes; NULL without memory or on overflow. */
void *anam_arena_array(struct anam_arena *arena, size_t n, size_t size);
/* Keeps a single block of at most 1 MiB. Else all are freed, and the next is as large as all of
 * them were, up to 1 MiB. */
void anam_arena_reset(struct anam_arena *arena);
void anam_arena_free(struct anam_arena *arena);

#endif
