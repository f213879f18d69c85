#!/usr/bin/env bash
# Unpacks snac 2.75 (a small, real, federating server of ActivityPub) from Debian's backports into tests/networks/snac; installs nothing.
set -euo pipefail
cd "$(dirname "$0")"
if command -v snac >/dev/null; then mkdir -p snac && exit 0; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir -p "$work/lists/partial"
echo 'deb http://deb.debian.org/debian bookworm-backports main' > "$work/sources.list"
apt=(apt-get -qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$work/lists" -o APT::Sandbox::User=root)
"${apt[@]}" update
(cd "$work" && "${apt[@]}" download snac2)
dpkg -x "$work"/snac2_*.deb "$work/snac"
rm -rf snac
mv "$work/snac" snac
