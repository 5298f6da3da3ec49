package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keepflow.node.filter.Selection;
import io.keepflow.protocol.Flow;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What only a ring can do wrong: its end, its wake-ups, and what it has no room for. */
class EventRingTest {
    private static final int PAGE = Libc.pageBytes();
    private static final int MEGABYTE = 1 << 20;
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final RecordingListener listener = new RecordingListener();
    private ConntrackNamespace kernel;

    @BeforeEach
    void open() throws Exception {
        kernel = new ConntrackNamespace();
    }

    @AfterEach
    void close() throws Exception {
        kernel.close();
    }

    /** Ports of the flows that were heard of, in the order of hearing. */
    private List<Integer> ports() {
        return listener.flows().stream().map(flow -> flow.original.l4Src).toList();
    }

    private void create(int family, int port) throws NetlinkException {
        Flow flow = Flows.plain(family, Flow.UDP, port);
        if (!kernel.requests.create(flow, 100, port)) {
            flush();
            kernel.requests.create(flow, 100, port);
        }
    }

    private void flush() throws NetlinkException {
        kernel.requests.flush((cookie, errno) -> assertThat(errno).isZero());
    }

    private static List<Integer> portsUpTo(int count) {
        return IntStream.range(1, count + 1).boxed().toList();
    }

    /** Records of two sizes go round a ring of one page many times, in bursts that now and then spill over. */
    @Test
    void everythingIsHeardOnceAndInOrderHoweverItComes() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int flows = 4000;
        try (ConntrackEvents events = kernel.ringOf(PAGE, listener, 16 * MEGABYTE)) {
            for (int port = 1; port <= flows; port++) {
                create(random.nextInt(3) == 0 ? Flow.IPV6 : Flow.IPV4, port);
                if (random.nextInt(20) == 0) {
                    flush();
                    TimeUnit.MICROSECONDS.sleep(random.nextInt(1500));
                }
            }
            flush();
            await().atMost(LIMIT).until(() -> listener.heard().size() >= flows);
            assertThat(ports()).as("seed %d", seed).isEqualTo(portsUpTo(flows));
            assertThat(listener.overruns).hasValue(0);
            assertThat(events.ringBytes()).isEqualTo(PAGE);
            listener.assertNothingMalformed();
        }
    }

    @Test
    void whatTheRingHasNoRoomForWaitsInTheSocketAndKeepsItsPlace() throws Exception {
        int flows = 20 * PAGE / EventRing.LEAST_RECORD_BYTES;
        try (ConntrackEvents events = kernel.ringOf(PAGE, listener, 16 * MEGABYTE)) {
            boolean all = kernel.loop()
                    .submit(() -> {
                        for (int port = 1; port <= flows; port++) {
                            create(Flow.IPV4, port);
                        }
                        flush();
                        return events.read();
                    })
                    .get(10, TimeUnit.SECONDS);
            assertThat(all).isTrue();
            assertThat(ports()).isEqualTo(portsUpTo(flows));

            // And then through the ring again, which holds a page of them unread, and wakes up its reader.
            create(Flow.IPV4, flows + 1);
            flush();
            await().atMost(LIMIT).until(() -> listener.heard().size() == flows + 1);
            assertThat(listener.overruns).hasValue(0);
        }
    }

    /** Each comes alone, at another moment of the reader's rest, and must not wait for the next one. */
    @Test
    void noWakeUpIsLost() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (ConntrackEvents _ = kernel.ringOf(PAGE, listener, MEGABYTE)) {
            int heard = 0;
            for (int round = 0; round < 300; round++) {
                int burst = 1 + random.nextInt(12);
                for (int i = 0; i < burst; i++) {
                    create(Flow.IPV4, ++heard);
                }
                flush();
                int wanted = heard;
                await().pollInterval(Duration.ofMillis(1))
                        .pollDelay(Duration.ZERO)
                        .atMost(Duration.ofSeconds(5))
                        .alias("seed " + seed + ", round " + round)
                        .until(() -> listener.heard().size() >= wanted);
            }
            assertThat(ports()).isEqualTo(portsUpTo(heard));
        }
    }

    @Test
    void withoutTheRightToItEventsComeAllTheSame() throws Exception {
        try (ConntrackEvents events = kernel.namespace.call(() -> {
            UnprivilegedThread.keepNetworkAdministration();
            return ConntrackEvents.open(kernel.loop(), MEGABYTE, new int[0], Selection.EVERYTHING, listener, PAGE);
        })) {
            create(Flow.IPV4, 1);
            flush();
            listener.awaitHeard(heard -> true);
            assertThat(events.ringBytes()).isZero();
        }
    }
}
