/* site.h - whether our own parts are well: store, spool, reconciler, timers */
#pragma once

#include "base/config.h"
#include "doctor/finding.h"

/* SQLite's version, the database itself, and what lies beside it. */
void sq_doctor_store(const struct sq_config *config, const struct sq_report *report);

/* Events that wait, and those that were put aside. */
void sq_doctor_spool(const struct sq_config *config, const struct sq_report *report);

/* Whether what happens inside slurmctld can be seen by GET /metrics. */
void sq_doctor_counters(const struct sq_config *config, const struct sq_report *report);

/* Whether the ledger is compared with Slurm's queue all the time. */
void sq_doctor_reconciler(const struct sq_config *config, const struct sq_report *report);

/* Whether systemd, where it runs, has our timers and sockets. */
void sq_doctor_units(const struct sq_report *report);
