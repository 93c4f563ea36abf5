# SPDX-License-Identifier: BSD-2-Clause
"""The tools that are compared, as what one types to use them.

In braces: {archive} is what the tool makes; {folder} is what it packs, which is the current
folder too; {path} is a post in there and {code} its infoCode; {out} is a file for a tool that
cannot print a post. All files come out into the current folder, which is empty then.
"""
import dataclasses
import shutil

from processes import Failed, Shell

DEFAULT_LEVEL = 19      # of narc


@dataclasses.dataclass(frozen=True)
class Tool:
    """A command that is None makes no sense for the tool, or cannot be had from it."""
    name: str
    archive: str            # its name in the scratch folder
    pack: str = None
    fetch: str = None       # one post, to standard output
    extract: str = None     # all files
    stream: str = None      # the content of all files, to standard output
    verify: str = None
    look_up: str = None     # in one process: prints JSON on how long look-ups take
    posts: int = 40         # that are fetched a round; fewer where each takes long
    once: bool = False      # too slow for more
    solid: bool = False     # fetching a post means unpacking what is before it
    as_html: bool = False   # packs the posts as pages of HTML, for it takes nothing else


def _tar(name, archive, zstd):
    return Tool(name, archive, posts=10, solid=True,
                pack=Shell(f"tar --sort=name -cf - . | zstd -q {zstd} -o {{archive}}"),
                fetch="tar --zstd --occurrence -xOf {archive} ./{path}",
                extract="tar --zstd -xf {archive}",
                stream="zstd -q -dc --long=27 {archive}",
                verify="zstd -q -t --long=27 {archive}")


def _squashfs(name, archive, block):
    return Tool(name, archive,
                pack="mksquashfs . {archive} -quiet -no-progress -comp zstd"
                     f" -Xcompression-level 19 -b {block}",
                fetch="sqfscat -no-wildcards {archive} {path}",
                extract="unsquashfs -quiet -no-progress -force -dest . {archive}")


def _zip(name, archive, pack):
    return Tool(name, archive, pack=pack, fetch="unzip -p {archive} {path}",
                extract="unzip -q {archive}", stream="unzip -p {archive}",
                verify="unzip -tq {archive}")


def _narc(name, archive, options):
    return Tool(name, archive,
                pack=f"{{narc}} pack {options} {{archive}} .",
                fetch="{narc} extract -p {archive} {code}",
                extract="{narc} extract -C . {archive}",
                stream="{narc} export -o - {archive}",
                verify="{narc} verify {archive}",
                look_up="{bench}/look_up {archive} --json")


NARC = _narc("narc", "default.narc", "")
NARC_FAST = _narc("narc --preset fast", "fast.narc", "--preset fast")
NARC_MAX = _narc("narc --preset max", "max.narc", "--preset max")
NARC_SINGLE = _narc("narc --block-size 0", "single.narc", "--block-size 0")

TAR_3 = _tar("tar | zstd -3 -T0", "3.tar.zst", "-3 -T0")
TAR_19 = _tar("tar | zstd -19 -T2", "19.tar.zst", "-19 -T2")
TAR_22 = _tar("tar | zstd -22 --long", "22.tar.zst", "--ultra -22 --long=27 -T2")

ZIP = _zip("zip -9", "plain.zip", "zip -q -9 -r -y {archive} .")
ZIP_7Z = _zip("7z -tzip -mx=9", "7z.zip", "7z a -tzip -mx=9 -snl -bd -bso0 {archive} .")

LMDB = Tool("LMDB of zstd -19", "posts.lmdb",
            pack="{bench}/lmdb_posts make {archive} ."
                 f" --dictionary-size {{dictionary_size}} --level {DEFAULT_LEVEL}",
            look_up="{bench}/lmdb_posts look-up {archive} --json")

PPMD = Tool("7z -m0=PPMd -mx=9", "ppmd.7z", posts=10, solid=True,
            pack="7z a -t7z -m0=PPMd -mx=9 -snl -bd -bso0 {archive} .",
            fetch="7z x -so {archive} {path}",
            extract="7z x -bd -bso0 {archive}",
            stream="7z x -so {archive}",
            verify="7z t -bd -bso0 {archive}")

# The command prints how many bytes it wrote: so its own output goes elsewhere.
SQLAR = Tool("sqlar", "posts.sqlar",
             pack="sqlite3 {archive} -Ac .",
             fetch="sqlite3 -readonly {archive} '.output /dev/null'"
                   " \"select writefile('/dev/stdout', sqlar_uncompress(data, sz))"
                   " from sqlar where name = './{path}'\"",
             extract="sqlite3 -readonly {archive} -Ax")

BORG = Tool("borg zstd,19", "borg", posts=10,
            pack=Shell("borg init -e none {archive} && borg create -C zstd,19 {archive}::all ."),
            fetch="borg extract --stdout {archive}::all {path}",
            extract="borg extract {archive}::all",
            stream="borg extract --stdout {archive}::all",
            verify="borg check --verify-data {archive}")

RESTIC = Tool("restic max", "restic", posts=10,
              pack=Shell("restic -q --no-cache -r {archive} init --repository-version 2 &&"
                         " restic -q --no-cache -r {archive} --compression max backup ."),
              fetch="restic -q --no-cache -r {archive} dump latest /{path}",
              extract="restic -q --no-cache -r {archive} restore latest --target .",
              stream="restic -q --no-cache -r {archive} dump latest /",
              verify="restic -q --no-cache -r {archive} check --read-data")

ZIM = Tool("ZIM of HTML pages", "posts.zim", as_html=True,
           pack="zimwriterfs -w index.html -I illustration.png -l zho -t posts -d posts"
                " -c newsroom -p newsroom -n posts -j -J {processors} . {archive}",
           fetch="zimdump show --url={path}.html {archive}",
           extract="zimdump dump --dir=. {archive}",
           verify="zimcheck --checksum {archive}")

ZPAQ = Tool("zpaq -m5", "posts.zpaq", posts=1, once=True, solid=True,
            pack="zpaq add {archive} . -m5",
            # A file that is there and the same would not be extracted again.
            fetch=Shell("rm -f {out}; zpaq extract {archive} ./{path} -to {out} -force >/dev/null &&"
                        " cat {out}"))

PLAIN = Tool("cat of the plain post", "", fetch="cat {folder}/{path}")

ALL = [TAR_3, TAR_19, TAR_22, _squashfs("squashfs 1 MiB", "1m.sqfs", "1M"),
       _squashfs("squashfs 128 KiB", "128k.sqfs", "128K"), ZIP, ZIP_7Z, PPMD, SQLAR, BORG, RESTIC,
       ZIM, ZPAQ, LMDB, PLAIN, NARC_FAST, NARC, NARC_MAX, NARC_SINGLE]


@dataclasses.dataclass(frozen=True)
class Keeper:
    """A tool that keeps what a site was each night. {night} is the number of one, from 0, and
    {generation} narc's own, from 1; {path} is where the post was then."""
    name: str
    archive: str    # its name in the scratch folder
    first: str      # makes the archive
    night: str      # adds to it
    fetch: str      # a post as it was at a night, to standard output


NARC_NIGHTS = Keeper("narc", "nights.narc",
                     first="{narc} pack {archive} .",
                     night="{narc} append {archive} .",
                     fetch="{narc} extract -p --as-of {generation} {archive} {code}")

BORG_NIGHTS = Keeper("borg zstd,19", "nights-borg",
                     first=Shell("borg init -e none {archive} &&"
                                 " borg create -C zstd,19 {archive}::{night} ."),
                     night="borg create -C zstd,19 {archive}::{night} .",
                     fetch="borg extract --stdout {archive}::{night} {path}")

RESTIC_NIGHTS = Keeper("restic max", "nights-restic",
                       first=Shell("restic -q -r {archive} init --repository-version 2 &&"
                                   " restic -q -r {archive} --compression max backup"
                                   " --tag {night} ."),
                       night="restic -q -r {archive} --compression max backup --tag {night} .",
                       fetch="restic -q -r {archive} dump --tag {night} latest /{path}")

_TAR_NIGHT = "tar --sort=name -cf - . | zstd -q -19 -T2 -o {archive}/{night}.tar.zst"
TAR_NIGHTS = Keeper("tar | zstd -19 -T2", "nights-tar",
                    first=Shell("mkdir {archive} && " + _TAR_NIGHT),
                    night=Shell(_TAR_NIGHT),
                    fetch="tar --zstd --occurrence -xOf {archive}/{night}.tar.zst ./{path}")

KEEPERS = [NARC_NIGHTS, BORG_NIGHTS, RESTIC_NIGHTS, TAR_NIGHTS]

@dataclasses.dataclass(frozen=True)
class Mount:
    """A tool that shows an archive as a {folder}; or the folder itself, which takes no tool."""
    name: str
    archive: str = ""       # its name in the scratch folder
    pack: str = None
    mount: str = None


NARC_MOUNT = Mount("narc mount", "mounted.narc", pack="{narc} pack --preset fast {archive} .",
                   mount="{narc} mount {archive} {folder}")
SQUASHFUSE = Mount("squashfuse_ll", "mounted.sqfs",
                   pack="mksquashfs . {archive} -quiet -no-progress -comp zstd",
                   mount="squashfuse_ll {archive} {folder}")
NO_MOUNT = Mount("the files")

MOUNTS = [NARC_MOUNT, SQUASHFUSE, NO_MOUNT]


@dataclasses.dataclass(frozen=True)
class Protector:
    """A way to have an archive that can be repaired. {archive} is in a folder of its own, as is all
    that is made beside it."""
    name: str
    folder: str
    make: str
    repair: str = None


_PACK = "{narc} pack --preset fast"
UNPROTECTED = Protector("narc", "unprotected", make=_PACK + " {archive} .")
NARC_PARITY = Protector("narc --parity 5%", "parity", make=_PACK + " --parity 5% {archive} .",
                        repair="{narc} repair {archive}")
PAR2 = Protector("narc, par2 -r5", "par2",
                 make=Shell(_PACK + " {archive} . && par2 create -q -q -r5 {archive}"),
                 repair="par2 repair -q -q {archive}.par2")

PROTECTORS = [UNPROTECTED, NARC_PARITY, PAR2]

# What tells the version of each program, whatever it prints besides.
VERSIONS = {
    "narc": "{narc} --version", "tar": "tar --version", "zstd": "zstd --version",
    "mksquashfs": "mksquashfs -version", "sqfscat": "sqfscat -version", "7z": "7z",
    "zip": "zip -v", "unzip": "unzip -v", "sqlite3": "sqlite3 --version",
    "borg": "borg --version", "restic": "restic version",
    "zimwriterfs": "zimwriterfs --version", "kiwix-serve": "kiwix-serve --version",
    "wrk": "wrk --version", "zimdump": "zimdump --version", "zpaq": "zpaq",
    "ripgrep": "rg --version", "squashfuse": "squashfuse_ll --help", "grep": "grep --version",
    "find": "find --version", "par2": "par2 -V",
    "lmdb": "pkg-config --modversion lmdb", "gnuplot": "gnuplot --version",
}


def require(*programs):
    """A comparison that left out a tool would pass for a whole one."""
    missing = [name for name in programs if not shutil.which(name)]
    if missing:
        raise Failed("these programs are missing: " + " ".join(missing))
