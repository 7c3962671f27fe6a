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

enum { SERVING_MOST = 8 };
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

/* Hands on what two sockets say until one ends, or the client has spoken `most` times. */
static inline void serving_hand_on(int client, int server, int most, int delay_ms)
{
    struct pollfd fds[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    int said = 0;
    int on = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while (poll(fds, 2, -1) > 0) {
        for (int i = 0; i < 2; i++) {
            char buffer[65536];
            if (!fds[i].revents)
                continue;
            ssize_t n = read(fds[i].fd, buffer, sizeof buffer);
            if (n <= 0 || (i == 0 && ++said > most))
                return;
            struct timespec pause = {delay_ms / 1000, (long)(delay_ms % 1000) * 1000000};
            if (i == 1)
                nanosleep(&pause, NULL);
            if (write(fds[1 - i].fd, buffer, (size_t)n) != n)
                return;
        }
    }
}

/* A proxy before `port`: each connection ends when the client has spoken `most` times, each
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
