package io.keepflow.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keepflow.protocol.v1.NodeRole;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RoleChangesTest {
    private static final int MAX_TURNS = 20;

    private final EventLoop loop = new DefaultEventLoop();
    private final Pump pump = new Pump(loop, new Faults());
    private final List<String> done = new CopyOnWriteArrayList<>();
    private volatile int unreadTurns;
    private volatile Runnable onFirstRead = () -> {};
    private final RoleChanges changes =
            new RoleChanges(pump, this::read, () -> MAX_TURNS, role -> done.add(role.toString()));

    @AfterEach
    void stopLoop() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private boolean read() {
        if (!done.contains("read")) {
            onFirstRead.run();
        }
        done.add("read");
        return --unreadTurns <= 0;
    }

    @Test
    void whatTheKernelHasToldIsReadFirstInTurnsWithOthers() {
        unreadTurns = 3;
        onFirstRead = () -> loop.schedule(() -> done.add("other"), 0, TimeUnit.NANOSECONDS);
        changes.change(NodeRole.NODE_ROLE_ACTIVE);
        await().atMost(Duration.ofSeconds(10)).until(() -> done.contains("NODE_ROLE_ACTIVE"));
        assertThat(done).containsExactly("read", "other", "read", "read", "NODE_ROLE_ACTIVE");
    }

    @Test
    void eventsWithoutEndDoNotKeepTheRoleAway() {
        unreadTurns = Integer.MAX_VALUE;
        changes.change(NodeRole.NODE_ROLE_ACTIVE);
        await().atMost(Duration.ofSeconds(10)).until(() -> done.contains("NODE_ROLE_ACTIVE"));
        assertThat(done).hasSize(MAX_TURNS + 1);
    }

    @Test
    void ofTwoChangesTheLaterCounts() {
        unreadTurns = 5;
        changes.change(NodeRole.NODE_ROLE_ACTIVE);
        changes.change(NodeRole.NODE_ROLE_STANDBY);
        await().atMost(Duration.ofSeconds(10)).until(() -> done.contains("NODE_ROLE_STANDBY"));
        unreadTurns = 1;
        changes.change(NodeRole.NODE_ROLE_ACTIVE);
        await().atMost(Duration.ofSeconds(10)).until(() -> done.getLast().equals("NODE_ROLE_ACTIVE"));
        assertThat(done.subList(done.indexOf("NODE_ROLE_STANDBY"), done.size()))
                .containsExactly("NODE_ROLE_STANDBY", "read", "NODE_ROLE_ACTIVE");
    }
}
