package io.keepflow.node.notation;

import io.keepflow.node.notation.Addresses.Address;
import io.keepflow.protocol.Flow;

/** A CIDR prefix: matches addresses of its family by their first {@code length} bits. */
public record Prefix(int family, long high, long low, long maskHigh, long maskLow) {

    /**
     * The prefix of {@code 10.0.0.0/8}, {@code 2001:db8::/32} or of a plain address.
     *
     * @throws IllegalArgumentException when the text is no prefix
     */
    public static Prefix parse(String text) {
        int slash = text.indexOf('/');
        Address address = Addresses.parse(slash < 0 ? text : text.substring(0, slash));
        int length = slash < 0 ? address.bits() : length(text.substring(slash + 1), address.bits(), text);
        int bits = address.bits() == 32 && length > 0 ? length + 96 : length;
        long maskHigh = mask(bits);
        long maskLow = mask(bits - 64);
        return new Prefix(address.family(), address.high() & maskHigh, address.low() & maskLow, maskHigh, maskLow);
    }

    public boolean matches(int otherFamily, long otherHigh, long otherLow) {
        return otherFamily == family && (otherHigh & maskHigh) == high && (otherLow & maskLow) == low;
    }

    /** Whether the address in {@code text}, which {@link #parse} took, has bits set that the prefix does not keep. */
    public boolean hasStrayBits(String text) {
        int slash = text.indexOf('/');
        Address address = Addresses.parse(slash < 0 ? text : text.substring(0, slash));
        return address.high() != high || address.low() != low;
    }

    /** Length of the prefix, 0 to 32 or 128. */
    public int length() {
        int bits = Long.bitCount(maskHigh) + Long.bitCount(maskLow);
        return family == Flow.IPV4 ? Math.max(0, bits - 64 - 32) : bits;
    }

    @Override
    public String toString() {
        return Addresses.format(family, high, low) + "/" + length();
    }

    /** The first {@code bits} bits of 64 set. */
    private static long mask(int bits) {
        if (bits <= 0) {
            return 0;
        }
        return bits >= 64 ? -1L : -1L << (64 - bits);
    }

    private static int length(String text, int max, String whole) {
        if (text.matches("[0-9]{1,3}")) {
            int length = Integer.parseInt(text);
            if (length <= max) {
                return length;
            }
        }
        throw new IllegalArgumentException(
                "\"" + whole + "\" has no prefix length from 0 to " + max + " after its slash");
    }
}
