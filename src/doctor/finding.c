#include "doctor/finding.h"

#include <stdarg.h>
#include <stdio.h>

void sq_report(const struct sq_report *report, enum sq_health health, const char *subject,
               const char *advice, const char *format, ...) {
        char text[700];
        const struct sq_finding finding = {health, subject, text, advice};
        va_list args;

        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        report->tell(&finding, report->payload);
}
