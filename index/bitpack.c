#include "index/bitpack.h"

#include <string.h>

unsigned anam_bits(uint32_t v)
{
    unsigned bits = 0;
    while (v) {
        bits++;
        v >>= 1;
    }
    return bits;
}

bool anam_bitpack(struct anam_buffer *out, const uint32_t *values, size_t n, unsigned width)
{
    if (!anam_buffer_reserve(out, anam_packed_bytes(n, width)))
        return false;
    uint64_t pending = 0;
    unsigned filled = 0;
    for (size_t i = 0; i < n; i++) {
        pending |= (uint64_t)values[i] << filled;
        filled += width;
        for (; filled >= 8; filled -= 8, pending >>= 8)
            out->data[out->len++] = (char)(pending & 0xFF);
    }
    if (filled > 0)
        out->data[out->len++] = (char)(pending & 0xFF);
    return true;
}

void anam_bitunpack(const unsigned char *in, uint32_t *values, size_t n, unsigned width)
{
    const uint64_t mask = (UINT64_C(1) << width) - 1;
    uint64_t pending = 0;
    unsigned filled = 0;
    if (width == 0) {
        memset(values, 0, n * sizeof *values);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        for (; filled < width; filled += 8)
            pending |= (uint64_t)*in++ << filled;
        values[i] = (uint32_t)(pending & mask);
        pending >>= width;
        filled -= width;
    }
}
