/* fake_program.h - a shell script in the place of one of Slurm's programs */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char fake_folder[] = "/tmp/sq-fake-XXXXXX";

/* Written anew each time; it runs in its folder.  Returns its path. */
__attribute__((unused)) static const char *fake_program(const char *script) {
        static char path[64];
        FILE *file;

        snprintf(path, sizeof path, "%s/program", fake_folder);
        file = fopen(path, "we");
        assert_non_null(file);
        fprintf(file, "#!/bin/sh\ncd %s\n%s\n", fake_folder, script);
        fclose(file);
        assert_int_equal(chmod(path, 0755), 0);
        return path;
}

/* What it wrote to its file "arguments". */
__attribute__((unused)) static const char *fake_arguments(void) {
        static char text[2000];
        char path[64];
        FILE *file;
        size_t n;

        snprintf(path, sizeof path, "%s/arguments", fake_folder);
        file = fopen(path, "re");
        assert_non_null(file);
        n = fread(text, 1, sizeof text - 1, file);
        text[n] = '\0';
        fclose(file);
        return text;
}

/* cmocka's setup and teardown of the group. */
static int fake_start(void **state) {
        (void)state;
        return mkdtemp(fake_folder) ? 0 : -1;
}

static int fake_stop(void **state) {
        static const char *const names[] = {"program", "arguments"};
        char path[64];

        (void)state;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
                snprintf(path, sizeof path, "%s/%s", fake_folder, names[i]);
                unlink(path);
        }
        return rmdir(fake_folder);
}
