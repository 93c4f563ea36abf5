#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A real object store for tests: Ceph with its gateway for S3, on 127.0.0.1 only, with nothing outside
# of one folder.
#
# usage: ceph.sh start FOLDER [DAEMONS]   prints AWS_... variables to be set; 1 object daemon, or 3,
#                                         of which each has all objects
#        ceph.sh signal FOLDER NAME SIGNAL   sends a signal to one of its processes
#        ceph.sh gateway FOLDER              starts the gateway again, after it was killed
#        ceph.sh stop FOLDER
#
# Needs Debian's ceph-mon, ceph-osd and radosgw. Objects are in memory. FOLDER/pids has the processes
# and their names: mon, osd.0, osd.1, osd.2, gateway.
set -euo pipefail

command=$1 folder=$(realpath -m "$2") daemons=${3:-1}
conf=$folder/ceph.conf
. "$(dirname "$0")/daemons.sh"

stop() {
	[ -s "$folder/pids" ] || return 0
	end_all
}

write_conf() {
	cat >"$conf" <<END
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon_host = v2:127.0.0.1:$((port + 1))
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_ipv6 = false
ms_bind_msgr1 = false
ms_bind_port_min = $((port + 2))
ms_bind_port_max = $((port + 31))
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
# The gateway's own, "secure", cannot be had without authentication.
ms_mon_client_mode = crc
keyring = $folder/keyring
run_dir = $folder/run
crash_dir = $folder/run
admin_socket =
log_file = $folder/log/\$name.log
osd_pool_default_size = $daemons
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
# All daemons are on one host, and are to notice soon that one of them is gone.
mon_osd_reporter_subtree_level = osd
mon_osd_adjust_heartbeat_grace = false
osd_heartbeat_interval = 1
osd_heartbeat_grace = 4
[mon]
mon_data = $folder/mon
mon_data_avail_warn = 1
mon_data_avail_crit = 1
mon_cluster_log_file = $folder/log/cluster.log
paxos_propose_interval = 0.05
[osd]
osd_data = $folder/osd.\$id
osd_objectstore = memstore
memstore_device_bytes = 4294967296
[client]
rgw_data = $folder/gateway
rgw_frontends = beast endpoint=127.0.0.1:$port
rgw_thread_pool_size = 32
END
}

start_monitor() {
	ceph-authtool "$folder/keyring" --create-keyring --gen-key -n mon. --cap mon 'allow *'
	ceph-authtool "$folder/keyring" --gen-key -n client.admin --cap mon 'allow *' \
		--cap osd 'allow *'
	monmaptool --create --fsid "$(sed -n 's/^fsid = //p' "$conf")" \
		--addv a "[v2:127.0.0.1:$((port + 1))]" "$folder/monmap"
	ceph-mon -c "$conf" --mkfs -i a --monmap "$folder/monmap" --keyring "$folder/keyring"
	run mon ceph-mon -c "$conf" -f -i a
}

start_daemon() {
	local number=$1 identifier

	identifier=$(cat /proc/sys/kernel/random/uuid)
	mkdir "$folder/osd.$number"
	ceph-osd -c "$conf" -i "$number" --mkfs --osd-uuid "$identifier"
	timeout 60 ceph -c "$conf" --connect-timeout 30 osd new "$identifier" "$number"
	run "osd.$number" ceph-osd -c "$conf" -f -i "$number"
}

await_gateway() {
	local i

	for ((i = 0; i < 600; i++)); do
		curl -fs --noproxy '*' -o /dev/null --max-time 5 "http://127.0.0.1:$port/" && return
		sleep 0.1
	done
	return 1
}

start_all() {
	local number

	set -e # which the caller's condition has undone
	start_monitor
	for ((number = 0; number < daemons; number++)); do
		start_daemon "$number"
	done
	# Waits for the daemons, and makes the pools.
	timeout 120 radosgw-admin -c "$conf" user create --uid=test --display-name=test \
		--access-key=testkey --secret=testsecret
	run gateway radosgw -c "$conf" -f -n client.admin
	await_gateway
}

start() {
	local program

	for program in ceph-mon ceph-osd radosgw; do
		command -v $program >/dev/null || {
			echo "there is no $program" >&2
			return 1
		}
	done
	unset CEPH_CONF CEPH_ARGS
	port=$(free_ports 32)
	mkdir -p "$folder"/{mon,log,run,gateway}
	write_conf
	(start_all) >"$folder/log/start.out" 2>&1 &
	wait $! || {
		tail -n 20 "$folder/log/start.out" >&2
		stop
		return 1
	}
	echo "export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_REGION=us-east-1" \
		"AWS_ACCESS_KEY_ID=testkey AWS_SECRET_ACCESS_KEY=testsecret"
}

signal() {
	kill "-$4" "$(awk -v name="$3" '$2 == name { pid = $1 } END { print pid }' "$folder/pids")"
}

gateway() {
	run gateway radosgw -c "$conf" -f -n client.admin
}

"$command" "$@"
