package io.keepflow.node.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.netlink.ExpectationDump;
import io.keepflow.node.netlink.NetlinkIoHandler;
import io.keepflow.node.table.ExpectationTable;
import io.keepflow.node.table.Owners;
import io.keepflow.node.testkit.NetworkNamespace;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.testkit.ExpectationSamples;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ExpectationAuditTest {
    private final AtomicInteger looks = new AtomicInteger();

    /** An audit looks at it to see whether an expectation's time is over. */
    private final Clock brokenOnce = new Clock() {
        @Override
        public long nanos() {
            if (looks.incrementAndGet() == 1) {
                throw new IllegalStateException("on purpose");
            }
            return 0;
        }

        @Override
        public long epochMicros() {
            return 0;
        }
    };

    @Test
    void whatOneAuditBreaksDoesNotKeepTheNextFromRunning() throws Exception {
        ExpectationTable table = new ExpectationTable(10, new Owners("one", 1));
        assertThat(table.add(ExpectationSamples.ftp(4000, 9000), 1)).isNotNull();
        ExpectationCapture capture =
                new ExpectationCapture(table, brokenOnce, () -> true, new ExpectationCounts(), _ -> {}, () -> {});
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NetlinkIoHandler.newFactory());
        EventLoop loop = group.next();
        try (NetworkNamespace namespace = NetworkNamespace.create("kfea")) {
            ExpectationDump dump = namespace.call(ExpectationDump::open);
            try (ExpectationAudit audit = new ExpectationAudit(loop, table, capture, dump)) {
                loop.submit(audit::start).sync();
                assertThat(looks).hasValue(1);
                loop.submit(audit::start).sync();
                assertThat(looks).hasValue(2);
            }
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }
}
