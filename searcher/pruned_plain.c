/* The search of pruned.h, for any processor. */
#include "searcher/pruned_body.h"

const struct anam_pruned_variant anam_pruned_plain = {"plain", search};
