# shellcheck shell=bash
# Finds the Java tools; sourced by ./vlm4j, scripts/test.sh and .ci/run, which have set `root` to the repository.
# Plain bash 3.2 and no subprocess where it can be helped: ./vlm4j sources this at every start.

# is_jdk_25 HOME: whether a JDK of version 25 or later is there. Leaves its exact version in $jdk_version.
is_jdk_25() {
    local line major
    if ! [ -x "$1/bin/javac" ] || ! [ -r "$1/release" ]; then return 1; fi
    jdk_version=''
    while IFS= read -r line; do
        case $line in
            JAVA_RUNTIME_VERSION=*) jdk_version=${line#*=} && break ;;
            JAVA_VERSION=*) jdk_version=${line#*=} ;;
        esac
    done <"$1/release"
    jdk_version=${jdk_version//\"/}
    major=${jdk_version%%[!0-9]*}
    [ -n "$major" ] && [ "$major" -ge 25 ]
}

# Sets $jdk to the home of a JDK 25 or later: JAVA_HOME, one in the usual folders, or the java on the PATH.
find_jdk() {
    local candidate path
    if [ -n "${JAVA_HOME:-}" ] && is_jdk_25 "$JAVA_HOME"; then
        jdk=$JAVA_HOME
        return
    fi
    for candidate in /usr/lib/jvm/* /opt/*jdk* /opt/java/* "${SDKMAN_DIR:-$HOME/.sdkman}"/candidates/java/* \
        "$HOME"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home /opt/homebrew/opt/openjdk*; do
        if is_jdk_25 "$candidate"; then
            jdk=$candidate
            return
        fi
    done
    path=$(command -v java) || return 1
    while [ -L "$path" ]; do
        candidate=$(readlink "$path")
        case $candidate in /*) path=$candidate ;; *) path=${path%/*}/$candidate ;; esac
    done
    jdk=${path%/bin/*}
    is_jdk_25 "$jdk" && return
    jdk=$("$path" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p') # behind a shim
    is_jdk_25 "$jdk"
}

# shellcheck disable=SC2034 # said by those who source this
no_jdk='no JDK 25 or later was found (looked at JAVA_HOME, the java on the PATH, /usr/lib/jvm, SDKMAN and the like); install one, for example from https://adoptium.net, and set JAVA_HOME to it'

# Runs Maven on $jdk. It says only what went wrong; --quiet would hide the compiler's warnings too, and they fail the
# build.
maven() {
    local version
    version=$(JAVA_HOME=$jdk mvn --version 2>/dev/null) || version=none
    version=${version#*Apache Maven }
    case $version in
        none | 3.[0-7].* | 3.8.[0-6][!0-9]* | 2.*)
            echo "Maven 3.8.7 or later is needed (Debian: apt-get install maven)" >&2
            return 1
            ;;
    esac
    (
        cd "$root" || exit
        export JAVA_HOME=$jdk MAVEN_OPTS="-Dorg.slf4j.simpleLogger.defaultLogLevel=warn ${MAVEN_OPTS:-}"
        mvn --batch-mode --no-transfer-progress "$@"
    )
}
