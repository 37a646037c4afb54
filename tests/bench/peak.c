/* peak.c - runs a command and prints how long it took and how much memory it or one
 * of its children had at most: peak COMMAND [ARGUMENT]...
 *
 * The last line of standard error: "SECONDS s, PEAK MiB". */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
        struct timespec from, to;
        struct rusage usage;
        int status = 0;
        pid_t pid;

        if (argc < 2)
                return 2;
        clock_gettime(CLOCK_MONOTONIC, &from);
        pid = fork();
        if (pid == 0) {
                execvp(argv[1], argv + 1);
                _exit(127);
        }
        if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
                return 1;
        clock_gettime(CLOCK_MONOTONIC, &to);
        fprintf(stderr, "%.2f s, %.1f MiB\n",
                (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9,
                (double)usage.ru_maxrss / 1024);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
