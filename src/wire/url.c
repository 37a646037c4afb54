#include "wire/url.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_letter_or_digit(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What RFC 3986 has in hosts and paths, without `@`: see below. */
static bool has_only_url_characters(const char *text) {
        for (; *text; text++)
                if (!is_letter_or_digit(*text) && !strchr("-._~!$&'()*+,;=:[]/%", *text))
                        return false;
        return true;
}

static bool begins_with(const char *text, const char *prefix) {
        return !strncasecmp(text, prefix, strlen(prefix));
}

static int not_acceptable(const char *text, const char *why, struct sq_error *err) {
        sq_fail(err, SQ_EINVAL, "\"%.200s\" is not the address of a service: %s", text, why);
        sq_hint(err, "As in: SLURM_QUOTA_URL=http://controller:9911/");
        return SQ_EINVAL;
}

static int parse_socket(const char *text, struct sq_url *ret, struct sq_error *err) {
        const char *path = text + strlen("unix:");

        if (begins_with(path, "//")) /* as in unix:///run/... */
                path += 2;
        if (*path != '/')
                return not_acceptable(text, "the path of a socket begins with /", err);
        if (strlen(path) >= sizeof ret->socket)
                return not_acceptable(text, "no socket has so long a path", err);
        snprintf(ret->socket, sizeof ret->socket, "%s", path);
        snprintf(ret->base, sizeof ret->base, "http://localhost");
        return SQ_OK;
}

int sq_url_parse(const char *text, struct sq_url *ret, struct sq_error *err) {
        const char *host;
        size_t n = strlen(text);

        *ret = (struct sq_url){.base = ""};
        if (n > SQ_URL_MAX)
                return not_acceptable(text, "it is too long", err);
        if (begins_with(text, "unix:"))
                return parse_socket(text, ret, err);
        if (!begins_with(text, "http://") && !begins_with(text, "https://"))
                return not_acceptable(text, "it begins with http://, https:// or unix:", err);
        host = strstr(text, "://") + 3;
        if (!is_letter_or_digit(*host) && *host != '[')
                return not_acceptable(text, "there is no host", err);
        /* A password would be in the environment of every process, and in our errors. */
        if (strchr(host, '@'))
                return not_acceptable(text, "it must not hold a user or a password", err);
        if (strpbrk(host, "?#"))
                return not_acceptable(text, "it must not hold a query", err);
        if (!has_only_url_characters(host))
                return not_acceptable(text, "it holds characters that no address has", err);
        while (text[n - 1] == '/')
                n--;
        memcpy(ret->base, text, n);
        ret->base[n] = '\0';
        return SQ_OK;
}

/* --- targets --------------------------------------------------------------------- */

static void add(struct sq_target *target, const char *text, size_t length) {
        if (length >= sizeof target->text - target->n) {
                target->too_long = true;
                return;
        }
        memcpy(target->text + target->n, text, length);
        target->n += length;
        target->text[target->n] = '\0';
}

/* Every byte but those that stand for themselves everywhere, and those of `also`. */
static void add_encoded(struct sq_target *target, const char *text, const char *also) {
        char code[4];

        for (; *text; text++) {
                if (is_letter_or_digit(*text) || strchr("-._~", *text) ||
                    strchr(also, *text)) {
                        add(target, text, 1);
                        continue;
                }
                snprintf(code, sizeof code, "%%%02X", (unsigned char)*text);
                add(target, code, 3);
        }
}

void sq_target_begin(struct sq_target *target, const char *path) {
        target->n = 0;
        target->queried = target->too_long = false;
        target->text[0] = '\0';
        add(target, path, strlen(path));
}

/* The credential covers the target, and a proxy that takes the base path off may write the
 * rest anew: what proxies leave unencoded in paths must be so from the start. */
void sq_target_add_segment(struct sq_target *target, const char *segment) {
        add(target, "/", 1);
        add_encoded(target, segment, "@:$!,=");
}

void sq_target_add_parameter(struct sq_target *target, const char *name, const char *value) {
        if (!value)
                return;
        add(target, target->queried ? "&" : "?", 1);
        target->queried = true;
        add(target, name, strlen(name));
        add(target, "=", 1);
        add_encoded(target, value, "");
}

void sq_target_add_number(struct sq_target *target, const char *name, int64_t number) {
        char text[24];

        snprintf(text, sizeof text, "%" PRId64, number);
        sq_target_add_parameter(target, name, text);
}
