package io.keepflow.node.cluster;

import io.keepflow.node.capture.ExpectationCapture;
import io.keepflow.node.inject.ExpectationKernel;
import io.keepflow.node.netlink.EventType;
import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Expectation.Identity;
import io.keepflow.protocol.Flow;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The expectations of a simulated kernel, with its answers and habits: none without its master, the helper's timeout at creation,
 * no event for own requests.
 */
final class SimulatedExpectations implements ExpectationKernel {
    private static final int POLICY_SECONDS = 300;
    private static final int ENOENT = 2;
    private static final int EEXIST = 17;

    /** An expectation and when it is given up. */
    private static final class Entry {
        final Expectation expectation;
        long expiresNanos;

        Entry(Expectation expectation, long expiresNanos) {
            this.expectation = expectation;
            this.expiresNanos = expiresNanos;
        }
    }

    private final SimulatedClock clock;
    private final SimulatedKernel flows;
    private final Map<Identity, Entry> entries = new LinkedHashMap<>();
    private @Nullable ExpectationCapture capture;

    /** What the kernel says to the next creation, an errno or 0. */
    IntSupplier refusal = () -> 0;

    SimulatedExpectations(SimulatedClock clock, SimulatedKernel flows) {
        this.clock = clock;
        this.flows = flows;
    }

    void listen(@Nullable ExpectationCapture listener) {
        capture = listener;
    }

    /** Packets of its master make it, or begin its time anew. */
    void expect(Expectation expectation) {
        boolean isNew = !entries.containsKey(expectation.identity());
        entries.put(expectation.identity(), new Entry(expectation, after(expectation.timeoutSeconds())));
        if (isNew) {
            tell(EventType.NEW, expectation, 0);
        }
    }

    /** The connection has come, or somebody deleted it. */
    void end(Identity identity, int portId) {
        Entry gone = entries.remove(identity);
        if (gone != null) {
            tell(EventType.DESTROY, gone.expectation, portId);
        }
    }

    void expire() {
        for (Entry entry : List.copyOf(entries.values())) {
            if (entry.expiresNanos - clock.nanos() <= 0 || !hasMaster(entry.expectation)) {
                end(entry.expectation.identity(), 0);
            }
        }
    }

    void dump() {
        for (Entry entry : List.copyOf(entries.values())) {
            int left = (int) ((entry.expiresNanos - clock.nanos()) / 1_000_000_000L);
            tell(EventType.DUMP, entry.expectation.withTimeout(Math.max(0, left)), 0);
        }
    }

    List<Expectation> all() {
        return entries.values().stream().map(entry -> entry.expectation).toList();
    }

    @Override
    public int create(Expectation expectation) {
        int refused = refusal.getAsInt();
        if (refused != 0) {
            return refused;
        }
        if (!hasMaster(expectation)) {
            return ENOENT;
        }
        if (entries.containsKey(expectation.identity())) {
            return EEXIST;
        }
        entries.put(expectation.identity(), new Entry(expectation, after(POLICY_SECONDS)));
        return 0;
    }

    @Override
    public int arm(Expectation expectation, int timeoutSeconds) {
        Entry entry = entries.get(expectation.identity());
        if (entry == null) {
            return ENOENT;
        }
        entry.expiresNanos = after(timeoutSeconds);
        return 0;
    }

    @Override
    public int delete(Expectation expectation) {
        return entries.remove(expectation.identity()) == null ? ENOENT : 0;
    }

    private boolean hasMaster(Expectation expectation) {
        Flow master = new Flow();
        expectation.masterInto(master);
        return flows.entry(master) != null;
    }

    private long after(int seconds) {
        return clock.nanos() + seconds * 1_000_000_000L;
    }

    private void tell(EventType type, Expectation expectation, int portId) {
        if (capture != null) {
            capture.onExpectation(type, expectation, portId);
        }
    }
}
