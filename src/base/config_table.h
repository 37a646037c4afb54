/* config_table.h - the row of each setting: what it is called, what it may be, what it is
 * for
 *
 * For config.c alone: others see a setting as struct sq_setting.
 */
#pragma once

#include "base/config.h"

enum sq_setting_type {
        SQ_IS_PATH,    /* const char *: absolute */
        SQ_IS_MAYBE,   /* const char *: absolute, or empty */
        SQ_IS_PROGRAM, /* const char *: absolute, or a plain name */
        SQ_IS_USER,    /* const char *: a login name */
        SQ_IS_CLUSTER, /* const char *: a cluster name as Slurm keeps it, or empty */
        SQ_IS_LIST,    /* const char *: items between `;`, on one or several lines */
        SQ_IS_TEXT,    /* const char *: read, and checked, where it is used */
        SQ_IS_INTEGER, /* int64_t from `least` to `most` */
        SQ_IS_WORD     /* int: the place of the value in `words` */
};

struct sq_config_row {
        const char *section, *key;
        enum sq_setting_type type;
        size_t offset; /* of the field in struct sq_config */
        int64_t least, most;
        const char *words[4];
        const char *value; /* the default */
        const char *help;
};

/* Room for as many rows; how many there are is sq_config_rows. */
#define SQ_CONFIG_ROWS_MAX 128

extern const struct sq_config_row sq_config_table[];
extern const size_t sq_config_rows;
