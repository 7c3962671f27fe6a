/* anamnesis check: is every byte of an index as it was written? */
#include "cli/command.h"
#include "cli/human.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"

static const char help[] =
    "usage: anamnesis check [-i INDEX]\n"
    "\n"
    "Verifies every checksum of the index, and that its parts agree with each other.\n"
    "The exit status is 0 where all is well and 1 where something is damaged.\n"
    "\n"
    "  -i, --index INDEX   the index (default: $ANAMNESIS_INDEX, else\n"
    "                      ./anamnesis.index)\n"
    "  -h, --help          show this help\n";

static const struct option long_options[] = {
    {"index", required_argument, NULL, 'i'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void report(void *ctx, const char *msg)
{
    uint64_t *findings = ctx;
    ++*findings;
    message("%s", msg);
}

/* Damage found while opening is a failed check like any other. */
static int fail_check(const anam_error *err, const char *given, uint64_t findings)
{
    if (err->code != ANAM_DAMAGED)
        return fail_engine(err, given);
    if (findings == 0)
        fail_engine(err, given);
    else
        message("%s: %s; make it anew with 'anamnesis index'", options_index(given),
                human_counted(findings, "finding").s);
    return EXIT_FAILED;
}

static int check(const char *given)
{
    anam_error err;
    anam_index *index;
    if (anam_index_open(&index, options_index(given), &err))
        return fail_check(&err, given, 0);
    uint64_t findings = 0;
    int code = EXIT_DONE;
    if (anam_index_check(index, report, &findings, &err)) {
        code = fail_check(&err, given, findings);
    } else {
        const anam_index_info *info = anam_index_get_info(index);
        out_format("ok: %s, ", human_counted(info->documents, "record").s);
        out_format("%s, every checksum right\n", human_bytes(info->bytes).s);
    }
    anam_index_close(index);
    return code;
}

static int run(int argc, char **argv)
{
    const char *given = NULL;
    int option;
    while ((option = options_next(&command_check, argc, argv)) >= 0)
        given = optarg;
    if (option != OPTIONS_END)
        return options_exit_code(option);
    if (optind < argc)
        return options_wrong(&command_check, "unexpected word '%s'", argv[optind]);
    return check(given);
}

const struct command command_check = {
    .name = "check",
    .summary = "verify every byte of an index",
    .help = help,
    .letters = ":i:h",
    .options = long_options,
    .run = run,
};
