#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What the Tab key offers, in the shells themselves.
. "$(dirname "$0")/lib.sh"

completions=${NARC_COMPLETIONS:?NARC_COMPLETIONS has to name the folder of the completions}
export HOME=$scratch XDG_CONFIG_HOME=$scratch XDG_DATA_HOME=$scratch/data
mkdir folder
touch a.narc b.narc notes.txt my.key my.key.pub

# ask_SHELL LINE: prints what is offered at its end, a line each.

# As bash calls the function: "=" is a word of its own.
cat >ask.bash <<'END'
. "$1"
read -ra COMP_WORDS <<<"${2//=/ = }"
[[ $2 != *' ' ]] || COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_narc
[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"
END
ask_bash() {
	bash --norc ask.bash "$completions/narc" "$1"
}

# At a terminal: all that is offered is put into the line, which ^X shows.
cat >ask.zsh <<'END'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= PS2= RPS1=; fpath=($1 \$fpath); autoload -U compinit; compinit -u -D
	insert_all() { compstate[insert]=all }; comppostfuncs=(insert_all)
	show() { print -rn -- \"<\$BUFFER>\" }; zle -N show; bindkey '^X' show; print READY"
zpty -r -m shell got '*READY*READY*'
zpty -w -n shell "$2"$'\t\x18'
zpty -r -m shell got '*<*>*'
line=${${got##*<}%%>*}
print -rl -- ${(z)line#${2% *} }
END
ask_zsh() {
	timeout 30 zsh -f ask.zsh "$completions" "$1"
}

# What is meant stands before other files.
ask_fish() {
	fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$completions/narc.fish" "$1" |
		cut -f 1 | head -n "${2:-100}"
}

# offers SHELL WORDS LINE [MOST]: WORDS, whatever their order, and however folders and options that
# take a value are marked. Of fish, no more than MOST are looked at.
offers() {
	local offered

	offered=$("ask_$1" "$3" "${4:-}" | sed 's/[/=]$//' | LC_ALL=C sort | paste -sd ' ')
	echo "$offered"
	test "$offered" = "$2"
}

completes() {
	check "$1 offers commands" offers $1 "verify" "narc ve"
	check "$1 offers those that begin like that" offers $1 "export extract" "narc ex"
	check "$1 offers help" offers $1 "help" "narc hel"
	check "$1 offers what help can be asked on" offers $1 "receipt" "narc help rec"
	check "$1 offers a command's options" offers $1 "--format" "narc export --fo"
	check "$1 offers --help with each" offers $1 "--help" "narc list --he"
	check "$1 offers the values of an option that takes one of few" \
		offers $1 "7zip cpio gnutar pax ustar zip" "narc export --format "
	check "$1 offers those that begin like that" offers $1 "fast" "narc pack --preset f"
	check "$1 offers archives, and folders in which they may be" \
		offers $1 "a.narc b.narc folder" "narc list " 3
	check "$1 does so behind options with values" \
		offers $1 "a.narc b.narc folder" "narc list --kind post " 3
	check "$1 does so wherever an archive may stand" \
		offers $1 "a.narc b.narc folder" "narc merge new.narc " 3
	check "$1 offers folders" offers $1 "folder" "narc extract -C "
	check "$1 offers public keys" offers $1 "my.key.pub" "narc verify --key my" 1
	check "$1 offers all files where any may stand" offers $1 "notes.txt" "narc diff a.narc not"
	check "$1 offers nothing where it knows nothing" offers $1 "" "narc list --date "
}

completes bash
check "bash offers values behind =" offers bash "zip" "narc export --format=z"
check "and all of them behind that alone" offers bash "file post" "narc list --kind="
check "bash offers nothing where nothing may stand" offers bash "" "narc list a.narc "
check "bash offers a file behind -- too" offers bash "notes.txt" "narc pack -- a.narc not"
check "bash offers nothing for what is no command" offers bash "" "narc nothing "
if [ -r /usr/share/bash-completion/bash_completion ]; then
	mkdir -p "$scratch/data/bash-completion/completions"
	cp "$completions/narc" "$scratch/data/bash-completion/completions"
	check "bash-completion finds and loads it" prints "complete -F _narc narc" \
		bash --norc -c \
		'. /usr/share/bash-completion/bash_completion; _completion_loader narc; complete -p narc'
else
	skip "bash-completion finds and loads it" "it is not installed"
fi
for shell in zsh fish; do
	if command -v $shell >/dev/null; then
		completes $shell
	else
		skip "$shell offers what there is" "it is not installed"
	fi
done

# Nothing of what narc says of itself is left out.
all_options() {
	local command

	for command in $("$narc" help | sed -n 's/^  \([a-z-]*\)  .*/\1/p'); do
		"$narc" $command --help 2>/dev/null | grep -oE '^  (-[A-Za-z0-9], )*--?[a-z-]+' |
			grep -oE -- '--[a-z-]+' | sed "s/^/$command /"
	done
}
lacks_none() {
	local command option

	all_options >options
	test "$(wc -l <options)" -gt 100 || return
	while read -r command option; do
		ask_bash "narc $command --" >"offered-$command"
		grep -qxF -e "$option" "offered-$command" || { echo "$command $option"; return 1; }
	done <options
}
check "all options of all commands are offered" lacks_none

finish
