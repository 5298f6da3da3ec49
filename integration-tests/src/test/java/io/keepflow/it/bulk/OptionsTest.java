package io.keepflow.it.bulk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
    @Test
    void runsOneSmallCaseByItself() {
        Options options = Options.parse();

        assertThat(options.plans()).containsExactly(new BulkPlan(2, 200_000, 5));
        assertThat(options.partition()).isFalse();
        assertThat(options.json()).isFalse();
    }

    @Test
    void everyCombinationIsACase() {
        Options options = Options.parse("--flows", "1000,2000", "--nodes", "2,5", "--loss", "1,20", "--json");

        assertThat(options.plans())
                .hasSize(8)
                .startsWith(new BulkPlan(2, 1000, 1), new BulkPlan(2, 1000, 20), new BulkPlan(5, 1000, 1))
                .endsWith(new BulkPlan(5, 2000, 20));
        assertThat(options.json()).isTrue();
    }

    @Test
    void aPartitionLosesNothingElse() {
        Options options = Options.parse("--flows", "1000", "--partition");

        assertThat(options.plans()).containsExactly(new BulkPlan(2, 1000, 0));
        assertThat(options.partition()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--flows",
                "--flows x",
                "--flows 1",
                "--flows 1000,",
                "--nodes 1",
                "--nodes 9",
                "--loss -1",
                "--fast"
            })
    void refusesWhatItDoesNotKnow(String line) {
        assertThatIllegalArgumentException().isThrownBy(() -> Options.parse(line.split(" ", -1)));
    }
}
