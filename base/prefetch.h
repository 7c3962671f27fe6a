/* Asks the processor to load a cache line that will be read soon. Any address will do: one that
 * cannot be read is ignored. */
#ifndef ANAM_BASE_PREFETCH_H
#define ANAM_BASE_PREFETCH_H

enum { ANAM_CACHE_LINE = 64 }; /* bytes, as good as everywhere */

static inline void anam_prefetch(const void *at)
{
#if defined(__GNUC__)
    __builtin_prefetch(at);
#else
    (void)at;
#endif
}

#endif
