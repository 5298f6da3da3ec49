package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keepflow.protocol.Flow;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Dumps of a real kernel's table. */
class ConntrackDumpTest {
    private static final int FLOWS = 50_000;

    /** Twice as many as there are: an event that comes meanwhile waits for so many at most. */
    private static final int ENTRIES_PER_SLICE = 160;

    private ConntrackNamespace kernel;

    @BeforeEach
    void open() throws Exception {
        kernel = new ConntrackNamespace();
    }

    @AfterEach
    void close() throws Exception {
        kernel.close();
    }

    /** Notes which flows it has heard of, by their source port. */
    private static class Counter extends RecordingListener {
        final BitSet ports = new BitSet();
        final AtomicInteger flows = new AtomicInteger();

        @Override
        public void onFlow(EventType type, Flow flow, int portId) {
            assertThat(type).isEqualTo(EventType.DUMP);
            ports.set(flow.original.l4Src);
            flows.incrementAndGet();
        }
    }

    @Test
    void ofFiftyThousandEntriesIsComplete() throws Exception {
        fill(FLOWS);
        Counter counter = new Counter();
        try (ConntrackDump dump = kernel.dump(counter)) {
            counter.awaitEnd();
        }
        counter.assertNothingMalformed();
        assertThat(counter.flows).hasValue(FLOWS);
        assertThat(counter.ports.cardinality()).isEqualTo(FLOWS);
        assertThat(counter.ends).hasValue(1);
        assertThat(counter.drained.get()).as("slices").isGreaterThan(FLOWS / ENTRIES_PER_SLICE);
    }

    @Test
    void eventsAreNotStarvedByADump() throws Exception {
        fill(FLOWS);
        AtomicInteger dumpedBeforeEvent = new AtomicInteger(-1);
        Counter counter = new Counter() {
            @Override
            public void onFlow(EventType type, Flow flow, int portId) {
                super.onFlow(type, flow, portId);
                if (flows.get() == 5_000) {
                    createAnother();
                }
            }
        };
        RecordingListener events = new RecordingListener() {
            @Override
            public void onFlow(EventType type, Flow flow, int portId) {
                dumpedBeforeEvent.compareAndSet(-1, counter.flows.get());
            }
        };
        try (ConntrackEvents subscription = kernel.events(events, 1 << 20);
                ConntrackDump dump = kernel.dump(counter)) {
            counter.awaitEnd();
            await().atMost(Duration.ofSeconds(10)).until(() -> dumpedBeforeEvent.get() >= 0);
            assertThat(subscription.portId()).isNotZero();
        }
        assertThat(dumpedBeforeEvent.get()).isBetween(5_000, 10_000);
    }

    @Test
    void ofAnEmptyTableEnds() throws Exception {
        assertThat(kernel.table()).isEmpty();
    }

    @Test
    void givenUpIsHeardOfNoMore() throws Exception {
        fill(20_000);
        ConntrackDump[] dump = new ConntrackDump[1];
        Counter counter = new Counter() {
            @Override
            public void onFlow(EventType type, Flow flow, int portId) {
                super.onFlow(type, flow, portId);
                dump[0].close();
            }
        };
        kernel.loop()
                .submit(() -> {
                    dump[0] = kernel.dump(counter);
                    return null;
                })
                .sync();
        await().atMost(Duration.ofSeconds(10)).until(() -> counter.flows.get() > 0);
        kernel.loop().submit(() -> {}).sync();
        kernel.loop().submit(() -> {}).sync();
        assertThat(counter.flows).hasValue(1);
        assertThat(counter.ends).hasValue(0);
        assertThat(counter.failure).isNull();
    }

    @Test
    void withoutPrivilegeFailsWithTheKernelsAnswer() throws Exception {
        RecordingListener listener = new RecordingListener();
        ConntrackDump dump = kernel.namespace.call(() -> {
            UnprivilegedThread.become();
            return ConntrackDump.start(kernel.loop(), listener);
        });
        await().atMost(Duration.ofSeconds(10)).until(() -> listener.failure != null);
        dump.close();
        assertThat(listener.failure).hasMessageContaining("EPERM").hasMessageContaining("CAP_NET_ADMIN");
        assertThat(listener.failure).matches(e -> !e.isInterrupted());
        assertThat(listener.ends).hasValue(0);
    }

    private void createAnother() {
        try {
            kernel.answer(r -> r.create(Flows.plain(Flow.IPV6, Flow.UDP, 60_000), 600, 1));
        } catch (NetlinkException e) {
            throw new AssertionError(e);
        }
    }

    private void fill(int flows) throws NetlinkException {
        for (int i = 0; i < flows; i++) {
            Flow flow = Flows.plain(i % 2 == 0 ? Flow.IPV4 : Flow.IPV6, Flow.UDP, i);
            if (!kernel.requests.create(flow, 600, i)) {
                kernel.requests.flush((cookie, errno) -> assertThat(errno).isZero());
                kernel.requests.create(flow, 600, i);
            }
        }
        kernel.requests.flush((cookie, errno) -> assertThat(errno).isZero());
    }
}
