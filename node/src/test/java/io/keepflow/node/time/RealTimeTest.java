package io.keepflow.node.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** What the kernel says of a thread's scheduling; as root, which may have it. */
class RealTimeTest {
    private static final Executor NEW_THREAD = task -> Thread.ofPlatform().start(task);

    @Test
    void theThreadIsInRealTimeAndThoseThatItStartsAreNot() {
        CompletableFuture<String> raised = new CompletableFuture<>();
        CompletableFuture<String> started = new CompletableFuture<>();
        NEW_THREAD.execute(() -> {
            new RealTime().raise();
            raised.complete(scheduling());
            NEW_THREAD.execute(() -> started.complete(scheduling()));
        });
        assertThat(raised.join()).isEqualTo("priority 1 policy 2");
        assertThat(started.join()).isEqualTo("priority 0 policy 0");
    }

    /** rt_priority and policy, proc_pid_stat(5); SCHED_RR is 2. Both are behind the thread's name in parentheses. */
    private static String scheduling() {
        try {
            String stat = Files.readString(Path.of("/proc/thread-self/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return "priority " + fields[37] + " policy " + fields[38];
        } catch (Exception e) {
            return e.toString();
        }
    }
}
