#include "analysis/fold.h"

#include "base/utf8.h"

#include <utf8proc.h>

static bool is_fraction(uint32_t c)
{
    return (c >= 0x00BC && c <= 0x00BE) || (c >= 0x2150 && c <= 0x215F) || c == 0x2189;
}

size_t anam_fold_char(uint32_t c, uint32_t out[ANAM_FOLD_MAX])
{
    if (c == 0x2120 || c == 0x2122) { /* service and trade mark: no part of the name */
        out[0] = c;
        return 1;
    }
    if (c == 0x00B4) { /* an acute accent by itself was meant as an apostrophe */
        out[0] = '\'';
        return 1;
    }
    utf8proc_int32_t buf[ANAM_FOLD_MAX];
    int boundclass = UTF8PROC_BOUNDCLASS_START;
    utf8proc_ssize_t n = utf8proc_decompose_char(
        (utf8proc_int32_t)c, buf, ANAM_FOLD_MAX,
        UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE, &boundclass);
    if (n > 0 && n <= ANAM_FOLD_MAX)
        n = utf8proc_normalize_utf32(buf, n, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    if (n < 0 || n > ANAM_FOLD_MAX) {
        out[0] = 0xFFFD;
        return 1;
    }
    size_t len = 0;
    if (is_fraction(c) && n < ANAM_FOLD_MAX)
        out[len++] = ' '; /* 3½ is 3 1/2, not 31/2 */
    for (utf8proc_ssize_t i = 0; i < n; i++)
        out[len++] = (uint32_t)buf[i];
    return len;
}

static bool is_cjk(uint32_t c)
{
    return (c >= 0x1100 && c <= 0x11FF) || (c >= 0xA960 && c <= 0xA97F) ||
           (c >= 0xD7B0 && c <= 0xD7FF) || (c >= 0x3005 && c <= 0x3007) ||
           (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3105 && c <= 0x312F) ||
           (c >= 0x31A0 && c <= 0x31FF) || (c >= 0x3400 && c <= 0x4DBF) ||
           (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFD);
}

enum anam_char_kind anam_char_kind(uint32_t c)
{
    if (c < 0x80) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
            return ANAM_CHAR_LETTER;
        return c >= '0' && c <= '9' ? ANAM_CHAR_DIGIT : ANAM_CHAR_OTHER;
    }
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);
    if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO)
        return is_cjk(c) ? ANAM_CHAR_CJK : ANAM_CHAR_LETTER;
    if (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME)
        return ANAM_CHAR_MARK;
    if (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO)
        return is_cjk(c) ? ANAM_CHAR_CJK : ANAM_CHAR_DIGIT;
    return ANAM_CHAR_OTHER;
}

uint32_t anam_compose(uint32_t base, uint32_t mark)
{
    utf8proc_int32_t pair[2] = {(utf8proc_int32_t)base, (utf8proc_int32_t)mark};
    utf8proc_ssize_t n = utf8proc_normalize_utf32(pair, 2, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    return n == 1 ? (uint32_t)pair[0] : 0;
}

/* Marks that people leave out when they type. Those of Indic and other scripts are
 * vowels: without them it would be another word. */
static bool is_diacritic(uint32_t c)
{
    return (c >= 0x0300 && c <= 0x036F) || (c >= 0x1AB0 && c <= 0x1AFF) ||
           (c >= 0x1DC0 && c <= 0x1DFF) || (c >= 0x20D0 && c <= 0x20FF) ||
           (c >= 0xFE20 && c <= 0xFE2F) || (c >= 0x0591 && c <= 0x05C7) ||
           (c >= 0x0610 && c <= 0x061A) || (c >= 0x064B && c <= 0x065F) || c == 0x0670;
}

static size_t normalize(char *text, size_t n, bool strip)
{
    utf8proc_int32_t buf[4 * ANAM_FOLD_TOKEN]; /* canonical forms grow fourfold at most */
    utf8proc_ssize_t count =
        utf8proc_decompose((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)n, buf,
                           4 * ANAM_FOLD_TOKEN, UTF8PROC_DECOMPOSE | UTF8PROC_STABLE);
    if (count < 0 || count > 4 * ANAM_FOLD_TOKEN)
        return n;
    utf8proc_ssize_t kept = 0;
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        if (strip && buf[i] == 0x0131) /* ı, of which a capital is I, as of i */
            buf[i] = 'i';
        bool dotted_i = buf[i] == 0x0307 && kept > 0 && buf[kept - 1] == 'i'; /* of İ */
        if (!dotted_i && !(strip && is_diacritic((uint32_t)buf[i])))
            buf[kept++] = buf[i];
    }
    kept = utf8proc_normalize_utf32(buf, kept, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    size_t len = 0;
    for (utf8proc_ssize_t i = 0; i < kept; i++) {
        char bytes[4];
        size_t width = anam_utf8_encode((uint32_t)buf[i], bytes);
        if (len + width > n)
            break;
        for (size_t j = 0; j < width; j++)
            text[len++] = bytes[j];
    }
    return len;
}

size_t anam_compose_token(char *text, size_t n)
{
    return normalize(text, n, false);
}

size_t anam_strip_diacritics(char *text, size_t n)
{
    return normalize(text, n, true);
}
