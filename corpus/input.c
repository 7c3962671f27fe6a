#include "corpus/input.h"

#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { RAW_BYTES = 64 << 10, WINDOW_BYTES = 128 << 10, NAME_BYTES = 240 };

struct anam_input {
    char name[NAME_BYTES + 4];
    int fd;
    bool raw_ended; /* the file has no more bytes */
    bool ended;     /* the window holds the last of the text */
    bool gzip;
    bool in_member; /* inside a gzip member, not between two */
    bool have_zlib;
    z_stream zlib;
    size_t raw_pos;
    size_t raw_len;
    size_t pos;
    size_t len;
    uint64_t line;
    uint64_t *bytes;
    uint64_t *bad_utf8;
    const atomic_bool *stop;
    struct anam_buffer text;     /* a line longer than the window */
    struct anam_buffer repaired; /* a line that was not UTF-8 */
    unsigned char raw[RAW_BYTES];
    char window[WINDOW_BYTES]; /* text is [pos, len) */
};

/* Messages are one line and end with the reason: a long path keeps its end only. */
static void set_name(struct anam_input *in, const char *path)
{
    if (strcmp(path, "-") == 0)
        path = "stdin";
    size_t n = strlen(path);
    size_t cut = n > NAME_BYTES ? n - NAME_BYTES : 0;
    while (cut > 0 && cut < n && ((unsigned char)path[cut] & 0xC0) == 0x80)
        cut++;
    char *to = in->name;
    if (cut > 0) {
        memcpy(to, "...", 3);
        to += 3;
    }
    for (const char *s = path + cut; *s; s++)
        *to++ = (unsigned char)*s < ' ' || *s == 0x7F ? '?' : *s;
    *to = '\0';
}

/* Reads until `need` raw bytes are there or the file ends. */
static anam_status fill_raw(struct anam_input *in, size_t need, anam_error *err)
{
    if (in->raw_len - in->raw_pos >= need)
        return ANAM_OK;
    memmove(in->raw, in->raw + in->raw_pos, in->raw_len - in->raw_pos);
    in->raw_len -= in->raw_pos;
    in->raw_pos = 0;
    while (in->raw_len < need && !in->raw_ended) {
        anam_status status = anam_check_stop(in->stop, err);
        if (status)
            return status;
        ssize_t got = read(in->fd, in->raw + in->raw_len, RAW_BYTES - in->raw_len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return anam_fail_sys(err, errno, "%s", in->name);
        in->raw_ended = got == 0;
        in->raw_len += (size_t)got;
        *in->bytes += (uint64_t)got;
    }
    return ANAM_OK;
}

static bool at_gzip_magic(const struct anam_input *in)
{
    return in->raw_len - in->raw_pos >= 2 && in->raw[in->raw_pos] == 0x1F &&
           in->raw[in->raw_pos + 1] == 0x8B;
}

/* Between two members: begins the next one, or ends the text. Zeros behind the last
 * member are the padding of a tape or archive; anything else is text that would be
 * lost, so it is an error. */
static anam_status next_member(struct anam_input *in, anam_error *err)
{
    for (;;) {
        anam_status status = fill_raw(in, 2, err);
        if (status != ANAM_OK)
            return status;
        if (at_gzip_magic(in)) {
            if (inflateReset(&in->zlib) != Z_OK)
                return anam_fail_memory(err);
            in->in_member = true;
            return ANAM_OK;
        }
        if (in->raw_pos == in->raw_len) {
            in->ended = true;
            return ANAM_OK;
        }
        if (in->raw[in->raw_pos] != 0)
            return anam_fail(err, ANAM_BAD_DATA,
                             "%s: the gzip data is followed by bytes that are not gzip", in->name);
        in->raw_pos++;
    }
}

static anam_status inflate_more(struct anam_input *in, anam_error *err)
{
    size_t before = in->len;
    while (in->len == before && !in->ended) {
        if (!in->in_member) {
            anam_status status = next_member(in, err);
            if (status != ANAM_OK)
                return status;
            continue;
        }
        anam_status status = fill_raw(in, 1, err);
        if (status != ANAM_OK)
            return status;
        if (in->raw_pos == in->raw_len)
            return anam_fail(err, ANAM_BAD_DATA, "%s: the gzip data is truncated", in->name);
        in->zlib.next_in = in->raw + in->raw_pos;
        in->zlib.avail_in = (uInt)(in->raw_len - in->raw_pos);
        in->zlib.next_out = (Bytef *)in->window + in->len;
        in->zlib.avail_out = (uInt)(WINDOW_BYTES - in->len);
        int result = inflate(&in->zlib, Z_NO_FLUSH);
        in->raw_pos = in->raw_len - in->zlib.avail_in;
        in->len = WINDOW_BYTES - in->zlib.avail_out;
        if (result == Z_STREAM_END)
            in->in_member = false;
        else if (result == Z_MEM_ERROR)
            return anam_fail_memory(err);
        else if (result != Z_OK && result != Z_BUF_ERROR)
            return anam_fail(err, ANAM_BAD_DATA, "%s: the gzip data is corrupt (%s)", in->name,
                             in->zlib.msg ? in->zlib.msg : "no valid stream");
    }
    return ANAM_OK;
}

/* Appends at least one byte to the window, which must have room, or sets ended. */
static anam_status fill_window(struct anam_input *in, anam_error *err)
{
    if (in->gzip)
        return inflate_more(in, err);
    anam_status status = fill_raw(in, 1, err);
    if (status != ANAM_OK)
        return status;
    size_t n = in->raw_len - in->raw_pos;
    if (n > WINDOW_BYTES - in->len)
        n = WINDOW_BYTES - in->len;
    memcpy(in->window + in->len, in->raw + in->raw_pos, n);
    in->raw_pos += n;
    in->len += n;
    in->ended = n == 0;
    return ANAM_OK;
}

static anam_status start_gzip(struct anam_input *in, anam_error *err)
{
    if (inflateInit2(&in->zlib, 15 + 16) != Z_OK)
        return anam_fail_memory(err);
    in->have_zlib = true;
    in->gzip = true;
    return ANAM_OK;
}

static anam_status check_byte_order_mark(struct anam_input *in, anam_error *err)
{
    const char *utf = NULL;
    if (in->len >= 4 &&
        (memcmp(in->window, "\xFF\xFE\0\0", 4) == 0 || memcmp(in->window, "\0\0\xFE\xFF", 4) == 0))
        utf = "UTF-32";
    else if (in->len >= 2 &&
             (memcmp(in->window, "\xFF\xFE", 2) == 0 || memcmp(in->window, "\xFE\xFF", 2) == 0))
        utf = "UTF-16";
    if (utf)
        return anam_fail(err, ANAM_BAD_DATA,
                         "%s: this is %s text; convert it first: iconv -f %s -t UTF-8", in->name,
                         utf, utf);
    if (in->len >= 3 && memcmp(in->window, "\xEF\xBB\xBF", 3) == 0)
        in->pos = 3;
    return ANAM_OK;
}

static anam_status read_head(struct anam_input *in, anam_error *err)
{
    anam_status status = fill_raw(in, 2, err);
    if (status == ANAM_OK && at_gzip_magic(in))
        status = start_gzip(in, err);
    while (status == ANAM_OK && in->len < ANAM_INPUT_HEAD && !in->ended)
        status = fill_window(in, err);
    return status == ANAM_OK ? check_byte_order_mark(in, err) : status;
}

anam_status anam_input_open(struct anam_input **out, const char *path, uint64_t *bytes,
                            uint64_t *bad_utf8, const atomic_bool *stop, anam_error *err)
{
    *out = NULL;
    struct anam_input *in = anam_new_array(1, sizeof *in);
    if (!in)
        return anam_fail_memory(err);
    in->bytes = bytes;
    in->bad_utf8 = bad_utf8;
    in->stop = stop;
    set_name(in, path);
    in->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    anam_status status =
        in->fd < 0 ? anam_fail_sys(err, errno, "%s", in->name) : read_head(in, err);
    if (status != ANAM_OK) {
        anam_input_close(in);
        return status;
    }
    *out = in;
    return ANAM_OK;
}

void anam_input_close(struct anam_input *in)
{
    if (!in)
        return;
    if (in->fd > STDIN_FILENO)
        close(in->fd);
    if (in->have_zlib)
        inflateEnd(&in->zlib);
    anam_buffer_free(&in->text);
    anam_buffer_free(&in->repaired);
    free(in);
}

const char *anam_input_name(const struct anam_input *in)
{
    return in->name;
}

const char *anam_input_head(const struct anam_input *in, size_t *n)
{
    *n = in->len - in->pos;
    return in->window + in->pos;
}

static anam_status repair_line(struct anam_input *in, struct anam_line *line, anam_error *err)
{
    if (anam_utf8_valid_prefix(line->text, line->len) == line->len)
        return ANAM_OK;
    in->repaired.len = 0;
    if (!anam_utf8_repair(line->text, line->len, &in->repaired, in->bad_utf8))
        return anam_fail_memory(err);
    line->repaired = true;
    line->text = in->repaired.data;
    line->len = in->repaired.len;
    return ANAM_OK;
}

/* Makes the window hold something unless the text has ended. */
static anam_status need_window(struct anam_input *in, anam_error *err)
{
    anam_status status = ANAM_OK;
    while (status == ANAM_OK && in->pos == in->len && !in->ended) {
        in->pos = in->len = 0;
        status = fill_window(in, err);
    }
    return status;
}

/* Appends a piece of a line, as far as it fits in `limit`. */
static bool append_within(struct anam_buffer *text, const char *s, size_t n, size_t limit,
                          bool *too_long)
{
    if (n > limit - text->len) {
        n = limit - text->len;
        *too_long = true;
    }
    return anam_buffer_append(text, s, n);
}

anam_status anam_input_line(struct anam_input *in, struct anam_line *line, anam_error *err)
{
    *line = (struct anam_line){0};
    in->text.len = 0;
    for (;;) {
        anam_status status = need_window(in, err);
        if (status != ANAM_OK)
            return status;
        char *start = in->window + in->pos;
        size_t n = in->len - in->pos;
        if (n == 0 && in->text.len == 0)
            return ANAM_OK;
        char *newline = n > 0 ? memchr(start, '\n', n) : NULL;
        if (newline)
            n = (size_t)(newline - start) + 1;
        in->pos += n;
        bool whole = newline || n == 0;
        if (whole && in->text.len == 0) {
            line->text = start;
            line->len = n;
        } else {
            if (!append_within(&in->text, start, n, ANAM_MAX_LINE, &line->too_long))
                return anam_fail_memory(err);
            line->text = in->text.data;
            line->len = in->text.len;
        }
        if (!whole)
            continue;
        line->number = ++in->line;
        return line->too_long ? ANAM_OK : repair_line(in, line, err);
    }
}

anam_status anam_input_rest(struct anam_input *in, bool repair, struct anam_line *all,
                            anam_error *err)
{
    *all = (struct anam_line){.number = in->line + 1};
    in->text.len = 0;
    for (;;) {
        anam_status status = need_window(in, err);
        if (status != ANAM_OK)
            return status;
        size_t n = in->len - in->pos;
        if (n == 0)
            break;
        if (!append_within(&in->text, in->window + in->pos, n, ANAM_MAX_RECORD, &all->too_long))
            return anam_fail_memory(err);
        in->pos += n;
        if (all->too_long)
            break;
    }
    if (!anam_buffer_terminate(&in->text))
        return anam_fail_memory(err);
    all->text = in->text.data;
    all->len = in->text.len;
    return repair && !all->too_long ? repair_line(in, all, err) : ANAM_OK;
}
