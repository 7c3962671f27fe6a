# Anamnesis. `make demo` shows it, `make check` tests it; README.md says more.

VERSION   := 0.1.0
SOVERSION := 0
PREFIX    ?= /usr/local
BUILD     ?= build
CC        ?= cc
CXX       ?= c++

# What is needed to build and to test, as header:package and command:package of
# Debian and Ubuntu; and what only `make lint` needs.
NEED_HEADERS  := libstemmer.h:libstemmer-dev zlib.h:zlib1g-dev zstd.h:libzstd-dev \
                 utf8proc.h:libutf8proc-dev \
                 jansson.h:libjansson-dev simdjson.h:libsimdjson-dev \
                 expat.h:libexpat1-dev csv.h:libcsv-dev \
                 cmocka.h:libcmocka-dev
NEED_COMMANDS := $(CC):gcc g++:g++ pkg-config:pkg-config jq:jq flock:util-linux strace:strace
LINT_COMMANDS := clang:clang clang-format:clang-format cppcheck:cppcheck \
                 shellcheck:shellcheck mandoc:mandoc

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-qual -Wstrict-prototypes \
        -Wmissing-prototypes -Wundef -Wvla -Wformat=2 -Wwrite-strings -Wswitch-enum
ifdef WERROR
WARN += -Werror
endif
CFLAGS   ?= -O2 -g
# No contraction: scores must be the same bits with every compiler.
ALL_CFLAGS = -std=c11 $(WARN) -ffp-contract=off -fvisibility=hidden -fPIC $(CFLAGS) $(SANITIZE)
CXX_CFLAGS = -std=c++17 -Wall -Wextra -Wpedantic -Wshadow -Wconversion $(if $(WERROR),-Werror) \
             -fvisibility=hidden -fPIC $(CFLAGS) $(SANITIZE)
# Beside $(CPPFLAGS), which is the user's.
DEFINES   := -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -D_FILE_OFFSET_BITS=64 -I. -Iinclude
LIB_LIBS  := -lstemmer -lutf8proc -lzstd -lz -lm -pthread

# `make XAPIAN=0` leaves the Xapian engine out, and with it the GPL and, of the library, C++.
XAPIAN ?= 1
ifeq ($(XAPIAN),1)
DEFINES      += -DANAM_XAPIAN
XAPIAN_DIR   := xapian
LIB_LIBS     += -lxapian -lstdc++
NEED_HEADERS += xapian/version.h:libxapian-dev
NEED_COMMANDS += xapian-tcpsrv:xapian-tools
else
WITHOUT := searcher/engine_xapian% searcher/xapian_% indexer/xapian_% tests/test_xapian%
endif
PROG_LIBS := -ljansson -lsimdjson -lexpat -lcsv $(LIB_LIBS) -lstdc++

LIB_DIRS   := base analysis index $(XAPIAN_DIR) indexer searcher
PROG_DIRS  := corpus eval cli
LIB_SRC    := $(filter-out $(WITHOUT),$(sort $(wildcard $(LIB_DIRS:%=%/*.c))))
LIB_CXX    := $(sort $(wildcard $(XAPIAN_DIR:%=%/*.cc)))
PROG_SRC   := $(sort $(wildcard $(PROG_DIRS:%=%/*.c)))
PROG_CXX   := $(sort $(wildcard $(PROG_DIRS:%=%/*.cc)))
LIB_OBJ    := $(LIB_SRC:%.c=$(BUILD)/%.o) $(LIB_CXX:%.cc=$(BUILD)/%.o)
PROG_OBJ   := $(PROG_SRC:%.c=$(BUILD)/%.o) $(PROG_CXX:%.cc=$(BUILD)/%.o)
TESTED_OBJ := $(filter $(BUILD)/corpus/% $(BUILD)/eval/%,$(PROG_OBJ))
TESTS      := $(patsubst tests/%.c,$(BUILD)/tests/%,$(filter-out $(WITHOUT),$(sort $(wildcard tests/test_*.c))))
SCRIPTS    := $(sort $(wildcard tests/*.sh tests/*/*.sh bench/*.sh)) .ci/run

LIB_A  := $(BUILD)/libanamnesis.a
LIB_SO := $(BUILD)/libanamnesis.so
BIN    := $(BUILD)/anamnesis

# Makes every allocation of the library fail in turn.
test_memory_LDFLAGS := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=strndup \
                       -Wl,--wrap=_ZnwmRKSt9nothrow_t,--wrap=_ZnamRKSt9nothrow_t
# Shuts the short cut.
test_json_fast_LDFLAGS := -Wl,--wrap=anam_json_fast_take

# `make V=1` shows whole commands.
ifdef V
Q :=
SAY := @:
else
Q := @
SAY := @echo
endif

# What everything was built with; what differs from it is built again, but not to be installed.
FLAGS    := $(BUILD)/flags
BUILT_BY := $(CC) $(CXX) $(DEFINES) $(CPPFLAGS) $(ALL_CFLAGS) $(CXX_CFLAGS) $(LDFLAGS) $(PROG_LIBS)

.PHONY: all demo check check-san unit lint bench bench-build bench-smoke bench-relevance install uninstall clean deps prepare FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BIN) $(LIB_A) $(LIB_SO)

ifeq ($(filter install uninstall,$(MAKECMDGOALS)),)
ifneq ($(file <$(FLAGS)),$(BUILT_BY))
$(FLAGS): FORCE
endif
endif

$(FLAGS):
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(BUILT_BY))' >$@

$(BIN): $(PROG_OBJ) $(LIB_A)
	$(SAY) '  LINK $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(PROG_OBJ) $(LIB_A) $(PROG_LIBS)

$(LIB_A): $(LIB_OBJ) $(FLAGS)
	$(SAY) '  AR   $@'
	@rm -f $@
	$(Q)$(AR) rcs $@ $(LIB_OBJ)

$(LIB_SO): $(LIB_OBJ) $(FLAGS) include/anamnesis.map
	$(SAY) '  LINK $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libanamnesis.so.$(SOVERSION) \
	    -Wl,--version-script=include/anamnesis.map -o $@ $(LIB_OBJ) $(LIB_LIBS)

$(BUILD)/%.o: %.c Makefile $(FLAGS)
	@mkdir -p $(@D)
	$(SAY) '  CC   $<'
	$(Q)$(CC) $(DEFINES) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.cc Makefile $(FLAGS)
	@mkdir -p $(@D)
	$(SAY) '  CXX  $<'
	$(Q)$(CXX) $(DEFINES) $(CPPFLAGS) $(CXX_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(TESTED_OBJ) $(LIB_A)
	$(SAY) '  LINK $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $($*_LDFLAGS) -o $@ $< $(TESTED_OBJ) $(LIB_A) \
	    -lcmocka $(PROG_LIBS)

# simdjson has no exceptions then, and nothing has to be kept from C.
$(BUILD)/corpus/json_fast.o: CXX_CFLAGS += -fno-exceptions

# The search for processors that have more: chosen when it runs.
ifneq ($(findstring x86_64,$(shell $(CC) -dumpmachine)),)
AVX2 := -mavx2 -mbmi -mbmi2 -mpopcnt
$(BUILD)/searcher/pruned_avx2.o: ALL_CFLAGS += -O3 $(AVX2)
$(BUILD)/searcher/pruned_avx512.o: ALL_CFLAGS += -O3 $(AVX2) -mavx512f -mavx512bw -mavx512vl -mavx512dq
endif

-include $(LIB_OBJ:.o=.d) $(PROG_OBJ:.o=.d) $(TESTS:=.d) $(wildcard $(BUILD)/bench/*.d)

# ---- two commands on a fresh machine ----

demo: prepare
	$(Q)$(MAKE) -s --no-print-directory -j$$(getconf _NPROCESSORS_ONLN) $(BIN)
	$(Q)$(BIN) index -i $(BUILD)/demo.index corpus/sample/archive.jsonl
	@echo
	@echo '$$ anamnesis search -n 3 pinpoint red dots on hands not itchy'
	@echo
	$(Q)$(BIN) search -i $(BUILD)/demo.index -n 3 pinpoint red dots on hands not itchy

check: prepare
	$(Q)$(MAKE) -s --no-print-directory -j$$(getconf _NPROCESSORS_ONLN) all unit
	$(Q)MAKE='$(MAKE)' CC='$(CC)' SANITIZE='$(SANITIZE)' sh tests/check.sh $(BUILD) $(TESTS)

unit: $(TESTS)

# Everything again, built for address and undefined-behaviour errors and for leaks.
# (libxapian 1.4's own check deletes an object as its base class, which is harmless.)
check-san: prepare
	$(Q)ASAN_OPTIONS=new_delete_type_mismatch=0:$$ASAN_OPTIONS $(MAKE) --no-print-directory check BUILD=$(BUILD)/san CFLAGS='-O1 -g' \
	    SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'

lint:
	$(Q)$(MAKE) --no-print-directory prepare LINT=1
	$(Q)clang-format --dry-run -Werror $(sort $(wildcard */*.c */*.cc */*.h docs/examples/*.c))
	$(Q)cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --language=c -I. -Iinclude \
	    --enable=warning,portability,performance -j2 $(LIB_SRC) $(PROG_SRC) $(sort $(wildcard bench/*.c))
	$(Q)shellcheck --severity=warning $(SCRIPTS)
	$(Q)mandoc -Tlint -W warning docs/anamnesis.1
	$(Q)sh tests/rooms.sh
	@echo 'lint: clean'

# Speed beside other engines on a generated collection of DOCS records; not part of check.
# Engines that are not installed are left out, aloud; docs/BENCHMARKS.md has the packages.
BENCH_BIN    := $(BUILD)/bench/bin
LUCENE_JARS  := $(wildcard /usr/share/java/lucene-core-*.jar \
                  /usr/share/java/lucene-analyzers-common-*.jar \
                  /usr/share/java/lucene-analysis-common-*.jar)
HAVE         = $(shell echo '\#include <$1>' | $(CC) -E -x c - >/dev/null 2>&1 && echo yes)
BENCH_PROGS  := generate costs measure reference report plot peer_ours $(if $(XAPIAN_DIR),peer_xapian)
BENCH_PROGS  += $(if $(filter bench%,$(MAKECMDGOALS)),$(if $(call HAVE,sqlite3.h),peer_sqlite))

bench_generate  := draw queries source vocabulary
bench_costs     := vocabulary
bench_measure   := results vocabulary
bench_reference := peer vocabulary
bench_report    := figures results vocabulary
bench_plot      := figures results vocabulary
bench_peer_ours := peer vocabulary
bench_peer_xapian := peer vocabulary
bench_peer_sqlite := peer vocabulary

bench: bench-build $(BIN)
	$(Q)DOCS='$(or $(DOCS),200000)' sh bench/run.sh $(BUILD)

bench-build: prepare
	$(Q)$(MAKE) -s --no-print-directory $(BENCH_PROGS:%=$(BENCH_BIN)/%)
	$(Q)$(if $(LUCENE_JARS),if command -v javac >/dev/null 2>&1; then \
	    $(MAKE) -s --no-print-directory $(BENCH_BIN)/PeerLucene.class; fi)

.SECONDEXPANSION:
$(BENCH_BIN)/%: $(BUILD)/bench/%.o $$(addprefix $(BUILD)/bench/,$$(addsuffix .o,$$(bench_$$*))) $(LIB_A)
	@mkdir -p $(@D)
	$(SAY) '  LINK $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIB_A) \
	    $(if $(filter peer_sqlite,$*),-lsqlite3) $(PROG_LIBS)

$(BENCH_BIN)/PeerLucene.class: bench/PeerLucene.java
	@mkdir -p $(@D)
	$(SAY) '  JAVAC $<'
	$(Q)javac -Xlint:all -Werror -d $(@D) -cp $(subst $() ,:,$(LUCENE_JARS)) $<

# Costs that do not depend on the machine: sizes and counts, against bench/smoke.expected.
bench-smoke: $(BIN) $(BENCH_BIN)/generate $(BENCH_BIN)/costs
	$(Q)sh bench/smoke.sh $(BIN) $(BUILD)

# One table over the judged sets in DATA; not part of check.
bench-relevance: $(BIN)
	$(Q)test -n '$(DATA)' || { echo 'usage: make bench-relevance DATA=FOLDER' >&2; exit 2; }
	$(Q)sh bench/relevance.sh $(BIN) $(BUILD) '$(DATA)'

# ---- packages ----

# Names of the packages whose header or command is not there.
MISSING = $$(for n in $(NEED_HEADERS); do \
	    printf '\#if !__has_include(<%s>)\n\#error\n\#endif\n' $${n%%:*} | \
	    $(CC) -E -x c - >/dev/null 2>&1 || echo $${n\#\#*:}; done; \
	  for n in $(NEED_COMMANDS) $(if $(LINT),$(LINT_COMMANDS)); do \
	    command -v $${n%%:*} >/dev/null 2>&1 || echo $${n\#\#*:}; done)

prepare:
	@missing=$(MISSING); test -z "$$missing" || $(MAKE) --no-print-directory deps

deps:
	@missing=$$(echo $(MISSING)); \
	if [ -z "$$missing" ]; then echo 'nothing is missing'; exit 0; fi; \
	if ! command -v apt-get >/dev/null 2>&1; then \
	    echo "missing, as Debian names them: $$missing" >&2; \
	    echo 'install them with the package manager of this system, then run make again' >&2; \
	    exit 1; \
	fi; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	echo "installing: $$missing"; \
	$$sudo apt-get update -qq && \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing

# ---- install ----

BINDIR  := $(DESTDIR)$(PREFIX)/bin
LIBDIR  := $(DESTDIR)$(PREFIX)/lib
INCDIR  := $(DESTDIR)$(PREFIX)/include
MANDIR  := $(DESTDIR)$(PREFIX)/share/man/man1
COMPDIR := $(DESTDIR)$(PREFIX)/share/bash-completion/completions

install: all
	install -d $(BINDIR) $(LIBDIR)/pkgconfig $(INCDIR) $(MANDIR) $(COMPDIR)
	install -m 755 $(BIN) $(BINDIR)/anamnesis
	install -m 644 $(LIB_A) $(LIBDIR)/libanamnesis.a
	install -m 755 $(LIB_SO) $(LIBDIR)/libanamnesis.so.$(VERSION)
	ln -sf libanamnesis.so.$(VERSION) $(LIBDIR)/libanamnesis.so.$(SOVERSION)
	ln -sf libanamnesis.so.$(SOVERSION) $(LIBDIR)/libanamnesis.so
	install -m 644 include/anamnesis.h $(INCDIR)/anamnesis.h
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' \
	    -e 's|@LIBS@|$(LIB_LIBS)|' include/anamnesis.pc.in \
	    > $(LIBDIR)/pkgconfig/anamnesis.pc
	install -m 644 docs/anamnesis.1 $(MANDIR)/anamnesis.1
	install -m 644 docs/anamnesis.bash $(COMPDIR)/anamnesis
	@case "$(DESTDIR)$(PREFIX)" in /usr | /usr/local) [ "$$(id -u)" != 0 ] || ldconfig || :; esac

uninstall:
	rm -f $(BINDIR)/anamnesis $(LIBDIR)/libanamnesis.a $(LIBDIR)/libanamnesis.so \
	    $(LIBDIR)/libanamnesis.so.$(SOVERSION) $(LIBDIR)/libanamnesis.so.$(VERSION) \
	    $(INCDIR)/anamnesis.h $(LIBDIR)/pkgconfig/anamnesis.pc $(MANDIR)/anamnesis.1 \
	    $(COMPDIR)/anamnesis

clean:
	rm -rf $(BUILD)
