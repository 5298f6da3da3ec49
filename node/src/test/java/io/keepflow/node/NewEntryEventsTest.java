package io.keepflow.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.netlink.NetlinkException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NewEntryEventsTest {
    private static final int MANY = 100_000;
    private static final int ENOMEM = 12;

    private final List<String> done = new ArrayList<>();
    private final Faults faults = new Faults();
    private boolean hasStoodDown = true;
    private boolean takesInSnapshot;
    private int flowsToInject;
    private boolean isRefused;
    private final NewEntryEvents events = new NewEntryEvents(
            this::hearNew,
            () -> hasStoodDown,
            () -> takesInSnapshot,
            () -> flowsToInject,
            () -> done.add("audit"),
            faults);

    private void hearNew(boolean wanted) throws NetlinkException {
        if (isRefused) {
            throw NetlinkException.of("setsockopt", ENOMEM);
        }
        done.add(wanted ? "hear" : "hear no more");
    }

    @Test
    void aSnapshotIsTakenInUnheardAndThenTheKernelIsCompared() {
        events.step();
        assertThat(done).isEmpty();

        takesInSnapshot = true;
        events.step();
        events.step();
        assertThat(done).containsExactly("hear no more");

        takesInSnapshot = false;
        flowsToInject = MANY;
        events.step();
        assertThat(done).containsExactly("hear no more");

        flowsToInject = 1;
        events.step();
        events.step();
        assertThat(done).containsExactly("hear no more", "hear", "audit");
    }

    @Test
    void aNodeThatMayForwardHears() {
        hasStoodDown = false;
        takesInSnapshot = true;
        events.step();
        assertThat(done).isEmpty();

        hasStoodDown = true;
        events.step();
        hasStoodDown = false;
        flowsToInject = MANY;
        events.step();
        assertThat(done).containsExactly("hear no more", "hear", "audit");
    }

    @Test
    void whatWaitsWithoutASnapshotIsNoReason() {
        flowsToInject = MANY;
        events.step();
        assertThat(done).isEmpty();
    }

    @Test
    void aKernelThatRefusesIsAskedAgain() {
        takesInSnapshot = true;
        events.step();
        takesInSnapshot = false;
        isRefused = true;
        events.step();
        assertThat(done).containsExactly("hear no more");
        assertThat(faults.last().text()).contains("subscription to new entries").contains("setsockopt");

        isRefused = false;
        events.step();
        assertThat(done).containsExactly("hear no more", "hear", "audit");
    }
}
