package io.keepflow.it.bench;

import io.keepflow.it.lab.Family;
import io.keepflow.node.testkit.NetworkNamespace;
import java.io.IOException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** wrk, which opens connections as fast as they are answered. */
final class Wrk {
    private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in");
    private static final Pattern ERRORS = Pattern.compile("Socket errors: .*");
    private static final String CONNECTIONS_AT_A_TIME = "64";

    private Wrk() {}

    /** Returns the number of connections that were answered. */
    static int run(NetworkNamespace client, Family family, Duration duration) throws IOException {
        String host = family == Family.IPV4 ? family.server() : "[" + family.server() + "]";
        String said = client.exec(
                "wrk",
                "-t1",
                "-c" + CONNECTIONS_AT_A_TIME,
                "-d" + duration.toSeconds() + "s",
                "-H",
                "Connection: close",
                "http://" + host + ":" + HttpServer.FIRST_PORT + "/");
        return connections(said);
    }

    static int connections(String said) throws IOException {
        Matcher requests = REQUESTS.matcher(said);
        Matcher errors = ERRORS.matcher(said);
        if (!requests.find() || requests.group(1).equals("0")) {
            throw new IOException("wrk got no answer: " + said);
        }
        if (errors.find()) {
            throw new IOException("wrk had errors: " + errors.group());
        }
        return Integer.parseInt(requests.group(1));
    }
}
