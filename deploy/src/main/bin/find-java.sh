# Finds a Java that Keepflow can run on. Sourced by bin/keepflow of the distribution, and by ./demo and ./verify of the
# source tree. POSIX sh; sets JAVA_HOME_FOUND, changes nothing else.

KEEPFLOW_JAVA_RELEASE=25

# java_release HOME: the major release of the Java in HOME, or nothing.
java_release() {
    [ -x "$1/bin/java" ] || return 1
    if [ -r "$1/release" ]; then
        sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
    else
        "$1/bin/java" -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p'
    fi
}

# java_candidates: directories that may hold a Java, one a line, best first.
java_candidates() {
    [ -z "${KEEPFLOW_JAVA:-}" ] || dirname "$(dirname "$(readlink -f "$KEEPFLOW_JAVA")")"
    [ -z "${JAVA_HOME:-}" ] || printf '%s\n' "$JAVA_HOME"
    for candidate in /usr/lib/jvm/* /opt/java/* /usr/local/lib/jvm/*; do
        [ ! -d "$candidate" ] || printf '%s\n' "$candidate"
    done
    path_java=$(command -v java 2>/dev/null) || return 0
    dirname "$(dirname "$(readlink -f "$path_java")")"
}

# find_java TOOL: sets JAVA_HOME_FOUND to the first home of release 25 or later that has bin/TOOL (java, or javac for a
# whole development kit); fails when there is none.
find_java() {
    JAVA_HOME_FOUND=
    while IFS= read -r candidate_home; do
        [ -x "$candidate_home/bin/$1" ] || continue
        candidate_release=$(java_release "$candidate_home") || continue
        if [ "${candidate_release:-0}" -ge "$KEEPFLOW_JAVA_RELEASE" ]; then
            JAVA_HOME_FOUND=$candidate_home
            return 0
        fi
    done <<CANDIDATES
$(java_candidates)
CANDIDATES
    return 1
}
