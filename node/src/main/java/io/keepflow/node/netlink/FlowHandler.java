package io.keepflow.node.netlink;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** The one handler of a {@link NetlinkChannel}: batches of datagrams in, calls of the {@link FlowListener} out. */
final class FlowHandler extends ChannelInboundHandlerAdapter {
    private final FlowListener listener;
    private final DatagramDecoder decoder;
    private final String operation;

    FlowHandler(String operation, FlowListener listener, DatagramDecoder decoder) {
        this.operation = operation;
        this.listener = listener;
        this.decoder = decoder;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        Datagrams batch = (Datagrams) message;
        for (int i = 0; i < batch.size() && !decoder.isFinished(); i++) {
            datagram(batch, i);
        }
    }

    private void datagram(Datagrams batch, int index) {
        if (batch.senderPortId(index) != 0) {
            listener.onMalformed("sent by the process with port id "
                    + Integer.toUnsignedString(batch.senderPortId(index)) + ", not by the kernel");
        } else if (batch.isTruncated(index)) {
            listener.onMalformed("datagram of more than " + batch.datagramBytes() + " bytes");
        } else {
            decoder.decode(batch.memory(), batch.offset(index), batch.length(index));
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (decoder.isFinished()) {
            var _ = context.close();
        } else {
            listener.onDrained();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event.equals(NetlinkChannel.OVERRUN)) {
            listener.onOverrun();
        }
    }

    /** The socket died or the listener threw: neither can be gone on from. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        var _ = context.close();
        if (decoder.isFinished()) {
            // The listener has had its last call, so Netty's log gets this.
            context.fireExceptionCaught(cause);
        } else {
            failed(cause);
        }
    }

    /** Tells the listener, for the last time, that there will be no more. */
    void failed(Throwable cause) {
        decoder.stop();
        listener.onFailed(cause instanceof NetlinkException e ? e : new NetlinkException(operation, cause));
    }
}
