#include "wire/client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "wire/credential.h"
#include "wire/reply.h"
#include "wire/url.h"

/* Slurm's tokens have some 200 bytes; all headers together must fit into 16 KiB. */
#define TOKEN_MAX 8192

struct sq_client {
        struct sq_url url;
        char *given, *munge_socket, *token, *ca_file; /* the last two may be NULL */
        long timeout_seconds;
        bool has_reached;
        struct sq_error no_credential; /* why we came as nobody; else its text is empty */
};

SQ_DEFINE_CLEANUP(CURL *, curl_easy_cleanup)
SQ_DEFINE_CLEANUP(struct curl_slist *, curl_slist_free_all)

/* --- the client ------------------------------------------------------------------ */

static bool is_token(const char *token) {
        const char *p = token;

        while (*p > ' ' && *p < 0x7f)
                p++;
        return !*p && p > token && p - token <= TOKEN_MAX;
}

/* NULL stays NULL; false: out of memory. */
static bool copy(const char *text, char **ret) {
        *ret = text ? strdup(text) : NULL;
        return *ret || !text;
}

int sq_client_open(const struct sq_client_options *options, struct sq_client **ret,
                   struct sq_error *err) {
        SQ_CLEANUP(sq_client_closep) struct sq_client *client = calloc(1, sizeof *client);
        int rc;

        if (!client || !copy(options->url, &client->given) ||
            !copy(options->munge_socket, &client->munge_socket) ||
            !copy(options->token, &client->token) || !copy(options->ca_file, &client->ca_file))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        rc = sq_url_parse(options->url, &client->url, err);
        if (rc)
                return rc;
        if (client->token && !is_token(client->token))
                return sq_fail(err, SQ_EINVAL, "the token is not one word of plain text");
        client->timeout_seconds = (long)options->timeout_seconds;
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return sq_fail(err, SQ_ENOMEM, "libcurl does not start");
        *ret = SQ_TAKE(client);
        return SQ_OK;
}

void sq_client_close(struct sq_client *client) {
        if (!client)
                return;
        free(client->given);
        free(client->munge_socket);
        free(client->token);
        free(client->ca_file);
        free(client);
}

const char *sq_client_url(const struct sq_client *client) {
        return client->given;
}

bool sq_client_has_reached(const struct sq_client *client) {
        return client->has_reached;
}

/* --- what goes into a request ---------------------------------------------------- */

static bool is_reading(const char *method) {
        return !strcmp(method, "GET");
}

/* With token and credential the head of a request, `name` before `value`. */
static int add_header(struct curl_slist **list, const char *name, const char *value,
                      struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *line = NULL;
        struct curl_slist *longer;

        if (asprintf(&line, "%s%s", name, value) < 0)
                line = NULL;
        longer = line ? curl_slist_append(*list, line) : NULL;
        if (!longer)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        *list = longer;
        return SQ_OK;
}

/* Who we are.  *ret_by_munge: with a credential that is good for once. */
static int add_identity(struct sq_client *client, const char *method, const char *target,
                        const char *body, struct curl_slist **list, bool *ret_by_munge,
                        struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *credential = NULL;
        int rc;

        *ret_by_munge = false;
        if (client->token)
                return add_header(list, "Authorization: Bearer ", client->token, err);
        if (client->url.socket[0])
                return SQ_OK;
        rc = sq_credential_make(client->munge_socket, method, target, body, &credential,
                                &client->no_credential);
        if (rc == SQ_EIO && is_reading(method))
                return SQ_OK;
        if (rc) {
                if (err)
                        *err = client->no_credential;
                return rc;
        }
        *ret_by_munge = true;
        return add_header(list, "Authorization: MUNGE ", credential, err);
}

static int add_rest(const char *body, struct curl_slist **list, struct sq_error *err) {
        int rc = add_header(list, "Accept: application/json", "", err);

        if (!rc && body)
                rc = add_header(list, "Content-Type: application/json", "", err);
        /* Bodies are a few bytes: nobody needs to be asked whether they may be sent. */
        return rc ? rc : add_header(list, "Expect:", "", err);
}

/* --- one request ------------------------------------------------------------------ */

struct transfer {
        struct sq_answered said;
        size_t room;
        bool too_long;
        char why[CURL_ERROR_SIZE];
};

static size_t take(char *data, size_t one, size_t length, void *payload) {
        struct transfer *t = payload;
        const size_t wanted = t->said.length + length + 1;
        char *text;

        (void)one;
        if (wanted > SQ_ANSWER_MAX) {
                t->too_long = true;
                return 0;
        }
        if (wanted > t->room) {
                t->room = wanted < 4096 ? 4096 : 2 * wanted;
                text = realloc(t->said.text, t->room);
                if (!text)
                        return 0;
                t->said.text = text;
        }
        memcpy(t->said.text + t->said.length, data, length);
        t->said.length += length;
        t->said.text[t->said.length] = '\0';
        return length;
}

static void only_http(CURL *curl) {
#if LIBCURL_VERSION_NUM >= 0x075500
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static void set_up(struct sq_client *client, CURL *curl, const char *method, const char *url,
                   const char *body, struct transfer *t) {
        curl_easy_setopt(curl, CURLOPT_URL, url);
        only_http(curl);
        curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
        curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L); /* the credential names it so */
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, client->timeout_seconds);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, client->timeout_seconds);
        curl_easy_setopt(curl, CURLOPT_USERAGENT, "slurm-quota/" SQ_VERSION);
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, t->why);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
        if (client->url.socket[0])
                curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, client->url.socket);
        if (client->ca_file)
                curl_easy_setopt(curl, CURLOPT_CAINFO, client->ca_file);
        if (!is_reading(method))
                curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
        if (body)
                curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
}

/* Whether the request was on its way: a connection was there to send it on. */
static bool was_sent(CURL *curl) {
        curl_off_t before = 0;

        curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &before);
        return before > 0;
}

static void tell_why(const struct sq_client *client, CURL *curl, CURLcode code,
                     const struct transfer *t, struct sq_error *err) {
        const char *url = client->given;
        long number = 0;

        curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &number);
        if (t->too_long)
                sq_fail(err, SQ_EIO, "the answer of %.200s is longer than %d MiB", url,
                        SQ_ANSWER_MAX >> 20);
        else if (code == CURLE_COULDNT_RESOLVE_HOST)
                sq_fail(err, SQ_EIO, "could not reach the service at %.200s: the name of its"
                                     " host is not known", url);
        else if (code == CURLE_OPERATION_TIMEDOUT)
                sq_fail(err, SQ_EIO, "the service at %.200s did not answer within %ld seconds",
                        url, client->timeout_seconds);
        else if (code == CURLE_GOT_NOTHING)
                sq_fail(err, SQ_EIO, "the service at %.200s hung up without an answer", url);
        else if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY)
                sq_fail(err, SQ_EIO, "what answers at %.200s does not speak HTTP", url);
        else
                sq_fail(err, SQ_EIO, "could not %s the service at %.200s: %.200s",
                        was_sent(curl) ? "hear" : "reach", url,
                        code == CURLE_COULDNT_CONNECT && number ? strerror((int)number)
                        : t->why[0]                             ? t->why
                                                                : curl_easy_strerror(code));
}

/* A question that has a body changes nothing either. */
static bool is_change(const char *method, const char *target) {
        return !is_reading(method) && strcmp(target, "/estimate") != 0;
}

static int no_answer(const struct sq_client *client, CURL *curl, CURLcode code, bool changes,
                     const struct transfer *t, struct sq_error *err) {
        tell_why(client, curl, code, t, err);
        if (changes && was_sent(curl)) {
                sq_context(err, "it is not known whether anything was changed");
                sq_hint(err, "Look before you try again: slurm-quota history, default-quotas or"
                             " gpu-factors.");
        } else if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
                sq_hint(err, "SLURM_QUOTA_CA_CERT names the file with the certificate of its"
                             " authority.");
        } else {
                sq_hint(err, "Does \"slurm-quota serve\" run there (slurm-quota.socket)?"
                             " SLURM_QUOTA_URL, or client.url of the configuration, names the"
                             " service.");
        }
        return SQ_EIO;
}

static int ask_once(struct sq_client *client, const char *method, const char *target,
                    const char *body, struct transfer *t, long *ret_status,
                    bool *ret_by_munge, struct sq_error *err) {
        SQ_CLEANUP(curl_slist_free_allp) struct curl_slist *headers = NULL;
        SQ_CLEANUP(curl_easy_cleanupp) CURL *curl = curl_easy_init();
        SQ_CLEANUP(sq_freep) char *url = NULL;
        CURLcode code;
        int rc;

        if (asprintf(&url, "%s%s", client->url.base, target) < 0)
                url = NULL;
        if (!curl || !url)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        if ((rc = add_identity(client, method, target, body, &headers, ret_by_munge, err)) ||
            (rc = add_rest(body, &headers, err)))
                return rc;
        set_up(client, curl, method, url, body, t);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        code = curl_easy_perform(curl);
        client->has_reached = client->has_reached || was_sent(curl);
        if (code != CURLE_OK)
                return no_answer(client, curl, code, is_change(method, target), t, err);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
        return SQ_OK;
}

int sq_client_ask(struct sq_client *client, const char *method, const char *target,
                  const char *body, struct sq_answered *ret, struct sq_error *err) {
        struct transfer t = {.room = 0};
        bool again = true, by_munge = false;
        long status = 0;
        int rc;

        for (;; again = false) {
                rc = ask_once(client, method, target, body, &t, &status, &by_munge, err);
                /* Refused, and so nothing was done: it may have waited too long on its way,
                 * or have been seen before. */
                if (rc || status != 401 || !by_munge || !again)
                        break;
                free(t.said.text);
                t = (struct transfer){.room = 0};
        }
        if (!rc && status / 100 != 2) {
                rc = sq_reply_error(client->given, status, t.said.text ? t.said.text : "",
                                    t.said.length, err);
                if (rc == SQ_EACCESS && client->no_credential.text[0])
                        sq_context(err, "%s", client->no_credential.text);
                if (status == 401 && client->token)
                        sq_hint(err, "The token that the environment gives is not good (any"
                                     " more): see slurm-quota token.");
        }
        if (rc)
                free(t.said.text);
        else
                *ret = t.said;
        return rc;
}
