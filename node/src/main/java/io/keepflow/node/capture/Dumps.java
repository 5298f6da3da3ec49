package io.keepflow.node.capture;

import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.protocol.Flow;
import java.util.List;

/** Where dumps of the kernel's table come from. */
interface Dumps {
    /**
     * Asks for a dump, which is told on the node's thread.
     *
     * @return gives the dump up: on the node's thread; nothing is told after it
     */
    Runnable start(Listener listener);

    /** A dump, page by page; then its end, or its failure. */
    interface Listener {
        /** Entries that were read after the page before had been told; the list and its flows are valid during the call only. */
        void onPage(List<Flow> entries);

        void onMalformed(String reason);

        void onEnd();

        void onFailed(NetlinkException cause);
    }
}
