#include "base/date.h"

#include <stdio.h>
#include <string.h>

/* The calendar repeats every 400 years. */
#define DAYS_OF_ERA 146097

static bool is_leap(int year) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int sq_date_month_length(int year, int month) {
        static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

        return length[month - 1] + (month == 2 && is_leap(year));
}

static int64_t divide_down(int64_t a, int64_t b) {
        return a / b - (a % b < 0);
}

/* Days of the years before `year`, counted from 0000-01-01. */
static int64_t days_before_year(int64_t year) {
        const int64_t past = year - 1;

        return 365 * year + divide_down(past, 4) - divide_down(past, 100) +
               divide_down(past, 400) + 1; /* year 0 is a leap year */
}

static int days_before_month(int year, int month) {
        int days = 0;

        for (int m = 1; m < month; m++)
                days += sq_date_month_length(year, m);
        return days;
}

int64_t sq_date_days(struct sq_date date) {
        return days_before_year(date.year) + days_before_month(date.year, date.month) +
               date.day - 1 - days_before_year(1970);
}

struct sq_date sq_date_from_days(int64_t days) {
        const int64_t since_zero = days + days_before_year(1970);
        struct sq_date date = {.month = 1};
        int64_t year = divide_down(since_zero * 400, DAYS_OF_ERA);
        int left;

        while (days_before_year(year) > since_zero) /* the guess is off by one at most */
                year--;
        while (days_before_year(year + 1) <= since_zero)
                year++;
        date.year = (int)year;
        left = (int)(since_zero - days_before_year(year));
        while (left >= sq_date_month_length(date.year, date.month))
                left -= sq_date_month_length(date.year, date.month++);
        date.day = left + 1;
        return date;
}

/* `n` digits; -1 when there are others. */
static int digits(const char *text, int n) {
        int number = 0;

        for (int i = 0; i < n; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return -1;
                number = 10 * number + (text[i] - '0');
        }
        return number;
}

bool sq_date_parse(const char *text, struct sq_date *ret) {
        struct sq_date date;

        if (strlen(text) != strlen("YYYY-MM-DD") || text[4] != '-' || text[7] != '-')
                return false;
        date = (struct sq_date){digits(text, 4), digits(text + 5, 2), digits(text + 8, 2)};
        if (date.year < 1 || date.month < 1 || date.month > 12 || date.day < 1 ||
            date.day > sq_date_month_length(date.year, date.month))
                return false;
        *ret = date;
        return true;
}

char *sq_date_text(struct sq_date date, char text[SQ_DATE_SIZE]) {
        snprintf(text, SQ_DATE_SIZE, "%04d-%02d-%02d", date.year, date.month, date.day);
        return text;
}

int64_t sq_date_number(struct sq_date date) {
        return (int64_t)date.year * 10000 + date.month * 100 + date.day;
}

struct sq_date sq_date_from_number(int64_t number) {
        return (struct sq_date){(int)(number / 10000), (int)(number / 100 % 100),
                                (int)(number % 100)};
}
