/* What the program says on stderr, and its exit codes. Everything is cleaned of
 * control characters: file names and record ids may hold any byte. */
#ifndef ANAM_CLI_MESSAGE_H
#define ANAM_CLI_MESSAGE_H

#include "anamnesis.h"

enum exit_code {
    EXIT_DONE = 0,       /* also where nothing was found */
    EXIT_FAILED = 1,     /* a check failed, an id is not in the index, or nothing is proposed */
    EXIT_USAGE = 2,      /* the command line is wrong */
    EXIT_QUERY = 3,      /* the query cannot be answered */
    EXIT_DATA = 4,       /* the input or the index is bad */
    EXIT_IO = 5,         /* the operating system or a server refused, or no memory */
    EXIT_LOCKED = 75,    /* another writer holds the index: try again (EX_TEMPFAIL) */
    EXIT_SIGNALLED = 128 /* plus the number of the signal */
};

/* "anamnesis: " and one line. Flushes stdout first, so that the order is right
 * where both streams go to the same place. */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* As message, without "anamnesis: ". */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The exit code of a status. */
int exit_code(anam_status status);

/* Says err's message and returns the exit code. */
int fail_with(const anam_error *err);

/* Says that memory ran out; returns EXIT_IO. */
int fail_memory(void);

#endif
