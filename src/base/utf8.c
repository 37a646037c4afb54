#include "base/utf8.h"

#include <stdint.h>

size_t sq_utf8_length(const char *text) {
        static const uint32_t least[] = {[2] = 0x80, [3] = 0x800, [4] = 0x10000};
        const unsigned char *p = (const unsigned char *)text;
        const size_t n = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
        uint32_t c = *p & (0x7fu >> n);

        if (*p < 0x80)
                return 1;
        if (*p < 0xc2 || *p > 0xf4)
                return 0;
        for (size_t i = 1; i < n; i++) {
                if ((p[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (p[i] & 0x3f);
        }
        return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : n;
}

bool sq_utf8_is_text(const char *text) {
        while (*text) {
                const size_t n = sq_utf8_length(text);

                if (!n)
                        return false;
                text += n;
        }
        return true;
}
