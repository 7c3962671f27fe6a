/* Asks the processor to load a cache line that will be read soon. Any address will do: one that
 * cannot be read is ignored. */
#ifndef ANAM_BASE_PREFETCH_H
#define ANAM_BASE_PREFETCH_H

enum { ANAM_CACHE_LINE = 64 }; /* bytes, as good as everywhere */

static inline void anam_prefetch(const void *at)
{
#if defined(__GNUC__)
    __builtin_prefetch(at);
    /* Or a compiler leaves out calls of functions that do nothing else, as GCC 12 does. */
    __asm__ volatile("");
#else
    (void)at;
#endif
}

#endif
