#include "policy/limited.h"

#include <stdio.h>
#include <string.h>

static const struct {
        const char *word, *member;
} limit_types[] = {
        [SQ_GRP_TRES_MINS] = {"GrpTRESMins", "grp_tres_mins"},
        [SQ_MAX_TRES_MINS] = {"MaxTRESMins", "max_tres_mins"},
        [SQ_GRP_TRES] = {"GrpTRES", "grp_tres"},
};

const char *sq_limit_type_word(enum sq_limit_type type) {
        return limit_types[type].word;
}

const char *sq_limit_type_member(enum sq_limit_type type) {
        return limit_types[type].member;
}

bool sq_limited_any(const struct sq_limited *limited) {
        for (int t = 0; t < SQ_LIMIT_TYPES; t++)
                if (limited->of[t].n)
                        return true;
        return false;
}

static bool has(const struct sq_tres *tres, const char *name) {
        for (size_t i = 0; i < tres->n; i++)
                if (!strcmp(tres->item[i].name, name))
                        return true;
        return false;
}

void sq_limited_add(struct sq_limited *limited, enum sq_limit_type type,
                    const struct sq_tres *tres) {
        for (size_t i = 0; i < tres->n; i++)
                sq_tres_set(&limited->of[type], tres->item[i].name, 1);
}

void sq_limited_without(const struct sq_limited *limited, enum sq_limit_type type,
                        const struct sq_tres *wanted, struct sq_limited *ret) {
        for (int t = 0; t < SQ_LIMIT_TYPES; t++) {
                ret->of[t].n = 0;
                for (size_t i = 0; i < limited->of[t].n; i++) {
                        const char *name = limited->of[t].item[i].name;

                        if (t != (int)type || !has(wanted, name))
                                sq_tres_set(&ret->of[t], name, 1);
                }
        }
}

void sq_limited_values(const struct sq_limited *lifted, enum sq_limit_type type,
                       enum sq_limit_type wanted_type, const struct sq_tres *wanted,
                       struct sq_tres *ret) {
        ret->n = 0;
        if (type == wanted_type)
                *ret = *wanted;
        for (size_t i = 0; i < lifted->of[type].n && ret->n < SQ_TRES_MAX; i++) {
                ret->item[ret->n] = lifted->of[type].item[i];
                ret->item[ret->n++].count = -1;
        }
}

char *sq_limited_text(const struct sq_limited *limited, char text[SQ_LIMITED_SIZE]) {
        size_t length = 0;

        text[0] = '\0';
        for (int t = 0; t < SQ_LIMIT_TYPES; t++)
                for (size_t i = 0; i < limited->of[t].n; i++) {
                        if (i)
                                text[length++] = ',';
                        else
                                length += (size_t)snprintf(text + length,
                                                           SQ_LIMITED_SIZE - length, "%s%s=",
                                                           length ? " " : "",
                                                           limit_types[t].word);
                        length += (size_t)snprintf(text + length, SQ_LIMITED_SIZE - length,
                                                   "%s", limited->of[t].item[i].name);
                }
        return text;
}

/* The names up to the next space; returns what is behind them. */
static const char *read_names(const char *text, struct sq_tres *ret) {
        while (*text && *text != ' ') {
                const size_t length = strcspn(text, ", ");
                char name[SQ_TRES_NAME_MAX];

                if (length && length < sizeof name && ret) {
                        memcpy(name, text, length);
                        name[length] = '\0';
                        sq_tres_set(ret, name, 1);
                }
                text += length;
                text += *text == ',';
        }
        return text;
}

void sq_limited_read(const char *text, struct sq_limited *ret) {
        for (int t = 0; t < SQ_LIMIT_TYPES; t++)
                ret->of[t].n = 0;
        while (*text) {
                const size_t length = strcspn(text, "= ");
                struct sq_tres *of = NULL;

                for (int t = 0; t < SQ_LIMIT_TYPES; t++)
                        if (strlen(limit_types[t].word) == length &&
                            !strncmp(text, limit_types[t].word, length))
                                of = &ret->of[t];
                text += length;
                text = read_names(text + (*text == '='), of);
                text += *text == ' ';
        }
}
