package io.keepflow.node.netlink;

import java.lang.foreign.MemorySegment;

/** Datagrams side by side in one segment of memory, valid until whoever has put them there goes on. */
interface Datagrams {
    int size();

    /** The memory that all of them lie in. */
    MemorySegment memory();

    long offset(int index);

    int length(int index);

    /** Whether the datagram was longer than {@link #datagramBytes()}, so that its end is missing. */
    boolean isTruncated(int index);

    /** Port id of the sender: 0 is the kernel, anything else a process that pretends to be it. */
    int senderPortId(int index);

    int datagramBytes();
}
