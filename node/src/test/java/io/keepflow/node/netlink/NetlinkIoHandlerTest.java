package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rests on a real loop: none is cut short, none is forgotten, and none costs an object. */
class NetlinkIoHandlerTest {
    private static final long REST_NANOS = 100_000;
    private static final int LIMIT_S = 20;

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NetlinkIoHandler.newFactory());
    private final IoEventLoop loop = group.next();
    private final FileDescriptor[] pipe = FileDescriptor.pipe();

    NetlinkIoHandlerTest() throws IOException {}

    @AfterEach
    void stop() throws Exception {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        for (FileDescriptor end : pipe) {
            end.close();
        }
    }

    /** Rests again and again. */
    private class Sleeper implements EpollIoHandle, NetlinkIoHandler.Rester {
        private static final int ROUND = 1_000;

        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private final int rests;
        private boolean open = true;
        private boolean resting;
        private long restEndNanos;
        private int rested;
        private int early;
        private long roundBegan;
        private long leastBytes = Long.MAX_VALUE;

        Sleeper(int rests) {
            this.rests = rests;
        }

        void rest() {
            resting = true;
            restEndNanos = System.nanoTime() + REST_NANOS;
        }

        @Override
        public boolean isResting() {
            return resting;
        }

        @Override
        public long restEndNanos() {
            return restEndNanos;
        }

        @Override
        public void rested() {
            resting = false;
            rested++;
            if (System.nanoTime() - restEndNanos < 0) {
                early++;
            }
            if (rested % ROUND == 0) {
                long bytes = threads.getCurrentThreadAllocatedBytes();
                leastBytes = Math.min(leastBytes, bytes - roundBegan);
                roundBegan = threads.getCurrentThreadAllocatedBytes();
            }
            if (rested == rests) {
                done.complete(null);
            } else {
                rest();
            }
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public FileDescriptor fd() {
            return pipe[0];
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {}

        @Override
        public void close() {}

        void register() throws Exception {
            loop.register(this).sync();
        }

        void start() throws Exception {
            loop.submit(this::rest).sync();
        }

        void awaitEnd() throws Exception {
            done.get(LIMIT_S, TimeUnit.SECONDS);
        }
    }

    @Test
    void noRestEndsEarlyAndNoneAllocates() throws Exception {
        Sleeper sleeper = new Sleeper(8 * Sleeper.ROUND);
        sleeper.register();
        sleeper.start();
        sleeper.awaitEnd();
        assertThat(sleeper.early).isZero();
        assertThat(sleeper.leastBytes).as("bytes for %d rests", Sleeper.ROUND).isLessThan(Sleeper.ROUND);
    }

    /** Some are due before its rest ends, some after. */
    @Test
    void timersOfTheLoopRunMeanwhile() throws Exception {
        Sleeper sleeper = new Sleeper(2_000);
        sleeper.register();
        CompletableFuture<Void> timers = new CompletableFuture<>();
        loop.execute(new Runnable() {
            private int left = 200;

            @Override
            public void run() {
                left--;
                if (left == 0) {
                    timers.complete(null);
                } else {
                    var _ = loop.schedule(this, left % 3 * 80, TimeUnit.MICROSECONDS);
                }
            }
        });
        sleeper.start();
        timers.get(LIMIT_S, TimeUnit.SECONDS);
        sleeper.awaitEnd();
        assertThat(sleeper.early).isZero();
    }

    /** Not even of the rest that it was in. */
    @Test
    void whatIsClosedIsToldNoMore() throws Exception {
        Sleeper closed = new Sleeper(Integer.MAX_VALUE);
        closed.register();
        closed.start();
        loop.submit(() -> closed.open = false).sync();
        int before = loop.submit(() -> closed.rested).get();
        CompletableFuture<Void> later = new CompletableFuture<>();
        var _ = loop.schedule(() -> later.complete(null), 100 * REST_NANOS, TimeUnit.NANOSECONDS);
        later.get(LIMIT_S, TimeUnit.SECONDS);
        assertThat(closed.rested).isEqualTo(before);
    }

    /** An error of one channel is not one of the loop. */
    @Test
    void whatFailsAfterItsRestLeavesTheLoopAsItWas() throws Exception {
        Sleeper failing = new Sleeper(1) {
            @Override
            public void rested() {
                super.rested();
                throw new IllegalStateException("as told");
            }
        };
        failing.register();
        failing.start();
        failing.awaitEnd();
        assertThat(loop.schedule(() -> 7, 50, TimeUnit.MILLISECONDS).get(LIMIT_S, TimeUnit.SECONDS))
                .isEqualTo(7);
    }
}
