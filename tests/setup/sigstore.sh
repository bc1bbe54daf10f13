#!/bin/sh
# Installs @sigstore/verify, a verifier of transparency logs that this project did not write, from
# npm into the directory DIR, unless it is there already:
#   tests/setup/sigstore.sh DIR
# The tests find it by PATROL_TEST_SIGSTORE=DIR/node_modules.
set -eu
dir=${1:?usage: tests/setup/sigstore.sh DIR}
version=4.1.3
if grep -qs "\"version\": \"$version\"" "$dir/node_modules/@sigstore/verify/package.json"; then
    exit 0
fi
rm -rf "$dir"
mkdir -p "$dir"
npm install --prefix "$dir" --silent --no-audit --no-fund "@sigstore/verify@$version"
