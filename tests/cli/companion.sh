#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Commands that are programs of their own: how narc finds and runs them.
. "$(dirname "$0")/lib.sh"

installed=${NARC_COMPANIONS:?NARC_COMPANIONS has to name the folder where they are installed}
mkdir beside
cp "$narc" beside/narc

if [ -e "$installed/narc-mount" ]; then
	skip "one that is not there is told of, with what to do" "it is installed here"
else
	check "one that is not there is told of, with what to do" \
		fails 3 "libfuse3-dev" beside/narc mount a.narc folder
	check "and where it was looked for" fails 3 "$installed" beside/narc mount a.narc folder
fi

check "one that is not there does not keep --version from its work" \
	sh -c "beside/narc --version >versions 2>&1 && ! grep -q narc: versions"
[ -e "$installed/narc-mount" ] ||
	check "which says that its library is not there" grep -qx "libfuse  *not there" versions

printf '#!/bin/sh\nprintf "<%%s>" "${0##*/}" "$@"\nexit 7\n' >beside/narc-mount
check "one that is no program is told of, with the reason" \
	fails 3 "cannot run narc-mount: Permission denied" beside/narc mount a.narc folder
chmod +x beside/narc-mount

runs() {
	local wanted=$1 output status

	shift
	output=$("$@")
	status=$?
	echo "$output, exit status $status"
	test "$output" = "$wanted" && test $status -eq 7
}
check "one that lies beside narc gets all arguments as they are, and narc its exit status" \
	runs '<narc-mount><-o><a b><><x>' beside/narc mount -o "a b" "" x
check "what one that fails prints is no version" \
	sh -c "beside/narc --version | grep -qx 'libfuse  *not there'"
printf '#!/bin/sh\nprintf "<%%s>" "${0##*/}" "$@"\n' >beside/narc-serve
chmod +x beside/narc-serve
check "--version asks one for what it uses" \
	sh -c "beside/narc --version | grep -qx '<narc-serve><--version>'"
check "help on it asks it" runs '<narc-mount><--help>' beside/narc help mount
ln -s beside/narc link
check "it is found, too, where narc is called by another name" \
	runs '<narc-mount><a>' ./link mount a

finish
