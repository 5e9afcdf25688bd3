#!/usr/bin/env bash
# The tests drive Debian's Chromium, need Chinese fonts, read files that LibreOffice writes, trace system calls,
# and count on Spark, which is Java: installed here when missing and root.
set -euo pipefail
missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v strace >/dev/null || missing+=(strace)
command -v soffice >/dev/null || missing+=(libreoffice-calc)
{ command -v fc-list >/dev/null && fc-list | grep -qi "noto.*cjk"; } || missing+=(fonts-noto-cjk fontconfig)
command -v java >/dev/null || missing+=(openjdk-17-jre-headless)
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Please install: ${missing[*]}" >&2
    exit 1
fi
echo "Setting up: installing ${missing[*]} ..."
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
