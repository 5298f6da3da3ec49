package io.keepflow.it.operate;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.Poll;
import io.keepflow.it.lab.replication.Keepflow;
import io.keepflow.node.testkit.ThreadScheduling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a running node treats its machine, as the kernel tells: no answer of the node would show that it does not. */
class RunningNodeIT {
    private static final String NODES_THREAD = "keepflow-node";
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Ten ticks a second and the datagrams of a peer at rest; fifty ticks if it never rested. */
    private static final long WAITS_PER_SECOND_AT_REST = 35;

    @Test
    void sharedMemoryShortWaitsFewWakeUpsAtRestAndMemoryGivenBack() throws Exception {
        try (Lab lab = Lab.open(LabPlan.ofFirewalls(2));
                Keepflow keepflow = Keepflow.fromDistribution()) {
            for (Firewall firewall : lab.firewalls()) {
                keepflow.start(firewall);
            }
            long pid = keepflow.pid(lab.firewall(1));
            assertThat(Files.readString(Path.of("/proc/" + pid + "/cmdline"))).contains("-XX:TrimNativeHeapInterval=");
            assertThat(Files.readString(Path.of("/proc/" + pid + "/maps")))
                    .as("the kernel puts events into memory that the node has mapped")
                    .contains("bpf-map");
            List<ThreadScheduling> own = ThreadScheduling.ofThreads(pid, NODES_THREAD);
            assertThat(own).hasSize(1);
            if (ThreadScheduling.hasSlices()) {
                assertThat(own).allMatch(thread -> thread.slice().equals(ThreadScheduling.SHORT_SLICE));
            }
            for (String computing : List.of("keepflow-dump", "C1 Compiler", "C2 Compiler")) {
                assertThat(ThreadScheduling.ofThreads(pid, computing))
                        .as(computing)
                        .isNotEmpty()
                        .allMatch(thread -> thread.policy().equals(ThreadScheduling.BATCH));
            }
            Poll.until("the node's thread rests", LIMIT, () -> waitsInASecond(pid) < WAITS_PER_SECOND_AT_REST);
        }
    }

    private static long waitsInASecond(long pid) throws IOException, InterruptedException {
        long before = waits(pid);
        Thread.sleep(Duration.ofSeconds(1));
        return waits(pid) - before;
    }

    private static long waits(long pid) throws IOException {
        return ThreadScheduling.ofThreads(pid, NODES_THREAD).stream()
                .mapToLong(ThreadScheduling::waits)
                .sum();
    }
}
