#!/usr/bin/env bash
# The figures of README.md, measured on this machine.
#
#   bash tests/bench/run.sh [NAME…] [--long]     all, or those named; --long polls ten times as often and keeps ten times the samples
#
# Prints `NAME VALUE UNIT (bar <= BAR) ok|MISS` and keeps the figures in target/bench/results.json. Exits 1 on a MISS.
# `release_build_min`, `ci_min` and `detect_to_message_s` are printed by tests/run.sh.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec </dev/null
export CARGO_TERM_COLOR=never
export PATH="${CARGO_HOME:-${HOME:-/root}/.cargo}/bin:$PATH"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"

source tests/packages.sh
packages /usr/bin/prometheus-snmp-exporter:prometheus-snmp-exporter taskset:util-linux \
    /usr/bin/victoria-metrics:victoria-metrics

# The product is only needed for figures of the whole of it.
needs_product() {
    local name
    for name in "$@"; do case $name in demo_* | controller_* | login_* | session_*) return 0 ;; esac done
    for name in "$@"; do case $name in --long) ;; *) return 1 ;; esac done
}
if needs_product "$@" && [[ -z ${VILLAGENET_BIN-} ]]; then
    cargo build --release --locked --package villagenet
    export VILLAGENET_BIN="$CARGO_TARGET_DIR/release/villagenet"
fi
exec cargo bench --locked --quiet --package villagenet-tests --bench figures -- "$@"
