#!/bin/sh
# Installs the pre-commit framework from PyPI into the directory DIR, unless it is there already:
#   tests/setup/pre-commit.sh DIR
# The tests find it by PATROL_TEST_PRE_COMMIT=DIR/bin/pre-commit.
set -eu
dir=${1:?usage: tests/setup/pre-commit.sh DIR}
version=4.7.0
if "$dir/bin/pre-commit" --version 2>/dev/null | grep -q " $version\$"; then
    exit 0
fi
# A folder that was moved, or half made, is made anew: its programs name the place they were made in.
rm -rf "$dir"
python3 -m venv "$dir"
"$dir/bin/python" -m pip install --quiet --disable-pip-version-check "pre-commit==$version"
"$dir/bin/pre-commit" --version
