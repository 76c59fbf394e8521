/* Preloaded into a process: makes the n-th file operation below a folder fail, or the process die at it.
 *
 * SQLite and Python both reach the disk through these functions of libc, so one counter covers both. What is not
 * covered: reads, locks, and memory maps (the index of SQLite's write-ahead log, which is rebuilt after a crash).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COUNT, FAIL_ONCE, FAIL_FROM, DIE_BEFORE, DIE_AFTER, DIE_TORN, READ_ONLY };

static char prefix[4096];
static long at, counter;
static int mode = -1, error_number;
static char trace[1 << 16];

void faults_arm(const char *folder, long nth, int how, int error) {
    snprintf(prefix, sizeof prefix, "%s", folder);
    at = nth, counter = 0, error_number = error, trace[0] = 0, mode = how;
}

long faults_disarm(void) {
    mode = -1;
    return counter;
}

const char *faults_trace(void) { return trace; }

/* 0: go on; 1: fail with error_number; 2: do it, then die; 3: do half of it, then die. */
static int verdict(const char *what, const char *path) {
    if (mode < 0 || !path || strncmp(path, prefix, strlen(prefix))) return 0;
    if (mode == READ_ONLY) {
        errno = error_number;
        return 1;
    }
    counter++;
    size_t used = strlen(trace);
    const char *name = strrchr(path, '/');
    snprintf(trace + used, sizeof trace - used, "%s %s\n", what, name ? name + 1 : path);
    if (counter < at || mode == COUNT || (counter > at && mode != FAIL_FROM)) return 0;
    if (mode == DIE_BEFORE) kill(getpid(), SIGKILL);
    if (mode == DIE_AFTER) return 2;
    if (mode == DIE_TORN) return 3;
    errno = error_number;
    return 1;
}

static int verdict_of(const char *what, int descriptor) {
    char link[64], path[4096];
    if (mode < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return verdict(what, path);
}

static void die(void) { kill(getpid(), SIGKILL); }

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define WRAP(result, name, parameters, arguments, decide)          \
    result name parameters {                                       \
        int how = decide;                                          \
        if (how == 1) return -1;                                   \
        result value = REAL(name) arguments;                       \
        if (how > 1) die();                                        \
        return value;                                              \
    }

#define WRAP_OPEN(name, at_parameter, at_argument)                                    \
    int name(at_parameter const char *path, int flags, ...) {                         \
        va_list list;                                                                 \
        va_start(list, flags);                                                        \
        mode_t bits = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;       \
        va_end(list);                                                                 \
        int changes = (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC); \
        int how = mode == READ_ONLY && !changes ? 0 : verdict("open", path);          \
        if (how == 1) return -1;                                                      \
        int value = REAL(name)(at_argument path, flags, bits);                        \
        if (how > 1) die();                                                           \
        return value;                                                                 \
    }

#define NOTHING
#define AT_PARAMETER int folder,
#define AT_ARGUMENT folder,
WRAP_OPEN(open, NOTHING, NOTHING)
WRAP_OPEN(open64, NOTHING, NOTHING)
WRAP_OPEN(openat, AT_PARAMETER, AT_ARGUMENT)
WRAP_OPEN(openat64, AT_PARAMETER, AT_ARGUMENT)

ssize_t write(int descriptor, const void *data, size_t count) {
    int how = verdict_of("write", descriptor);
    if (how == 1) return -1;
    ssize_t value = REAL(write)(descriptor, data, how == 3 ? (count + 1) / 2 : count);
    if (how > 1) die();
    return value;
}

#define WRAP_PWRITE(name, offset_type)                                                              \
    ssize_t name(int descriptor, const void *data, size_t count, offset_type offset) {              \
        int how = verdict_of("write", descriptor);                                                  \
        if (how == 1) return -1;                                                                    \
        ssize_t value = REAL(name)(descriptor, data, how == 3 ? (count + 1) / 2 : count, offset);   \
        if (how > 1) die();                                                                         \
        return value;                                                                               \
    }
WRAP_PWRITE(pwrite, off_t)
WRAP_PWRITE(pwrite64, off64_t)

WRAP(int, fsync, (int descriptor), (descriptor), verdict_of("fsync", descriptor))
WRAP(int, fdatasync, (int descriptor), (descriptor), verdict_of("fsync", descriptor))
WRAP(int, ftruncate, (int descriptor, off_t size), (descriptor, size), verdict_of("truncate", descriptor))
WRAP(int, ftruncate64, (int descriptor, off64_t size), (descriptor, size), verdict_of("truncate", descriptor))
WRAP(int, rename, (const char *from, const char *to), (from, to), verdict("rename", from))
WRAP(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to), verdict("rename", from))
WRAP(int, unlink, (const char *path), (path), verdict("unlink", path))
WRAP(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags), verdict("unlink", path))
WRAP(int, mkdir, (const char *path, mode_t bits), (path, bits), verdict("mkdir", path))
WRAP(int, mkdirat, (int folder, const char *path, mode_t bits), (folder, path, bits), verdict("mkdir", path))

/* access() says the truth about a read-only disk, and about nothing else. */
#define READ_ONLY_SAYS(path, want) (mode == READ_ONLY && ((want) & W_OK) ? verdict("access", path) : 0)
WRAP(int, access, (const char *path, int want), (path, want), READ_ONLY_SAYS(path, want))
WRAP(int, faccessat, (int folder, const char *path, int want, int flags), (folder, path, want, flags),
     READ_ONLY_SAYS(path, want))
