/* Loaded before libc (LD_PRELOAD) into a test's process: counts the calls that change files below one directory, and
   at the n-th of them kills the process or fails as a full, broken or read-only disk would. Reads are never touched.
   Controlled by disk_arm, disk_disarm and disk_count (see disk.py, which keeps the same numbers). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum action { OFF, COUNT, KILL_BEFORE, KILL_TORN, KILL_AFTER, FAIL_ONCE, FAIL_FROM, SHORT_THEN_FAIL };
enum verdict { PASS, FAIL, HALF, LAST };

static char root[PATH_MAX];
static size_t root_length;
static enum action action = OFF;
static long seen, chosen;
static int error_number;

void disk_arm(const char *directory, int what, int number, long at) {
    snprintf(root, sizeof root, "%s", directory);
    root_length = strlen(root);
    seen = 0;
    chosen = at;
    error_number = number;
    action = (enum action)what;
}

void disk_disarm(void) { action = OFF; }

long disk_count(void) { return seen; }

static void die(void) { kill(getpid(), SIGKILL); pause(); }

static int below(const char *path) {
    return strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || path[root_length] == 0);
}

static int below_handle(int handle) {
    char link[64], path[PATH_MAX];
    ssize_t length;
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path);
}

/* What becomes of the next call that changes something; `can_tear`: it writes bytes, so that half of them can be. */
static enum verdict judge(int concerned, int can_tear) {
    long number;
    if (action == OFF || !concerned) return PASS;
    number = seen++;
    if (action == COUNT || number < chosen) return PASS;
    switch (action) {
    case KILL_BEFORE: die(); return FAIL;
    case KILL_TORN: return can_tear ? HALF : LAST;
    case KILL_AFTER: return LAST;
    case FAIL_ONCE: return number == chosen ? FAIL : PASS;
    case SHORT_THEN_FAIL: return number == chosen && can_tear ? HALF : FAIL;
    default: return FAIL;
    }
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define PASS_ON(concerned, call)                                                                                       \
    do {                                                                                                               \
        enum verdict verdict = judge(concerned, 0);                                                                    \
        if (verdict == FAIL) { errno = error_number; return -1; }                                                      \
        int result = (call);                                                                                           \
        if (verdict == LAST) die();                                                                                    \
        return result;                                                                                                 \
    } while (0)
#define PASS_BYTES(handle, size, call)                                                                                 \
    do {                                                                                                               \
        enum verdict verdict = judge(action != OFF && below_handle(handle), (size) > 1);                               \
        if (verdict == FAIL) { errno = error_number; return -1; }                                                      \
        if (verdict == HALF) size /= 2;                                                                                \
        ssize_t result = (call);                                                                                       \
        if (verdict == LAST || (verdict == HALF && action == KILL_TORN)) die();                                        \
        return result;                                                                                                 \
    } while (0)

ssize_t write(int handle, const void *data, size_t size) { PASS_BYTES(handle, size, REAL(write)(handle, data, size)); }
ssize_t pwrite(int handle, const void *data, size_t size, off_t at) {
    PASS_BYTES(handle, size, REAL(pwrite)(handle, data, size, at));
}
ssize_t pwrite64(int handle, const void *data, size_t size, off64_t at) {
    PASS_BYTES(handle, size, REAL(pwrite64)(handle, data, size, at));
}

#define ON_HANDLE(name)                                                                                                \
    int name(int handle) { PASS_ON(action != OFF && below_handle(handle), REAL(name)(handle)); }
ON_HANDLE(fsync)
ON_HANDLE(fdatasync)
int ftruncate(int handle, off_t size) {
    PASS_ON(action != OFF && below_handle(handle), REAL(ftruncate)(handle, size));
}
int ftruncate64(int handle, off64_t size) {
    PASS_ON(action != OFF && below_handle(handle), REAL(ftruncate64)(handle, size));
}

int rename(const char *from, const char *to) { PASS_ON(below(to), REAL(rename)(from, to)); }
int link(const char *from, const char *to) { PASS_ON(below(to), REAL(link)(from, to)); }
int unlink(const char *path) { PASS_ON(below(path), REAL(unlink)(path)); }
int mkdir(const char *path, mode_t mode) { PASS_ON(below(path), REAL(mkdir)(path, mode)); }
int chmod(const char *path, mode_t mode) { PASS_ON(below(path), REAL(chmod)(path, mode)); }
int fchmod(int handle, mode_t mode) { PASS_ON(action != OFF && below_handle(handle), REAL(fchmod)(handle, mode)); }

#define CHANGES(flags) (((flags) & O_ACCMODE) != O_RDONLY || ((flags) & O_CREAT))
#define OPENS(name)                                                                                                    \
    int name(const char *path, int flags, ...) {                                                                       \
        mode_t mode = 0;                                                                                               \
        if (flags & O_CREAT) {                                                                                         \
            va_list rest;                                                                                              \
            va_start(rest, flags);                                                                                     \
            mode = va_arg(rest, mode_t);                                                                               \
            va_end(rest);                                                                                              \
        }                                                                                                              \
        PASS_ON(CHANGES(flags) && below(path), REAL(name)(path, flags, mode));                                         \
    }
OPENS(open)
OPENS(open64)
