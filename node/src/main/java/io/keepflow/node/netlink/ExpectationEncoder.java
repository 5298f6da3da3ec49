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
import static io.keepflow.node.netlink.Ctnetlink.CTA_IP_V4_DST;
import static io.keepflow.node.netlink.Ctnetlink.CTA_IP_V4_SRC;
import static io.keepflow.node.netlink.Ctnetlink.CTA_IP_V6_DST;
import static io.keepflow.node.netlink.Ctnetlink.CTA_IP_V6_SRC;
import static io.keepflow.node.netlink.Ctnetlink.CTA_PROTO_DST_PORT;
import static io.keepflow.node.netlink.Ctnetlink.CTA_PROTO_NUM;
import static io.keepflow.node.netlink.Ctnetlink.CTA_PROTO_SRC_PORT;
import static io.keepflow.node.netlink.Ctnetlink.CTA_TUPLE_IP;
import static io.keepflow.node.netlink.Ctnetlink.CTA_TUPLE_PROTO;
import static io.keepflow.node.netlink.Ctnetlink.IPCTNL_MSG_EXP_DELETE;
import static io.keepflow.node.netlink.Ctnetlink.IPCTNL_MSG_EXP_NEW;

import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Expectation.Endpoints;
import io.keepflow.protocol.Expectation.Identity;
import io.keepflow.protocol.Expectation.SourceMask;
import io.keepflow.protocol.Expectation.Translation;
import io.keepflow.protocol.Flow;
import java.lang.foreign.MemorySegment;

/** Writes ctnetlink requests about one {@link Expectation}. */
final class ExpectationEncoder {
    /** No request is longer: four IPv6 tuples, two names and some numbers (420 bytes). */
    static final int MAX_REQUEST_BYTES = 512;

    private static final Endpoints FULL = new Endpoints(-1, -1, -1, -1, 0xffff, 0xffff);

    private final MessageWriter out;

    ExpectationEncoder(MemorySegment memory) {
        this.out = new MessageWriter(memory);
    }

    /** Writes a message at {@code offset}; likewise below. Returns its length. */
    long create(long offset, int sequence, Expectation expectation) {
        int flags = Netlink.NLM_F_REQUEST | Netlink.NLM_F_ACK | Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL;
        begin(offset, sequence, flags, expectation);
        if (expectation.flags() != 0) {
            out.be32(CTA_EXPECT_FLAGS, expectation.flags());
        }
        if (namesHelper(expectation)) {
            out.string(CTA_EXPECT_HELP_NAME, expectation.helper());
            out.be32(CTA_EXPECT_CLASS, expectation.group());
        }
        if (!expectation.function().isEmpty()) {
            out.string(CTA_EXPECT_FN, expectation.function());
        }
        Translation translation = expectation.translation();
        if (translation != null) {
            nat(expectation.identity(), translation);
        }
        return out.end() - offset;
    }

    /** The kernel lets nothing but the timeout be changed. At creation it takes the helper's own, whatever it is told. */
    long arm(long offset, int sequence, Expectation expectation, int timeoutSeconds) {
        begin(offset, sequence, Netlink.NLM_F_REQUEST | Netlink.NLM_F_ACK, expectation);
        out.be32(CTA_EXPECT_TIMEOUT, timeoutSeconds);
        return out.end() - offset;
    }

    long delete(long offset, int sequence, Expectation expectation) {
        Identity identity = expectation.identity();
        int flags = Netlink.NLM_F_REQUEST | Netlink.NLM_F_ACK;
        out.begin(offset, IPCTNL_MSG_EXP_DELETE, flags, sequence, identity.family());
        tuple(CTA_EXPECT_TUPLE, identity.family(), identity.protocol(), identity.tuple());
        zone(identity);
        return out.end() - offset;
    }

    private void begin(long offset, int sequence, int flags, Expectation expectation) {
        Identity identity = expectation.identity();
        int family = identity.family();
        SourceMask mask = identity.mask();
        out.begin(offset, IPCTNL_MSG_EXP_NEW, flags, sequence, family);
        tuple(CTA_EXPECT_TUPLE, family, identity.protocol(), identity.tuple());
        Endpoints ends = new Endpoints(mask.high(), mask.low(), FULL.dstHigh(), FULL.dstLow(), mask.l4(), FULL.l4Dst());
        tuple(CTA_EXPECT_MASK, family, identity.protocol(), ends);
        tuple(
                CTA_EXPECT_MASTER,
                family,
                expectation.master().protocol(),
                expectation.master().original());
        zone(identity);
    }

    /**
     * The kernel shows the helper of the master. Older ones attach the named helper to the expected connection too, which is right
     * for a connection of signalling only; and they take the class only beside a name.
     */
    private static boolean namesHelper(Expectation expectation) {
        boolean signals = (expectation.flags() & Expectation.NF_CT_EXPECT_PERMANENT) != 0;
        return !expectation.helper().isEmpty() && (signals || expectation.group() != 0);
    }

    private void zone(Identity identity) {
        if (identity.zone() != 0) {
            out.be16(CTA_EXPECT_ZONE, identity.zone());
        }
    }

    private void nat(Identity identity, Translation translation) {
        long nested = out.beginNested(CTA_EXPECT_NAT);
        out.be32(CTA_EXPECT_NAT_DIR, translation.direction());
        Endpoints source = new Endpoints(translation.high(), translation.low(), 0, 0, translation.l4(), 0);
        tuple(CTA_EXPECT_NAT_TUPLE, identity.family(), identity.protocol(), source);
        out.endNested(nested);
    }

    private void tuple(int type, int family, int protocol, Endpoints ends) {
        long nested = out.beginNested(type);
        long ip = out.beginNested(CTA_TUPLE_IP);
        if (family == Flow.IPV6) {
            out.be128(CTA_IP_V6_SRC, ends.srcHigh(), ends.srcLow());
            out.be128(CTA_IP_V6_DST, ends.dstHigh(), ends.dstLow());
        } else {
            out.be32(CTA_IP_V4_SRC, (int) ends.srcLow());
            out.be32(CTA_IP_V4_DST, (int) ends.dstLow());
        }
        out.endNested(ip);
        long proto = out.beginNested(CTA_TUPLE_PROTO);
        out.u8(CTA_PROTO_NUM, protocol);
        out.be16(CTA_PROTO_SRC_PORT, ends.l4Src());
        out.be16(CTA_PROTO_DST_PORT, ends.l4Dst());
        out.endNested(proto);
        out.endNested(nested);
    }
}
