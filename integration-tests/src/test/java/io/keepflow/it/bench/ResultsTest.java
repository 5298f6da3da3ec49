package io.keepflow.it.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResultsTest {
    private final Results results = new Results();

    @Test
    void theMedianIsTheMiddleOrBetweenTheTwoInTheMiddle() {
        assertThat(Spread.of(List.of(9.0, 1.0, 2.0))).isEqualTo(new Spread(2, 1, 9));
        assertThat(Spread.of(List.of(8.0, 1.0, 2.0, 4.0))).isEqualTo(new Spread(3, 1, 8));
        assertThatIllegalArgumentException().isThrownBy(() -> Spread.of(List.of()));
    }

    @Test
    void aPercentileIsTheLeastThatTheShareDoesNotExceed() {
        long[] nanos = new long[1000];
        for (int i = 0; i < nanos.length; i++) {
            nanos[i] = (1000 - i) * 1000L;
        }
        Percentiles percentiles = Percentiles.of(nanos);

        assertThat(percentiles.micros(0.5)).isEqualTo(500);
        assertThat(percentiles.micros(0.99)).isEqualTo(990);
        assertThat(percentiles.micros(0.999)).isEqualTo(999);
        assertThat(percentiles.micros(1)).isEqualTo(1000);
        assertThat(Percentiles.of(7000).micros(0.5)).isEqualTo(7);
    }

    @Test
    void aRatioIsOfMedians() {
        add(Figure.CPU_ACTIVE, Tool.KEEPFLOW, 1, 2, 90);
        add(Figure.CPU_ACTIVE, Tool.CONNTRACKD, 20, 10, 0.1);

        assertThat(results.ratio(Figure.CPU_ACTIVE)).isEqualTo(0.2);
        assertThat(results.ratio(Figure.CPU_STANDBY)).isNaN();
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatIllegalStateException()
                .isThrownBy(() -> results.add(Figure.CPU_ACTIVE, Tool.KEEPFLOW, Double.NaN))
                .withMessage("cpu-per-event-active of keepflow cannot be NaN");
        assertThatIllegalStateException().isThrownBy(() -> results.add(Figure.CPU_ACTIVE, Tool.KEEPFLOW, -1));
    }

    @Test
    void aTableHasAlignedColumnsAndSaysWhatIsReached() {
        add(Figure.CPU_ACTIVE, Tool.KEEPFLOW, 1.5, 1, 2);
        add(Figure.CPU_ACTIVE, Tool.CONNTRACKD, 12);
        add(Figure.LINK_BYTES, Tool.KEEPFLOW, 1234);
        add(Figure.LINK_BYTES, Tool.CONNTRACKD, 1234);
        add(Figure.RSS_0, Tool.KEEPFLOW, 80);

        assertThat(ResultText.table(results)).isEqualTo("""
                | figure                    | unit |          keepflow | conntrackd | ratio | target   | reached |
                |---------------------------|------|------------------:|-----------:|------:|----------|---------|
                | cpu-per-event-active      | µs   | 1.50 (1.00..2.00) |       12.0 | 0.125 | ≤ 0.15 × | yes     |
                | link-bytes-per-connection | B    |             1,234 |      1,234 | 1.000 | ≤ 0.40 × | NO      |
                | resident-0-flows          | MB   |              80.0 |            |       |          |         |
                """);
    }

    @Test
    void jsonHasNullWhereThereIsNothing() {
        add(Figure.CPU_ACTIVE, Tool.KEEPFLOW, 1.5);
        add(Figure.CPU_ACTIVE, Tool.CONNTRACKD, 12);
        add(Figure.RSS_0, Tool.KEEPFLOW, 80);

        assertThat(ResultText.json(results)).isEqualTo("""
                [
                  {"figure":"cpu-per-event-active","unit":"µs","keepflow":1.5000,"conntrackd":12.0000,"ratio":0.1250},
                  {"figure":"resident-0-flows","unit":"MB","keepflow":80.0000,"conntrackd":null,"ratio":null}
                ]
                """);
    }

    @Test
    void targetsAreOfRatiosOrValues() {
        assertThat(Target.ratioAtMost(0.15).isReached(99, 0.15)).isTrue();
        assertThat(Target.ratioAtMost(0.15).isReached(0, 0.16)).isFalse();
        assertThat(Target.ratioAtLeast(2).isReached(0, 2.1)).isTrue();
        assertThat(Target.ratioAtLeast(2).isReached(0, 1.9)).isFalse();
        assertThat(Target.atMost(10).isReached(10, 5)).isTrue();
        assertThat(Target.atMost(10).isReached(11, 0)).isFalse();
        assertThat(Target.none().canBeJudged(1, 1)).isFalse();
        assertThat(Target.ratioAtMost(1).canBeJudged(1, Double.NaN)).isFalse();
    }

    private void add(Figure figure, Tool tool, double... values) {
        for (double value : values) {
            results.add(figure, tool, value);
        }
    }
}
