#include "server/auth/proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "slurm/name.h"

/* An IPv6 address with an IPv4 one in it, and "/128". */
#define ITEM_MAX 64

/* Before a user's name. */
#define USER "unix:"

_Static_assert(ITEM_MAX <= SQ_PROXY_USER_SIZE, "a user's name fits");

static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_mapped(const unsigned char address[16]) {
        return !memcmp(address, mapped, sizeof mapped);
}

/* The bits behind the first `bits` are all 0. */
static bool ends_at(const unsigned char address[16], int bits) {
        for (int i = bits; i < 128; i++)
                if (address[i / 8] & 0x80 >> i % 8)
                        return false;
        return true;
}

/* Up to three digits; -1: something else. */
static int read_bits(const char *text) {
        int bits = 0, n = 0;

        for (; *text >= '0' && *text <= '9' && n < 3; text++, n++)
                bits = 10 * bits + (*text - '0');
        return *text || !n ? -1 : bits;
}

static int refuse(const char *item, const char *why, struct sq_error *err) {
        sq_fail(err, SQ_EINVAL, "\"%s\" %s", item, why);
        sq_hint(err, "It takes addresses and networks such as 10.0.0.7, 192.168.4.0/24 and"
                     " fd00::/64.");
        return SQ_EINVAL;
}

static int parse_item(const char *item, struct sq_proxy *ret, struct sq_error *err) {
        char text[ITEM_MAX];
        char *slash;
        int most = 128, bits;

        memcpy(text, item, strlen(item) + 1);
        slash = strchr(text, '/');
        if (slash)
                *slash = '\0';
        if (inet_pton(AF_INET, text, ret->address + sizeof mapped) == 1) {
                memcpy(ret->address, mapped, sizeof mapped);
                most = 32;
        } else if (inet_pton(AF_INET6, text, ret->address) != 1) {
                return refuse(item, "is no address", err);
        }
        bits = slash ? read_bits(slash + 1) : most;
        if (bits < 0 || bits > most)
                return refuse(item, "is no network", err);
        if (bits == 0)
                return refuse(item, "is everybody", err);
        ret->bits = 128 - most + bits;
        if (!ends_at(ret->address, ret->bits))
                return refuse(item, "has bits behind those of the network", err);
        ret->is_ipv4 = is_mapped(ret->address) && ret->bits >= 96;
        /* ::ffff:0:0/96 is every IPv4 address, as 0.0.0.0/0 is. */
        return ret->bits == 96 && ret->is_ipv4 ? refuse(item, "is everybody", err) : SQ_OK;
}

static int parse_user(const char *name, struct sq_proxies *ret, struct sq_error *err) {
        if (ret->users == SQ_PROXY_USERS_MAX)
                return sq_fail(err, SQ_ERANGE, "more than %d users", SQ_PROXY_USERS_MAX);
        if (sq_name_check(SQ_NAME_USER, name, NULL))
                return sq_fail(err, SQ_EINVAL, "\"unix:%s\" is no user", name);
        memcpy(ret->user[ret->users++], name, strlen(name) + 1);
        return SQ_OK;
}

int sq_proxies_parse(const char *list, struct sq_proxies *ret, struct sq_error *err) {
        struct sq_proxies proxies = {.n = 0, .users = 0};
        char item[ITEM_MAX];
        int rc;

        for (const char *end; *list; list = end + (*end == ';')) {
                size_t n;

                list += strspn(list, " \t");
                end = list + strcspn(list, ";");
                for (n = (size_t)(end - list); n && strchr(" \t", list[n - 1]); n--)
                        ;
                if (!n)
                        continue;
                if (n >= sizeof item)
                        return sq_fail(err, SQ_EINVAL, "\"%.40s...\" is no address", list);
                memcpy(item, list, n);
                item[n] = '\0';
                if (!strncmp(item, USER, sizeof USER - 1))
                        rc = parse_user(item + sizeof USER - 1, &proxies, err);
                else if (proxies.n == SQ_PROXIES_MAX)
                        rc = sq_fail(err, SQ_ERANGE, "more than %d addresses", SQ_PROXIES_MAX);
                else
                        rc = parse_item(item, &proxies.item[proxies.n++], err);
                if (rc)
                        return rc;
        }
        *ret = proxies;
        return SQ_OK;
}

/* --- clients -------------------------------------------------------------------------- */

static bool is_in(const struct sq_proxy *proxy, const unsigned char address[16]) {
        const int bytes = proxy->bits / 8, rest = proxy->bits % 8;

        if (proxy->is_ipv4 != is_mapped(address) ||
            memcmp(proxy->address, address, (size_t)bytes) != 0)
                return false;
        return !rest || !((proxy->address[bytes] ^ address[bytes]) & 0xff00 >> rest & 0xff);
}

bool sq_proxies_have(const struct sq_proxies *proxies, const struct sockaddr *client) {
        unsigned char address[16];

        if (client && client->sa_family == AF_INET) {
                memcpy(address, mapped, sizeof mapped);
                memcpy(address + sizeof mapped,
                       &((const struct sockaddr_in *)(const void *)client)->sin_addr, 4);
        } else if (client && client->sa_family == AF_INET6) {
                memcpy(address, &((const struct sockaddr_in6 *)(const void *)client)->sin6_addr,
                       16);
        } else {
                return false;
        }
        for (size_t i = 0; i < proxies->n; i++)
                if (is_in(&proxies->item[i], address))
                        return true;
        return false;
}

bool sq_proxies_have_user(const struct sq_proxies *proxies, const char *name) {
        for (size_t i = 0; i < proxies->users; i++)
                if (!strcmp(proxies->user[i], name))
                        return true;
        return false;
}

/* --- the header ----------------------------------------------------------------------- */

int sq_proxy_check_header(const char *name, struct sq_error *err) {
        static const char *const taken[] = {
                "Authorization", "Host", "Content-Length", "Content-Type", "Connection",
                "Cookie", "X-SLURM-USER-NAME", "X-SLURM-USER-TOKEN"};
        const size_t length = strlen(name);

        if (!length || length > ITEM_MAX ||
            strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") !=
                    length)
                return sq_fail(err, SQ_EINVAL, "\"%.64s\" is not the name of a header", name);
        for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
                if (!strcasecmp(name, taken[i]))
                        return sq_fail(err, SQ_EINVAL, "the header \"%s\" says something else",
                                       name);
        return SQ_OK;
}
