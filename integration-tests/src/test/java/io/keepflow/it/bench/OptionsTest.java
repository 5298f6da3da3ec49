package io.keepflow.it.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
    @Test
    void measuresEverythingFiveTimesByItself() {
        Options options = Options.parse();

        assertThat(options.rounds()).isEqualTo(5);
        assertThat(options.groups()).contains(Group.CPU, Group.MEMORY).doesNotContain(Group.SHORT);
        assertThat(options.tools()).containsExactly(Tool.CONNTRACKD, Tool.KEEPFLOW);
        assertThat(options.effort()).isEqualTo(Effort.FULL);
        assertThat(options.json()).isNull();
    }

    @Test
    void theShortFormIsOneGroup() {
        Options options = Options.parse("--short");

        assertThat(options.rounds()).isEqualTo(2);
        assertThat(options.groups()).containsExactly(Group.SHORT);
        assertThat(options.effort()).isEqualTo(Effort.SHORT);
    }

    @Test
    void takesWhatItIsGiven() {
        Options options = Options.parse(
                "--rounds", "3", "--figures", "latency,cpu", "--only", "keepflow", "--json", "/tmp/figures.json");

        assertThat(options.rounds()).isEqualTo(3);
        assertThat(options.groups()).containsExactly(Group.CPU, Group.LATENCY);
        assertThat(options.tools()).containsExactly(Tool.KEEPFLOW);
        assertThat(options.json()).isEqualTo(Path.of("/tmp/figures.json"));
    }

    @Test
    void drawsAllCurvesOrSome() {
        assertThat(Options.parse("--curves").curves()).containsExactly(Curve.TABLE, Curve.LAG);
        assertThat(Options.parse("--curves", "--only", "keepflow").curves()).hasSize(2);
        assertThat(Options.parse("--curves", "lag").curves()).containsExactly(Curve.LAG);
        assertThat(Options.parse().curves()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--rounds",
                "--rounds 0",
                "--rounds x",
                "--rounds 100",
                "--figures speed",
                "--figures cpu,",
                "--only both",
                "--json",
                "--curves speed",
                "--fast"
            })
    void refusesWhatItDoesNotKnow(String line) {
        assertThatIllegalArgumentException().isThrownBy(() -> Options.parse(line.split(" ", -1)));
    }
}
