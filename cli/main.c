/* The program: finds the subcommand and runs it. */
#include "cli/command.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/suggest.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct command *const commands[] = {
    &command_index,    &command_search, &command_show,    &command_info,
    &command_check,    &command_batch,  &command_eval,    &command_tune,
    &command_settings, &command_help,   &command_version, NULL,
};

static const char usage_line[] = "usage: anamnesis COMMAND [OPTIONS] [WORDS]\n";

enum { N_COMMANDS = sizeof commands / sizeof commands[0] - 1 };

const struct command *const *command_table(void)
{
    return commands;
}

const struct command *command_find(const char *name)
{
    const char *names[N_COMMANDS + 1] = {NULL};
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
        names[i] = commands[i]->name;
    }
    const char *meant = suggest(name, names);
    if (meant)
        message("unknown command '%s'; did you mean '%s'?", name, meant);
    else
        message("unknown command '%s'; 'anamnesis help' lists the commands", name);
    return NULL;
}

void command_list(void)
{
    out_string(usage_line);
    out_string("\nFull-text search for archives of medical questions and answers.\n\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        out_format("  %-9s %s\n", commands[i]->name, commands[i]->summary);
    out_string("\nThe index is the one named by -i, else by $ANAMNESIS_INDEX, else\n"
               "./anamnesis.index. 'anamnesis help COMMAND' tells the options of a command.\n\n"
               "A first search:\n"
               "  anamnesis index archive.jsonl\n"
               "  anamnesis search pinpoint red dots on hands not itchy\n");
}

/* A closed standard stream would give its number to the first file opened, and
 * messages would be written into it. Opened the wrong way round, /dev/null keeps
 * the number and still makes every use fail. */
static void occupy_standard_streams(void)
{
    static const int wrong_way[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", wrong_way[fd]) < 0)
            return;
    }
}

/* Text is UTF-8 whatever the locale says; wcwidth(3) must know that too. */
static void use_utf8(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8") && !setlocale(LC_CTYPE, "en_US.UTF-8"))
        setlocale(LC_CTYPE, "");
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        note("%s'anamnesis help' lists the commands", usage_line);
        return EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    else if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        name = "version";
    else if (name[0] == '-') {
        message("unknown option '%s'; options of a command come after its name", name);
        return EXIT_USAGE;
    }
    const struct command *command = command_find(name);
    return command ? command->run(argc - 1, argv + 1) : EXIT_USAGE;
}

int main(int argc, char **argv)
{
    occupy_standard_streams();
    use_utf8();
    /* A parent may have left it ignored; `anamnesis search ... | head` should just end. */
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is an error of write(2) like others */
    return out_finish(dispatch(argc, argv));
}
