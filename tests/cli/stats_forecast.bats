#!/usr/bin/env bats
# When budgets are used up, if things go on so.

load helper

# used DAYS_AGO MINUTES: so much CPU time on that day, by alice in hpc.
used() {
        sql "INSERT INTO usage_day (user_id, account_id, day, resource_id, amount)
             SELECT u.id, a.id, CAST(strftime('%Y%m%d', 'now', '-$1 days') AS INTEGER), 1, 60 * $2
             FROM subject u, subject a WHERE u.name = 'alice' AND a.name = 'hpc'"
}

site() {
        export TZ=UTC0
        slurm-quota user-quota alice 1000
        slurm-quota account-quota hpc 5000
        slurm-quota user-quota bob 7
        sql "INSERT INTO membership SELECT u.id, a.id FROM subject u, subject a
             WHERE u.name = 'alice' AND a.name = 'hpc';
             UPDATE subject SET created_at = created_at - 100 * 86400;
             UPDATE balance SET consumed = 30000 WHERE resource_id = 1 AND window_id = 1
             AND subject_id IN (SELECT id FROM subject WHERE name IN ('alice', 'hpc'))"
        used 1 70
        used 7 70
        used 20 160
}

day() { date -u -d "$1 days" +%Y-%m-%d; }

@test "the table says when, and between which days" {
        site
        run --separate-stderr slurm-quota stats alice --forecast
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
        echo "$output"
        [[ ${lines[0]} == "NAME "*"RESOURCE"*"UNTIL"*"CONSUMED"*"BUDGET"*"80 %"*"100 %"*"BETWEEN" ]]
        # 500 of 1000 used; 20 a day in the week, 10 in the month.
        [[ ${lines[2]} =~ ^"user alice "\ +cpu\ +-\ +500\ +1000\ +20\ +10\ +$(day 30)\ +$(day 50)\ +$(day 25)" and "$(day 50)$ ]]
        [[ ${lines[3]} =~ ^"account hpc "\ +cpu\ +-\ +500\ +5000\ +20\ +10\ +$(day 350)\ +$(day 450) ]]
        [ "${#lines[@]}" -eq 4 ]
}

@test "what is used up already, and what never will be, is said so" {
        site
        slurm-quota user-quota alice 500
        run slurm-quota stats --all --forecast
        echo "$output"
        grep -qE '^user alice .* reached +reached +-$' <<<"$output"
        grep -qE '^user bob +cpu +- +0 +7 +0 +0 +- +- +-$' <<<"$output"
        run slurm-quota stats carol --forecast
        [ "$output" = "nothing to tell: no budgets, and nothing was used" ]
}

@test "a window that ends before has no day" {
        site
        slurm-quota budget set user:bob cpu=7 --window year
        run slurm-quota stats bob --forecast
        grep -qE "^user bob +cpu +$(date -u +%Y)-12-31 +0 +7 +0 +0 +- +- +-$" <<<"$output"
}

@test "the JSON has the days and the dates" {
        site
        run --separate-stderr slurm-quota stats alice --forecast --json
        [ "$(json '$.today')" = "$(day 0)" ]
        [ "$(json '$.forecast[0].full_date')" = "$(day 50)" ]
        [ "$(json '$.forecast[0].full_earliest_days')" = 25 ]
        [ "$(json '$.forecast[0].early_days')" = 30 ]
        [ "$(json '$.forecast[0].week_seconds')" = 8400 ]
        [ "$(json '$.forecast[0].last_day')" = "" ]
        run --separate-stderr slurm-quota stats nobody --forecast --json
        [ "$(json '$.forecast')" = "[]" ]
}

@test "it goes with no --jobs" {
        run slurm-quota stats --jobs --forecast
        [ "$status" -eq 2 ]
}
