package io.keepflow.it.lab;

import io.keepflow.node.testkit.NetworkNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The flows between client and server side in one kernel's table, as the conntrack tool prints them: a flow is its protocol
 * and both tuples, so that a flow whose translation changed is another flow. Flows that are opening or closing are left out,
 * since they come and go while one looks.
 */
public final class FlowDump {
    private static final Set<String> PASSING_TCP_STATES =
            Set.of("SYN_SENT", "SYN_SENT2", "SYN_RECV", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE");
    private static final Set<String> TUPLE_FIELDS =
            Set.of("src", "dst", "sport", "dport", "type", "code", "id", "srckey", "dstkey");

    private static final Pattern SPACES = Pattern.compile(" +");

    private final Map<String, Integer> timeoutsByFlow;

    private FlowDump(Map<String, Integer> timeoutsByFlow) {
        this.timeoutsByFlow = timeoutsByFlow;
    }

    static FlowDump of(NetworkNamespace namespace) throws IOException {
        Map<String, Integer> flows = new HashMap<>();
        for (Family family : Family.values()) {
            Process dump = namespace
                    .process("conntrack", "--dump", "--family", family.conntrackName())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (BufferedReader lines = dump.inputReader()) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    add(line, family, flows);
                }
            }
            requireSuccess(dump, namespace);
        }
        return new FlowDump(flows);
    }

    /** What the conntrack tool has printed for one family. */
    static FlowDump parse(Family family, List<String> lines) {
        Map<String, Integer> flows = new HashMap<>();
        lines.forEach(line -> add(line, family, flows));
        return new FlowDump(flows);
    }

    public int size() {
        return timeoutsByFlow.size();
    }

    /** Flows of this dump that {@code other} has not. */
    public Set<String> missingIn(FlowDump other) {
        Set<String> missing = new HashSet<>(timeoutsByFlow.keySet());
        missing.removeAll(other.timeoutsByFlow.keySet());
        return missing;
    }

    /** Seconds until the flow expires, by part of its text as {@code " sport=40000 "}; null when there is no such flow. */
    public @Nullable Integer timeoutOf(String part) {
        for (Map.Entry<String, Integer> entry : timeoutsByFlow.entrySet()) {
            if (entry.getKey().contains(part)) {
                return entry.getValue();
            }
        }
        return null;
    }

    private static void requireSuccess(Process dump, NetworkNamespace namespace) throws IOException {
        try {
            if (dump.waitFor() != 0) {
                throw new IOException("conntrack --dump in " + namespace.name() + " exited with " + dump.exitValue());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while reading the flows of " + namespace.name(), e);
        }
    }

    private static void add(String line, Family family, Map<String, Integer> flows) {
        String[] words = SPACES.split(line.strip(), -1);
        if (PASSING_TCP_STATES.contains(words[3])) {
            return;
        }
        StringBuilder flow = new StringBuilder(160)
                .append(family.conntrackName())
                .append(' ')
                .append(words[0]);
        int fields = 0;
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals < 0 || !TUPLE_FIELDS.contains(word.substring(0, equals))) {
                continue;
            }
            fields++;
            if ((fields == 1 && !word.startsWith(family.clientPrefix(), equals + 1))
                    || (fields == 2 && !word.startsWith(family.serverPrefix(), equals + 1))) {
                return;
            }
            flow.append(' ').append(word);
        }
        flows.put(flow.append(' ').toString(), Integer.valueOf(words[2]));
    }
}
