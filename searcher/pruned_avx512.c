/* The search of pruned.h, for x86-64 with AVX-512 F, BW, VL and DQ. The Makefile has the flags. */
#if defined(__x86_64__)
#include "searcher/pruned_body.h"

const struct anam_pruned_variant anam_pruned_avx512 = {"avx512", search};
#else
typedef int anam_not_on_this_processor;
#endif
