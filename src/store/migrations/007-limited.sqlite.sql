-- Of what Slurm may have limits because of a policy, so that they are lifted when nobody wants
-- them any more: "GrpTRESMins=cpu,node".
ALTER TABLE policy_account ADD COLUMN limited TEXT NOT NULL DEFAULT '';
-- And once the plan has been carried out.
ALTER TABLE outbox ADD COLUMN limited TEXT NOT NULL DEFAULT '';
-- And what it lifts, of an account that its policy has let go of.
ALTER TABLE outbox ADD COLUMN lifts TEXT NOT NULL DEFAULT '';
