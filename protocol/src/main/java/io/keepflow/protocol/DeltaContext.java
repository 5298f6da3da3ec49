package io.keepflow.protocol;

/** What the last delta of a frame left for the next: a field that is absent there is as here. All 0 at the beginning of a frame. */
final class DeltaContext {
    long version;
    int protocol;
    boolean ipv6;
    final Tuple original4 = new Tuple();
    final Tuple original6 = new Tuple();
    int l4Src;
    int l4Dst;
    boolean hasReply;
    final Tuple reply4 = new Tuple();
    final Tuple reply6 = new Tuple();
    int replyL4;
    int status;
    int timeout;
    int l4State;
    int tcp;
    int mark;
    int zone;
    int zoneOriginal;
    int zoneReply;

    void clear() {
        version = 0;
        protocol = 0;
        ipv6 = hasReply = false;
        original4.clear();
        original6.clear();
        reply4.clear();
        reply6.clear();
        l4Src = l4Dst = replyL4 = 0;
        status = timeout = l4State = tcp = mark = 0;
        zone = zoneOriginal = zoneReply = 0;
    }

    void set(DeltaContext other) {
        version = other.version;
        protocol = other.protocol;
        ipv6 = other.ipv6;
        original4.set(other.original4);
        original6.set(other.original6);
        l4Src = other.l4Src;
        l4Dst = other.l4Dst;
        hasReply = other.hasReply;
        reply4.set(other.reply4);
        reply6.set(other.reply6);
        replyL4 = other.replyL4;
        status = other.status;
        timeout = other.timeout;
        l4State = other.l4State;
        tcp = other.tcp;
        mark = other.mark;
        zone = other.zone;
        zoneOriginal = other.zoneOriginal;
        zoneReply = other.zoneReply;
    }

    /** The layer-4 parts of the original tuple inverted, source &lt;&lt; 16 | destination. */
    static int invertedL4(int protocol, Tuple original, Tuple scratch) {
        Tuples.invert(protocol, original, scratch);
        return scratch.l4Src << 16 | scratch.l4Dst;
    }

    /** Flags and window scales of both directions in one word. */
    static int tcp(Flow flow) {
        return flow.tcpFlagsOriginal << 24
                | flow.tcpFlagsReply << 16
                | flow.tcpWindowScaleOriginal << 8
                | flow.tcpWindowScaleReply;
    }
}
