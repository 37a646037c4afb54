/* proxy.h - proxies that may say whose request it is
 *
 * A list of addresses and networks: "10.0.0.7; 192.168.4.0/24; fd00::/64".  A client that
 * came to an IPv6 socket over IPv4 (::ffff:10.0.0.7) is the IPv4 one, in the list too.
 * "unix:www-data" is a proxy that comes to a Unix socket as that user.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"

/* A site has one or two; each is compared with each request that has the header. */
#define SQ_PROXIES_MAX 64

struct sq_proxy {
        bool is_ipv4; /* the last four of the bytes, which are mapped ones */
        unsigned char address[16];
        int bits; /* of those 128 that count */
};

/* useradd's own limit for names is 32. */
#define SQ_PROXY_USER_SIZE 64
#define SQ_PROXY_USERS_MAX 8

struct sq_proxies {
        size_t n;
        struct sq_proxy item[SQ_PROXIES_MAX];
        size_t users;
        char user[SQ_PROXY_USERS_MAX][SQ_PROXY_USER_SIZE];
};

/* Reads a list; blanks around its items are nothing, and so are empty items.
 * SQ_EINVAL: an item is no address, network or user, has bits behind its prefix
 * (10.0.0.7/8), or is the network of everybody (/0); SQ_ERANGE: more than SQ_PROXIES_MAX, or
 * SQ_PROXY_USERS_MAX. */
int sq_proxies_parse(const char *list, struct sq_proxies *ret, struct sq_error *err);

/* Whether the client is one of them.  NULL and what is neither IPv4 nor IPv6: no. */
bool sq_proxies_have(const struct sq_proxies *proxies, const struct sockaddr *client);

/* Whether who is at the other end of a Unix socket, by his login name, is one. */
bool sq_proxies_have_user(const struct sq_proxies *proxies, const char *name);

/* Whether it is the name of a header, and of none that says something else:
 * SQ_EINVAL. */
int sq_proxy_check_header(const char *name, struct sq_error *err);
