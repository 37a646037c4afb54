#include "slurm/comment.h"

#include <string.h>

#define UUID_LENGTH (SQ_UUID_SIZE - 1)

static const char key[] = "slurm_quota=";

static bool copy_uuid(const char *text, size_t length, char ret[SQ_UUID_SIZE]) {
        char uuid[SQ_UUID_SIZE];

        if (length != UUID_LENGTH)
                return false;
        memcpy(uuid, text, UUID_LENGTH);
        uuid[UUID_LENGTH] = '\0';
        if (!sq_uuid_is_valid(uuid))
                return false;
        memcpy(ret, uuid, SQ_UUID_SIZE);
        return true;
}

/* The next word at or after `p`; NULL when there is none. */
static const char *next_word(const char *p, size_t *ret_length) {
        static const char between[] = ", \t\r\n\v\f";

        p += strspn(p, between);
        *ret_length = strcspn(p, between);
        return *ret_length ? p : NULL;
}

bool sq_comment_uuid(const char *comment, char ret[SQ_UUID_SIZE]) {
        const char *word;
        size_t length;

        if (!comment)
                return false;
        for (word = next_word(comment, &length); word;
             word = next_word(word + length, &length))
                if (length > sizeof key - 1 && !memcmp(word, key, sizeof key - 1) &&
                    copy_uuid(word + sizeof key - 1, length - (sizeof key - 1), ret))
                        return true;
        word = next_word(comment, &length);
        return word && copy_uuid(word, length, ret);
}

/* The part of `comment` that a new UUID replaces. */
static bool find_place(const char *comment, const char **ret, size_t *ret_length) {
        char uuid[SQ_UUID_SIZE];
        const char *word;
        size_t length;

        for (word = next_word(comment, &length); word;
             word = next_word(word + length, &length))
                if (length >= sizeof key - 1 && !memcmp(word, key, sizeof key - 1)) {
                        *ret = word + sizeof key - 1;
                        *ret_length = length - (sizeof key - 1);
                        return true;
                }
        word = next_word(comment, &length);
        if (!word || !copy_uuid(word, length, uuid))
                return false;
        *ret = word;
        *ret_length = length;
        return true;
}

int sq_comment_set(const char *comment, const char *uuid, char *buffer, size_t size,
                   struct sq_error *err) {
        const char *place, *before = "";
        size_t length, head, cut, gap, tail;

        if (!sq_uuid_is_valid(uuid))
                return sq_fail(err, SQ_EINVAL, "\"%.40s\" is not a UUID", uuid);
        if (!comment || !next_word(comment, &length))
                comment = "";
        length = strnlen(comment, SQ_COMMENT_MAX + 1);
        if (length > SQ_COMMENT_MAX)
                return sq_fail(err, SQ_ERANGE, "admin comment is longer than %d characters",
                               SQ_COMMENT_MAX);
        if (!length || !find_place(comment, &place, &cut)) {
                place = comment + length;
                cut = 0;
                before = length ? " slurm_quota=" : "";
        }
        head = (size_t)(place - comment);
        gap = strlen(before);
        tail = length - head - cut;
        if (head + gap + UUID_LENGTH + tail >= size)
                return sq_fail(err, SQ_ERANGE, "no room for the UUID in the admin comment");
        memcpy(buffer, comment, head);
        memcpy(buffer + head, before, gap);
        memcpy(buffer + head + gap, uuid, UUID_LENGTH);
        memcpy(buffer + head + gap + UUID_LENGTH, place + cut, tail + 1);
        return SQ_OK;
}
