package io.keepflow.node.api;

import io.keepflow.node.notation.Addresses;
import io.keepflow.protocol.Extensions;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import io.keepflow.protocol.v1.FlowMaster;
import io.keepflow.protocol.v1.FlowRow;

/** Turns flows of the table into rows of the control socket. */
public final class FlowRows {
    private FlowRows() {}

    /** The row of a flow; {@code inKernel}: whether the node believes that its own kernel has it. */
    public static FlowRow row(Flow flow, String owner, long version, boolean inKernel) {
        Tuple original = flow.original;
        Tuple reply = flow.reply;
        FlowRow.Builder row = FlowRow.newBuilder()
                .setFamily(flow.family)
                .setProtocol(flow.protocol)
                .setOrigSrc(Addresses.format(flow.family, original.srcHigh, original.srcLow))
                .setOrigDst(Addresses.format(flow.family, original.dstHigh, original.dstLow))
                .setOrigL4Src(original.l4Src)
                .setOrigL4Dst(original.l4Dst)
                .setReplySrc(Addresses.format(flow.family, reply.srcHigh, reply.srcLow))
                .setReplyDst(Addresses.format(flow.family, reply.dstHigh, reply.dstLow))
                .setReplyL4Src(reply.l4Src)
                .setReplyL4Dst(reply.l4Dst)
                .setStatus(flow.status)
                .setTimeout(flow.timeout)
                .setMark(flow.mark)
                .setZone(flow.zone)
                .setZoneOrig(flow.zoneOriginal)
                .setZoneReply(flow.zoneReply)
                .setOwner(owner)
                .setVersion(version)
                .setInKernel(inKernel);
        if (flow.protocol == Flow.TCP && flow.has(Flow.HAS_TCP)) {
            row.setState(flow.tcpState);
        } else if (flow.protocol == Flow.SCTP && flow.has(Flow.HAS_SCTP)) {
            row.setState(flow.sctpState);
        }
        if (flow.isExtended()) {
            extensions(row, flow);
        }
        return row.build();
    }

    private static void extensions(FlowRow.Builder row, Flow flow) {
        Extensions of = flow.extensions;
        if (flow.has(Flow.HAS_HELPER)) {
            row.setHelper(of.helper.toString());
        }
        if (flow.has(Flow.HAS_MASTER)) {
            row.setMaster(FlowMaster.newBuilder()
                    .setProtocol(of.masterProtocol)
                    .setSrc(Addresses.format(flow.family, of.master.srcHigh, of.master.srcLow))
                    .setDst(Addresses.format(flow.family, of.master.dstHigh, of.master.dstLow))
                    .setL4Src(of.master.l4Src)
                    .setL4Dst(of.master.l4Dst));
        }
        if (flow.has(Flow.HAS_SEQ_ADJUST)) {
            row.setSeqOrigOffset(of.seqOriginal.after).setSeqReplyOffset(of.seqReply.after);
        }
        row.setSynproxy(flow.has(Flow.HAS_SYNPROXY));
        if (flow.has(Flow.HAS_LABELS)) {
            labels(row, 0, of.labelsHigh);
            labels(row, Long.SIZE, of.labelsLow);
        }
    }

    /** In the kernel label {@code n} is bit {@code n % 8} of byte {@code n / 8}. */
    private static void labels(FlowRow.Builder row, int first, long half) {
        long littleEndian = Long.reverseBytes(half);
        for (long left = littleEndian; left != 0; left &= left - 1) {
            row.addLabels(first + Long.numberOfTrailingZeros(left));
        }
    }
}
