#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A real cluster for tests: Slurm with one node, on 127.0.0.1 only, with nothing outside of one folder.
#
# usage: slurm.sh start FOLDER [JOBS]   prints SLURM_CONF, to be set; so many jobs run at a time (2)
#        slurm.sh stop FOLDER           ends jobs, too
#
# Needs Debian's slurm-wlm and munge. FOLDER/pids has the processes and their names: munged,
# controller, node.
set -euo pipefail

# Where daemons are, which is in nobody's PATH but that of root.
PATH=$PATH:/usr/sbin
command=$1 folder=$(realpath -m "$2") jobs=${3:-2}
conf=$folder/slurm.conf
. "$(dirname "$0")/daemons.sh"

# What runs a job goes on where the node ends, so that nothing is lost: here it would be in the way.
end_jobs() {
	local i

	timeout 5 scancel --user="$(id -un)" || true
	for ((i = 0; i < 50; i++)); do
		[ -n "$(timeout 5 squeue --noheader)" ] || return 0
		sleep 0.1
	done
}

stop() {
	[ -s "$folder/pids" ] || return 0
	export SLURM_CONF=$conf
	end_jobs >>"$folder/log/stop.out" 2>&1
	end_all
}

# await COMMAND...: until it succeeds.
await() {
	local i

	for ((i = 0; i < 300; i++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	echo "waited in vain for: $*"
	return 1
}

write_conf() {
	local host

	host=$(hostname -s)
	cat >"$conf" <<END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CredType=cred/munge
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/run/controller
SlurmdPidFile=$folder/run/node
SlurmctldLogFile=$folder/log/controller.log
SlurmdLogFile=$folder/log/node.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
# Also more than there are processors.
SlurmdParameters=config_overrides
# Nobody has to wait for the next round of this.
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0,sched_interval=1
KillWait=1
MpiDefault=none
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$jobs State=UNKNOWN
PartitionName=test Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
}

is_idle() {
	[ "$(sinfo --noheader --format %t)" = idle ]
}

start_all() {
	set -e # which the caller's condition has undone
	mungekey --create --keyfile "$folder/munge/key"
	# As a service it has folders that nobody else may write to; and takes no offence at ours.
	run munged munged --foreground --force --key-file "$folder/munge/key" \
		--socket "$folder/munge/socket" --pid-file "$folder/munge/pid" \
		--log-file "$folder/log/munged.log" --seed-file "$folder/munge/seed"
	await munge --socket "$folder/munge/socket" --no-input
	run controller slurmctld -D -f "$conf"
	run node slurmd -D -f "$conf"
	await is_idle
}

start() {
	local program

	for program in munged slurmctld slurmd sbatch; do
		command -v $program >/dev/null || {
			echo "there is no $program" >&2
			return 1
		}
	done
	unset ${!SLURM_*} ${!SBATCH_*}
	port=$(free_ports 2)
	mkdir -p "$folder"/{munge,log,run,state,spool}
	write_conf
	export SLURM_CONF=$conf
	(start_all) >"$folder/log/start.out" 2>&1 &
	wait $! || {
		tail -n 5 "$folder/log/start.out" >&2
		stop
		return 1
	}
	echo "export SLURM_CONF=$conf"
}

"$command"
