package io.keepflow.node.cluster;

import static org.awaitility.Awaitility.await;

import io.keepflow.crypto.ClusterKey;
import io.keepflow.crypto.Rejection;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A member of a cluster that remembers what its link told it. */
final class JGroupsLinkMember implements Link.Listener, AutoCloseable {
    record Received(MemberId sender, String text) {}

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    final JGroupsLink link;
    final List<List<MemberId>> views = new CopyOnWriteArrayList<>();
    final LinkedBlockingQueue<Received> received = new LinkedBlockingQueue<>();
    final List<String> faults = new CopyOnWriteArrayList<>();
    final long joinMillis;

    JGroupsLinkMember(LinkOptions options, ClusterKey key) throws Exception {
        link = new JGroupsLink(options, key, loops.next());
        long start = System.nanoTime();
        link.start(this);
        joinMillis = Duration.ofNanos(System.nanoTime() - start).toMillis();
    }

    @Override
    public void onMessage(MemberId sender, byte[] payload, int offset, int length) {
        if (views.isEmpty() || !views.getLast().contains(sender)) {
            faults.add("a message of " + sender + " came before a view with it");
        }
        if (sender.equals(link.self())) {
            faults.add("an own message came back");
        }
        received.add(new Received(sender, new String(payload, offset, length, StandardCharsets.ISO_8859_1)));
    }

    @Override
    public void onView(List<MemberId> members) {
        views.add(members);
    }

    void broadcast(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        link.broadcast(bytes, 0, bytes.length);
    }

    int viewSize() {
        return views.isEmpty() ? 0 : views.getLast().size();
    }

    long rejected(Rejection reason) {
        return link.rejections().getOrDefault(reason, -1L);
    }

    /** Waits for a view of {@code size} members and returns the milliseconds that it took. */
    long awaitView(int size) {
        long start = System.nanoTime();
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> viewSize() == size);
        return Duration.ofNanos(System.nanoTime() - start).toMillis();
    }

    void awaitMessage(JGroupsLinkMember sender, String text) {
        Received expected = new Received(sender.link.self(), text);
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(2))
                .until(() -> received.contains(expected));
    }

    @Override
    public void close() {
        link.close();
        var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
