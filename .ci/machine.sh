# What ./demo, ./bulk and ./verify ask of the machine. Sourced by both from the top of the source tree; bash.

# shellcheck source=deploy/src/main/bin/find-java.sh
. deploy/src/main/bin/find-java.sh

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }
die() { say "$*"; exit 2; }

# require_root: network namespaces, and with them everything here, need root.
require_root() {
    [ "$(id -u)" -eq 0 ] || die "needs root, to make network namespaces: run it as: sudo ./$(basename "$0")"
}

# apt_install PACKAGE...: installs without questions, and without starting the services that the packages bring.
apt_install() {
    command -v apt-get >/dev/null || die "please install $* (there is no apt-get here to do it)"
    local policy=/usr/sbin/policy-rc.d own_policy= status=0
    if [ ! -e "$policy" ]; then
        own_policy=yes
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$@"; } >&2 || status=$?
    [ -z "$own_policy" ] || rm -f "$policy"
    return "$status"
}

# require_tools TOOL:PACKAGE...: installs the packages of those tools that are missing.
require_tools() {
    PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
    local missing=() pair
    for pair in "$@"; do
        command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    say "installing ${missing[*]}"
    apt_install "${missing[@]}" || die "could not install ${missing[*]}; what apt said is above"
}

# require_jdk: sets and exports JAVA_HOME to a development kit that can build Keepflow.
require_jdk() {
    local package=openjdk-$KEEPFLOW_JAVA_RELEASE-jdk-headless
    if ! find_java javac; then
        say "no JDK $KEEPFLOW_JAVA_RELEASE found: installing $package"
        apt_install "$package" && find_java javac || die "there is no JDK $KEEPFLOW_JAVA_RELEASE here, and apt has no $package:" \
            "install one, as Temurin from https://adoptium.net, below /usr/lib/jvm, or set JAVA_HOME to it"
    fi
    export JAVA_HOME=$JAVA_HOME_FOUND
    # Maven 3's own libraries do what this Java warns of at every start.
    export MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED ${MAVEN_OPTS:-}"
    # Maven's own libraries make a new Java warn.
    export MAVEN_OPTS="${MAVEN_OPTS:-} --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED"
}

# give_back: what root has built belongs to whom the source tree belongs to.
give_back() {
    chown -R --reference=. target ./*/target 2>/dev/null || true
}

# build_once: builds if a source is newer than the last build.
build_once() {
    local built=integration-tests/target/demo/.built
    local sources=(pom.xml ./*/pom.xml ./*/src/main node/src/test/java/io/keepflow/node/testkit)
    [ ! -e "$built" ] || [ -n "$(find "${sources[@]}" -newer "$built" -print -quit)" ] || return 0
    say "building (the first time takes some minutes)"
    trap give_back EXIT
    mvn -q -B -ntp -pl integration-tests -am package -DskipTests -Dspotless.check.skip=true >&2 \
        || die "the build failed; what Maven said is above"
    touch "$built"
    give_back
    trap - EXIT
}

# start_main CLASS ARGUMENT...: runs a main class of the integration tests; replaces the (sub)shell that calls it.
start_main() {
    exec "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -Dkeepflow.home=deploy/target/keepflow \
        -cp 'integration-tests/target/classes:integration-tests/target/demo/*' "$@"
}

# run_main CLASS ARGUMENT...: the same as the last thing that a script does. In the background, so that a signal to the script
# reaches the programme at once; it cleans up on SIGTERM, and where it could not, because it was killed, --sweep does.
run_main() {
    start_main "$@" &
    local java=$! status=0
    interrupted=
    # shellcheck disable=SC2064 # the process id of now
    trap "interrupted=yes; kill -TERM $java 2>/dev/null || true" INT TERM HUP
    wait "$java" || status=$?
    while kill -0 "$java" 2>/dev/null; do
        wait "$java" || status=$?
    done
    [ "$status" -le 2 ] || (start_main "$1" --sweep) || true
    [ -z "$interrupted" ] || exit 130
    exit "$status"
}
