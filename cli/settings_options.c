#include "cli/settings_options.h"

#include "cli/message.h"
#include "cli/options.h"
#include "eval/tunable.h"

static bool set_scorer(struct settings_options *o, const struct command *self)
{
    enum { MOST_SCORERS = 16 };
    const char *names[MOST_SCORERS + 1] = {NULL};
    size_t choice;
    for (int i = 0; i < MOST_SCORERS; i++)
        names[i] = anam_scorer_name(i); /* NULL after the last */
    if (!options_choice(self, "--scorer", optarg, names, &choice))
        return false;
    o->given.scorer = (int)choice;
    return o->has_scorer = true;
}

bool settings_option(struct settings_options *o, const struct command *self, int option)
{
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
    case OPT_SCORER:
        return set_scorer(o, self);
    default:
        return false;
    }
}

int settings_resolve(const struct settings_options *o, const anam_index *index, anam_settings *out)
{
    anam_error err;
    *out = anam_index_get_info(index)->settings;
    if (o->file && anam_settings_read(out, o->file, &err))
        return fail_with(&err);
    if (o->has_k1)
        out->k1 = o->given.k1;
    if (o->has_b)
        out->b = o->given.b;
    for (int f = 0; f < ANAM_N_FIELDS && o->has_weights; f++)
        out->weight[f] = o->given.weight[f];
    if (o->has_scorer)
        out->scorer = o->given.scorer;
    return EXIT_DONE;
}
