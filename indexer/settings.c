/* anam_settings_store: the manifest again, with other settings. */
#include "index/manifest.h"
#include "indexer/directory.h"

#include <string.h>

anam_status anam_settings_store(const char *uri, const anam_settings *settings, anam_error *err)
{
    struct anam_manifest manifest;
    struct anam_directory dir;
    anam_settings s = ANAM_SETTINGS_INIT;
    if (settings->size < sizeof settings->size || settings->size > 4096)
        return anam_fail(err, ANAM_INVALID, "settings without their size");
    memcpy(&s, settings, settings->size < sizeof s ? settings->size : sizeof s);
    s.size = sizeof s;
    if (!anam_settings_valid(&s))
        return anam_fail(err, ANAM_INVALID,
                         "a setting is out of range: k1 0 to 1000, b 0 to 1, weights 0 to 1000");
    anam_status status = anam_manifest_read(&manifest, uri, err);
    if (status) /* before the lock makes a directory */
        return status;
    status = anam_directory_lock(&dir, uri, err);
    if (status)
        return status;
    status = anam_manifest_read(&manifest, uri, err);
    manifest.settings = s;
    if (!status)
        status = anam_manifest_publish(&manifest, uri, err);
    anam_directory_unlock(&dir);
    return status;
}
