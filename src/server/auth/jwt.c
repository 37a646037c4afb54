#include "server/auth/jwt.h"

#include <errno.h>
#include <fcntl.h>
#include <jwt.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Slurm's have about 150 bytes; a site's own may carry more claims. */
#define TOKEN_MAX 8192

/* RFC 7518, 3.2: as many bits as the hash has.  Slurm's manual makes 32 bytes. */
#define KEY_MIN 32
/* Room for a key in PEM, which older manuals of Slurm make. */
#define KEY_MAX 16384

/* By how much the clocks of two hosts may differ.  Only for the moment at which a token was
 * made: that a token has expired is not put off. */
#define SKEW_SECONDS 60

struct key {
        struct timespec changed;
        dev_t device;
        ino_t inode;
        size_t length; /* 0: not read yet */
        unsigned char bytes[KEY_MAX];
};

struct sq_jwt {
        const char *path;
        pthread_mutex_t mutex; /* of the key */
        struct key key;
};

int sq_jwt_open(const char *key_path, struct sq_jwt **ret, struct sq_error *err) {
        struct sq_jwt *jwt = calloc(1, sizeof *jwt);

        if (!jwt)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        jwt->path = key_path;
        pthread_mutex_init(&jwt->mutex, NULL);
        *ret = jwt;
        return SQ_OK;
}

void sq_jwt_close(struct sq_jwt *jwt) {
        if (!jwt)
                return;
        pthread_mutex_destroy(&jwt->mutex);
        sodium_memzero(&jwt->key, sizeof jwt->key);
        free(jwt);
}

/* --- the key -------------------------------------------------------------------------- */

static bool is_same(const struct key *key, const struct stat *st) {
        return key->length && key->length == (size_t)st->st_size &&
               key->device == st->st_dev && key->inode == st->st_ino &&
               key->changed.tv_sec == st->st_ctim.tv_sec &&
               key->changed.tv_nsec == st->st_ctim.tv_nsec;
}

static int check_file(const char *path, const struct stat *st, struct sq_error *err) {
        if (!S_ISREG(st->st_mode))
                return sq_fail(err, SQ_EIO, "the key \"%s\" is not a file", path);
        if (st->st_mode & (S_IROTH | S_IWOTH))
                return sq_fail(err, SQ_EIO, "the key \"%s\" is open to everybody", path);
        if (st->st_size < KEY_MIN || st->st_size > KEY_MAX)
                return sq_fail(err, SQ_EIO, "the key \"%s\" does not have %d to %d bytes", path,
                               KEY_MIN, KEY_MAX);
        return SQ_OK;
}

static int read_key(const char *path, struct key *key, struct sq_error *err) {
        SQ_CLEANUP(sq_closep)
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        struct stat st;
        int rc;

        if (fd < 0 || fstat(fd, &st))
                return sq_fail(err, SQ_EIO, "could not read the key \"%s\": %s", path,
                               strerror(errno));
        rc = check_file(path, &st, err);
        if (rc || is_same(key, &st))
                return rc;
        key->length = 0;
        if (read(fd, key->bytes, sizeof key->bytes) != st.st_size)
                return sq_fail(err, SQ_EIO, "could not read the key \"%s\" at once", path);
        key->device = st.st_dev;
        key->inode = st.st_ino;
        key->changed = st.st_ctim;
        key->length = (size_t)st.st_size;
        return SQ_OK;
}

/* --- tokens --------------------------------------------------------------------------- */

/* Three parts in base64url with dots between them: what else there may be in a header is
 * not for the library to find out. */
static bool is_token(const char *token) {
        const size_t length = strnlen(token, TOKEN_MAX + 1);
        int dots = 0;

        if (length > TOKEN_MAX)
                return false;
        for (const char *p = token; *p; p++) {
                if (*p == '.')
                        dots++;
                else if (!(*p >= 'A' && *p <= 'Z') && !(*p >= 'a' && *p <= 'z') &&
                         !(*p >= '0' && *p <= '9') && *p != '-' && *p != '_')
                        return false;
        }
        return dots == 2 && token[0] != '.' && token[length - 1] != '.';
}

/* False: the claim is not there, or is no moment. */
static bool claim(jwt_t *token, const char *name, int64_t *ret) {
        errno = 0;
        *ret = jwt_get_grant_int(token, name);
        return errno == 0 && *ret > 0; /* 1.10 takes a text for 0 */
}

static int check_claims(jwt_t *token, int64_t now, char ret[SQ_NAME_SIZE],
                        struct sq_error *err) {
        const char *name;
        int64_t expires, issued;

        /* The library has checked a signature by the algorithm that the token itself names;
         * with our key, anything but this one would be a forgery. */
        if (jwt_get_alg(token) != JWT_ALG_HS256)
                return sq_fail(err, SQ_EACCESS, "the token's algorithm is not HS256");
        if (!claim(token, "exp", &expires) || !claim(token, "iat", &issued))
                return sq_fail(err, SQ_EACCESS, "the token does not say from when to when it"
                                                " is good");
        if (expires <= now)
                return sq_fail(err, SQ_EACCESS, "the token has expired");
        if (issued > now + SKEW_SECONDS)
                return sq_fail(err, SQ_EACCESS, "the token is not good yet");
        name = jwt_get_grant(token, "sun");
        if (!name)
                name = jwt_get_grant(token, "username");
        if (!name || sq_name_check(SQ_NAME_USER, name, NULL))
                return sq_fail(err, SQ_EACCESS, "the token does not say whose it is");
        snprintf(ret, SQ_NAME_SIZE, "%s", name);
        return SQ_OK;
}

static int decode(struct sq_jwt *jwt, const char *token, jwt_t **ret, struct sq_error *err) {
        int rc, failed;

        pthread_mutex_lock(&jwt->mutex);
        rc = read_key(jwt->path, &jwt->key, err);
        failed = rc ? 0 : jwt_decode(ret, token, jwt->key.bytes, (int)jwt->key.length);
        pthread_mutex_unlock(&jwt->mutex);
        if (rc)
                return rc;
        if (failed == ENOMEM)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        return failed ? sq_fail(err, SQ_EACCESS, "the token's signature is not good") : SQ_OK;
}

int sq_jwt_check(struct sq_jwt *jwt, const char *token, int64_t now, char ret[SQ_NAME_SIZE],
                 struct sq_error *err) {
        jwt_t *decoded = NULL;
        int rc;

        if (!is_token(token))
                return sq_fail(err, SQ_EACCESS, "that is not a token of Slurm");
        rc = decode(jwt, token, &decoded, err);
        if (rc)
                return rc;
        rc = check_claims(decoded, now, ret, err);
        jwt_free(decoded);
        return rc;
}
