#!/usr/bin/env bash
# The one test command: installs what the tests need, then runs all of them.
#
#   bash tests/run.sh           what CI runs: from a cold clone on two cores in less than 50 minutes
#   bash tests/run.sh --long    also the tests marked `#[ignore = "long: …"]`, 16 times as many random cases, and hunts
#                               for bytes that break something of 60 s each, not 5
#
# A stage that fails is named, the later stages run all the same where they can, and the exit status is 1.
# It ends no process but those it started, and needs no terminal.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
export CARGO_TERM_COLOR=never NO_COLOR=1 DEBIAN_FRONTEND=noninteractive
export PATH="${CARGO_HOME:-${HOME:-/root}/.cargo}/bin:$PATH"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
logs="$CARGO_TARGET_DIR/run-logs"
mkdir -p "$logs"
rm -f "$logs"/*.log

profile=default
fuzz_seconds=5
extra=()
case "${1-}" in
"") ;;
--long)
    profile=long
    fuzz_seconds=60
    extra=(--run-ignored all)
    export PROPTEST_CASES=4096
    ;;
*)
    echo "usage: bash tests/run.sh [--long]" >&2
    exit 2
    ;;
esac

# --- stages -----------------------------------------------------------------------------------------------------

began=$SECONDS
passed=0
failed=0
table=()

# stage NAME COMMAND…: runs it, times it, and remembers how it went. Its output is shown and kept for counting.
# The command runs where `set -e` has no effect, as it does wherever a status is tested: functions chain with &&.
stage() {
    local name=$1 start=$SECONDS result=ok
    shift
    printf '\n=== %s\n' "$name"
    if ! "$@" 2>&1 | tee "$logs/$name.log"; then
        result=FAILED
        failed=$((failed + 1))
    fi
    count "$logs/$name.log"
    table+=("$(printf '%-16s %5d s  %s' "$name" $((SECONDS - start)) "$result")")
    printf '=== %s: %s, %d s\n' "$name" "$result" $((SECONDS - start))
    [[ $result == ok ]]
}

# skip NAME REASON: a stage that cannot run because an earlier one failed. It counts as failed.
skip() {
    failed=$((failed + 1))
    table+=("$(printf '%-16s %5s    %s' "$1" - "NOT RUN: $2")")
}

# Adds up the closing lines of nextest ("Summary [ 1.2s] 9 tests run: 8 passed (1 slow), 1 failed") and of doctests
# ("test result: ok. 3 passed; 0 failed"). A failing stage has been counted once; its failed tests are in its log.
count() {
    local numbers
    numbers=$(sed -n -E 's/^ *Summary \[[^]]*\] .*run: ([0-9]+) passed.*/\1/p; s/^test result: .* ([0-9]+) passed;.*/\1/p' "$1")
    local number
    for number in $numbers; do passed=$((passed + number)); done
}

# --- what the tests need ----------------------------------------------------------------------------------------

# Program, and Debian's package that brings it.
needs=(
    /usr/sbin/snmpd:snmpd
    /usr/bin/snmpget:snmp
    /usr/bin/ssh:openssh-client
    /usr/sbin/sshd:openssh-server
    /usr/sbin/dropbear:dropbear-bin
    /usr/bin/busybox:busybox
    /usr/bin/age:age
    /usr/lib/postgresql:postgresql
    /usr/bin/victoria-metrics:victoria-metrics
    /usr/bin/prometheus:prometheus
    /usr/bin/prometheus-alertmanager:prometheus-alertmanager
    /usr/bin/chromium:chromium
    gcc:gcc
    g++:g++
    setpriv:util-linux
    node:nodejs
    npm:npm
)

source tests/packages.sh

# Plug-ins of cargo, pinned, built once for the account that runs this. With a target folder of their own, so that the
# product's stays the product's.
tools() {
    local tool version
    for tool in cargo-nextest@0.9.143 cargo-deny@0.20.2; do
        version=${tool##*@} tool=${tool%%@*}
        if command -v "$tool" >/dev/null; then
            echo "$tool is there"
        else
            CARGO_TARGET_DIR="$CARGO_TARGET_DIR/tools" cargo install --quiet --locked "$tool" --version "$version" || return
        fi
    done
    rm -rf "$CARGO_TARGET_DIR/tools"
}

# --- the stages themselves --------------------------------------------------------------------------------------

deny() {
    cargo deny --log-level error check bans licenses sources &&
        echo "advisories: not checked here; their database comes from outside: run 'cargo deny check advisories' where it can be fetched"
}

lockfiles() {
    cargo metadata --locked --format-version 1 >/dev/null && echo "Cargo.lock fits" || return
    local found
    if found=$(git grep -nE '"resolved": *"https?:' -- '*package-lock.json'); then
        echo "a package-lock.json names a registry's host: $found"
        return 1
    fi
}

release_build() {
    local start=$SECONDS kind=cold
    [[ -d $CARGO_TARGET_DIR/release/deps ]] && kind=warm
    cargo build --release --locked --package villagenet || return
    local seconds=$((SECONDS - start))
    printf 'release_build_min %d.%d (%s)\n' $((seconds / 60)) $((seconds % 60 / 6)) "$kind"
}

# Library tests keep both cores busy; nextest takes one test a core.
unit_tests() {
    cargo nextest run --locked --profile "$profile" "${extra[@]}" --workspace -E 'not package(villagenet-tests)'
}

# Whole-product tests mostly wait for timers, so that several run side by side.
whole_tests() {
    cargo nextest run --locked --profile "$profile" "${extra[@]}" --workspace --test-threads 5 \
        -E 'package(villagenet-tests) and not test(/^pages::/)'
}

browser_tests() {
    cargo nextest run --locked --profile "$profile" "${extra[@]}" --workspace -E 'package(villagenet-tests) and test(/^pages::/)'
}

rustdoc() {
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --workspace
}

# Tools are built while packages are fetched: one waits for the processor, the other for the network.
echo "machine: $(nproc) cores, $(rustc --version)"
(tools >"$logs/tools-early.log" 2>&1) &
early=$!
stage packages packages "${needs[@]}" || true
wait "$early" || true
stage tools tools || true

stage fmt cargo fmt --all --check || true
stage lockfiles lockfiles || true
stage deny deny || true

# The release build first, as a person who clones builds it; then all else, which shares the other profile.
if stage release-build release_build; then
    export VILLAGENET_BIN="$CARGO_TARGET_DIR/release/villagenet"
    is_built=yes
else
    is_built=no
fi
stage clippy cargo clippy --locked --workspace --all-targets -- -D warnings || true
stage tests unit_tests || true
stage fuzz bash tests/fuzz/run.sh $fuzz_seconds || true
stage doctests cargo test --locked --quiet --doc --workspace || true
stage rustdoc rustdoc || true
if [[ $is_built == yes ]]; then
    stage whole whole_tests || true
    stage browser browser_tests || true
else
    skip whole "there is no release build"
    skip browser "there is no release build"
fi

# --- the account ------------------------------------------------------------------------------------------------

seconds=$((SECONDS - began))
printf '\n%-16s %7s  %s\n' stage time result
printf '%s\n' "${table[@]}"
grep -hE '^ *(release_build_min|detect_to_message_s) ' "$logs/release-build.log" "$logs/whole.log" 2>/dev/null | sed 's/^ *//' | sort -u || true
printf 'ci_min %d.%d\n' $((seconds / 60)) $((seconds % 60 / 6))
failed_tests=$(cat "$logs"/{tests,whole,browser}.log 2>/dev/null | grep -E '^ *Summary \[' | grep -oE '[0-9]+ (failed|timed out)' | awk '{ sum += $1 } END { print sum + 0 }' || true)
if ((failed > 0)); then
    printf 'stages that failed: %d\n%d passed, %d failed\n' "$failed" "$passed" $((failed_tests > 0 ? failed_tests : failed))
    exit 1
fi
printf '%d passed, 0 failed\n' "$passed"
((passed > 0))
