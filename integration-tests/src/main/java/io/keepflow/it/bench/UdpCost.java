package io.keepflow.it.bench;

import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Poll;
import java.io.IOException;
import java.time.Duration;

/** What UDP flows cost the daemons that come at once, as fast as the kernel takes them, and end at once when the standby has them. */
final class UdpCost {
    private static final int FLOWS = 40_000;
    private static final int EVENTS_PER_FLOW = 2;
    private static final int ROUNDS = 3;
    private static final int SERVER_PORT = 53;
    private static final int TIMEOUT_SECONDS = 600;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Bed bed;
    private final Results results;

    UdpCost(Bed bed, Results results) {
        this.bed = bed;
        this.results = results;
    }

    /** On warm daemons. */
    void measure() throws Exception {
        bed.awaitEmptyTables(LIMIT);
        Usage before = Usage.of(bed);
        for (int i = 0; i < ROUNDS; i++) {
            comeAndGo(bed.active());
        }
        Usage used = Usage.of(bed).since(before);
        used.requireNothingLost();
        if (used.activeEvents() < (long) ROUNDS * FLOWS * EVENTS_PER_FLOW) {
            throw new IOException(
                    "of %d events the daemon read %d".formatted(ROUNDS * FLOWS * EVENTS_PER_FLOW, used.activeEvents()));
        }
        results.add(Figure.CPU_ACTIVE_UDP, bed.tool(), used.activeMicrosPerEvent());
        results.add(Figure.CPU_STANDBY_UDP, bed.tool(), used.standbyMicrosPer((long) ROUNDS * FLOWS));
    }

    private void comeAndGo(Firewall firewall) throws Exception {
        try (KernelWriter kernel = KernelWriter.into(firewall)) {
            for (int i = 0; i < FLOWS; i++) {
                ShortFlows.udp(i, SERVER_PORT, kernel.flow());
                kernel.create(TIMEOUT_SECONDS);
            }
            kernel.flush();
            Poll.until("the standby has the UDP flows", LIMIT, bed::holdTheSame);
            for (int i = 0; i < FLOWS; i++) {
                ShortFlows.udp(i, SERVER_PORT, kernel.flow());
                kernel.delete();
            }
            kernel.flush();
        }
        bed.awaitEmptyTables(LIMIT);
    }
}
