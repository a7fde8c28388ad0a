/* Evasions by which what is looked for is another process by then. */
#include "evade.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static pid_t clone_as(unsigned long flags)
{
    return (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
}

/* No process of it gets older than `age` milliseconds. */
static void chain(unsigned long flags, bool changes_session, int age)
{
    for (;;) {
        pid_t child = clone_as(flags);
        if (child > 0)
            _exit(0);
        if (child == 0)
            born();
        if (changes_session)
            setsid();
        tick();
        rest(age);
    }
}

static void fork_on(const char *text)
{
    (void)text;
    chain(SIGCHLD, false, 1);
}

static void fork_on_in_sessions(const char *text)
{
    (void)text;
    chain(SIGCHLD, true, 1);
}

static void fork_silently(const char *text)
{
    (void)text;
    chain(0, false, 1);
}

static void fork_siblings(const char *text)
{
    (void)text;
    /* Slowly: containerd takes a second for each end that it does not know of while it starts something. */
    chain(CLONE_PARENT | SIGCHLD, false, 50);
}

static void several(void (*run)(const char *))
{
    for (int i = 0; i < 4; i++)
        spawn(run, NULL);
    beat(NULL);
}

static void have_chains(const char *text)
{
    (void)text;
    several(fork_on);
}

static void have_session_chains(const char *text)
{
    (void)text;
    several(fork_on_in_sessions);
}

static void have_silent_chains(const char *text)
{
    (void)text;
    several(fork_silently);
}

/* Its children have the parent that it has. */
static void have_siblings(const char *text)
{
    for (int i = 0; i < 2; i++) {
        if (clone_as(CLONE_PARENT | SIGCHLD) == 0) {
            born();
            fork_siblings(text);
        }
    }
    beat(text);
}

/* Never in the same group for long. */
static void move(const char *text)
{
    (void)text;
    for (;;) {
        pid_t child = spawn(beat_slowly, NULL);
        setpgid(child, child);
        setpgid(0, rand() % 2 ? child : 0);
        tick();
        rest(5);
        kill(child, SIGKILL);
    }
}

static void have_movers(const char *text)
{
    (void)text;
    signal(SIGCHLD, SIG_IGN);
    several(move);
}

static void bomb(const char *text)
{
    (void)text;
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        pid_t child = fork();
        if (child == 0)
            born();
        tick();
        if (child < 0)
            rest(200);
    }
}

static void bomb_in_sessions(const char *text)
{
    (void)text;
    signal(SIGTERM, SIG_IGN);
    for (;;) {
        pid_t child = fork();
        if (child == 0) {
            born();
            setsid();
        }
        tick();
        if (child < 0)
            rest(200);
    }
}

/* The parent waits, in the kernel, for a child that shares its memory. */
static void have_guest(const char *text)
{
    if (vfork() == 0) {
        born();
        beat(text);
    }
    beat(text);
}

static int share(void *text)
{
    born();
    beat(text);
}

static void have_sharers(const char *text)
{
    enum { STACK = 64 * 1024 };
    for (int i = 0; i < 4; i++) {
        char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        clone(share, stack + STACK, CLONE_VM | CLONE_FS | CLONE_FILES | SIGCHLD, (void *)text);
    }
    beat(text);
}

static void *beat_in_thread(void *text)
{
    beat_slowly(text);
}

static void add_thread(void *(*run)(void *))
{
    pthread_t thread;
    pthread_create(&thread, NULL, run, NULL);
}

/* The thread that is the process ends, the process does not. */
static void lose_head(const char *text)
{
    (void)text;
    add_thread(beat_in_thread);
    syscall(SYS_exit, 0);
}

static void have_no_heads(const char *text)
{
    spawn(lose_head, text);
    escape(lose_head, text);
    lose_head(text);
}

static void have_threads(const char *text)
{
    for (int i = 0; i < 50; i++)
        add_thread(beat_in_thread);
    beat(text);
}

static void *become_anew(void *text)
{
    char *none[] = {NULL};
    (void)text;
    tick();
    rest(5);
    again("becoming", none);
}

/* Another program every few milliseconds, by a thread that is not the process. */
static void become(const char *text)
{
    add_thread(become_anew);
    beat(text);
}

static void have_becoming(const char *text)
{
    /* One that became it has no environment. */
    if (*environ)
        escape(become, text);
    become(text);
}

static void make_zombies(const char *text)
{
    for (int i = 0; i < 200; i++) {
        if (fork() == 0)
            _exit(0);
    }
    beat(text);
}

static void have_zombies(const char *text)
{
    escape(make_zombies, text);
    beat(text);
}

static void branch(const char *text)
{
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < 3 && *text; i++)
        spawn(branch, text + 1);
    beat_slowly(text);
}

const struct evasion crowds[] = {
    {"chains", have_chains, NULL, NULL},
    {"session-chains", have_session_chains, NULL, NULL},
    {"silent-chains", have_silent_chains, NULL, NULL},
    {"siblings", have_siblings, NULL, NULL},
    {"movers", have_movers, NULL, NULL},
    {"bomb", bomb, NULL, "crowds"},
    {"session-bomb", bomb_in_sessions, NULL, "crowds"},
    {"guest", have_guest, NULL, NULL},
    {"sharers", have_sharers, NULL, NULL},
    {"headless", have_no_heads, NULL, NULL},
    {"threads", have_threads, NULL, NULL},
    {"becoming", have_becoming, NULL, NULL},
    {"zombies", have_zombies, NULL, NULL},
    {"branches", branch, "123", NULL},
    {NULL, NULL, NULL, NULL},
};
