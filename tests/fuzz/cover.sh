#!/usr/bin/env bash
# The compiler of the workspace's own packages while they are fuzzed: counts which code an input reaches, and is quick.
# The packages of others are those that other tests use.
set -euo pipefail
compiler=$1
shift
exec "$compiler" "$@" -C opt-level=2 -C debug-assertions=on -C overflow-checks=on -C passes=sancov-module \
    -C llvm-args=-sanitizer-coverage-level=4 -C llvm-args=-sanitizer-coverage-inline-8bit-counters \
    -C llvm-args=-sanitizer-coverage-pc-table
