package io.keepflow.node.config;

import io.keepflow.node.config.Section.BadValue;
import io.keepflow.node.config.Section.Reader;
import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import org.tomlj.TomlArray;
import org.tomlj.TomlTable;

/** The kinds of values that the configuration has, each read from what TOML says. */
final class Values {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern IPV4 = Pattern.compile(
            "(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])");
    private static final Pattern LABEL_MASK = Pattern.compile("0x[0-9a-fA-F]{1,32}");
    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

    /** Words that stand beside node names in metrics and listings. */
    private static final Set<String> RESERVED_NAMES = Set.of("self", "unowned", "none", "any");

    /** {@code sun_path} has 108 bytes with its end, linux/un.h; some are left for the name that the socket is born with. */
    private static final int MAX_SOCKET_PATH_BYTES = 90;

    private static final int MAX_SHOWN = 60;

    static final String EXPECTED_RULES = "expected a list of rules, as [ { protocol = \"tcp\", port = 443 } ]";

    private Values() {}

    static String name(Object value) throws BadValue {
        String expected = "expected 1 to 63 letters, digits, '.', '_' or '-', a letter or digit first";
        String name = string(value, expected);
        if (!NAME.matcher(name).matches()) {
            throw new BadValue(show(name) + " cannot be a name, " + expected);
        }
        if (RESERVED_NAMES.contains(name)) {
            throw new BadValue(show(name) + " has a meaning of its own in metrics, expected another name");
        }
        return name;
    }

    static Path absolutePath(Object value) throws BadValue {
        String expected = "expected an absolute path";
        String text = string(value, expected);
        try {
            Path path = Path.of(text);
            if (path.isAbsolute() && path.getNameCount() > 0) {
                return path.normalize();
            }
        } catch (InvalidPathException e) {
            throw new BadValue(show(text) + " cannot be a path (" + e.getReason() + "), " + expected);
        }
        throw new BadValue(show(text) + " is no absolute path, " + expected + " as \"/run/keepflow/name\"");
    }

    static Path socketPath(Object value) throws BadValue {
        Path path = absolutePath(value);
        int bytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_SOCKET_PATH_BYTES) {
            throw new BadValue("a path of " + bytes + " bytes is too long for a socket, expected at most "
                    + MAX_SOCKET_PATH_BYTES);
        }
        return path;
    }

    static Reader<Integer> integer(int min, int max) {
        return value -> {
            String expected = "expected a whole number from " + min + " to " + max;
            if (!(value instanceof Long number)) {
                throw new BadValue(wrongType(value) + ", " + expected);
            }
            if (number < min || number > max) {
                throw new BadValue(number + " is out of range, " + expected);
            }
            return number.intValue();
        };
    }

    /** Of the 128 conntrack labels. */
    static BigInteger labelMask(Object value) throws BadValue {
        String expected = "expected a mask of up to 128 bits, as \"0x3f\" for the labels 0 to 5";
        String text = string(value, expected);
        if (!LABEL_MASK.matcher(text).matches()) {
            throw new BadValue(show(text) + " is no hexadecimal mask, " + expected);
        }
        return new BigInteger(text.substring(2), 16);
    }

    static int port(Object value) throws BadValue {
        return integer(1, 65_535).read(value);
    }

    static InetAddress bindAddress(Object value) throws BadValue {
        String expected = "expected this node's own address on the sync link";
        String text = string(value, expected);
        InetAddress address = address(text, expected);
        rejectUnusable(address, text, expected);
        return address;
    }

    static InetAddress multicastGroup(Object value) throws BadValue {
        String expected = "expected a multicast address, as \"239.192.75.70\" or \"ff15::4b46\"";
        String text = string(value, expected);
        InetAddress address = address(text, expected);
        if (!address.isMulticastAddress()) {
            throw new BadValue(show(text) + " is no multicast address, " + expected);
        }
        return address;
    }

    static InetSocketAddress listenAddress(Object value) throws BadValue {
        String expected = "expected an address and a port, as \"127.0.0.1:9750\" or \"[::1]:9750\"";
        InetSocketAddress address = socketAddress(string(value, expected), 0, expected);
        if (address.getPort() == 0) {
            throw new BadValue(show(value) + " has no port, " + expected);
        }
        if (address.getAddress().isMulticastAddress()) {
            throw new BadValue(show(value) + " is a multicast address, " + expected);
        }
        return address;
    }

    static InetSocketAddress member(Object value, int defaultPort) throws BadValue {
        String expected = "expected a node's address, as \"10.9.0.2\", \"10.9.0.2:9753\" or \"[fd00::2]:9753\"";
        String text = string(value, expected);
        InetSocketAddress member = socketAddress(text, defaultPort, expected);
        rejectUnusable(member.getAddress(), text, expected);
        return member;
    }

    static TomlArray list(Object value) throws BadValue {
        String expected = "expected a list, as [\"10.9.0.1\", \"10.9.0.2\"]";
        if (!(value instanceof TomlArray array)) {
            throw new BadValue(wrongType(value) + ", " + expected);
        }
        if (array.isEmpty()) {
            throw new BadValue("the list is empty, " + expected + " or no such key");
        }
        return array;
    }

    static TomlArray rules(Object value) throws BadValue {
        if (!(value instanceof TomlArray array)) {
            throw new BadValue(wrongType(value) + ", " + EXPECTED_RULES);
        }
        if (array.isEmpty()) {
            throw new BadValue("the list is empty, " + EXPECTED_RULES + ", or no such key");
        }
        return array;
    }

    static boolean truth(Object value) throws BadValue {
        if (!(value instanceof Boolean truth)) {
            throw new BadValue(wrongType(value) + ", expected true or false");
        }
        return truth;
    }

    static boolean isIpv4(InetAddress address) {
        return address instanceof Inet4Address;
    }

    /** The value as an operator may recognise it in the file. */
    static String show(Object value) {
        if (!(value instanceof String text)) {
            return String.valueOf(value);
        }
        String printable = text.replaceAll("\\p{Cntrl}", "?");
        return '"' + (printable.length() > MAX_SHOWN ? printable.substring(0, MAX_SHOWN) + "..." : printable) + '"';
    }

    static String string(Object value, String expected) throws BadValue {
        if (!(value instanceof String text)) {
            throw new BadValue(wrongType(value) + ", " + expected);
        }
        if (text.isEmpty()) {
            throw new BadValue("is empty, " + expected);
        }
        return text;
    }

    static String wrongType(Object value) {
        return switch (value) {
            case String _ -> show(value) + " is a string";
            case Long _ -> value + " is a number";
            case Double _ -> value + " is a number with a fraction";
            case Boolean _ -> value + " is a truth value";
            case TomlArray _ -> "is a list";
            case TomlTable _ -> "is a section";
            default -> show(value) + " is a date or time";
        };
    }

    private static void rejectUnusable(InetAddress address, String text, String expected) throws BadValue {
        if (address.isAnyLocalAddress()) {
            throw new BadValue(show(text) + " means every address, " + expected);
        }
        if (address.isMulticastAddress()) {
            throw new BadValue(show(text) + " is a multicast address, " + expected);
        }
        if (address.getHostAddress().equals("255.255.255.255")) {
            throw new BadValue(show(text) + " is the broadcast address, " + expected);
        }
    }

    /** An address with or without a port: {@code 10.0.0.1:1}, {@code [fd00::1]:1}, {@code fd00::1}. */
    private static InetSocketAddress socketAddress(String text, int defaultPort, String expected) throws BadValue {
        int colon = text.lastIndexOf(':');
        boolean bracketed = text.startsWith("[");
        boolean plainIpv6 = !bracketed && text.indexOf(':') != colon;
        if (colon < 0 || plainIpv6 || (bracketed && text.endsWith("]"))) {
            return new InetSocketAddress(address(unbracketed(text, bracketed), expected), defaultPort);
        }
        String port = text.substring(colon + 1);
        int number = PORT.matcher(port).matches() ? Integer.parseInt(port) : 0;
        if (number < 1 || number > 65_535) {
            throw new BadValue(show(text) + " has no port from 1 to 65535 after its last colon, " + expected);
        }
        return new InetSocketAddress(address(unbracketed(text.substring(0, colon), bracketed), expected), number);
    }

    private static String unbracketed(String text, boolean bracketed) {
        return bracketed && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
    }

    private static InetAddress address(String text, String expected) throws BadValue {
        boolean ipv6 = text.indexOf(':') >= 0 && !text.startsWith("[");
        if (ipv6 || IPV4.matcher(text).matches()) {
            try {
                InetAddress address = InetAddress.ofLiteral(text);
                if (isIpv4(address) != ipv6) {
                    return address;
                }
            } catch (IllegalArgumentException e) {
                throw new BadValue(show(text) + " is not an IP address (" + e.getMessage() + "), " + expected);
            }
        }
        throw new BadValue(show(text) + " is not an IP address, " + expected);
    }
}
