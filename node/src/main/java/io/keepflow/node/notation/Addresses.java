package io.keepflow.node.notation;

import io.keepflow.protocol.Flow;

/** IP addresses as two 64-bit halves and as text: dotted IPv4, and IPv6 as RFC 5952 (and glibc's inet_ntop) writes it. */
public final class Addresses {
    private static final int MAX_TEXT = 45;

    private Addresses() {}

    /** One address; {@code family} is {@link Flow#IPV4} or {@link Flow#IPV6}. */
    public record Address(int family, long high, long low) {
        public int bits() {
            return family == Flow.IPV4 ? 32 : 128;
        }

        @Override
        public String toString() {
            return format(family, high, low);
        }
    }

    /** The address in text. */
    public static String format(int family, long high, long low) {
        StringBuilder text = new StringBuilder(MAX_TEXT);
        if (family == Flow.IPV4) {
            appendIpv4(text, low);
        } else {
            appendIpv6(text, high, low);
        }
        return text.toString();
    }

    /**
     * The address that {@code text} is.
     *
     * @throws IllegalArgumentException when it is none; names, zones and short forms as {@code 10.1} are none
     */
    public static Address parse(String text) {
        if (text.length() <= MAX_TEXT && text.indexOf(':') >= 0) {
            return parseIpv6(text);
        }
        long low = parseIpv4(text);
        if (low < 0) {
            throw notAnAddress(text);
        }
        return new Address(Flow.IPV4, 0, low);
    }

    private static void appendIpv4(StringBuilder text, long low) {
        text.append((low >>> 24) & 0xff)
                .append('.')
                .append((low >>> 16) & 0xff)
                .append('.')
                .append((low >>> 8) & 0xff)
                .append('.')
                .append(low & 0xff);
    }

    private static void appendIpv6(StringBuilder text, long high, long low) {
        int bestStart = -1;
        int bestLength = 1;
        for (int i = 0; i < 8; i++) {
            int run = zeroRun(high, low, i);
            if (run > bestLength) {
                bestStart = i;
                bestLength = run;
            }
        }
        int i = 0;
        while (i < 8) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength;
                continue;
            }
            if (i > 0 && i != bestStart + bestLength) {
                text.append(':');
            }
            if (i == 6 && bestStart == 0 && (bestLength == 6 || (bestLength == 5 && word(high, low, 5) == 0xffff))) {
                appendIpv4(text, low);
                return;
            }
            text.append(Integer.toHexString(word(high, low, i)));
            i++;
        }
    }

    private static int zeroRun(long high, long low, int from) {
        int run = 0;
        while (from + run < 8 && word(high, low, from + run) == 0) {
            run++;
        }
        return run;
    }

    private static int word(long high, long low, int index) {
        long half = index < 4 ? high : low;
        return (int) (half >>> (48 - 16 * (index & 3))) & 0xffff;
    }

    /** The address, or -1. */
    private static long parseIpv4(String text) {
        String[] parts = text.length() > 15 ? new String[0] : text.split("\\.", -1);
        if (parts.length != 4) {
            return -1;
        }
        long address = 0;
        for (String part : parts) {
            int octet = number(part, 10, 3);
            if (octet < 0 || octet > 255 || (part.length() > 1 && part.charAt(0) == '0')) {
                return -1;
            }
            address = address << 8 | octet;
        }
        return address;
    }

    private static Address parseIpv6(String text) {
        int gap = text.indexOf("::");
        long[] words = new long[8];
        if (gap < 0) {
            if (fill(words, text, true, text) != 8) {
                throw notAnAddress(text);
            }
        } else {
            String before = text.substring(0, gap);
            String after = text.substring(gap + 2);
            int head = before.isEmpty() ? 0 : fill(words, before, false, text);
            long[] tail = new long[8];
            int count = after.isEmpty() ? 0 : fill(tail, after, true, text);
            if (head + count > 7) {
                throw notAnAddress(text);
            }
            System.arraycopy(tail, 0, words, 8 - count, count);
        }
        long high = words[0] << 48 | words[1] << 32 | words[2] << 16 | words[3];
        long low = words[4] << 48 | words[5] << 32 | words[6] << 16 | words[7];
        return new Address(Flow.IPV6, high, low);
    }

    /** Fills words with the colon-separated groups of {@code part}; returns how many. IPv4 may stand at the very end only. */
    private static int fill(long[] words, String part, boolean isEnd, String whole) {
        String[] groups = part.split(":", -1);
        int index = 0;
        for (int i = 0; i < groups.length; i++) {
            String group = groups[i];
            if (isEnd && i == groups.length - 1 && group.indexOf('.') >= 0) {
                long ipv4 = parseIpv4(group);
                if (ipv4 < 0 || index > 6) {
                    throw notAnAddress(whole);
                }
                words[index++] = ipv4 >>> 16;
                words[index++] = ipv4 & 0xffff;
                continue;
            }
            int value = number(group, 16, 4);
            if (value < 0 || index > 7) {
                throw notAnAddress(whole);
            }
            words[index++] = value;
        }
        return index;
    }

    /** A number of at most {@code maxDigits} digits of {@code radix}, or -1. */
    private static int number(String digits, int radix, int maxDigits) {
        if (digits.isEmpty() || digits.length() > maxDigits) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            int digit = c < 128 ? Character.digit(c, radix) : -1;
            if (digit < 0) {
                return -1;
            }
            value = value * radix + digit;
        }
        return value;
    }

    private static IllegalArgumentException notAnAddress(String text) {
        String shown = text.length() > 60 ? text.substring(0, 60) + "..." : text;
        return new IllegalArgumentException("\"" + shown + "\" is not an IPv4 or IPv6 address");
    }
}
