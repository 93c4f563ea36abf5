# SPDX-License-Identifier: BSD-2-Clause
# Programs of a server for tests, which stay when the script that starts them ends. Sourced by it;
# all there is of them is in $folder, and $folder/pids has the processes and their names.

# free_ports COUNT: of so many ports, one after the other from the one printed, none is taken.
free_ports() {
	local first port

	for first in $(shuf -i 20000-32000 -n 30); do
		for ((port = first; port < first + $1; port++)); do
			! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || continue 2
		done
		echo "$first"
		return
	done
	echo "there are no free ports" >&2
	return 1
}

# run NAME COMMAND...: leaves it running. The command names a path in the folder.
run() {
	local name=$1

	shift
	setsid "$@" >"$folder/log/$name.out" 2>&1 </dev/null &
	echo "$! $name" >>"$folder/pids"
}

# Kills all of them, and removes the folder.
end_all() {
	local pid name

	while read -r pid name; do
		# Only what is still the program that was started.
		if tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$folder/"; then
			kill -9 "$pid" 2>/dev/null || true
		fi
	done <"$folder/pids"
	rm -rf "$folder"
}
