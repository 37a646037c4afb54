#include "server/auth/guard.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "server/auth/jwt.h"
#include "server/auth/munge.h"
#include "server/auth/peer.h"
#include "server/auth/proxy.h"
#include "server/auth/secret.h"
#include "server/auth/token.h"

/* What can be out of order on our side, each of which is told once. */
enum trouble { MUNGE, JWT, TOKEN, TROUBLES };

struct sq_guard {
        const struct sq_config *config;
        struct sq_membership *membership;
        sq_tell_fn complain;
        struct sq_munge *munge;   /* NULL: not taken here; so, too, the next two */
        struct sq_jwt *jwt;
        struct sq_tokens *tokens;
        struct sq_proxies proxies;
        atomic_bool in_trouble[TROUBLES];
};

/* --- life ------------------------------------------------------------------------------- */

static int read_proxies(struct sq_guard *guard, struct sq_error *err) {
        int rc = sq_proxies_parse(guard->config->auth.proxy_addresses, &guard->proxies, err);

        if (rc) {
                sq_context(err, "auth.proxy_addresses");
                return rc;
        }
        rc = sq_proxy_check_header(guard->config->auth.proxy_header, err);
        if (rc)
                sq_context(err, "auth.proxy_header");
        return rc;
}

int sq_guard_open(const struct sq_config *config, struct sq_readers *readers,
                  struct sq_membership *membership, sq_tell_fn complain,
                  struct sq_guard **ret, struct sq_error *err) {
        SQ_CLEANUP(sq_guard_closep) struct sq_guard *guard = calloc(1, sizeof *guard);
        int rc;

        if (!guard)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        guard->config = config;
        guard->membership = membership;
        guard->complain = complain;
        rc = read_proxies(guard, err);
        if (!rc && config->auth.munge)
                rc = sq_munge_open(config->auth.munge_socket, &guard->munge, err);
        if (!rc && *config->auth.jwt_key)
                rc = sq_jwt_open(config->auth.jwt_key, &guard->jwt, err);
        if (!rc && config->auth.tokens)
                rc = sq_tokens_open(config, readers, &guard->tokens, err);
        if (rc)
                return rc;
        *ret = SQ_TAKE(guard);
        return SQ_OK;
}

void sq_guard_close(struct sq_guard *guard) {
        if (!guard)
                return;
        sq_munge_close(guard->munge);
        sq_jwt_close(guard->jwt);
        sq_tokens_close(guard->tokens);
        free(guard);
}

const char *sq_guard_proxy_header(const struct sq_guard *guard) {
        return guard->proxies.n || guard->proxies.users ? guard->config->auth.proxy_header
                                                        : NULL;
}

/* --- trouble ---------------------------------------------------------------------------- */

/* What the result of a check is for the client: SQ_OK, SQ_EACCESS, or SQ_EBUSY with a text
 * that tells nothing of us; people are told what it was, once. */
static int judge(struct sq_guard *guard, enum trouble what, int rc, struct sq_error *err) {
        static const char *const names[TROUBLES] = {
                [MUNGE] = "MUNGE credentials", [JWT] = "Slurm's tokens", [TOKEN] = "tokens"};
        const bool ours = rc && rc != SQ_EACCESS;
        const bool before = atomic_exchange(&guard->in_trouble[what], ours);
        char line[sizeof err->text + 64];

        if (ours && !before) {
                snprintf(line, sizeof line, "could not check %s: %s", names[what], err->text);
                guard->complain(line);
        } else if (!ours && before) {
                snprintf(line, sizeof line, "%s can be checked again", names[what]);
                guard->complain(line);
        }
        return ours ? sq_fail(err, SQ_EBUSY, "%s cannot be checked now", names[what]) : rc;
}

static int not_here(const char *what, struct sq_error *err) {
        return sq_fail(err, SQ_EACCESS, "%s are not taken here", what);
}

/* --- methods ---------------------------------------------------------------------------- */

/* `name` in the caller is who it is. */
static int become(struct sq_guard *guard, const char *how, struct sq_caller *ret) {
        ret->how = how;
        ret->membership = guard->membership;
        ret->role = sq_membership_role(guard->membership, ret->name);
        return SQ_OK;
}

static int by_munge(struct sq_guard *guard, const struct sq_credentials *c,
                    const char *credential, struct sq_caller *ret, struct sq_error *err) {
        const struct sq_munge_purpose purpose = {c->method, c->target, c->body,
                                                 c->body_length};
        uid_t uid;
        int rc;

        if (!guard->munge)
                return not_here("MUNGE credentials", err);
        rc = sq_munge_check(guard->munge, credential, &purpose, &uid, err);
        if (!rc)
                rc = sq_peer_name(uid, ret->name, err);
        rc = judge(guard, MUNGE, rc, err);
        return rc ? rc : become(guard, "munge", ret);
}

static int by_jwt(struct sq_guard *guard, const struct sq_credentials *c, const char *token,
                  struct sq_caller *ret, struct sq_error *err) {
        int rc;

        if (!guard->jwt)
                return not_here("Slurm's tokens", err);
        rc = judge(guard, JWT, sq_jwt_check(guard->jwt, token, sq_now(), ret->name, err), err);
        if (rc)
                return rc;
        if (c->user_name && strcmp(c->user_name, ret->name) != 0)
                return sq_fail(err, SQ_EACCESS, "the token is not that user's");
        return become(guard, "jwt", ret);
}

static int by_token(struct sq_guard *guard, const char *text, struct sq_caller *ret,
                    struct sq_error *err) {
        struct sq_token_found found;
        int rc;

        if (!guard->tokens)
                return not_here("tokens", err);
        rc = judge(guard, TOKEN, sq_tokens_check(guard->tokens, text, sq_now(), &found, err),
                   err);
        if (rc)
                return rc;
        memcpy(ret->name, found.owner, sizeof ret->name);
        memcpy(ret->token, found.name, sizeof ret->token);
        become(guard, "token", ret);
        if (found.most < ret->role)
                ret->role = found.most;
        return SQ_OK;
}

/* Nobody is root, or Slurm, because a site's directory of people has somebody of that
 * name. */
static int by_proxy(struct sq_guard *guard, const char *name, struct sq_caller *ret,
                    struct sq_error *err) {
        if (sq_name_check(SQ_NAME_USER, name, NULL))
                return sq_fail(err, SQ_EACCESS, "the proxy names nobody who could be a user");
        if (!strcmp(name, "root") || !strcmp(name, guard->config->slurm.user))
                return sq_fail(err, SQ_EACCESS, "a proxy cannot speak for %s", name);
        snprintf(ret->name, sizeof ret->name, "%s", name);
        return become(guard, "proxy", ret);
}

/* --- order ------------------------------------------------------------------------------ */

/* What is behind "SCHEME "; NULL: it is another scheme. */
static const char *behind(const char *authorization, const char *scheme) {
        const size_t n = strlen(scheme);

        if (strncasecmp(authorization, scheme, n) != 0 || authorization[n] != ' ')
                return NULL;
        return authorization + n + strspn(authorization + n, " ");
}

static bool is_ours(const char *token) {
        return !strncmp(token, SQ_SECRET_PREFIX, sizeof SQ_SECRET_PREFIX - 1);
}

static int by_authorization(struct sq_guard *guard, const struct sq_credentials *c,
                            struct sq_caller *ret, struct sq_error *err) {
        const char *text;

        if ((text = behind(c->authorization, "MUNGE")))
                return by_munge(guard, c, text, ret, err);
        if ((text = behind(c->authorization, "Token")) ||
            ((text = behind(c->authorization, "Bearer")) && is_ours(text)))
                return by_token(guard, text, ret, err);
        if (text)
                return by_jwt(guard, c, text, ret, err);
        return sq_fail(err, SQ_EACCESS, "Authorization takes MUNGE, Bearer or Token");
}

static bool is_named_by_proxy(const struct sq_credentials *c) {
        return c->proxy_user && *c->proxy_user;
}

static bool comes_from_a_proxy(const struct sq_guard *guard, const struct sq_credentials *c) {
        struct sockaddr_storage address;
        socklen_t size = sizeof address;

        if (c->address)
                return sq_proxies_have(&guard->proxies, c->address);
        return c->fd >= 0 && !getpeername(c->fd, (struct sockaddr *)&address, &size) &&
               sq_proxies_have(&guard->proxies, (struct sockaddr *)&address);
}

/* Who is no user of this host is nobody: he has not claimed to be anybody. */
static int by_peer(struct sq_guard *guard, const struct sq_credentials *c,
                   struct sq_caller *ret, struct sq_error *err) {
        char name[SQ_NAME_SIZE];
        uid_t uid;

        if (!sq_peer_uid(c->fd, &uid) || sq_peer_name(uid, name, NULL))
                return SQ_OK;
        if (sq_proxies_have_user(&guard->proxies, name))
                return is_named_by_proxy(c) ? by_proxy(guard, c->proxy_user, ret, err) : SQ_OK;
        if (c->passed_on)
                return SQ_OK;
        memcpy(ret->name, name, sizeof ret->name);
        return become(guard, "socket", ret);
}

static int admit(struct sq_guard *guard, const struct sq_credentials *c,
                 struct sq_caller *ret, struct sq_error *err) {
        if (c->authorization && c->user_token)
                return sq_fail(err, SQ_EACCESS, "one credential is enough");
        if (c->repeated)
                return sq_fail(err, SQ_EACCESS, "a header that says who you are came twice");
        if (c->authorization)
                return by_authorization(guard, c, ret, err);
        if (c->user_token)
                return by_jwt(guard, c, c->user_token, ret, err);
        if (is_named_by_proxy(c) && guard->proxies.n && comes_from_a_proxy(guard, c))
                return by_proxy(guard, c->proxy_user, ret, err);
        return by_peer(guard, c, ret, err);
}

int sq_guard_admit(struct sq_guard *guard, const struct sq_credentials *credentials,
                   struct sq_caller *ret, struct sq_error *err) {
        struct sq_caller caller = {.role = SQ_ROLE_NOBODY};
        const int rc = admit(guard, credentials, &caller, err);

        if (rc)
                caller = (struct sq_caller){.role = SQ_ROLE_NOBODY};
        *ret = caller;
        return rc;
}
