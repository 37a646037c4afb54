-- jobcomp.lua - tells slurm-quota what a job used
local quota = require("slurm_quota")

function slurm_jobcomp_log_record(job_rec)
        return quota.job_complete(job_rec)
end

slurm.log_info("slurm-quota %s: jobcomp.lua loaded", quota.version)
return slurm.SUCCESS
