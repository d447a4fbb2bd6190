/* Set the backlog of a listener, read its accept queue, and change the backlog while it listens.
 *
 * Linux only. Run it: cc -o queue queue.c && ./queue
 */
#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

struct accept_queue {
    unsigned length; /* connections that wait for accept() */
    unsigned limit;  /* it holds one more than this */
    unsigned drops;  /* what the socket dropped since it exists */
};

static void check(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(1);
    }
}

static struct accept_queue accept_queue(int listener)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset(&info, 0, sizeof info);
    check(getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &size), "TCP_INFO");

    unsigned memory[SK_MEMINFO_VARS] = {0};
    size = sizeof memory;
    check(getsockopt(listener, SOL_SOCKET, SO_MEMINFO, memory, &size), "SO_MEMINFO");

    /* Of a listener these two fields are the queue (net/ipv4/tcp.c:tcp_get_info). */
    return (struct accept_queue){info.tcpi_unacked, info.tcpi_sacked, memory[SK_MEMINFO_DROPS]};
}

static void show(const char *what, int listener)
{
    struct accept_queue queue = accept_queue(listener);
    printf("%s: length %u, limit %u, drops %u\n", what, queue.length, queue.limit, queue.drops);
}

/* connect() returns before the last packet of the handshake has arrived. */
static void wait_for_length(int listener, unsigned length)
{
    struct timespec pause = {0, 1000000};
    for (int i = 0; i < 5000 && accept_queue(listener).length < length; i++)
        nanosleep(&pause, NULL);
}

int main(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    int listener = socket(AF_INET, SOCK_STREAM, 0);
    check(listener, "socket");
    check(bind(listener, (struct sockaddr *)&address, sizeof address), "bind");
    check(listen(listener, 5), "listen");
    check(getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");
    show("listen(5)", listener);

    for (int i = 0; i < 3; i++) {
        int client = socket(AF_INET, SOCK_STREAM, 0);
        check(client, "socket");
        check(connect(client, (struct sockaddr *)&address, sizeof address), "connect");
    }
    wait_for_length(listener, 3);
    show("3 clients", listener);

    /* A listener may call listen() again: the new limit holds at once. */
    check(listen(listener, 64), "listen");
    show("listen(64)", listener);

    /* More than net.core.somaxconn: the kernel cuts it without a word. */
    check(listen(listener, 1000000), "listen");
    show("listen(1000000)", listener);
    return 0;
}
