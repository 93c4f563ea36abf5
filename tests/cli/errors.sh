#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What goes wrong is told of in one line that names it, with the right exit status, and
# nothing is left behind.
. "$(dirname "$0")/lib.sh"

make_site site 20
"$narc" pack --level 1 a.narc site
cp a.narc copy.narc

# ---- bad usage: 2 ------------------------------------------------------------------------------

check "no command at all is bad usage" fails 2 "usage: narc COMMAND" "$narc"
check "an unknown command is bad usage" fails 2 '"brew"' "$narc" brew
check "a mistyped command is told of, with the one that was meant" \
	fails 2 'no command "exrtact"; did you mean "extract"?' "$narc" exrtact
check "so is one that is only begun" fails 2 'did you mean "extract" or "export"?' "$narc" ex
check "and one that help is asked on" fails 2 'did you mean "verify"?' "$narc" help verfiy
check "a word that is like none is not" fails 2 '"brew"; "narc help"' "$narc" brew
check "a mistyped option is told of, with the one that was meant" \
	fails 2 'list: "--catgory" is no option; did you mean "--category"?' "$narc" list --catgory x a.narc
check "also with a value" \
	fails 2 'did you mean "--output"?' "$narc" repair --outptu=b.narc a.narc
check "also one that the usage does not list" fails 2 'did you mean "--help"?' "$narc" list --hlep
check "of an ambiguous option, all are named" fails 2 \
	'did you mean "--limit-output", "--limit-entry", "--limit-block" or "--limit-dictionaries"?' \
	"$narc" list --limit 5 a.narc
check "an option with a value that it does not take is told of" \
	fails 2 '"--json=1" has a value that it does not take' "$narc" list --json=1 a.narc
check "help on an unknown command is bad usage" fails 2 '"brew"' "$narc" help brew
for command in pack append list extract export verify info history diff redact merge split \
	compact repair keygen sign receipt check-receipt; do
	check "$command without an archive is bad usage" fails 2 "$command takes" "$narc" $command
	check "$command with an unknown option is bad usage" \
		fails 2 "--frobnicate" "$narc" $command --frobnicate a.narc
	check "$command names its help then" fails 2 "narc $command --help" "$narc" $command -Z a.narc
	check "$command --help shows its usage" \
		sh -c "'$narc' $command --help | grep -q '^usage: narc $command'"
	check "help $command shows the same" \
		sh -c "'$narc' $command --help >help; '$narc' help $command | cmp - help"
	check "$command --help is 80 columns wide at most" \
		sh -c "'$narc' $command --help | awk 'length > 80 { exit 1 }'"
done
for command in list export info; do
	check "$command takes one archive" fails 2 "$command takes" "$narc" $command a.narc copy.narc
done
check "--help shows the commands" sh -c "'$narc' --help | grep -q verify"
"$narc" --version >versions
check "--version shows the version, in the first line" prints "narc 0.1.0" head -n 1 versions
check "and then those of the libraries, a line each" \
	sh -c "! tail -n +2 versions | grep -vE '^[A-Za-z0-9-]+ +([0-9]+(\\.[0-9]+)+|not there)\$'"
check "of zstd, that which is used" sh -c "grep -qE '^zstd +1\\.[5-9]' versions"
check "and of those that only some commands need" \
	sh -c "for name in PCRE2 gumbo libarchive libgit2 libfuse libmicrohttpd cmark zlib ISA-L
		do grep -q \"^\$name \" versions || exit; done"
check "an option without its value is bad usage" fails 2 "--date" "$narc" list a.narc --date
check "pack without a path is bad usage" fails 2 "no files" "$narc" pack new.narc
check "--files-from with two paths is bad usage" \
	fails 2 "--files-from" "$narc" pack new.narc --files-from - site site
check "two things from standard input are bad usage" \
	fails 2 "standard input" "$narc" pack new.narc --files-from - --from-archive -
rm -f new.narc
check "-p and -C exclude each other" fails 2 "-p" "$narc" extract -p -C out a.narc
check "- is no name for an archive" fails 2 "-" "$narc" pack - site
rm -f ./- new.narc

# ---- what is not there ---------------------------------------------------------------------------

for command in list extract export verify info; do
	check "$command: an archive that is not there is told of, with the reason" \
		fails 3 "narc: nowhere.narc: cannot open: No such file or directory" \
		"$narc" $command nowhere.narc
done
check "a path that is not there is told of, with the reason" \
	fails 3 "nowhere: cannot look at it: No such file or directory" "$narc" pack new.narc nowhere
check "and no archive is made" test ! -e new.narc
check "a list that is not there is told of" \
	fails 3 "nowhere: cannot open: No such file" "$narc" pack new.narc site --files-from nowhere
check "a folder that is not there is told of" \
	fails 3 "No such file or directory" "$narc" pack nowhere/new.narc site
check "a key that is not there is told of" fails 1 "no-such-key" "$narc" extract -p a.narc no-such-key
check "with nothing on standard output" \
	sh -c "'$narc' extract -p a.narc no-such-key >printed 2>/dev/null; test ! -s printed"
check "the message is one line" \
	sh -c "test \$('$narc' extract -p a.narc no-such-key 2>&1 | wc -l) -eq 1"

# ---- what is no archive: 1 ------------------------------------------------------------------------

: >empty
head -c 100000 /dev/urandom >noise
echo text | zstd -q >text.zst
mkdir folder
mkfifo pipe
for file in empty noise text.zst folder /dev/null; do
	for command in list extract export verify info; do
		check "$command: $file is no archive" \
			fails 1 "$file" sh -c "'$narc' $command $file >/dev/null"
	done
done
check "noise is said to be no archive" fails 1 "not a newsarc archive" "$narc" list noise
check "a named pipe does not make it wait" fails 1 "pipe" timeout 10 "$narc" list pipe

# ---- pack does not overwrite -----------------------------------------------------------------------

check "pack does not overwrite" fails 2 "--force" "$narc" pack a.narc site
check "nor does it touch what is there" cmp a.narc copy.narc
check "with --force it does" silent "$narc" pack --force --level 1 a.narc site
check "with the same bytes" cmp a.narc copy.narc
check "a folder of that name is not overwritten" not "$narc" pack --force folder site
check "it is still there" test -d folder
ln -s nowhere.narc dangling.narc
check "a dangling link of that name is not overwritten" fails 2 "--force" "$narc" pack dangling.narc site
check "it is still there" test -L dangling.narc
mkfifo device
check "what is no file is not replaced, even with --force" \
	not "$narc" pack --force device site
check "it is still there" test -p device
mkdir real
cp a.narc real/
ln -s real/a.narc link.narc
check "a link to an archive is followed by --force" "$narc" pack --force link.narc site
check "so it is still a link" test -L link.narc

# The archive may be inside of the tree that is packed.
cp -a site inside
check "an archive inside of its tree is not packed into itself" \
	silent "$narc" pack --level 1 inside/a.narc inside
check "the first time" cmp inside/a.narc a.narc
check "nor with --force" "$narc" pack --force --level 1 inside/a.narc inside
check "the second time" cmp inside/a.narc a.narc
check "nor when the tree is the current folder" \
	env -C inside "$narc" pack --force --level 1 a.narc .
check "the third time" cmp inside/a.narc a.narc

cp a.narc own.narc
check "an archive is not replaced by one of itself, which would be empty" \
	fails 2 "own.narc" "$narc" pack --force own.narc own.narc
check "so it stays" cmp own.narc a.narc
# Without /proc the unfinished archive has a name, as on a file system that has no files
# without one. (A sanitizer does not work without /proc.)
if ! ldd "$narc" | grep -q libasan && unshare --mount sh -c 'mount -t tmpfs none /proc' 2>/dev/null; then
	cp -a site named
	check "an unfinished archive that has a name is not packed into itself" \
		sh -c "unshare --mount sh -c \"mount -t tmpfs none /proc
			'$narc' pack --level 1 named/a.narc named\" && cmp named/a.narc a.narc"
	check "and its name is gone afterwards" \
		sh -c '! ls -A named | grep -F tmp'
	rm named/a.narc
	check "an archive is made without /proc" \
		unshare --mount sh -c "mount -t tmpfs none /proc; '$narc' pack --level 1 no-proc.narc site"
	check "byte for byte the same" cmp no-proc.narc a.narc
	check "an export is made without /proc" \
		unshare --mount sh -c "mount -t tmpfs none /proc; '$narc' export -o no-proc.tar a.narc"
	check "and does not overwrite" fails 2 "--force" \
		unshare --mount sh -c "mount -t tmpfs none /proc; '$narc' pack --level 1 no-proc.narc site"
fi

# ---- what cannot be packed: 1 -----------------------------------------------------------------------

cp -a site special
mkfifo special/pipe
"$python" -c 'import socket; socket.socket(socket.AF_UNIX).bind("special/socket")'
check "a named pipe is told of" fails 1 "not packed: special/pipe: is a named pipe" \
	"$narc" pack --level 1 special.narc special
check "a socket is told of" fails 1 "not packed: special/socket: is a socket" \
	"$narc" pack --force --level 1 special.narc special
check "the rest is packed" cmp special.narc a.narc
check "a device is told of" fails 1 "is a device" "$narc" pack device.narc /dev/null

if without_powers true 2>/dev/null; then
	cp -a site secret
	echo x >secret/secret.txt
	mkdir secret/folder
	chmod 0 secret/secret.txt secret/folder
	check "an unreadable file is told of, with the reason" \
		fails 1 "not packed: secret/secret.txt: cannot open: Permission denied" \
		without_powers "$narc" pack --level 1 secret.narc secret
	check "an unreadable folder too" \
		fails 1 "not packed: secret/folder: cannot open the folder: Permission denied" \
		without_powers "$narc" pack --force --level 1 secret.narc secret
	check "the rest is packed" cmp secret.narc a.narc
	cp a.narc locked.narc
	chmod 0 locked.narc
	check "an unreadable archive is told of" \
		fails 3 "locked.narc: cannot open: Permission denied" \
		without_powers "$narc" list locked.narc

	mkdir read-only
	cp a.narc read-only
	chmod 555 read-only
	check "a read-only folder takes no archive" \
		fails 3 "read-only" without_powers "$narc" pack read-only/new.narc site
	check "nor an export" \
		fails 3 "read-only" without_powers "$narc" export -o read-only/a.tar a.narc
	check "nor an extraction" \
		fails 3 "_posts" without_powers "$narc" extract -C read-only a.narc
	check "nor a folder" \
		fails 3 "read-only" without_powers "$narc" extract -C read-only/new a.narc
	check "an archive in it is read, though" \
		silent without_powers "$narc" extract -C from-read-only read-only/a.narc
	check "nothing was left in it" no_strays read-only a.narc
	chmod 755 read-only
else
	skip "permissions are heeded" "the powers of root cannot be given up here"
fi

# ---- extracting where something is in the way ---------------------------------------------------------

echo x >file
check "-C does not take a file for a folder" fails 3 "file" "$narc" extract -C file a.narc
check "the file stays" prints x cat file
mkdir -p blocked/_config.yml
make_site odd
"$narc" pack --level 1 odd.narc odd
check "a folder in the way of a file is told of" \
	fails 3 "_config.yml" "$narc" extract -C blocked odd.narc
check "the rest is extracted" cmp blocked/index.html odd/index.html
mkdir -p trap outside
ln -s ../outside trap/assets
check "a link in the way of a folder is not followed" \
	fails 3 "in the way" "$narc" extract -C trap odd.narc
check "nothing was written behind it" test -z "$(ls -A outside)"
check "the rest is extracted" cmp trap/index.html odd/index.html
mkdir -p links
ln -s ../file links/index.html
check "a link of a file's name is replaced, not followed" "$narc" extract -C links odd.narc index.html
check "the file behind it stays" prints x cat file
check "and the right one is there" cmp links/index.html odd/index.html
check "no temporary file is left" test -z "$(find blocked trap links -name '.newsarc*')"

# set-id bits come out of no archive.
mkdir setid
echo x >setid/program
chmod 6755 setid/program
"$narc" pack setid.narc setid
check "set-id bits are not restored" "$narc" extract -C setid-out setid.narc
check "the other permissions are" prints 755 stat -c %a setid-out/program

# ---- odd names of archives ------------------------------------------------------------------------------

for name in "a b.narc" $'new\nline.narc' "字.narc" $'\xff.narc' "*.narc" "..narc" "%s%n.narc"; do
	check "an archive may be called $(printf %q "$name")" silent "$narc" pack --level 1 "$name" site
	check "and read under that name" sh -c '"$0" list "$1" >/dev/null && "$0" verify "$1"' "$narc" "$name"
done
check "or -a, behind --" silent "$narc" pack --level 1 -- -a site
check "and be read so" sh -c "'$narc' list -- -a >/dev/null"
check "or ./-a" sh -c "'$narc' verify ./-a"
name=$(printf 'n%.0s' $(seq 250)).narc
check "or have the longest name there is" silent "$narc" pack --level 1 "$name" site
check "it is sound" "$narc" verify "$name"
check "an empty name is no archive" not "$narc" list ""
check "and is not made" not "$narc" pack "" site

finish
