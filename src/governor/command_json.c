#include "governor/command_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tres.h"
#include "policy/plan.h"

/* What stands before it has names without blanks. */
#define SET " set "

/* A longer value is shown in the command itself. */
#define DESCRIPTION_SIZE 1024

/* What a command sets: KEY=VALUE. */
struct setting {
        char key[32];
        const char *value; /* lent by the command; "" without one */
};

static struct setting setting_of(const char *command) {
        const char *set = strstr(command, SET), *equals;
        struct setting setting = {.value = ""};

        if (!set)
                return setting;
        set += strlen(SET);
        equals = strchr(set, '=');
        if (!equals || (size_t)(equals - set) >= sizeof setting.key)
                return setting;
        snprintf(setting.key, sizeof setting.key, "%.*s", (int)(equals - set), set);
        setting.value = equals + 1;
        return setting;
}

static bool is(const char *kind, enum sq_plan_kind which) {
        return !strcmp(kind, sq_plan_word(which));
}

static void add_description(struct sq_document *doc, const char *account, const char *kind,
                            const struct setting *setting) {
        char text[DESCRIPTION_SIZE];

        if (is(kind, SQ_PLAN_FAIRSHARE))
                snprintf(text, sizeof text, "Set the fairshare of account %s to %s", account,
                         setting->value);
        else if (is(kind, SQ_PLAN_LIMITS))
                snprintf(text, sizeof text, "Set %s of account %s to %s", setting->key, account,
                         setting->value);
        else if (is(kind, SQ_PLAN_QOS))
                snprintf(text, sizeof text, "Set the QOS of account %s to %s", account,
                         setting->value);
        else
                snprintf(text, sizeof text, "Reset the raw usage of account %s", account);
        sq_document_add_text(doc, "description", text);
}

static void add_limits(struct sq_document *doc, const struct setting *setting) {
        struct sq_tres limits = {.n = 0};

        sq_document_add_text(doc, "limit_type", setting->key);
        sq_document_open_object(doc, "limits");
        if (sq_tres_read(setting->value, &limits))
                for (size_t i = 0; i < limits.n; i++)
                        sq_document_add_number(doc, limits.item[i].name, limits.item[i].count);
        sq_document_close_object(doc);
}

void sq_command_print(struct sq_document *doc, const char *account, const char *kind,
                      const char *command) {
        const struct setting setting = setting_of(command);

        sq_document_add_text(doc, "command_type", kind);
        add_description(doc, account, kind, &setting);
        sq_document_add_text(doc, "shell_command", command);
        sq_document_open_object(doc, "parameters");
        sq_document_add_text(doc, "account", account);
        if (is(kind, SQ_PLAN_FAIRSHARE))
                sq_document_add_number(doc, "fairshare", strtoll(setting.value, NULL, 10));
        else if (is(kind, SQ_PLAN_LIMITS))
                add_limits(doc, &setting);
        else if (is(kind, SQ_PLAN_QOS))
                sq_document_add_text(doc, "qos", setting.value);
        sq_document_close_object(doc);
}
