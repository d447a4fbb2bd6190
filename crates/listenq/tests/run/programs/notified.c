/* Has its system calls notified to itself, none in fact, as a container runtime may; then executes its arguments. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int count, char **arguments)
{
    struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
    struct sock_fprog program = {1, &allow};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    int fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    if (fd < 0 || count < 2) {
        perror("seccomp");
        return 99;
    }
    dup(fd); /* which stays open when the program is executed */
    execvp(arguments[1], arguments + 1);
    perror("execvp");
    return 98;
}
