/* Reads lines of any length from a file descriptor, keeping no more of one than a
 * limit. Bytes are taken as they come, NUL included. */
#ifndef ANAM_CLI_LINES_H
#define ANAM_CLI_LINES_H

#include <stddef.h>

enum lines_status {
    LINES_LINE,
    LINES_END,
    LINES_TOO_LONG, /* the line was longer than the limit; reading may go on */
    LINES_ERROR,    /* errno says why */
    LINES_NO_MEMORY
};

struct lines {
    int fd;
    size_t limit;
    unsigned long number; /* of the line read last, from 1 */
    char *line;           /* the line read last, without its end; not terminated */
    size_t length;
    size_t capacity;
    size_t at; /* unread bytes of the buffer are [at, filled) */
    size_t filled;
    char buffer[32 << 10];
};

void lines_open(struct lines *lines, int fd, size_t limit);
enum lines_status lines_next(struct lines *lines);
void lines_free(struct lines *lines); /* the descriptor stays open */

#endif
