/* Preloaded into a process: every way to a network fails, and is written down in the file that NETWORK_LOG names.
 *
 * Python's sockets and native libraries both reach the network through these functions of libc. What is not covered:
 * a library that makes system calls of its own; the test therefore takes the network away as well where it can.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void note(const char *what) {
    const char *path = getenv("NETWORK_LOG");
    int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (file < 0) abort(); /* a try that cannot be written down must not go unseen */
    if (write(file, what, strlen(what)) < 0 || write(file, "\n", 1) < 0) abort();
    close(file);
}

static int local(int domain) { return domain == AF_UNIX; }

int socket(int domain, int type, int protocol) {
    if (!local(domain)) {
        note("socket");
        errno = EACCES;
        return -1;
    }
    return ((int (*)(int, int, int))dlsym(RTLD_NEXT, "socket"))(domain, type, protocol);
}

int connect(int descriptor, const struct sockaddr *address, socklen_t length) {
    if (!local(address->sa_family)) {
        note("connect");
        errno = ENETUNREACH;
        return -1;
    }
    return ((int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "connect"))(descriptor, address, length);
}

int bind(int descriptor, const struct sockaddr *address, socklen_t length) {
    if (!local(address->sa_family)) {
        note("bind");
        errno = EACCES;
        return -1;
    }
    return ((int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "bind"))(descriptor, address, length);
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    note(node ? node : "getaddrinfo");
    return EAI_FAIL;
}

struct hostent *gethostbyname(const char *name) {
    note(name ? name : "gethostbyname");
    h_errno = NO_RECOVERY;
    return NULL;
}
