#include "policy/weights.h"

#include <string.h>

#include "policy/component.h"

const struct sq_weights sq_weights_builtin = {
        .n = 3,
        .item = {
                {"CPU", "cpu", {SQ_DECIMAL_ONE / 64}},
                {"Mem", "mem", {SQ_DECIMAL_ONE / 512}},
                {"GRES/gpu", "gres/gpu", {SQ_DECIMAL_ONE / 4}},
        },
};

bool sq_weights_add(struct sq_weights *weights, const char *name, struct sq_decimal weight) {
        const size_t length = strlen(name);

        if (weights->n == SQ_TRES_MAX || !length || length >= SQ_TRES_NAME_MAX ||
            weight.trillionths < 0)
                return false;
        for (size_t i = 0; i < weights->n; i++)
                if (!strcmp(weights->item[i].name, name))
                        return false;
        memcpy(weights->item[weights->n].name, name, length + 1);
        if (!sq_component_tres(name, weights->item[weights->n].tres))
                memcpy(weights->item[weights->n].tres, name, length + 1);
        weights->item[weights->n++].weight = weight;
        return true;
}

bool sq_weights_find(const struct sq_weights *weights, const char *name,
                     struct sq_decimal *ret) {

        for (int round = 0; round < 2; round++)
                for (size_t i = 0; i < weights->n; i++)
                        if (round == 0 ? !strcmp(weights->item[i].name, name)
                                       : !strcasecmp(weights->item[i].tres, name)) {
                                *ret = weights->item[i].weight;
                                return true;
                        }
        return false;
}

struct sq_tariff sq_tariff_make(const struct sq_weights *weights, enum sq_billing billing,
                                struct sq_decimal other,
                                const struct sq_quantities *allocation) {

        struct sq_tariff tariff = {.billing = weights ? billing : SQ_BILLING_SUM,
                                   .n = allocation->n};
        uint64_t common = SQ_DECIMAL_ONE;

        for (size_t i = 0; i < tariff.n; i++) {
                struct sq_decimal weight = weights ? other : SQ_DECIMAL(1);

                if (weights)
                        sq_weights_find(weights, allocation->item[i].name, &weight);
                tariff.item[i].name = allocation->item[i].name;
                tariff.item[i].weight = (uint64_t)weight.trillionths;
                common = sq_exact_divisor(common, tariff.item[i].weight);
        }
        /* Small numbers leave room for large sums. */
        for (size_t i = 0; i < tariff.n; i++)
                tariff.item[i].weight /= common;
        tariff.scale = SQ_DECIMAL_ONE / common;
        return tariff;
}

/* Those of which MAX_TRES takes the largest. */
static bool is_of_nodes(const char *tres) {
        return !strcmp(tres, "cpu") || !strcmp(tres, "mem") || !strcmp(tres, "node") ||
               !strncmp(tres, "gres/", strlen("gres/"));
}

size_t sq_tariff_faces(const struct sq_tariff *tariff, const struct sq_quantities *quantities,
                       sq_int128 ret[SQ_QUANTITIES_MAX]) {

        sq_int128 sum = 0;
        size_t n = 0;

        for (size_t i = 0; i < tariff->n; i++) {
                sq_int128 bill = sq_quantities_get(quantities, tariff->item[i].name).units;

                if (__builtin_mul_overflow(bill, (sq_int128)tariff->item[i].weight, &bill))
                        return 0;
                if (tariff->billing == SQ_BILLING_MAX_TRES &&
                    is_of_nodes(tariff->item[i].name))
                        ret[n++] = bill;
                else if (__builtin_add_overflow(sum, bill, &sum))
                        return 0;
        }
        if (!n)
                ret[n++] = 0;
        for (size_t i = 0; i < n; i++)
                if (__builtin_add_overflow(ret[i], sum, &ret[i]))
                        return 0;
        return n;
}

bool sq_tariff_bill(const struct sq_tariff *tariff, const struct sq_quantities *quantities,
                    sq_int128 *ret) {

        sq_int128 face[SQ_QUANTITIES_MAX], largest;
        const size_t n = sq_tariff_faces(tariff, quantities, face);

        if (!n)
                return false;
        largest = face[0];
        for (size_t i = 1; i < n; i++)
                largest = face[i] > largest ? face[i] : largest;
        *ret = largest;
        return true;
}
