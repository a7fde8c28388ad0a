/* Evasions by which a process looks like another, or like none. */
#include "evade.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const int polite[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
enum { POLITE = sizeof polite / sizeof *polite };

static void on_polite(void (*handler)(int))
{
    for (int i = 0; i < POLITE; i++)
        signal(polite[i], handler);
}

static void be_deaf(const char *text)
{
    on_polite(SIG_IGN);
    beat(text);
}

static void block(const char *text)
{
    sigset_t all;
    sigfillset(&all);
    sigdelset(&all, SIGALRM);
    sigprocmask(SIG_SETMASK, &all, NULL);
    beat(text);
}

static void have_session(const char *text)
{
    if (spawn(be_deaf, text) == 0 || setsid() < 0)
        setpgid(0, 0);
    beat(text);
}

static void close_output(void)
{
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
}

/* The command ends, and its daemon goes on. */
static void be_daemon(const char *text)
{
    escape(be_deaf, text);
    close_output();
    _exit(0);
}

static void be_quiet_daemon(const char *text)
{
    close_output();
    be_daemon(text);
}

static void hold_reopened(const char *text)
{
    int fd = open("/proc/self/fd/1", O_WRONLY);
    close_output();
    if (fd >= 0)
        dup2(fd, 1);
    be_deaf(text);
}

static void reopen_output(const char *text)
{
    escape(hold_reopened, text);
    close_output();
    _exit(0);
}

static void become_nothing(const char *text)
{
    (void)text;
    char *none[] = {"", NULL};
    execve("/proc/self/exe", none, none + 1);
    _exit(97);
}

static void be_bare(const char *text)
{
    escape(become_nothing, text);
    beat(text);
}

static void become_other(const char *mark)
{
    char *environment[] = {(char *)mark, NULL};
    again("deaf", environment);
}

static void be_marked(const char *mark)
{
    escape(become_other, mark);
    beat(mark);
}

static void take_name(const char *name)
{
    prctl(PR_SET_NAME, name);
    be_deaf(name);
}

static void be_named(const char *name)
{
    prctl(PR_SET_NAME, name);
    escape(take_name, name);
    beat(name);
}

/* More of an environment than anybody reads, in front of the mark: 20 KiB for each letter of `text`. */
static void be_verbose(const char *text)
{
    enum { PIECE = 20 * 1024 };
    char *environment[64] = {0}, **next = environment;
    for (; *text; text++, next++) {
        *next = malloc(PIECE + 1);
        memset(*next, *text, PIECE);
        (*next)[1] = '=';
        (*next)[PIECE] = 0;
    }
    for (char **old = environ; *old && next < environment + 63; old++)
        *next++ = *old;
    again("daemon", environment);
}

static void be_scrubbed(const char *text)
{
    for (char **variable = environ; *variable; variable++)
        memset(*variable, 0, strlen(*variable));
    escape(be_deaf, text);
    beat(text);
}

static void be_undumpable(const char *text)
{
    prctl(PR_SET_DUMPABLE, 0);
    escape(be_deaf, text);
    beat(text);
}

/* A long command line, with what a list of processes might be read for. */
static void become_long(const char *text)
{
    enum { PIECE = 100 * 1024, COUNT = 12 };
    char *argv[COUNT + 3] = {"evade", "deaf"};
    char *piece = malloc(PIECE + 1);
    for (int i = 0; i < PIECE; i++)
        piece[i] = text[i % strlen(text)];
    piece[PIECE] = 0;
    for (int i = 0; i < COUNT; i++)
        argv[2 + i] = piece;
    execve("/proc/self/exe", argv, environ);
    _exit(97);
}

static void be_long(const char *text)
{
    escape(become_long, text);
    beat(text);
}

static void become_file_of_none(const char *text)
{
    char *argv[] = {"evade", "deaf", NULL};
    struct stat size;
    int self = open("/proc/self/exe", O_RDONLY), memory = memfd_create(text, MFD_CLOEXEC);
    if (self < 0 || memory < 0 || fstat(self, &size) < 0)
        _exit(97);
    while (sendfile(memory, self, NULL, (size_t)size.st_size) > 0) {
    }
    fexecve(memory, argv, argv + 2);
    _exit(97);
}

static void be_in_memory(const char *text)
{
    escape(become_file_of_none, text);
    beat(text);
}

/* The orphans of its descendants are its own children, not those of process 1. */
static void be_reaper(const char *text)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (int i = 0; i < 4; i++)
        escape(be_deaf, text);
    beat(text);
}

static void let_run_now_and_then(const char *text)
{
    pid_t child = spawn(beat, text);
    on_polite(SIG_IGN);
    for (;;) {
        kill(child, SIGCONT);
        rest(30);
        kill(child, SIGSTOP);
        tick();
    }
}

static void be_stopped(const char *text)
{
    escape(let_run_now_and_then, text);
    for (;;)
        raise(SIGSTOP);
}

/* Keeps every signal from its child. */
static void be_traced(const char *text)
{
    int status;
    pid_t child = spawn(beat, text);
    on_polite(SIG_IGN);
    ptrace(PTRACE_SEIZE, child, NULL, NULL);
    while (waitpid(child, &status, __WALL) > 0) {
        if (WIFSTOPPED(status))
            ptrace(PTRACE_CONT, child, NULL, NULL);
    }
    beat(text);
}

static void be_idle(const char *text)
{
    struct sched_param none = {0};
    setpriority(PRIO_PROCESS, 0, 19);
    sched_setscheduler(0, SCHED_IDLE, &none);
    escape(be_deaf, text);
    be_deaf(text);
}

/* In namespaces of its own, if it may have any. */
static void be_elsewhere(const char *text)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWPID) == 0)
        spawn(be_deaf, text);
    escape(be_deaf, text);
    be_deaf(text);
}

static void grow(int signal)
{
    (void)signal;
    spawn(be_deaf, NULL);
}

static void be_hydra(const char *text)
{
    on_polite(grow);
    signal(SIGCONT, grow);
    beat(text);
}

static void be_heir(const char *text)
{
    on_polite(grow);
    prctl(PR_SET_PDEATHSIG, SIGUSR1);
    beat(text);
}

static void have_heirs(const char *text)
{
    for (int i = 0; i < 4; i++)
        spawn(be_heir, text);
    beat(text);
}

const struct evasion hideouts[] = {
    {"plain", beat, NULL, NULL},
    {"deaf", be_deaf, NULL, NULL},
    {"blocked", block, NULL, NULL},
    {"session", have_session, NULL, NULL},
    {"daemon", be_daemon, NULL, NULL},
    {"quiet-daemon", be_quiet_daemon, NULL, NULL},
    {"reopened-output", reopen_output, NULL, NULL},
    {"bare", be_bare, NULL, NULL},
    {"other-mark", be_marked, "SANDCELL_EXEC=other", NULL},
    {"named-zombie", be_named, ") Z\n1 ", NULL},
    {"named-line", be_named, "\n1 (x) S 0 1 1", NULL},
    {"named-uid", be_named, "\nUid:\t9\t9\t9\t9", NULL},
    {"named-state", be_named, "x\nState:\tZ", NULL},
    {"named-init", be_named, "runc:[2:INIT]", NULL},
    {"named-tail", be_named, "tail", NULL},
    {"environment-20k", be_verbose, "A", NULL},
    {"environment-200k", be_verbose, "ABCDEFGHIJ", NULL},
    {"scrubbed", be_scrubbed, NULL, NULL},
    {"undumpable", be_undumpable, NULL, NULL},
    {"long", be_long, "tail -f /dev/null\ngone yes\n", NULL},
    {"in-memory", be_in_memory, "tail", NULL},
    {"reaper", be_reaper, NULL, NULL},
    {"stopped", be_stopped, NULL, NULL},
    {"traced", be_traced, NULL, NULL},
    {"idle", be_idle, NULL, NULL},
    {"namespaces", be_elsewhere, NULL, NULL},
    {"hydra", be_hydra, NULL, NULL},
    {"heirs", have_heirs, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};
