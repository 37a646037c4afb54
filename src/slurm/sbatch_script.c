#include "slurm/sbatch_script.h"

#include <string.h>
#include <strings.h>

#include "base/grow.h"
#include "slurm/sbatch_option.h"

struct sq_sbatch_script {
        char *text; /* of the words, each with its NUL */
        size_t length;
        char **word;
        size_t n, room;
        size_t first[SQ_SBATCH_COMPONENTS_MAX + 1]; /* the words of each, and behind them */
        size_t components;
        bool has_pbs;
};

void sq_sbatch_script_free(struct sq_sbatch_script *script) {
        if (!script)
                return;
        free(script->text);
        free(script->word);
        free(script);
}

size_t sq_sbatch_script_components(const struct sq_sbatch_script *script) {
        return script->components;
}

char *const *sq_sbatch_script_words(const struct sq_sbatch_script *script, size_t component,
                                    size_t *ret_n) {
        *ret_n = script->first[component + 1] - script->first[component];
        return script->word ? script->word + script->first[component] : NULL;
}

bool sq_sbatch_script_has_pbs(const struct sq_sbatch_script *script) {
        return script->has_pbs;
}

/* A piece of the script: a line without its end. */
struct line {
        const char *at, *end;
        int number;
};

static bool is_blank(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_blanks(struct line *line) {
        while (line->at < line->end && is_blank(*line->at))
                line->at++;
}

static bool begins(const struct line *line, const char *word) {
        const size_t length = strlen(word);

        return (size_t)(line->end - line->at) >= length && !memcmp(line->at, word, length);
}

/* `hetjob`, or `packjob` as it was called before, as a word of its own. */
static size_t separator_length(const struct line *line) {
        static const char *const words[] = {"hetjob", "packjob"};

        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
                const size_t length = strlen(words[i]);

                if ((size_t)(line->end - line->at) >= length &&
                    !strncasecmp(line->at, words[i], length) &&
                    (line->at + length == line->end || is_blank(line->at[length])))
                        return length;
        }
        return 0;
}

static int add_word(struct sq_sbatch_script *script, char *word, struct sq_error *err) {
        if (script->n == SQ_SBATCH_WORDS_MAX)
                return sq_fail(err, SQ_EINVAL, "batch script has more than %d words in its"
                                               " #SBATCH lines", SQ_SBATCH_WORDS_MAX);
        if (!sq_grow(&script->word, script->n + 1, &script->room, sizeof *script->word))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        script->word[script->n++] = word;
        return SQ_OK;
}

/* Appends the next argument of the line, without its quotes, to the script's text and
 * gives its length; 0 at the end of the line, and for an empty one. */
static int read_argument(struct sq_sbatch_script *script, struct line *line, size_t *ret,
                         struct sq_error *err) {
        bool escaped = false;
        char quote = '\0';
        char *to = script->text + script->length;

        skip_blanks(line);
        line->at += separator_length(line);
        skip_blanks(line);
        *ret = 0;
        if (line->at < line->end && *line->at == ':')
                return sq_fail(err, SQ_EINVAL, "batch script, line %d: unexpected \":\"",
                               line->number);
        while (line->at < line->end && (quote || !is_blank(*line->at))) {
                const char c = *line->at;

                if (escaped) {
                        escaped = false;
                } else if (c == '\\') {
                        line->at++;
                        escaped = true;
                        if (line->at == line->end || *line->at != ' ')
                                continue;
                        escaped = false;
                } else if (quote && c == quote) {
                        quote = '\0';
                        line->at++;
                        continue;
                } else if (!quote && (c == '"' || c == '\'')) {
                        quote = c;
                        line->at++;
                        continue;
                } else if (!quote && c == '#') {
                        break;
                }
                to[(*ret)++] = *line->at++;
        }
        if (quote)
                return sq_fail(err, SQ_EINVAL, "batch script, line %d: unmatched %c",
                               line->number, quote);
        to[*ret] = '\0';
        return SQ_OK;
}

/* A line of options, behind its #SBATCH. */
static int read_options(struct sq_sbatch_script *script, struct line *line,
                        struct sq_error *err) {
        size_t length;
        int rc;

        skip_blanks(line);
        if (separator_length(line)) {
                if (script->components == SQ_SBATCH_COMPONENTS_MAX)
                        return sq_fail(err, SQ_EINVAL,
                                       "batch script, line %d: more than %d components",
                                       line->number, SQ_SBATCH_COMPONENTS_MAX);
                script->first[script->components++] = script->n;
        }
        while (!(rc = read_argument(script, line, &length, err)) && length) {
                rc = add_word(script, script->text + script->length, err);
                if (rc)
                        break;
                script->length += length + 1;
        }
        return rc;
}

/* Whether sbatch stops here: something that is neither blank nor a comment. */
static bool is_command(struct line line) {
        skip_blanks(&line);
        return line.at < line.end && *line.at != '#';
}

static int read_lines(struct sq_sbatch_script *script, const char *text, size_t length,
                      struct sq_error *err) {
        const char *at = text, *const end = text + length;
        int rc = SQ_OK;

        script->components = 1;
        for (int number = 1; at < end && !rc; number++) {
                const char *newline = memchr(at, '\n', (size_t)(end - at));
                struct line line = {at, newline ? newline : end, number};

                at = newline ? newline + 1 : end;
                if (begins(&line, "#SBATCH") || begins(&line, "#SLURM")) {
                        line.at += begins(&line, "#SBATCH") ? strlen("#SBATCH")
                                                            : strlen("#SLURM");
                        rc = read_options(script, &line, err);
                } else if (is_command(line)) {
                        break;
                } else if (begins(&line, "#PBS") || begins(&line, "#BSUB")) {
                        script->has_pbs = true;
                }
        }
        script->first[script->components] = script->n;
        return rc;
}

/* What sbatch itself looks at first (sbatch.c, _get_script_buffer and its like). */
static int check(const char *text, size_t length, struct sq_error *err) {
        if (length > SQ_SBATCH_SCRIPT_MAX)
                return sq_fail(err, SQ_EINVAL, "batch script is longer than %u bytes",
                               SQ_SBATCH_SCRIPT_MAX);
        if (!length)
                return sq_fail(err, SQ_EINVAL, "batch script is empty");
        if (length < 2 || text[0] != '#' || text[1] != '!') {
                sq_fail(err, SQ_EINVAL, "batch script does not begin with #!");
                sq_hint(err, "Its first line must be #! and the path of an interpreter.");
                return SQ_EINVAL;
        }
        if (memchr(text, '\0', length))
                return sq_fail(err, SQ_EINVAL, "batch script has a NUL character");
        if (memmem(text, length, "\r\n", 2))
                return sq_fail(err, SQ_EINVAL, "batch script has DOS line ends");
        return SQ_OK;
}

int sq_sbatch_script_read(const char *text, size_t length, struct sq_sbatch_script **ret,
                          struct sq_error *err) {
        SQ_CLEANUP(sq_sbatch_script_freep) struct sq_sbatch_script *script = NULL;
        int rc = check(text, length, err);

        if (rc)
                return rc;
        script = calloc(1, sizeof *script);
        /* A word is shorter than its line: the blank before it makes room for its NUL. */
        if (!script || !(script->text = malloc(length + 1)))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        rc = read_lines(script, text, length, err);
        if (!rc)
                *ret = SQ_TAKE(script);
        return rc;
}
