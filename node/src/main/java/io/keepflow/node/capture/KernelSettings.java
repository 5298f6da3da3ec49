package io.keepflow.node.capture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the kernel must be set to, for events to come at all and for two nodes to forward the same connections. */
public final class KernelSettings {
    private static final Path EVENTS = Path.of("/proc/sys/net/netfilter/nf_conntrack_events");
    private static final Path LIBERAL = Path.of("/proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal");
    private static final Logger LOG = LoggerFactory.getLogger(KernelSettings.class);

    private static final Path MAX_EXPECTATIONS = Path.of("/proc/sys/net/netfilter/nf_conntrack_expect_max");

    private KernelSettings() {}

    /** How many expectations the kernel holds at most. */
    public static int maxExpectations() throws IOException {
        return Math.max(1, Integer.parseInt(Files.readString(MAX_EXPECTATIONS).strip()));
    }

    /**
     * Sets {@code nf_conntrack_events} to 1: with the default of 2, entries from before anybody listened never emit an UPDATE or
     * DESTROY.
     *
     * @return what an operator has to do by hand, if it could not be set
     * @throws IOException if the kernel has no connection tracking
     */
    public static Optional<String> prepare() throws IOException {
        if (!Files.exists(EVENTS)) {
            throw new IOException(EVENTS
                    + " is missing: the kernel tracks no connections; load nf_conntrack (modprobe nf_conntrack)");
        }
        String value = Files.readString(EVENTS).strip();
        if (value.equals("1")) {
            return Optional.empty();
        }
        try {
            Files.writeString(EVENTS, "1\n");
            LOG.info("set net.netfilter.nf_conntrack_events to 1, it was {}", value);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("net.netfilter.nf_conntrack_events is " + value
                    + ": flows from before the start emit no events; set it to 1 (sysctl)");
        }
    }

    /**
     * Whether TCP segments outside of the window pass. Where two nodes forward, each may see one direction of a connection only,
     * and takes its segments for such. True as well if the kernel does not say.
     */
    public static boolean isLiberal() {
        try {
            return !Files.readString(LIBERAL).strip().equals("0");
        } catch (IOException e) {
            LOG.debug("cannot read {}: {}", LIBERAL, e.getMessage());
            return true;
        }
    }
}
