package io.keepflow.protocol;

import io.keepflow.protocol.Expectation.Endpoints;
import io.keepflow.protocol.Expectation.Identity;
import io.keepflow.protocol.Expectation.Master;
import io.keepflow.protocol.Expectation.SourceMask;
import io.keepflow.protocol.Expectation.Translation;
import io.keepflow.protocol.v1.ExpectationDelta;
import io.keepflow.protocol.v1.TupleEnds;
import org.jspecify.annotations.Nullable;

/** Expectations on the wire and back; what comes is checked field by field. */
public final class ExpectationCodec {
    private ExpectationCodec() {}

    /** The expectation as it is, or only its end. */
    public static ExpectationDelta write(Expectation expectation, long version, boolean gone) {
        Identity identity = expectation.identity();
        ExpectationDelta.Builder delta = ExpectationDelta.newBuilder()
                .setVersion(version)
                .setGone(gone)
                .setIpv6(identity.family() == Flow.IPV6)
                .setProtocol(identity.protocol())
                .setZone(identity.zone())
                .setTuple(ends(identity.tuple()))
                .setMaskSrcHigh(identity.mask().high())
                .setMaskSrcLow(identity.mask().low())
                .setMaskL4Src(identity.mask().l4());
        if (gone) {
            return delta.build();
        }
        delta.setMasterProtocol(expectation.master().protocol())
                .setMaster(ends(expectation.master().original()))
                .setTimeout(expectation.timeoutSeconds())
                .setFlags(expectation.flags())
                .setGroup(expectation.group())
                .setHelper(expectation.helper())
                .setFunction(expectation.function());
        Translation nat = expectation.translation();
        if (nat != null) {
            delta.setTranslated(true)
                    .setNatDirection(nat.direction())
                    .setNatHigh(nat.high())
                    .setNatLow(nat.low())
                    .setNatL4(nat.l4());
        }
        return delta.build();
    }

    /**
     * The expectation that a delta carries; of one that has ended, only the identity means something.
     *
     * @throws MalformedFrameException if a field has a value that no kernel has
     */
    public static Expectation read(ExpectationDelta delta) throws MalformedFrameException {
        if (delta.getVersion() <= 0) {
            throw new MalformedFrameException("expectation without a version");
        }
        boolean ipv6 = delta.getIpv6();
        Identity identity = new Identity(
                ipv6 ? Flow.IPV6 : Flow.IPV4,
                atMost(delta.getProtocol(), 255, "protocol"),
                atMost(delta.getZone(), 0xffff, "zone"),
                ends(delta.getTuple(), ipv6),
                new SourceMask(
                        delta.getMaskSrcHigh(),
                        address(delta.getMaskSrcHigh(), delta.getMaskSrcLow(), ipv6),
                        atMost(delta.getMaskL4Src(), 0xffff, "mask")));
        Master master =
                new Master(atMost(delta.getMasterProtocol(), 255, "master_protocol"), ends(delta.getMaster(), ipv6));
        return new Expectation(
                identity,
                master,
                atMost(delta.getTimeout(), Integer.MAX_VALUE, "timeout"),
                delta.getFlags(),
                atMost(delta.getGroup(), Expectation.MAX_GROUP, "group"),
                name(delta.getHelper(), Expectation.MAX_HELPER_BYTES, "helper"),
                name(delta.getFunction(), Expectation.MAX_FUNCTION_BYTES, "function"),
                translation(delta, ipv6));
    }

    private static @Nullable Translation translation(ExpectationDelta delta, boolean ipv6)
            throws MalformedFrameException {
        if (!delta.getTranslated()) {
            return null;
        }
        return new Translation(
                atMost(delta.getNatDirection(), 1, "nat_direction"),
                delta.getNatHigh(),
                address(delta.getNatHigh(), delta.getNatLow(), ipv6),
                atMost(delta.getNatL4(), 0xffff, "nat_l4"));
    }

    private static TupleEnds ends(Endpoints ends) {
        return TupleEnds.newBuilder()
                .setSrcHigh(ends.srcHigh())
                .setSrcLow(ends.srcLow())
                .setDstHigh(ends.dstHigh())
                .setDstLow(ends.dstLow())
                .setL4Src(ends.l4Src())
                .setL4Dst(ends.l4Dst())
                .build();
    }

    private static Endpoints ends(TupleEnds ends, boolean ipv6) throws MalformedFrameException {
        return new Endpoints(
                ends.getSrcHigh(),
                address(ends.getSrcHigh(), ends.getSrcLow(), ipv6),
                ends.getDstHigh(),
                address(ends.getDstHigh(), ends.getDstLow(), ipv6),
                atMost(ends.getL4Src(), 0xffff, "l4_src"),
                atMost(ends.getL4Dst(), 0xffff, "l4_dst"));
    }

    private static long address(long high, long low, boolean ipv6) throws MalformedFrameException {
        if (!ipv6 && (high != 0 || low >>> 32 != 0)) {
            throw new MalformedFrameException("IPv4 expectation with an IPv6 address");
        }
        return low;
    }

    private static int atMost(int value, int max, String field) throws MalformedFrameException {
        if (value < 0 || value > max) {
            throw new MalformedFrameException(
                    "expectation's " + field + " is " + Integer.toUnsignedString(value) + ", at most " + max);
        }
        return value;
    }

    private static String name(String text, int maxBytes, String field) throws MalformedFrameException {
        if (!Expectation.isName(text, maxBytes)) {
            throw new MalformedFrameException(
                    "expectation's " + field + " is no name of at most " + maxBytes + " bytes");
        }
        return text;
    }
}
