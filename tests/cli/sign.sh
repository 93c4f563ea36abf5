#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Keys, signatures and receipts: what a successor can prove, and what nobody can forge.
. "$(dirname "$0")/lib.sh"

export SOURCE_DATE_EPOCH=1700000000
judge=$(dirname "$reader")/check_signature.py
judged() { "$python" "$judge" "$@"; }
key_of() { basename "$1" .md | cut -c12-; }
# altered FILE N WITH: prints the file with the bytes from N on replaced.
altered() {
	head -c "$2" "$1"
	printf '%s' "$3"
	tail -c +$(($2 + ${#3} + 1)) "$1"
}
# signed TEXT ARCHIVE...: it is as it was signed, and narc says TEXT of it.
signed() {
	local text=$1

	shift
	"$narc" verify --key key.pub "$@" >said || return
	cat said
	grep -qF -e "$text" said
}

make_site site 60
ln -s index.html site/link
posts=($(ls site/_posts))
one=${posts[3]} two=${posts[10]} three=${posts[20]}
cp "site/_posts/$three" site/copy.txt
"$narc" pack a.narc site
cp a.narc first.narc

# ---- keys ------------------------------------------------------------------------------------------

check "a key is made" silent "$narc" keygen --key key
check "the secret one is for its owner" test "$(stat -c %a key)" = 600
cp key kept
check "a key is never replaced" fails 2 "never replaced" "$narc" keygen --key key --public other.pub
check "nor is a public one" fails 2 "key.pub" "$narc" keygen --key other --public key.pub
check "they stay as they are" cmp key kept
check "and nothing else is made" not test -e other -o -e other.pub
check "keygen in a folder that is not there is told" fails 3 "nowhere" "$narc" keygen --key nowhere/key
check "another key is another" sh -c "'$narc' keygen --key wrong && ! cmp -s key.pub wrong.pub"

# ---- signing ---------------------------------------------------------------------------------------

check "an archive is signed" silent "$narc" sign --key key a.narc
check "it stays as it is" cmp a.narc first.narc
check "there are a statement and a signature" test -f a.narc.sig -a -f a.narc.sig.minisig
check "the archive is what was signed" signed "are unaltered" a.narc
check "narc says when" grep -qF "signed 2023-11-14T22:13:20+00:00" said
check "the same is signed again on any number of threads" \
	"$narc" sign --threads 1 --key key -o again.sig a.narc
check "with the same bytes" cmp a.narc.sig again.sig
check "and the same signature" cmp a.narc.sig.minisig again.sig.minisig
check "a statement is not replaced" fails 2 "--force" "$narc" sign --key key a.narc
rm a.narc.sig
check "nor a signature" fails 2 "a.narc.sig.minisig" "$narc" sign --key key a.narc
check "and nothing is written then" not test -e a.narc.sig
check "but with --force" silent "$narc" sign --force --key key a.narc
check "it is the same as before" cmp a.narc.sig again.sig

check "sign with no key is bad usage" fails 2 "--key" "$narc" sign a.narc
check "sign with a key that is not there is told" fails 3 "nokey" "$narc" sign --key nokey a.narc
check "sign with the public key is told" fails 2 "no secret key" "$narc" sign --key key.pub a.narc
cat >encrypted <<'END'
untrusted comment: minisign encrypted secret key
RWRTY0IyG4D/v7iIRiHhTx2aCB6TarQ83VCGDkte0D1L1Wi/jjoAAAACAAAAAAAAAEAAAAAAKwssBKN3icAZjlUzCRMvDmBq6ml1DaWASMne7yn9HkHeeRLEO5PoQo1LdI767WQ4zhmrPWUunzqVAwe9XWaHo1qBy5jSpMFzW5sJI6OmRMnIwg4sqMpN3IxS0w+uAxvJd9uXF5vHkWQ=
END
check "an encrypted key needs its passphrase" fails 2 "no passphrase" \
	"$narc" sign --key encrypted -o x a.narc </dev/null
if [ -n "$long" ]; then
	check "a wrong one is told" fails 2 "passphrase is wrong" \
		"$narc" sign --key encrypted -o x a.narc <<<"pv"
	check "with the right one it signs" "$narc" sign --key encrypted -o encrypted.sig a.narc <<<"pw"
	check "as the key that it is" grep -q 1DBFA6E39D6A2C51 encrypted.sig.minisig
	check "at a terminal it is asked for, and not shown" "$python" -c '
import os, pty, sys
process, terminal = pty.fork()
if process == 0:
    os.execv(sys.argv[1], sys.argv[1:])
shown = b""
try:
    while more := os.read(terminal, 100):
        shown += more
        if shown.endswith(b"Passphrase of the key: "):
            os.write(terminal, b"pw\n")
except OSError:
    pass
sys.exit(os.waitpid(process, 0)[1] or b"Passphrase" not in shown or b"pw" in shown)
' "$narc" sign --key encrypted -o terminal.sig a.narc
	check "and good" cmp encrypted.sig.minisig terminal.sig.minisig
fi
check "sign of what is no archive is told" fails 1 "no.narc" \
	sh -c "echo x >no.narc; '$narc' sign --key key no.narc"
check "and leaves nothing" not test -e no.narc.sig -o -e no.narc.sig.minisig
check "a generation that there is not is told" \
	fails 1 "no generation 2" "$narc" sign --generation 2 --key key -o x a.narc
check "and leaves nothing, either" not test -e x -o -e x.minisig

check "verify with another key is refused" fails 1 "by the key" "$narc" verify --key wrong.pub a.narc
check "verify with a key that is not there is told" fails 3 "nokey" "$narc" verify --key nokey a.narc
check "verify with the secret key is told" fails 2 "no public key" "$narc" verify --key key a.narc
check "verify without a signature is told" fails 3 "first.narc.sig" "$narc" verify --key key.pub first.narc
mkfifo first.narc.sig
check "a pipe in its place is told" fails 1 "first.narc.sig" "$narc" verify --key key.pub first.narc
rm first.narc.sig
head -c 200000 /dev/zero >first.narc.sig
check "and what is too long" fails 1 "too long" "$narc" verify --key key.pub first.narc
check "with --signature the files may be elsewhere" \
	signed "unaltered" --signature again.sig first.narc
check "--signature alone is bad usage" fails 2 "--key" "$narc" verify --signature again.sig a.narc
check "--quick with a key is bad usage" fails 2 "--quick" "$narc" verify --quick --key key.pub a.narc
check "--sample with a key is bad usage" \
	fails 2 "--sample" "$narc" verify --sample 5% --key key.pub a.narc
check "--signature of two archives is bad usage" \
	fails 2 "one archive" "$narc" verify --key key.pub --signature again.sig a.narc a.narc
check "of each of two archives it is told that it is what was signed" \
	test "$("$narc" verify --key key.pub a.narc a.narc | grep -c "are unaltered")" = 2
check "--json tells what was signed in a line of its own" \
	test "$("$narc" verify --json --key key.pub a.narc |
		"$python" -c 'import json, sys; print(*[json.loads(line)["type"] for line in sys.stdin])')" \
	= "summary signature"

sed 's/^rows .*/rows 7/' a.narc.sig >forged.sig
cp a.narc.sig.minisig forged.sig.minisig
check "a statement that was altered is told" fails 1 "not what was signed" \
	"$narc" verify --key key.pub --signature forged.sig a.narc
sed 's/^trusted comment: .*/trusted comment: signed in 1999/' a.narc.sig.minisig >forged.sig.minisig
cp a.narc.sig forged.sig
check "so is a comment" fails 1 "comment" "$narc" verify --key key.pub --signature forged.sig a.narc

if command -v minisign >/dev/null; then
	check "minisign finds the signature good" minisign -Vm a.narc.sig -p key.pub
	check "and another key's not" not minisign -Vm a.narc.sig -p wrong.pub
	echo text >text
	check "it can use the secret key" minisign -Sm text -s key
	check "and its signature is good" minisign -Vm text -p key.pub
	check "minisign makes a key" minisign -G -W -p mini.pub -s mini
	check "narc can use it" "$narc" sign --key mini -o mini.sig a.narc
	check "and it is good for both" sh -c "minisign -Vm mini.sig -p mini.pub &&
		'$narc' verify --key mini.pub --signature mini.sig a.narc"
	check "narc writes a statement for minisign to sign" \
		silent "$narc" sign --unsigned -o unsigned.sig a.narc
	check "which is no signature yet" fails 3 "unsigned.sig.minisig" \
		"$narc" verify --key mini.pub --signature unsigned.sig a.narc
	check "minisign signs it" minisign -Sm unsigned.sig -s mini
	check "and narc finds it good" "$narc" verify --key mini.pub --signature unsigned.sig a.narc
else
	skip "minisign agrees" "minisign is not there"
fi
if has_reader; then
	check "who knows only the text finds the same root" \
		cmp <(judged state a.narc 1) <(sed '$d' a.narc.sig)
	check "and a good signature" prints ok judged archive a.narc a.narc.sig key.pub
	check "but not with another key" fails 1 "another key" judged archive a.narc a.narc.sig wrong.pub
else
	skip "who knows only the text agrees" "python3-zstandard and python3-xxhash are not there"
fi

# ---- what comes later ------------------------------------------------------------------------------

echo "A correction." >>"site/_posts/$one"
mkdir site/old_post
mv "site/_posts/$two" site/old_post/
echo new >site/new.txt
SOURCE_DATE_EPOCH=1700086400 "$narc" append a.narc site
check "after an append what was signed is unaltered" signed "up to generation 1" a.narc
check "and what is newer is told" grep -qF "entries of generations 2 to 2 are newer, and not covered" said
check "what is new can be signed too" \
	"$narc" sign --key key -o second.sig a.narc
check "or once more what was before" "$narc" sign --generation 1 --key key -o before.sig a.narc
check "which is the same" cmp before.sig again.sig
check "both are good" sh -c "'$narc' verify --key key.pub --signature second.sig a.narc &&
	'$narc' verify --key key.pub --signature before.sig a.narc"
check "the older archive is not what was signed later" fails 1 "taken away" \
	"$narc" verify --key key.pub --signature second.sig first.narc
check "it is sound for all that" "$narc" verify first.narc
"$narc" receipt --signature second.sig -o old.receipt a.narc "$(key_of "$three")"

cp a.narc later.narc
"$narc" compact later.narc
check "after compacting all is unaltered" signed "up to generation 2" --signature second.sig later.narc
check "for the older signature, too" signed "up to generation 1" --signature again.sig later.narc
"$narc" redact --reason r later.narc "$(key_of "$three")" "$(key_of "$one")"
check "after a redaction all is unaltered" \
	signed "up to generation 2" --signature second.sig later.narc
check "and what was redacted is told" grep -q "since then 3 contents were redacted" said
check "also for the older signature" signed "2 contents were redacted" --signature again.sig later.narc
"$narc" compact later.narc
check "and compacted after that" signed "3 contents" --signature second.sig later.narc
check "what is redacted can be signed" "$narc" sign --key key later.narc
check "with the same root" cmp <(grep root later.narc.sig) <(grep root second.sig)
check "it is unaltered" signed "unaltered" later.narc
check "with nothing redacted since" not grep -q "since then" said
check "the contents cannot come back" fails 1 "had been redacted" \
	"$narc" verify --key key.pub --signature later.narc.sig a.narc
echo "from another site" >other.txt
touch -d tomorrow other.txt # so that it is the last generation, whatever the clock says
"$narc" pack other.narc other.txt
"$narc" merge merged.narc other.narc a.narc
check "a merged archive is another one" fails 1 "is not what was signed" \
	"$narc" verify --key key.pub --signature second.sig merged.narc
check "which can be signed" "$narc" sign --key key merged.narc
check "and is then unaltered" signed "unaltered" merged.narc
if has_reader; then
	check "who knows only the text agrees with all of that" sh -c "
		for pair in later:second later:again later:later.narc merged:merged.narc a:second; do
			'$python' '$judge' archive \${pair%:*}.narc \${pair#*:}.sig key.pub || exit
		done"
	check "and finds the contents that came back" fails 1 "came back" \
		judged archive a.narc later.narc.sig key.pub
	check "and the older archive" fails 1 "fewer" judged archive first.narc second.sig key.pub
fi

# ---- forgers ---------------------------------------------------------------------------------------

check "a repacked archive has what it had" "$narc" extract -C forgery first.narc
"$narc" pack swapped.narc forgery
check "so it is what was signed" signed "unaltered" --signature again.sig swapped.narc
post=forgery/_posts/${posts[5]}
touch -r "$post" stamp
sed -i '$s/$/ /' "$post"
touch -r stamp "$post"
"$narc" pack --force swapped.narc forgery
check "with a byte more in a post it is sound" "$narc" verify swapped.narc
check "but not what was signed" fails 1 "is not what was signed" \
	"$narc" verify --key key.pub --signature again.sig swapped.narc
check "which is not called damage" not grep -q damage <("$narc" verify --key key.pub \
	--signature again.sig swapped.narc 2>&1)
sed -i '$s/ $//' "$post"
touch -r stamp "$post"
"$narc" pack --force swapped.narc forgery
check "without it, it is again" signed "unaltered" --signature again.sig swapped.narc
touch -d @1 "$post"
"$narc" pack --force swapped.narc forgery
check "another time of it is found" fails 1 "is not what was signed" \
	"$narc" verify --key key.pub --signature again.sig swapped.narc
touch -r stamp "$post"
rm forgery/copy.txt
"$narc" pack --force swapped.narc forgery
check "so is a file less" fails 1 "rows" "$narc" verify --key key.pub --signature again.sig swapped.narc
altered first.narc $(($(stat -c %s first.narc) / 2)) xyz >damaged.narc
check "damage is called damage" fails 1 "damaged in" \
	"$narc" verify --key key.pub --signature again.sig damaged.narc
check "and not forgery" not grep -q "was signed" <("$narc" verify --key key.pub \
	--signature again.sig damaged.narc 2>&1)
check "a damaged archive is not signed" fails 1 "damaged" "$narc" sign --key key damaged.narc
check "nothing is written" not test -e damaged.narc.sig -o -e damaged.narc.sig.minisig

# ---- receipts --------------------------------------------------------------------------------------

# proves RECEIPT FILE [TEXT]: it is good, also for who knows only the text, and says TEXT.
proves() {
	"$narc" check-receipt --key key.pub "$1" "$2" >said || return
	cat said
	[ -z "${3:-}" ] || grep -qF -e "$3" said || return
	[ "$("$python" "$judge" receipt "$1" key.pub "$2")" = ok ]
}

cp "site/_posts/$three" three.md
check "a receipt is written" "$narc" receipt --signature second.sig -o three.receipt a.narc "$(key_of "$three")"
check "it proves what the post was" proves three.receipt three.md "$(key_of "$three")"
check "with its hash" grep -q "$(sha256sum <three.md | cut -c1-64)" said
check "it goes to standard output, too" cmp three.receipt \
	<("$narc" receipt --signature second.sig a.narc "$(key_of "$three")")
check "and says what it proves without a file" "$narc" check-receipt --key key.pub three.receipt
check "the file may come from a pipe" bash -c \
	"'$narc' check-receipt --key key.pub three.receipt <(cat three.md)"
check "a receipt is not replaced" fails 2 "--force" \
	"$narc" receipt --signature second.sig -o three.receipt a.narc copy.txt
check "of the copy there is one of its own" \
	"$narc" receipt --signature second.sig -o copy.receipt a.narc copy.txt
check "with the same content" proves copy.receipt three.md "copy.txt"
check "and of the moved post" "$narc" receipt --signature second.sig -o two.receipt a.narc "$(key_of "$two")"
check "with its new path" proves two.receipt "site/old_post/$two" "old_post/$two"
check "and of it as it was signed before" \
	"$narc" receipt --signature again.sig -o two.first a.narc "$(key_of "$two")"
check "with the old one" proves two.first "site/old_post/$two" "_posts/$two"
check "of a rewritten post there is one" \
	"$narc" receipt --signature second.sig -o one.receipt a.narc "$(key_of "$one")"
check "of the newest version" proves one.receipt "site/_posts/$one" "version     2"
check "or of the first" "$narc" receipt --signature second.sig --version 1 -o one.first a.narc "$(key_of "$one")"
"$narc" extract -p --version 1 a.narc "$(key_of "$one")" >one.md
check "which had the old content" proves one.first one.md "version     1"
check "and not the new one" fails 1 "not the content" \
	"$narc" check-receipt --key key.pub one.first "site/_posts/$one"
check "of a link there is one" "$narc" receipt --signature second.sig -o link.receipt a.narc link
printf index.html >target
check "whose content is its target" proves link.receipt target "link"
mkdir "odd" && echo odd >"odd/100% 名 字"
"$narc" pack odd.narc odd && "$narc" sign --key key odd.narc
check "of an odd path there is one" "$narc" receipt -o odd.receipt odd.narc "100% 名 字"
check "that has it all" proves odd.receipt "odd/100% 名 字" "100% 名 字"
check "what is redacted has one, which is told" fails 0 "was redacted" \
	"$narc" receipt --signature second.sig -o gone.receipt later.narc "$(key_of "$three")"
check "it is that from before" cmp gone.receipt old.receipt
check "and proves what was there" proves gone.receipt three.md

check "what is newer than the signature has none" fails 1 "new.txt" \
	"$narc" receipt --signature again.sig -o x a.narc new.txt
cp -p site/copy.txt forgery/
touch -d @1 "$post"
"$narc" pack --force swapped.narc forgery
check "nor has what is not there" fails 1 "no-such-key" \
	"$narc" receipt --signature second.sig -o x a.narc no-such-key
check "nor what was not signed" fails 1 "is not what was signed" \
	"$narc" receipt --signature again.sig -o x swapped.narc "$(key_of "$three")"
check "nothing was written of them" not test -e x
check "a receipt without a signature is told" fails 3 "first.narc" "$narc" receipt other.narc other.txt \
	--signature first.narc.none

check "another key is refused" fails 1 "by the key" "$narc" check-receipt --key wrong.pub three.receipt
check "another file is refused" fails 1 "not the content" \
	"$narc" check-receipt --key key.pub three.receipt one.md
check "a file that is not there is told" fails 3 "nofile" \
	"$narc" check-receipt --key key.pub three.receipt nofile
sed 's/^path .*/path _posts\/another.md/' three.receipt >forged.receipt
check "another path is refused" fails 1 "not what was signed" \
	"$narc" check-receipt --key key.pub forged.receipt
check "also by who knows only the text" fails 1 "not what was signed" \
	judged receipt forged.receipt key.pub
sed "s/^sha256 .*/sha256 $(sha256sum <one.md | cut -c1-64)/" three.receipt >forged.receipt
check "another hash is refused" fails 1 "not what was signed" \
	"$narc" check-receipt --key key.pub forged.receipt one.md
sed '/^sibling /{x;s/^/x/;/^x$/{x;d};x}' three.receipt >forged.receipt
check "a hash less on the way to the root is refused" fails 1 "not what was signed" \
	"$narc" check-receipt --key key.pub forged.receipt
cat <(sed '/^newsarc statement/,$d' three.receipt) again.sig <(echo) again.sig.minisig >forged.receipt
check "another statement is refused" fails 1 "not what was signed" \
	"$narc" check-receipt --key key.pub forged.receipt
head -c 300 three.receipt >forged.receipt
check "half a receipt is refused" fails 1 "forged.receipt" \
	"$narc" check-receipt --key key.pub forged.receipt
check "what is no receipt is told" fails 1 "no newsarc receipt" \
	"$narc" check-receipt --key key.pub a.narc.sig
check "an archive is none, either" fails 1 "a.narc" "$narc" check-receipt --key key.pub a.narc
check "check-receipt without a key is bad usage" fails 2 "--key" "$narc" check-receipt three.receipt
finish
