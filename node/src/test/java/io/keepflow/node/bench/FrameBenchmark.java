package io.keepflow.node.bench;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.FrameReader;
import io.keepflow.protocol.FrameWriter;
import io.keepflow.protocol.MalformedFrameException;
import java.util.Arrays;
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

/**
 * Frames of deltas of short TCP connections, a third of them established, in TIME_WAIT and gone each; for each delta. The first
 * delta of a frame says all of its flow, its neighbours say what is different.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FrameBenchmark {
    private static final int FRAME_BYTES = 1372;
    private static final int DELTAS = 60;
    private static final int CLIENTS = 8;
    private static final long BOOT = 0x0102030405060708L;
    private static final long CAPTURED_US = 1_800_000_000_000_000L;

    /** Of a node that has published some millions. */
    private static final long FIRST_VERSION = 5_000_000;

    private final FrameWriter writer = new FrameWriter(FRAME_BYTES);
    private final FrameReader reader = new FrameReader();
    private final DeltaSums heard = new DeltaSums();
    private final Flow[] flows = new Flow[DELTAS];
    private byte[] single;
    private byte[] frame;
    private long expectedPorts;

    @Setup
    public void write() {
        for (int i = 0; i < DELTAS; i++) {
            flows[i] = Connections.number((i % CLIENTS << 15) + 37 * i);
            flows[i].tcpState = i % 3 == 0 ? Connections.ESTABLISHED : Connections.TIME_WAIT;
            flows[i].timeout = i % 3 == 0 ? 432_000 : 120;
        }
        single = copy(encodeSingle());
        frame = copy(encodeFrame());
    }

    private byte[] copy(int length) {
        return Arrays.copyOf(writer.array(), length);
    }

    /** A whole frame with one delta. */
    @Benchmark
    @AllocatesNothing
    public int encodeSingle() {
        begin();
        add(0);
        return writer.length();
    }

    /** A delta among others. */
    @Benchmark
    @OperationsPerInvocation(DELTAS)
    @AllocatesNothing
    public int encodeFrame() {
        begin();
        for (int i = 0; i < DELTAS; i++) {
            add(i);
        }
        return writer.length();
    }

    private void begin() {
        writer.begin(BOOT, FIRST_VERSION, CAPTURED_US, 0);
    }

    private void add(int i) {
        if (!writer.add(flows[i], FIRST_VERSION + i, i % 3 == 2)) {
            throw new IllegalStateException("a frame of " + FRAME_BYTES + " bytes has no room for delta " + i);
        }
    }

    /** A whole frame with one delta. */
    @Benchmark
    @AllocatesNothing
    public long decodeSingle() throws MalformedFrameException {
        expectedPorts += flows[0].original.l4Src;
        reader.read(single, 0, single.length, heard);
        return heard.ports();
    }

    /** A delta among others. */
    @Benchmark
    @OperationsPerInvocation(DELTAS)
    @AllocatesNothing
    public long decodeFrame() throws MalformedFrameException {
        for (Flow flow : flows) {
            expectedPorts += flow.original.l4Src;
        }
        reader.read(frame, 0, frame.length, heard);
        return heard.ports();
    }

    /** That what was heard of frames is what was put into them, and that what was written is what can be read. */
    @TearDown
    public void check() throws MalformedFrameException {
        Expected.same("sum of the ports", heard.ports(), expectedPorts);
        DeltaSums written = new DeltaSums();
        reader.read(writer.array(), 0, writer.length(), written);
        Expected.same("deltas written", written.deltas(), writer.deltas());
        Expected.same("ends written", written.gone(), writer.deltas() / 3);
        reader.read(frame, 0, frame.length, written);
        Expected.same("deltas of two frames", written.deltas(), writer.deltas() + DELTAS);
    }
}
