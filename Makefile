# Anamnesis. `make demo` shows it, `make check` tests it; README.md says more.

VERSION   := 0.1.0
SOVERSION := 0
PREFIX    ?= /usr/local
BUILD     ?= build
CC        ?= cc

# What the sources need, as Debian and Ubuntu name it, and a header of each.
DEB_LIBS  := libstemmer-dev zlib1g-dev libutf8proc-dev libjansson-dev libexpat1-dev libcsv-dev
DEB_TOOLS := gcc make pkg-config libcmocka-dev

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-qual -Wstrict-prototypes \
        -Wmissing-prototypes -Wundef -Wvla -Wformat=2 -Wwrite-strings -Wswitch-enum
ifdef WERROR
WARN += -Werror
endif
# No contraction: scores must be the same with every compiler.
CFLAGS   ?= -O2 -g
ALL_CFLAGS = -std=c11 $(WARN) -ffp-contract=off -fvisibility=hidden -fPIC $(CFLAGS) $(SANITIZE)
CPPFLAGS += -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -I. -Iinclude
LIB_LIBS := -lstemmer -lutf8proc -lz -lm
PROG_LIBS := -ljansson -lexpat -lcsv $(LIB_LIBS)

LIB_DIRS  := base analysis index indexer searcher
PROG_DIRS := corpus cli
LIB_SRC   := $(sort $(wildcard $(LIB_DIRS:%=%/*.c)))
PROG_SRC  := $(sort $(wildcard $(PROG_DIRS:%=%/*.c)))
LIB_OBJ   := $(LIB_SRC:%.c=$(BUILD)/%.o)
PROG_OBJ  := $(PROG_SRC:%.c=$(BUILD)/%.o)
CORPUS_OBJ := $(filter $(BUILD)/corpus/%,$(PROG_OBJ))
TESTS     := $(patsubst tests/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/test_*.c)))

LIB_A  := $(BUILD)/libanamnesis.a
LIB_SO := $(BUILD)/libanamnesis.so
BIN    := $(BUILD)/anamnesis

.PHONY: all demo check check-san lint bench-smoke install uninstall clean deps prepare tests
.DELETE_ON_ERROR:

# `make V=1` shows whole commands.
ifdef V
Q :=
SAY := @:
else
Q := @
SAY := @echo
endif

all: $(BIN) $(LIB_A) $(LIB_SO)

$(BIN): $(PROG_OBJ) $(LIB_A)
	$(SAY) '  LINK $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(PROG_OBJ) $(LIB_A) $(PROG_LIBS)

$(LIB_A): $(LIB_OBJ)
	$(SAY) '  AR   $@'
	@rm -f $@
	$(Q)$(AR) rcs $@ $(LIB_OBJ)

$(LIB_SO): $(LIB_OBJ) include/anamnesis.map
	$(SAY) '  LINK $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libanamnesis.so.$(SOVERSION) \
	    -Wl,--version-script=include/anamnesis.map -Wl,--no-undefined -o $@ $(LIB_OBJ) $(LIB_LIBS)
	$(Q)ln -sf libanamnesis.so $(BUILD)/libanamnesis.so.$(SOVERSION)

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(SAY) '  CC   $<'
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(CORPUS_OBJ) $(LIB_A)
	$(SAY) '  LINK $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $($*_LDFLAGS) -o $@ $< $(CORPUS_OBJ) $(LIB_A) -lcmocka $(PROG_LIBS)

-include $(LIB_OBJ:.o=.d) $(PROG_OBJ:.o=.d) $(TESTS:=.d)
