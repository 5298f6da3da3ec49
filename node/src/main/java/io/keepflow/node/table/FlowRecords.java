package io.keepflow.node.table;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Off-heap records of {@value #RECORD_BYTES} bytes, two cache lines each, in pages that are allocated as the table grows. What only
 * few flows have is not in here; a record only says that there is some ({@link #isExtended}).
 *
 * <pre>
 *   0 original src high, low, dst high, low   32 reply src high, low, dst high, low
 *  64 original l4 (src &lt;&lt; 16 | dst)           68 reply l4
 *  72 family, protocol, l4 state, present      76 zone  78 zone original  80 zone reply  82 owner
 *  84 status   88 timeout   92 mark            96 tcp flags original, reply, window scales, or sctp vtags (2 x 4)
 * 104 digest of the identity                  112 version   120 armed until   124 control
 * </pre>
 */
final class FlowRecords {
    static final int RECORD_BYTES = 128;
    static final int OWNER = 82;
    static final int DIGEST = 104;
    static final int VERSION = 112;
    static final int ARMED_UNTIL = 120;
    static final int CONTROL = 124;

    /** In the byte of the groups that are present: there are {@link ExtensionRecords}. */
    private static final int EXTENDED = 1 << 7;

    private static final int PLAIN_GROUPS = EXTENDED - 1;

    private static final int PAGE_BITS = 13;
    private static final int PAGE_MASK = (1 << PAGE_BITS) - 1;

    private final Arena arena = Arena.ofAuto();
    private MemorySegment[] pages = new MemorySegment[0];

    /** Makes room for slots below {@code slots}. */
    void ensure(int slots) {
        int wanted = (slots + PAGE_MASK) >>> PAGE_BITS;
        if (wanted > pages.length) {
            int have = pages.length;
            pages = Arrays.copyOf(pages, wanted);
            for (int i = have; i < wanted; i++) {
                pages[i] = arena.allocate((long) RECORD_BYTES << PAGE_BITS, 64);
            }
        }
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
        Tuple t = flow.original;
        return p.get(JAVA_LONG, b + 8) == t.srcLow
                && p.get(JAVA_LONG, b + 24) == t.dstLow
                && p.get(JAVA_INT, b + 64) == (t.l4Src << 16 | t.l4Dst)
                && p.get(JAVA_LONG, b) == t.srcHigh
                && p.get(JAVA_LONG, b + 16) == t.dstHigh
                && p.get(JAVA_BYTE, b + 72) == (byte) flow.family
                && p.get(JAVA_BYTE, b + 73) == (byte) flow.protocol
                && (p.get(JAVA_SHORT, b + 76) & 0xffff) == flow.zone
                && (p.get(JAVA_SHORT, b + 78) & 0xffff) == flow.zoneOriginal;
    }

    /** Whether the flow that was stored has what is not kept here. */
    boolean isExtended(int slot) {
        return (page(slot).get(JAVA_BYTE, base(slot) + 75) & EXTENDED) != 0;
    }

    /** Writes all of the flow but its extensions, ownership and control. */
    void store(int slot, Flow flow) {
        MemorySegment p = page(slot);
        long b = base(slot);
        store(p, b, flow.original);
        store(p, b + 32, flow.reply);
        p.set(JAVA_INT, b + 64, flow.original.l4Src << 16 | flow.original.l4Dst);
        p.set(JAVA_INT, b + 68, flow.reply.l4Src << 16 | flow.reply.l4Dst);
        p.set(JAVA_BYTE, b + 72, (byte) flow.family);
        p.set(JAVA_BYTE, b + 73, (byte) flow.protocol);
        p.set(JAVA_BYTE, b + 74, (byte) (flow.protocol == Flow.SCTP ? flow.sctpState : flow.tcpState));
        p.set(JAVA_BYTE, b + 75, (byte) ((flow.present & PLAIN_GROUPS) | (flow.isExtended() ? EXTENDED : 0)));
        p.set(JAVA_SHORT, b + 76, (short) flow.zone);
        p.set(JAVA_SHORT, b + 78, (short) flow.zoneOriginal);
        p.set(JAVA_SHORT, b + 80, (short) flow.zoneReply);
        p.set(JAVA_INT, b + 84, flow.status);
        p.set(JAVA_INT, b + 88, flow.timeout);
        p.set(JAVA_INT, b + 92, flow.mark);
        if (flow.protocol == Flow.SCTP) {
            p.set(JAVA_INT, b + 96, flow.sctpVtagOriginal);
            p.set(JAVA_INT, b + 100, flow.sctpVtagReply);
        } else {
            p.set(JAVA_BYTE, b + 96, (byte) flow.tcpFlagsOriginal);
            p.set(JAVA_BYTE, b + 97, (byte) flow.tcpFlagsReply);
            p.set(JAVA_BYTE, b + 98, (byte) flow.tcpWindowScaleOriginal);
            p.set(JAVA_BYTE, b + 99, (byte) flow.tcpWindowScaleReply);
        }
    }

    /** Reads what {@link #store} wrote; the flow is without extensions then. */
    void load(int slot, Flow flow) {
        MemorySegment p = page(slot);
        long b = base(slot);
        load(p, b, p.get(JAVA_INT, b + 64), flow.original);
        load(p, b + 32, p.get(JAVA_INT, b + 68), flow.reply);
        flow.family = p.get(JAVA_BYTE, b + 72);
        flow.protocol = p.get(JAVA_BYTE, b + 73) & 0xff;
        flow.present = p.get(JAVA_BYTE, b + 75) & PLAIN_GROUPS;
        flow.zone = p.get(JAVA_SHORT, b + 76) & 0xffff;
        flow.zoneOriginal = p.get(JAVA_SHORT, b + 78) & 0xffff;
        flow.zoneReply = p.get(JAVA_SHORT, b + 80) & 0xffff;
        flow.status = p.get(JAVA_INT, b + 84);
        flow.timeout = p.get(JAVA_INT, b + 88);
        flow.mark = p.get(JAVA_INT, b + 92);
        boolean sctp = flow.protocol == Flow.SCTP;
        int state = p.get(JAVA_BYTE, b + 74);
        flow.tcpState = sctp ? 0 : state;
        flow.sctpState = sctp ? state : 0;
        flow.sctpVtagOriginal = sctp ? p.get(JAVA_INT, b + 96) : 0;
        flow.sctpVtagReply = sctp ? p.get(JAVA_INT, b + 100) : 0;
        flow.tcpFlagsOriginal = sctp ? 0 : p.get(JAVA_BYTE, b + 96) & 0xff;
        flow.tcpFlagsReply = sctp ? 0 : p.get(JAVA_BYTE, b + 97) & 0xff;
        flow.tcpWindowScaleOriginal = sctp ? 0 : p.get(JAVA_BYTE, b + 98);
        flow.tcpWindowScaleReply = sctp ? 0 : p.get(JAVA_BYTE, b + 99);
        flow.kernelId = 0;
    }

    private static void store(MemorySegment p, long at, Tuple tuple) {
        p.set(JAVA_LONG, at, tuple.srcHigh);
        p.set(JAVA_LONG, at + 8, tuple.srcLow);
        p.set(JAVA_LONG, at + 16, tuple.dstHigh);
        p.set(JAVA_LONG, at + 24, tuple.dstLow);
    }

    private static void load(MemorySegment p, long at, int l4, Tuple tuple) {
        tuple.srcHigh = p.get(JAVA_LONG, at);
        tuple.srcLow = p.get(JAVA_LONG, at + 8);
        tuple.dstHigh = p.get(JAVA_LONG, at + 16);
        tuple.dstLow = p.get(JAVA_LONG, at + 24);
        tuple.l4Src = l4 >>> 16;
        tuple.l4Dst = l4 & 0xffff;
    }

    private MemorySegment page(int slot) {
        return pages[slot >>> PAGE_BITS];
    }

    private static long base(int slot) {
        return (long) (slot & PAGE_MASK) * RECORD_BYTES;
    }
}
