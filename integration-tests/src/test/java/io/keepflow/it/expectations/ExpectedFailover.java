package io.keepflow.it.expectations;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.Poll;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A failover between the moment when a connection is expected and the moment when it comes. */
final class ExpectedFailover {
    private static final Duration EXPECTED_LIMIT = Duration.ofSeconds(20);
    private static final Duration REPLICATION_LIMIT = Duration.ofSeconds(3);

    private final Lab lab;
    private final Firewall active;
    private final Firewall standby;
    private List<String> expected = List.of();
    private List<String> replicated = List.of();

    ExpectedFailover(Lab lab, Firewall active) {
        this.lab = lab;
        this.active = active;
        this.standby = lab.othersThan(active).getFirst();
    }

    /** Waits until the active's kernel expects so many connections, and gives the standby some time to do so. */
    void awaitExpectations(int atLeast) throws Exception {
        Poll.until(active.name() + " expects a connection", EXPECTED_LIMIT, () -> {
            expected = HelperRules.expectations(active);
            return expected.size() >= atLeast;
        });
        boolean ignored = Poll.holdsWithin(REPLICATION_LIMIT, () -> {
            replicated = HelperRules.expectations(standby);
            return replicated.size() == expected.size();
        });
        System.out.println(
                "expected at the active " + expected + ", at the standby " + replicated + ", equal " + ignored);
    }

    /** The active loses its cables, the standby takes over. */
    void happen() throws Exception {
        active.cut();
        lab.awaitMaster(List.of(standby));
    }

    /** Whether the standby's kernel expected what the active's did, but for the time that is left. */
    void assertWasReplicated() {
        assertThat(withoutTimeout(replicated)).containsExactlyInAnyOrderElementsOf(withoutTimeout(expected));
    }

    /** What the kernel that took over tracks and still expects, for a failure's message. */
    List<String> flowsAfterwards() throws Exception {
        List<String> all = new ArrayList<>(HelperRules.expectations(standby));
        for (String family : List.of("ipv4", "ipv6")) {
            standby.namespace()
                    .exec("conntrack", "--dump", "--family", family)
                    .lines()
                    .forEach(all::add);
        }
        return all;
    }

    private static List<String> withoutTimeout(List<String> expectations) {
        return expectations.stream()
                .map(line -> line.strip().replaceFirst("^[0-9]+ ", ""))
                .toList();
    }
}
