-- job_submit.lua - asks slurm-quota whether a job may run
--
-- A site that has a script of its own keeps it: two lines are enough, see
-- "A job_submit.lua of your own" in the README.
local quota = require("slurm_quota")

function slurm_job_submit(job_desc, part_list, submit_uid)
        return quota.job_submit(job_desc, part_list, submit_uid)
end

function slurm_job_modify(job_desc, job_rec, part_list, modify_uid)
        return quota.job_modify(job_desc, job_rec, part_list, modify_uid)
end

slurm.log_info("slurm-quota %s: job_submit.lua loaded", quota.version)
return slurm.SUCCESS
