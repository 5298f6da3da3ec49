package io.keepflow.it.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

class CurvesTest {
    @TempDir
    private Path directory;

    @Test
    void oneToolsCurvesAreMeasuredAgainWithoutTheOthers() throws Exception {
        Curves first = Curves.in(directory);
        first.forget(Chart.CPU, "conntrackd");
        first.add(Chart.CPU, "conntrackd", 10_000, 12.5);
        first.add(Chart.CPU, "keepflow", 10_000, 1.25);
        first.write();

        Curves second = Curves.in(directory);
        second.forget(Chart.CPU, "keepflow");
        second.add(Chart.CPU, "keepflow", 20_000, 1.5);
        second.write();

        assertThat(directory.resolve("points.csv")).hasContent("""
                CPU,conntrackd,10000,12.500
                CPU,keepflow,20000,1.500
                """);
        assertThat(Curves.in(directory).of(Chart.CPU).get("keepflow")).containsOnly(Map.entry(20_000.0, 1.5));
    }

    @Test
    void aBrokenLineIsAnError() throws Exception {
        Files.writeString(directory.resolve("points.csv"), "CPU,keepflow,1\n");

        assertThatIOException().isThrownBy(() -> Curves.in(directory)).withMessageContaining("CPU,keepflow,1");
    }

    @Test
    void aChartHasItsCurvesAndItsLimit() throws Exception {
        Curves curves = Curves.in(directory);
        curves.add(Chart.LAG, Curves.LIMIT, 1, 50);
        curves.add(Chart.LAG, "keepflow 2 nodes", 1000, 100);
        curves.add(Chart.LAG, "keepflow 2 nodes", 100_000, 1000);
        curves.write();

        Document svg = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(directory.resolve("lag.svg").toFile());
        assertThat(svg.getElementsByTagName("polyline").getLength()).isEqualTo(1);
        assertThat(svg.getElementsByTagName("polyline")
                        .item(0)
                        .getAttributes()
                        .getNamedItem("points")
                        .getNodeValue())
                .isEqualTo("70.0,202.5 740.0,40.0");
        assertThat(svg.getDocumentElement().getTextContent())
                .contains("keepflow 2 nodes", Chart.LAG.limitLabel(), "100 k");
    }

    @Test
    void aLogarithmicAxisHasNoZero() {
        TreeMap<Double, Double> points = new TreeMap<>();
        points.put(0.0, 1.0);

        assertThatIllegalArgumentException().isThrownBy(() -> SvgChart.draw(Chart.CPU, Map.of("keepflow", points)));
    }
}
