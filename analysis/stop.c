#include "analysis/stop.h"

#include <stdlib.h>
#include <string.h>

/* Sorted in byte order. */
static const char *const words[] = {
    "a",       "about",     "all",    "also",       "although", "am",       "an",         "and",
    "any",     "are",       "as",     "at",         "be",       "because",  "been",       "being",
    "between", "both",      "but",    "by",         "can",      "could",    "did",        "do",
    "does",    "doing",     "each",   "either",     "else",     "for",      "from",       "had",
    "has",     "have",      "having", "he",         "her",      "here",     "hers",       "herself",
    "him",     "himself",   "his",    "how",        "however",  "i",        "if",         "im",
    "in",      "into",      "is",     "it",         "its",      "itself",   "ive",        "just",
    "may",     "me",        "might",  "mine",       "more",     "most",     "much",       "must",
    "my",      "myself",    "of",     "on",         "only",     "or",       "other",      "our",
    "ours",    "ourselves", "out",    "please",     "shall",    "she",      "should",     "so",
    "some",    "such",      "than",   "thank",      "thanks",   "that",     "thats",      "the",
    "their",   "theirs",    "them",   "themselves", "then",     "there",    "theres",     "these",
    "they",    "theyre",    "theyve", "this",       "those",    "though",   "through",    "thus",
    "to",      "too",       "until",  "up",         "upon",     "us",       "very",       "was",
    "we",      "were",      "weve",   "what",       "when",     "where",    "whether",    "which",
    "while",   "who",       "whom",   "whose",      "why",      "will",     "with",       "would",
    "yet",     "you",       "your",   "youre",      "yours",    "yourself", "yourselves", "youve",
};

enum { LONGEST = 16 };

static int compare(const void *key, const void *element)
{
    const char *const *word = element;
    return strcmp(key, *word);
}

bool anam_is_stop_word(const char *token, size_t len)
{
    if (len >= LONGEST)
        return false;
    char key[LONGEST];
    memcpy(key, token, len);
    key[len] = '\0';
    return bsearch(key, words, sizeof words / sizeof words[0], sizeof words[0], compare) != NULL;
}
