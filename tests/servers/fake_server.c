/* A server that does not do what it should, for the tests of tests/servers.
 *
 *   fake_server close            ends every connection at once
 *   fake_server silent           accepts and says nothing
 *   fake_server garbage          says what is not the protocol, and waits
 *   fake_server endless          says it without an end
 *   fake_server huge             begins a message of 2^34 bytes and goes on with it
 *   fake_server dribble          begins a message, a byte in a tenth of a second
 *   fake_server version          speaks another version of Xapian's protocol
 *   fake_server cut N PORT       passes on N bytes of what the server at PORT says, and ends
 *   fake_server stall N PORT     passes on N bytes, and then nothing
 *   fake_server flip N PORT      passes on all, with byte N inverted
 *
 * Listens on 127.0.0.1 and prints the port; each connection is a child process. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in loopback(unsigned port)
{
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int listening_socket(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t n = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, 10) != 0 || getsockname(fd, (struct sockaddr *)&address, &n) != 0) {
        perror("fake_server");
        exit(1);
    }
    printf("%u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static bool send_all(int fd, const unsigned char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = write(fd, bytes, n);
        if (sent <= 0)
            return false;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* Until the other side ends the connection. */
static void wait_for_end(int fd)
{
    unsigned char bytes[4096];
    while (read(fd, bytes, sizeof bytes) > 0)
        continue;
}

static void say_garbage(int fd)
{
    unsigned char bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37 + 11);
    send_all(fd, bytes, sizeof bytes);
    wait_for_end(fd);
}

static void say_endlessly(int fd)
{
    unsigned char bytes[4096];
    memset(bytes, 0, sizeof bytes);
    while (send_all(fd, bytes, sizeof bytes))
        continue;
}

/* The beginning of a greeting: the type of the message and its length. */
static const unsigned char huge[] = {0, 0xff, 0, 0, 0, 0, 0xc0};

/* At some 40 MB/s: a client looks at the clock only when it has to wait. */
static void say_hugely(int fd)
{
    static const unsigned char bytes[1 << 16];
    send_all(fd, huge, sizeof huge);
    while (send_all(fd, bytes, sizeof bytes))
        usleep(1500);
}

static void dribble(int fd)
{
    send_all(fd, huge, sizeof huge);
    while (send_all(fd, huge, 1))
        usleep(100000);
}

/* As xapian-tcpsrv 1.4 greets, whose protocol is 39.1, but for the version. */
static void greet_in_version(int fd)
{
    static const unsigned char greeting[] = "\0\x2b\x26\0\0\0\0\0\0\0"
                                            "00000000-0000-0000-0000-000000000000";
    send_all(fd, greeting, sizeof greeting - 1);
    wait_for_end(fd);
}

struct relay {
    const char *how;
    size_t at; /* the byte of the server's that something happens to */
    unsigned port;
};

/* Passes on n bytes, `passed` of which went before. false when it is time to end. */
static bool pass(const struct relay *r, int client, unsigned char *bytes, size_t n, size_t passed)
{
    bool reached = r->at < passed + n;
    size_t left = r->at - passed;
    if (!reached || r->at < passed)
        return send_all(client, bytes, n);
    if (strcmp(r->how, "flip") == 0) {
        bytes[left] ^= 0xff;
        return send_all(client, bytes, n);
    }
    if (send_all(client, bytes, left) && strcmp(r->how, "stall") == 0)
        wait_for_end(client);
    return false;
}

static void relay(const struct relay *r, int client)
{
    struct sockaddr_in address = loopback(r->port);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    struct pollfd ends[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    size_t passed = 0;
    bool on = server >= 0 && connect(server, (struct sockaddr *)&address, sizeof address) == 0;
    while (on && poll(ends, 2, -1) > 0) {
        int from = ends[0].revents ? 0 : 1;
        unsigned char bytes[4096];
        ssize_t n = read(ends[from].fd, bytes, sizeof bytes);
        if (n <= 0)
            break;
        if (from == 0) {
            on = send_all(server, bytes, (size_t)n);
        } else {
            on = pass(r, client, bytes, (size_t)n, passed);
            passed += (size_t)n;
        }
    }
}

static bool serve(const struct relay *r, int fd)
{
    static const struct {
        const char *how;
        void (*serve)(int fd);
    } ways[] = {
        {"silent", wait_for_end}, {"garbage", say_garbage}, {"endless", say_endlessly},
        {"huge", say_hugely},     {"dribble", dribble},     {"version", greet_in_version},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (strcmp(r->how, ways[i].how) == 0) {
            ways[i].serve(fd);
            return true;
        }
    }
    if (r->port)
        relay(r, fd);
    return r->port || strcmp(r->how, "close") == 0;
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 4) {
        fprintf(stderr, "usage: fake_server HOW [N PORT]\n");
        return 2;
    }
    struct relay r = {argv[1], argc > 2 ? strtoul(argv[2], NULL, 10) : 0,
                      argc > 2 ? (unsigned)strtoul(argv[3], NULL, 10) : 0};
    int fd = listening_socket();
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        int connection = accept(fd, NULL, NULL);
        if (connection < 0)
            continue;
        pid_t child = fork();
        if (child == 0) {
            close(fd);
            _exit(serve(&r, connection) ? 0 : 2);
        }
        close(connection);
    }
}
