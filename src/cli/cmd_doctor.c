/* cmd_doctor.c - doctor */
#include <stdio.h>

#include "base/document.h"
#include "cli/command.h"
#include "doctor/doctor.h"

enum option { JSON };

static const struct sq_option options[] = {
        [JSON] = {"json", NULL, "print JSON"},
        {NULL, NULL, NULL},
};

static const char *word_of(enum sq_health health) {
        static const char *const words[] = {
                [SQ_HEALTHY] = "ok", [SQ_DOUBTFUL] = "warning", [SQ_ILL] = "error"};

        return words[health];
}

static void print(const struct sq_finding *finding, void *payload) {
        (void)payload;
        printf("%-8s %-11s %s\n", word_of(finding->health), finding->subject, finding->text);
        if (*finding->advice && finding->health != SQ_HEALTHY)
                printf("%-20s %s\n", "", finding->advice);
}

static void add(const struct sq_finding *finding, void *payload) {
        struct sq_document *doc = payload;

        sq_document_open_object(doc, NULL);
        sq_document_add_text(doc, "health", word_of(finding->health));
        sq_document_add_text(doc, "subject", finding->subject);
        sq_document_add_text(doc, "text", finding->text);
        sq_document_add_text(doc, "advice", *finding->advice ? finding->advice : NULL);
        sq_document_close_object(doc);
}

static int doctor(const struct sq_call *call, struct sq_error *err) {
        struct sq_document doc = {.out = stdout};
        enum sq_health worst;

        if (call->option[JSON])
                sq_document_open_list(&doc, NULL);
        worst = sq_doctor_look(call->config, call->option[JSON] ? add : print, &doc);
        if (call->option[JSON]) {
                sq_document_close_list(&doc);
                sq_document_end(&doc);
        }
        return worst < SQ_ILL ? SQ_OK
                              : sq_fail(err, SQ_EIO, "something keeps budgets from working: see"
                                        " the lines with \"error\"");
}

const struct sq_command sq_cmd_doctor = {
        .name = "doctor",
        .summary = "check Slurm's configuration, the database and our own services",
        .details =
                "To be run where slurmctld runs, by root or SlurmUser: others may not see\n"
                "everything.  Changes nothing.  Exit status 1: something is wrong that keeps\n"
                "budgets or policies from working; warnings do not count.\n",
        .options = options,
        .run = doctor,
};
