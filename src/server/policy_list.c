/* policy_list.c - policies as the API lists and shows them (policy.h) */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "governor/record.h"
#include "governor/record_json.h"
#include "governor/resource.h"
#include "server/policy.h"
#include "server/policy_view.h"
#include "wire/policy_json.h"

/* As the ancestor has it. */
#define PAGE_SIZE 10
#define PAGE_SIZE_MOST 300

/* --- which ---------------------------------------------------------------------------- */

/* What is asked for, and what there is. */
struct listing {
        size_t page, size;
        size_t total; /* that the caller sees and the filters leave */
};

static bool read_count(const char *text, size_t most, size_t *ret) {
        size_t number = 0;

        if (!*text)
                return true;
        for (; *text >= '0' && *text <= '9' && number <= most; text++)
                number = 10 * number + (size_t)(*text - '0');
        if (*text || !number || number > most)
                return false;
        *ret = number;
        return true;
}

static int read_listing(const struct sq_request *request, struct listing *ret,
                        struct sq_error *err) {
        *ret = (struct listing){.page = 1, .size = PAGE_SIZE};
        if (!read_count(request->parameter[SQ_POLICY_PAGE], SQ_POLICIES_MOST, &ret->page))
                return sq_fail(err, SQ_EINVAL, "page must be a whole number from 1 to %d",
                               SQ_POLICIES_MOST);
        if (!read_count(request->parameter[SQ_POLICY_PAGE_SIZE], PAGE_SIZE_MOST, &ret->size))
                return sq_fail(err, SQ_EINVAL, "page_size must be a whole number from 1 to %d",
                               PAGE_SIZE_MOST);
        return SQ_OK;
}

static bool is_wanted(const struct sq_request *request, const struct sq_kept_policy *kept) {
        const char *scope_uuid = request->parameter[SQ_POLICY_SCOPE_UUID];
        char uuid[SQ_UUID_SIZE], scope[SQ_POLICY_TEXT_SIZE];

        snprintf(scope, sizeof scope, "%s", request->parameter[SQ_POLICY_SCOPE]);
        sq_policy_take_last_part(scope);
        return (!*scope || !strcmp(scope, kept->policy.scope)) &&
               (!*scope_uuid || !strcmp(scope_uuid, sq_scope_uuid(kept->policy.scope, uuid)));
}

/* --- the list ------------------------------------------------------------------------- */

static int write_those(const struct sq_request *request, struct sq_ledger *ledger,
                       const struct sq_policy_view *view, struct sq_kept_policy *const *policy,
                       size_t n, struct sq_document *doc, struct listing *listing,
                       struct sq_error *err) {
        const size_t first = (listing->page - 1) * listing->size;
        int rc = SQ_OK;

        sq_document_open_list(doc, NULL);
        for (size_t i = 0; i < n && !rc; i++) {
                if (!sq_policy_view_has(view, policy[i]) || !is_wanted(request, policy[i]))
                        continue;
                if (listing->total >= first && listing->total - first < listing->size)
                        rc = sq_kept_policy_print(ledger, doc, policy[i], err);
                listing->total++;
        }
        sq_document_close_list(doc);
        if (!rc && first && first >= listing->total)
                rc = sq_fail(err, SQ_ENOTFOUND, "there is no page %zu", listing->page);
        return rc;
}

static int write_list(struct sq_sources *sources, const struct sq_request *request,
                      struct sq_ledger *ledger, struct sq_document *doc, void *payload,
                      struct sq_error *err) {
        SQ_CLEANUP(sq_policy_view_clear) struct sq_policy_view view = {.all = false};
        struct listing *listing = payload;
        struct sq_kept_policy **policy = NULL;
        size_t n = 0;
        int rc = read_listing(request, listing, err);

        if (!rc)
                rc = sq_policy_view_read(sources, &request->caller, ledger, &view, err);
        if (!rc)
                rc = sq_kept_policies_read(ledger, &policy, &n, err);
        if (!rc)
                rc = write_those(request, ledger, &view, policy, n, doc, listing, err);
        sq_kept_policies_free(policy, n);
        return rc;
}

/* What the query has besides the page, as it came; false: more than a header should have. */
static bool copy_filters(const char *target, char *text, size_t size) {
        const char *query = strchr(target, '?'), *end;
        size_t n = 0;

        text[0] = '\0';
        for (query = query ? query + 1 : ""; *query; query = end + (*end == '&')) {
                end = query + strcspn(query, "&");
                if (end == query || !strncmp(query, "page=", 5) ||
                    !strncmp(query, "page_size=", 10))
                        continue;
                if ((size_t)(end - query) + 2 > size - n)
                        return false;
                n += (size_t)snprintf(text + n, size - n, "&%.*s", (int)(end - query), query);
        }
        return !strpbrk(text, "<>\"#");
}

/* Other pages, relative to this one: who asks knows under which address we are. */
static void add_link(const struct listing *listing, const char *filters, const char *name,
                     size_t page, struct sq_answer *ret) {
        const size_t length = strlen(ret->link);

        snprintf(ret->link + length, sizeof ret->link - length,
                 "%s<?page=%zu&page_size=%zu%s>; rel=\"%s\"", length ? ", " : "", page,
                 listing->size, filters, name);
}

void sq_policy_list(struct sq_sources *sources, const struct sq_request *request,
                    struct sq_answer *ret) {
        char filters[100]; /* four times in the header */
        struct listing listing;
        size_t last;

        if (!sq_page_answer(sources, request, write_list, &listing, ret))
                return;
        ret->counted = true;
        ret->count = (int64_t)listing.total;
        if (!copy_filters(request->target, filters, sizeof filters))
                return;
        last = listing.total ? (listing.total - 1) / listing.size + 1 : 1;
        add_link(&listing, filters, "first", 1, ret);
        if (listing.page > 1)
                add_link(&listing, filters, "prev", listing.page - 1, ret);
        if (listing.page < last)
                add_link(&listing, filters, "next", listing.page + 1, ret);
        add_link(&listing, filters, "last", last, ret);
}

/* --- one ------------------------------------------------------------------------------ */

static int write_one(struct sq_sources *sources, const struct sq_request *request,
                     struct sq_ledger *ledger, struct sq_document *doc, void *payload,
                     struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        int rc = sq_policy_view_find(sources, request, ledger, &kept, err);

        (void)payload;
        return rc ? rc : sq_kept_policy_print(ledger, doc, kept, err);
}

void sq_policy_show(struct sq_sources *sources, const struct sq_request *request,
                    struct sq_answer *ret) {
        (void)sq_page_answer(sources, request, write_one, NULL, ret);
}

void sq_policy_actions(struct sq_sources *sources, const struct sq_request *request,
                       struct sq_answer *ret) {
        struct sq_json json = {.body = NULL};
        const char *word;

        (void)sources;
        (void)request;
        sq_json_add(&json, "[");
        for (size_t i = 0; (word = sq_action_word(i)); i++) {
                sq_json_add(&json, i ? "," : "");
                sq_json_add_string(&json, word);
        }
        sq_json_add(&json, "]");
        sq_answer_json(&json, 200, ret);
}
