#include "base/real.h"

#include <stdio.h>
#include <stdlib.h>

char *sq_real_text(double number, char text[SQ_REAL_SIZE]) {
        int precision = 15; /* what people write with so many digits comes back as it was */

        do
                snprintf(text, SQ_REAL_SIZE, "%.*g", precision, number);
        while (precision++ < 17 && strtod(text, NULL) != number);
        return text;
}
