/* event_line.h - what has happened, as lines on standard output */
#pragma once

#include "governor/record.h"

/* A line of JSON (sq_event_record_fn), whole also when other threads print; where systemd runs
 * us it is the journal's.  SQ_EIO: it did not come out. */
int sq_event_line_print(const struct sq_event_record *record, void *payload);
