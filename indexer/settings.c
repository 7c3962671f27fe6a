/* anam_settings_store: what the index says of itself again, with other settings. */
#include "index/lines.h"
#include "index/manifest.h"
#include "index/uri.h"
#include "indexer/directory.h"
#ifdef ANAM_XAPIAN
#include "indexer/xapian_settings.h"
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
    anam_settings s = ANAM_SETTINGS_INIT;
    if (settings->size < sizeof settings->size || settings->size > 4096)
        return anam_fail(err, ANAM_INVALID, "settings without their size");
    memcpy(&s, settings, settings->size < sizeof s ? settings->size : sizeof s);
    s.size = sizeof s;
    if (!anam_settings_valid(&s))
        return anam_fail(err, ANAM_INVALID, ANAM_SETTINGS_RANGES);
    const char *dir;
    enum anam_uri_kind kind = anam_uri_kind(uri, &dir);
    if (kind == ANAM_URI_NATIVE)
        return store_native(uri, &s, err);
    if (kind == ANAM_URI_SERVED)
        return anam_fail(err, ANAM_INVALID,
                         "%.200s: settings are stored where the index lies, as xapian:PATH", uri);
    if (uri[anam_uri_first(uri)])
        return anam_fail(err, ANAM_INVALID,
                         "%.200s: names several; settings are stored in one directory", uri);
    if (!*dir)
        return anam_fail(err, ANAM_INVALID, "'%s' names no directory", uri);
#ifdef ANAM_XAPIAN
    return anam_xapian_settings_store(dir, &s, err);
#else
    return anam_fail(err, ANAM_INVALID, "%.200s: this program was built without Xapian", uri);
#endif
}
