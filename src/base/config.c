#include "base/config_table.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

/* A site's file has some dozens of lines; 64 KiB leaves room for long comments
 * and keeps a wrong path (a log, a core file) from being read into slurmctld. */
#define FILE_MAX (64 * 1024)

/* inih's smallest line buffer is 200 bytes with line end and NUL, and it cuts
 * what is longer into two lines without a word.  Lists go over several lines. */
#define LINE_LENGTH_MAX 190

/* A list of exclusive_gres for a hundred partitions. */
#define VALUE_MAX 4096

/* useradd's own limit for names, and that of utmp. */
#define USER_MAX 32

/* slurmdbd keeps cluster names in tinytext; no site comes near this. */
#define CLUSTER_MAX 64

struct sq_config_origin {
        char *file;
        struct sq_account_groups groups;
        struct {
                char *text; /* NULL: the default */
                int line;
        } value[SQ_CONFIG_ROWS_MAX];
};

/* --- values ------------------------------------------------------------------ */

static void describe(const struct sq_config_row *row, char *text, size_t size) {
        switch (row->type) {
        case SQ_IS_PATH:
                snprintf(text, size, "an absolute path");
                break;
        case SQ_IS_MAYBE:
                snprintf(text, size, "an absolute path, or nothing");
                break;
        case SQ_IS_PROGRAM:
                snprintf(text, size, "an absolute path or the name of a program");
                break;
        case SQ_IS_USER:
                snprintf(text, size, "a login name");
                break;
        case SQ_IS_CLUSTER:
                snprintf(text, size, "a cluster name in lower case, or nothing");
                break;
        case SQ_IS_LIST:
                snprintf(text, size, "items with \";\" between them, or nothing");
                break;
        case SQ_IS_TEXT:
                snprintf(text, size, "text, or nothing");
                break;
        case SQ_IS_INTEGER:
                snprintf(text, size, "a whole number from %" PRId64 " to %" PRId64,
                         row->least, row->most);
                break;
        case SQ_IS_WORD: {
                size_t n = 0;

                for (size_t i = 0; i < 4 && row->words[i] && n < size; i++)
                        n += (size_t)snprintf(text + n, size - n, "%s\"%s\"",
                                              i ? " or " : "", row->words[i]);
                break;
        }
        }
}

static bool is_name(const char *text, size_t most, const char *more) {
        size_t n = strlen(text);

        if (n == 0 || n > most || text[0] == '-' || text[0] == '.')
                return false;
        for (; *text; text++)
                if (!(*text >= 'a' && *text <= 'z') && !(*text >= '0' && *text <= '9') &&
                    !strchr("_-.", *text) &&
                    !(*more && *text >= 'A' && *text <= 'Z'))
                        return false;
        return true;
}

/* Decimal digits only: no sign, blank, base or unit. */
static bool read_integer(const char *text, int64_t *ret) {
        int64_t value = 0;

        if (!*text)
                return false;
        for (; *text; text++)
                if (*text < '0' || *text > '9' ||
                    __builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, *text - '0', &value))
                        return false;
        *ret = value;
        return true;
}

/* Puts `text`, which must stay, into the field of `row`.  False, and nothing
 * done, when the row does not accept it. */
static bool put(struct sq_config *config, const struct sq_config_row *row, const char *text) {
        void *field = (char *)config + row->offset;
        int64_t number;

        switch (row->type) {
        case SQ_IS_PATH:
                if (text[0] != '/')
                        return false;
                break;
        case SQ_IS_MAYBE:
                if (*text && text[0] != '/')
                        return false;
                break;
        case SQ_IS_PROGRAM:
                if (text[0] != '/' && (!*text || strchr(text, '/')))
                        return false;
                break;
        case SQ_IS_USER:
                if (!is_name(text, USER_MAX, "upper case"))
                        return false;
                break;
        case SQ_IS_CLUSTER:
                /* Slurm itself lowers the name; a second spelling would be a second
                 * key for the same charge. */
                if (*text && !is_name(text, CLUSTER_MAX, ""))
                        return false;
                break;
        case SQ_IS_LIST:
        case SQ_IS_TEXT:
                break;
        case SQ_IS_INTEGER:
                if (!read_integer(text, &number) || number < row->least ||
                    number > row->most)
                        return false;
                *(int64_t *)field = number;
                return true;
        case SQ_IS_WORD:
                for (int i = 0; i < 4 && row->words[i]; i++)
                        if (!strcmp(text, row->words[i])) {
                                *(int *)field = i;
                                return true;
                        }
                return false;
        }
        *(const char **)field = text;
        return true;
}

/* --- parsing ----------------------------------------------------------------- */

struct parser {
        const char *text, *end; /* what is still to be read */
        const char *name;
        int line;               /* number of the line read last */
        const char *raw;        /* that line, as it is in the text, */
        const char *raw_end;    /* and where it ends */
        bool indented;          /* it begins with a blank */
        bool in_group;          /* it belongs to a section [group NAME] */
        const struct sq_config_row *last; /* the row set last */
        struct sq_config *config;
        struct sq_error *err;
        int code;               /* the first failure, */
        int failed_line;        /* and where it was */
};

__attribute__((format(printf, 3, 4)))
static void fail(struct parser *p, const char *hint, const char *format, ...) {
        va_list args;
        char what[256];

        if (p->code)
                return;
        va_start(args, format);
        vsnprintf(what, sizeof what, format, args);
        va_end(args);
        p->failed_line = p->line;
        p->code = sq_fail(p->err, SQ_EINVAL, "%s:%d: %s", p->name, p->line, what);
        if (hint)
                sq_hint(p->err, "%s", hint);
}

/* What somebody else has found, and where it is. */
static void fail_with(struct parser *p, int code, const struct sq_error *why) {
        if (code == SQ_ENOMEM)
                p->code = sq_fail(p->err, SQ_ENOMEM, "out of memory");
        else
                fail(p, *why->hint ? why->hint : NULL, "%s", why->text);
}

/* "Sections: store, hook." or, with a section, "Keys of [hook]: ...". */
static void list_names(const char *section, char *text, size_t size) {
        const char *before = NULL;
        size_t n;

        n = section ? (size_t)snprintf(text, size, "Keys of [%s]: ", section)
                    : (size_t)snprintf(text, size, "Sections: ");
        for (size_t i = 0; i < sq_config_rows && n < size; i++) {
                const struct sq_config_row *row = &sq_config_table[i];

                if (section ? strcmp(section, row->section) != 0
                            : before && !strcmp(before, row->section))
                        continue;
                n += (size_t)snprintf(text + n, size - n, "%s%s", before ? ", " : "",
                                      section ? row->key : row->section);
                before = row->section;
        }
        if (n < size)
                snprintf(text + n, size - n, "%s.", section ? "" : ", group NAME");
}

static const struct sq_config_row *find(const char *section, const char *key) {
        for (size_t i = 0; i < sq_config_rows; i++)
                if (!strcmp(section, sq_config_table[i].section) &&
                    (!key || !strcmp(key, sq_config_table[i].key)))
                        return &sq_config_table[i];
        return NULL;
}

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

/* Text that a comment sign seems to belong to: only lines of their own are
 * comments for sure, `;` behind a blank is taken by inih. */
static bool has_comment(const char *value) {
        return strstr(value, " #") || strstr(value, "\t#");
}

/* --- groups of accounts ------------------------------------------------------ */

static const char group_word[] = "group";

/* The one setting of these sections; its place says that a list can go on. */
static const struct sq_config_row group_row = {.section = group_word, .key = "accounts",
                                               .type = SQ_IS_LIST};

static struct sq_account_groups *groups(struct parser *p) {
        return &p->config->origin->groups;
}

/* A group that nobody is in is a mistake: the list has another name, or is lost. */
static void end_group(struct parser *p) {
        const struct sq_account_group *group;

        if (!p->in_group)
                return;
        group = &groups(p)->item[groups(p)->n - 1];
        p->in_group = false;
        if (!group->n && !p->code) {
                p->line = group->line;
                fail(p, "Write: accounts = NAME, NAME", "the group \"%s\" has no accounts",
                     group->name);
        }
}

/* "group NAME"; false: it is another section. */
static bool begin_group(struct parser *p, const char *section) {
        const size_t word = sizeof group_word - 1;
        struct sq_error why = {.text = ""};
        int rc;

        if (strncmp(section, group_word, word) || (section[word] && !is_blank(section[word])))
                return false;
        for (section += word; is_blank(*section); section++)
                ;
        rc = sq_account_groups_add(groups(p), section, p->line, &why);
        p->in_group = !rc;
        if (rc)
                fail_with(p, rc, &why);
        return true;
}

/* inih cuts what is behind ` ;` off without a word: half a list, if it was one. */
static bool is_cut(const struct parser *p) {
        for (const char *at = p->raw; at + 1 < p->raw_end; at++)
                if ((*at == ' ' || *at == '\t') && at[1] == ';')
                        return true;
        return false;
}

static void take_accounts(struct parser *p, const char *key, const char *value) {
        struct sq_account_group *group = &groups(p)->item[groups(p)->n - 1];
        struct sq_error why = {.text = ""};
        int rc;

        if (strcmp(key, group_row.key) != 0)
                return fail(p, "Keys of [group NAME]: accounts.",
                            "unknown key \"%.40s\" in section [group %s]", key, group->name);
        if (group->text_line && !(p->indented && p->last))
                return fail(p, "Keep one of them.", "accounts was set before, on line %d",
                            group->text_line);
        if (has_comment(value) || is_cut(p))
                return fail(p, "Put comments on lines of their own.",
                            "a comment behind the accounts of the group \"%s\"", group->name);
        if (!group->text_line)
                group->text_line = p->line;
        p->last = &group_row;
        rc = sq_account_groups_extend(groups(p), value, &why);
        if (rc)
                fail_with(p, rc, &why);
}

/* --- lines ------------------------------------------------------------------- */

/* What inih would pass over in silence: sections that hold no key, and text
 * behind the bracket. */
static void check_section(struct parser *p, const char *line, const char *end) {
        char section[LINE_LENGTH_MAX + 1], hint[256];
        const char *close = memchr(line, ']', (size_t)(end - line));
        const char *rest;

        if (!close)
                return fail(p, "Write [SECTION] on a line of its own.",
                            "the section's \"]\" is missing");
        snprintf(section, sizeof section, "%.*s", (int)(close - line - 1), line + 1);
        end_group(p);
        if (!p->code && !begin_group(p, section) && !find(section, NULL)) {
                list_names(NULL, hint, sizeof hint);
                return fail(p, hint, "unknown section [%.40s]", section);
        }
        for (rest = close + 1; rest < end && is_blank(*rest); rest++)
                ;
        if (rest < end && *rest != ';' && *rest != '#')
                fail(p, "Write [SECTION] on a line of its own.",
                     "text behind the section's name");
}

/* Hands inih the next line; stops the reading at the first failure. */
static char *next_line(char *buffer, int size, void *stream) {
        struct parser *p = stream;
        const char *end, *start;
        size_t length;

        if (p->code || p->text == p->end)
                return NULL;
        end = memchr(p->text, '\n', (size_t)(p->end - p->text));
        end = end ? end + 1 : p->end;
        length = (size_t)(end - p->text);
        p->line++;
        if (memchr(p->text, '\0', length)) {
                fail(p, NULL, "the line holds a NUL byte");
                return NULL;
        }
        if (length > LINE_LENGTH_MAX || length >= (size_t)size) {
                fail(p, "Lists may go on in the next line when it is indented.",
                     "the line is longer than %d bytes", LINE_LENGTH_MAX);
                return NULL;
        }
        p->raw = p->text;
        p->raw_end = end;
        start = p->line == 1 && length >= 3 && !memcmp(p->text, "\xef\xbb\xbf", 3)
                        ? p->text + 3 /* inih skips a mark of the byte order, too */
                        : p->text;
        p->indented = start < end && is_blank(*start);
        for (; start < end && is_blank(*start); start++)
                ;
        if (start < end && *start == '[' && !(p->indented && p->last)) {
                check_section(p, start, end);
                p->last = NULL;
        }
        if (p->code)
                return NULL;
        memcpy(buffer, p->text, length);
        buffer[length] = '\0';
        p->text = end;
        return buffer;
}

static bool is_printable(const char *value) {
        for (; *value; value++)
                if ((unsigned char)*value < ' ' || *value == 0x7f)
                        return false;
        return true;
}

static void set(struct parser *p, const struct sq_config_row *row, const char *value) {
        struct sq_config_origin *origin = p->config->origin;
        size_t place = (size_t)(row - sq_config_table);
        char accepts[96], hint[256];
        char *text = NULL, *before = origin->value[place].text;

        if (before && p->indented && p->last == row) {
                if (row->type != SQ_IS_LIST)
                        return fail(p, "Begin keys and sections in the first column.",
                                    "an indented line goes on with the one above");
                if (strlen(before) + strlen(value) + 2 > VALUE_MAX)
                        return fail(p, NULL, "the list is longer than %d bytes", VALUE_MAX);
                if (asprintf(&text, "%s%s%s", before,
                             *before && before[strlen(before) - 1] != ';' ? ";" : "",
                             value) < 0)
                        text = NULL;
        } else if (before) {
                return fail(p, "Keep one of them.", "%s.%s was set before, on line %d",
                            row->section, row->key, origin->value[place].line);
        } else {
                text = strdup(value);
                origin->value[place].line = p->line;
        }
        if (!text) {
                p->code = sq_fail(p->err, SQ_ENOMEM, "out of memory");
                return;
        }
        free(before);
        origin->value[place].text = text;
        p->last = row;
        describe(row, accepts, sizeof accepts);
        snprintf(hint, sizeof hint, "It takes %s.", accepts);
        if (has_comment(text))
                fail(p, "Put comments on lines of their own.",
                     "a comment behind the value of %s.%s", row->section, row->key);
        else if (!is_printable(text) || !put(p->config, row, text))
                fail(p, hint, "%s.%s cannot be \"%.60s\"", row->section, row->key, text);
}

/* inih's callback: non-zero is success. */
static int take_key(void *payload, const char *section, const char *key,
                    const char *value) {

        struct parser *p = payload;
        const struct sq_config_row *row;
        char hint[256];

        if (!*section) {
                fail(p, "Write the [SECTION] that it belongs to above it.",
                     "the key \"%.40s\" belongs to no section", key);
                return 0;
        }
        if (p->in_group) {
                take_accounts(p, key, value);
                return p->code == SQ_OK;
        }
        row = find(section, key);
        if (!row) {
                list_names(section, hint, sizeof hint);
                fail(p, hint, "unknown key \"%.40s\" in section [%s]", key, section);
                return 0;
        }
        set(p, row, value);
        return p->code == SQ_OK;
}

int sq_config_parse(const char *text, size_t length, const char *name,
                    struct sq_config **ret, struct sq_error *err) {

        SQ_CLEANUP(sq_config_freep) struct sq_config *config = NULL;
        struct parser p = {.text = text, .end = text + length, .name = name, .err = err};
        int rc;

        config = calloc(1, sizeof *config);
        if (!config)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        config->origin = calloc(1, sizeof *config->origin);
        if (!config->origin || (name && !(config->origin->file = strdup(name))))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        for (size_t i = 0; i < sq_config_rows; i++)
                put(config, &sq_config_table[i], sq_config_table[i].value);
        config->groups = &config->origin->groups;
        p.config = config;
        rc = ini_parse_stream(next_line, &p, take_key, &p);
        if (rc > 0 && (!p.code || rc < p.failed_line)) {
                /* inih saw a line that is neither section nor key. */
                p.code = SQ_OK;
                p.line = rc;
                fail(&p, "Write: KEY = VALUE", "not a setting");
        } else if (rc < 0 && !p.code) {
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        }
        end_group(&p);
        if (p.code)
                return p.code;
        *ret = SQ_TAKE(config);
        return SQ_OK;
}

/* --- files ------------------------------------------------------------------- */

static int cannot_read(const char *path, int error, struct sq_error *err) {
        int code = error == ENOENT || error == ENOTDIR ? SQ_ENOTFOUND
                 : error == EACCES || error == EPERM   ? SQ_EACCESS
                                                       : SQ_EIO;

        return sq_fail(err, code, "could not read configuration file \"%s\": %s", path,
                       strerror(error));
}

int sq_config_load(const char *path, struct sq_config **ret, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *text = NULL;
        SQ_CLEANUP(sq_closep) int fd = -1;
        size_t length = 0;
        bool must_exist = true;
        struct stat st;

        if (!path)
                path = getenv(SQ_CONFIG_ENVIRONMENT);
        if (!path || !*path) {
                path = SQ_CONFIG_FILE;
                must_exist = false;
        }
        /* O_NONBLOCK: opening a FIFO must not wait for its writer. */
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0 && errno == ENOENT && !must_exist)
                return sq_config_parse("", 0, NULL, ret, err);
        if (fd < 0 || fstat(fd, &st) < 0)
                return cannot_read(path, errno, err);
        if (!S_ISREG(st.st_mode))
                return sq_fail(err, SQ_EINVAL, "configuration file \"%s\" is not a file",
                               path);
        if (st.st_size > FILE_MAX)
                return sq_fail(err, SQ_EINVAL,
                               "configuration file \"%s\" is larger than %d bytes", path,
                               FILE_MAX);
        text = malloc(FILE_MAX);
        if (!text)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        if (!sq_file_read(fd, text, FILE_MAX, &length))
                return cannot_read(path, errno, err);
        return sq_config_parse(text, length, path, ret, err);
}

void sq_config_free(struct sq_config *config) {
        if (!config)
                return;
        if (config->origin) {
                for (size_t i = 0; i < sq_config_rows; i++)
                        free(config->origin->value[i].text);
                sq_account_groups_clear(&config->origin->groups);
                free(config->origin->file);
                free(config->origin);
        }
        free(config);
}

const char *sq_config_file(const struct sq_config *config) {
        return config->origin->file;
}

static bool describe_group(const struct sq_config *config, size_t i, struct sq_setting *ret) {
        const struct sq_account_group *group;

        if (i >= config->groups->n)
                return false;
        group = &config->groups->item[i];
        *ret = (struct sq_setting){
                .section = group_word,
                .name = group->name,
                .key = group_row.key,
                .value = group->text,
                .line = group->text_line,
                .accepts = "accounts and patterns with commas between them",
                .help = SQ_CONFIG_GROUP_HELP,
        };
        return true;
}

bool sq_config_setting(const struct sq_config *config, size_t i, struct sq_setting *ret) {
        const struct sq_config_row *row;

        if (i >= sq_config_rows)
                return describe_group(config, i - sq_config_rows, ret);
        row = &sq_config_table[i];
        *ret = (struct sq_setting){
                .section = row->section,
                .key = row->key,
                .value = config->origin->value[i].text ? config->origin->value[i].text
                                                       : row->value,
                .default_value = row->value,
                .line = config->origin->value[i].line,
                .help = row->help,
        };
        describe(row, ret->accepts, sizeof ret->accepts);
        return true;
}
