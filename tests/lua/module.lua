-- module.lua - slurm_quota.so with tables as slurmctld hands them over: fields are
-- computed by metamethods, numbers are doubles, unset ones the largest of their width
local NO_VAL, NO_VAL16, INFINITE = 4294967294, 65534, 4294967295

local said, logged = {}, {}
slurm = {
        log_user = function(format, ...) said[#said + 1] = string.format(format, ...) end,
        log_info = function(format, ...) logged[#logged + 1] = string.format(format, ...) end,
        log_error = function(format, ...) logged[#logged + 1] = string.format(format, ...) end,
}

local function record(fields)
        local new = {}
        return setmetatable({}, {
                __index = function(_, name) if new[name] ~= nil then return new[name] end return fields[name] end,
                __newindex = function(_, name, value) new[name] = value end,
        })
end

local unset = { num_tasks = NO_VAL, min_cpus = NO_VAL, min_nodes = NO_VAL, max_nodes = NO_VAL,
        time_limit = NO_VAL, cpus_per_task = NO_VAL16, ntasks_per_node = NO_VAL16,
        ntasks_per_tres = NO_VAL16, shared = NO_VAL16, user_id = 0 }

local function job(fields)
        for name, value in pairs(unset) do
                if fields[name] == nil then fields[name] = value end
        end
        fields.default_account = fields.default_account or "physics"
        return record(fields)
end

local parts = {
        debug = record { default_time = 30, max_time = 1440, flag_default = 1, total_cpus = 64,
                total_nodes = 1, max_share = 1 },
        long = record { default_time = NO_VAL, max_time = INFINITE, flag_default = 0,
                total_cpus = 64, total_nodes = 1, max_share = 1 },
}

local count, failed = 0, 0
local function check(ok, sentence)
        count = count + 1
        if not ok then failed = failed + 1 end
        print((ok and "ok " or "not ok ") .. count .. " - " .. sentence)
end

local quota = require("slurm_quota")
check(type(quota.version) == "string", "the module says its version")

local desc = job { num_tasks = 2, min_cpus = 2, time_limit = 10 }
check(quota.job_submit(desc, parts, 0) == 0, "a job within its budgets is accepted")
local uuid = desc.admin_comment
check(type(uuid) == "string" and #uuid == 36 and uuid:match("^%x+%-%x+%-%x+%-%x+%-%x+$"),
        "its UUID is in the admin_comment")

check(quota.job_submit(job { num_tasks = 64, min_cpus = 64, time_limit = 10 }, parts, 0) == 2002,
        "a job beyond them is refused with a number that every Slurm knows")
check(#said == 1 and said[1]:match("user root") and #said[1] <= 300,
        "the user is told which budget binds")

local noted = job { time_limit = 1, admin_comment = "ticket 4711" }
quota.job_submit(noted, parts, 0)
check(noted.admin_comment:match("^ticket 4711 slurm_quota=%x+%-"),
        "an administrator's comment stays beside the UUID")

local default = job {}
quota.job_submit(default, parts, 0)
check(default.admin_comment ~= nil, "a job without a limit takes the default partition's")
check(quota.job_submit(job { partition = "long" }, parts, 0) == 2002,
        "a job without any limit is refused while a budget is finite")
check(said[#said]:match("%-%-time"), "and told to give one")

check(quota.job_submit(job { time_limit = 1, array_inx = "0-9x" }, parts, 0) == 2002,
        "an array that cannot be read is refused")
check(quota.job_submit(record { user_id = 0, time_limit = 1 }, parts, 0) == 2002,
        "a job without an account is refused")
check(quota.job_submit(job { time_limit = 1, account = "PHYSICS" }, parts, 0) == 0,
        "accounts are the same in any case")

local now = record { job_id = 1, user_id = 0, account = "physics", partition = "debug",
        admin_comment = uuid, time_limit = 10, job_state = 0, min_cpus = 2, min_nodes = 1,
        max_nodes = 0, pn_min_cpus = 1, tres_fmt_req_str = "cpu=2,mem=1M,node=1,billing=2",
        array_task_id = NO_VAL, array_job_id = 0, submit_time = 1000 }
check(quota.job_modify(job { priority = 0 }, now, parts, 0) == 0, "a hold is never refused")
check(quota.job_modify(job { time_limit = 20 }, now, parts, 0) == 2002,
        "a limit beyond the budget is refused")
check(quota.job_modify(job { time_limit = 5 }, now, parts, 0) == 0, "a lower one is not")
local note = job { admin_comment = "checked" }
quota.job_modify(note, now, parts, 0)
check(note.admin_comment == "checked slurm_quota=" .. uuid,
        "the UUID survives an administrator's new comment")
check(quota.job_modify(job { account = "chemistry" }, now, parts, 0) == 0,
        "a job can move to another account")
check(quota.job_modify(job { time_limit = 99999 }, record { user_id = 0, account = "physics" },
        parts, 0) == 0, "a job that is not ours is left alone")

local ended = { job_id = 1, array_job_id = 0, array_task_id = NO_VAL, user_id = 0,
        account = "chemistry", admin_comment = uuid, job_state = 32771, restart_cnt = 0,
        submit_time = 1000, start_time = 2000, end_time = 2060, resizing = 0,
        tres_fmt_alloc_str = "cpu=2,mem=1M,node=1,billing=2" }
check(quota.job_complete(record(ended)) == 0, "the end of a job is booked")
check(quota.job_complete(record(ended)) == 0, "and a second time does no harm")

local resized = { job_id = 7, array_job_id = 0, array_task_id = NO_VAL, user_id = 0,
        account = "physics", job_state = 0x2001, restart_cnt = 0, submit_time = 1000,
        start_time = os.time() - 100, end_time = os.time() + 100000, resizing = 1,
        tres_fmt_alloc_str = "cpu=2,node=2" }
check(quota.job_complete(record(resized)) == 0, "a job that is resized is booked until now")

check(not pcall(quota.job_submit, nil, parts, 0), "what is no table raises an error")
check(quota.job_submit(job { time_limit = 1 }, nil, 0) == 0,
        "without partitions the limit is all there is")

check(#logged == 0, "nothing is logged while all is well")
assert(os.rename(arg[1] .. "/data", arg[1] .. "/away"))
quota = nil
package.loaded.slurm_quota = nil
collectgarbage()
collectgarbage()
quota = require("slurm_quota")
check(quota.job_submit(job { time_limit = 1 }, parts, 0) == 0,
        "without a store jobs are allowed")
check(#logged == 1 and logged[1]:match("1 jobs allowed unchecked"), "and that is logged")
assert(os.rename(arg[1] .. "/away", arg[1] .. "/data"))
for _ = 1, 50 do
        package.loaded.slurm_quota = nil
        require("slurm_quota").job_complete(record(ended))
        collectgarbage()
end
check(true, "the module can be loaded again and again")
print("1.." .. count)
os.exit(failed == 0 and 0 or 1)
