package io.keepflow.node.config;

import io.keepflow.node.config.Section.BadValue;
import io.keepflow.node.filter.Mark;
import io.keepflow.node.filter.Range;
import io.keepflow.node.notation.ConntrackNames;
import io.keepflow.node.notation.Prefix;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kinds of values that filter rules have. */
final class FilterValues {
    private static final int MAX_AGE_SECONDS = 3600;
    private static final Pattern AGE = Pattern.compile("([0-9]{1,4}) *(s|min|m|h)?");
    private static final Pattern RANGE = Pattern.compile("([0-9]{1,5}) *- *([0-9]{1,5})");
    private static final Pattern NUMBER = Pattern.compile("0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10}");

    private FilterValues() {}

    static Range protocol(Object value) throws BadValue {
        String expected = "expected a name, as \"tcp\", or an IP protocol number from 0 to 255";
        String text = value instanceof Long ? value.toString() : Values.string(value, expected);
        OptionalInt number = ConntrackNames.protocolNumber(text);
        if (number.isEmpty()) {
            throw new BadValue(Values.show(value) + " is no protocol"
                    + Spelling.hint(text, ConntrackNames.protocolNames()) + " (or a number from 0 to 255)");
        }
        return Range.of(number.getAsInt());
    }

    static Prefix prefix(Object value) throws BadValue {
        String expected = "expected an address or a CIDR prefix, as \"10.0.0.0/8\" or \"2001:db8::/32\"";
        String text = Values.string(value, expected);
        try {
            Prefix prefix = Prefix.parse(text);
            if (prefix.hasStrayBits(text)) {
                throw new BadValue(Values.show(text) + " has bits set behind its length, expected \"" + prefix + '"');
            }
            return prefix;
        } catch (IllegalArgumentException e) {
            throw new BadValue(e.getMessage() + ", " + expected);
        }
    }

    /** Of ports or of zones, which both have 16 bits. */
    static Range range(Object value, String what) throws BadValue {
        String expected = "expected a " + what + " from 0 to 65535, or a range as \"8000-8100\"";
        if (value instanceof Long number) {
            return checked(number, number, value, expected);
        }
        String text = Values.string(value, expected);
        Matcher range = RANGE.matcher(text);
        if (!range.matches()) {
            throw new BadValue(Values.show(text) + " is no range, " + expected);
        }
        return checked(Long.parseLong(range.group(1)), Long.parseLong(range.group(2)), value, expected);
    }

    private static Range checked(long first, long last, Object value, String expected) throws BadValue {
        if (first < 0 || last > 65_535 || first > last) {
            throw new BadValue(Values.show(value) + " is out of range, " + expected);
        }
        return new Range((int) first, (int) last);
    }

    static Mark mark(Object value) throws BadValue {
        String expected = "expected a mark, as 1 or \"0x1\", or a mark and its mask, as \"0x1/0xff\"";
        String text = value instanceof Long ? value.toString() : Values.string(value, expected);
        String[] parts = text.split("/", 2);
        int mark = number(parts[0], value, expected);
        int mask = parts.length == 1 ? -1 : number(parts[1], value, expected);
        if ((mark & ~mask) != 0) {
            throw new BadValue(Values.show(value) + " has bits outside of its mask, so nothing would match");
        }
        return new Mark(mark, mask);
    }

    private static int number(String text, Object value, String expected) throws BadValue {
        if (NUMBER.matcher(text).matches()) {
            long number = Long.decode(text.startsWith("0x") || text.startsWith("0X") ? text : stripped(text));
            if (number <= 0xffff_ffffL) {
                return (int) number;
            }
        }
        throw new BadValue(Values.show(value) + " is no mark of 32 bits, " + expected);
    }

    /** {@link Long#decode} takes a leading 0 for octal. */
    private static String stripped(String decimal) {
        String digits = decimal.replaceFirst("^0+", "");
        return digits.isEmpty() ? "0" : digits;
    }

    static Range tcpState(Object value) throws BadValue {
        String expected = "expected a state of TCP, as \"ESTABLISHED\"";
        String text = Values.string(value, expected);
        int state = ConntrackNames.TCP_STATES.indexOf(text.toUpperCase(Locale.ROOT));
        if (state < 0) {
            throw new BadValue(
                    Values.show(text) + " is no state of TCP" + Spelling.hint(text, ConntrackNames.TCP_STATES));
        }
        return Range.of(state);
    }

    static int seconds(Object value) throws BadValue {
        String expected = "expected seconds or a text as \"5s\" or \"2min\", at most an hour";
        String text = value instanceof Long ? value.toString() : Values.string(value, expected);
        Matcher age = AGE.matcher(text);
        if (!age.matches()) {
            throw new BadValue(Values.show(value) + " is no time, " + expected);
        }
        int unit = switch (String.valueOf(age.group(2))) {
            case "m", "min" -> 60;
            case "h" -> 3600;
            default -> 1;
        };
        int seconds = Integer.parseInt(age.group(1)) * unit;
        if (seconds > MAX_AGE_SECONDS) {
            throw new BadValue(Values.show(value) + " is too long, " + expected);
        }
        return seconds;
    }
}
