package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.testkit.ThreadScheduling;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** On the real kernel, which says in {@code /proc} what it took. */
class TimeSliceTest {
    @Test
    void theThreadAndThoseThatItStartsGetAShortSliceAtOrdinaryPriority() throws Exception {
        CompletableFuture<ThreadScheduling> own = new CompletableFuture<>();
        CompletableFuture<ThreadScheduling> child = new CompletableFuture<>();
        ThreadScheduling here = ThreadScheduling.ofThisThread();
        Thread.ofPlatform().start(() -> {
            assertThat(TimeSlice.shorten()).isTrue();
            own.complete(ThreadScheduling.ofThisThread());
            Thread.ofPlatform().start(() -> child.complete(ThreadScheduling.ofThisThread()));
        });
        assertThat(own.get().policy()).isEqualTo(here.policy());
        assertThat(own.get().priority()).isEqualTo(here.priority());
        assertThat(child.get().priority()).isEqualTo(here.priority());
        if (ThreadScheduling.hasSlices()) {
            assertThat(own.get().slice()).isEqualTo(ThreadScheduling.SHORT_SLICE);
            assertThat(child.get().slice()).isEqualTo(ThreadScheduling.SHORT_SLICE);
            assertThat(ThreadScheduling.ofThisThread().slice()).isEqualTo(here.slice());
            assertThat(here.slice()).isNotEqualTo(ThreadScheduling.SHORT_SLICE);
        }
    }
}
