package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.testkit.ThreadScheduling;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** On the real kernel, which says in {@code /proc} what it took. */
class SchedulingTest {
    private static final String ORDINARY_PRIORITY = "120";
    private static final String IDLE = "5";

    @Test
    void theThreadAndThoseThatItStartsGetAShortSliceAtTheirPriority() throws Exception {
        CompletableFuture<ThreadScheduling> before = new CompletableFuture<>();
        CompletableFuture<ThreadScheduling> own = new CompletableFuture<>();
        CompletableFuture<ThreadScheduling> child = new CompletableFuture<>();
        start(() -> {
            run("renice", "-n", "3", "-p", idOfThisThread());
            before.complete(ThreadScheduling.ofThisThread());
            assertThat(Scheduling.soon()).isTrue();
            own.complete(ThreadScheduling.ofThisThread());
            start(() -> child.complete(ThreadScheduling.ofThisThread()));
        });
        assertThat(own.get().policy()).isEqualTo(before.get().policy());
        assertThat(own.get().priority()).isEqualTo(before.get().priority()).isNotEqualTo(ORDINARY_PRIORITY);
        assertThat(child.get().priority()).isEqualTo(before.get().priority());
        if (ThreadScheduling.hasSlices()) {
            assertThat(own.get().slice()).isEqualTo(ThreadScheduling.SHORT_SLICE);
            assertThat(child.get().slice()).isEqualTo(ThreadScheduling.SHORT_SLICE);
            assertThat(before.get().slice()).isNotEqualTo(ThreadScheduling.SHORT_SLICE);
        }
    }

    @Test
    void aThreadThatComputesWaitsForOthersWithTheKernelsSlice() throws Exception {
        CompletableFuture<ThreadScheduling> before = new CompletableFuture<>();
        CompletableFuture<ThreadScheduling> own = new CompletableFuture<>();
        start(() -> {
            before.complete(ThreadScheduling.ofThisThread());
            assertThat(Scheduling.soon()).isTrue();
            assertThat(Scheduling.batch()).isTrue();
            own.complete(ThreadScheduling.ofThisThread());
        });
        assertThat(own.get().policy()).isEqualTo(ThreadScheduling.BATCH);
        assertThat(own.get().priority()).isEqualTo(before.get().priority());
        assertThat(own.get().slice()).isEqualTo(before.get().slice());
    }

    @Test
    void aPolicyThatSomebodyChoseStays() throws Exception {
        CompletableFuture<ThreadScheduling> own = new CompletableFuture<>();
        start(() -> {
            run("chrt", "--idle", "-p", "0", idOfThisThread());
            assertThat(Scheduling.soon()).isFalse();
            own.complete(ThreadScheduling.ofThisThread());
        });
        assertThat(own.get().policy()).isEqualTo(IDLE);
    }

    private static void start(Runnable task) {
        Thread.ofPlatform().start(task);
    }

    private static String idOfThisThread() {
        try {
            return Path.of("/proc/thread-self").toRealPath().getFileName().toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(String... command) {
        try {
            assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
                    .isZero();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
