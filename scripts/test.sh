#!/usr/bin/env bash
# Everything that must be right before a change lands: builds the native libraries (nothing to do when they are up to
# date), compiles with warnings as errors, runs all tests, checks the documentation and the format.
#
#   scripts/test.sh                         all of it
#   scripts/test.sh -Dtest=TokenizerTest    arguments go to Maven
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/scripts/toolchain.sh"
find_jdk || { echo "test: $no_jdk" >&2; exit 1; }

"$root/scripts/build-native.sh" --native

# Of Maven's own talk only warnings and errors, and what the tests say: -q would hide the warnings that fail the build.
quiet=-Dorg.slf4j.simpleLogger
export MAVEN_OPTS="${MAVEN_OPTS:-} $quiet.defaultLogLevel=warn $quiet.log.org.apache.maven.plugin.surefire=info"
maven verify "$@"
