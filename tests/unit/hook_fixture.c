#include "hook_fixture.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"

/* Far more than are needed, and not without end where nobody tells it to stop. */
#define MOST 50000

struct orders {
        struct fixture *f;
        hook_work_fn work;
        unsigned pause;
        int stop[2], done[2];
};

static int work_on(void *payload) {
        struct orders *o = payload;
        struct hook_done done = {0};
        struct sq_ledger *ledger = NULL;
        char byte;

        close(o->stop[1]);
        close(o->done[0]);
        fcntl(o->stop[0], F_SETFL, O_NONBLOCK);
        o->f->options.use = SQ_STORE_HOOK;
        if (sq_ledger_open(&o->f->options, fixture_patience(), &ledger, NULL))
                return 1;
        for (; done.n < MOST && read(o->stop[0], &byte, 1) < 0; done.n++) {
                done.failures += !o->work(ledger, done.n);
                if (o->pause)
                        usleep(o->pause);
        }
        sq_ledger_close(ledger);
        return write(o->done[1], &done, sizeof done) == sizeof done ? 0 : 2;
}

void hook_start(struct hook *hook, struct fixture *f, hook_work_fn work, unsigned pause) {
        struct orders orders = {.f = f, .work = work, .pause = pause};

        fixture_close(f);
        assert_int_equal(pipe(orders.stop), 0);
        assert_int_equal(pipe(orders.done), 0);
        hook->pid = fixture_fork(work_on, &orders);
        close(orders.stop[0]);
        close(orders.done[1]);
        hook->stop = orders.stop[1];
        hook->done = orders.done[0];
        fixture_open(f, SQ_STORE_PERSON);
}

struct hook_done hook_stop(struct hook *hook) {
        struct hook_done done = {0};

        close(hook->stop);
        assert_int_equal(fixture_wait(hook->pid), 0);
        assert_int_equal(read(hook->done, &done, sizeof done), sizeof done);
        close(hook->done);
        assert_true(done.failures * 100 <= done.n);
        return done;
}

bool hook_reserve(struct sq_ledger *ledger, const char *user, char ret_uuid[SQ_UUID_SIZE]) {
        struct sq_claim claim = fixture_claim(ret_uuid, 1, 60);
        struct sq_verdict verdict;

        claim.user = user;
        sq_store_set_deadline(sq_ledger_store(ledger), sq_monotonic_ns() + 50 * SQ_NS_PER_MS);
        return !sq_uuid_make(ret_uuid, NULL) && !sq_reserve(ledger, &claim, &verdict, NULL);
}

bool hook_charge(struct sq_ledger *ledger, const char *user, const char *uuid,
                 int64_t job_id, int64_t seconds) {
        struct sq_run run = fixture_run(job_id, uuid, 1, seconds);
        struct sq_charged charged;

        run.user = user;
        if (!seconds)
                run.start_at = 0;
        return !sq_charge(ledger, &run, &charged, NULL);
}
