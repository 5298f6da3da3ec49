package io.keepflow.node.netlink;

import io.keepflow.node.bench.AllocatesNothing;
import io.keepflow.node.bench.Expected;
import io.keepflow.node.bench.Recording;
import io.keepflow.protocol.Flow;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
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

/** What {@code recvmmsg} has put into a full batch of datagrams, into flows; for each event. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ParseBenchmark implements FlowListener {
    private static final int CONNECTIONS = 8;
    private static final int EVENTS = CONNECTIONS * Recording.EVENTS;
    private static final int DATAGRAM_BYTES = 8192;

    private final DatagramDecoder decoder = DatagramDecoder.ofEvents(this);
    private final DatagramBatch batch = new DatagramBatch(Arena.ofAuto(), EVENTS, DATAGRAM_BYTES);
    private final int[] lengths = new int[EVENTS];
    private long batches;
    private long events;
    private long destroyed;
    private long ports;
    private long timeouts;

    @Setup
    public void fill() {
        for (int connection = 0; connection < CONNECTIONS; connection++) {
            List<byte[]> events = Recording.shortTcpConnection(connection);
            for (int event = 0; event < Recording.EVENTS; event++) {
                byte[] bytes = events.get(event);
                int index = connection * Recording.EVENTS + event;
                MemorySegment.copy(MemorySegment.ofArray(bytes), 0, batch.memory(), batch.offset(index), bytes.length);
                lengths[index] = bytes.length;
            }
        }
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    @AllocatesNothing
    public long events() {
        batches++;
        for (int i = 0; i < EVENTS; i++) {
            decoder.decode(batch.memory(), batch.offset(i), lengths[i]);
        }
        return ports + timeouts;
    }

    @Override
    public void onFlow(EventType type, Flow flow, int portId) {
        events++;
        destroyed += type == EventType.DESTROY ? 1 : 0;
        ports += flow.original.l4Src;
        timeouts += flow.timeout;
    }

    @Override
    public void onMalformed(String reason) {
        throw new IllegalStateException(reason);
    }

    /** That all events were told, and what they say at their beginning and at their end. */
    @TearDown
    public void check() {
        long firstPort = CONNECTIONS * Recording.FIRST_PORT + CONNECTIONS * (CONNECTIONS - 1) / 2;
        Expected.same("events", events, batches * EVENTS);
        Expected.same("ends", destroyed, batches * CONNECTIONS);
        Expected.same("sum of the ports", ports, batches * Recording.EVENTS * firstPort);
        Expected.same("sum of the timeouts", timeouts, batches * CONNECTIONS * Recording.TIMEOUTS);
    }
}
