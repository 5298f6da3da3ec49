package io.keepflow.node.netlink;

/** Why the kernel tells of a flow: the three conntrack event groups, or an answer to a dump. */
public enum EventType {
    NEW,
    UPDATE,
    DESTROY,
    DUMP
}
