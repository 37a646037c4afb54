#include "cli/way.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/administrator.h"
#include "cli/ledger_desk.h"
#include "cli/module.h"
#include "wire/service.h"

/* Slurm's tokens have some 200 bytes. */
#define TOKEN_FILE_MAX 8192

/* NULL: not set, or to nothing. */
static const char *environment(const char *name) {
        const char *value = getenv(name);

        return value && *value ? value : NULL;
}

/* --- the token ------------------------------------------------------------------------- */

static int cannot_read(const char *path, struct sq_error *err) {
        return sq_fail(err, SQ_EIO, "could not read the token in \"%.200s\": %s", path,
                       strerror(errno));
}

/* The file's only line; *ret is the caller's. */
static int read_token(const char *path, char **ret, struct sq_error *err) {
        SQ_CLEANUP(sq_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        SQ_CLEANUP(sq_freep) char *text = calloc(1, TOKEN_FILE_MAX + 1);
        size_t length = 0;

        if (!text)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        if (fd < 0 || !sq_file_read(fd, text, TOKEN_FILE_MAX, &length))
                return cannot_read(path, err);
        text[strcspn(text, "\r\n")] = '\0';
        *ret = SQ_TAKE(text);
        return SQ_OK;
}

static int find_token(char **ret, struct sq_error *err) {
        const char *token = environment(SQ_TOKEN_ENVIRONMENT);
        const char *path = environment(SQ_TOKEN_FILE_ENVIRONMENT);

        if (!token)
                return path ? read_token(path, ret, err) : SQ_OK;
        *ret = strdup(token);
        return *ret ? SQ_OK : sq_fail(err, SQ_ENOMEM, "out of memory");
}

/* --- to a service ---------------------------------------------------------------------- */

/* `instead` is why it is asked when nobody said so, or NULL. */
static int go_to_service(const struct sq_config *config, const char *url, int instead_code,
                         const struct sq_error *instead, struct sq_desk **ret,
                         struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *token = NULL;
        struct sq_service_options options = {
                .client = {
                        .url = url,
                        .timeout_seconds = config->client.timeout_seconds,
                        .munge_socket = config->auth.munge_socket,
                        .ca_file = environment(SQ_CA_ENVIRONMENT),
                },
                .instead_code = instead ? instead_code : SQ_OK,
        };
        sq_service_open_fn open_service;
        void *function;
        int rc;

        if ((rc = find_token(&token, err)) ||
            (rc = sq_module_load(SQ_SERVICE_MODULE, SQ_SERVICE_SYMBOL,
                                 "what asks a service", &function, err)))
                return rc;
        open_service = (sq_service_open_fn)function;
        options.client.token = token;
        if (instead)
                options.instead = *instead;
        return open_service(&options, ret, err);
}

/* --- which way ------------------------------------------------------------------------- */

static bool is_administrator(const struct sq_call *call) {
        return sq_administrator_check(call, NULL) == SQ_OK;
}

/* The site says that the ledger is somewhere else. */
static bool has_named_service(const struct sq_config *config) {
        return strcmp(config->client.url, SQ_CLIENT_URL) != 0;
}

/* To the service of the configuration; `code` and `why` are what keeps it from being done
 * here, which matters when nobody has named a service. */
static int go_away(const struct sq_config *config, int code, const struct sq_error *why,
                   struct sq_desk **ret, struct sq_error *err) {
        const bool is_guess = code && !has_named_service(config);

        return go_to_service(config, config->client.url, code, is_guess ? why : NULL, ret,
                             err);
}

int sq_way_to_ask(const struct sq_call *call, const char *nothing_yet, struct sq_desk **ret,
                  struct sq_error *err) {
        const char *url = environment(SQ_URL_ENVIRONMENT);
        struct sq_ledger *ledger = NULL;
        struct sq_error here = {.text = ""};
        int rc;

        if (url)
                return go_to_service(call->config, url, SQ_OK, NULL, ret, err);
        rc = sq_reader_open(call->config, &ledger, &here);
        if (!rc)
                return sq_ledger_desk_open(call->config, ledger, ret, err);
        if (rc == SQ_ENOTFOUND)
                sq_context(&here, "%s", nothing_yet);
        /* Nothing yet, on the host where it will be, or a failure that a service has too. */
        if ((rc != SQ_ENOTFOUND && rc != SQ_EACCESS) ||
            (rc == SQ_ENOTFOUND && is_administrator(call) &&
             !has_named_service(call->config))) {
                if (err)
                        *err = here;
                return rc;
        }
        return go_away(call->config, rc, &here, ret, err);
}

/* root on a host that has a service named but no database must not make one. */
static bool is_made_here(const struct sq_call *call) {
        return is_administrator(call) &&
               (!has_named_service(call->config) ||
                access(call->config->store.path, F_OK) == 0);
}

int sq_way_to_change(const struct sq_call *call, struct sq_desk **ret, struct sq_error *err) {
        const char *url = environment(SQ_URL_ENVIRONMENT);
        struct sq_error here = {.text = ""};
        int rc;

        if (url)
                return go_to_service(call->config, url, SQ_OK, NULL, ret, err);
        if (is_made_here(call))
                return sq_ledger_desk_open(call->config, NULL, ret, err);
        rc = sq_administrator_check(call, &here);
        return go_away(call->config, rc, &here, ret, err);
}
