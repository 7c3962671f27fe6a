#include "cli/progress.h"

#include "cli/human.h"
#include "cli/message.h"
#include "cli/screen.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const double seconds_between_lines = 0.1;

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void put(const char *s)
{
    /* A progress line that cannot be drawn is not missed. */
    if (write(STDERR_FILENO, s, strlen(s)) < 0)
        return;
}

/* Returns to the first column, writes, and clears what stood there before. */
static void draw(struct progress *progress, const char *text)
{
    char line[256];
    snprintf(line, sizeof line, "\r%s\033[K", text);
    put(line);
    progress->drawn = true;
}

void progress_begin(struct progress *progress)
{
    double now = seconds_now();
    *progress = (struct progress){.drawing = screen_progress(), .start = now, .last = now};
}

void progress_clear(struct progress *progress)
{
    if (progress->drawn)
        put("\r\033[K");
    progress->drawn = false;
}

/* "37 %, 12 s left", where the size of the input is known. */
static void describe_rest(char *out, size_t size, const struct anam_corpus_counts *counts,
                          double seconds)
{
    out[0] = '\0';
    if (counts->bytes_total == 0 || counts->bytes == 0)
        return;
    double done = (double)counts->bytes / (double)counts->bytes_total;
    done = done < 1 ? done : 1;
    snprintf(out, size, ", %d %%, %s left", (int)(100 * done),
             human_seconds(seconds / done - seconds).s);
}

void progress_counts(struct progress *progress, const struct anam_corpus_counts *counts)
{
    double now = seconds_now();
    double seconds = now - progress->start;
    if (!progress->drawing || now - progress->last < seconds_between_lines || seconds <= 0)
        return;
    progress->last = now;
    char text[160];
    char rest[64];
    describe_rest(rest, sizeof rest, counts, seconds);
    snprintf(text, sizeof text, "%s, %s/s%s", human_counted(counts->records, "record").s,
             human_count((uint64_t)((double)counts->records / seconds)).s, rest);
    draw(progress, text);
}

void progress_stage(struct progress *progress, const char *what)
{
    if (progress->drawing)
        draw(progress, what);
}

void progress_skipped(struct progress *progress, const char *msg)
{
    if (progress->warned > PROGRESS_WARNINGS)
        return;
    progress_clear(progress);
    if (progress->warned++ < PROGRESS_WARNINGS)
        message("skipped: %s", msg);
    else
        message("...");
}

static void report_rejects(const struct anam_corpus_counts *counts)
{
    if (counts->rejected == 0)
        return;
    note("skipped %s:", human_counted(counts->rejected, "record").s);
    for (size_t i = 0; i < counts->n_reasons; i++)
        note("  %s: %s", human_count(counts->reasons[i].count).s, counts->reasons[i].reason);
}

void progress_summary(struct progress *progress, const struct anam_corpus_counts *counts,
                      const anam_write_summary *written, const char *place)
{
    progress_clear(progress);
    double seconds = seconds_now() - progress->start;
    double rate = seconds > 0 ? (double)written->added / seconds : 0;
    char share[48] = "";
    if (counts->bytes > 0)
        snprintf(share, sizeof share, " (%.0f %% of the input)",
                 100 * (double)written->bytes / (double)counts->bytes);
    note("indexed %s (%s) in %s: %s/s, index %s%s, %s",
         human_counted(written->documents, "record").s, human_bytes(counts->bytes).s,
         human_seconds(seconds).s, human_counted((uint64_t)rate, "record").s,
         human_bytes(written->bytes).s, share, place);
    if (written->replaced > 0)
        note("replaced %s by a later one with the same id",
             human_counted(written->replaced, "record").s);
    if (written->unordered)
        note("records stay in the order in which they came, and searches take longer: "
             "putting like ones side by side takes more than --memory");
    uint64_t repaired = counts->bad_utf8 + written->bad_utf8;
    if (repaired > 0)
        note("repaired %s of invalid UTF-8", human_counted(repaired, "sequence").s);
    report_rejects(counts);
}
