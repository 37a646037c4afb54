#include "server/request.h"

#include <string.h>
#include <strings.h>

#include "server/utf8.h"

/* What is behind the host of "http://HOST/path", which a client may send to anybody and
 * does send to a proxy. */
static const char *path_of(const char *target) {
        const size_t n = strlen("http://");

        if (strncasecmp(target, "http://", n) != 0)
                return target;
        target += n;
        return target + strcspn(target, "/?");
}

static enum sq_route route_of(const char *path, size_t length) {
        static const struct {
                const char *path;
                enum sq_route route;
        } routes[] = {{"/health", SQ_ROUTE_HEALTH}, {"/stats", SQ_ROUTE_STATS}};

        for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
                if (length == strlen(routes[i].path) && !memcmp(path, routes[i].path, length))
                        return routes[i].route;
        return SQ_ROUTE_NONE;
}

static int hex(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        c |= 0x20;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One decoded byte from the front of *text; -1: there is none that could be decoded. */
static int next_byte(const char **text, const char *end) {
        const char *p = *text;
        int byte = (unsigned char)*p == '+' ? ' ' : (unsigned char)*p;

        *text += 1;
        if (*p != '%')
                return byte;
        if (end - p < 3 || hex(p[1]) < 0 || hex(p[2]) < 0)
                return -1;
        *text += 2;
        return hex(p[1]) << 4 | hex(p[2]);
}

struct part {
        char text[SQ_NAME_SIZE];
        bool too_long; /* and cut off at SQ_NAME_MAX */
};

static int decode(const char *text, const char *end, struct part *ret, struct sq_error *err) {
        size_t n = 0;
        int byte;

        ret->too_long = false;
        while (text < end) {
                byte = next_byte(&text, end);
                if (byte < 0)
                        return sq_fail(err, SQ_EINVAL, "the query cannot be decoded");
                if (byte == 0)
                        return sq_fail(err, SQ_EINVAL, "the query holds a NUL byte");
                if (n < SQ_NAME_MAX)
                        ret->text[n++] = (char)byte;
                else
                        ret->too_long = true;
        }
        ret->text[n] = '\0';
        return SQ_OK;
}

static bool is_named(const struct part *name, const char *wanted) {
        return !name->too_long && !strcmp(name->text, wanted);
}

/* "NAME=VALUE", or a name alone, which is blank. */
static int take_parameter(const char *text, const char *end, struct sq_request *request,
                          struct sq_error *err) {
        const char *equals = memchr(text, '=', (size_t)(end - text));
        struct part name, value;
        char *to;
        int rc = decode(text, equals ? equals : end, &name, err);

        if (!rc)
                rc = decode(equals ? equals + 1 : end, end, &value, err);
        if (rc)
                return rc;
        to = is_named(&name, "username")  ? request->user
             : is_named(&name, "account") ? request->account
                                          : NULL;
        if (!to || *to || !value.text[strspn(value.text, " \t")])
                return SQ_OK;
        if (value.too_long)
                return sq_fail(err, SQ_EINVAL, "%s is longer than %d bytes", name.text,
                               SQ_NAME_MAX);
        if (!sq_utf8_is_text(value.text))
                return sq_fail(err, SQ_EINVAL, "%s is not valid UTF-8", name.text);
        memcpy(to, value.text, SQ_NAME_SIZE);
        return SQ_OK;
}

static int take_query(const char *query, struct sq_request *request, struct sq_error *err) {
        int rc = SQ_OK;

        while (*query && !rc) {
                const char *end = query + strcspn(query, "&");

                rc = take_parameter(query, end, request, err);
                query = end + (*end == '&');
        }
        if (!rc && *request->user && *request->account)
                rc = sq_fail(err, SQ_EINVAL, "username and account are mutually exclusive");
        sq_name_lower(request->account, request->account, sizeof request->account);
        return rc;
}

int sq_request_parse(const char *target, struct sq_request *ret, struct sq_error *err) {
        const char *path = path_of(target);
        const size_t length = strcspn(path, "?#");

        ret->user[0] = ret->account[0] = '\0';
        ret->route = route_of(path, length);
        if (ret->route != SQ_ROUTE_STATS || path[length] != '?')
                return SQ_OK;
        return take_query(path + length + 1, ret, err);
}
