package io.keepflow.it.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The smallest form of what {@code ./bench} runs: figures that can be, of both tools. Their size means nothing here. */
class BenchIT {
    @ParameterizedTest
    @EnumSource
    void measuresTheShortForm(Tool tool) throws Exception {
        Results results = new Results();

        Group.SHORT.measure(tool, Effort.SMALLEST, results, System.out::println);

        assertThat(results.median(Figure.EVENTS_PER_CONNECTION, tool)).isBetween(6.0, 8.5);
        assertThat(results.figures())
                .contains(
                        Figure.CPU_ACTIVE,
                        Figure.CPU_STANDBY,
                        Figure.LINK_BYTES,
                        Figure.LATENCY_IDLE_P50,
                        Figure.RSS_100K)
                .allSatisfy(figure -> assertThat(results.median(figure, tool)).isPositive());
        assertThat(results.median(Figure.LATENCY_IDLE_P99, tool))
                .isGreaterThanOrEqualTo(results.median(Figure.LATENCY_IDLE_P50, tool));
        assertThat(results.median(Figure.RSS_100K, tool)).isGreaterThan(results.median(Figure.RSS_0, tool));
    }
}
