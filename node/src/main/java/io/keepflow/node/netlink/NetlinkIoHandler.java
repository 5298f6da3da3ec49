package io.keepflow.node.netlink;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Netty's epoll, with timers for {@link NetlinkChannel}s' rests. There are thousands a second, and Netty's own timers would make an
 * object for each, and put it into two queues.
 */
public final class NetlinkIoHandler implements IoHandler {
    private static final Logger LOG = LoggerFactory.getLogger(NetlinkIoHandler.class);

    /** What rests from time to time; asked and told on the loop. */
    interface Rester {
        boolean isResting();

        /** When the rest ends, of {@link System#nanoTime}. */
        long restEndNanos();

        void rested();

        boolean isOpen();
    }

    private final IoHandler epoll;
    private final List<Rester> resters = new ArrayList<>();

    /** Of the one loop that this is for. */
    private @Nullable UntilRested context;

    private NetlinkIoHandler(IoHandler epoll) {
        this.epoll = epoll;
    }

    /** For an event loop that netlink channels, and any others of epoll, can be registered with. */
    public static IoHandlerFactory newFactory() {
        IoHandlerFactory factory = EpollIoHandler.newFactory();
        return executor -> new NetlinkIoHandler(factory.newHandler(executor));
    }

    @Override
    public int run(IoHandlerContext loop) {
        if (context == null) {
            context = new UntilRested(loop);
        }
        int handled = epoll.run(context);
        for (int i = resters.size() - 1; i >= 0; i--) {
            Rester rester = resters.get(i);
            if (!rester.isOpen()) {
                resters.remove(i);
            } else if (rester.isResting() && rester.restEndNanos() - System.nanoTime() <= 0) {
                tell(rester);
            }
        }
        return handled;
    }

    private static void tell(Rester rester) {
        try {
            rester.rested();
        } catch (RuntimeException e) {
            LOG.warn("A channel failed after its rest", e);
        }
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        IoRegistration registration = epoll.register(handle);
        if (handle instanceof Rester rester) {
            resters.add(rester);
        }
        return registration;
    }

    @Override
    public void initialize() {
        epoll.initialize();
    }

    @Override
    public void prepareToDestroy() {
        epoll.prepareToDestroy();
    }

    @Override
    public void destroy() {
        epoll.destroy();
    }

    @Override
    public void wakeup() {
        epoll.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return epoll.isCompatible(handleType);
    }

    /** The loop's own timers, or the end of a rest before them. */
    private final class UntilRested implements IoHandlerContext {
        private final IoHandlerContext loop;

        UntilRested(IoHandlerContext loop) {
            this.loop = loop;
        }

        @Override
        public boolean canBlock() {
            return loop.canBlock();
        }

        @Override
        public long delayNanos(long nowNanos) {
            long delay = loop.delayNanos(nowNanos);
            for (int i = 0; i < resters.size(); i++) {
                Rester rester = resters.get(i);
                if (rester.isResting()) {
                    delay = Math.min(delay, rester.restEndNanos() - nowNanos);
                }
            }
            return Math.max(delay, 0);
        }

        /** The loop counts from another moment than {@link System#nanoTime}. */
        @Override
        public long deadlineNanos() {
            long now = System.nanoTime();
            return loop.deadlineNanos() - (loop.delayNanos(now) - delayNanos(now));
        }
    }
}
