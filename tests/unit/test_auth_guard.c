/* test_auth_guard.c - which of the things that a request brings says who asks, and what he
 * may then */
#include "guard_fixture.h"

/* --- tests -------------------------------------------------------------------------- */

static void who_sends_nothing_is_nobody(void **state) {
        struct sq_credentials c = nothing();

        (void)state;
        open_site("");
        is_nobody(&c);
        c.user_name = "root"; /* a name alone proves nothing */
        is_nobody(&c);
}

static void a_token_of_slurm_comes_in_two_headers(void **state) {
        struct sq_credentials c = nothing();
        char header[1100];

        (void)state;
        open_site("");
        c.user_token = jwt_of("alice");
        is(&c, "alice (jwt)", SQ_ROLE_USER);
        c.user_name = "alice";
        is(&c, "alice (jwt)", SQ_ROLE_USER);
        c.user_name = "root";
        is_refused(&c, "not that user's");
        c = nothing();
        snprintf(header, sizeof header, "bearer  %s", jwt_of("olga"));
        c.authorization = header;
        is(&c, "olga (jwt)", SQ_ROLE_OPERATOR);
}

static void roles_are_slurms_and_root_needs_none(void **state) {
        static const struct {
                const char *name;
                enum sq_role role;
        } people[] = {{"alice", SQ_ROLE_USER}, {"carla", SQ_ROLE_COORDINATOR},
                      {"olga", SQ_ROLE_OPERATOR}, {"ada", SQ_ROLE_ADMINISTRATOR},
                      {"root", SQ_ROLE_ADMINISTRATOR}, {"stranger", SQ_ROLE_USER},
                      {"ROOT", SQ_ROLE_USER}, {"Olga", SQ_ROLE_USER}};
        struct sq_credentials c = nothing();

        (void)state;
        open_site("");
        for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
                c.user_token = jwt_of(people[i].name);
                assert_int_equal(admit(&c), SQ_OK);
                assert_string_equal(caller.name, people[i].name);
                assert_int_equal(caller.role, people[i].role);
        }
}

static void people_see_what_is_theirs(void **state) {
        struct sq_credentials c = nothing();

        (void)state;
        open_site("");
        c.user_token = jwt_of("alice");
        assert_int_equal(admit(&c), SQ_OK);
        assert_true(sq_caller_sees_user(&caller, "alice"));
        assert_false(sq_caller_sees_user(&caller, "bob"));
        assert_false(sq_caller_sees_user(&caller, ""));
        assert_true(sq_caller_sees_account(&caller, "physics"));
        assert_false(sq_caller_sees_account(&caller, "zoo"));
        c.user_token = jwt_of("carla");
        assert_int_equal(admit(&c), SQ_OK);
        assert_true(sq_caller_sees_user(&caller, "carla"));
        assert_true(sq_caller_sees_user(&caller, "alice"));  /* in physics, which is hers */
        assert_false(sq_caller_sees_user(&caller, "bob"));   /* in zoo, where she is, too */
        assert_true(sq_caller_sees_account(&caller, "physics"));
        assert_true(sq_caller_sees_account(&caller, "zoo"));
        assert_false(sq_caller_sees_account(&caller, "moon"));
        c.user_token = jwt_of("olga");
        assert_int_equal(admit(&c), SQ_OK);
        assert_true(sq_caller_sees_user(&caller, "bob"));
        assert_true(sq_caller_sees_account(&caller, "moon"));
        c.user_token = NULL;
        is_nobody(&c);
        assert_false(sq_caller_sees_user(&caller, ""));
        assert_false(sq_caller_sees_user(&caller, "alice"));
        assert_false(sq_caller_sees_account(&caller, "physics"));
}

static void a_wrong_credential_is_never_nobody(void **state) {
        static const char *const headers[] = {
                "", "Basic cm9vdDpyb290", "Bearer", "Bearer ", "Bearer x", "MUNGE", "MUNGE ",
                "MUNGE x", "Token", "Token x", "Bearer sqt_", "Negotiate abc", "sqt_abc",
                "Bearersqt_x",
                "Token sqt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
        struct sq_credentials c = nothing();

        (void)state;
        open_site("proxy_addresses = 127.0.0.1\n");
        for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
                c.authorization = headers[i];
                is_refused(&c, "");
        }
        c = nothing();
        c.user_token = "";
        is_refused(&c, "");
        c.user_token = "x.y.z";
        is_refused(&c, "");
        c.user_token = jwt_of("alice");
        c.authorization = "Bearer x";
        is_refused(&c, "one credential");
        c.authorization = NULL;
        c.repeated = true;
        is_refused(&c, "twice");
}

/* Neither a proxy's word nor the socket's helps who has sent a bad one. */
static void a_wrong_credential_decides_alone(void **state) {
        const struct sockaddr_in local = {.sin_family = AF_INET,
                                          .sin_addr = {htonl(INADDR_LOOPBACK)}};
        struct sq_credentials c = nothing();
        int pair[2];

        (void)state;
        open_site("proxy_addresses = 127.0.0.1\n");
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        c.fd = pair[0];
        c.address = (const struct sockaddr *)&local;
        c.proxy_user = "olga";
        c.authorization = "Bearer x";
        is_refused(&c, "");
        c.authorization = NULL;
        c.user_token = "x";
        is_refused(&c, "");
        close(pair[0]);
        close(pair[1]);
}

static void the_other_end_of_a_unix_socket_is_who_the_kernel_says(void **state) {
        struct sq_credentials c = nothing();
        char name[SQ_NAME_SIZE];
        int pair[2], ends[2];

        (void)state;
        open_site("");
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        c.fd = pair[0];
        assert_int_equal(sq_peer_name(getuid(), name, &error), SQ_OK);
        assert_int_equal(admit(&c), SQ_OK);
        assert_string_equal(caller.name, name);
        assert_string_equal(caller.how, "socket");
        c.proxy_user = "olga"; /* nobody believes it there */
        assert_int_equal(admit(&c), SQ_OK);
        assert_string_equal(caller.name, name);
        close(pair[0]);
        close(pair[1]);
        assert_int_equal(pipe(ends), 0);
        c.fd = ends[0];
        is_nobody(&c);
        close(ends[0]);
        close(ends[1]);
}

static void a_proxy_at_a_unix_socket_never_asks_for_itself(void **state) {
        struct sq_credentials c = nothing();
        char name[SQ_NAME_SIZE], more[SQ_NAME_SIZE + 64];
        int pair[2];

        (void)state;
        assert_int_equal(sq_peer_name(getuid(), name, &error), SQ_OK);
        snprintf(more, sizeof more, "proxy_addresses = unix:%s\n", name);
        open_site(more);
        assert_non_null(sq_guard_proxy_header(site.guard));
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        c.fd = pair[0];
        is_nobody(&c);
        c.proxy_user = "";
        is_nobody(&c);
        c.proxy_user = "olga";
        is(&c, "olga (proxy)", SQ_ROLE_OPERATOR);
        c.passed_on = true;
        is(&c, "olga (proxy)", SQ_ROLE_OPERATOR);
        c.proxy_user = "root";
        is_refused(&c, "cannot speak for root");
        close(pair[0]);
        close(pair[1]);
}

/* It may run as root, or as SlurmUser; those who ask it do not. */
static void one_that_passes_a_request_on_is_not_who_asks(void **state) {
        struct sq_credentials c = nothing();
        int pair[2];

        (void)state;
        open_site("");
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        c.fd = pair[0];
        c.passed_on = true;
        is_nobody(&c);
        c.user_token = jwt_of("alice");
        is(&c, "alice (jwt)", SQ_ROLE_USER);
        close(pair[0]);
        close(pair[1]);
}

static void a_number_without_a_name_is_nobody(void **state) {
        char name[SQ_NAME_SIZE] = "x";

        (void)state;
        assert_int_equal(sq_peer_name(4000000000u, name, &error), SQ_EACCESS);
        assert_string_equal(name, "x");
        assert_int_equal(sq_peer_name(0, name, &error), SQ_OK);
        assert_string_equal(name, "root");
}

static void a_proxy_is_believed_where_it_is(void **state) {
        const struct sockaddr_in near = {.sin_family = AF_INET,
                                         .sin_addr = {htonl(0x0a000007)}};
        const struct sockaddr_in far = {.sin_family = AF_INET, .sin_addr = {htonl(0x0a000008)}};
        struct sq_credentials c = nothing();

        (void)state;
        open_site("proxy_addresses = 10.0.0.7\nproxy_header = Remote-User\n");
        assert_string_equal(sq_guard_proxy_header(site.guard), "Remote-User");
        c.address = (const struct sockaddr *)&near;
        c.proxy_user = "olga";
        is(&c, "olga (proxy)", SQ_ROLE_OPERATOR);
        c.address = (const struct sockaddr *)&far;
        is_nobody(&c);
        c.address = NULL;
        is_nobody(&c);
        c.address = (const struct sockaddr *)&near;
        c.proxy_user = "";
        is_nobody(&c);
        c.proxy_user = "a b";
        is_refused(&c, "nobody who could be a user");
        c.proxy_user = "root";
        is_refused(&c, "cannot speak for root");
        c.proxy_user = site.config->slurm.user;
        is_refused(&c, "cannot speak for");
}

static void without_addresses_no_header_is_looked_for(void **state) {
        const struct sockaddr_in near = {.sin_family = AF_INET,
                                         .sin_addr = {htonl(INADDR_LOOPBACK)}};
        struct sq_credentials c = nothing();

        (void)state;
        open_site("");
        assert_null(sq_guard_proxy_header(site.guard));
        c.address = (const struct sockaddr *)&near;
        c.proxy_user = "olga";
        is_nobody(&c);
}

static void a_token_is_its_owner_and_never_more(void **state) {
        const enum sq_role user = SQ_ROLE_USER, administrator = SQ_ROLE_ADMINISTRATOR;
        struct sq_credentials c = nothing();
        int64_t id;

        (void)state;
        open_site("");
        c.authorization = token_of("olga", "deploy", NULL, 0, &id);
        is(&c, "olga (token deploy)", SQ_ROLE_OPERATOR);
        c.authorization = token_of("olga", "read", &user, 0, &id);
        is(&c, "olga (token read)", SQ_ROLE_USER);
        assert_false(sq_caller_sees_user(&caller, "alice"));
        c.authorization = token_of("carla", "less", &user, 0, &id);
        is(&c, "carla (token less)", SQ_ROLE_USER);
        assert_false(sq_caller_sees_user(&caller, "alice"));
        c.authorization = token_of("alice", "more", &administrator, 0, &id);
        is(&c, "alice (token more)", SQ_ROLE_USER);
}

static void a_token_loses_what_its_owner_loses(void **state) {
        struct sq_credentials c = nothing();
        int64_t id;

        (void)state;
        open_site("");
        c.authorization = token_of("olga", "deploy", NULL, 0, &id);
        is(&c, "olga (token deploy)", SQ_ROLE_OPERATOR);
        write_file("slurm.new", "#!/bin/sh\ncase $* in *adminlevel) echo 'ada|Administrator' ;;"
                                " esac\n", 0755);
        {
                char from[128], to[128];

                snprintf(from, sizeof from, "%s/slurm.new", site.f->directory);
                snprintf(to, sizeof to, "%s/slurm", site.f->directory);
                assert_int_equal(rename(from, to), 0);
        }
        for (int i = 0; i < 1000; i++) {
                assert_int_equal(admit(&c), SQ_OK);
                if (caller.role == SQ_ROLE_USER)
                        return;
                usleep(10000);
        }
        fail_msg("still an operator");
}

static void expired_revoked_and_altered_tokens_are_refused(void **state) {
        struct sq_credentials c = nothing();
        char header[SQ_SECRET_SIZE + 16];
        int64_t id;

        (void)state;
        open_site("");
        c.authorization = token_of("alice", "old", NULL, sq_now(), &id);
        is_refused(&c, "expired");
        c.authorization = token_of("alice", "short", NULL, sq_now() + 60, &id);
        is(&c, "alice (token short)", SQ_ROLE_USER);
        snprintf(header, sizeof header, "%s", c.authorization);
        c.authorization = header;
        for (size_t i = strlen("Bearer sqt_"); i < strlen(header); i++) {
                const char before = header[i];

                header[i] = (char)(before ^ 1);
                is_refused(&c, "");
                header[i] = before;
        }
        assert_int_equal(sq_token_revoke(site.f->ledger, id, NULL, &root, &error), SQ_OK);
        is_refused(&c, "revoked");
        fixture_sql(site.f, "DELETE FROM token");
        is_refused(&c, "no such token");
}

static void the_use_of_a_token_is_noted_once_a_minute(void **state) {
        struct sq_credentials c = nothing();
        int64_t id, at;

        (void)state;
        open_site("");
        c.authorization = token_of("alice", "deploy", NULL, 0, &id);
        is(&c, "alice (token deploy)", SQ_ROLE_USER);
        at = fixture_number(site.f, "SELECT coalesce(last_used_at, 0) FROM token");
        assert_true(at > sq_now() - 60);
        fixture_sql(site.f, "UPDATE token SET last_used_at = NULL");
        is(&c, "alice (token deploy)", SQ_ROLE_USER);
        assert_int_equal(fixture_number(site.f, "SELECT coalesce(last_used_at, 0) FROM token"),
                         0);
}

static void a_store_that_cannot_be_written_keeps_no_token_out(void **state) {
        struct sq_credentials c = nothing();
        char lock[128];
        int64_t id;

        (void)state;
        open_site("");
        c.authorization = token_of("alice", "deploy", NULL, 0, &id);
        snprintf(lock, sizeof lock, "%s.lock", site.f->path);
        unlink(lock);
        assert_int_equal(mkdir(lock, 0700), 0); /* a lock that nobody can take */
        is(&c, "alice (token deploy)", SQ_ROLE_USER);
        assert_int_equal(rmdir(lock), 0);
}

static void what_a_site_does_not_take_is_refused(void **state) {
        struct sq_credentials c = nothing();
        int64_t id;

        (void)state;
        open_site("munge = no\ntokens = no\n");
        c.authorization = "MUNGE MUNGE:AwQFAAC7LUgrCWmjBCjpGnpXoaUTGmHCJrCg:";
        is_refused(&c, "MUNGE credentials are not taken here");
        c.authorization = token_of("alice", "deploy", NULL, 0, &id);
        is_refused(&c, "tokens are not taken here");
}

/* A client learns that it is not his fault, and nothing about the site. */
static void trouble_of_ours_is_told_to_ours_once(void **state) {
        struct sq_credentials c = nothing();

        (void)state;
        open_site("");
        c.authorization = "MUNGE MUNGE:AwQFAAC7LUgrCWmjBCjpGnpXoaUTGmHCJrCg:";
        for (int i = 0; i < 3; i++) {
                assert_int_equal(admit(&c), SQ_EBUSY);
                assert_string_equal(error.text, "MUNGE credentials cannot be checked now");
        }
        c = nothing();
        c.user_token = jwt_of("alice");
        write_file("jwt.key", "short", 0600);
        assert_int_equal(admit(&c), SQ_EBUSY);
        assert_null(strstr(error.text, "jwt.key"));
        assert_int_equal(admit(&c), SQ_EBUSY);
        write_file("jwt.key", key, 0600);
        is(&c, "alice (jwt)", SQ_ROLE_USER);
        {
                const char *munge = strstr(site.complaints, "could not check MUNGE");
                const char *jwt = strstr(site.complaints, "could not check Slurm's tokens: the"
                                                          " key");

                assert_non_null(munge);
                assert_null(strstr(munge + 1, "could not check MUNGE"));
                assert_non_null(jwt);
                assert_null(strstr(jwt + 1, "could not check Slurm's"));
                assert_non_null(strstr(jwt, "Slurm's tokens can be checked again"));
        }
}

static void settings_that_cannot_be_meant_are_refused(void **state) {
        struct sq_guard *guard = NULL;

        (void)state;
        open_site("");
        sq_config_free(site.config);
        make_config("proxy_addresses = localhost\n");
        assert_int_equal(sq_guard_open(site.config, site.readers, site.membership, complain,
                                       &guard, &error), SQ_EINVAL);
        assert_non_null(strstr(error.text, "auth.proxy_addresses"));
        sq_config_free(site.config);
        make_config("proxy_header = Authorization\n");
        assert_int_equal(sq_guard_open(site.config, site.readers, site.membership, complain,
                                       &guard, &error), SQ_EINVAL);
        assert_non_null(strstr(error.text, "auth.proxy_header"));
        assert_null(guard);
}

#define ON_A_SITE(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                ON_A_SITE(who_sends_nothing_is_nobody),
                ON_A_SITE(a_token_of_slurm_comes_in_two_headers),
                ON_A_SITE(roles_are_slurms_and_root_needs_none),
                ON_A_SITE(people_see_what_is_theirs),
                ON_A_SITE(a_wrong_credential_is_never_nobody),
                ON_A_SITE(a_wrong_credential_decides_alone),
                ON_A_SITE(the_other_end_of_a_unix_socket_is_who_the_kernel_says),
                ON_A_SITE(a_proxy_at_a_unix_socket_never_asks_for_itself),
                ON_A_SITE(one_that_passes_a_request_on_is_not_who_asks),
                cmocka_unit_test(a_number_without_a_name_is_nobody),
                ON_A_SITE(a_proxy_is_believed_where_it_is),
                ON_A_SITE(without_addresses_no_header_is_looked_for),
                ON_A_SITE(a_token_is_its_owner_and_never_more),
                ON_A_SITE(a_token_loses_what_its_owner_loses),
                ON_A_SITE(expired_revoked_and_altered_tokens_are_refused),
                ON_A_SITE(the_use_of_a_token_is_noted_once_a_minute),
                ON_A_SITE(a_store_that_cannot_be_written_keeps_no_token_out),
                ON_A_SITE(what_a_site_does_not_take_is_refused),
                ON_A_SITE(trouble_of_ours_is_told_to_ours_once),
                ON_A_SITE(settings_that_cannot_be_meant_are_refused),
        };

        return cmocka_run_group_tests_name("auth_guard", tests, NULL, NULL);
}
