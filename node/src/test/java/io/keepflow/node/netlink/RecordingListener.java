package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Flow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Keeps copies of all that it hears; safe to look at from the test's thread. */
class RecordingListener implements FlowListener {
    record Heard(EventType type, Flow flow, int portId) {}

    private final List<Heard> heard = new ArrayList<>();

    private record Expected(EventType type, Expectation expectation) {}

    private final List<Expected> expected = new ArrayList<>();
    private final List<String> malformed = new ArrayList<>();
    final AtomicInteger overruns = new AtomicInteger();
    final AtomicInteger drained = new AtomicInteger();
    final AtomicInteger ends = new AtomicInteger();
    volatile @Nullable NetlinkException failure;

    @Override
    public void onFlow(EventType type, Flow flow, int portId) {
        Flow copy = new Flow();
        copy.set(flow);
        synchronized (this) {
            heard.add(new Heard(type, copy, portId));
        }
    }

    @Override
    public synchronized void onExpectation(EventType type, Expectation expectation, int portId) {
        expected.add(new Expected(type, expectation));
    }

    @Override
    public synchronized void onMalformed(String reason) {
        malformed.add(reason);
    }

    @Override
    public void onOverrun() {
        overruns.incrementAndGet();
    }

    @Override
    public void onDrained() {
        drained.incrementAndGet();
    }

    @Override
    public void onEnd() {
        ends.incrementAndGet();
    }

    @Override
    public void onFailed(NetlinkException e) {
        failure = e;
    }

    synchronized List<Heard> heard() {
        return List.copyOf(heard);
    }

    synchronized List<String> malformed() {
        return List.copyOf(malformed);
    }

    List<Flow> flows() {
        return heard().stream().map(Heard::flow).toList();
    }

    synchronized List<Expectation> expectations() {
        return expected.stream().map(Expected::expectation).toList();
    }

    Expectation awaitExpectation(EventType type) {
        return await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> expectationOf(type), heard -> heard != null);
    }

    private synchronized @Nullable Expectation expectationOf(EventType type) {
        return expected.stream()
                .filter(heard -> heard.type == type)
                .map(Expected::expectation)
                .findFirst()
                .orElse(null);
    }

    void assertNothingMalformed() {
        assertThat(malformed()).isEmpty();
    }

    /** Reads a whole dump. */
    void read(ExpectationDump dump) throws NetlinkException {
        dump.start(this);
        while (!dump.read()) {
            // The next page.
        }
        assertThat(failure).isNull();
        assertThat(ends.get()).isEqualTo(1);
    }

    void awaitEnd() {
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> ends.get() > 0 || failure != null);
        assertThat(failure).isNull();
    }

    Heard awaitHeard(Predicate<Heard> wanted) {
        return await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> heard().stream().filter(wanted).findFirst().orElse(null), h -> h != null);
    }
}
