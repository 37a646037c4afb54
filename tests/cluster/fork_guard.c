/*
 * fork_guard.c - nobody forks while another thread is inside the sanitizer's allocator
 *
 * Loaded into slurmctld before libasan.  The allocator of libasan (GCC 12) has
 * no fork handler: a child that is forked while another thread holds one of its
 * locks waits for that lock for ever at its first malloc().  jobcomp/script
 * allocates between fork() and exec(), so such a child never becomes the script,
 * and no job is charged any more.  glibc's own allocator has such handlers;
 * without a sanitizer nothing of this happens.
 *
 * Allocations share a lock, a fork has it for itself.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

/* What libasan calls its allocator, besides malloc and so on. */
extern void *__interceptor_malloc(size_t size);
extern void *__interceptor_calloc(size_t count, size_t size);
extern void *__interceptor_realloc(void *old, size_t size);
extern void __interceptor_free(void *memory);

static pthread_rwlock_t allocator = PTHREAD_RWLOCK_INITIALIZER;

/* A handler that allocates inside of fork() finds the lock its own: EDEADLK. */
static void leave(int shared)
{
        if (shared == 0)
                pthread_rwlock_unlock(&allocator);
}

void *malloc(size_t size)
{
        int shared = pthread_rwlock_rdlock(&allocator);
        void *memory = __interceptor_malloc(size);
        leave(shared);
        return memory;
}

void *calloc(size_t count, size_t size)
{
        int shared = pthread_rwlock_rdlock(&allocator);
        void *memory = __interceptor_calloc(count, size);
        leave(shared);
        return memory;
}

void *realloc(void *old, size_t size)
{
        int shared = pthread_rwlock_rdlock(&allocator);
        void *memory = __interceptor_realloc(old, size);
        leave(shared);
        return memory;
}

void free(void *memory)
{
        int shared = pthread_rwlock_rdlock(&allocator);
        __interceptor_free(memory);
        leave(shared);
}

pid_t fork(void)
{
        pid_t (*next)(void) = (pid_t (*)(void))dlsym(RTLD_NEXT, "fork");

        pthread_rwlock_wrlock(&allocator);
        pid_t child = next();
        /* In the child there is nobody who could wait: what the lock knows of
         * the parent's threads goes. */
        if (child == 0)
                allocator = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
        else
                pthread_rwlock_unlock(&allocator);
        return child;
}
