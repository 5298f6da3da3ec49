package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** On the real kernel, which says in {@code /proc} what it took. */
class TimeSliceTest {
    private static final Pattern VALUE = Pattern.compile("(\\S+)\\s*:\\s*(\\S+)");

    @Test
    void theThreadAndThoseThatItStartsGetAShortSliceAtOrdinaryPriority() throws Exception {
        CompletableFuture<Map<String, String>> own = new CompletableFuture<>();
        CompletableFuture<Map<String, String>> child = new CompletableFuture<>();
        Map<String, String> here = scheduling();
        Thread.ofPlatform().start(() -> {
            assertThat(TimeSlice.shorten()).isTrue();
            own.complete(scheduling());
            Thread.ofPlatform().start(() -> child.complete(scheduling()));
        });
        assertThat(own.get()).containsEntry("policy", here.get("policy")).containsEntry("prio", here.get("prio"));
        assertThat(child.get()).containsEntry("prio", here.get("prio"));
        if (takesSlices()) {
            assertThat(own.get()).containsEntry("se.slice", "100000");
            assertThat(child.get()).containsEntry("se.slice", "100000");
            assertThat(scheduling()).containsEntry("se.slice", here.get("se.slice"));
            assertThat(here).doesNotContainEntry("se.slice", "100000");
        }
    }

    /** Linux 6.12 is the first. */
    private static boolean takesSlices() {
        String[] version = System.getProperty("os.version").split("[^0-9]+", 3);
        int major = Integer.parseInt(version[0]);
        return major > 6 || (major == 6 && Integer.parseInt(version[1]) >= 12);
    }

    private static Map<String, String> scheduling() {
        try {
            return Files.readAllLines(Path.of("/proc/thread-self/sched")).stream()
                    .map(VALUE::matcher)
                    .filter(Matcher::lookingAt)
                    .collect(Collectors.toMap(match -> match.group(1), match -> match.group(2), (first, _) -> first));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
