-- hook.lua SUBMISSIONS REFUSALS CHANGES ENDS FAULTS - so many calls, as slurmctld makes
-- them; each fault is a job without an account and one with an array that cannot be read
local submissions, refusals, changes, ends, faults = ...
local quota = require("slurm_quota")
local parts = { debug = { default_time = 30, max_time = 1440, flag_default = 1,
        total_cpus = 64, total_nodes = 1, max_share = 1 } }
local NO_VAL, NO_VAL16 = 4294967294, 65534

local function job(cpus)
        return { num_tasks = cpus, min_cpus = cpus, min_nodes = NO_VAL, max_nodes = NO_VAL,
                time_limit = 1, cpus_per_task = NO_VAL16, ntasks_per_node = NO_VAL16,
                ntasks_per_tres = NO_VAL16, shared = NO_VAL16, user_id = 0,
                default_account = "physics" }
end

local uuid
for _ = 1, tonumber(submissions) do
        local desc = job(1)
        assert(quota.job_submit(desc, parts, 0) == 0)
        uuid = desc.admin_comment
end
for _ = 1, tonumber(refusals) do assert(quota.job_submit(job(64), parts, 0) == 2002) end
local record = { job_id = 7, user_id = 0, account = "physics", partition = "debug",
        admin_comment = uuid, time_limit = 1, job_state = 0, min_cpus = 1, min_nodes = 1,
        submit_time = 1700000000, tres_fmt_req_str = "cpu=1,node=1" }
for _ = 1, tonumber(changes) do quota.job_modify({ time_limit = 2 }, record, parts, 0) end
for i = 1, tonumber(ends) do
        quota.job_complete { job_id = 100 + i, user_id = 0, account = "physics", job_state = 3,
                submit_time = 1700000000, start_time = 1700000000, end_time = 1700000001,
                restart_cnt = 0, tres_fmt_alloc_str = "cpu=1,node=1" }
end
for _ = 1, tonumber(faults or 0) do
        local desc = job(1)
        desc.default_account = nil
        assert(quota.job_submit(desc, parts, 0) == 2002)
        desc = job(1)
        desc.array_inx = "0-9x"
        assert(quota.job_submit(desc, parts, 0) == 2002)
end
