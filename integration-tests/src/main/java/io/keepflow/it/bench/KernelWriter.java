package io.keepflow.it.bench;

import io.keepflow.it.lab.Firewall;
import io.keepflow.node.netlink.ConntrackRequests;
import io.keepflow.node.netlink.Errno;
import io.keepflow.protocol.Flow;
import java.io.IOException;

/** Writes flows into one firewall's kernel through ctnetlink, in batches; a refused request is an error. Single-threaded. */
final class KernelWriter implements AutoCloseable {
    private final String firewall;
    private final ConntrackRequests requests;
    private final Flow flow = new Flow();
    private long refused;
    private int lastErrno;

    private KernelWriter(String firewall, ConntrackRequests requests) {
        this.firewall = firewall;
        this.requests = requests;
    }

    static KernelWriter into(Firewall firewall) throws Exception {
        return new KernelWriter(firewall.name(), firewall.namespace().call(ConntrackRequests::open));
    }

    /** To be written to before each of the calls below. */
    Flow flow() {
        return flow;
    }

    void create(int timeoutSeconds) throws IOException {
        if (!requests.create(flow, timeoutSeconds, 0)) {
            flush();
            requests.create(flow, timeoutSeconds, 0);
        }
    }

    void update(int timeoutSeconds) throws IOException {
        if (!requests.update(flow, timeoutSeconds, true, 0)) {
            flush();
            requests.update(flow, timeoutSeconds, true, 0);
        }
    }

    void delete() throws IOException {
        if (!requests.delete(flow, 0)) {
            flush();
            requests.delete(flow, 0);
        }
    }

    /** Sends what is pending. */
    void flush() throws IOException {
        requests.flush((_, errno) -> {
            if (errno != 0) {
                refused++;
                lastErrno = errno;
            }
        });
        if (refused > 0) {
            throw new IOException("the kernel of " + firewall + " refused " + refused + " requests, the last with "
                    + Errno.name(lastErrno));
        }
    }

    @Override
    public void close() {
        requests.close();
    }
}
