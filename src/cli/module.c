#include "cli/module.h"

#include <dlfcn.h>
#include <stddef.h>

/* By its plain name: it is looked for where this program's own run path says. */
int sq_module_load(const char *file, const char *symbol, const char *what, void **ret,
                   struct sq_error *err) {
        void *module = dlopen(file, RTLD_NOW | RTLD_LOCAL);

        *ret = module ? dlsym(module, symbol) : NULL;
        if (*ret)
                return SQ_OK;
        sq_fail(err, SQ_EIO, "cannot load %s: %.300s", what, dlerror());
        sq_hint(err, "It is installed with the command, as %s.", file);
        return SQ_EIO;
}
