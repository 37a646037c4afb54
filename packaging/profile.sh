# /etc/profile.d/slurm-quota.sh - where slurm-quota asks, on nodes that are not the controller
#
# Put the controller's name here.  Behind a proxy the path may be another, and the scheme https.
export SLURM_QUOTA_URL=http://controller:9911/
