/* What a terminal can show: its width, colours, and which characters are safe. */
#ifndef ANAM_CLI_SCREEN_H
#define ANAM_CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum screen_when { SCREEN_AUTO, SCREEN_ALWAYS, SCREEN_NEVER };

/* Columns for text on stdout: the terminal's, else $COLUMNS, else 80; kept within
 * SCREEN_MIN and SCREEN_MAX, since very long lines read badly. */
enum { SCREEN_MIN = 30, SCREEN_MAX = 100 };
size_t screen_columns(void);

/* Whether stdout gets colours. SCREEN_AUTO: on a terminal that is not dumb, unless
 * $NO_COLOR is set (no-color.org). */
bool screen_colour(enum screen_when when);

/* Whether a line on stderr may be drawn over and over. */
bool screen_progress(void);

/* c, or what is shown in its place: stored text must not steer the terminal. White
 * space becomes a space; controls, and the marks that turn the direction of all
 * that follows, become U+FFFD. */
uint32_t screen_char(uint32_t c);

/* Columns that c takes: 0, 1 or 2. */
size_t screen_width(uint32_t c);

/* Columns of a string as the screen shows it. */
size_t screen_string_width(const char *s);

#endif
