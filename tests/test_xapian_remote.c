/* The Xapian bindings: remote databases. Servers of xapian-tools are started on the loopback
 * interface; without them the tests that need one are skipped. */
#include "test_xapian.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

extern char **environ;

enum { TIMEOUT = 10000, CONNECT_TIMEOUT = 1000, TRIES = 200 };

static const char *const host = "127.0.0.1";
static pid_t server;

/* A socket bound to a free port of the loopback interface. */
static int bound_socket(uint16_t *port)
{
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static uint16_t free_port(void)
{
    uint16_t port;
    close(bound_socket(&port));
    return port;
}

/* In a process group of its own, since the server hands SIGTERM on to its whole group. */
static bool spawn(char *const argv[])
{
    posix_spawnattr_t attr;
    int failed;
    assert_int_equal(posix_spawnattr_init(&attr), 0);
    assert_int_equal(posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP), 0);
    failed = posix_spawnp(&server, argv[0], NULL, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
    if (failed)
        server = 0;
    return !failed;
}

/* Starts a server on one of our databases and returns its port; skips without one. */
static uint16_t serve(const char *name, bool writable)
{
    uint16_t port = free_port();
    char number[20], path[400];
    char tcpsrv[] = "xapian-tcpsrv", interface[] = "--interface=127.0.0.1";
    char quiet[] = "--quiet", mode[] = "--writable";
    char *argv[] = {tcpsrv, interface, quiet, number, path, writable ? mode : NULL, NULL};
    snprintf(number, sizeof number, "--port=%u", (unsigned)port);
    snprintf(path, sizeof path, "%s", path_of(name));
    if (!spawn(argv)) {
        print_message("             no xapian-tcpsrv in PATH\n");
        skip();
    }
    return port;
}

static int stop_server(void **state)
{
    (void)state;
    if (server > 0) {
        kill(server, SIGTERM);
        waitpid(server, NULL, 0);
        server = 0;
    }
    return 0;
}

static void wait_a_little(void)
{
    struct timespec pause = {0, 20000000};
    nanosleep(&pause, NULL);
}

/* Tries until the server has come up. */
static xap_database *connect_to(uint16_t port, uint32_t timeout)
{
    xap_database *db = NULL;
    xap_status status = XAP_NETWORK;
    for (int i = 0; i < TRIES && status == XAP_NETWORK; i++) {
        status = xap_open_remote(host, port, timeout, CONNECT_TIMEOUT, &db, &err);
        if (status)
            wait_a_little();
    }
    ok(status);
    return db;
}

static xap_writable *connect_to_write(uint16_t port)
{
    xap_writable *db = NULL;
    xap_status status = XAP_NETWORK;
    for (int i = 0; i < TRIES && status == XAP_NETWORK; i++) {
        status = xap_open_remote_writable(host, port, TIMEOUT, CONNECT_TIMEOUT, XAP_RETRY_LOCK, &db,
                                          &err);
        if (status)
            wait_a_little();
    }
    ok(status);
    return db;
}

static void a_closed_port_is_a_network_failure(void **state)
{
    xap_database *db;
    xap_writable *writable;
    uint16_t port = free_port();
    (void)state;
    assert_int_equal(xap_open_remote(host, port, TIMEOUT, CONNECT_TIMEOUT, &db, &err), XAP_NETWORK);
    assert_null(db);
    assert_int_equal(err.sys, ECONNREFUSED);
    assert_non_null(strstr(err.context, host));
    fails(XAP_NETWORK,
          xap_open_remote_writable(host, port, TIMEOUT, CONNECT_TIMEOUT, 0, &writable, &err));
    assert_null(writable);
}

static void a_silent_server_times_out(void **state)
{
    xap_database *db;
    uint16_t port;
    int fd = bound_socket(&port);
    (void)state;
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(xap_open_remote(host, port, 200, CONNECT_TIMEOUT, &db, &err), XAP_TIMEOUT);
    assert_null(db);
    assert_non_null(strstr(err.context, host));
    close(fd);
}

static void a_remote_database_answers_like_a_local_one(void **state)
{
    xap_database *local = open_small("remote"), *remote;
    xap_bytes mine, theirs;
    uint32_t n;
    bool yes;
    (void)state;
    remote = connect_to(serve("remote", false), TIMEOUT);
    ok(xap_database_doccount(remote, &n, &err));
    assert_int_equal(n, 3);
    ok(xap_database_termfreq(remote, S("apple"), &n, &err));
    assert_int_equal(n, 2);
    ok(xap_database_doclength(remote, 1, &n, &err));
    assert_int_equal(n, 4);
    ok(xap_database_uuid(local, &mine, &err));
    ok(xap_database_uuid(remote, &theirs, &err));
    same(theirs, mine.data, mine.len);
    ok(xap_database_keep_alive(remote, &err));
    fails(XAP_UNSUPPORTED, xap_database_locked(remote, &yes, &err));
    fails(XAP_NOT_FOUND, xap_database_doclength(remote, 9, &n, &err));
    xap_database_free(remote);
    xap_database_free(local);
}

static void a_remote_database_is_searched_and_read(void **state)
{
    xap_database *remote;
    xap_query *query = term_query("apple");
    xap_enquire *enquire;
    xap_mset *mset;
    xap_document *doc;
    xap_bytes data;
    xap_hit hit;
    (void)state;
    xap_database_free(open_small("searched"));
    remote = connect_to(serve("searched", false), 0);
    ok(xap_enquire_new(remote, &enquire, &err));
    xap_database_free(remote);
    ok(xap_enquire_set_query(enquire, query, 0, &err));
    ok(xap_enquire_mset(enquire, 0, 10, 10, NULL, &mset, &err));
    assert_int_equal(xap_mset_size(mset), 2);
    ok(xap_mset_hit(mset, 0, &hit, &err));
    assert_int_equal(hit.docid, 1);
    ok(xap_mset_fetch(mset, &err));
    ok(xap_mset_document(mset, 1, &doc, &err));
    ok(xap_document_data(doc, &data, &err));
    same(data, S("2"));
    xap_document_free(doc);
    xap_mset_free(mset);
    xap_enquire_free(enquire);
    xap_query_free(query);
}

static void remote_iterators_outlive_the_database_handle(void **state)
{
    xap_database *remote;
    xap_postings *postings;
    xap_terms *terms;
    uint32_t ids[5], wdfs[5], lengths[5];
    xap_term_entry e;
    size_t n;
    (void)state;
    xap_database_free(open_small("iterated"));
    remote = connect_to(serve("iterated", false), TIMEOUT);
    ok(xap_postings_open(remote, S("pie"), &postings, &err));
    ok(xap_terms_of_docid(remote, 1, true, &terms, &err));
    xap_database_free(remote);
    ok(xap_postings_read(postings, ids, wdfs, lengths, 5, &n, &err));
    assert_int_equal(n, 2);
    assert_true(ids[1] == 3 && wdfs[1] == 2 && lengths[1] == 2);
    ok(xap_terms_skip_to(terms, S("apple"), &e, &err));
    assert_true(e.found && e.wdf == 3 && e.termfreq == 2);
    xap_postings_free(postings);
    xap_terms_free(terms);
}

static void a_remote_database_is_written(void **state)
{
    xap_writable *remote;
    xap_document *doc = small_document(1);
    uint32_t id;
    uint16_t port;
    xap_database *reader;
    (void)state;
    xap_writable_free(make_small("written"));
    port = serve("written", true);
    remote = connect_to_write(port);
    ok(xap_writable_add_document(remote, doc, &id, &err));
    assert_int_equal(id, 4);
    ok(xap_writable_commit(remote, &err));
    ok(xap_writable_delete_by_term(remote, S("Q2"), &err));
    ok(xap_writable_set_metadata(remote, S("k"), S("v"), &err));
    ok(xap_writable_close(remote, &err));
    xap_writable_free(remote);
    xap_document_free(doc);
    ok(xap_open(path_of("written"), XAP_BACKEND_AUTO, &reader, &err));
    ok(xap_database_doccount(reader, &id, &err));
    assert_int_equal(id, 3);
    xap_database_free(reader);
}

static void a_server_that_goes_away_is_a_network_failure(void **state)
{
    xap_database *remote;
    uint32_t n;
    xap_database_free(open_small("away"));
    remote = connect_to(serve("away", false), TIMEOUT);
    stop_server(state);
    fails(XAP_NETWORK, xap_database_termfreq(remote, S("apple"), &n, &err));
    assert_int_equal(n, 0);
    xap_database_free(remote);
}

static void a_closed_connection_says_so(void **state)
{
    xap_database *remote;
    uint32_t n;
    (void)state;
    xap_database_free(open_small("disconnected"));
    remote = connect_to(serve("disconnected", false), TIMEOUT);
    ok(xap_database_close(remote, &err));
    fails(XAP_CLOSED, xap_database_termfreq(remote, S("apple"), &n, &err));
    xap_database_free(remote);
}

static void a_server_can_be_a_program(void **state)
{
    xap_database *remote;
    xap_writable *writable;
    xap_status status;
    uint32_t n;
    char args[420];
    (void)state;
    xap_writable_free(make_small("program"));
    status = xap_open_program("xapian-progsrv", path_of("program"), TIMEOUT, &remote, &err);
    if (status == XAP_NETWORK) {
        print_message("             no xapian-progsrv in PATH\n");
        skip();
    }
    ok(status);
    ok(xap_database_termfreq(remote, S("apple"), &n, &err));
    assert_int_equal(n, 2);
    xap_database_free(remote);
    snprintf(args, sizeof args, "--writable %s", path_of("program"));
    ok(xap_open_program_writable("xapian-progsrv", args, TIMEOUT, 0, &writable, &err));
    ok(xap_writable_delete_document(writable, 1, &err));
    ok(xap_writable_commit(writable, &err));
    xap_writable_free(writable);
}

#define WITH_SERVER(test) cmocka_unit_test_teardown(test, stop_server)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closed_port_is_a_network_failure),
        cmocka_unit_test(a_silent_server_times_out),
        WITH_SERVER(a_remote_database_answers_like_a_local_one),
        WITH_SERVER(a_remote_database_is_searched_and_read),
        WITH_SERVER(remote_iterators_outlive_the_database_handle),
        WITH_SERVER(a_remote_database_is_written),
        WITH_SERVER(a_server_that_goes_away_is_a_network_failure),
        WITH_SERVER(a_closed_connection_says_so),
        cmocka_unit_test(a_server_can_be_a_program),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
