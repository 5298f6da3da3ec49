package io.keepflow.node.cli;

import io.keepflow.node.notation.Addresses;
import io.keepflow.node.notation.Addresses.Address;
import io.keepflow.node.notation.ConntrackNames;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import io.keepflow.protocol.Tuples;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * A flow as an operator writes it, or as {@code conntrack -L} prints it:
 *
 * <pre>
 * tcp 10.0.0.1:1234 -> 192.0.2.1:443 state=ESTABLISHED assured nat mark=0x1 zone=3 age=10s
 * tcp 6 431999 ESTABLISHED src=10.0.0.1 dst=192.0.2.1 sport=1234 dport=443 src=192.0.2.1 ... [ASSURED] mark=1
 * </pre>
 */
final class FlowText {
    private static final String EXAMPLE =
            "expected a flow as \"tcp 10.0.0.1:1234 -> 192.0.2.1:443 state=ESTABLISHED assured age=10s\", or a line of"
                    + " 'conntrack -L'";

    /** What conntrack prints besides, and no filter asks for. */
    private static final String IGNORED =
            "use|packets|bytes|secctx|secmark|zone-reply|delta-time|labels|helper|vtag-.*|type|code|id|srckey|dstkey";

    private final Flow flow = new Flow();
    private boolean hasProtocol;
    private boolean hasFamilyWord;
    private boolean hasFamilyNumber;
    private int sources;
    private int destinations;
    private int ageSeconds = -1;

    private FlowText() {}

    /** A flow, and its age if that was said, or -1. */
    record Parsed(Flow flow, int ageSeconds) {}

    /**
     * Reads a flow.
     *
     * @throws IllegalArgumentException with the reason and an example
     */
    static Parsed parse(String text) {
        FlowText parser = new FlowText();
        for (String word : text.strip().split("\\s+", -1)) {
            parser.word(word);
        }
        return parser.finish();
    }

    private void word(String word) {
        int equals = word.indexOf('=');
        if (equals > 0) {
            field(word.substring(0, equals), word.substring(equals + 1));
        } else if (word.equals("->") || word.equals("unknown")) {
            return;
        } else if (word.equals("ipv4") || word.equals("ipv6")) {
            hasFamilyWord = true;
        } else if (word.matches("[0-9]+")) {
            number(word);
        } else if (!hasProtocol) {
            protocol(word);
        } else if (word.indexOf('.') >= 0 || word.indexOf(':') >= 0) {
            endpoint(word);
        } else {
            flag(word);
        }
    }

    /** The protocol, unless its name came before; conntrack also prints the family's number and the timeout. */
    private void number(String word) {
        boolean isFamily = hasFamilyWord && !hasFamilyNumber;
        hasFamilyNumber = true;
        if (!isFamily && !hasProtocol) {
            protocol(word);
        }
    }

    private void protocol(String word) {
        OptionalInt number = ConntrackNames.protocolNumber(word);
        if (number.isEmpty()) {
            throw bad("\"" + word + "\" is no protocol");
        }
        flow.protocol = number.getAsInt();
        hasProtocol = true;
    }

    /** An address with or without a port: {@code 10.0.0.1:80}, {@code [fd00::1]:80}, {@code fd00::1}. */
    private void endpoint(String word) {
        int colon = word.lastIndexOf(':');
        boolean bracketed = word.startsWith("[");
        boolean hasPort = colon > 0 && (bracketed ? word.charAt(colon - 1) == ']' : word.indexOf(':') == colon);
        String address = hasPort ? word.substring(0, colon) : word;
        if (bracketed && address.endsWith("]")) {
            address = address.substring(1, address.length() - 1);
        }
        boolean isSource = sources == 0;
        if (destinations > 0) {
            throw bad("\"" + word + "\" is a third address");
        }
        address(isSource, address);
        if (hasPort) {
            port(isSource, word.substring(colon + 1));
        }
    }

    private void flag(String word) {
        switch (word.toLowerCase(Locale.ROOT)) {
            case "assured", "[assured]" -> flow.status |= Flow.IPS_ASSURED | Flow.IPS_SEEN_REPLY;
            case "nat", "snat" -> flow.status |= Flow.IPS_SRC_NAT;
            case "dnat" -> flow.status |= Flow.IPS_DST_NAT;
            case "[unreplied]", "[offload]", "[hw_offload]" -> {}
            default -> state(word);
        }
    }

    private void state(String word) {
        int tcp = ConntrackNames.TCP_STATES.indexOf(word.toUpperCase(Locale.ROOT));
        boolean isSctp =
                flow.protocol == Flow.SCTP && ConntrackNames.SCTP_STATES.contains(word.toUpperCase(Locale.ROOT));
        if (!isSctp && (tcp < 0 || flow.protocol != Flow.TCP)) {
            throw bad("\"" + word + "\" is not understood");
        }
        if (!isSctp) {
            flow.tcpState = tcp;
            flow.present |= Flow.HAS_TCP;
        }
    }

    private void field(String name, String value) {
        switch (name) {
            case "src" -> address(true, value);
            case "dst" -> address(false, value);
            case "sport" -> port(true, value);
            case "dport" -> port(false, value);
            case "zone" -> flow.zone = number(name, value, 0xffff);
            case "zone-orig" -> flow.zoneOriginal = number(name, value, 0xffff);
            case "mark" -> flow.mark = number(name, value, 0xffff_ffffL);
            case "state" -> state(value);
            case "age" -> ageSeconds = number(name, value.replaceFirst("s$", ""), Integer.MAX_VALUE);
            default -> {
                if (!name.matches(IGNORED)) {
                    throw bad("\"" + name + "=\" is not understood");
                }
            }
        }
    }

    /** The first two are the original direction's, the next two the reply's. */
    private void address(boolean isSource, String text) {
        Address address;
        try {
            address = Addresses.parse(text);
        } catch (IllegalArgumentException e) {
            throw bad(String.valueOf(e.getMessage()));
        }
        if (flow.family != 0 && flow.family != address.family()) {
            throw bad("\"" + text + "\" is of another family than the address before it");
        }
        flow.family = address.family();
        Tuple tuple = (isSource ? sources : destinations) == 0 ? flow.original : flow.reply;
        if (isSource) {
            sources++;
            tuple.srcHigh = address.high();
            tuple.srcLow = address.low();
        } else {
            destinations++;
            tuple.dstHigh = address.high();
            tuple.dstLow = address.low();
        }
    }

    private void port(boolean isSource, String text) {
        Tuple tuple = sources > 1 ? flow.reply : flow.original;
        int port = number("port", text, 0xffff);
        if (isSource) {
            tuple.l4Src = port;
        } else {
            tuple.l4Dst = port;
        }
    }

    private static int number(String name, String text, long max) {
        try {
            boolean isHex = text.startsWith("0x");
            long number = Long.parseLong(isHex ? text.substring(2) : text, isHex ? 16 : 10);
            if (number >= 0 && number <= max) {
                return (int) number;
            }
        } catch (NumberFormatException e) {
            throw bad("\"" + text + "\" is no number for " + name);
        }
        throw bad(name + " " + text + " is out of range");
    }

    private Parsed finish() {
        if (!hasProtocol) {
            throw bad("there is no protocol");
        }
        if (sources == 0 || destinations == 0) {
            throw bad("there are not two addresses");
        }
        flow.present |= Flow.HAS_MARK | Flow.HAS_STATUS;
        if (sources > 1 && destinations > 1) {
            Tuple plain = new Tuple();
            Tuples.invert(flow.protocol, flow.original, plain);
            if (ConntrackNames.hasPorts(flow.protocol) ? !plain.sameAs(flow.reply) : differs(plain, flow.reply)) {
                flow.status |= Flow.IPS_SRC_NAT;
            }
        }
        return new Parsed(flow, ageSeconds);
    }

    private static boolean differs(Tuple one, Tuple other) {
        return one.srcHigh != other.srcHigh
                || one.srcLow != other.srcLow
                || one.dstHigh != other.dstHigh
                || one.dstLow != other.dstLow;
    }

    private static IllegalArgumentException bad(String reason) {
        return new IllegalArgumentException(reason + "; " + EXAMPLE);
    }

    /** The flow as it was understood. */
    static String show(Flow flow) {
        String name = ConntrackNames.protocol(flow.protocol);
        StringBuilder text = new StringBuilder(name == null ? "protocol " + flow.protocol : name);
        text.append(' ').append(endpoint(flow, flow.original.srcHigh, flow.original.srcLow, flow.original.l4Src));
        text.append(" -> ").append(endpoint(flow, flow.original.dstHigh, flow.original.dstLow, flow.original.l4Dst));
        return text.toString();
    }

    private static String endpoint(Flow flow, long high, long low, int port) {
        String address = Addresses.format(flow.family, high, low);
        if (!ConntrackNames.hasPorts(flow.protocol)) {
            return address;
        }
        return (flow.family == Flow.IPV6 ? "[" + address + "]" : address) + ":" + port;
    }
}
