#include "server/request.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "server/route.h"

const char *sq_request_path(const char *target) {
        const size_t n = strlen("http://");

        if (strncasecmp(target, "http://", n) != 0)
                return target;
        target += n;
        return target + strcspn(target, "/?");
}

/* --- decoding ------------------------------------------------------------------------ */

static int hex(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        c |= 0x20;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Where text comes from: in a query, not in a path, "+" is a blank. */
enum place { PATH, QUERY };

static const char *place_name(enum place place) {
        return place == PATH ? "path" : "query";
}

/* One decoded byte from the front of *text; -1: there is none that could be decoded. */
static int next_byte(enum place place, const char **text, const char *end) {
        const char *p = *text;
        int byte = (unsigned char)*p == '+' && place == QUERY ? ' ' : (unsigned char)*p;

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

static int decode(enum place place, const char *text, const char *end, struct part *ret,
                  struct sq_error *err) {
        size_t n = 0;
        int byte;

        ret->too_long = false;
        while (text < end) {
                byte = next_byte(place, &text, end);
                if (byte < 0)
                        return sq_fail(err, SQ_EINVAL, "the %s cannot be decoded",
                                       place_name(place));
                if (byte == 0)
                        return sq_fail(err, SQ_EINVAL, "the %s holds a NUL byte",
                                       place_name(place));
                if (n < SQ_NAME_MAX)
                        ret->text[n++] = (char)byte;
                else
                        ret->too_long = true;
        }
        ret->text[n] = '\0';
        return SQ_OK;
}

static int check(const struct part *value, const char *name, struct sq_error *err) {
        if (value->too_long)
                return sq_fail(err, SQ_EINVAL, "%s is longer than %d bytes", name,
                               SQ_NAME_MAX);
        if (!sq_utf8_is_text(value->text))
                return sq_fail(err, SQ_EINVAL, "%s is not valid UTF-8", name);
        return SQ_OK;
}

/* --- the path -------------------------------------------------------------------------- */

/* The length of what stands up to the next "/". */
static size_t segment(const char *text, const char *end) {
        const char *slash = memchr(text, '/', (size_t)(end - text));

        return (size_t)((slash ? slash : end) - text);
}

/* Whether a path is the one of a route, whose variables are anything but nothing. */
static bool is_path_of(const char *pattern, const char *path, const char *end) {
        const char *pattern_end = pattern + strlen(pattern);

        for (;;) {
                const size_t n = segment(path, end), m = segment(pattern, pattern_end);

                if (*pattern == '{' ? !n : n != m || memcmp(path, pattern, n) != 0)
                        return false;
                path += n;
                pattern += m;
                if (path == end || pattern == pattern_end)
                        return path == end && pattern == pattern_end;
                path++;
                pattern++;
        }
}

static int take_parts(struct sq_request *request, const char *path, const char *end,
                      struct sq_error *err) {
        const char *pattern = request->route->path;
        const char *pattern_end = pattern + strlen(pattern);
        struct part part;
        int i = 0, rc = SQ_OK;

        while (pattern < pattern_end && !rc) {
                const size_t n = segment(path, end), m = segment(pattern, pattern_end);

                if (*pattern == '{') {
                        rc = decode(PATH, path, path + n, &part, err);
                        if (!rc)
                                rc = check(&part, "a name in the path", err);
                        if (!rc)
                                memcpy(request->part[i++], part.text, sizeof part.text);
                }
                path += n + 1;
                pattern += m + 1;
        }
        return rc;
}

static bool is_method(const char *method, const char *of_route) {
        return !strcmp(method, of_route) ||
               (!strcmp(method, "HEAD") && !strcmp(of_route, "GET"));
}

/* The first path of the table that is the one: those without variables stand before those
 * that would take their words for one. */
static void find_route(struct sq_request *request, const char *path, const char *end) {
        const struct sq_route *route, *other = NULL;

        for (size_t i = 0; (route = sq_route_at(i)); i++) {
                if (!is_path_of(route->path, path, end) ||
                    (other && strcmp(other->path, route->path) != 0))
                        continue;
                if (is_method(request->method, route->method)) {
                        request->route = route;
                        return;
                }
                other = other ? other : route;
        }
        request->route = other;
        request->other_method = other != NULL;
}

/* --- the query ------------------------------------------------------------------------- */

/* The place of a parameter; SQ_REQUEST_PARAMETERS: the route knows none of that name. */
static size_t find_parameter(const struct sq_route *route, const struct part *name) {
        size_t i = 0;

        while (i < SQ_REQUEST_PARAMETERS &&
               !(route->parameter[i] && !name->too_long &&
                 !strcmp(name->text, route->parameter[i])))
                i++;
        return i;
}

/* "NAME=VALUE", or a name alone, which is blank. */
static int take_parameter(const char *text, const char *end, struct sq_request *request,
                          struct sq_error *err) {
        const char *equals = memchr(text, '=', (size_t)(end - text));
        struct part name, value;
        size_t i;
        int rc = decode(QUERY, text, equals ? equals : end, &name, err);

        if (!rc)
                rc = decode(QUERY, equals ? equals + 1 : end, end, &value, err);
        if (rc)
                return rc;
        i = find_parameter(request->route, &name);
        if (i == SQ_REQUEST_PARAMETERS || *request->parameter[i] ||
            !value.text[strspn(value.text, " \t")])
                return SQ_OK;
        rc = check(&value, name.text, err);
        if (!rc)
                memcpy(request->parameter[i], value.text, sizeof value.text);
        return rc;
}

static int take_query(const char *query, struct sq_request *request, struct sq_error *err) {
        int rc = SQ_OK;

        while (*query && !rc) {
                const char *end = query + strcspn(query, "&");

                rc = take_parameter(query, end, request, err);
                query = end + (*end == '&');
        }
        return rc;
}

int sq_request_parse(struct sq_request *request, struct sq_error *err) {
        const char *path = sq_request_path(request->target);
        const char *end = path + strcspn(path, "?#");
        int rc;

        request->route = NULL;
        request->other_method = false;
        for (size_t i = 0; i < SQ_REQUEST_PARTS; i++)
                request->part[i][0] = '\0';
        for (size_t i = 0; i < SQ_REQUEST_PARAMETERS; i++)
                request->parameter[i][0] = '\0';
        find_route(request, path, end);
        if (!request->route || request->other_method)
                return SQ_OK;
        rc = take_parts(request, path, end, err);
        /* Who has no parameters does not care what is in a query. */
        if (!rc && *end == '?' && request->route->parameter[0])
                rc = take_query(end + 1, request, err);
        return rc;
}
