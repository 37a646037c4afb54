#include "base/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/zone_rule.h"

#define DAY 86400

/* The largest file of the database has 3.6 kB. */
#define FILE_MAX (64 * 1024)

/* Its type's number has 8 bits. */
#define TYPES_MAX 256

/* Half a century has some hundred changes. */
#define CHANGES_MAX 8192

/* America/Argentina/ComodRivadavia has 32. */
#define NAME_MAX_BYTES 64

struct sq_zone {
        size_t n;         /* changes */
        int64_t *at;
        uint8_t *type;    /* of the time from then on */
        size_t types;
        int64_t offset[TYPES_MAX];
        bool has_rule;    /* for the time behind the last change */
        struct sq_zone_rule rule;
};

/* --- reading ----------------------------------------------------------------- */

struct bytes {
        const unsigned char *p;
        size_t left;
};

struct counts {
        size_t utc, standard, leaps, changes, types, letters;
};

#define HEADER_SIZE 44

static uint64_t big_endian(const unsigned char *p, size_t width) {
        uint64_t number = 0;

        for (size_t i = 0; i < width; i++)
                number = number << 8 | p[i];
        return number;
}

static int64_t signed_number(const unsigned char *p, size_t width) {
        return width == 4 ? (int32_t)(uint32_t)big_endian(p, 4) : (int64_t)big_endian(p, 8);
}

static bool skip(struct bytes *bytes, size_t n) {
        if (bytes->left < n)
                return false;
        bytes->p += n;
        bytes->left -= n;
        return true;
}

/* *ret_version: 0 or '2' and later. */
static bool read_header(struct bytes *bytes, struct counts *ret, int *ret_version) {
        const unsigned char *p = bytes->p;

        if (!skip(bytes, HEADER_SIZE) || memcmp(p, "TZif", 4) != 0)
                return false;
        *ret_version = p[4];
        *ret = (struct counts){
                .utc = big_endian(p + 20, 4),
                .standard = big_endian(p + 24, 4),
                .leaps = big_endian(p + 28, 4),
                .changes = big_endian(p + 32, 4),
                .types = big_endian(p + 36, 4),
                .letters = big_endian(p + 40, 4),
        };
        return ret->types >= 1 && ret->types <= TYPES_MAX && ret->changes <= CHANGES_MAX &&
               ret->letters <= FILE_MAX && ret->leaps <= CHANGES_MAX &&
               ret->utc <= TYPES_MAX && ret->standard <= TYPES_MAX;
}

static size_t block_size(const struct counts *c, size_t width) {
        return c->changes * (width + 1) + c->types * 6 + c->letters +
               c->leaps * (width + 4) + c->standard + c->utc;
}

/* The block behind a header; false when it contradicts itself. */
static bool read_block(const unsigned char *p, const struct counts *c, size_t width,
                       struct sq_zone *zone) {

        const unsigned char *types = p + c->changes * width;
        const unsigned char *offsets = types + c->changes;

        if (c->leaps)
                return false;
        zone->n = c->changes;
        zone->types = c->types;
        for (size_t i = 0; i < c->types; i++)
                zone->offset[i] = signed_number(offsets + 6 * i, 4);
        for (size_t i = 0; i < c->changes; i++) {
                zone->at[i] = signed_number(p + i * width, width);
                zone->type[i] = types[i];
                if (types[i] >= c->types || (i && zone->at[i] <= zone->at[i - 1]))
                        return false;
        }
        for (size_t i = 0; i < c->types; i++) /* RFC 8536: at most 26 hours */
                if (zone->offset[i] < -26 * 3600 || zone->offset[i] > 26 * 3600)
                        return false;
        return true;
}

/* A line's end, the rule, a line's end; an empty rule is none. */
static bool read_footer(const struct bytes *bytes, struct sq_zone *zone) {
        const char *text = (const char *)bytes->p + 1;
        const char *end;
        char rule[128];

        if (bytes->left < 2 || bytes->p[0] != '\n')
                return false;
        end = memchr(text, '\n', bytes->left - 1);
        if (!end || (size_t)(end - text) >= sizeof rule ||
            memchr(text, 0, (size_t)(end - text)))
                return false;
        if (end == text)
                return true;
        memcpy(rule, text, (size_t)(end - text));
        rule[end - text] = '\0';
        zone->has_rule = sq_zone_rule_parse(rule, &zone->rule);
        return zone->has_rule;
}

static bool read_file(struct bytes bytes, struct sq_zone *zone) {
        struct counts counts;
        size_t width = 4;
        int version;

        if (!read_header(&bytes, &counts, &version))
                return false;
        if (version >= '2') { /* the first block is for readers of 1986 */
                width = 8;
                if (!skip(&bytes, block_size(&counts, 4)) ||
                    !read_header(&bytes, &counts, &version))
                        return false;
        }
        if (bytes.left < block_size(&counts, width) ||
            !read_block(bytes.p, &counts, width, zone))
                return false;
        skip(&bytes, block_size(&counts, width));
        return width == 4 || read_footer(&bytes, zone);
}

int sq_zone_parse(const void *data, size_t size, struct sq_zone **ret, struct sq_error *err) {
        SQ_CLEANUP(sq_zone_freep) struct sq_zone *zone = calloc(1, sizeof *zone);

        if (!zone || !(zone->at = calloc(CHANGES_MAX, sizeof *zone->at)) ||
            !(zone->type = calloc(CHANGES_MAX, sizeof *zone->type)))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        if (!read_file((struct bytes){data, size}, zone))
                return sq_fail(err, SQ_ECORRUPT, "it is not a time zone's file, or one that"
                                                 " counts leap seconds");
        *ret = SQ_TAKE(zone);
        return SQ_OK;
}

void sq_zone_free(struct sq_zone *zone) {
        if (!zone)
                return;
        free(zone->at);
        free(zone->type);
        free(zone);
}

/* Nothing that leads out of the directory. */
static bool is_name(const char *name) {
        if (strlen(name) > NAME_MAX_BYTES || name[0] == '/' || strstr(name, ".."))
                return false;
        for (const char *p = name; *p; p++)
                if (!strchr("+-_/", *p) && !(*p >= '0' && *p <= '9') &&
                    !((*p | 32) >= 'a' && (*p | 32) <= 'z'))
                        return false;
        return true;
}

static int read_path(const char *path, unsigned char *data, size_t *ret_size,
                     struct sq_error *err) {

        SQ_CLEANUP(sq_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

        if (fd < 0 || !sq_file_read(fd, data, FILE_MAX, ret_size))
                return sq_fail(err, errno == ENOENT || errno == ENOTDIR ? SQ_ENOTFOUND : SQ_EIO,
                               "could not read %s: %s", path, strerror(errno));
        return SQ_OK;
}

int sq_zone_load(const char *name, struct sq_zone **ret, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) unsigned char *data = malloc(FILE_MAX);
        char path[sizeof SQ_ZONE_DIRECTORY + 1 + NAME_MAX_BYTES];
        size_t size = 0;
        int rc;

        if (!data)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        if (!name || !*name)
                snprintf(path, sizeof path, "/etc/localtime");
        else if (!is_name(name))
                return sq_fail(err, SQ_EINVAL, "\"%.60s\" is not the name of a time zone",
                               name);
        else
                snprintf(path, sizeof path, "%s/%s", SQ_ZONE_DIRECTORY, name);
        rc = read_path(path, data, &size, err);
        if (rc == SQ_OK && (rc = sq_zone_parse(data, size, ret, err)) != SQ_OK)
                sq_context(err, "%s", path);
        return rc;
}

/* --- asking ------------------------------------------------------------------ */

int64_t sq_zone_offset(const struct sq_zone *zone, int64_t at) {
        size_t from = 0, to = zone->n; /* the first change that is later */

        if (zone->has_rule && (!zone->n || at >= zone->at[zone->n - 1]))
                return sq_zone_rule_offset(&zone->rule, at);
        while (from < to) {
                const size_t middle = (from + to) / 2;

                if (zone->at[middle] <= at)
                        from = middle + 1;
                else
                        to = middle;
        }
        return zone->offset[from ? zone->type[from - 1] : 0];
}

int64_t sq_zone_day(const struct sq_zone *zone, int64_t at) {
        const int64_t local = at + sq_zone_offset(zone, at);

        return local / DAY - (local % DAY < 0);
}

int64_t sq_zone_day_start(const struct sq_zone *zone, int64_t day) {
        /* No zone is further than 26 hours from Greenwich: at the first it is an earlier
         * day, at the last it is this one or a later one. */
        int64_t before = (day - 2) * DAY, after = (day + 2) * DAY;
        int64_t early, late;

        /* Mostly one of the offsets around is that at midnight. */
        early = day * DAY - sq_zone_offset(zone, day * DAY - DAY);
        late = day * DAY - sq_zone_offset(zone, day * DAY + DAY);
        if (early > late) {
                const int64_t swap = early;

                early = late;
                late = swap;
        }
        if (early + sq_zone_offset(zone, early) == day * DAY)
                return early;
        if (late + sq_zone_offset(zone, late) == day * DAY)
                return late;
        /* There is no midnight: the day begins where clocks jump over it. */
        while (after - before > 1) {
                const int64_t middle = before + (after - before) / 2;

                if (sq_zone_day(zone, middle) < day)
                        before = middle;
                else
                        after = middle;
        }
        return after;
}
