package io.keepflow.node.table;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import java.lang.foreign.MemorySegment;

/**
 * Off-heap records of {@value #RECORD_BYTES} bytes. What only few flows have is not in
 * here; a record only says that there is some ({@link #isExtended}). IPv6 addresses are in {@link Ipv6Addresses}: where, is here.
 *
 * <pre>
 *  0 original l4 (src &lt;&lt; 16 | dst)   4 reply l4
 *  8 family, protocol, l4 state, present   12 zone  14 zone original  16 zone reply  18 owner
 * 20 status   24 timeout   28 mark         32 tcp flags original, reply, window scales, or sctp vtags (2 x 4)
 * 40 digest of the identity   48 version   56 armed until   60 control
 * 64 original src, dst, reply src, dst (IPv4), or the place of these (IPv6)
 * </pre>
 */
final class FlowRecords {
    static final int RECORD_BYTES = 80;
    static final int OWNER = 18;
    static final int TIMEOUT = 24;
    static final int DIGEST = 40;
    static final int VERSION = 48;
    static final int ARMED_UNTIL = 56;
    static final int CONTROL = 60;

    private static final int ADDRESSES = 64;

    /** In the byte of the groups that are present: there are {@link ExtensionRecords}. */
    private static final int EXTENDED = 1 << 7;

    private static final int PLAIN_GROUPS = EXTENDED - 1;

    private final RecordPool pool = new RecordPool(RECORD_BYTES);
    private final Ipv6Addresses ipv6;

    FlowRecords(Ipv6Addresses ipv6) {
        this.ipv6 = ipv6;
    }

    /** The slot where the flow is stored from now on. */
    int add(Flow flow) {
        int slot = pool.take();
        if (flow.family == Flow.IPV6) {
            page(slot).set(JAVA_INT, base(slot) + ADDRESSES, ipv6.take());
        }
        store(slot, flow);
        return slot;
    }

    void remove(int slot) {
        MemorySegment p = page(slot);
        long b = base(slot);
        if (p.get(JAVA_BYTE, b + 8) == Flow.IPV6) {
            ipv6.giveBack(p.get(JAVA_INT, b + ADDRESSES));
        }
        pool.giveBack(slot);
    }

    /** Slots below this number have been used. */
    int slots() {
        return pool.used();
    }

    long longAt(int slot, int field) {
        return page(slot).get(JAVA_LONG, base(slot) + field);
    }

    void longAt(int slot, int field, long value) {
        page(slot).set(JAVA_LONG, base(slot) + field, value);
    }

    int intAt(int slot, int field) {
        return page(slot).get(JAVA_INT, base(slot) + field);
    }

    void intAt(int slot, int field, int value) {
        page(slot).set(JAVA_INT, base(slot) + field, value);
    }

    int shortAt(int slot, int field) {
        return page(slot).get(JAVA_SHORT, base(slot) + field) & 0xffff;
    }

    void shortAt(int slot, int field, int value) {
        page(slot).set(JAVA_SHORT, base(slot) + field, (short) value);
    }

    /** Whether the record has the identity of {@code flow}. */
    boolean sameIdentity(int slot, Flow flow) {
        MemorySegment p = page(slot);
        long b = base(slot);
        return p.get(JAVA_INT, b) == (flow.original.l4Src << 16 | flow.original.l4Dst)
                && p.get(JAVA_BYTE, b + 8) == (byte) flow.family
                && p.get(JAVA_BYTE, b + 9) == (byte) flow.protocol
                && (p.get(JAVA_SHORT, b + 12) & 0xffff) == flow.zone
                && (p.get(JAVA_SHORT, b + 14) & 0xffff) == flow.zoneOriginal
                && sameOriginal(p, b + ADDRESSES, flow);
    }

    private boolean sameOriginal(MemorySegment p, long at, Flow flow) {
        return flow.family == Flow.IPV6
                ? ipv6.sameOriginal(p.get(JAVA_INT, at), flow.original)
                : p.get(JAVA_INT, at) == (int) flow.original.srcLow
                        && p.get(JAVA_INT, at + 4) == (int) flow.original.dstLow;
    }

    /** Whether the flow that was stored has what is not kept here. */
    boolean isExtended(int slot) {
        return (page(slot).get(JAVA_BYTE, base(slot) + 11) & EXTENDED) != 0;
    }

    /** Writes all of the flow but its extensions, ownership and control. */
    void store(int slot, Flow flow) {
        MemorySegment p = page(slot);
        long b = base(slot);
        p.set(JAVA_INT, b, flow.original.l4Src << 16 | flow.original.l4Dst);
        p.set(JAVA_INT, b + 4, flow.reply.l4Src << 16 | flow.reply.l4Dst);
        p.set(JAVA_BYTE, b + 8, (byte) flow.family);
        p.set(JAVA_BYTE, b + 9, (byte) flow.protocol);
        p.set(JAVA_BYTE, b + 10, (byte) (flow.protocol == Flow.SCTP ? flow.sctpState : flow.tcpState));
        p.set(JAVA_BYTE, b + 11, (byte) ((flow.present & PLAIN_GROUPS) | (flow.isExtended() ? EXTENDED : 0)));
        p.set(JAVA_SHORT, b + 12, (short) flow.zone);
        p.set(JAVA_SHORT, b + 14, (short) flow.zoneOriginal);
        p.set(JAVA_SHORT, b + 16, (short) flow.zoneReply);
        p.set(JAVA_INT, b + 20, flow.status);
        p.set(JAVA_INT, b + TIMEOUT, flow.timeout);
        p.set(JAVA_INT, b + 28, flow.mark);
        if (flow.protocol == Flow.SCTP) {
            p.set(JAVA_INT, b + 32, flow.sctpVtagOriginal);
            p.set(JAVA_INT, b + 36, flow.sctpVtagReply);
        } else {
            p.set(JAVA_BYTE, b + 32, (byte) flow.tcpFlagsOriginal);
            p.set(JAVA_BYTE, b + 33, (byte) flow.tcpFlagsReply);
            p.set(JAVA_BYTE, b + 34, (byte) flow.tcpWindowScaleOriginal);
            p.set(JAVA_BYTE, b + 35, (byte) flow.tcpWindowScaleReply);
        }
        storeAddresses(p, b + ADDRESSES, flow);
    }

    /** Reads what {@link #store} wrote; the flow is without extensions then. */
    void load(int slot, Flow flow) {
        MemorySegment p = page(slot);
        long b = base(slot);
        flow.family = p.get(JAVA_BYTE, b + 8);
        loadAddresses(p, b + ADDRESSES, flow);
        loadL4(p.get(JAVA_INT, b), flow.original);
        loadL4(p.get(JAVA_INT, b + 4), flow.reply);
        flow.protocol = p.get(JAVA_BYTE, b + 9) & 0xff;
        flow.present = p.get(JAVA_BYTE, b + 11) & PLAIN_GROUPS;
        flow.zone = p.get(JAVA_SHORT, b + 12) & 0xffff;
        flow.zoneOriginal = p.get(JAVA_SHORT, b + 14) & 0xffff;
        flow.zoneReply = p.get(JAVA_SHORT, b + 16) & 0xffff;
        flow.status = p.get(JAVA_INT, b + 20);
        flow.timeout = p.get(JAVA_INT, b + TIMEOUT);
        flow.mark = p.get(JAVA_INT, b + 28);
        boolean sctp = flow.protocol == Flow.SCTP;
        int state = p.get(JAVA_BYTE, b + 10);
        flow.tcpState = sctp ? 0 : state;
        flow.sctpState = sctp ? state : 0;
        flow.sctpVtagOriginal = sctp ? p.get(JAVA_INT, b + 32) : 0;
        flow.sctpVtagReply = sctp ? p.get(JAVA_INT, b + 36) : 0;
        flow.tcpFlagsOriginal = sctp ? 0 : p.get(JAVA_BYTE, b + 32) & 0xff;
        flow.tcpFlagsReply = sctp ? 0 : p.get(JAVA_BYTE, b + 33) & 0xff;
        flow.tcpWindowScaleOriginal = sctp ? 0 : p.get(JAVA_BYTE, b + 34);
        flow.tcpWindowScaleReply = sctp ? 0 : p.get(JAVA_BYTE, b + 35);
        flow.kernelId = 0;
    }

    private void storeAddresses(MemorySegment p, long at, Flow flow) {
        if (flow.family == Flow.IPV6) {
            ipv6.store(p.get(JAVA_INT, at), flow.original, flow.reply);
        } else {
            p.set(JAVA_INT, at, (int) flow.original.srcLow);
            p.set(JAVA_INT, at + 4, (int) flow.original.dstLow);
            p.set(JAVA_INT, at + 8, (int) flow.reply.srcLow);
            p.set(JAVA_INT, at + 12, (int) flow.reply.dstLow);
        }
    }

    private void loadAddresses(MemorySegment p, long at, Flow flow) {
        if (flow.family == Flow.IPV6) {
            ipv6.load(p.get(JAVA_INT, at), flow.original, flow.reply);
        } else {
            loadIpv4(p.get(JAVA_INT, at), p.get(JAVA_INT, at + 4), flow.original);
            loadIpv4(p.get(JAVA_INT, at + 8), p.get(JAVA_INT, at + 12), flow.reply);
        }
    }

    private static void loadIpv4(int src, int dst, Tuple tuple) {
        tuple.srcHigh = tuple.dstHigh = 0;
        tuple.srcLow = Integer.toUnsignedLong(src);
        tuple.dstLow = Integer.toUnsignedLong(dst);
    }

    private static void loadL4(int l4, Tuple tuple) {
        tuple.l4Src = l4 >>> 16;
        tuple.l4Dst = l4 & 0xffff;
    }

    private MemorySegment page(int slot) {
        return pool.page(slot);
    }

    private long base(int slot) {
        return pool.base(slot);
    }
}
