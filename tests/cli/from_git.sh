#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The history of a git repository becomes an archive, each commit a generation.
. "$(dirname "$0")/lib.sh"

export HOME=$scratch GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=c GIT_COMMITTER_EMAIL=c@d
git config --global protocol.file.allow always
git config --global advice.detachedHead false

# on DAY GIT-ARGUMENT...: at noon of a day of January 2022.
on() {
	local date

	date=$(printf '2022-01-%02dT12:00:00Z' "$1")
	shift
	GIT_AUTHOR_DATE=$date GIT_COMMITTER_DATE=$date git -C repo -c gc.auto=0 "$@" >/dev/null 2>&1
}

# commit DAY: all that there is.
commit() {
	git -C repo add -A && on "$1" commit --allow-empty -qm x
}

new_repository() {
	rm -rf repo
	git init -q -b main repo
}

# write PATH TEXT
write() {
	mkdir -p "$(dirname "repo/$1")" && printf '%s\n' "$2" >"repo/$1"
}

# post PATH CODE TEXT
post() {
	write "$1" "---
date: 2022-01-01 08:00:00
---
$3
<http://example.com/a?infoCode=NW20220101$2>"
}

pack_git() {
	"$narc" pack --force --preset fast git.narc --from-git repo "$@"
}

# lists WHEN PATH...: just these files are there then.
lists() {
	local when=$1

	shift
	"$narc" list --as-of "$when" --json git.narc | sed 's/.*"path":"\([^"]*\)".*/\1/' | sort >listed
	printf '%s\n' "$@" | sort | diff - listed
}

# had WHEN PATH TEXT
had() {
	test "$("$narc" extract -p --as-of "$1" git.narc "$2")" = "$3"
}

# has_versions KEY NUMBER
has_versions() {
	"$narc" history git.narc "$1"
	test "$("$narc" history git.narc "$1" | wc -l)" -eq "$2"
}

# ---- what becomes of posts -----------------------------------------------------------------

new_repository
write a one && write gone here && post _posts/2022-01-01-p.md 0000000001 first && commit 1
write a two && post _posts/2022-01-01-p.md 0000000001 second && commit 2
rm repo/gone && commit 3
mkdir repo/old_post && git -C repo mv _posts/2022-01-01-p.md old_post/ && commit 4
write a one && commit 5
commit 6

check "a repository is packed" silent pack_git
check "the archive is sound" sound git.narc
check "a file has what it was at each commit" \
	eval "had 2022-01-01 a one && had 2022-01-02 a two && had 2022-01-04 a two && had 2022-01-05 a one"
check "each state is a version, one that came back too" has_versions a 3
check "a post that was moved is the same post, and stored once" \
	eval "lists 2022-01-03 _posts/2022-01-01-p.md a gone && lists 2022-01-04 old_post/2022-01-01-p.md a gone"
check "its history is one" has_versions NW202201010000000001 3
check "a file that was deleted stays" had 2022-01-06 gone here
check "a commit that changes nothing is no generation" \
	sh -c "'$narc' info git.narc | head -n 1 | grep -q 'generation 4$'"
check "files have the time of the commit that brought them" \
	sh -c "'$narc' list --json git.narc | grep '\"path\":\"a\"' | grep -q '\"mtime\":1641384000,'"
check "nothing was there before the first commit" \
	fails 1 "nothing was archived by then" "$narc" list --as-of 2021-12-31 git.narc
check "a diff of versions shows what changed" \
	sh -c "'$narc' history --diff git.narc NW202201010000000001 | grep -q '^+second'"

cp git.narc again.narc
git -C repo gc -q --aggressive --prune=now
check "the packing of the repository does not change the archive" \
	sh -c "'$narc' pack --preset fast packed.narc --from-git repo && cmp packed.narc again.narc"
check "nor do threads" \
	sh -c "'$narc' pack --preset fast --threads 3 three.narc --from-git repo && cmp three.narc again.narc"
git clone -q --bare repo bare.git
check "a bare repository gives the same" \
	sh -c "'$narc' pack --preset fast bare.narc --from-git bare.git && cmp bare.narc again.narc"
git -C repo worktree add -q ../tree main~0 2>/dev/null
check "so does a second work tree" \
	sh -c "'$narc' pack --preset fast tree.narc --from-git tree && cmp tree.narc again.narc"
git -C repo worktree remove --force ../tree
check "so does its folder .git" \
	sh -c "'$narc' pack --preset fast dot.narc --from-git repo/.git && cmp dot.narc again.narc"
write new new
check "what is in the work tree and not committed is not packed" \
	eval "pack_git && cmp git.narc again.narc"

# ---- branches ------------------------------------------------------------------------------

new_repository
post _posts/p.md 0000000001 main && write a main && commit 1
on 1 checkout -qb side
post _posts/p.md 0000000001 "side, first" && commit 2
post _posts/p.md 0000000001 "side, second" && write side side && commit 3
on 3 checkout -q main
write a "main, later" && commit 4
on 5 merge -q --no-ff -m x side
check "a merged branch is packed" silent pack_git
check "the archive is sound" sound git.narc
check "until the merge, all is as the main line has it" \
	eval "lists 2022-01-04 _posts/p.md a && had 2022-01-04 a 'main, later'"
check "from then on it is what was merged" lists 2022-01-05 _posts/p.md a side
check "what was on the branch only is a version" has_versions NW202201010000000001 3
check "and a file knows when it was written" \
	sh -c "'$narc' list --json git.narc | grep '\"path\":\"side\"' | grep -q '\"mtime\":1641211200,'"

on 5 checkout -qb other
write a other && write only-other other && commit 6
on 6 checkout -q main
check "a branch that was not merged is not packed" \
	eval "pack_git && lists 2022-01-06 _posts/p.md a side"
check "it is if it is asked for" silent pack_git --rev main --rev other
check "the archive is what the first one is" had 2022-01-06 a "main, later"
check "and has what the other one changed" has_versions a 4
cp git.narc two.narc
check "--all is the same here" eval "pack_git --rev --all && cmp git.narc two.narc"
check "a tag is a revision" \
	eval "git -C repo tag v1 main~1 && pack_git --rev v1 && lists 2022-01-31 _posts/p.md a"
check "a range begins with what it follows" \
	eval "pack_git --rev v1..main && lists 2022-01-04 _posts/p.md a && lists 2022-01-05 _posts/p.md a side"
check "so does a revision that is taken off" \
	eval "mv git.narc range.narc; pack_git --rev main --rev ^v1 && cmp git.narc range.narc"
check "folders can be chosen" eval "pack_git _posts/ && lists 2022-01-05 _posts/p.md"
check "and files" eval "pack_git ./a side && lists 2022-01-05 a side"
check "one that no commit has is told of" fails 1 "nowhere: is in none of the commits" pack_git nowhere a

# Both sides of a merge changed a file, and the merge says something else again.
new_repository
write a base && write b base && commit 1
on 1 checkout -qb one && write a one && commit 2
on 2 checkout -q main && on 2 checkout -qb two && write b two && commit 3
on 3 checkout -q main && write c main && commit 4
on 5 merge -q --no-commit --no-ff one two
write a evil && commit 5
check "a merge of three is packed with what it changed itself" \
	eval "pack_git && sound git.narc && had 2022-01-04 a base && had 2022-01-05 a evil && had 2022-01-05 b two"
check "and what was merged is a version" has_versions a 3

# ---- other things that are in repositories ---------------------------------------------------

new_repository
write run "echo" && chmod 755 repo/run && ln -s run repo/link
mkdir "repo/odd "$'\xff\xfe' && echo x >"repo/odd "$'\xff\xfe'/$'new\nline' && commit 1
chmod 644 repo/run && commit 2
rm repo/link && write link "a file now" && commit 3
rm repo/link && write link/inside "a folder now" && commit 4
check "odd names, modes and links are packed" silent pack_git
check "the archive is sound" sound git.narc
"$narc" extract --as-of 2022-01-01 -C odd git.narc
check "a program is one, and a link" \
	eval "test -x odd/run && test \"\$(readlink odd/link)\" = run"
check "a name is its bytes" test -f "odd/odd "$'\xff\xfe'/$'new\nline'
check "a link that becomes a file is another version" had 2022-01-03 link "a file now"
check "a file that becomes a folder stays beside it" had 2022-01-04 link/inside "a folder now"

git init -q -b main module && git -C module commit -q --allow-empty -m x
new_repository
write a a && git -C repo submodule --quiet add "$PWD/module" module 2>/dev/null && commit 1
git -C repo/module commit -q --allow-empty -m y && commit 2
check "a submodule is told of, once" \
	sh -c "'$narc' pack --force git.narc --from-git repo 2>said; test \$? -eq 1 && grep -c submodule said | grep -qx 1"
check "and all else is packed" had 2022-01-02 a a

new_repository
write a a && git -C repo add a
tree=$(git -C repo write-tree)
"$python" - "$(git -C repo rev-parse :a)" "$tree" >tree.raw <<'END'
import sys
file, folder = map(bytes.fromhex, sys.argv[1:])
sys.stdout.buffer.write(b"100644 a/../../b\0" + file + b"40000 folder\0" + folder)
END
hostile=$(git -C repo hash-object -t tree -w --literally --stdin <tree.raw)
git -C repo update-ref refs/heads/main "$(GIT_COMMITTER_DATE=2022-01-01T12:00:00Z git -C repo commit-tree -m x "$hostile")"
check "a name that would lead out of its folder is told of" \
	fails 1 "not packed: a/../../b: has a name that cannot be stored" pack_git
check "and all else is packed" lists 2022-01-01 folder/a

# folders_of NUMBER MODE TYPE OBJECT: a tree that has the object so many times.
folders_of() {
	seq -f "$2 $3 $4	%g" "$1" | git -C repo mktree
}

# commit_tree TREE
commit_tree() {
	git -C repo update-ref refs/heads/main \
		"$(GIT_COMMITTER_DATE=2022-01-01T12:00:00Z git -C repo commit-tree -m x "$1")"
}

# A site that dates its posts anew, forth and back.
new_repository
for day in 3 1 2; do
	write a.md "---
date: 2022-01-0$day 08:00:00
---
text of day $day
<http://example.com/a?infoCode=NW202201010000000009>"
	commit $((10 - day))
done
check "a post whose dates go forth and back is packed" pack_git
check "its versions are told in the order in which they came" \
	sh -c "'$narc' history git.narc NW202201010000000009 | awk '{ print \$(NF - 6) }' | tr -d '\n' | grep -qx 123"
check "and each is compared with the one before" \
	sh -c "'$narc' history --diff git.narc NW202201010000000009 | grep '^[-+]text' | tr -d '\n' | grep -qx -e '-text of day 3+text of day 1-text of day 1+text of day 2'"

new_repository
bomb=$(echo x | git -C repo hash-object -w --stdin)
bomb=$(folders_of 1 100644 blob "$bomb")
for entries in 1 1 1 1 1 1 1 1 1 10 10 10 10 10 10 10 10 10; do
	bomb=$(folders_of $entries 040000 tree "$bomb")
done
commit_tree "$bomb"
rm -f git.narc
check "a few folders that are in each other a thousand million times are refused" \
	fails 1 "repo: has the same folders in each other over and over: more than 100000 paths of 21 objects" pack_git
check "and make no archive" test ! -e git.narc
check "some of them can be packed" \
	eval "pack_git 1/1/1/1/1/1/1/1 && '$narc' list git.narc | wc -l | grep -qx 10"
empty=$(git -C repo mktree </dev/null)
for level in 1 2 3 4 5 6 7 8 9; do
	empty=$(folders_of 10 040000 tree "$empty")
done
commit_tree "$empty"
check "as are folders without any file" fails 1 "over and over" pack_git

if [ -n "$long" ]; then
	# As many objects as paths by the thousand.
	new_repository
	for number in $(seq 120); do
		printf '100644 blob %s\t%s\n' "$(echo "$number" | git -C repo hash-object -w --stdin)" "$number"
	done >files
	commit_tree "$(folders_of 1000 040000 tree "$(git -C repo mktree <files)")"
	check "a folder that is there a thousand times is packed" pack_git
	check "with all its files" \
		sh -c "'$narc' info git.narc | grep -q '^entries  *120000:'"
fi

new_repository
head -c 3000000 /dev/urandom >repo/large && commit 1
head -c 1000 /dev/urandom >>repo/large && commit 2
check "large files are packed" pack_git
check "as they are" sh -c "'$narc' extract -p git.narc large | cmp - repo/large"
cp git.narc loose.narc
git -C repo gc -q --aggressive --prune=now
check "and from a pack to the same bytes" eval "pack_git && cmp git.narc loose.narc"

new_repository
post p.md 0000000001 x && sed -i 's/ 08:00:00/ 08:00/' repo/p.md
write _config.yml "timezone: \"+08:00\"" && commit 1
check "the zone of the site's configuration counts" \
	eval "pack_git && '$narc' list --json git.narc | grep -q '2022-01-01T08:00:00+08:00'"

# ---- time ----------------------------------------------------------------------------------

new_repository
write a 1 && commit 5
write a 2 && commit 3
write a 3 && commit 7
check "where times go back, what was later counts as of the time before" \
	eval "pack_git && had 2022-01-05 a 2 && had 2022-01-07 a 3 && ! had 2022-01-04 a 1"
check "and no version is lost" has_versions a 3

new_repository
write a 1 && commit 1
write a 2 && commit 1
write a 3 && commit 2
check "--generation day takes the last commit of a day" \
	eval "pack_git --generation day && had 2022-01-01 a 2 && had 2022-01-02 a 3 && has_versions a 2"
check "and no other revisions" \
	fails 2 "of one branch" pack_git --generation day --rev main --rev main~1

# ---- what is not there -----------------------------------------------------------------------

new_repository
check "a repository without a commit is refused" fails 1 "there is no commit at HEAD" pack_git
check "a folder that is no repository is refused" \
	fails 3 "git repository" "$narc" pack --force git.narc --from-git "$scratch"
check "so is one that is not there" fails 3 nowhere "$narc" pack --force git.narc --from-git nowhere
write a a && commit 1
check "a revision that is not there is refused" fails 1 'no revision "v9"' pack_git --rev v9
check "what is no commit is refused" fails 2 "is no commit" pack_git --rev "main:a"
check "a symmetric difference is refused" fails 2 "a range is A..B" pack_git --rev main...main
check "--rev without --from-git is refused" fails 2 "--from-git" "$narc" pack x.narc --rev main repo
check "so is --generation" fails 2 "--from-git" "$narc" pack x.narc --generation day repo
check "so is a unit of time that there is not" fails 2 '"week"' pack_git --generation week
check "--from-git and --from-archive do not go together" \
	fails 2 "--from-archive" pack_git --from-archive x.tar
write a b && commit 2
git clone -q --depth 1 "file://$PWD/repo" shallow
check "a shallow clone is told of" \
	fails 1 "is a shallow clone" "$narc" pack shallow.narc --from-git shallow
check "and packed as far as it goes" prints b "$narc" extract -p shallow.narc a
blob=$(git -C repo rev-parse main~1:a)
chmod 644 "repo/.git/objects/${blob:0:2}/${blob:2}" && : >"repo/.git/objects/${blob:0:2}/${blob:2}"
rm -f git.narc
check "a damaged repository is told of" fails 3 "cannot read the blob $blob" pack_git
check "and makes no archive" test ! -e git.narc

if [ "$(id -u)" -eq 0 ]; then
	chown -R 12345 shallow
	check "a repository of somebody else is refused, and how to trust it is told" \
		fails 3 "safe.directory" "$narc" pack new.narc --from-git shallow
	git config --global --add safe.directory "$PWD/shallow/.git"
	git config --global --add safe.directory "$PWD/shallow"
	check "one that is trusted is packed" \
		fails 1 "is a shallow clone" "$narc" pack new.narc --from-git shallow
fi

# ---- night after night -----------------------------------------------------------------------

append_git() {
	"$narc" append --preset fast --from-git repo "$@" git.narc
}

new_repository
write a one && write b b && post _posts/p.md 0000000001 first && commit 1
pack_git
check "appending when there is nothing new does nothing" eval "cp git.narc same.narc; append_git && cmp git.narc same.narc"
write a two && commit 2
write a three && mkdir repo/old && git -C repo mv _posts/p.md old/ && commit 3
check "new commits are appended" silent append_git
check "each is a generation" eval "had 2022-01-01 a one && had 2022-01-02 a two && had 2022-01-03 a three"
check "a move is one" lists 2022-01-03 a b old/p.md
check "the archive is sound" sound git.narc
cp git.narc same.narc
check "they are not appended again" eval "append_git && cmp git.narc same.narc"
on 1 checkout -qb side main~1 && write side side && commit 4 && on 4 checkout -q main
on 5 merge -q --no-ff -m x side
check "what is merged later is appended, whatever its time" \
	eval "append_git && lists 2022-01-04 a b old/p.md && lists 2022-01-05 a b old/p.md side"
write a four && commit 6
check "a range can be given" eval "append_git --rev main~1..main && had 2022-01-06 a four && has_versions a 4"
write a five && commit 7
mkdir site && git -C repo archive main | tar -C site -x
SOURCE_DATE_EPOCH=1641600000 "$narc" append git.narc site
write a six && commit 9
check "an archive that was continued from a tree can be continued from its repository" \
	eval "append_git && had 2022-01-08 a five && had 2022-01-09 a six && has_versions a 6"
"$narc" redact --reason test git.narc NW202201010000000001
check "what was redacted is not stored again" \
	eval "append_git --rev main~3..main && fails 1 redacted '$narc' extract -p git.narc NW202201010000000001"
check "the archive is sound" sound git.narc

# ---- repositories of all kinds ---------------------------------------------------------------

compare() {
	"$python" "$here/git_history.py" "$@"
}

for seed in 1 2 ${long:+$(seq 3 60)}; do
	rm -rf made.git && compare make made.git "$seed" 70
	"$narc" pack --force --preset fast made.narc --from-git made.git
	check "history $seed: the archive is sound" sound made.narc
	check "history $seed: it has each state of the main line, and every version" \
		compare compare "$narc" made.narc made.git
	cp made.narc compact.narc && "$narc" compact compact.narc
	check "history $seed: compacted, it has the same" compare compare "$narc" compact.narc made.git
	head -c -200 made.narc >cut.narc && "$narc" repair cut.narc >/dev/null
	check "history $seed: cut off and repaired, it is as it was" cmp made.narc cut.narc
	"$narc" pack --force --preset fast all.narc --from-git made.git --rev --all
	check "history $seed: with all branches it is sound" sound all.narc
	check "history $seed: with all branches it has these, too" \
		compare compare "$narc" all.narc made.git --all
	"$narc" pack --force --preset fast days.narc --from-git made.git --generation day
	check "history $seed: by days it has the state of each day" \
		compare days "$narc" days.narc made.git
	"$narc" pack --force --preset fast posts.narc --from-git made.git _posts old_post
	check "history $seed: of two folders it has the same" \
		compare compare "$narc" posts.narc made.git main _posts old_post
	half=$(git -C made.git log --first-parent --format=%H main | sed -n 30p)
	"$narc" pack --force --preset fast half.narc --from-git made.git --rev "$half"
	"$narc" append --preset fast half.narc --from-git made.git --rev "$half..main"
	check "history $seed: in two parts it is sound" sound half.narc
	check "history $seed: in two parts it has the same" \
		compare compare "$narc" half.narc made.git
done

finish
