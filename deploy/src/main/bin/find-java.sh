# Finds a Java that Keepflow can run on. Sourced by bin/keepflow of the distribution, and by ./demo and ./verify of the
# source tree. POSIX sh; sets JAVA_HOME_FOUND and JAVA_RELEASE_FOUND. Starts no process where it can do without: each takes
# as long as a tenth of a short command.

KEEPFLOW_JAVA_RELEASE=25

# java_release HOME: sets JAVA_RELEASE_FOUND to the major release of the Java in HOME; fails if there is none.
java_release() {
    JAVA_RELEASE_FOUND=
    [ -x "$1/bin/java" ] || return 1
    if [ -r "$1/release" ]; then
        while IFS= read -r release_line; do
            case $release_line in
                JAVA_VERSION=\"*)
                    release_line=${release_line#*\"}
                    JAVA_RELEASE_FOUND=${release_line%%[!0-9]*}
                    ;;
            esac
        done <"$1/release"
    else
        JAVA_RELEASE_FOUND=$("$1/bin/java" -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p')
    fi
    [ -n "$JAVA_RELEASE_FOUND" ]
}

# java_suits HOME TOOL: whether HOME has bin/TOOL, of release 25 or later; then sets JAVA_HOME_FOUND.
java_suits() {
    [ -x "$1/bin/$2" ] && java_release "$1" && [ "$JAVA_RELEASE_FOUND" -ge "$KEEPFLOW_JAVA_RELEASE" ] || return 1
    JAVA_HOME_FOUND=$1
}

# java_home_of FILE: the home that the java FILE, which may be a link, belongs to.
java_home_of() {
    dirname "$(dirname "$(readlink -f "$1")")"
}

# find_java TOOL: sets JAVA_HOME_FOUND to the first home of release 25 or later that has bin/TOOL (java, or javac for a
# whole development kit); fails when there is none.
find_java() {
    JAVA_HOME_FOUND=
    [ -z "${KEEPFLOW_JAVA:-}" ] || ! java_suits "$(java_home_of "$KEEPFLOW_JAVA")" "$1" || return 0
    [ -z "${JAVA_HOME:-}" ] || ! java_suits "$JAVA_HOME" "$1" || return 0
    for candidate_home in /usr/lib/jvm/* /opt/java/* /usr/local/lib/jvm/*; do
        ! java_suits "$candidate_home" "$1" || return 0
    done
    path_java=$(command -v java 2>/dev/null) || return 1
    java_suits "$(java_home_of "$path_java")" "$1"
}
