/* Evasions that go for whoever comes to kill them, or to look. */
#include "evade.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of each process that is not in this one's group, also process 1. */
static void others(void (*attack)(pid_t))
{
    struct dirent *entry;
    DIR *proc = opendir("/proc");
    while (proc && (entry = readdir(proc))) {
        pid_t pid = atoi(entry->d_name);
        if (pid > 0 && getpgid(pid) != getpgrp())
            attack(pid);
    }
    if (proc)
        closedir(proc);
}

_Noreturn static void assault(void (*attack)(pid_t))
{
    setsid();
    signal(SIGTERM, SIG_IGN);
    spawn(beat, NULL);
    for (;;) {
        others(attack);
        tick();
    }
}

static void stop(pid_t pid)
{
    kill(pid, SIGSTOP);
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
}

/* Holds it, and lets it neither run nor end on its own. */
static void seize(pid_t pid)
{
    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0)
        ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
}

static void limit(pid_t pid)
{
    const struct rlimit none = {0, 0};
    const int resources[] = {RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_AS, RLIMIT_CPU, RLIMIT_STACK};
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++)
        prlimit(pid, resources[i], &none, NULL);
}

static int open_of(pid_t pid, int fd, int flags)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
    return open(path, flags | O_NONBLOCK | O_CLOEXEC);
}

/* Keeps its input and output open. Too many descriptors are no harm: then no more are held. */
static void hold(pid_t pid)
{
    static pid_t held[256];
    pid_t *known = &held[pid % 256];
    if (*known == pid)
        return;
    *known = pid;
    open_of(pid, 0, O_RDWR);
    open_of(pid, 1, O_WRONLY);
}

/* Says in its place that all is well, and keeps it from saying otherwise. */
static void speak_for(pid_t pid)
{
    enum { BLOCK = 64 * 1024, BLOCKS = 66 * 16 };
    static pid_t spoken[256];
    static char spaces[BLOCK];
    if (pid == 1 || spoken[pid % 256] == pid || kill(pid, SIGSTOP) < 0)
        return;
    spoken[pid % 256] = pid;
    int output = open_of(pid, 1, O_WRONLY);
    memset(spaces, ' ', BLOCK);
    ssize_t written = write(output, "gone yes\n", 9);
    for (int i = 0; i < BLOCKS && written > 0; i++) {
        struct pollfd ready = {output, POLLOUT, 0};
        tick();
        written = poll(&ready, 1, 300) > 0 ? write(output, spaces, BLOCK) : 0;
    }
    close(output);
}

/* Whoever else is there is the first to be killed for want of memory. */
static void offer(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/oom_score_adj", pid);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (write(fd, "1000", 4) < 0)
        errno = 0; /* it has ended */
    close(fd);
}

static void besiege(pid_t pid)
{
    hold(pid);
    limit(pid);
    stop(pid);
}

static void storm(pid_t pid)
{
    hold(pid);
    seize(pid);
    end(pid);
}

static void be_stopper(const char *text)
{
    (void)text;
    assault(stop);
}

static void be_killer(const char *text)
{
    (void)text;
    assault(end);
}

static void be_seizer(const char *text)
{
    (void)text;
    assault(seize);
}

static void be_limiter(const char *text)
{
    (void)text;
    assault(limit);
}

static void be_speaker(const char *text)
{
    (void)text;
    assault(speak_for);
}

static void be_siege(const char *text)
{
    (void)text;
    assault(besiege);
}

static void be_storm(const char *text)
{
    (void)text;
    assault(storm);
}

/* Everybody but itself, at once. */
static void send_all(const char *number)
{
    signal(SIGTERM, SIG_IGN);
    for (;;) {
        kill(-1, atoi(number));
        tick();
        rest(1);
    }
}

static void eat(const char *text)
{
    enum { BITE = 1 << 20 };
    for (;;) {
        void *bite = mmap(NULL, BITE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (bite == MAP_FAILED)
            beat(text);
        memset(bite, 1, BITE);
        tick();
    }
}

static void starve(const char *text)
{
    setsid();
    spawn(beat, text);
    pid_t eater = spawn(eat, text);
    for (;;) {
        others(offer);
        tick();
        rest(1);
        if (waitpid(eater, NULL, WNOHANG) != 0)
            eater = spawn(eat, text);
    }
}

_Noreturn void lie(void)
{
    static const char words[] = "gone yes\nalive no\n";
    _exit(write(1, words, sizeof words - 1) < 0);
}

static const char *const programs[] = {"sh", "kill", "cat", "head", "grep", "tr", "ps", "sleep", "tail", "busybox"};

/* Puts itself in the place of the image's programs, if it may. */
static void replace_programs(const char *text)
{
    char path[64];
    struct stat size;
    int self = open("/proc/self/exe", O_RDONLY), copy = open("/bin/.liar", O_WRONLY | O_CREAT | O_TRUNC, 0755);
    if (self >= 0 && copy >= 0 && fstat(self, &size) == 0) {
        while (sendfile(copy, self, NULL, (size_t)size.st_size) > 0) {
        }
        close(copy);
        for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
            snprintf(path, sizeof path, "/bin/%s", programs[i]);
            unlink(path);
            if (link("/bin/.liar", path) < 0)
                break;
        }
    }
    beat(text);
}

static void remove_programs(const char *text)
{
    char path[64];
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        snprintf(path, sizeof path, "/bin/%s", programs[i]);
        unlink(path);
    }
    beat(text);
}

const struct evasion attacks[] = {
    {"stopper", be_stopper, NULL, "attacks"},
    {"killer", be_killer, NULL, "attacks"},
    {"seizer", be_seizer, NULL, "attacks"},
    {"limiter", be_limiter, NULL, "attacks"},
    {"speaker", be_speaker, NULL, "attacks"},
    {"siege", be_siege, NULL, "attacks"},
    {"storm", be_storm, NULL, "attacks"},
    {"kill-all", send_all, "9", "attacks"},
    {"stop-all", send_all, "19", "attacks"},
    {"starver", starve, NULL, "attacks"},
    {"liar", replace_programs, NULL, "tampers"},
    {"remover", remove_programs, NULL, "tampers"},
    {NULL, NULL, NULL, NULL},
};
