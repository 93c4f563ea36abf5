#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""completions.py NARC SHELL OUTPUT

Writes what bash, zsh or fish need to complete the arguments of narc: commands, options, values of
options that take one of few, and files where files belong.
"""
from __future__ import annotations

import re
import sys
import textwrap
from typing import Iterator

import help_text

# What is completed for a value or an operand of this name: folders, files, or those that end with
# one of these, and folders.
FOLDERS, FILES = "folders", "files"
KINDS = {
    "ARCHIVE": ".narc", "FROM": ".narc", "DIR": FOLDERS, "REPO": FOLDERS, "FILE": FILES,
    "PATH": FILES, "RECEIPT": FILES, "SECRETKEY": ".key", "PUBLICKEY": ".pub",
}
DESCRIPTION_WIDTH = 66


def kind_of(name: str | None) -> str:
    return KINDS.get(name or "", "")


def described(row: help_text.Row) -> str:
    """What an option does, in few words."""
    return textwrap.shorten(row.text.partition(";")[0], DESCRIPTION_WIDTH, placeholder=" ...")


HELP = help_text.Row("--help", "show the options")


def options_of(command: help_text.Command) -> list[help_text.Row]:
    return command.options + [HELP]


# ---- bash ----------------------------------------------------------------------------------

BASH = r"""# bash completion for narc                                    -*- shell-script -*-

# What is completed for the value of an option: words behind "=", a kind of files, or "-": nothing.
# There is no REPLY for what is no option with a value.
_narc_value() {
	REPLY=
	case "$1 $2" in
@VALUES@	esac
}

# The options of a command, and the kinds of its operands, of which the last may be given again.
_narc_command() {
	case $1 in
@COMMANDS@	*) return 1 ;;
	esac
}

# Files of a kind whose names start with $2. If none ends as it should, another may be meant.
_narc_files() {
	compopt -o filenames 2>/dev/null
	case $1 in
	folders) mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
	.*)
		mapfile -t COMPREPLY < <(compgen -f -X "!*$1" -- "$2"; compgen -d -- "$2")
		[ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$2")
		;;
	files) mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
	esac
}

_narc() {
	local REPLY options operands word current=${COMP_WORDS[COMP_CWORD]}
	local previous=${COMP_WORDS[COMP_CWORD - 1]} place=-1 is_value= only_operands=

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "@NAMES@ help --help --version" -- "$current")
		return
	fi
	if [ "${COMP_WORDS[1]}" = help ]; then
		mapfile -t COMPREPLY < <(compgen -W "@NAMES@" -- "$current")
		return
	fi
	_narc_command "${COMP_WORDS[1]}" || return

	# "=" is a word of its own, between an option and its value.
	[ "$current" != = ] || current=
	if [ "$previous" = = ]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi

	# Which operand it is.
	for word in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
		if [ -n "$is_value" ]; then
			[ "$word" = = ] || is_value=
		elif [ -n "$only_operands" ]; then
			((++place))
		else
			_narc_value "${COMP_WORDS[1]}" "$word"
			is_value=$REPLY
			case $word in
			--) only_operands=1 ;;
			-?* | =) ;;
			*) ((++place)) ;;
			esac
		fi
	done

	if [ -n "$is_value" ]; then
		_narc_value "${COMP_WORDS[1]}" "$previous"
		case $REPLY in
		=*) mapfile -t COMPREPLY < <(compgen -W "${REPLY#=}" -- "$current") ;;
		*) _narc_files "$REPLY" "$current" ;;
		esac
	elif [[ $current == -* && -z $only_operands ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
	elif [ ${#operands[@]} -gt 0 ]; then
		[ $place -lt ${#operands[@]} ] || place=$((${#operands[@]} - 1))
		_narc_files "${operands[place]}" "$current"
	fi
} && complete -F _narc narc
"""


def bash_kind(row: help_text.Row) -> str:
    return "=" + " ".join(row.choices) if row.choices else kind_of(row.value) or "-"


def bash(program: help_text.Program) -> str:
    values, commands = [], []
    for command in program.commands:
        for row in options_of(command):
            if row.value:
                patterns = " | ".join(f"'{command.name} {name}'" for name in row.options)
                values.append(f"\t{patterns}) REPLY='{bash_kind(row)}' ;;\n")
        names = " ".join(name for row in options_of(command) for name in row.options)
        kinds = [kind_of(operand.name) or "-" for operand in command.operands]
        if kinds and not command.operands[-1].repeats:
            kinds.append("-")
        commands.append(f"\t{command.name})\n\t\toptions='{names}'\n"
                        f"\t\toperands=({' '.join(kinds)})\n\t\t;;\n")
    return (BASH.replace("@VALUES@", "".join(values)).replace("@COMMANDS@", "".join(commands))
            .replace("@NAMES@", " ".join(command.name for command in program.commands)))


# ---- zsh -----------------------------------------------------------------------------------

ZSH = r"""#compdef narc

_narc() {
	local curcontext=$curcontext state line
	typeset -A opt_args
	local -a commands=(
@COMMANDS@	)

	_arguments -C \
		'(- *)--help[show the commands]' \
		'(- *)--version[show the version, and those of libraries]' \
		'1:command:->command' \
		'*::argument:->argument' && return
	case $state in
	command)
		commands+=('help:show the options of a command')
		_describe -t commands 'narc command' commands
		;;
	argument)
		curcontext=${curcontext%:*:*}:narc-$words[1]:
		case $words[1] in
@ARGUMENTS@		help) _describe -t commands 'narc command' commands ;;
		esac
		;;
	esac
}

_narc "$@"
"""


def zsh_quoted(text: str) -> str:
    """Text in a specification of _arguments, which stands in quotes."""
    return re.sub(r"([\[\]:\\])", r"\\\1", text).replace("'", "'\\''")


def zsh_action(kind: str) -> str:
    if kind == FOLDERS:
        return "_files -/"
    if kind == FILES:
        return "_files"
    return f'_files -g "*{kind}"' if kind else " "


def zsh_options(command: help_text.Command) -> Iterator[str]:
    for row in options_of(command):
        # A letter and a word are one option; two letters are two.
        are_same = len({name.startswith("--") for name in row.options}) > 1
        for name in row.options:
            excluded = f"({' '.join(row.options)})" if are_same else ""
            value = ""
            if row.value:
                action = f"({' '.join(row.choices)})" if row.choices else \
                    zsh_action(kind_of(row.value))
                value = f":{zsh_quoted(row.value.lower())}:{action}"
            equals = "=" if value and name.startswith("--") else ""
            yield f"'{excluded}{name}{equals}[{zsh_quoted(described(row))}]{value}'"


def zsh_operands(command: help_text.Command) -> Iterator[str]:
    for number, operand in enumerate(command.operands, 1):
        place = "*" if operand.repeats else str(number)
        mark = ":" if not operand.is_optional or operand.repeats else "::"
        yield f"'{place}{mark}{operand.name.lower()}:{zsh_action(kind_of(operand.name))}'"


def zsh(program: help_text.Program) -> str:
    commands = "".join(f"\t\t'{command.name}:{zsh_quoted(command.summary)}'\n"
                       for command in program.commands)
    arguments = ""
    for command in program.commands:
        specifications = [*zsh_options(command), *zsh_operands(command)]
        arguments += (f"\t\t{command.name})\n\t\t\t_arguments -s -S"
                      + "".join(f" \\\n\t\t\t\t{one}" for one in specifications) + "\n\t\t\t;;\n")
    return ZSH.replace("@COMMANDS@", commands).replace("@ARGUMENTS@", arguments)


# ---- fish ----------------------------------------------------------------------------------

FISH = r"""# fish completion for narc
function __narc_needs_command
	test (count (commandline -opc)) -eq 1
end

function __narc_has_command
	set -l words (commandline -opc)
	test (count $words) -gt 1; and contains -- $words[2] $argv
end

complete -c narc -f
complete -c narc -n __narc_needs_command -l help -d 'show the commands'
complete -c narc -n __narc_needs_command -l version -d 'show the version, and those of libraries'
complete -c narc -n __narc_needs_command -a help -d 'show the options of a command'
"""


def fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish_files(kind: str) -> str:
    if kind == FOLDERS:
        return "'(__fish_complete_directories)'"
    return "'(__fish_complete_path)'" if kind == FILES else f"'(__fish_complete_suffix {kind})'"


def fish_options(command: help_text.Command) -> Iterator[str]:
    for row in options_of(command):
        line = f"complete -c narc -n '__narc_has_command {command.name}'"
        for name in row.options:
            line += f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}"
        kind = kind_of(row.value)
        if row.choices:
            line += f" -x -a '{' '.join(row.choices)}'"
        elif kind:
            line += f" -x -k -a {fish_files(kind)}"
        elif row.value:
            line += " -x"
        yield f"{line} -d {fish_quoted(described(row))}"


def fish_operands(command: help_text.Command) -> Iterator[str]:
    """Which operand it is, is not known: files of all kinds that there are."""
    kinds = dict.fromkeys(kind_of(operand.name) for operand in command.operands)
    wanted = FILES if FILES in kinds else next((kind for kind in kinds if kind.startswith(".")), "")
    for kind in dict.fromkeys((wanted, FOLDERS if FOLDERS in kinds and wanted != FILES else "")):
        if kind:
            yield (f"complete -c narc -n '__narc_has_command {command.name}' -k "
                   f"-a {fish_files(kind)}")


def fish(program: help_text.Program) -> str:
    lines = []
    for command in program.commands:
        lines += [f"complete -c narc -n __narc_needs_command -a {command.name} "
                  f"-d {fish_quoted(command.summary)}",
                  f"complete -c narc -n '__narc_has_command help' -a {command.name} "
                  f"-d {fish_quoted(command.summary)}",
                  *fish_options(command), *fish_operands(command)]
    return FISH + "\n".join(lines) + "\n"


def main() -> None:
    narc, shell, output = sys.argv[1:]
    program = help_text.read(narc)
    text = {"bash": bash, "zsh": zsh, "fish": fish}[shell](program)
    with open(output, "w", encoding="utf-8") as file:
        file.write(text)


main()
