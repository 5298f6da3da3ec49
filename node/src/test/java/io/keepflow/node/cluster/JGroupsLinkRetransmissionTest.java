package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jgroups.BytesMessage;
import org.jgroups.EmptyMessage;
import org.jgroups.Message;
import org.jgroups.protocols.SHARED_LOOPBACK;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.stack.Protocol;
import org.jgroups.util.DefaultThreadFactory;
import org.jgroups.util.TimeScheduler3;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When the reliable protocols are made to look for losses; neither has a timer of its own here. */
final class JGroupsLinkRetransmissionTest {
    private static final int REPEATS = 3;
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final AtomicInteger runs = new AtomicInteger();
    private final AtomicBoolean missing = new AtomicBoolean();
    private final TimeScheduler3 timer =
            new TimeScheduler3(new DefaultThreadFactory("timer", true), 0, 1, 1000, 10, "abort");
    private final JGroupsLinkRetransmission retransmission = new JGroupsLinkRetransmission(
            new JGroupsLinkMulticast(1) {
                @Override
                public void triggerXmit() {
                    runs.incrementAndGet();
                }

                @Override
                boolean isAnyMissing() {
                    return missing.get();
                }
            },
            new UNICAST3(),
            REPEATS);

    @BeforeEach
    void stack() {
        SHARED_LOOPBACK transport = new SHARED_LOOPBACK() {
            @Override
            public Object down(Message message) {
                return message;
            }
        };
        transport.setTimer(timer);
        retransmission.setDownProtocol(transport);
        retransmission.setUpProtocol(new Protocol() {
            @Override
            public Object up(Message message) {
                return message;
            }
        });
    }

    @AfterEach
    void stopTimer() {
        timer.stop();
    }

    /** What would be behind the last run comes before something that is due long after it. */
    private void awaitQuiet() throws Exception {
        CompletableFuture<Boolean> later = new CompletableFuture<>();
        var _ = timer.schedule(() -> later.complete(true), 1, TimeUnit.SECONDS, false);
        later.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void afterABroadcastThereAreRunsForAllRepeatsAndNoMore() throws Exception {
        retransmission.down(new BytesMessage(null, new byte[] {1}));
        await().atMost(LIMIT).until(() -> runs.get() == REPEATS + 1);
        awaitQuiet();
        assertThat(runs).hasValue(REPEATS + 1);
        retransmission.down(new BytesMessage(null, new byte[] {1}));
        await().atMost(LIMIT).until(() -> runs.get() == 2 * (REPEATS + 1));
    }

    @Test
    void repeatsCauseNoneAndWhatComesInOrderNeither() throws Exception {
        retransmission.down(new EmptyMessage(null));
        retransmission.up(new BytesMessage(null, new byte[] {1}));
        awaitQuiet();
        assertThat(runs).hasValue(0);
    }

    @Test
    void whatIsFollowedByItselfCausesNone() throws Exception {
        retransmission.down(new BytesMessage(null, new byte[] {1}).setFlag(JGroupsLinkRetransmission.FOLLOWED));
        awaitQuiet();
        assertThat(runs).hasValue(0);
    }

    @Test
    void thereAreRunsAsLongAsSomethingIsMissing() throws Exception {
        missing.set(true);
        retransmission.up(new BytesMessage(null, new byte[] {1}));
        await().atMost(LIMIT).until(() -> runs.get() > 10);
        missing.set(false);
        awaitQuiet();
        int last = runs.get();
        awaitQuiet();
        assertThat(runs).hasValue(last);
    }
}
