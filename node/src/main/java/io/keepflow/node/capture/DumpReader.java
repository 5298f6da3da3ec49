package io.keepflow.node.capture;

import io.keepflow.node.netlink.DumpScope;
import io.keepflow.node.netlink.EventType;
import io.keepflow.node.netlink.FlowListener;
import io.keepflow.node.netlink.LabelMask;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.netlink.ScopedDump;
import io.keepflow.protocol.Flow;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Dumps of the real kernel, read and parsed on a thread of their own and told on the node's, one page at a time: the reader
 * fetches none before the last has been told. For the kernel fills a page inside the call that reads it, and where its hash table
 * has many empty buckets (4 million of them take 150 ms) that is longer than the node's thread may be away.
 */
public final class DumpReader implements Dumps {
    private static final int LOOK_MS = 100;

    private final EventLoop reader;
    private final EventExecutor node;
    private final List<DumpScope> scopes;
    private final LabelMask labelMask;

    /**
     * Reads these parts of the kernel's table on {@code reader}, whose thread it blocks, in that thread's network namespace; tells on {@code node}. Of labels it
     * tells the bits in {@code labelMask}.
     */
    public DumpReader(EventLoop reader, EventExecutor node, List<DumpScope> scopes, LabelMask labelMask) {
        this.reader = reader;
        this.node = node;
        this.scopes = scopes;
        this.labelMask = labelMask;
    }

    @Override
    public Runnable start(Listener listener) {
        Reading reading = new Reading(listener);
        reader.execute(reading::begin);
        return reading::abandon;
    }

    /** One dump. */
    private final class Reading implements FlowListener {
        private final Listener listener;
        private final List<Flow> page = new ArrayList<>();
        private final Semaphore told = new Semaphore(0);
        private int size;
        private @Nullable ScopedDump dump;
        private volatile boolean abandoned;

        Reading(Listener listener) {
            this.listener = listener;
        }

        void begin() {
            if (abandoned) {
                return;
            }
            try {
                dump = ScopedDump.start(reader, scopes, this);
            } catch (NetlinkException e) {
                onFailed(e);
            }
        }

        void abandon() {
            abandoned = true;
        }

        @Override
        public LabelMask labels() {
            return labelMask;
        }

        @Override
        public void onFlow(EventType type, Flow flow, int portId) {
            if (size == page.size()) {
                page.add(new Flow());
            }
            page.get(size++).set(flow);
        }

        @Override
        public void onMalformed(String reason) {
            tell(() -> listener.onMalformed(reason));
        }

        @Override
        public void onDrained() {
            tellPage();
            if (abandoned && dump != null) {
                dump.close();
            }
        }

        @Override
        public void onEnd() {
            tellPage();
            tell(listener::onEnd);
        }

        @Override
        public void onFailed(NetlinkException cause) {
            tell(() -> listener.onFailed(cause));
        }

        private void tellPage() {
            if (size == 0) {
                return;
            }
            List<Flow> entries = page.subList(0, size);
            tell(() -> {
                try {
                    listener.onPage(entries);
                } finally {
                    told.release();
                }
            });
            awaitTold();
            size = 0;
        }

        private void awaitTold() {
            try {
                while (!abandoned && !told.tryAcquire(LOOK_MS, TimeUnit.MILLISECONDS)) {
                    // The node's thread is busy, or about to give this dump up.
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                abandoned = true;
            }
        }

        private void tell(Runnable call) {
            try {
                node.execute(() -> {
                    if (!abandoned) {
                        call.run();
                    }
                });
            } catch (RejectedExecutionException e) {
                // The node stops.
                abandoned = true;
            }
        }
    }
}
