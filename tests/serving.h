/* Servers of xapian-tools on the loopback interface, and a proxy before them that is slow or
 * cuts connections. Without such a server the test is skipped. */
#ifndef ANAM_SERVING_H
#define ANAM_SERVING_H

#include "testing.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>

extern char **environ;

enum { SERVING_MOST = 16 };
static pid_t serving_pids[SERVING_MOST];
static size_t serving_n;

static inline struct sockaddr_in serving_address(uint16_t port)
{
    struct sockaddr_in a;
    memset(&a, 0, sizeof a);
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a.sin_port = htons(port);
    return a;
}

/* A socket bound to a free port. */
static inline int serving_bind(uint16_t *port)
{
    struct sockaddr_in a = serving_address(0);
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

static inline int serving_connect(uint16_t port)
{
    struct sockaddr_in a = serving_address(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Serves one database, or `second`, too, where it is not NULL; returns the port. */
static inline uint16_t serve(const char *path, const char *second)
{
    uint16_t port;
    char number[20], first[600], other[600];
    char program[] = "xapian-tcpsrv", interface[] = "--interface=127.0.0.1", quiet[] = "--quiet";
    char *argv[] = {program, interface, quiet, number, first, second ? other : NULL, NULL};
    close(serving_bind(&port));
    snprintf(number, sizeof number, "--port=%u", (unsigned)port);
    snprintf(first, sizeof first, "%s", path);
    snprintf(other, sizeof other, "%s", second ? second : "");
    posix_spawnattr_t attr; /* a group of its own: the server ends its whole group */
    assert_int_equal(posix_spawnattr_init(&attr), 0);
    assert_int_equal(posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP), 0);
    posix_spawn_file_actions_t actions; /* what it says of broken connections is not wanted */
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0), 0);
    assert_true(serving_n < SERVING_MOST);
    int failed = posix_spawnp(&serving_pids[serving_n], program, &actions, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    if (failed) {
        print_message("             no xapian-tcpsrv in PATH\n");
        skip();
    }
    serving_n++;
    for (int i = 0, fd = -1; i < 500 && fd < 0; i++) {
        struct timespec pause = {0, 10000000};
        fd = serving_connect(port);
        if (fd < 0)
            nanosleep(&pause, NULL);
        else
            close(fd);
    }
    return port;
}

/* Where a byte stream of the remote protocol is: messages of a type, a length and as many bytes.
 * A length below 255 is one byte; above, 255 and what is left in sevens of bits, lowest first,
 * the last with its high bit set. Reading counts messages: how many reads bring one is chance. */
struct serving_messages {
    int begun;
    enum { SERVING_TYPE, SERVING_LENGTH, SERVING_MORE, SERVING_BODY } at;
    unsigned shift;
    uint64_t left;
};

/* How many of n bytes come before message number `most` + 1. */
static inline size_t serving_count(struct serving_messages *m, const unsigned char *bytes, size_t n,
                                   int most)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char byte = bytes[i];
        if (m->at == SERVING_TYPE) {
            if (m->begun == most)
                return i;
            m->begun++;
            m->shift = 0;
            m->at = SERVING_LENGTH;
        } else if (m->at == SERVING_LENGTH) {
            m->left = byte;
            m->at = byte == 255 ? SERVING_MORE : SERVING_BODY;
        } else if (m->at == SERVING_MORE) {
            m->left += (uint64_t)(byte & 127) << m->shift;
            m->shift += 7;
            m->at = byte & 128 ? SERVING_BODY : SERVING_MORE;
        } else {
            m->left--;
        }
        if (m->at == SERVING_BODY && m->left == 0)
            m->at = SERVING_TYPE;
    }
    return n;
}

/* Hands on what two sockets say until one ends, or the client begins to say more than `most`
 * messages. */
static inline void serving_hand_on(int client, int server, int most, int delay_ms)
{
    struct pollfd fds[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    struct serving_messages said = {0};
    int on = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while (poll(fds, 2, -1) > 0) {
        for (int i = 0; i < 2; i++) {
            unsigned char buffer[65536];
            if (!fds[i].revents)
                continue;
            ssize_t n = read(fds[i].fd, buffer, sizeof buffer);
            if (n <= 0)
                return;
            size_t handed = i == 0 ? serving_count(&said, buffer, (size_t)n, most) : (size_t)n;
            struct timespec pause = {delay_ms / 1000, (long)(delay_ms % 1000) * 1000000};
            if (i == 1)
                nanosleep(&pause, NULL);
            if (handed < (size_t)n || write(fds[1 - i].fd, buffer, handed) != (ssize_t)handed)
                return;
        }
    }
}

/* A proxy before `port`: each connection ends with the client's message after `most`, each
 * answer is late. Connections are served one after the other. */
static inline uint16_t serve_badly(uint16_t port, int most, int delay_ms)
{
    uint16_t own;
    int listening = serving_bind(&own);
    assert_int_equal(listen(listening, 16), 0);
    assert_true(serving_n < SERVING_MOST);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGPIPE, SIG_IGN);
        for (;;) {
            int client = accept(listening, NULL, NULL);
            int server = serving_connect(port);
            serving_hand_on(client, server, most, delay_ms);
            close(client);
            close(server);
        }
    }
    close(listening);
    serving_pids[serving_n++] = pid;
    return own;
}

static inline int stop_serving(void **state)
{
    (void)state;
    while (serving_n > 0) {
        pid_t pid = serving_pids[--serving_n];
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    return 0;
}

#endif
