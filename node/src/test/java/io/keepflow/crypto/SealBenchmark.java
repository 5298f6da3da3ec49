package io.keepflow.crypto;

import io.keepflow.node.bench.AllocatesNothing;
import io.keepflow.node.bench.Expected;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One datagram of the sync link after the other sealed; for each. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SealBenchmark {
    private final ClusterKey key = ClusterKey.generate();
    private final Sealer sealer = new Sealer(key);
    private byte[] clear;
    private byte[] sealed;
    private long datagrams;

    @Param({"300", "1400"})
    public int bytes;

    @Setup
    public void fill() {
        clear = new byte[bytes];
        new Random(bytes).nextBytes(clear);
        sealed = new byte[bytes + Sealer.OVERHEAD];
    }

    @Benchmark
    @AllocatesNothing
    public int seal() {
        datagrams++;
        return sealer.seal(clear, 0, bytes, sealed, 0);
    }

    /** That the last one is the last of so many, and opens. */
    @TearDown
    public void check() {
        long counter = SealedHeader.counter(sealed, 0);
        Expected.same("datagrams sealed", counter, datagrams);
        byte[] opened = new byte[bytes];
        SegmentKey segment = SegmentKey.derive(key, sealer.boot(), SegmentKey.segmentOf(counter));
        Expected.same(
                "bytes opened", AesGcm.create().open(segment, counter, sealed, 0, sealed.length, opened, 0), bytes);
        Expected.same("first byte that differs", Arrays.mismatch(opened, clear), -1);
    }
}
