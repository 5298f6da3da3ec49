package io.keepflow.node;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The node's thread, as others see it: they ask and wait, for a bounded time, and it never does. */
final class NodeThread {
    private static final int TIMEOUT_SECONDS = 5;

    private final ExecutorService thread;

    NodeThread(ExecutorService thread) {
        this.thread = thread;
    }

    <T> T ask(Callable<T> question) {
        try {
            return thread.submit(question).get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("the node's thread did not answer within " + TIMEOUT_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }

    /** Has it done later. */
    void tell(Runnable task) {
        thread.execute(task);
    }
}
