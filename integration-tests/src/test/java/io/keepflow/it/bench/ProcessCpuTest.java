package io.keepflow.it.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProcessCpuTest {
    private static final int MS_OF_WORK = 40;

    @Test
    void countsTheTimeOfThreadsThatHaveEnded() throws Exception {
        long pid = ProcessHandle.current().pid();
        long before = ProcessCpu.nanos(pid);
        Thread worker = Thread.ofPlatform().start(() -> {
            long start = System.nanoTime();
            while (System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(MS_OF_WORK)) {
                Thread.onSpinWait();
            }
        });
        worker.join();

        assertThat(ProcessCpu.nanos(pid) - before).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(MS_OF_WORK / 10));
    }

    @Test
    void aProcessThatEndedHasNoClock() throws Exception {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();

        assertThatIOException().isThrownBy(() -> ProcessCpu.nanos(process.pid()));
    }
}
