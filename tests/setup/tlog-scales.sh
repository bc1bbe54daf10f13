#!/bin/sh
# Installs tlog-scales, a reader of transparency logs that this project did not write, from PyPI into
# the directory DIR, unless it is there already:
#   tests/setup/tlog-scales.sh DIR
# The tests find it by PATROL_TEST_TLOG_SCALES=DIR/bin/python.
set -eu
dir=${1:?usage: tests/setup/tlog-scales.sh DIR}
version=0.0.3
if "$dir/bin/python" -c "import importlib.metadata as m; assert m.version('tlog-scales') == '$version'" 2>/dev/null; then
    exit 0
fi
# A folder that was moved, or half made, is made anew: its programs name the place they were made in.
rm -rf "$dir"
python3 -m venv "$dir"
"$dir/bin/python" -m pip install --quiet --disable-pip-version-check "tlog-scales==$version"
