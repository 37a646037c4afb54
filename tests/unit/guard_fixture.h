/* guard_fixture.h - a site that says who asks: Slurm's word, a key, tokens, and credentials
 *
 * olga is an operator, ada an administrator; carla coordinates physics, in which alice is;
 * bob and carla are in zoo.
 */
#pragma once

#include "fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "ledger/token.h"
#include "server/auth/guard.h"
#include "server/auth/peer.h"
#include "server/auth/secret.h"

static const struct sq_actor root = {.name = "root"};
static const char key[] = "0123456789abcdef0123456789abcdef";

/* A site of one test: Slurm's word is in the file "slurm", a shell script. */
struct site {
        struct fixture *f;
        struct sq_config *config;
        struct sq_readers *readers;
        struct sq_membership *membership;
        struct sq_guard *guard;
        char complaints[1000];
};

static struct site site;
static struct sq_error error;
static struct sq_caller caller;

static void complain(const char *line) {
        const size_t n = strlen(site.complaints);

        snprintf(site.complaints + n, sizeof site.complaints - n, "%s\n", line);
}

static void write_file(const char *name, const char *text, mode_t mode) {
        char path[128];
        FILE *file;

        snprintf(path, sizeof path, "%s/%s", site.f->directory, name);
        file = fopen(path, "we");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
        assert_int_equal(chmod(path, mode), 0);
}

static void make_config(const char *more) {
        char text[2000];

        snprintf(text, sizeof text,
                 "[store]\npath = %s\n[slurm]\nuser = %s\nsacctmgr = %s/slurm\n"
                 "[server]\nassociations_seconds = 1\n[auth]\nmunge_socket = %s/munge\n"
                 "jwt_key = %s/jwt.key\n%s",
                 site.f->path, site.f->options.owner, site.f->directory, site.f->directory,
                 site.f->directory, more);
        if (sq_config_parse(text, strlen(text), "f.conf", &site.config, &error))
                fail_msg("%s", error.text);
}

/* Until Slurm has been asked: bounded. */
static void wait_for_slurm(void) {
        for (int i = 0; i < 1000; i++) {
                if (sq_membership_role(site.membership, "olga") == SQ_ROLE_OPERATOR)
                        return;
                usleep(10000);
        }
        fail_msg("Slurm's word has not come");
}

static void open_site(const char *more) {
        make_config(more);
        assert_int_equal(sq_readers_open(site.config, 2, &site.readers, &error), SQ_OK);
        assert_int_equal(sq_membership_start(site.config, complain, &site.membership, &error),
                         SQ_OK);
        if (sq_guard_open(site.config, site.readers, site.membership, complain, &site.guard,
                          &error))
                fail_msg("%s", error.text);
        wait_for_slurm();
}

static int start(void **state) {
        const int rc = fixture_start(state);

        memset(&site, 0, sizeof site);
        site.f = *state;
        write_file("jwt.key", key, 0600);
        write_file("slurm",
                   "#!/bin/sh\ncase $* in\n"
                   "*adminlevel) printf 'olga|Operator\\nada|Administrator\\n' ;;\n"
                   "*coord) printf 'physics|carla\\nzoo|\\n' ;;\n"
                   "*) printf 'alice|physics\\nbob|zoo\\ncarla|zoo\\n' ;; esac\n", 0755);
        return rc;
}

static int stop(void **state) {
        sq_guard_close(site.guard);
        if (site.membership)
                sq_membership_stop(site.membership);
        if (site.readers)
                sq_readers_close(site.readers);
        if (site.config)
                sq_config_free(site.config);
        return fixture_stop(state);
}

/* --- credentials -------------------------------------------------------------------- */

static struct sq_credentials nothing(void) {
        return (struct sq_credentials){.method = "GET", .target = "/me", .body = "", .fd = -1};
}

static int admit(const struct sq_credentials *credentials) {
        error.text[0] = '\0';
        return sq_guard_admit(site.guard, credentials, &caller, &error);
}

static void is_nobody(const struct sq_credentials *credentials) {
        if (admit(credentials))
                fail_msg("%s", error.text);
        assert_int_equal(caller.role, SQ_ROLE_NOBODY);
        assert_string_equal(caller.name, "");
        assert_null(caller.how);
}

static void is(const struct sq_credentials *credentials, const char *who, enum sq_role role) {
        char actor[SQ_CALLER_ACTOR_SIZE];

        if (admit(credentials))
                fail_msg("%s", error.text);
        assert_string_equal(sq_caller_actor(&caller, actor), who);
        assert_int_equal(caller.role, role);
}

static void is_refused(const struct sq_credentials *credentials, const char *why) {
        assert_int_equal(admit(credentials), SQ_EACCESS);
        if (!strstr(error.text, why))
                fail_msg("\"%s\" does not say \"%s\"", error.text, why);
        assert_int_equal(caller.role, SQ_ROLE_NOBODY);
        assert_string_equal(caller.name, "");
}

static const char *jwt_of(const char *name) {
        static char token[1000];
        char claims[300];
        unsigned char mac[32];
        size_t n;

        snprintf(claims, sizeof claims, "{\"exp\":%lld,\"iat\":%lld,\"sun\":\"%s\"}",
                 (long long)sq_now() + 60, (long long)sq_now(), name);
        snprintf(token, sizeof token, "eyJhbGciOiJIUzI1NiJ9.");
        n = strlen(token);
        sodium_bin2base64(token + n, 600, (unsigned char *)claims, strlen(claims),
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        crypto_auth_hmacsha256(mac, (unsigned char *)token, strlen(token),
                               (const unsigned char *)key);
        n = strlen(token);
        token[n++] = '.';
        sodium_bin2base64(token + n, 100, mac, sizeof mac,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        return token;
}

/* "Bearer sqt_...", of a new token. */
static const char *token_of(const char *owner, const char *name, const enum sq_role *role,
                            int64_t expires_at, int64_t *ret_id) {
        static char header[SQ_SECRET_SIZE + 16];
        char text[SQ_SECRET_SIZE], hash[SQ_SECRET_HASH_SIZE];
        const struct sq_token token = {.hash = hash, .name = name, .owner = owner,
                                       .has_role = role != NULL,
                                       .role = role ? *role : SQ_ROLE_NOBODY,
                                       .expires_at = expires_at};

        assert_int_equal(sq_secret_make(text, hash, &error), SQ_OK);
        if (sq_token_create(site.f->ledger, &token, &root, ret_id, &error))
                fail_msg("%s", error.text);
        snprintf(header, sizeof header, "Bearer %s", text);
        return header;
}
