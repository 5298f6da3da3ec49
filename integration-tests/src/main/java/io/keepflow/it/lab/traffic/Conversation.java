package io.keepflow.it.lab.traffic;

import io.keepflow.it.lab.Family;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One side of an endless exchange: sends at a steady pace, and notes when the echoes come.
 *
 * <p>Only the traffic thread changes it; what a report needs may be read from any thread.
 */
abstract class Conversation {
    private static final long ALIVE_SLACK_NANOS = Duration.ofSeconds(2).toNanos();

    private final Family family;
    private final long intervalNanos;
    private long nextSendNanos;
    private long sequence;
    private volatile long lastEchoNanos;
    private volatile long longestSilenceNanos;
    private volatile long markNanos;
    private volatile boolean echoedSinceMark;
    private volatile @Nullable String failure;

    Conversation(Family family, Duration interval, long firstSendNanos) {
        this.family = family;
        this.intervalNanos = interval.toNanos();
        this.nextSendNanos = firstSendNanos;
        this.lastEchoNanos = firstSendNanos;
        this.markNanos = firstSendNanos;
    }

    /** Whether messages can be sent yet. */
    abstract boolean isOpen();

    /** Sends the next message. */
    abstract void send(long sequence, long nowNanos) throws IOException;

    /** Does what the channel is ready for: reads the echoes that have come. */
    abstract void receive(SelectionKey key, long nowNanos) throws IOException;

    abstract void close() throws IOException;

    final Family family() {
        return family;
    }

    /** Sends if it is time to; returns when the next message is due. */
    final long sendIfDue(long nowNanos) {
        if (failure != null) {
            return Long.MAX_VALUE;
        }
        if (nowNanos - nextSendNanos >= 0) {
            nextSendNanos = Math.max(nextSendNanos + intervalNanos, nowNanos);
            try {
                if (isOpen()) {
                    send(sequence, nowNanos);
                    sequence++;
                }
            } catch (IOException e) {
                fail(e);
            }
        }
        return nextSendNanos;
    }

    /** Starts a new measurement. Only messages that are sent from now on prove that the conversation lives. */
    final void mark(long nowNanos) {
        markNanos = nowNanos;
        echoedSinceMark = false;
        longestSilenceNanos = 0;
    }

    final void echoed(long sentNanos, long nowNanos) {
        longestSilenceNanos = Math.max(longestSilenceNanos, nowNanos - lastEchoNanos);
        lastEchoNanos = nowNanos;
        if (sentNanos - markNanos >= 0) {
            echoedSinceMark = true;
        }
    }

    final void fail(IOException e) {
        fail(String.valueOf(e.getMessage()));
    }

    final void fail(String reason) {
        if (failure == null) {
            failure = reason;
        }
    }

    final @Nullable String failure() {
        return failure;
    }

    final boolean isAlive(long nowNanos) {
        return failure == null && echoedSinceMark && nowNanos - lastEchoNanos < ALIVE_SLACK_NANOS + 2 * intervalNanos;
    }

    final long longestSilenceMs(long nowNanos) {
        return Duration.ofNanos(Math.max(longestSilenceNanos, nowNanos - lastEchoNanos))
                .toMillis();
    }
}
