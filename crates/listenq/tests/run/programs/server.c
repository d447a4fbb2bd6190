/* A server without any library at run time that does what its arguments say, one after the other, and tells the
 * limit of its listener as the kernel tells it to itself (tcpi_sacked of TCP_INFO). */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int fd = -1;

static void say(const char *what, long number)
{
    printf("%s %ld\n", what, number);
    fflush(stdout);
}

static void do_listen(int backlog)
{
    say("listen", listen(fd, backlog) ? errno : 0);
}

static void *in_thread(void *backlog)
{
    do_listen((int)(long)backlog);
    return NULL;
}

/* A thread with a table of descriptors of its own, in which the number stands for another socket. */
static void *in_own_table(void *backlog)
{
    unshare(CLONE_FILES);
    int other = socket(AF_INET, SOCK_STREAM, 0);
    int mine = fd;
    dup2(other, mine);
    say("listen", listen(mine, (int)(long)backlog) ? errno : 0);
    struct tcp_info info;
    socklen_t length = sizeof info;
    getsockopt(mine, IPPROTO_TCP, TCP_INFO, &info, &length);
    say("own limit", info.tcpi_sacked);
    return NULL;
}

static void run_thread(void *(*body)(void *), long backlog)
{
    pthread_t thread;
    pthread_create(&thread, NULL, body, (void *)backlog);
    pthread_join(thread, NULL);
}

static void make_tcp(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    fd = socket(AF_INET, SOCK_STREAM, 0);
    bind(fd, (struct sockaddr *)&address, sizeof address);
}

static void make_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bind(fd, (struct sockaddr *)&address, sizeof address);
}

static void tell_limit(void)
{
    struct tcp_info info;
    socklen_t length = sizeof info;
    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length);
    say("limit", info.tcpi_state == TCP_LISTEN ? (long)info.tcpi_sacked : -1);
}

static void wait_for_line(void)
{
    char byte;
    while (read(0, &byte, 1) == 1 && byte != '\n') {
    }
}

/* Signals are blocked at the beginning and taken here, so that none is lost. */
static void wait_for_signal(void)
{
    sigset_t all;
    sigfillset(&all);
    say("signal", sigwaitinfo(&all, NULL));
}

static void block_signals(void)
{
    sigset_t all;
    sigfillset(&all);
    sigdelset(&all, SIGTSTP);
    sigdelset(&all, SIGCONT);
    sigprocmask(SIG_SETMASK, &all, NULL);
}

static void do_kill(int number)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    kill(getpid(), number);
}

static void be_daemon(void)
{
    if (fork() > 0)
        _exit(0);
    setsid();
}

/* A child of a child that has ended, so that process 1 has to wait for it; its number is gone when that was done. */
static void leave_orphan(void)
{
    int pipes[2];
    pid_t orphan = 0;
    pipe(pipes);
    if (fork() == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0)
            _exit(0);
        write(pipes[1], &grandchild, sizeof grandchild);
        _exit(0);
    }
    wait(NULL);
    read(pipes[0], &orphan, sizeof orphan);
    while (kill(orphan, 0) == 0)
        sched_yield();
    say("reaped", 1);
}

static void obey(const char *name, const char *value)
{
    int number = value ? atoi(value) : 0;
    if (!strcmp(name, "tcp"))
        make_tcp();
    else if (!strcmp(name, "unix"))
        make_unix(value);
    else if (!strcmp(name, "fd"))
        fd = number;
    else if (!strcmp(name, "listen"))
        do_listen(number);
    else if (!strcmp(name, "many"))
        for (int i = 0; i < number; i++) {
            if (listen(fd, 3)) {
                say("listen", errno);
                exit(1);
            }
        }
    else if (!strcmp(name, "thread"))
        run_thread(in_thread, number);
    else if (!strcmp(name, "own-table"))
        run_thread(in_own_table, number);
    else if (!strcmp(name, "limit"))
        tell_limit();
    else if (!strcmp(name, "line"))
        wait_for_line();
    else if (!strcmp(name, "block"))
        block_signals();
    else if (!strcmp(name, "signal"))
        wait_for_signal();
    else if (!strcmp(name, "kill"))
        do_kill(number);
    else if (!strcmp(name, "daemon"))
        be_daemon();
    else if (!strcmp(name, "orphan"))
        leave_orphan();
    else if (!strcmp(name, "pid"))
        say("pid", getpid());
    else if (!strcmp(name, "say"))
        say("said", number);
    else if (!strcmp(name, "exit"))
        exit(number);
}

int main(int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        char *value = strchr(arguments[i], ':');
        if (value)
            *value++ = 0;
        obey(arguments[i], value);
    }
    return 0;
}
