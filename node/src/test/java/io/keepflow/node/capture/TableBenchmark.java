package io.keepflow.node.capture;

import io.keepflow.node.bench.AllocatesNothing;
import io.keepflow.node.bench.Connections;
import io.keepflow.node.bench.Expected;
import io.keepflow.node.filter.Exclusions;
import io.keepflow.node.filter.Selection;
import io.keepflow.node.netlink.EventType;
import io.keepflow.node.netlink.LabelMask;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owners;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Flow;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Events into a table that is full of flows, each about another one than those before; for each event. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TableBenchmark implements Capture.Sinks {
    private static final int EVENTS = 64;

    /** From one flow to the next: without a common divisor with the flows of the table, so that it comes to all of them. */
    private static final int STRIDE = 618_033;

    private final Clock clock = Clock.system();
    private final Flow flow = Connections.number(0);
    private FlowTable table;
    private Capture capture;
    private int number;
    private long found;
    private long drained;
    private long released;
    private long rounds;

    @Param({"10000", "1000000"})
    public int flows;

    @Setup
    public void fill() {
        table = new FlowTable(flows, new Owners("fw1", 11), 42);
        Exclusions exclusions = new Exclusions(Selection.EVERYTHING);
        capture = new Capture(
                table,
                new LocalTraffic(),
                Selection.EVERYTHING,
                exclusions,
                LabelMask.NONE,
                clock,
                new CaptureCounts(),
                () -> false,
                this);
        for (int i = 0; i < flows; i++) {
            tell(EventType.NEW);
        }
        onDrained();
        Expected.same("flows", table.size(), flows);
        drained = 0;
    }

    /** The record of a flow that is known. */
    @Benchmark
    @OperationsPerInvocation(EVENTS)
    @AllocatesNothing
    public long find() {
        rounds++;
        for (int i = 0; i < EVENTS; i++) {
            next();
            found += table.find(flow) >= 0 ? 1 : 0;
        }
        return found;
    }

    /** An UPDATE merged into the record of a flow that is known, and the flow's way into the dirty set and out again. */
    @Benchmark
    @OperationsPerInvocation(EVENTS)
    @AllocatesNothing
    public long update() {
        rounds++;
        for (int i = 0; i < EVENTS; i++) {
            tell(EventType.UPDATE);
        }
        onDrained();
        return drained;
    }

    /** The DESTROY of a flow that is known, and the NEW of the one that comes instead, both through the dirty set. */
    @Benchmark
    @OperationsPerInvocation(2 * EVENTS)
    @AllocatesNothing
    public long replace() {
        rounds++;
        int first = number;
        for (int i = 0; i < EVENTS; i++) {
            tell(EventType.DESTROY);
        }
        onDrained();
        number = first;
        for (int i = 0; i < EVENTS; i++) {
            tell(EventType.NEW);
        }
        onDrained();
        return drained;
    }

    /** That the table is as full as it was, and that every event has gone through. */
    @TearDown
    public void check() {
        Expected.same("flows", table.size(), flows);
        Expected.same("flows that wait", table.toPublish().size(), 0);
        Expected.same("flows found or drained", found + drained, rounds * EVENTS + released);
    }

    private void tell(EventType type) {
        next();
        capture.onFlow(type, flow, 0);
    }

    private void next() {
        number = (number + STRIDE) % flows;
        Connections.become(flow, number);
    }

    /** Takes out what the publisher would send. */
    @Override
    public void onDrained() {
        while (true) {
            int slot = table.toPublish().pollUrgent();
            if (slot < 0) {
                slot = table.toPublish().pollLazy(Long.MAX_VALUE);
            }
            if (slot < 0) {
                return;
            }
            drained++;
            if (table.is(slot, FlowTable.GONE) && table.release(slot)) {
                released++;
            }
        }
    }

    @Override
    public void onOverrun() {
        throw new IllegalStateException("there is no kernel");
    }

    @Override
    public void onFailed(Exception cause) {
        throw new IllegalStateException(cause);
    }
}
