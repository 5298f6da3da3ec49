package io.keepflow.it.lab.kernel;

import io.keepflow.it.lab.Firewall;
import io.keepflow.node.netlink.ConntrackRequests;
import io.keepflow.node.netlink.Errno;
import io.keepflow.protocol.Flow;
import java.io.IOException;

/**
 * Puts flows of a {@link FlowMix} into one firewall's kernel, changes and ends them, as fast as the kernel takes it. Flows are
 * numbered; equal numbers are equal flows. Single-threaded.
 */
public final class FlowLoad implements AutoCloseable {
    /** Longer than any run: no flow ends by itself. */
    private static final int TIMEOUT_SECONDS = 7200;

    private final String firewall;
    private final ConntrackRequests requests;
    private final Flow flow = new Flow();
    private long refused;
    private int lastErrno;

    private FlowLoad(String firewall, ConntrackRequests requests) {
        this.firewall = firewall;
        this.requests = requests;
    }

    public static FlowLoad into(Firewall firewall) throws Exception {
        return new FlowLoad(firewall.name(), firewall.namespace().call(ConntrackRequests::open));
    }

    /** Creates the flows of these numbers, the last excluded; likewise below. */
    public void create(int from, int to) throws IOException {
        apply(from, to, i -> {
            FlowMix.write(i, 0, flow);
            return requests.create(flow, TIMEOUT_SECONDS, i);
        });
    }

    /** Brings them to their {@code generation}: another mark, another state. */
    public void change(int from, int to, int generation) throws IOException {
        apply(from, to, i -> {
            FlowMix.write(i, generation, flow);
            return requests.update(flow, TIMEOUT_SECONDS, true, i);
        });
    }

    public void end(int from, int to) throws IOException {
        apply(from, to, i -> {
            FlowMix.write(i, 0, flow);
            return requests.delete(flow, i);
        });
    }

    private void apply(int from, int to, Step step) throws IOException {
        for (int i = from; i < to; i++) {
            if (!step.add(i)) {
                flush();
                step.add(i);
            }
        }
        flush();
        if (refused > 0) {
            throw new IOException("the kernel of " + firewall + " refused " + refused + " requests, the last with "
                    + Errno.name(lastErrno));
        }
    }

    private void flush() throws IOException {
        requests.flush((number, errno) -> {
            if (errno != 0) {
                refused++;
                lastErrno = errno;
            }
        });
    }

    @Override
    public void close() {
        requests.close();
    }

    /** Adds a request about one flow to the batch; false when the batch is full. */
    @FunctionalInterface
    private interface Step {
        boolean add(int number);
    }
}
