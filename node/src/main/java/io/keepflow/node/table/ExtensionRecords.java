package io.keepflow.node.table;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.keepflow.protocol.Extensions;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.SeqAdjust;
import io.keepflow.protocol.Tuple;
import java.lang.foreign.MemorySegment;

/**
 * What only few flows have, by the slot of their record: off-heap records of {@value #RECORD_BYTES} bytes, at most one a slot, used
 * again when the flow has nothing of the kind any more or its slot is freed.
 *
 * <pre>
 *   0 helper name high, low                  16 labels high, low
 *  32 master src high, low, dst high, low    64 master l4 (src &lt;&lt; 16 | dst)   68 groups   72 slot
 *  76 sequence adjustment original, reply (2 x 3 x 4)       100 synproxy isn, its, tsoff   112 master protocol
 * </pre>
 */
final class ExtensionRecords {
    private static final int RECORD_BYTES = 128;
    private static final int GROUPS = 68;
    private static final int SLOT = 72;

    private final RecordPool pool = new RecordPool(RECORD_BYTES);
    private final FlowIndex index = new FlowIndex();
    private final FlowIndex.Match match = this::matches;
    private int wanted;

    /** Keeps the extensions of the flow in a slot, instead of those that the slot had. */
    void store(int slot, Flow flow) {
        int record = find(slot);
        if (record < 0) {
            record = pool.take();
            page(record).set(JAVA_INT, base(record) + SLOT, slot);
            index.add(hash(slot), record);
        }
        write(page(record), base(record), flow);
    }

    /** Adds to the flow what {@link #store} kept. */
    void load(int slot, Flow flow) {
        int record = find(slot);
        if (record >= 0) {
            read(page(record), base(record), flow);
        }
    }

    void remove(int slot) {
        int record = find(slot);
        if (record >= 0) {
            index.remove(hash(slot), record);
            page(record).set(JAVA_INT, base(record) + SLOT, -1);
            pool.giveBack(record);
        }
    }

    /** Slots that have a record. */
    int size() {
        return index.size();
    }

    /** Records below this number have been used; for walks. */
    int records() {
        return pool.used();
    }

    /** The slot whose extensions are in this record, if there are all of these groups, or -1. */
    int slotOf(int record, int groups) {
        MemorySegment p = page(record);
        long b = base(record);
        return (p.get(JAVA_INT, b + GROUPS) & groups) == groups ? p.get(JAVA_INT, b + SLOT) : -1;
    }

    private int find(int slot) {
        wanted = slot;
        return index.find(hash(slot), match);
    }

    private boolean matches(int record) {
        return page(record).get(JAVA_INT, base(record) + SLOT) == wanted;
    }

    private static int hash(int slot) {
        return (int) (Hash.mix(slot) >>> 32);
    }

    private static void write(MemorySegment p, long b, Flow flow) {
        Extensions from = flow.extensions;
        p.set(JAVA_LONG, b, from.helper.high);
        p.set(JAVA_LONG, b + 8, from.helper.low);
        p.set(JAVA_LONG, b + 16, from.labelsHigh);
        p.set(JAVA_LONG, b + 24, from.labelsLow);
        Tuple master = from.master;
        p.set(JAVA_LONG, b + 32, master.srcHigh);
        p.set(JAVA_LONG, b + 40, master.srcLow);
        p.set(JAVA_LONG, b + 48, master.dstHigh);
        p.set(JAVA_LONG, b + 56, master.dstLow);
        p.set(JAVA_INT, b + 64, master.l4Src << 16 | master.l4Dst);
        p.set(JAVA_INT, b + GROUPS, flow.present & Flow.HAS_EXTENSIONS);
        write(p, b + 76, from.seqOriginal);
        write(p, b + 88, from.seqReply);
        p.set(JAVA_INT, b + 100, from.synproxyIsn);
        p.set(JAVA_INT, b + 104, from.synproxyIts);
        p.set(JAVA_INT, b + 108, from.synproxyTsoff);
        p.set(JAVA_BYTE, b + 112, (byte) from.masterProtocol);
    }

    private static void write(MemorySegment p, long at, SeqAdjust from) {
        p.set(JAVA_INT, at, from.position);
        p.set(JAVA_INT, at + 4, from.before);
        p.set(JAVA_INT, at + 8, from.after);
    }

    private static void read(MemorySegment p, long b, Flow flow) {
        Extensions to = flow.extensions;
        flow.present |= p.get(JAVA_INT, b + GROUPS);
        to.helper.high = p.get(JAVA_LONG, b);
        to.helper.low = p.get(JAVA_LONG, b + 8);
        to.labelsHigh = p.get(JAVA_LONG, b + 16);
        to.labelsLow = p.get(JAVA_LONG, b + 24);
        Tuple master = to.master;
        master.srcHigh = p.get(JAVA_LONG, b + 32);
        master.srcLow = p.get(JAVA_LONG, b + 40);
        master.dstHigh = p.get(JAVA_LONG, b + 48);
        master.dstLow = p.get(JAVA_LONG, b + 56);
        int l4 = p.get(JAVA_INT, b + 64);
        master.l4Src = l4 >>> 16;
        master.l4Dst = l4 & 0xffff;
        read(p, b + 76, to.seqOriginal);
        read(p, b + 88, to.seqReply);
        to.synproxyIsn = p.get(JAVA_INT, b + 100);
        to.synproxyIts = p.get(JAVA_INT, b + 104);
        to.synproxyTsoff = p.get(JAVA_INT, b + 108);
        to.masterProtocol = p.get(JAVA_BYTE, b + 112) & 0xff;
    }

    private static void read(MemorySegment p, long at, SeqAdjust to) {
        to.position = p.get(JAVA_INT, at);
        to.before = p.get(JAVA_INT, at + 4);
        to.after = p.get(JAVA_INT, at + 8);
    }

    private MemorySegment page(int record) {
        return pool.page(record);
    }

    private long base(int record) {
        return pool.base(record);
    }
}
