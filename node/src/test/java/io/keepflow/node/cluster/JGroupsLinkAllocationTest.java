package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import io.keepflow.crypto.ClusterKey;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** From the frame to the datagram on the wire, a broadcast allocates nothing; a megabyte of them costs a round of JGroups' STABLE. */
class JGroupsLinkAllocationTest {
    private static final int BROADCASTS = 20_000;
    private static final int AT_ONCE = 500;
    private static final int ROUNDS = 10;
    private static final int SMALLEST = 100;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** The best of some rounds: in the first ones classes are loaded, code is compiled, and messages are made. */
    @Test
    void broadcastsAllocateNothing() throws Exception {
        ClusterKey key = ClusterKey.generate();
        try (JGroupsLinkNet net = new JGroupsLinkNet()) {
            JGroupsLinkMember sender = net.host().join(key);
            JGroupsLinkMember receiver = net.host().join(key);
            sender.awaitView(2);
            byte[] payload = new byte[sender.link.maxPayload()];
            long least = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS; round++) {
                long allocated = 0;
                for (int i = 0; i < BROADCASTS; i += AT_ONCE) {
                    long before = threads.getCurrentThreadAllocatedBytes();
                    broadcast(sender.link, payload);
                    allocated += threads.getCurrentThreadAllocatedBytes() - before;
                    int all = round * BROADCASTS + i + AT_ONCE;
                    await().pollInterval(Duration.ofMillis(2)).until(() -> receiver.received.size() == all);
                }
                least = Math.min(least, allocated);
            }
            assertThat(least).as("bytes for %d broadcasts", BROADCASTS).isLessThan(2 * BROADCASTS);
        }
    }

    private static void broadcast(Link link, byte[] payload) {
        for (int i = 0; i < AT_ONCE; i++) {
            link.broadcast(payload, 0, SMALLEST + i % (payload.length - SMALLEST), false);
        }
    }
}
