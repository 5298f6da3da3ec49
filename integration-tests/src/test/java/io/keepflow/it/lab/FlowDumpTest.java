package io.keepflow.it.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FlowDumpTest {
    private static final String TCP =
            "tcp      6 431999 ESTABLISHED src=10.1.0.100 dst=10.2.0.100 sport=40000 dport=7007 src=10.2.0.100 dst=10.2.0.254 sport=7007 dport=17373 [ASSURED] mark=0 use=1";
    private static final String UDP =
            "udp      17 29 src=10.1.0.100 dst=10.2.0.100 sport=40001 dport=7007 [UNREPLIED] src=10.2.0.100 dst=10.2.0.254 sport=7007 dport=22222 mark=0 use=1";

    @Test
    void aFlowIsItsProtocolAndBothTuples() {
        FlowDump dump = FlowDump.parse(Family.IPV4, List.of(TCP, UDP));
        FlowDump translatedAnew = FlowDump.parse(Family.IPV4, List.of(TCP.replace("17373", "17374"), UDP));

        assertThat(dump.size()).isEqualTo(2);
        assertThat(dump.missingIn(dump)).isEmpty();
        assertThat(dump.missingIn(translatedAnew))
                .containsExactly("ipv4 tcp src=10.1.0.100 dst=10.2.0.100 sport=40000 dport=7007"
                        + " src=10.2.0.100 dst=10.2.0.254 sport=7007 dport=17373 ");
    }

    @Test
    void timeoutsMarksAndStatusDoNotTellFlowsApart() {
        FlowDump dump = FlowDump.parse(Family.IPV4, List.of(TCP));
        FlowDump older = FlowDump.parse(
                Family.IPV4, List.of(TCP.replace("431999", "86000").replace("mark=0", "mark=7")));

        assertThat(dump.missingIn(older)).isEmpty();
        assertThat(older.timeoutOf(" sport=40000 ")).isEqualTo(86_000);
        assertThat(older.timeoutOf(" sport=4000 ")).isNull();
    }

    @Test
    void leavesOutWhatDoesNotPassThroughAndWhatIsPassing() {
        FlowDump dump = FlowDump.parse(
                Family.IPV4,
                List.of(
                        TCP.replace("ESTABLISHED", "TIME_WAIT"),
                        "unknown  112 599 src=10.1.0.1 dst=224.0.0.18 [UNREPLIED] src=224.0.0.18 dst=10.1.0.1 mark=0 use=1",
                        "udp      17 29 src=10.9.0.1 dst=10.9.0.2 sport=1 dport=2 src=10.9.0.2 dst=10.9.0.1 sport=2 dport=1 mark=0 use=1"));

        assertThat(dump.size()).isZero();
    }
}
