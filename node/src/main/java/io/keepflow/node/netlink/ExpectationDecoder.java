package io.keepflow.node.netlink;

import static io.keepflow.node.netlink.Ctnetlink.CTA_EXPECT_CLASS;
import static io.keepflow.node.netlink.Ctnetlink.CTA_EXPECT_FLAGS;
import static io.keepflow.node.netlink.Ctnetlink.CTA_EXPECT_FN;
import static io.keepflow.node.netlink.Ctnetlink.CTA_EXPECT_HELP_NAME;
import static io.keepflow.node.netlink.Ctnetlink.CTA_EXPECT_MASK;
import static io.keepflow.node.netlink.Ctnetlink.CTA_EXPECT_MASTER;
import static io.keepflow.node.netlink.Ctnetlink.CTA_EXPECT_NAT;
import static io.keepflow.node.netlink.Ctnetlink.CTA_EXPECT_NAT_DIR;
import static io.keepflow.node.netlink.Ctnetlink.CTA_EXPECT_NAT_TUPLE;
import static io.keepflow.node.netlink.Ctnetlink.CTA_EXPECT_TIMEOUT;
import static io.keepflow.node.netlink.Ctnetlink.CTA_EXPECT_TUPLE;
import static io.keepflow.node.netlink.Ctnetlink.CTA_EXPECT_ZONE;

import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Expectation.Endpoints;
import io.keepflow.protocol.Expectation.Identity;
import io.keepflow.protocol.Expectation.Master;
import io.keepflow.protocol.Expectation.SourceMask;
import io.keepflow.protocol.Expectation.Translation;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the attributes of one expectation message. Trusts no length, as {@link FlowDecoder}.
 *
 * <p>The kernel does not tell an expectation's zone, neither in events nor in dumps (measured on 6.18): it is taken for 0.
 */
final class ExpectationDecoder {
    private static final int TUPLE = 1;
    private static final int MASK = 1 << 1;
    private static final int MASTER = 1 << 2;
    private static final int NAT = 1 << 3;

    private final AttributeCursor attributes = new AttributeCursor();
    private final TupleDecoder tuples = new TupleDecoder(attributes);
    private final Tuple tuple = new Tuple();
    private final Tuple mask = new Tuple();
    private final Tuple master = new Tuple();
    private final Tuple nat = new Tuple();
    private int seen;
    private int protocol;
    private int masterProtocol;
    private int timeout;
    private int flags;
    private int group;
    private int zone;
    private int natDirection;
    private String helper = "";
    private String function = "";

    /** The expectation in {@code [from, to)}; null if it is malformed, and then {@link #reason} says why. */
    @Nullable
    Expectation decode(MemorySegment memory, long from, long to, int family) {
        attributes.start(memory, from - Netlink.NFGEN_HDRLEN);
        tuples.start(family);
        seen = timeout = flags = group = zone = natDirection = 0;
        helper = function = "";
        if (family != Flow.IPV4 && family != Flow.IPV6) {
            attributes.reject("nfgen_family " + family + " is neither AF_INET nor AF_INET6", from);
            return null;
        }
        if (!message(memory, from, to)) {
            return null;
        }
        if ((seen & (TUPLE | MASK | MASTER)) != (TUPLE | MASK | MASTER)) {
            attributes.reject("expectation without tuple, mask or master", from);
            return null;
        }
        return expectation(family);
    }

    /** Why the last message was malformed. */
    String reason() {
        return attributes.reason();
    }

    private Expectation expectation(int family) {
        SourceMask source = new SourceMask(mask.srcHigh, mask.srcLow, mask.l4Src);
        return new Expectation(
                new Identity(family, protocol, zone, Endpoints.of(tuple), source),
                new Master(masterProtocol, Endpoints.of(master)),
                timeout,
                flags,
                group,
                helper,
                function,
                (seen & NAT) == 0 ? null : new Translation(natDirection, nat.srcHigh, nat.srcLow, nat.l4Src));
    }

    private boolean message(MemorySegment memory, long from, long to) {
        for (long at = from; at < to; ) {
            int length = attributes.length(at, to);
            if (length < 0) {
                return false;
            }
            long value = at + Netlink.NLA_HDRLEN;
            long end = at + length;
            boolean ok = switch (attributes.type(at)) {
                case CTA_EXPECT_TUPLE -> {
                    boolean whole = tuple(TUPLE, value, end, tuple);
                    protocol = tuples.protocol();
                    yield whole;
                }
                case CTA_EXPECT_MASK -> tuple(MASK, value, end, mask);
                case CTA_EXPECT_MASTER -> {
                    boolean whole = tuple(MASTER, value, end, master);
                    masterProtocol = tuples.protocol();
                    yield whole;
                }
                case CTA_EXPECT_NAT -> translation(memory, value, end);
                case CTA_EXPECT_TIMEOUT, CTA_EXPECT_FLAGS, CTA_EXPECT_CLASS ->
                    attributes.sized(at, length, 4) && number(attributes.type(at), Words.be32(memory, value), at);
                case CTA_EXPECT_ZONE -> attributes.sized(at, length, 2) && zone(Words.be16(memory, value));
                case CTA_EXPECT_HELP_NAME, CTA_EXPECT_FN -> name(attributes.type(at), memory, value, end);
                default -> true;
            };
            if (!ok) {
                return false;
            }
            at += Netlink.align(length);
        }
        return true;
    }

    private boolean tuple(int which, long from, long to, Tuple into) {
        seen |= which;
        return tuples.single(from, to, into);
    }

    private boolean translation(MemorySegment memory, long from, long to) {
        for (long at = from; at < to; ) {
            int length = attributes.length(at, to);
            if (length < 0) {
                return false;
            }
            long value = at + Netlink.NLA_HDRLEN;
            switch (attributes.type(at)) {
                case CTA_EXPECT_NAT_DIR -> {
                    if (!attributes.sized(at, length, 4)) {
                        return false;
                    }
                    natDirection = Words.be32(memory, value) & 1;
                }
                case CTA_EXPECT_NAT_TUPLE -> {
                    if (!tuple(NAT, value, at + length, nat)) {
                        return false;
                    }
                }
                default -> {}
            }
            at += Netlink.align(length);
        }
        return true;
    }

    private boolean number(int type, int value, long at) {
        switch (type) {
            case CTA_EXPECT_TIMEOUT -> timeout = Math.max(0, value);
            case CTA_EXPECT_FLAGS -> flags = value;
            default -> {
                if (value < 0 || value > Expectation.MAX_GROUP) {
                    return attributes.reject("CTA_EXPECT_CLASS is " + Integer.toUnsignedString(value), at);
                }
                group = value;
            }
        }
        return true;
    }

    private boolean zone(int value) {
        zone = value;
        return true;
    }

    /** A C string, terminated or not. */
    private boolean name(int type, MemorySegment memory, long from, long to) {
        int length = 0;
        while (from + length < to && Words.u8(memory, from + length) != 0) {
            length++;
        }
        byte[] bytes = new byte[Math.min(length, Expectation.MAX_FUNCTION_BYTES + 1)];
        MemorySegment.copy(memory, from, MemorySegment.ofArray(bytes), 0, bytes.length);
        String text = new String(bytes, StandardCharsets.US_ASCII);
        int max = type == CTA_EXPECT_FN ? Expectation.MAX_FUNCTION_BYTES : Expectation.MAX_HELPER_BYTES;
        if (!Expectation.isName(text, max)) {
            return attributes.reject("attribute " + type + " is no name of at most " + max + " bytes", from);
        }
        if (type == CTA_EXPECT_FN) {
            function = text;
        } else {
            helper = text;
        }
        return true;
    }
}
