/* Standard output, buffered and checked: a full disk must not pass for success.
 * After the first failure everything is dropped and out_finish() reports it. */
#ifndef ANAM_CLI_OUTPUT_H
#define ANAM_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

void out_bytes(const char *bytes, size_t n);
void out_string(const char *s);
void out_char(char c);
void out_spaces(size_t n);
void out_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Hands what is buffered to the operating system. */
void out_flush(void);

/* A write has failed: a command may as well stop. */
bool out_failed(void);

/* Flushes and returns `code`; after a failure says so (but not that a reader of
 * our pipe went away) and returns EXIT_IO. */
int out_finish(int code);

#endif
