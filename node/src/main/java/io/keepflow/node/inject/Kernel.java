package io.keepflow.node.inject;

import io.keepflow.protocol.Flow;

/** The kernel's table as the injector writes it: requests gather, {@link #flush} sends them and hands out their answers. */
public interface Kernel {
    /** False if the batch is full: flush and ask again. The same holds for the others. */
    boolean create(Flow flow, int timeoutSeconds, long cookie);

    boolean update(Flow flow, int timeoutSeconds, boolean withProtoinfo, long cookie);

    boolean refresh(Flow flow, int timeoutSeconds, long cookie);

    boolean delete(Flow flow, long cookie);

    /** Deletes whatever entry has the flow's reply tuple. */
    boolean deleteByReply(Flow flow, long cookie);

    /** Sends what has gathered and hands out one answer for each request, {@code errno} or 0. */
    void flush(Answers answers);

    /** What the kernel said to one request. */
    interface Answers {
        void onAnswer(long cookie, int errno);
    }
}
