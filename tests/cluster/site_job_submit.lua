-- A site's own script, which asks slurm-quota in two lines (see the README).
local quota = require("slurm_quota")

-- What this site did before: one name is refused, another is noted, and the comment
-- tells that the script has been here.
function slurm_job_submit(job_desc, part_list, submit_uid)
        if job_desc.name == "forbidden" then
                slurm.log_user("site: this name is not allowed")
                return slurm.ERROR
        end
        job_desc.comment = "site"
        if job_desc.name == "audited" then
                job_desc.admin_comment = "for the audit"
        end
        return quota.job_submit(job_desc, part_list, submit_uid)
end

function slurm_job_modify(job_desc, job_rec, part_list, modify_uid)
        return quota.job_modify(job_desc, job_rec, part_list, modify_uid)
end

slurm.log_info("site: loaded")
return slurm.SUCCESS
