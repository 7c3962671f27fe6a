/* Runs engines (bench/peer.h says how one is talked to) and measures them.
 *
 *   measure build RESULTS DOCS ENGINE INDEX COMMAND...
 *       runs the command, which makes INDEX: time, memory, bytes
 *   measure runs  [OPTION...] FOLDER DOCS TOPICS BUCKET,... ENGINE=COMMAND...
 *       one pass of each bucket into FOLDER/ENGINE.BUCKET.run, in TREC's format
 *   measure time  [OPTION...] RESULTS DOCS TOPICS BUCKET,... ENGINE=COMMAND...
 *       all engines alive at once and by turns: of each bucket, passes to warm up, then
 *       rounds in which each engine answers the whole bucket once
 *   measure cold  [OPTION...] RESULTS DOCS TOPICS BUCKET,... ENGINE=INDEX=COMMAND...
 *       one engine at a time, its index put out of the page cache before it starts
 *
 * TOPICS is a folder of BUCKET.tsv; a command is the shell's. Options: --rounds N (5),
 * --warm SECONDS (3) and at least one pass, --queries N (200) of a bucket at most, --budget SECONDS
 * (10): a pass that would take longer ends there, and that engine's later passes do, too; --hits K
 * (10). */
#include "bench/results.h"
#include "bench/vocabulary.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ENGINES_MAX = 16, BUCKETS_MAX = 16, QUERIES_MAX = 1000, ROUNDS_MAX = 101 };

struct options {
    size_t rounds;
    size_t queries;
    size_t hits;
    double warm;
    double budget;
};

/* One query of one round, in microseconds. */
struct sample {
    double wall;
    double cpu;
};

struct engine {
    char *name;
    char *index; /* of `cold` */
    char *command;
    pid_t pid;
    FILE *to;
    FILE *from;
    double opened;          /* microseconds that opening the index took */
    size_t n;               /* queries of the bucket in hand that fit the budget */
    struct sample *samples; /* query * ROUNDS_MAX + round, of the bucket in hand */
    char *line;
    size_t cap;
};

struct plan {
    struct options options;
    const char *out;
    double docs;
    const char *topics;
    char *buckets[BUCKETS_MAX];
    size_t n_buckets;
    struct engine engines[ENGINES_MAX];
    size_t n_engines;
};

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, compare);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* ---- engines ---- */

static void start(struct engine *e)
{
    int down[2];
    int up[2];
    if (pipe(down) != 0 || pipe(up) != 0)
        die("pipe: %s", strerror(errno));
    for (int i = 0; i < 2; i++) {
        fcntl(down[i], F_SETFD, FD_CLOEXEC);
        fcntl(up[i], F_SETFD, FD_CLOEXEC);
    }
    e->pid = fork();
    if (e->pid < 0)
        die("fork: %s", strerror(errno));
    if (e->pid == 0) {
        dup2(down[0], 0);
        dup2(up[1], 1);
        char *command = resize(NULL, strlen(e->command) + 6, 1);
        sprintf(command, "exec %s", e->command);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(down[0]);
    close(up[1]);
    e->to = fdopen(down[1], "w");
    e->from = fdopen(up[0], "r");
    if (!e->to || !e->from)
        die("%s: %s", e->name, strerror(errno));
    if (getline(&e->line, &e->cap, e->from) < 0 || sscanf(e->line, "opened %lf", &e->opened) != 1)
        die("%s did not open its index", e->name);
    e->opened /= 1000;
}

static void stop(struct engine *e)
{
    fclose(e->to);
    fclose(e->from);
    waitpid(e->pid, NULL, 0);
}

static void start_all(struct plan *p)
{
    for (size_t i = 0; i < p->n_engines; i++)
        start(&p->engines[i]);
}

static void stop_all(struct plan *p)
{
    for (size_t i = 0; i < p->n_engines; i++) {
        stop(&p->engines[i]);
        free(p->engines[i].line);
        free(p->engines[i].samples);
    }
}

static size_t count_lines(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        die("%s: %s", path, strerror(errno));
    size_t n = 0;
    for (int c; (c = getc(file)) != EOF;)
        n += c == '\n';
    fclose(file);
    return n;
}

static void topics_path(const struct plan *p, const char *bucket, char *out, size_t size)
{
    snprintf(out, size, "%s/%s.tsv", p->topics, bucket);
}

static size_t queries_of(const struct plan *p, const char *bucket)
{
    char path[4096];
    topics_path(p, bucket, path, sizeof path);
    size_t n = count_lines(path);
    return n < p->options.queries ? n : p->options.queries;
}

static void ask(const struct plan *p, struct engine *e, const char *bucket, size_t first,
                size_t count)
{
    char path[4096];
    topics_path(p, bucket, path, sizeof path);
    fprintf(e->to, "%zu %zu %zu %s\n", p->options.hits, first, count, path);
    if (fflush(e->to) != 0)
        die("%s has ended", e->name);
}

/* The next answer: its line stays in e->line, hits from *hits on. */
static struct sample receive(struct engine *e, int *hits)
{
    double wall;
    double cpu;
    if (getline(&e->line, &e->cap, e->from) < 0)
        die("%s has ended", e->name);
    *hits = 0;
    if (sscanf(e->line, "%*s %lf %lf%n", &wall, &cpu, hits) != 2)
        die("%s answers: %s", e->name, e->line);
    return (struct sample){wall / 1000, cpu / 1000};
}

/* How many queries to ask for at once where the time may run out: one to begin with. */
static size_t chunk(size_t done, size_t n)
{
    size_t most = done == 0 ? 1 : 5;
    return n - done < most ? n - done : most;
}

/* ---- runs ---- */

static void write_hits(FILE *run, const struct engine *e, int hits)
{
    char qid[64];
    char id[64];
    double score;
    int used;
    sscanf(e->line, "%63s", qid);
    const char *at = e->line + hits;
    size_t rank = 1;
    for (; sscanf(at, " %63s %lf%n", id, &score, &used) == 2; rank++, at += used)
        fprintf(run, "%s Q0 %s %zu %.9g %s\n", qid, id, rank, score, e->name);
    if (rank == 1) /* it was asked */
        fprintf(run, "%s Q0 none 0 0 %s\n", qid, e->name);
}

static void run_bucket(const struct plan *p, struct engine *e, const char *bucket)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.%s.run", p->out, e->name, bucket);
    FILE *run = fopen(path, "w");
    if (!run)
        die("%s: %s", path, strerror(errno));
    size_t n = queries_of(p, bucket);
    double end = seconds() + p->options.budget;
    for (size_t at = 0, count; at < n && (at == 0 || seconds() < end); at += count) {
        count = chunk(at, n);
        ask(p, e, bucket, at, count);
        for (size_t i = 0; i < count; i++) {
            int hits;
            receive(e, &hits);
            write_hits(run, e, hits);
        }
    }
    if (fclose(run) != 0)
        die("%s: %s", path, strerror(errno));
}

static void measure_runs(struct plan *p)
{
    start_all(p);
    for (size_t b = 0; b < p->n_buckets; b++)
        for (size_t i = 0; i < p->n_engines; i++)
            run_bucket(p, &p->engines[i], p->buckets[b]);
    stop_all(p);
}

/* ---- time ---- */

static void pass(const struct plan *p, struct engine *e, const char *bucket, size_t round)
{
    int hits;
    ask(p, e, bucket, 0, e->n);
    for (size_t i = 0; i < e->n; i++)
        e->samples[i * ROUNDS_MAX + round] = receive(e, &hits);
}

/* Finds how many queries fit the budget, then goes on until warm. */
static void warm_up(const struct plan *p, struct engine *e, const char *bucket)
{
    size_t n = queries_of(p, bucket);
    double begin = seconds();
    for (e->n = 0; e->n < n && (e->n == 0 || seconds() - begin < p->options.budget);) {
        size_t count = chunk(e->n, n);
        int hits;
        ask(p, e, bucket, e->n, count);
        for (size_t i = 0; i < count; i++)
            receive(e, &hits);
        e->n += count;
    }
    if (e->n == 0)
        die("bucket %s has no topics", bucket);
    while (seconds() - begin < p->options.warm)
        pass(p, e, bucket, 0);
}

static double percentile(const double *sorted, size_t n, double percent)
{
    size_t rank = (size_t)ceil((double)n * percent / 100);
    return sorted[rank == 0 ? 0 : rank - 1];
}

static double query_median(const struct engine *e, size_t query, size_t rounds, bool cpu)
{
    double values[ROUNDS_MAX] = {0};
    for (size_t r = 0; r < rounds; r++) {
        const struct sample *s = &e->samples[query * ROUNDS_MAX + r];
        values[r] = cpu ? s->cpu : s->wall;
    }
    return median(values, rounds);
}

static double mean_of(const struct engine *e, size_t n, size_t rounds)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += query_median(e, i, rounds, true);
    return sum / (double)n;
}

/* How far the means of single rounds are apart, of the least of them. */
static double spread_of(const struct engine *e, size_t rounds)
{
    double least = INFINITY;
    double most = 0;
    for (size_t r = 0; r < rounds; r++) {
        double sum = 0;
        for (size_t i = 0; i < e->n; i++)
            sum += e->samples[i * ROUNDS_MAX + r].cpu;
        least = fmin(least, sum);
        most = fmax(most, sum);
    }
    return most / least - 1;
}

static void report(const struct plan *p, const struct engine *e, const char *bucket, bool cpu)
{
    static const double percents[] = {50, 95, 99};
    double values[QUERIES_MAX] = {0};
    double sum = 0;
    char measure[32];
    const char *clock = cpu ? "cpu" : "wall";
    for (size_t i = 0; i < e->n; i++)
        sum += values[i] = query_median(e, i, p->options.rounds, cpu);
    qsort(values, e->n, sizeof *values, compare);
    snprintf(measure, sizeof measure, "%s_mean_us", clock);
    results_append(p->out, p->docs, e->name, bucket, measure, sum / (double)e->n);
    for (size_t i = 0; i < 3; i++) {
        snprintf(measure, sizeof measure, "%s_p%.0f_us", clock, percents[i]);
        results_append(p->out, p->docs, e->name, bucket, measure,
                       percentile(values, e->n, percents[i]));
    }
}

/* The ratio is over the queries that both had time for. */
static void report_bucket(const struct plan *p, const char *bucket)
{
    const struct engine *ours = &p->engines[0];
    size_t rounds = p->options.rounds;
    for (size_t i = 0; i < p->n_engines; i++) {
        const struct engine *e = &p->engines[i];
        size_t n = e->n < ours->n ? e->n : ours->n;
        report(p, e, bucket, true);
        report(p, e, bucket, false);
        results_append(p->out, p->docs, e->name, bucket, "queries", (double)e->n);
        results_append(p->out, p->docs, e->name, bucket, "round_spread", spread_of(e, rounds));
        results_append(p->out, p->docs, e->name, bucket, "cpu_ratio",
                       mean_of(e, n, rounds) / mean_of(ours, n, rounds));
        fprintf(stderr, "  %-10s %-16s %10.1f us, %zu queries\n", e->name, bucket,
                mean_of(e, e->n, rounds), e->n);
    }
}

static double peak_memory(pid_t pid)
{
    char path[64];
    char line[256];
    double kilobytes = NAN;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "VmHWM: %lf", &kilobytes);
    if (file)
        fclose(file);
    return kilobytes * 1024;
}

static void measure_time(struct plan *p)
{
    for (size_t i = 0; i < p->n_engines; i++)
        p->engines[i].samples =
            resize(NULL, (size_t)QUERIES_MAX * ROUNDS_MAX, sizeof(struct sample));
    start_all(p);
    for (size_t b = 0; b < p->n_buckets; b++) {
        for (size_t i = 0; i < p->n_engines; i++)
            warm_up(p, &p->engines[i], p->buckets[b]);
        for (size_t r = 0; r < p->options.rounds; r++)
            for (size_t i = 0; i < p->n_engines; i++)
                pass(p, &p->engines[(i + r) % p->n_engines], p->buckets[b], r);
        report_bucket(p, p->buckets[b]);
    }
    for (size_t i = 0; i < p->n_engines; i++)
        results_append(p->out, p->docs, p->engines[i].name, "-", "search_memory",
                       peak_memory(p->engines[i].pid));
    stop_all(p);
}

/* ---- files of an index ---- */

static double each_file(const char *path, bool evict)
{
    char *paths[] = {(char *)(uintptr_t)path, NULL};
    double bytes = 0;
    FTS *tree = fts_open(paths, FTS_PHYSICAL, NULL);
    for (FTSENT *entry; tree && (entry = fts_read(tree));) {
        if (entry->fts_info != FTS_F)
            continue;
        bytes += (double)entry->fts_statp->st_size;
        int fd = evict ? open(entry->fts_accpath, O_RDONLY) : -1;
        if (fd < 0)
            continue;
        fdatasync(fd); /* what is not yet on disk cannot leave the cache */
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        close(fd);
    }
    if (tree)
        fts_close(tree);
    return bytes;
}

/* ---- cold ---- */

static double mean_wall(const struct plan *p, struct engine *e, const char *bucket, double *first)
{
    size_t n = queries_of(p, bucket);
    double sum = 0;
    int hits;
    n = n < 20 ? n : 20;
    ask(p, e, bucket, 0, n);
    for (size_t i = 0; i < n; i++) {
        double wall = receive(e, &hits).wall;
        sum += wall;
        if (i == 0)
            *first = wall;
    }
    return sum / (double)n;
}

static void measure_cold(struct plan *p)
{
    size_t rounds = p->options.rounds;
    for (size_t b = 0; b < p->n_buckets; b++) {
        for (size_t i = 0; i < p->n_engines; i++) {
            struct engine *e = &p->engines[i];
            double first[ROUNDS_MAX] = {0};
            double cold[ROUNDS_MAX] = {0};
            double again[ROUNDS_MAX] = {0};
            double opened_cold[ROUNDS_MAX] = {0};
            double opened[ROUNDS_MAX] = {0};
            double unused;
            for (size_t r = 0; r < rounds; r++) {
                each_file(e->index, true);
                start(e);
                opened_cold[r] = e->opened;
                cold[r] = mean_wall(p, e, p->buckets[b], &first[r]);
                again[r] = mean_wall(p, e, p->buckets[b], &unused);
                stop(e);
                start(e);
                opened[r] = e->opened;
                stop(e);
            }
            const char *bucket = p->buckets[b];
            results_append(p->out, p->docs, e->name, bucket, "cold_open_us",
                           median(opened_cold, rounds));
            results_append(p->out, p->docs, e->name, bucket, "open_us", median(opened, rounds));
            results_append(p->out, p->docs, e->name, bucket, "cold_first_us",
                           median(first, rounds));
            results_append(p->out, p->docs, e->name, bucket, "cold_mean_us", median(cold, rounds));
            results_append(p->out, p->docs, e->name, bucket, "second_mean_us",
                           median(again, rounds));
        }
    }
}

/* ---- build ---- */

static void measure_build(char **args)
{
    const char *out = args[0];
    double docs = atof(args[1]);
    const char *engine = args[2];
    struct rusage use;
    int status;
    double begin = seconds();
    pid_t pid = fork();
    if (pid < 0)
        die("fork: %s", strerror(errno));
    if (pid == 0) {
        dup2(2, 1);
        execvp(args[4], args + 4);
        _exit(127);
    }
    if (wait4(pid, &status, 0, &use) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        die("%s: the index could not be built", engine);
    double cpu = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
                 (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) * 1e-6;
    results_append(out, docs, engine, "-", "build_wall_s", seconds() - begin);
    results_append(out, docs, engine, "-", "build_cpu_s", cpu);
    results_append(out, docs, engine, "-", "build_memory", (double)use.ru_maxrss * 1024);
    results_append(out, docs, engine, "-", "index_bytes", each_file(args[3], false));
}

/* ---- arguments ---- */

static int read_options(struct options *o, int argc, char **argv)
{
    int at = 2;
    for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
        const char *name = argv[at] + 2;
        double value = atof(argv[at + 1]);
        if (!(value > 0))
            die("%s: a number above 0 is needed", argv[at]);
        if (strcmp(name, "rounds") == 0 && value < ROUNDS_MAX)
            o->rounds = (size_t)value;
        else if (strcmp(name, "warm") == 0)
            o->warm = value;
        else if (strcmp(name, "queries") == 0 && value <= QUERIES_MAX)
            o->queries = (size_t)value;
        else if (strcmp(name, "hits") == 0)
            o->hits = (size_t)value;
        else if (strcmp(name, "budget") == 0)
            o->budget = value;
        else
            die("%s %s: unknown, or out of range", argv[at], argv[at + 1]);
    }
    return at;
}

static void add_engine(struct plan *p, char *text, bool with_index)
{
    struct engine *e = &p->engines[p->n_engines];
    if (p->n_engines++ == ENGINES_MAX)
        die("too many engines");
    *e = (struct engine){.name = text};
    for (int i = 0; i < (with_index ? 2 : 1); i++) {
        char *equals = strchr(text, '=');
        if (!equals)
            die("%s: ENGINE=COMMAND is needed", text);
        *equals = '\0';
        text = equals + 1;
        if (with_index && i == 0)
            e->index = text;
    }
    e->command = text;
}

static void read_plan(struct plan *p, int argc, char **argv, bool with_index)
{
    p->options = (struct options){.rounds = 5, .queries = 200, .hits = 10, .warm = 3, .budget = 10};
    int at = read_options(&p->options, argc, argv);
    if (argc - at < 5)
        die("arguments are missing; see bench/measure.c");
    p->out = argv[at];
    p->docs = atof(argv[at + 1]);
    p->topics = argv[at + 2];
    for (char *b = strtok(argv[at + 3], ","); b; b = strtok(NULL, ",")) {
        if (p->n_buckets == BUCKETS_MAX)
            die("too many buckets");
        p->buckets[p->n_buckets++] = b;
    }
    for (int i = at + 4; i < argc; i++)
        add_engine(p, argv[i], with_index);
}

int main(int argc, char **argv)
{
    static struct plan plan;
    const char *what = argc > 1 ? argv[1] : "";
    signal(SIGPIPE, SIG_IGN);
    if (strcmp(what, "build") == 0 && argc > 6) {
        measure_build(argv + 2);
        return 0;
    }
    read_plan(&plan, argc, argv, strcmp(what, "cold") == 0);
    if (strcmp(what, "runs") == 0)
        measure_runs(&plan);
    else if (strcmp(what, "time") == 0)
        measure_time(&plan);
    else if (strcmp(what, "cold") == 0)
        measure_cold(&plan);
    else
        die("%s: build, runs, time or cold", what);
    return 0;
}
