package io.keepflow.protocol;

/** Writes the fields of one delta against what the delta before it left. One thread. */
final class DeltaWriter {
    private final WireWriter out = new WireWriter(new byte[FrameWriter.MAX_DELTA_BYTES]);
    private final Tuple inverted = new Tuple();
    private DeltaContext last = new DeltaContext();
    private DeltaContext next = new DeltaContext();

    /** A frame begins. */
    void begin() {
        last.clear();
    }

    /** Writes the delta at the beginning of {@link #array}; returns its length. */
    int write(Flow flow, long version, boolean gone) {
        next.set(last);
        out.position(0);
        if (version != last.version + 1 || last.version == 0) {
            out.uint(1, version);
        }
        next.version = version;
        if (gone) {
            out.uint(2, 1);
        }
        identity(flow);
        if (!gone) {
            reply(flow);
            state(flow);
            if (flow.isExtended()) {
                ExtensionFields.write(out, flow);
            }
        }
        return out.position();
    }

    byte[] array() {
        return out.array();
    }

    /** What was written has its place in the frame: the next delta is written against it. */
    void accept() {
        DeltaContext accepted = next;
        next = last;
        last = accepted;
    }

    private void identity(Flow flow) {
        next.protocol = uint(3, flow.protocol, last.protocol);
        Tuple tuple = flow.original;
        boolean ipv6 = flow.family == Flow.IPV6;
        if (ipv6) {
            halves(21, tuple, last.original6, next.original6);
        } else {
            words(4, tuple, last.original4, next.original4);
        }
        next.l4Src = uint(6, tuple.l4Src, last.l4Src);
        next.l4Dst = uint(7, tuple.l4Dst, last.l4Dst);
        next.zone = uint(17, flow.zone, last.zone);
        next.zoneOriginal = uint(18, flow.zoneOriginal, last.zoneOriginal);
        next.ipv6 = bool(20, ipv6, last.ipv6);
    }

    private void reply(Flow flow) {
        next.hasReply = bool(8, !Tuples.isPlainReply(flow), last.hasReply);
        if (next.hasReply) {
            if (next.ipv6) {
                halves(25, flow.reply, last.reply6, next.reply6);
            } else {
                words(9, flow.reply, last.reply4, next.reply4);
            }
            int l4 = flow.reply.l4Src << 16 | flow.reply.l4Dst;
            int difference = l4 ^ DeltaContext.invertedL4(flow.protocol, flow.original, inverted);
            next.replyL4 = uint(11, difference, last.replyL4);
        }
    }

    private void state(Flow flow) {
        next.status = uint(12, flow.status, last.status);
        next.timeout = uint(13, flow.timeout, last.timeout);
        if (flow.protocol == Flow.TCP) {
            next.l4State = uint(14, flow.has(Flow.HAS_TCP) ? flow.tcpState + 1 : 0, last.l4State);
            if (next.l4State != 0) {
                next.tcp = fixed(15, DeltaContext.tcp(flow), last.tcp);
            }
        } else if (flow.protocol == Flow.SCTP) {
            next.l4State = uint(14, flow.has(Flow.HAS_SCTP) ? flow.sctpState + 1 : 0, last.l4State);
            if (next.l4State != 0) {
                out.fixed32(29, flow.sctpVtagOriginal);
                out.fixed32(50, flow.sctpVtagReply);
            }
        }
        next.mark = fixed(16, flow.mark, last.mark);
        next.zoneReply = uint(19, flow.zoneReply, last.zoneReply);
    }

    private void words(int field, Tuple tuple, Tuple before, Tuple after) {
        after.srcLow = fixed(field, (int) tuple.srcLow, (int) before.srcLow);
        after.dstLow = fixed(field + 1, (int) tuple.dstLow, (int) before.dstLow);
    }

    private void halves(int field, Tuple tuple, Tuple before, Tuple after) {
        after.srcHigh = half(field, tuple.srcHigh, before.srcHigh);
        after.srcLow = half(field + 1, tuple.srcLow, before.srcLow);
        after.dstHigh = half(field + 2, tuple.dstHigh, before.dstHigh);
        after.dstLow = half(field + 3, tuple.dstLow, before.dstLow);
    }

    private int uint(int field, int value, int before) {
        if (value != before) {
            out.uint(field, Integer.toUnsignedLong(value));
        }
        return value;
    }

    private int fixed(int field, int value, int before) {
        if (value != before) {
            out.fixed32(field, value);
        }
        return value;
    }

    private long half(int field, long value, long before) {
        if (value != before) {
            out.fixed64(field, value);
        }
        return value;
    }

    private boolean bool(int field, boolean value, boolean before) {
        if (value != before) {
            out.uint(field, value ? 1 : 0);
        }
        return value;
    }
}
