package io.keepflow.node.cluster;

import io.keepflow.node.table.ExpectationRecord;
import io.keepflow.node.table.ExpectationTable;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owners;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.ExpectationCodec;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.ExpectationDelta;
import io.keepflow.protocol.v1.Expectations;
import io.keepflow.protocol.v1.Frame;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Publishes this node's expectations the moment they are known, and lists all of them for a peer that asks. An expectation whose
 * master is not published waits for it: the kernel tells of the expectation first, and a flow that is not replicated has none.
 */
final class ExpectationPublisher {
    private static final int PER_TURN = 512;
    private static final long PAUSE_NANOS = 20_000_000L;

    /** Frame and seal around the deltas, and the fields beside them. */
    private static final int FRAME_BYTES = 64;

    /** Tag and length of one delta. */
    private static final int DELTA_BYTES = 4;

    private final ExpectationTable table;
    private final FlowTable flows;
    private final Outlet outlet;
    private final Clock clock;
    private final ClusterCounts counts;
    private final int maxBytes;
    private final Flow master = new Flow();
    private final Deque<ExpectationRecord> toList = new ArrayDeque<>();
    private Expectations.Builder part = Expectations.newBuilder();
    private int partBytes;
    private boolean listRequested;
    private boolean listing;
    private int list;
    private int listed;

    ExpectationPublisher(ExpectationTable table, FlowTable flows, Outlet outlet, Clock clock, ClusterCounts counts) {
        this.table = table;
        this.flows = flows;
        this.outlet = outlet;
        this.clock = clock;
        this.counts = counts;
        this.maxBytes = outlet.maxPayload() - FRAME_BYTES;
    }

    void requestList() {
        listRequested = true;
    }

    /** Whether nothing waits for {@link #drain}. */
    boolean isIdle() {
        return table.toPublish().isEmpty() && !listing && !listRequested;
    }

    /** Publishes what waits, and some of a list; true if more could be done at once. */
    boolean drain() {
        if (!table.toPublish().isEmpty()) {
            publishAll(clock.nanos());
        }
        return listSome();
    }

    private void publishAll(long now) {
        List<ExpectationRecord> waiting = new ArrayList<>(table.toPublish());
        for (ExpectationRecord record : waiting) {
            if (!record.isOwn()) {
                table.toPublish().remove(record);
                table.release(record);
            } else if (record.isGone() || isReady(record, now)) {
                table.toPublish().remove(record);
                publish(record, now);
            }
        }
        flush(0);
    }

    private boolean isReady(ExpectationRecord record, long now) {
        if (record.nextAttemptNanos() - now > 0) {
            return false;
        }
        record.expectation().masterInto(master);
        int slot = flows.find(master);
        boolean isKnown = slot >= 0 && flows.isLive(slot);
        if (isKnown && (flows.isPublished(slot) || flows.ownerIndex(slot) > Owners.SELF)) {
            return true;
        }
        record.attempts(record.attempts() + 1, now + PAUSE_NANOS);
        return false;
    }

    private void publish(ExpectationRecord record, long now) {
        long version = flows.nextVersion();
        record.assign(table.owners().self(), version);
        add(delta(record, now), 0);
        counts.expectationsPublished.increment();
        table.release(record);
    }

    private static ExpectationDelta delta(ExpectationRecord record, long now) {
        return ExpectationCodec.write(
                record.expectation().withTimeout(record.secondsLeft(now)), record.version(), record.isGone());
    }

    private boolean listSome() {
        if (!listing) {
            if (!listRequested) {
                return false;
            }
            begin();
        }
        long now = clock.nanos();
        for (int i = 0; i < PER_TURN && !toList.isEmpty(); i++) {
            ExpectationRecord record = toList.removeFirst();
            if (record.isOwn() && record.isPublished()) {
                add(delta(record, now), list);
                listed++;
            }
        }
        if (!toList.isEmpty()) {
            flush(list);
            return true;
        }
        listing = false;
        part.setLast(true).setListed(listed);
        send(list);
        return listRequested;
    }

    private void begin() {
        listRequested = false;
        listing = true;
        listed = 0;
        list++;
        toList.addAll(table.all());
    }

    private void add(ExpectationDelta delta, int ofList) {
        int bytes = delta.getSerializedSize() + DELTA_BYTES;
        if (partBytes + bytes > maxBytes) {
            flush(ofList);
        }
        part.addExpectations(delta);
        partBytes += bytes;
    }

    private void flush(int ofList) {
        if (part.getExpectationsCount() > 0) {
            send(ofList);
        }
    }

    private void send(int ofList) {
        if (outlet.anybodyListens()) {
            outlet.send(Frame.newBuilder().setExpectations(part.setList(ofList)), Traffic.EXPECTATIONS);
        }
        part = Expectations.newBuilder();
        partBytes = 0;
    }
}
