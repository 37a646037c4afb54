#include "slurm/row.h"

#include <string.h>

#include "slurm/array.h"
#include "slurm/tres_text.h"

static bool split(const char *line, size_t fields, struct sq_row *ret) {
        for (size_t i = 0; i < fields; i++) {
                const char *end = i < fields - 1 ? strchr(line, SQ_ROW_SEPARATOR)
                                                 : line + strlen(line);

                if (!end)
                        return false;
                ret->field[i] = line;
                ret->length[i] = (size_t)(end - line);
                line = end + 1;
        }
        return true;
}

bool sq_row_read(const char *line, const struct sq_row_shape *shape, struct sq_row *ret,
                 int64_t *ret_id) {
        return split(line, shape->fields, ret) && sq_row_number(ret, shape->id, ret_id) &&
               sq_row_count(ret, shape->submit);
}

bool sq_row_number_of(const char *text, size_t length, int64_t *ret) {
        int64_t value = 0;

        for (size_t i = 0; i < length; i++)
                if (text[i] < '0' || text[i] > '9' ||
                    __builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, text[i] - '0', &value))
                        return false;
        if (length)
                *ret = value;
        return length > 0;
}

bool sq_row_number(const struct sq_row *row, size_t field, int64_t *ret) {
        return sq_row_number_of(row->field[field], row->length[field], ret);
}

int64_t sq_row_count(const struct sq_row *row, size_t field) {
        int64_t value = 0;

        (void)sq_row_number(row, field, &value);
        return value;
}

bool sq_row_is(const struct sq_row *row, size_t field, const char *word) {
        return row->length[field] == strlen(word) &&
               !memcmp(row->field[field], word, row->length[field]);
}

void sq_row_copy(const struct sq_row *row, size_t field, char *ret, size_t size) {
        const size_t n = row->length[field] < size ? row->length[field] : 0;

        memcpy(ret, row->field[field], n);
        ret[n] = '\0';
}

int sq_row_tres(const struct sq_row *row, size_t field, const char *name, struct sq_tres *ret,
                struct sq_error *err) {
        char text[SQ_TRES_TEXT_SIZE];
        int rc;

        if (row->length[field] >= sizeof text)
                return sq_fail(err, SQ_ERANGE, "%s is too long", name);
        sq_row_copy(row, field, text, sizeof text);
        rc = sq_tres_parse(text, ret, err);
        if (rc)
                sq_context(err, "%s", name);
        return rc;
}

bool sq_row_array(const struct sq_row *row, size_t field, int64_t *ret_array,
                  const char **ret_tasks, size_t *ret_length) {
        const char *text = row->field[field];
        const char *line = memchr(text, '_', row->length[field]);

        if (!line || !sq_row_number_of(text, (size_t)(line - text), ret_array))
                return false;
        *ret_tasks = line + 1;
        *ret_length = row->length[field] - (size_t)(line + 1 - text);
        return true;
}

/* A longer one is marked as cut off, or what is beyond 4095 is left out without a mark
 * (xlate_array_task_str() in slurm_protocol_defs.c; squeue's print.c). */
#define TASKS_WHOLE 4093

int64_t sq_row_tasks(const char *text, size_t length) {
        char list[TASKS_WHOLE + 1];
        const char *percent = memchr(text, '%', length);
        int64_t count;

        if (percent)
                length = (size_t)(percent - text);
        if (!length || length > TASKS_WHOLE)
                return -1;
        memcpy(list, text, length);
        list[length] = '\0';
        return strstr(list, "...") || sq_array_count(list, &count, NULL) ? -1 : count;
}

static void add(struct sq_row_comment *comment, const char *text, size_t length) {
        const size_t room = SQ_COMMENT_MAX - comment->n;
        const size_t n = length < room ? length : room;

        memcpy(comment->text + comment->n, text, n);
        comment->n += n;
        comment->text[comment->n] = '\0';
}

void sq_row_comment_start(struct sq_row_comment *comment, const struct sq_row *row,
                          size_t field) {
        comment->n = 0;
        add(comment, row->field[field], row->length[field]);
}

int sq_row_comment_go_on(struct sq_row_comment *comment, bool any, const char *line,
                         struct sq_error *err) {
        if (!any)
                return sq_fail(err, SQ_EIO, "\"%.60s\" is not what was asked for", line);
        if (comment) {
                add(comment, "\n", 1);
                add(comment, line, strlen(line));
        }
        return SQ_OK;
}
