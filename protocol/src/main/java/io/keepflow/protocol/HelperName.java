package io.keepflow.protocol;

/**
 * The name of a conntrack helper, such as {@code ftp}: at most {@value #MAX_LENGTH} bytes ({@code NF_CT_HELPER_NAME_LEN} less its
 * zero), in two big-endian words so that copying and comparing allocate nothing. Mutable, reused; empty for no helper.
 */
public final class HelperName {
    public static final int MAX_LENGTH = 15;

    public long high;
    public long low;

    public void clear() {
        high = low = 0;
    }

    public void set(HelperName other) {
        high = other.high;
        low = other.low;
    }

    /** Takes a name of printable ASCII; false, and empty afterwards, if it is longer or has other characters. */
    public boolean set(String name) {
        clear();
        boolean ok = true;
        for (int i = 0; i < name.length() && ok; i++) {
            ok = name.charAt(i) <= '~' && append((byte) name.charAt(i));
        }
        if (!ok) {
            clear();
        }
        return ok;
    }

    public boolean sameAs(HelperName other) {
        return high == other.high && low == other.low;
    }

    public boolean isEmpty() {
        return high == 0;
    }

    public int length() {
        return low == 0 ? 8 - Long.numberOfTrailingZeros(high) / 8 : 16 - Long.numberOfTrailingZeros(low) / 8;
    }

    /** The byte at a place below 16; 0 behind the name. */
    public byte at(int index) {
        return (byte) ((index < 8 ? high : low) >>> (56 - (index & 7) * 8));
    }

    /** Adds one byte behind the name; false if there is no room or it is no printable ASCII. */
    public boolean append(byte next) {
        int length = length();
        if (length == MAX_LENGTH || next <= ' ' || next > '~') {
            return false;
        }
        long placed = (long) next << (56 - (length & 7) * 8);
        if (length < 8) {
            high |= placed;
        } else {
            low |= placed;
        }
        return true;
    }

    @Override
    public String toString() {
        StringBuilder name = new StringBuilder(MAX_LENGTH);
        for (int i = 0; i < length(); i++) {
            name.append((char) at(i));
        }
        return name.toString();
    }
}
