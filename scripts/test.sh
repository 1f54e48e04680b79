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

export MAVEN_OPTS="${MAVEN_OPTS:-} -Dorg.slf4j.simpleLogger.log.org.apache.maven.plugin.surefire=info"
maven verify "$@"
