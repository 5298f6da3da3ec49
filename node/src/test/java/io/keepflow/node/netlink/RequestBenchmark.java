package io.keepflow.node.netlink;

import io.keepflow.node.bench.AllocatesNothing;
import io.keepflow.node.bench.Connections;
import io.keepflow.node.bench.Expected;
import io.keepflow.protocol.Flow;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Full batches of ctnetlink requests about NATed TCP connections, which nobody sends; for each request. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RequestBenchmark {
    private static final int REQUESTS = ConntrackRequests.MAX_PENDING;
    private static final int TIMEOUT_SECONDS = 300;

    private final MemorySegment memory = Arena.ofAuto().allocate((long) REQUESTS * FlowEncoder.MAX_REQUEST_BYTES, 8);
    private final FlowEncoder encoder = new FlowEncoder(memory, LabelMask.NONE);
    private final Flow[] flows = new Flow[REQUESTS];
    private long end;

    @Setup
    public void connect() {
        for (int i = 0; i < REQUESTS; i++) {
            flows[i] = Connections.number(i);
        }
    }

    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    @AllocatesNothing
    public long create() {
        long at = 0;
        for (int i = 0; i < REQUESTS; i++) {
            at = encoder.create(at, i, flows[i], TIMEOUT_SECONDS);
        }
        return end = at;
    }

    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    @AllocatesNothing
    public long update() {
        long at = 0;
        for (int i = 0; i < REQUESTS; i++) {
            at = encoder.update(at, i, flows[i], TIMEOUT_SECONDS, true);
        }
        return end = at;
    }

    /** That the last batch has all requests, and what each says. */
    @TearDown
    public void check() {
        RequestSums sums = new RequestSums();
        DatagramDecoder.ofDump(sums).decode(memory, 0, (int) end);
        long ports = 0;
        for (Flow flow : flows) {
            ports += flow.original.l4Src;
        }
        Expected.same("requests", sums.requests, REQUESTS);
        Expected.same("sum of the ports", sums.ports, ports);
        Expected.same("sum of the timeouts", sums.timeouts, (long) REQUESTS * TIMEOUT_SECONDS);
        Expected.same("established", sums.established, REQUESTS);
    }

    /** A request reads like an event. */
    private static final class RequestSums implements FlowListener {
        private long requests;
        private long ports;
        private long timeouts;
        private long established;

        @Override
        public void onFlow(EventType type, Flow flow, int portId) {
            requests++;
            ports += flow.original.l4Src;
            timeouts += flow.timeout;
            established += flow.has(Flow.HAS_TCP) && flow.tcpState == Connections.ESTABLISHED ? 1 : 0;
        }

        @Override
        public void onMalformed(String reason) {
            throw new IllegalStateException(reason);
        }
    }
}
