/* A 32-bit program without any library: listen() as socketcall(2), whose arguments are in memory, and as itself. */
static long call(long number, long first, long second)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(first), "c"(second) : "memory");
    return result;
}

static long three(long number, long first, long second, long third)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(first), "c"(second), "d"(third) : "memory");
    return result;
}

void _start(void)
{
    long fd = three(359, 2, 1, 0); /* socket(AF_INET, SOCK_STREAM, 0) */
    long arguments[2] = {fd, 3};
    long first = call(102, 4, (long)arguments); /* socketcall(SYS_LISTEN, {fd, 3}) */
    long second = call(363, fd, 4);             /* listen(fd, 4) */
    long third = call(102, 4, 16);              /* arguments that cannot be read: EFAULT */
    call(1, first == 0 && second == 0 && third == -14 ? 0 : 1, 0);
}
