package io.keepflow.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.v1.Role;
import io.keepflow.protocol.v1.Status;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StatusScreenTest {
    private static final int WIDTH = 80;
    private static final int HEIGHT = 24;

    record Golden(String name, Status status) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Golden> goldens() {
        return List.of(
                new Golden("healthy-active", Samples.healthyActive()),
                new Golden("healthy-standby", Samples.standby()),
                new Golden("syncing-standby", Samples.syncingStandby()),
                new Golden("filling-peer", Samples.filling()),
                new Golden("degraded", Samples.degradedActive()),
                new Golden("nothing-known", Status.getDefaultInstance()),
                new Golden("overflowing", Samples.overflowing()));
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void looksLikeTheGoldenScreen(Golden golden) throws IOException {
        String screen = text(golden.status(), false);
        assertThat(screen).isEqualTo(golden("status-" + golden.name() + ".txt"));
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void fitsTheSmallestTerminalWithRoomForThePrompt(Golden golden) {
        List<String> lines = StatusScreen.render(golden.status(), false);
        assertThat(lines).hasSizeLessThan(HEIGHT);
        assertThat(lines)
                .allSatisfy(line -> assertThat(line.stripTrailing().length()).isLessThanOrEqualTo(WIDTH));
        assertThat(lines).allSatisfy(line -> assertThat(line).matches("[ -~]*"));
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void colourAddsNothingButColour(Golden golden) {
        String coloured = text(golden.status(), true);
        assertThat(coloured).contains("\u001b[1");
        assertThat(coloured.replaceAll("\u001b\\[[0-9;]*m", "")).isEqualTo(text(golden.status(), false));
    }

    @Test
    void verdictOfAnActiveNode() {
        Status healthy = Samples.healthyActive();
        assertThat(Verdict.of(healthy).state()).isEqualTo(Verdict.State.READY);
        assertThat(Verdict.of(lag(healthy, 2.1, 12)).state()).isEqualTo(Verdict.State.NOT_YET);
        assertThat(Verdict.of(lag(healthy, 0.1, 100_000)).state()).isEqualTo(Verdict.State.NOT_YET);
        assertThat(Verdict.of(healthy.toBuilder().clearPeers().build()).state()).isEqualTo(Verdict.State.NOT_READY);
        assertThat(Verdict.of(Samples.degradedActive()).state()).isEqualTo(Verdict.State.NOT_READY);
        Status faulty = healthy.toBuilder()
                .setPeers(0, healthy.getPeers(0).toBuilder().setRole(Role.ROLE_FAULT))
                .build();
        assertThat(Verdict.of(faulty).state()).isEqualTo(Verdict.State.NOT_READY);
    }

    @Test
    void verdictOfAStandbyNode() {
        Status standby = Samples.standby();
        assertThat(Verdict.of(standby).state()).isEqualTo(Verdict.State.READY);
        assertThat(Verdict.of(Samples.syncingStandby()).state()).isEqualTo(Verdict.State.NOT_YET);
        assertThat(Verdict.of(standby.toBuilder().setInjectBacklog(150_000).build())
                        .state())
                .isEqualTo(Verdict.State.NOT_YET);
        Status gone = standby.toBuilder()
                .setPeers(0, standby.getPeers(0).toBuilder().setConnected(false))
                .build();
        assertThat(Verdict.of(gone).state()).isEqualTo(Verdict.State.NOT_READY);
        Status nobodyActive = standby.toBuilder()
                .setPeers(0, standby.getPeers(0).toBuilder().setRole(Role.ROLE_STANDBY))
                .build();
        assertThat(Verdict.of(nobodyActive).state()).isEqualTo(Verdict.State.NOT_READY);
    }

    private static Status lag(Status status, double seconds, long flows) {
        return status.toBuilder()
                .setPeers(
                        0, status.getPeers(0).toBuilder().setLagSeconds(seconds).setLagFlows(flows))
                .build();
    }

    private static String text(Status status, boolean colour) {
        StringBuilder text = new StringBuilder();
        StatusScreen.render(status, colour)
                .forEach(line -> text.append(line.stripTrailing()).append('\n'));
        return text.toString();
    }

    static String golden(String name) throws IOException {
        try (InputStream in = StatusScreenTest.class.getResourceAsStream(name)) {
            assertThat(in).as("golden file %s", name).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aFilterShowsWhatItHoldsBack() {
        Status filtered =
                Samples.healthyActive().toBuilder().setFlowsHeld(198_000).build();
        assertThat(StatusScreen.render(filtered, false))
                .contains(" Filter      198,000 of our flows are held back")
                .anyMatch(line -> line.contains("fw2 holds all but 12 of our 342 flows"));
        assertThat(StatusScreen.render(Samples.healthyActive(), false)).noneMatch(line -> line.startsWith(" Filter"));
    }
}
