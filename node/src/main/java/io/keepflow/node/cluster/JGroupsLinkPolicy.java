package io.keepflow.node.cluster;

import org.jgroups.Message;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.protocols.MERGE3;
import org.jgroups.util.PassRegularMessagesUpDirectly;

/**
 * Messages go up on the thread that received them. Only out-of-band ones, which may have to wait for an answer, go to a thread of the
 * pool; those of the failure detection and of the look for other parts of the cluster never do.
 */
final class JGroupsLinkPolicy extends PassRegularMessagesUpDirectly {
    private static final short FAILURE_DETECTION = ClassConfigurator.getProtocolId(FD_ALL3.class);
    private static final short MERGE = ClassConfigurator.getProtocolId(MERGE3.class);

    @Override
    public boolean process(Message message, boolean outOfBand) {
        boolean waits = message.getHeader(FAILURE_DETECTION) == null && message.getHeader(MERGE) == null;
        return super.process(message, outOfBand && waits);
    }
}
