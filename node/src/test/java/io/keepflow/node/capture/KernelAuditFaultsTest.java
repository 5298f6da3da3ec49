package io.keepflow.node.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keepflow.node.netlink.Errno;
import io.keepflow.node.netlink.FlowLookup;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.testkit.FlowSamples;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Dumps that fail, stall and break: the audits go on. */
class KernelAuditFaultsTest {
    private static final KernelAudit.Pace QUICK = new KernelAudit.Pace(50, 20, 1_000, 5, 1);

    private final CaptureBed bed = new CaptureBed(1_000);
    private final EventLoop loop = new DefaultEventLoop();
    private final List<String> faults = new CopyOnWriteArrayList<>();
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final List<AuditReport> reports = new CopyOnWriteArrayList<>();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicInteger dumps = new AtomicInteger();
    private final AtomicInteger givenUp = new AtomicInteger();
    private final Broken lookup = new Broken();
    private final Comparison comparison = new Comparison(bed.table, bed.capture, lookup, bed.counts);

    /** Answers that nothing is there, or breaks. */
    private static final class Broken implements FlowLookup {
        volatile boolean broken;
        private long question = -1;

        @Override
        public boolean add(Flow flow, long cookie) {
            if (question >= 0) {
                return false;
            }
            question = cookie;
            return true;
        }

        @Override
        public void flush(Answers answers) {
            if (broken) {
                broken = false;
                throw new IllegalStateException("the look-up is broken");
            }
            if (question >= 0) {
                answers.onAnswer(question, Errno.ENOENT, new Flow());
            }
            question = -1;
        }

        @Override
        public void discard() {
            question = -1;
        }
    }

    private final class Told implements KernelAudit.Observer {
        @Override
        public void onDifference(Difference difference, int slot) {
            told.add(difference.toString());
        }

        @Override
        public void onDone(AuditReport report) {
            told.add("done");
            reports.add(report);
        }

        @Override
        public void onFailed(String reason) {
            told.add("failed: " + reason);
        }
    }

    /** The first dump goes as {@code first} says, all others well. */
    private KernelAudit audit(Consumer<Dumps.Listener> first) {
        Dumps source = listener -> {
            if (dumps.getAndIncrement() == 0) {
                loop.execute(() -> first.accept(listener));
            } else {
                loop.execute(() -> well(listener));
            }
            return givenUp::incrementAndGet;
        };
        KernelAudit audit = new KernelAudit(
                loop, source, comparison, Clock.system(), faults::add, sinceNanos -> done.incrementAndGet(), QUICK);
        loop.submit(() -> audit.start(new Told())).syncUninterruptibly();
        return audit;
    }

    private static void well(Dumps.Listener listener) {
        listener.onPage(List.of(FlowSamples.udp(1)));
        listener.onEnd();
    }

    @AfterEach
    void stop() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private void awaitAudits(int count) {
        await().atMost(Duration.ofSeconds(20)).until(() -> done.get() >= count);
    }

    @Test
    void aDumpThatFailsIsRepeated() {
        try (KernelAudit audit = audit(listener -> {
            listener.onPage(List.of(FlowSamples.udp(1)));
            listener.onFailed(NetlinkException.of("conntrack dump", Errno.ENOMEM));
        })) {
            awaitAudits(2);
            assertThat(audit.failed()).isEqualTo(1);
            assertThat(audit.done()).isGreaterThanOrEqualTo(2);
        }
        assertThat(faults).singleElement().asString().contains("conntrack dump: ENOMEM");
        assertThat(told).containsExactly("failed: conntrack dump: ENOMEM");
    }

    @Test
    void aLongAuditIsFollowedByALongPause() {
        try (KernelAudit audit = audit(listener -> {
            listener.onPage(List.of(FlowSamples.udp(1)));
            var _ = loop.schedule(listener::onEnd, 30, TimeUnit.MILLISECONDS);
        })) {
            awaitAudits(2);
            AuditReport first = reports.getFirst();
            AuditReport second = Objects.requireNonNull(audit.last());
            long betweenNanos = second.endedNanos() - second.durationNanos() - first.endedNanos();
            assertThat(first.durationNanos()).isGreaterThan(30_000_000);
            assertThat(betweenNanos).isGreaterThanOrEqualTo(49 * first.durationNanos());
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 60000", "1200, 60000", "4000, 200000", "40000, 300000"})
    void auditsTakeTwoPerCentOfTheTime(long durationMs, long pauseMs) {
        AuditReport report = new AuditReport(0, durationMs * 1_000_000, 1, Map.of());

        assertThat(KernelAudit.Pace.DEFAULT.pauseMs(report)).isEqualTo(pauseMs);
    }

    @Test
    void aDumpThatStallsIsGivenUpAndRepeated() {
        try (KernelAudit audit = audit(listener -> listener.onPage(List.of(FlowSamples.udp(1))))) {
            awaitAudits(2);
            assertThat(audit.failed()).isEqualTo(1);
        }
        assertThat(faults).singleElement().asString().contains("has stalled for 1000 ms");
        assertThat(givenUp).hasPositiveValue();
    }

    /** Slow is not stalled. */
    @Test
    void aDumpThatTakesLongIsWaitedFor() {
        try (KernelAudit audit = audit(listener -> page(listener, 10))) {
            awaitAudits(1);
            assertThat(audit.failed()).isZero();
            assertThat(reports.getFirst().durationNanos()).isGreaterThan(1_000_000_000L);
            assertThat(reports.getFirst().compared()).isEqualTo(10);
        }
        assertThat(faults).isEmpty();
        assertThat(told).containsExactly("done");
    }

    private void page(Dumps.Listener listener, int left) {
        if (left == 0) {
            listener.onEnd();
        } else {
            listener.onPage(List.of(FlowSamples.udp(left)));
            var _ = loop.schedule(() -> page(listener, left - 1), 150, TimeUnit.MILLISECONDS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dump", "sweep", "those who are told"})
    void whatThrowsEndsOneAuditOnly(String where) {
        bed.put(FlowSamples.udp(7), bed.owners.self());
        lookup.broken = where.equals("sweep");
        try (KernelAudit audit = audit(listener -> {
            Flow bad = FlowSamples.udp(2);
            listener.onPage(where.equals("dump") ? Collections.singletonList(null) : List.of(bad));
            listener.onEnd();
        })) {
            if (where.equals("those who are told")) {
                loop.submit(() -> audit.start(new KernelAudit.Observer() {
                            @Override
                            public void onDifference(Difference difference, int slot) {}

                            @Override
                            public void onDone(AuditReport report) {
                                throw new IllegalStateException("told is broken");
                            }

                            @Override
                            public void onFailed(String reason) {}
                        }))
                        .syncUninterruptibly();
            }
            awaitAudits(3);
            assertThat(audit.failed()).isEqualTo(where.equals("those who are told") ? 0 : 1);
        }
        if (where.equals("those who are told")) {
            assertThat(told).containsExactly("ENDED", "done");
        } else {
            assertThat(faults).singleElement().asString().contains("a bug in this build");
            assertThat(bed.counts.byAudit.of(Difference.ENDED)).isEqualTo(1);
        }
    }

    @Test
    void failuresAreRetriedLaterAndLater() {
        Dumps source = listener -> {
            dumps.incrementAndGet();
            loop.execute(() -> listener.onFailed(NetlinkException.of("conntrack dump", Errno.ENOMEM)));
            return () -> {};
        };
        KernelAudit audit = new KernelAudit(
                loop, source, comparison, Clock.system(), faults::add, sinceNanos -> done.incrementAndGet(), QUICK);
        long began = System.nanoTime();
        loop.submit(() -> audit.start()).syncUninterruptibly();
        await().atMost(Duration.ofSeconds(20)).until(() -> dumps.get() == 6);
        // 20, 40, 80, 160 and 320 ms.
        assertThat(System.nanoTime() - began).isGreaterThan(600_000_000L);
        audit.close();
    }

    @Test
    void callsInQuickSuccessionMakeFewAudits() {
        try (KernelAudit audit = audit(KernelAuditFaultsTest::well)) {
            awaitAudits(1);
            long began = System.nanoTime();
            int before = done.get();
            while (System.nanoTime() - began < 2_000_000_000L) {
                loop.submit(audit::soon).syncUninterruptibly();
            }
            // Pauses of 1 s and 2 s: at most two, and none of the routine ones between.
            assertThat(done.get() - before).isBetween(1, 3);
        }
    }
}
