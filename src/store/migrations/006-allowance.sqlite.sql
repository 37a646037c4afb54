-- What a policy lets an account use of a window, which a submission asks for as it asks for
-- budgets: set by the evaluations of the policy.

-- 0: no policy says anything.
ALTER TABLE balance ADD COLUMN policy_id INTEGER NOT NULL DEFAULT 0;
-- The TRES of an account and a window share it by their weights: the sum of TRES-seconds
-- times weight.  One of weight 0 stands for itself.
ALTER TABLE balance ADD COLUMN policy_weight INTEGER NOT NULL DEFAULT 0;
-- 100 percent of the allocation, and what no job goes beyond.
ALTER TABLE balance ADD COLUMN policy_full INTEGER NOT NULL DEFAULT 0;
ALTER TABLE balance ADD COLUMN policy_limit INTEGER NOT NULL DEFAULT 0;
