package io.keepflow.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A connection that a conntrack helper expects, as FTP's data connection: what the kernel's {@code nf_conntrack_expect} has of
 * it. Immutable: there are few, and they live for seconds or minutes.
 *
 * @param identity what tells it from others
 * @param master the flow that it belongs to, in the same zone
 * @param timeoutSeconds until it is given up
 * @param flags {@code NF_CT_EXPECT_*} bits
 * @param group the helper's class of expectations ({@code CTA_EXPECT_CLASS})
 * @param helper name of the master's helper, or empty
 * @param function name of what the kernel calls for the expected connection ({@code CTA_EXPECT_FN}), or empty
 * @param translation how the expected connection is translated; null if it is not
 */
public record Expectation(
        Identity identity,
        Master master,
        int timeoutSeconds,
        int flags,
        int group,
        String helper,
        String function,
        @Nullable Translation translation) {

    /** {@code NF_CT_EXPECT_*}, linux/netfilter/nf_conntrack_common.h: it stays when a connection has come. */
    public static final int NF_CT_EXPECT_PERMANENT = 1;

    /** It is not in effect yet. */
    public static final int NF_CT_EXPECT_INACTIVE = 1 << 1;

    /** {@code NF_CT_HELPER_NAME_LEN} without the terminator. */
    public static final int MAX_HELPER_BYTES = 15;

    /** More than the longest name that a kernel registers. */
    public static final int MAX_FUNCTION_BYTES = 31;

    /** The largest {@code NF_CT_MAX_EXPECT_CLASSES} is 4; helpers in user space may have as many. */
    public static final int MAX_GROUP = 3;

    /** Addresses as big-endian halves, and the layer-4 parts of either side, as in {@link Tuple}. */
    public record Endpoints(long srcHigh, long srcLow, long dstHigh, long dstLow, int l4Src, int l4Dst) {
        /** A copy of what {@code tuple} has now. */
        public static Endpoints of(Tuple tuple) {
            return new Endpoints(tuple.srcHigh, tuple.srcLow, tuple.dstHigh, tuple.dstLow, tuple.l4Src, tuple.l4Dst);
        }

        /** Fills a tuple. */
        public void into(Tuple tuple) {
            tuple.srcHigh = srcHigh;
            tuple.srcLow = srcLow;
            tuple.dstHigh = dstHigh;
            tuple.dstLow = dstLow;
            tuple.l4Src = l4Src;
            tuple.l4Dst = l4Dst;
        }
    }

    /** Which source addresses and ports are meant: a set bit must agree. The destination is always one. */
    public record SourceMask(long high, long low, int l4) {}

    /** The kernel has at most one expectation of an identity. */
    public record Identity(int family, int protocol, int zone, Endpoints tuple, SourceMask mask) {}

    /** The original tuple of the flow that a helper watches. */
    public record Master(int protocol, Endpoints original) {}

    /** {@code CTA_EXPECT_NAT}: the direction of the master that the connection goes in, and the address and port before NAT. */
    public record Translation(int direction, long high, long low, int l4) {}

    public Expectation withTimeout(int seconds) {
        return new Expectation(identity, master, seconds, flags, group, helper, function, translation);
    }

    /** Whether only the timeouts differ. */
    public boolean sameButTimeout(Expectation other) {
        return identity.equals(other.identity)
                && master.equals(other.master)
                && flags == other.flags
                && group == other.group
                && helper.equals(other.helper)
                && function.equals(other.function)
                && Objects.equals(translation, other.translation);
    }

    /** Writes identity of the master into {@code flow}. */
    public void masterInto(Flow flow) {
        flow.clear();
        flow.family = identity.family();
        flow.zone = identity.zone();
        flow.protocol = master.protocol();
        master.original().into(flow.original);
    }

    /** Whether the kernel could have such a name: printable ASCII that fits; or none. */
    public static boolean isName(String text, int maxBytes) {
        return text.getBytes(StandardCharsets.UTF_8).length <= maxBytes
                && text.chars().allMatch(c -> c > ' ' && c < 0x7f);
    }
}
