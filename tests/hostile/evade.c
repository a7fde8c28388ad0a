/*
 * Tries not to be killed, or to be declared gone while it lives.
 *
 * Usage: evade EVASION HEART, or evade list
 *
 * For as long as any process of it runs, the file HEART grows. Each process ends by itself after two minutes.
 */
#include "evade.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIFE = 120 };

static long long deadline; /* in milliseconds of the monotonic clock */

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

void rest(int milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

void tick(void)
{
    static __thread long long last;
    long long time = now();
    if (time >= deadline)
        _exit(0);
    if (time - last < 10)
        return;
    last = time;
    if (write(HEART, "x", 1) < 0 && errno == EBADF)
        _exit(98);
}

_Noreturn void beat(const char *text)
{
    (void)text;
    for (;;) {
        tick();
        rest(10);
    }
}

_Noreturn void beat_slowly(const char *text)
{
    (void)text;
    for (;;) {
        tick();
        rest(200);
    }
}

void born(void)
{
    long long left = (deadline - now()) / 1000;
    alarm(left > 1 ? (unsigned)left : 1);
}

pid_t spawn(void (*run)(const char *), const char *text)
{
    pid_t child = fork();
    if (child)
        return child;
    born();
    run(text);
    _exit(0);
}

void escape(void (*run)(const char *), const char *text)
{
    pid_t child = fork();
    if (child) {
        waitpid(child, NULL, 0);
        return;
    }
    born();
    setsid();
    spawn(run, text);
    _exit(0);
}

_Noreturn void again(const char *name, char *const environment[])
{
    char *argv[] = {"evade", (char *)name, NULL};
    execve("/proc/self/exe", argv, environment);
    _exit(97);
}

static void list(const struct evasion *evasion)
{
    for (; evasion->name; evasion++)
        printf("%s %s\n", evasion->name, evasion->traits ? evasion->traits : "");
}

static void run(const struct evasion *evasion, const char *name)
{
    for (; evasion->name; evasion++) {
        if (strcmp(evasion->name, name) == 0)
            evasion->run(evasion->text);
    }
}

/* The time that an earlier program of this process was given, or all of it. */
static void have_time(void)
{
    unsigned left = alarm(0);
    deadline = now() + (left ? left : LIFE) * 1000LL;
    born();
}

static void open_heart(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (fd < 0 || dup2(fd, HEART) < 0) {
        perror(path);
        exit(96);
    }
    close(fd);
}

int main(int argc, char **argv)
{
    const struct evasion *const tables[] = {hideouts, crowds, attacks};
    const char *name = strrchr(argv[0], '/');
    name = name ? name + 1 : argv[0];
    if (*name && strcmp(name, "evade") != 0)
        lie();
    have_time();
    if (argc > 2 && argv[2][0] == '/')
        open_heart(argv[2]);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (argc == 2 && strcmp(argv[1], "list") == 0)
            list(tables[i]);
        else if (argc > 1)
            run(tables[i], argv[1]);
    }
    if (argc > 1)
        return strcmp(argv[1], "list") == 0 ? 0 : 95;
    beat(NULL); /* without a name: neither arguments nor an environment tell what this is */
}
