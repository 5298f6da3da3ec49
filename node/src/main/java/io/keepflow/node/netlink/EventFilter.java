package io.keepflow.node.netlink;

import static io.keepflow.node.netlink.Ctnetlink.*;

import io.keepflow.node.filter.Identity;
import io.keepflow.node.filter.Range;
import io.keepflow.node.filter.Rule;
import io.keepflow.node.filter.Selection;
import io.keepflow.node.netlink.BpfProgram.Label;
import io.keepflow.node.notation.Prefix;
import io.keepflow.protocol.Flow;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Consumer;

/**
 * Composes the socket filter of the event socket. It drops what a node writes into its own kernel, by {@code nlmsg_pid}, and the NEW
 * and UPDATE events of flows that {@link Selection#decideForLife} leaves out. Every DESTROY passes, because it may be that of an
 * entry which a peer with another filter owns; so does whatever the program does not understand.
 */
final class EventFilter {
    static final int MAX_PORT_IDS = 64;

    private static final int ACCEPT = 0xffffffff;
    private static final int DROP = 0;

    private static final int FAMILY = 0;
    private static final int TUPLE = 1;
    private static final int NESTED = 2;
    private static final int PROTOCOL = 3;
    private static final int SOURCE_PORT = 4;
    private static final int PORT = 5;
    private static final int ZONE = 6;
    private static final int SOURCE = 7;
    private static final int DESTINATION = 11;

    private final BpfProgram bpf = new BpfProgram();
    private final Label accept = new Label();
    private final Label drop = new Label();
    private Label matched = new Label();

    private EventFilter() {}

    /** A program that drops the echoes of these port ids, and otherwise keeps everything. */
    static BpfProgram ofPortIds(int[] portIds) {
        EventFilter filter = new EventFilter();
        filter.portIds(portIds);
        return filter.finish();
    }

    /** A program that drops the echoes of these port ids, and the flows that are not wanted. */
    static BpfProgram of(int[] portIds, Selection selection) {
        EventFilter filter = new EventFilter();
        filter.portIds(portIds);
        filter.selection(selection);
        return filter.finish();
    }

    private void portIds(int[] portIds) {
        if (portIds.length > MAX_PORT_IDS) {
            throw new IllegalArgumentException(portIds.length + " port ids to ignore, at most " + MAX_PORT_IDS);
        }
        bpf.loadWord(Netlink.NLMSG_PID);
        for (int portId : portIds) {
            bpf.jumpIfEqual(asLoaded(portId), drop);
        }
    }

    private BpfProgram finish() {
        bpf.place(accept);
        bpf.end(ACCEPT);
        bpf.place(drop);
        bpf.end(DROP);
        return bpf;
    }

    private void selection(Selection selection) {
        List<Identity> exclude = selection.exclude().stream()
                .filter(Rule::hasNoState)
                .map(Rule::identity)
                .toList();
        List<Identity> include =
                selection.include().stream().map(Rule::identity).toList();
        if (exclude.isEmpty() && (include.isEmpty() || include.contains(Identity.ANY))) {
            return;
        }
        bpf.loadHalf(Netlink.NLMSG_TYPE);
        bpf.jumpIfEqual(asLoadedHalf(IPCTNL_MSG_CT_DELETE), accept);
        tuple();
        exclude.forEach(identity -> jumpIfMatches(identity, drop));
        if (!include.isEmpty()) {
            include.forEach(identity -> jumpIfMatches(identity, accept));
            bpf.jump(drop);
        }
    }

    /** Puts protocol, ports, addresses and zone of the original tuple into the scratch memory. */
    private void tuple() {
        bpf.set(0);
        for (int word = SOURCE_PORT; word < DESTINATION + 4; word++) {
            bpf.store(word);
        }
        bpf.loadByte(Netlink.NFGEN_FAMILY);
        bpf.store(FAMILY);
        bpf.set(Netlink.NFGEN_HDRLEN);
        bpf.findAttribute(CTA_TUPLE_ORIG);
        bpf.jumpIfEqual(0, accept);
        bpf.store(TUPLE);
        protocolAndPorts();
        Label ipv6 = new Label();
        Label zone = new Label();
        bpf.load(FAMILY);
        bpf.jumpIfEqual(Flow.IPV6, ipv6);
        addresses(CTA_IP_V4_SRC, CTA_IP_V4_DST, 1);
        bpf.jump(zone);
        bpf.place(ipv6);
        addresses(CTA_IP_V6_SRC, CTA_IP_V6_DST, 4);
        bpf.place(zone);
        zone();
    }

    private void protocolAndPorts() {
        bpf.load(TUPLE);
        bpf.findNested(CTA_TUPLE_PROTO);
        bpf.jumpIfEqual(0, accept);
        bpf.store(NESTED);
        bpf.findNested(CTA_PROTO_NUM);
        bpf.jumpIfEqual(0, accept);
        bpf.copyToX();
        bpf.loadByteAtX(Netlink.NLA_HDRLEN);
        bpf.store(PROTOCOL);
        half(CTA_PROTO_SRC_PORT, SOURCE_PORT);
        half(CTA_PROTO_DST_PORT, PORT);
    }

    /** A nested attribute of 16 bits, which may be missing. */
    private void half(int type, int memory) {
        Label missing = new Label();
        bpf.load(NESTED);
        bpf.findNested(type);
        bpf.jumpIfEqual(0, missing);
        bpf.copyToX();
        bpf.loadHalfAtX(Netlink.NLA_HDRLEN);
        bpf.store(memory);
        bpf.place(missing);
    }

    private void addresses(int source, int destination, int words) {
        bpf.load(TUPLE);
        bpf.findNested(CTA_TUPLE_IP);
        bpf.jumpIfEqual(0, accept);
        bpf.store(NESTED);
        address(source, SOURCE, words);
        address(destination, DESTINATION, words);
    }

    private void address(int type, int memory, int words) {
        bpf.load(NESTED);
        bpf.findNested(type);
        bpf.jumpIfEqual(0, accept);
        bpf.copyToX();
        for (int i = 0; i < words; i++) {
            bpf.loadWordAtX(Netlink.NLA_HDRLEN + 4 * i);
            bpf.store(memory + i);
        }
    }

    /** That of both directions, or else of the original one. */
    private void zone() {
        Label original = new Label();
        Label known = new Label();
        bpf.set(Netlink.NFGEN_HDRLEN);
        bpf.findAttribute(CTA_ZONE);
        bpf.jumpIfEqual(0, original);
        bpf.copyToX();
        bpf.loadHalfAtX(Netlink.NLA_HDRLEN);
        bpf.store(ZONE);
        bpf.jump(known);
        bpf.place(original);
        bpf.load(TUPLE);
        bpf.store(NESTED);
        half(CTA_TUPLE_ZONE, ZONE);
        bpf.place(known);
    }

    private void jumpIfMatches(Identity identity, Label to) {
        Label next = new Label();
        any(identity.protocols(), next, range -> test(PROTOCOL, range));
        any(identity.sources(), next, prefix -> test(SOURCE, prefix));
        any(identity.destinations(), next, prefix -> test(DESTINATION, prefix));
        any(identity.sourcePorts(), next, range -> test(SOURCE_PORT, range));
        any(identity.ports(), next, range -> test(PORT, range));
        any(identity.zones(), next, range -> test(ZONE, range));
        bpf.jump(to);
        bpf.place(next);
    }

    /** Goes on if the list is empty or a test jumps to {@link #matched}; else to {@code next}. */
    private <T> void any(List<T> items, Label next, Consumer<T> test) {
        if (!items.isEmpty()) {
            matched = new Label();
            items.forEach(test);
            bpf.jump(next);
            bpf.place(matched);
        }
    }

    private void test(int memory, Range range) {
        Label not = new Label();
        bpf.load(memory);
        bpf.jumpIfBelow(range.first(), not);
        bpf.jumpIfAbove(range.last(), not);
        bpf.jump(matched);
        bpf.place(not);
    }

    private void test(int memory, Prefix prefix) {
        Label not = new Label();
        bpf.load(FAMILY);
        bpf.jumpUnlessEqual(prefix.family(), not);
        if (prefix.family() == Flow.IPV4) {
            word(memory, prefix.low(), prefix.maskLow(), not);
        } else {
            word(memory, prefix.high() >>> 32, prefix.maskHigh() >>> 32, not);
            word(memory + 1, prefix.high(), prefix.maskHigh(), not);
            word(memory + 2, prefix.low() >>> 32, prefix.maskLow() >>> 32, not);
            word(memory + 3, prefix.low(), prefix.maskLow(), not);
        }
        bpf.jump(matched);
        bpf.place(not);
    }

    private void word(int memory, long value, long mask, Label not) {
        if ((int) mask != 0) {
            bpf.load(memory);
            bpf.and((int) mask);
            bpf.jumpUnlessEqual((int) value, not);
        }
    }

    /** BPF loads big-endian, {@code nlmsghdr} is in the host's order. */
    static int asLoaded(int word) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? word : Integer.reverseBytes(word);
    }

    private static int asLoadedHalf(int half) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
                ? half
                : Short.toUnsignedInt(Short.reverseBytes((short) half));
    }
}
