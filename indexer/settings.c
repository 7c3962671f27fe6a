/* anam_settings_store: what the index says of itself again, with other settings. */
#include "index/lines.h"
#include "index/manifest.h"
#include "indexer/directory.h"
#ifdef ANAM_XAPIAN
#include "indexer/xapian_export.h"
#endif

#include <string.h>

static anam_status store_native(const char *dir, const anam_settings *settings, anam_error *err)
{
    struct anam_manifest manifest;
    struct anam_directory lock;
    anam_status status = anam_manifest_read(&manifest, dir, err);
    if (status) /* before the lock makes a directory */
        return status;
    status = anam_directory_lock(&lock, dir, err);
    if (status)
        return status;
    status = anam_manifest_read(&manifest, dir, err);
    manifest.settings = *settings;
    if (!status)
        status = anam_manifest_publish(&manifest, dir, err);
    anam_directory_unlock(&lock);
    return status;
}

anam_status anam_settings_store(const char *uri, const anam_settings *settings, anam_error *err)
{
    static const char xapian[] = "xapian:";
    anam_settings s = ANAM_SETTINGS_INIT;
    if (settings->size < sizeof settings->size || settings->size > 4096)
        return anam_fail(err, ANAM_INVALID, "settings without their size");
    memcpy(&s, settings, settings->size < sizeof s ? settings->size : sizeof s);
    s.size = sizeof s;
    if (!anam_settings_valid(&s))
        return anam_fail(err, ANAM_INVALID, ANAM_SETTINGS_RANGES);
    if (strncmp(uri, "xapian+tcp:", 11) == 0)
        return anam_fail(err, ANAM_INVALID,
                         "%.200s: settings are stored where the index lies, as xapian:PATH", uri);
    if (strncmp(uri, xapian, sizeof xapian - 1) != 0)
        return store_native(uri, &s, err);
#ifdef ANAM_XAPIAN
    return anam_xapian_settings_store(uri + sizeof xapian - 1, &s, err);
#else
    return anam_fail(err, ANAM_INVALID, "%.200s: this program was built without Xapian", uri);
#endif
}
