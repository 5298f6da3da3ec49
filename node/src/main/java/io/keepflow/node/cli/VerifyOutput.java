package io.keepflow.node.cli;

import io.keepflow.protocol.v1.AuditSummary;
import io.keepflow.protocol.v1.DifferenceCount;
import io.keepflow.protocol.v1.KernelDifference;
import io.keepflow.protocol.v1.Peer;
import java.io.IOException;
import java.util.List;

/** Prints what a comparison with the kernel finds, as it comes. */
interface VerifyOutput {
    void accept(KernelDifference difference) throws IOException;

    /** The comparison has ended. */
    void finish(AuditSummary found, List<Peer> peers) throws IOException;

    static long all(AuditSummary found) {
        return found.getDifferencesList().stream()
                .mapToLong(DifferenceCount::getCount)
                .sum();
    }
}
