/* The settings that an index for Xapian keeps. */
#ifndef ANAM_XAPIAN_SETTINGS_H
#define ANAM_XAPIAN_SETTINGS_H

#include "base/error.h"

/* Settings of the index in `dir`, which it is about to hand on to the next: those of the
 * first shard that can be read, else the defaults. ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_xapian_settings_read(const char *dir, anam_settings *settings, anam_error *err);

/* Stores settings to search with in the databases of `dir`; see anam_settings_store. */
anam_status anam_xapian_settings_store(const char *dir, const anam_settings *settings,
                                       anam_error *err);

#endif
