package io.keepflow.it.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
    @Test
    void withoutOptionsKeepflowIsShownWithAnEmptyTable() {
        Options options = Options.parse();

        assertThat(options.flows()).isZero();
        assertThat(options.json()).isFalse();
        assertThat(options.columns()).containsExactly(Column.KEEPFLOW);
    }

    @Test
    void versusShowsKeepflowFirst() {
        Options options = Options.parse("--flows", "200000", "--json", "--versus", "conntrackd");

        assertThat(options.flows()).isEqualTo(200_000);
        assertThat(options.json()).isTrue();
        assertThat(options.columns()).containsExactly(Column.KEEPFLOW, Column.CONNTRACKD, Column.CONNTRACKD_DIRECT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"--flows", "--flows x", "--flows -1", "--flows 9999999999", "--versus ipvs", "--with", "--fast"})
    void refusesWhatItDoesNotKnow(String line) {
        assertThatIllegalArgumentException().isThrownBy(() -> Options.parse(line.split(" ", -1)));
    }
}
