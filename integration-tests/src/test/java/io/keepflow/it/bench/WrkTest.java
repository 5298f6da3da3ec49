package io.keepflow.it.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class WrkTest {
    private static final String SAID = """
            Running 4s test @ http://10.2.0.100:8000/
              1 threads and 64 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency     4.01ms    3.20ms  60.42ms   86.31%
                Req/Sec     5.21k     1.01k    7.20k    71.01%
              20488 requests in 4.00s, 2.79MB read
            """;

    @Test
    void aRequestIsAConnection() throws IOException {
        assertThat(Wrk.connections(SAID)).isEqualTo(20_488);
    }

    @Test
    void errorsAreErrors() {
        assertThatIOException()
                .isThrownBy(() -> Wrk.connections(SAID + "  Socket errors: connect 0, read 3, write 0, timeout 9\n"))
                .withMessageContaining("read 3");
        assertThatIOException().isThrownBy(() -> Wrk.connections("unable to connect"));
    }
}
