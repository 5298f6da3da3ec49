package io.keepflow.it.lab.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Two kernels that the conntrack tool has filled, alike but for what each test changes. */
class KernelComparisonIT {
    private static final String WEB =
            "-p tcp -s 10.1.0.7 -d 10.2.0.7 --sport 1000 --dport 443 --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 600";
    private static final String NATTED =
            "-p udp -s 10.1.0.8 -d 10.2.0.8 --sport 53 --dport 53 -u SEEN_REPLY -t 600 --src-nat 10.2.0.254";
    private static final String PING6 =
            "-p icmpv6 -s fd00:1::7 -d fd00:2::7 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 9 -t 600";
    private static final String ZONED = "-w 5 -p udp -s 10.1.0.9 -d 10.2.0.9 --sport 7 --dport 7 -t 600";

    @Test
    void whatIsAlikeButForTimeoutsIsEqual() throws Exception {
        try (Lab lab = Lab.open(LabPlan.ofFirewalls(2))) {
            for (Firewall firewall : lab.firewalls()) {
                for (String entry : List.of(WEB, NATTED, PING6, ZONED)) {
                    insert(firewall, entry.replace("-t 600", "-t " + 600 * firewall.index()));
                }
                insert(
                        firewall,
                        "-p udp -s 10.9.0.%d -d 10.2.0.9 --sport 7 --dport 7 -t 600".formatted(firewall.index()));
                insert(firewall, "-p 112 -s 10.1.0.77 -d 224.0.0.18 -r 224.0.0.18 -q 10.1.0.77 -t 60");
            }

            KernelComparison comparison = compare(lab);

            assertThat(comparison.isEqual()).as("%s", comparison).isTrue();
            assertThat(comparison.flows()).isEqualTo(4);
            assertThat(comparison.differences()).hasSize(1);
        }
    }

    @Test
    void namesWhatIsMissingStaleAndDifferent() throws Exception {
        try (Lab lab = Lab.open(LabPlan.ofFirewalls(2))) {
            Firewall reference = lab.firewall(1);
            Firewall other = lab.firewall(2);
            insert(reference, WEB);
            insert(reference, NATTED);
            insert(reference, PING6);
            insert(reference, ZONED);
            insert(other, WEB.replace("ESTABLISHED", "TIME_WAIT") + " -m 7");
            insert(other, NATTED.replace(" --src-nat 10.2.0.254", ""));
            insert(other, PING6.replace("--icmpv6-id 9", "--icmpv6-id 10"));
            insert(other, ZONED.replace("-w 5", "-w 6"));

            KernelComparison comparison = compare(lab);

            assertThat(comparison.missing()).isEqualTo(2);
            assertThat(comparison.stale()).isEqualTo(2);
            assertThat(comparison.different()).isEqualTo(2);
            assertThat(comparison.isEqual()).isFalse();
            assertThat(comparison.toString())
                    .contains("fw1 has 4 flows", "fw2: 2 missing, 2 stale, 2 different")
                    .contains("missing icmpv6 src=fd00:1:0:0:0:0:0:7 dst=fd00:2:0:0:0:0:0:7 type=128 code=0 id=9")
                    .contains("missing udp src=10.1.0.9 dst=10.2.0.9 sport=7 dport=7 zone=5")
                    .contains("stale udp src=10.1.0.9 dst=10.2.0.9 sport=7 dport=7 zone=6")
                    .contains("sport=1000 dport=443: mark 0x0 is 0x7, state ESTABLISHED is TIME_WAIT")
                    .contains("reply src=10.2.0.8 dst=10.2.0.254 sport=53 dport=53 is src=10.2.0.8 dst=10.1.0.8");
        }
    }

    /** A program makes and ends entries in both kernels, one after the other, while they are compared. */
    @Test
    void whatComesAndGoesWhileItIsReadIsNoDifference() throws Exception {
        try (Lab lab = Lab.open(LabPlan.ofFirewalls(2))) {
            AtomicBoolean ends = new AtomicBoolean();
            CompletableFuture<Void> changes = CompletableFuture.runAsync(() -> comeAndGo(lab, ends));
            try {
                for (int i = 0; i < 20; i++) {
                    KernelComparison comparison = compare(lab);
                    assertThat(comparison.missing()).as("%s", comparison).isZero();
                }
            } finally {
                ends.set(true);
            }
            changes.get(30, TimeUnit.SECONDS);
            insert(lab.firewall(1), WEB);
            assertThat(compare(lab).missing()).isEqualTo(1);
        }
    }

    /** A new entry is in the second kernel first, and leaves the first first: it never is missing in the second. */
    private static void comeAndGo(Lab lab, AtomicBoolean ends) {
        try {
            for (int port = 1; !ends.get(); port++) {
                for (int firewall : List.of(2, 1)) {
                    insert(lab.firewall(firewall), ZONED.replace("--sport 7", "--sport " + port));
                }
                for (int firewall : List.of(1, 2)) {
                    lab.firewall(firewall)
                            .namespace()
                            .exec("conntrack", "-D", "-p", "udp", "-w", "5", "--sport", "" + port);
                }
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static KernelComparison compare(Lab lab) throws Exception {
        return KernelComparison.of(lab.firewall(1), List.of(lab.firewall(2)));
    }

    private static void insert(Firewall firewall, String entry) throws Exception {
        firewall.namespace().exec(("conntrack -I " + entry).split(" "));
    }
}
