/* anamnesis check: is every byte of an index as it was written? */
#include "cli/command.h"
#include "cli/human.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/place.h"

#include <string.h>

static const char help[] =
    "usage: anamnesis check [-i INDEX]\n"
    "\n"
    "Verifies every checksum of the index, and that its parts agree with each other.\n"
    "The exit status is 0 where all is well and 1 where something is damaged.\n"
    "\n" PLACE_HELP TIMEOUT_HELP PARTIAL_HELP "  -h, --help          show this help\n";

static const struct option long_options[] = {
    PLACE_LONG_OPTIONS,
    PARTIAL_LONG_OPTION,
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void report(void *ctx, const char *msg)
{
    uint64_t *reports = ctx;
    ++*reports;
    message("%s", msg);
}

/* Damage found while opening is a failed check like any other. */
static int fail_check(const anam_error *err, const struct place *place, uint64_t findings)
{
    if (err->code != ANAM_DAMAGED)
        return place_fail(place, &command_check, err);
    if (findings == 0)
        place_fail(place, &command_check, err);
    else
        message("%s: %s; make it anew with 'anamnesis index'", place_uri(place),
                human_counted(findings, "finding").s);
    return EXIT_FAILED;
}

/* Only our own format has checksums over every byte. What was reported of a good index is
 * its missing shards. */
static void print_all_is_well(const anam_index_info *info, uint64_t missing)
{
    unsigned long shards = info->shards;
    if (missing > 0) {
        out_format("ok: %lu of %lu shards, ", shards - (unsigned long)missing, shards);
    } else {
        out_format("ok: %s, ", human_counted(info->documents, "record").s);
        if (info->bytes > 0)
            out_format("%s, ", human_bytes(info->bytes).s);
    }
    out_format("%s\n",
               strcmp(info->engine, "native") == 0 ? "every checksum right" : "all parts agree");
}

static int check(const struct place *place)
{
    anam_error err;
    anam_index *index;
    if (place_open(&index, place, &err))
        return fail_check(&err, place, 0);
    uint64_t reports = 0;
    int code = EXIT_DONE;
    if (anam_index_check(index, report, &reports, &err))
        code = fail_check(&err, place, reports);
    else
        print_all_is_well(anam_index_get_info(index), reports);
    anam_index_close(index);
    return code;
}

static int run(int argc, char **argv)
{
    struct place place = PLACE_INIT;
    int option;
    while ((option = options_next(&command_check, argc, argv)) >= 0)
        if (!place_option(&place, &command_check, option))
            return EXIT_USAGE;
    if (option != OPTIONS_END)
        return options_exit_code(option);
    if (optind < argc)
        return options_wrong(&command_check, "unexpected word '%s'", argv[optind]);
    return check(&place);
}

const struct command command_check = {
    .name = "check",
    .summary = "verify every byte of an index",
    .help = help,
    .letters = ":i:h",
    .options = long_options,
    .run = run,
};
