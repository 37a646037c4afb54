/* report_fixture.h - what a doctor tells, kept to be looked at */
#pragma once

#include "doctor/finding.h"

/* Everything that was told, a line each: "warning PriorityType: ..."; a test empties it. */
extern char told[4000];

extern const struct sq_report report;
