/* The search of pruned.h, for x86-64 with AVX2, BMI2 and POPCNT. The Makefile has the flags. */
#if defined(__x86_64__)
#include "searcher/pruned_body.h"

const struct anam_pruned_variant anam_pruned_avx2 = {"avx2", search};
#else
typedef int anam_not_on_this_processor;
#endif
