#include "slurm/settings.h"

#include <string.h>
#include <strings.h>

#include "base/grow.h"
#include "slurm/ask.h"

/* 25.11 has some two hundred lines; AccountingStorageTRES and the like can be long. */
#define OUTPUT_MAX (1024u * 1024)
#define LINE_MAX_BYTES (64 * 1024)

struct setting {
        char *key; /* and its value, behind the NUL */
        const char *value;
};

struct sq_settings {
        size_t n, room;
        struct setting *item;
};

struct sq_settings *sq_settings_new(void) {
        return calloc(1, sizeof(struct sq_settings));
}

void sq_settings_free(struct sq_settings *settings) {
        if (!settings)
                return;
        for (size_t i = 0; i < settings->n; i++)
                free(settings->item[i].key);
        free(settings->item);
        free(settings);
}

int sq_settings_take(const char *line, void *settings, struct sq_error *err) {
        struct sq_settings *s = settings;
        const char *equals = strchr(line, '=');
        const size_t n = strcspn(line, " =");
        const char *value;
        char *key;

        if (!equals || !n || line[n + strspn(line + n, " ")] != '=')
                return SQ_OK;
        value = equals + 1 + strspn(equals + 1, " ");
        if (!strcmp(value, "(null)"))
                value = "";
        key = malloc(n + 1 + strlen(value) + 1);
        if (!key || !sq_grow(&s->item, s->n + 1, &s->room, sizeof *s->item)) {
                free(key);
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        }
        memcpy(key, line, n);
        key[n] = '\0';
        memcpy(key + n + 1, value, strlen(value) + 1);
        s->item[s->n++] = (struct setting){key, key + n + 1};
        return SQ_OK;
}

int sq_settings_ask(const char *program, int64_t deadline, struct sq_settings **ret,
                    struct sq_error *err) {
        SQ_CLEANUP(sq_settings_freep) struct sq_settings *settings = sq_settings_new();
        const char *const argv[] = {program, "show", "config", NULL};
        const struct sq_program run = {
                .argv = argv,
                .deadline = deadline,
                .line_max = LINE_MAX_BYTES,
                .output_max = OUTPUT_MAX,
                .take = sq_settings_take,
                .payload = settings,
        };
        int rc;

        if (!settings)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        rc = sq_ask(&run, err);
        if (!rc)
                *ret = SQ_TAKE(settings);
        return rc;
}

const char *sq_settings_of(const struct sq_settings *settings, const char *key) {
        for (size_t i = 0; i < settings->n; i++)
                if (!strcmp(settings->item[i].key, key))
                        return settings->item[i].value;
        return "";
}

bool sq_settings_has(const struct sq_settings *settings, const char *key, const char *item) {
        const char *text = sq_settings_of(settings, key);

        while (*text) {
                const size_t n = strcspn(text, ",");

                if (n == strlen(item) && !strncasecmp(text, item, n))
                        return true;
                text += n + (text[n] == ',');
        }
        return false;
}
