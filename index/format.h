/* Constants of the format on disk; docs/FORMAT.md is its grammar. */
#ifndef ANAM_FORMAT_H
#define ANAM_FORMAT_H

enum {
    ANAM_FORMAT_VERSION = 1,
    ANAM_WINDOW = 256,              /* documents a window */
    ANAM_FRAME = 32,                /* windows a frame of a posting list */
    ANAM_BITMAP_FROM = 32,          /* documents in a window from which it is a bitmap */
    ANAM_BITMAP_BYTES = 32,         /* ANAM_WINDOW bits */
    ANAM_LINKED = 32,               /* documents a link of the ids */
    ANAM_DICT_BLOCK = 32,           /* keys a block of a dictionary */
    ANAM_GUIDED = 8,                /* blocks a number of a dictionary's guide */
    ANAM_MAX_KEY = 512,             /* bytes of a dictionary key */
    ANAM_MAX_PAYLOAD = 80,          /* bytes of a dictionary payload */
    ANAM_BLOCK_BYTES = 64 << 10,    /* raw bytes from which a document block is closed */
    ANAM_DICTIONARY_BYTES = 1 << 20 /* at most, what document blocks are packed with */
};

/* Documents are 32-bit numbers; the highest is kept free. */
#define ANAM_MAX_DOCUMENTS UINT32_C(0xFFFFFF00)

/* The files of a generation, in the manifest's order. */
enum anam_part_file {
    ANAM_FILE_DOCUMENTS,
    ANAM_FILE_POSTINGS,
    ANAM_FILE_TERMS,
    ANAM_FILE_IDS,
    ANAM_FILE_LENGTHS,
    ANAM_N_FILES
};

#endif
