package io.keepflow.node.config;

import io.keepflow.node.filter.Selection;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The whole configuration of a node, checked: one record per section of its file.
 *
 * @param replicate {@code [replicate]}: which flows are replicated; all of them without this section
 */
public record Config(
        NodeSection node,
        ClusterSection cluster,
        Optional<FailoverSection> failover,
        Optional<MetricsSection> metrics,
        ControlSection control,
        TableSection table,
        StateSection state,
        Selection replicate) {

    /** Where the control socket is unless the configuration says otherwise. */
    public static final Path DEFAULT_CONTROL_SOCKET = Path.of("/run/keepflow/control.sock");

    /**
     * Reads and checks a file.
     *
     * @throws ConfigException with every problem of the file, not only the first
     */
    public static Config load(Path file) throws ConfigException {
        return new ConfigReader(file).read();
    }

    /** {@code [node]}: this node's name, unique in its cluster. */
    public record NodeSection(String name) {}

    /**
     * {@code [cluster]}: the sync link.
     *
     * @param bind this node's address on it
     * @param multicastGroup of the family of {@code bind}; not used when there are members
     * @param port of every node's own datagrams
     * @param members every node's address and port, for a link without multicast; empty for multicast
     * @param mtu of the link, in bytes
     */
    public record ClusterSection(
            String name,
            InetAddress bind,
            Path keyFile,
            InetAddress multicastGroup,
            int multicastPort,
            int port,
            List<InetSocketAddress> members,
            int mtu) {
        public boolean usesMulticast() {
            return members.isEmpty();
        }
    }

    /** {@code [failover]}: keepalived's {@code notify_fifo}. Without this section the role changes by hand only. */
    public record FailoverSection(Path keepalivedFifo) {}

    /** {@code [metrics]}: where {@code /metrics} is served. Without this section it is not. */
    public record MetricsSection(InetSocketAddress listen) {}

    /** {@code [control]}: the socket that the command line talks to. */
    public record ControlSection(Path socket) {}

    /**
     * {@code [state]}: what of a flow is replicated beyond the usual.
     *
     * @param labelMask bit {@code n} for conntrack label {@code n}; 0 for none, the default
     */
    public record StateSection(BigInteger labelMask) {}

    /**
     * {@code [table]}.
     *
     * @param maxFlows the most flows of all owners together
     * @param eventBufferBytes the receive buffer for kernel events, at the start
     * @param eventBufferMaxBytes what it may grow to when events are lost
     */
    public record TableSection(int maxFlows, int eventBufferBytes, int eventBufferMaxBytes) {}
}
