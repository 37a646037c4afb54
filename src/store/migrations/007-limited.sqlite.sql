-- Of what Slurm may have limits because of a policy, so that they are lifted when nobody wants
-- them any more: "GrpTRESMins=cpu,node".
ALTER TABLE policy_account ADD COLUMN limited TEXT NOT NULL DEFAULT '';
-- And once the plan has been carried out.
ALTER TABLE outbox ADD COLUMN limited TEXT NOT NULL DEFAULT '';
