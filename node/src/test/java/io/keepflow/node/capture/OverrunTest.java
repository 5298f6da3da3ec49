package io.keepflow.node.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keepflow.node.filter.Selection;
import io.keepflow.node.netlink.ConntrackEvents;
import io.keepflow.node.netlink.ConntrackLookup;
import io.keepflow.node.netlink.ConntrackRequests;
import io.keepflow.node.netlink.DumpScope;
import io.keepflow.node.netlink.EventType;
import io.keepflow.node.netlink.FlowListener;
import io.keepflow.node.netlink.LabelMask;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.netlink.NetlinkIoHandler;
import io.keepflow.node.testkit.NetworkNamespace;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.testkit.FlowSamples;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** A reader that is too slow for a real kernel: events are lost, the buffer grows, and audits heal the table without a storm. */
class OverrunTest {
    private static final int FLOWS = 20_000;
    private static final int SMALL_BYTES = 128 << 10;
    private static final int LIMIT_BYTES = 512 << 10;
    private static final long SLOW_NANOS = 50_000;

    private final CaptureBed bed = new CaptureBed(2 * FLOWS);
    private final List<String> faults = new CopyOnWriteArrayList<>();
    private volatile boolean slow = true;

    @Test
    void heals() throws Exception {
        NetworkNamespace namespace = NetworkNamespace.create("kfov");
        namespace.exec("sysctl", "-qw", "net.netfilter.nf_conntrack_events=1");
        ThreadFactory inNamespace = task -> Thread.ofPlatform().daemon().unstarted(() -> {
            namespace.enter();
            task.run();
        });
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, inNamespace, NetlinkIoHandler.newFactory());
        EventLoop loop = group.next();
        try (ConntrackRequests kernel = namespace.call(ConntrackRequests::open);
                ConntrackLookup lookup = namespace.call(() -> ConntrackLookup.open(LabelMask.NONE));
                KernelAudit audit = new KernelAudit(
                        loop,
                        new DumpReader(group.next(), loop, DumpScope.ALL, LabelMask.NONE),
                        new Comparison(bed.table, bed.capture, lookup, bed.counts),
                        Clock.system(),
                        faults::add,
                        sinceNanos -> {});
                ConntrackEvents events = namespace.call(() ->
                        ConntrackEvents.open(loop, SMALL_BYTES, new int[0], Selection.EVERYTHING, new SlowReader()))) {
            int granted = events.receiveBufferBytes();
            bed.whenOverrun = () -> {
                grow(events);
                audit.soon();
            };
            create(kernel);
            await().atMost(Duration.ofSeconds(60)).until(() -> {
                slow = bed.counts.overruns.sum() == 0;
                return audit.done() > 0 && loop.submit(() -> holdsAll()).get(30, TimeUnit.SECONDS);
            });
            assertThat(bed.counts.overruns.sum()).isPositive();
            assertThat(events.receiveBufferBytes()).isGreaterThan(granted).isLessThanOrEqualTo(2 * LIMIT_BYTES);
            assertThat(audit.done()).isBetween(1L, 8L);
            assertThat(audit.failed()).isZero();
            assertThat(faults).isEmpty();
        } finally {
            group.shutdownGracefully(0, 2, TimeUnit.SECONDS).sync();
            namespace.close();
        }
    }

    private static void grow(ConntrackEvents events) {
        try {
            events.grow(LIMIT_BYTES);
        } catch (NetlinkException e) {
            throw new AssertionError(e);
        }
    }

    private static void create(ConntrackRequests kernel) throws NetlinkException {
        for (int i = 0; i < FLOWS; i++) {
            Flow flow = FlowSamples.udp(i);
            if (!kernel.create(flow, 600, i)) {
                kernel.flush((cookie, errno) -> assertThat(errno).isZero());
                assertThat(kernel.create(flow, 600, i)).isTrue();
            }
        }
        kernel.flush((cookie, errno) -> assertThat(errno).isZero());
    }

    /** Every flow that was created, and none else. */
    private boolean holdsAll() {
        for (int i = 0; i < FLOWS; i++) {
            if (bed.table.find(FlowSamples.udp(i)) < 0) {
                return false;
            }
        }
        return bed.table.size() == FLOWS;
    }

    /** Hands events to the capture, and takes its time. */
    private final class SlowReader implements FlowListener {
        @Override
        public void onFlow(EventType type, Flow flow, int portId) {
            bed.capture.onFlow(type, flow, portId);
            if (slow) {
                LockSupport.parkNanos(SLOW_NANOS);
            }
        }

        @Override
        public void onMalformed(String reason) {
            bed.capture.onMalformed(reason);
        }

        @Override
        public void onOverrun() {
            bed.capture.onOverrun();
        }
    }
}
