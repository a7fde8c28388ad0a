/* What the evasions share. */
#ifndef EVADE_H
#define EVADE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <stdbool.h>
#include <sys/types.h>

/* The heart beats for as long as anything of an evasion runs: a byte more in its file with each beat. */
enum { HEART = 9 };

struct evasion {
    const char *name;
    void (*run)(const char *text);
    const char *text;
    /* What else the tests must know of it. */
    const char *traits;
};

/* They end with one that has no name. */
extern const struct evasion hideouts[], crowds[], attacks[];

/* Beats once, but not more often than every 10 ms. Ends the process when its time is over. */
void tick(void);
/* Beats for ever. */
_Noreturn void beat(const char *text);
/* The same, five times a second: for the many. */
_Noreturn void beat_slowly(const char *text);
void rest(int milliseconds);

/* A new process is to call this: the kernel ends it when the time is over, which it does not inherit. */
void born(void);
/* Runs `run` in a child; its id. */
pid_t spawn(void (*run)(const char *), const char *text);
/* Runs `run` in a process that has another parent and another session. */
void escape(void (*run)(const char *), const char *text);
/* Becomes this program anew, as the evasion `name`. */
_Noreturn void again(const char *name, char *const environment[]);

/* What stands in for a program of the image says whatever may be wanted to be heard. */
_Noreturn void lie(void);

#endif
