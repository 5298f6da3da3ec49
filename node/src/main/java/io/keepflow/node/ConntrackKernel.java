package io.keepflow.node;

import io.keepflow.node.inject.Kernel;
import io.keepflow.node.netlink.ConntrackRequests;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.protocol.Flow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The injector's kernel: this machine's. */
final class ConntrackKernel implements Kernel {
    private static final Logger LOG = LoggerFactory.getLogger(ConntrackKernel.class);

    private final ConntrackRequests requests;
    private final Faults faults;

    ConntrackKernel(ConntrackRequests requests, Faults faults) {
        this.requests = requests;
        this.faults = faults;
    }

    @Override
    public boolean create(Flow flow, int timeoutSeconds, long cookie) {
        return requests.create(flow, timeoutSeconds, cookie);
    }

    @Override
    public boolean update(Flow flow, int timeoutSeconds, boolean withProtoinfo, long cookie) {
        return requests.update(flow, timeoutSeconds, withProtoinfo, cookie);
    }

    @Override
    public boolean refresh(Flow flow, int timeoutSeconds, long cookie) {
        return requests.refresh(flow, timeoutSeconds, cookie);
    }

    @Override
    public boolean delete(Flow flow, long cookie) {
        return requests.delete(flow, cookie);
    }

    @Override
    public boolean deleteByReply(Flow flow, long cookie) {
        return requests.deleteByReply(flow, cookie);
    }

    /** A socket that fails has answered all requests with its errno, so nothing is lost: they are tried again. */
    @Override
    public void flush(Answers answers) {
        if (requests.pending() == 0) {
            return;
        }
        try {
            requests.flush(answers::onAnswer);
        } catch (NetlinkException e) {
            faults.record("injection: " + e.getMessage());
            LOG.error("cannot inject: {}", e.getMessage());
        }
    }
}
