#include "cli/settings_options.h"

#include "cli/message.h"
#include "cli/options.h"
#include "eval/tunable.h"

bool settings_option(struct settings_options *o, const struct command *self, int option, bool *mine)
{
    *mine = true;
    switch (option) {
    case OPT_SETTINGS:
        o->file = optarg;
        return true;
    case OPT_K1:
        return o->has_k1 = options_number(self, "--k1", optarg, 1000, &o->given.k1);
    case OPT_B:
        return o->has_b = options_number(self, "--b", optarg, 1, &o->given.b);
    case OPT_WEIGHTS:
        return o->has_weights =
                   options_numbers(self, "--weights", optarg, 1000, o->given.weight, ANAM_N_FIELDS);
    default:
        *mine = false;
        return true;
    }
}

int settings_resolve(const struct settings_options *o, const anam_index *index, anam_settings *out)
{
    anam_error err;
    *out = anam_index_get_info(index)->settings;
    if (o->file && anam_settings_read(out, o->file, &err)) {
        message("%s", err.msg);
        return exit_code(err.code);
    }
    if (o->has_k1)
        out->k1 = o->given.k1;
    if (o->has_b)
        out->b = o->given.b;
    for (int f = 0; f < ANAM_N_FIELDS && o->has_weights; f++)
        out->weight[f] = o->given.weight[f];
    return EXIT_DONE;
}
