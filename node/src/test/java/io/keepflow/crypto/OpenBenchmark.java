package io.keepflow.crypto;

import io.keepflow.node.bench.Expected;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One datagram of the sync link after the other opened: replay window, key, authentication and deciphering; for each. No opener
 * opens a datagram twice, so the same ones are opened by a new opener each time; making it is not measured, but for its few
 * bytes for each datagram.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class OpenBenchmark {
    private static final int DATAGRAMS = 4096;

    /** Of the first datagram that is measured: above all of the handshakes. */
    private static final long FIRST_COUNTER = 1 << 20;

    private static final String SENDER = "sender";

    private final ClusterKey key = ClusterKey.generate();
    private final SecureRandom random = new SecureRandom();
    private final BootId boot = BootId.random();
    private final Sealer handshakes = new Sealer(key, boot, 0);
    private final Opener<String> sender = opener(handshakes, this::toReceiver);
    private final Sealer receivers = new Sealer(key);
    private final byte[][] sealed = new byte[DATAGRAMS][];
    private byte[] clear;
    private byte[] opened;
    private Opener<String> receiver;
    private long aheadNanos;
    private long rounds;
    private long openedBytes;

    @Param({"300", "1400"})
    public int bytes;

    @Setup
    public void seal() {
        clear = new byte[bytes];
        new Random(bytes).nextBytes(clear);
        opened = new byte[bytes + Sealer.OVERHEAD];
        Sealer sealer = new Sealer(key, boot, FIRST_COUNTER);
        for (int i = 0; i < DATAGRAMS; i++) {
            sealed[i] = new byte[bytes + Sealer.OVERHEAD];
            sealer.seal(clear, 0, bytes, sealed[i], 0);
        }
    }

    /** An opener that has admitted the sender, and nothing else. */
    @Setup(Level.Invocation)
    public void admit() {
        aheadNanos += Challenges.PACE_NANOS;
        receiver = opener(receivers, this::toSender);
        toReceiver(SENDER, sealed[0], sealed[0].length);
        Expected.same("admitted", receiver.admitted(), 1);
    }

    private Opener<String> opener(Sealer sealer, Opener.Replies<String> replies) {
        return new Opener<>(sealer, replies, () -> System.nanoTime() + aheadNanos, random);
    }

    private void toReceiver(String destination, byte[] datagram, int length) {
        receiver.open(SENDER, datagram, 0, length, new byte[length], 0);
    }

    private void toSender(String destination, byte[] datagram, int length) {
        sender.open("receiver", datagram, 0, length, new byte[length], 0);
    }

    @Benchmark
    @OperationsPerInvocation(DATAGRAMS)
    public long open() {
        rounds++;
        for (int i = 0; i < DATAGRAMS; i++) {
            openedBytes += receiver.open(SENDER, sealed[i], 0, sealed[i].length, opened, 0);
        }
        return openedBytes;
    }

    /** That all were opened, and that the last says what it said. */
    @TearDown
    public void check() {
        Expected.same("bytes opened", openedBytes, rounds * DATAGRAMS * bytes);
        Expected.same("first byte that differs", Arrays.mismatch(opened, 0, bytes, clear, 0, bytes), -1);
    }
}
