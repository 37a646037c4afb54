-- The shipped hook with a stopwatch around it: one line of nanoseconds per
-- submission.  tests/bench/submit-rpc puts the two paths in.
package.cpath = "@BENCH@/?.so;" .. package.cpath
local quota = require("slurm_quota")
local clock = require("bench_clock")
local times = assert(io.open("@TIMES@", "a"))
times:setvbuf("full")

function slurm_job_submit(job_desc, part_list, submit_uid)
        local start = clock.now()
        local code = quota.job_submit(job_desc, part_list, submit_uid)
        times:write(string.format("%d\n", clock.now() - start))
        return code
end

function slurm_job_modify(job_desc, job_rec, part_list, modify_uid)
        return quota.job_modify(job_desc, job_rec, part_list, modify_uid)
end

return slurm.SUCCESS
