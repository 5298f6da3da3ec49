package io.keepflow.node.cluster;

import org.jgroups.Message;
import org.jgroups.protocols.NoBundler;
import org.jgroups.util.ByteArrayDataOutputStream;

/** Sends each message at once, on the thread that has it, from a buffer that the thread keeps. */
final class JGroupsLinkBundler extends NoBundler {
    private static final int MESSAGE_HEADER_BYTES = 512;

    private final ThreadLocal<ByteArrayDataOutputStream> buffers;

    JGroupsLinkBundler(int mtu) {
        setMaxSize(mtu);
        buffers = ThreadLocal.withInitial(
                () -> new ByteArrayDataOutputStream(mtu + MESSAGE_HEADER_BYTES).growExponentially(true));
    }

    @Override
    public void send(Message message) throws Exception {
        ByteArrayDataOutputStream buffer = buffers.get();
        buffer.position(0);
        sendSingle(message.getDest(), message, buffer);
    }
}
