package io.keepflow.node.inject;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owners;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Flow;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LeaseTest {
    private static final int NOW = 1000;

    private final FlowTable table = new FlowTable(1, new Owners("fw1", 1), 42);

    /** Nothing is asked of a kernel here. */
    private final Injector injector = new Injector(table, null, Clock.system(), () -> true, new Injections());

    /** However short the owner's own timeout is, or long. */
    @ParameterizedTest(name = "protocol {0}, status {1}, timeout {2}: {3} s")
    @CsvSource({
        Flow.TCP + ", 0, 432000, 432000",
        Flow.TCP + ", 0, 700, 700",
        Flow.TCP + ", 0, 120, 120",
        Flow.UDP + ", 0, 30, 30",
        Flow.TCP + ", 0, 10, 20",
        Flow.TCP + ", 0, 0, 20",
        Flow.GRE + ", 0, 30, 600",
        Flow.GRE + ", 0, 1800, 1800",
        Flow.TCP + "," + Flow.IPS_OFFLOAD + ", 30, 300",
    })
    void isDueWhenHalfOfItIsOver(int protocol, int status, int timeout, int lease) {
        Flow flow = new Flow();
        flow.family = Flow.IPV4;
        flow.protocol = protocol;
        flow.status = status;
        flow.timeout = timeout;
        int slot = table.add(flow);
        table.armedUntil(slot, NOW + lease / 2 + 1);
        assertThat(injector.isDueForRefresh(slot, NOW)).isFalse();
        table.armedUntil(slot, NOW + lease / 2);
        assertThat(injector.isDueForRefresh(slot, NOW)).isTrue();
    }
}
