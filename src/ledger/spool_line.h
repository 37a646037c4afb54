/* spool_line.h - one event of the spool as a line of text (private) */
#pragma once

#include "ledger/spool.h"

/* 48 TRES of 64 characters with a number each, and a kilobyte for the rest,
 * every character percent-encoded at worst in the names only. */
#define SQ_SPOOL_LINE_MAX 8192

/* Writes "+KIND<TAB>key=value...<TAB>#checksum\n".  SQ_ERANGE when it does not fit. */
int sq_spool_line_write(const struct sq_spooled *event, char line[SQ_SPOOL_LINE_MAX],
                        struct sq_error *err);

/* Reads a line (without its newline; changed in place, the texts of *ret point
 * into it).  SQ_EINVAL when it is not one that was written whole. */
int sq_spool_line_read(char *line, struct sq_spooled *ret, struct sq_error *err);
