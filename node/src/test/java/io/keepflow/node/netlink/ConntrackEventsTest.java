package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keepflow.node.filter.Selection;
import io.keepflow.protocol.Flow;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** The event stream of a real kernel, through a ring and without. */
@ParameterizedClass
@ValueSource(ints = {0, 64 << 10})
class ConntrackEventsTest {
    private static final int MEGABYTE = 1 << 20;

    /** Events that neither a buffer of 4 KiB nor the ring beside it holds. */
    private static final int MORE_THAN_ALL = 1000;

    @Parameter
    int ringBytes;

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

    private ConntrackEvents events(FlowListener to, int receiveBufferBytes, int... ignoredPortIds) throws Exception {
        return kernel.ringOf(ringBytes, to, receiveBufferBytes, ignoredPortIds);
    }

    @Test
    void tellsOfCreationUpdateAndDestruction() throws Exception {
        try (ConntrackEvents events = events(listener, MEGABYTE)) {
            assertThat(events.ringBytes()).isEqualTo(ringBytes);
            assertThat(events.receiveBufferBytes()).isEqualTo(2 * MEGABYTE);
            Flow flow = Flows.snat(Flows.plain(Flow.IPV6, Flow.TCP, 1000));
            kernel.answer(r -> r.create(flow, 100, 1));
            kernel.answer(r -> r.refresh(flow, 200, 1));
            kernel.answer(r -> r.delete(flow, 1));

            RecordingListener.Heard gone = listener.awaitHeard(heard -> heard.type() == EventType.DESTROY);
            List<RecordingListener.Heard> heard = listener.heard();
            assertThat(heard.stream().map(RecordingListener.Heard::type))
                    .containsExactly(EventType.NEW, EventType.UPDATE, EventType.DESTROY);
            assertThat(heard.stream().map(RecordingListener.Heard::portId)).containsOnly(kernel.requests.portId());
            assertThat(heard.subList(0, 2))
                    .allSatisfy(h -> assertThat(Flows.describe(h.flow())).isEqualTo(Flows.describe(flow)));
            assertThat(gone.flow().original.sameAs(flow.original)).isTrue();
            assertThat(gone.flow().has(Flow.HAS_TCP)).as("DESTROY has no flags").isFalse();
            listener.assertNothingMalformed();
            await().until(() -> listener.drained.get() > 0);
        }
    }

    @Test
    void newEntriesAreToldOfOnlyWhileTheyAreWanted() throws Exception {
        Flow first = Flows.plain(Flow.IPV4, Flow.UDP, 1000);
        Flow second = Flows.plain(Flow.IPV4, Flow.UDP, 1001);
        Flow third = Flows.plain(Flow.IPV4, Flow.UDP, 1002);
        try (ConntrackEvents events = events(listener, MEGABYTE)) {
            kernel.answer(r -> r.create(first, 100, 1));
            kernel.onLoop(() -> events.hearNew(false));
            kernel.answer(r -> r.create(second, 100, 1));
            kernel.answer(r -> r.refresh(second, 200, 1));
            kernel.answer(r -> r.delete(second, 1));
            kernel.onLoop(() -> events.hearNew(true));
            kernel.answer(r -> r.create(third, 100, 1));

            listener.awaitHeard(heard -> heard.flow().original.sameAs(third.original));
            assertThat(listener.heard().stream().map(RecordingListener.Heard::type))
                    .containsExactly(EventType.NEW, EventType.UPDATE, EventType.DESTROY, EventType.NEW);
            assertThat(listener.flows().getFirst().original.sameAs(first.original))
                    .isTrue();
        }
    }

    @Test
    void unmoderatedAreArrivalsAlone() throws Exception {
        Flow first = Flows.plain(Flow.IPV4, Flow.UDP, 1000);
        Flow second = Flows.plain(Flow.IPV4, Flow.UDP, 1001);
        try (ConntrackEvents events = kernel.unmoderatedEvents(listener, MEGABYTE)) {
            kernel.answer(r -> r.create(first, 100, 1));
            kernel.answer(r -> r.refresh(first, 200, 1));
            kernel.answer(r -> r.delete(first, 1));
            kernel.answer(r -> r.create(second, 100, 1));

            listener.awaitHeard(heard -> heard.flow().original.sameAs(second.original));
            assertThat(listener.heard().stream().map(RecordingListener.Heard::type))
                    .containsExactly(EventType.NEW, EventType.UPDATE, EventType.NEW);
            assertThat(events.portId()).isNotZero();
        }
    }

    @Test
    void everyProtocolIsHeard() throws Exception {
        try (ConntrackEvents events = events(listener, MEGABYTE)) {
            List<String> created = new ArrayList<>();
            for (int protocol : new int[] {1, 2, 6, 17, 47, 50, 89, 132, 136}) {
                Flow flow = Flows.dnat(Flows.plain(Flow.IPV4, protocol, 1000));
                assertThat(kernel.answer(r -> r.create(flow, 100, 1))).isZero();
                created.add(Flows.describe(flow));
            }
            await().atMost(Duration.ofSeconds(10)).until(() -> listener.heard().size() >= created.size());
            assertThat(listener.flows().stream().map(Flows::describe)).containsExactlyElementsOf(created);
            listener.assertNothingMalformed();
            assertThat(events.portId()).isNotZero();
        }
    }

    /** A missing CTA_MARK is a mark of 0, and known. */
    @Test
    void markZeroIsAMark() throws Exception {
        try (ConntrackEvents events = events(listener, MEGABYTE)) {
            Flow flow = Flows.plain(Flow.IPV4, Flow.UDP, 1000);
            flow.mark = 0;
            kernel.answer(r -> r.create(flow, 100, 1));
            Flow heard = listener.awaitHeard(h -> true).flow();
            assertThat(heard.has(Flow.HAS_MARK)).isTrue();
            assertThat(heard.mark).isZero();
            assertThat(events.portId()).isNotZero();
        }
    }

    @Test
    void ignoredPortIdsAreDroppedInTheKernelAndOthersAreNot() throws Exception {
        try (ConntrackRequests stranger = kernel.namespace.call(ConntrackRequests::open);
                ConntrackEvents events =
                        events(listener, MEGABYTE, 4711, kernel.requests.portId(), Integer.MAX_VALUE)) {
            for (int i = 0; i < 20; i++) {
                Flow own = Flows.plain(Flow.IPV4, Flow.UDP, 1000 + i);
                kernel.answer(r -> r.create(own, 100, 1));
            }
            stranger.create(Flows.plain(Flow.IPV4, Flow.UDP, 5000), 100, 1);
            stranger.flush((cookie, errno) -> assertThat(errno).isZero());

            listener.awaitHeard(heard -> heard.portId() == stranger.portId());
            assertThat(listener.heard()).hasSize(1);
            assertThat(events.portId()).isNotEqualTo(stranger.portId());
        }
    }

    @Test
    void tooManyIgnoredPortIdsAreRefused() {
        assertThatThrownBy(() -> events(listener, MEGABYTE, new int[EventFilter.MAX_PORT_IDS + 1]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theMostIgnoredPortIdsAreAllIgnored() throws Exception {
        int[] portIds = new int[EventFilter.MAX_PORT_IDS];
        for (int i = 0; i < portIds.length; i++) {
            portIds[i] = 100_000 + i;
        }
        portIds[0] = kernel.requests.portId();
        try (ConntrackRequests last = kernel.namespace.call(ConntrackRequests::open)) {
            portIds[portIds.length - 1] = last.portId();
            try (ConntrackRequests stranger = kernel.namespace.call(ConntrackRequests::open);
                    ConntrackEvents events = events(listener, MEGABYTE, portIds)) {
                kernel.answer(r -> r.create(Flows.plain(Flow.IPV4, Flow.UDP, 1), 100, 1));
                last.create(Flows.plain(Flow.IPV4, Flow.UDP, 2), 100, 1);
                last.flush((cookie, errno) -> assertThat(errno).isZero());
                stranger.create(Flows.plain(Flow.IPV4, Flow.UDP, 3), 100, 1);
                stranger.flush((cookie, errno) -> assertThat(errno).isZero());
                listener.awaitHeard(heard -> heard.portId() == stranger.portId());
                assertThat(listener.heard()).hasSize(1);
                assertThat(events.receiveBufferBytes()).isPositive();
            }
        }
    }

    @Test
    void anOverrunIsToldAndReadingGoesOn() throws Exception {
        AtomicBoolean block = new AtomicBoolean(true);
        try (ConntrackEvents events = events(listener, 4096)) {
            block(block);
            create(MORE_THAN_ALL);
            block.set(false);
            await().atMost(Duration.ofSeconds(10)).until(() -> listener.overruns.get() > 0);
            await().atMost(Duration.ofSeconds(10)).until(() -> listener.drained.get() > 0);
            assertThat(listener.heard()).hasSizeLessThan(MORE_THAN_ALL);

            Flow after = Flows.plain(Flow.IPV6, Flow.TCP, 9);
            kernel.answer(r -> r.create(after, 100, 1));
            listener.awaitHeard(heard -> heard.flow().original.sameAs(after.original));
            assertThat(listener.failure).isNull();
            assertThat(events.receiveBufferBytes()).isLessThan(MEGABYTE);
        } finally {
            block.set(false);
        }
    }

    /** As long as anything is unread the kernel goes on dropping, and does not say so again. */
    @Test
    void anOverrunIsToldWhenNoMoreIsDropped() throws Exception {
        AtomicBoolean block = new AtomicBoolean(true);
        List<Integer> heardBefore = new CopyOnWriteArrayList<>();
        RecordingListener counting = new RecordingListener() {
            @Override
            public void onOverrun() {
                super.onOverrun();
                heardBefore.add(heard().size());
            }
        };
        try (ConntrackEvents _ = events(counting, 4096)) {
            block(block);
            create(MORE_THAN_ALL);
            block.set(false);
            await().atMost(Duration.ofSeconds(10)).until(() -> counting.drained.get() > 0);
            assertThat(heardBefore).hasSize(1);
            assertThat(heardBefore.getFirst())
                    .isPositive()
                    .isEqualTo(counting.heard().size());
        } finally {
            block.set(false);
        }
    }

    @Test
    void whatHasBeenToldCanBeReadWithoutBeingWoken() throws Exception {
        try (ConntrackEvents events = events(listener, MEGABYTE)) {
            List<Integer> heard = new CopyOnWriteArrayList<>();
            boolean all = kernel.loop()
                    .submit(() -> {
                        create(100);
                        heard.add(listener.heard().size());
                        boolean isAll = events.read();
                        heard.add(listener.heard().size());
                        return isAll;
                    })
                    .get(10, TimeUnit.SECONDS);
            assertThat(all).isTrue();
            assertThat(heard).containsExactly(0, 100);
            assertThat(events.turnsOfFullBuffer()).isBetween(1, 2);
        }
    }

    @Test
    void readingFromWithinTheListenerIsRefused() throws Exception {
        ConntrackEvents[] events = new ConntrackEvents[1];
        List<Class<?>> refused = new CopyOnWriteArrayList<>();
        RecordingListener nested = new RecordingListener() {
            @Override
            public void onFlow(EventType type, Flow flow, int portId) {
                super.onFlow(type, flow, portId);
                try {
                    events[0].read();
                } catch (IllegalStateException e) {
                    refused.add(e.getClass());
                }
            }
        };
        events[0] = events(nested, MEGABYTE);
        try {
            create(3);
            await().atMost(Duration.ofSeconds(10)).until(() -> nested.heard().size() == 3);
            await().atMost(Duration.ofSeconds(10)).until(() -> refused.size() == 3);
        } finally {
            events[0].close();
        }
    }

    /** Returns when the loop does nothing any more, until {@code block} is false. */
    private void block(AtomicBoolean block) throws InterruptedException {
        CountDownLatch blocked = new CountDownLatch(1);
        kernel.loop().execute(() -> {
            blocked.countDown();
            while (block.get()) {
                Thread.onSpinWait();
            }
        });
        blocked.await();
    }

    private void create(int flows) throws NetlinkException {
        for (int i = 0; i < flows; i++) {
            Flow flow = Flows.plain(Flow.IPV4, Flow.UDP, 1000 + i);
            if (!kernel.requests.create(flow, 100, i)) {
                kernel.requests.flush((cookie, errno) -> assertThat(errno).isZero());
                kernel.requests.create(flow, 100, i);
            }
        }
        kernel.requests.flush((cookie, errno) -> assertThat(errno).isZero());
    }

    @Test
    void nothingIsHeardAfterClose() throws Exception {
        ConntrackEvents events = events(listener, MEGABYTE);
        kernel.answer(r -> r.create(Flows.plain(Flow.IPV4, Flow.UDP, 1), 100, 1));
        listener.awaitHeard(heard -> true);
        events.close();
        events.close();
        kernel.answer(r -> r.create(Flows.plain(Flow.IPV4, Flow.UDP, 2), 100, 1));
        kernel.loop().submit(() -> {}).sync();
        assertThat(listener.heard()).hasSize(1);
    }

    /** From within a callback, in the middle of a batch: not one more call, and no access to freed memory. */
    @Test
    void closeFromWithinTheListener() throws Exception {
        ConntrackEvents[] events = new ConntrackEvents[1];
        RecordingListener closing = new RecordingListener() {
            @Override
            public void onFlow(EventType type, Flow flow, int portId) {
                super.onFlow(type, flow, portId);
                events[0].close();
            }
        };
        kernel.loop()
                .submit(() -> {
                    events[0] = events(closing, MEGABYTE);
                    for (int i = 0; i < 20; i++) {
                        kernel.requests.create(Flows.plain(Flow.IPV4, Flow.UDP, i), 100, i);
                    }
                    kernel.requests.flush((cookie, errno) -> assertThat(errno).isZero());
                    return null;
                })
                .sync();
        closing.awaitHeard(heard -> true);
        kernel.loop().submit(() -> {}).sync();
        assertThat(closing.heard()).hasSize(1);
        assertThat(closing.failure).isNull();
        assertThat(closing.drained).hasValue(0);
    }

    @Test
    void aListenerThatThrowsEndsTheStreamAndHearsWhy() throws Exception {
        RecordingListener throwing = new RecordingListener() {
            @Override
            public void onFlow(EventType type, Flow flow, int portId) {
                super.onFlow(type, flow, portId);
                throw new IllegalStateException("a bug of the listener");
            }
        };
        try (ConntrackEvents events = events(throwing, MEGABYTE)) {
            kernel.answer(r -> r.create(Flows.plain(Flow.IPV4, Flow.UDP, 1), 100, 1));
            await().atMost(Duration.ofSeconds(10)).until(() -> throwing.failure != null);
            assertThat(throwing.failure).hasMessageContaining("a bug of the listener");
            assertThat(throwing.heard()).hasSize(1);
            assertThat(events.portId()).isNotZero();
        }
    }

    @Test
    void withoutPrivilegeOpenSaysWhatIsMissing() {
        assertThatThrownBy(() -> kernel.namespace.call(() -> {
                    UnprivilegedThread.become();
                    return ConntrackEvents.open(kernel.loop(), MEGABYTE, new int[0], Selection.EVERYTHING, listener);
                }))
                .isInstanceOf(NetlinkException.class)
                .hasMessageContaining("NETLINK_ADD_MEMBERSHIP")
                .hasMessageContaining("EPERM")
                .hasMessageContaining("CAP_NET_ADMIN");
    }

    @Test
    void theEndOfTheLoopEndsTheSubscription() throws Exception {
        ConntrackEvents events = events(listener, MEGABYTE);
        kernel.shutdownLoop();
        events.close();
        assertThat(listener.heard()).isEmpty();
        assertThatThrownBy(() -> events(listener, MEGABYTE)).isInstanceOf(NetlinkException.class);
    }

    @Test
    void anotherKindOfEventLoopIsRefused() throws Exception {
        MultiThreadIoEventLoopGroup epoll = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try {
            assertThatThrownBy(() ->
                            ConntrackEvents.open(epoll.next(), MEGABYTE, new int[0], Selection.EVERYTHING, listener))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("NetlinkIoHandler");
        } finally {
            epoll.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }
}
