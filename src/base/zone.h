/* zone.h - the time zone of a site
 *
 * Read from the system's files (RFC 8536), so that a program can ask about several zones in
 * several threads: the C library's has one for the whole process.  Asking changes nothing,
 * allocates nothing and cannot fail.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

#define SQ_ZONE_DIRECTORY "/usr/share/zoneinfo"

struct sq_zone;

/* `name` is that of the database ("Europe/Zurich", "UTC"); NULL or "": the one of this
 * host.  *ret is the caller's.  SQ_EINVAL: it cannot be a name; SQ_ENOTFOUND: there is none;
 * SQ_ECORRUPT: its file is no time zone, or one that counts leap seconds; SQ_EIO,
 * SQ_ENOMEM. */
int sq_zone_load(const char *name, struct sq_zone **ret, struct sq_error *err);

/* The same from the bytes of such a file. */
int sq_zone_parse(const void *data, size_t size, struct sq_zone **ret, struct sq_error *err);

void sq_zone_free(struct sq_zone *zone);
SQ_DEFINE_CLEANUP(struct sq_zone *, sq_zone_free)

/* Seconds east of Greenwich at a UTC second. */
int64_t sq_zone_offset(const struct sq_zone *zone, int64_t at);

/* The day (sq_date_days) that it is there at a UTC second. */
int64_t sq_zone_day(const struct sq_zone *zone, int64_t at);

/* The UTC second in which a day begins: the first one of which the clocks say that it is
 * that day.  Where clocks jump over midnight this is after the jump; where they are put back
 * over it, the first of the two. */
int64_t sq_zone_day_start(const struct sq_zone *zone, int64_t day);
