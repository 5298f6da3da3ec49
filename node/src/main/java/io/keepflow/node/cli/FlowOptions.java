package io.keepflow.node.cli;

import io.keepflow.node.api.FlowFilter;
import io.keepflow.node.notation.ConntrackNames;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.FlowsRequest;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The filters of {@code keepflow flows}, with the names and letters of conntrack(8). */
final class FlowOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    @Option(
            names = {"-f", "--family"},
            paramLabel = "FAMILY",
            description = "ipv4 or ipv6.")
    private @Nullable Family family;

    @Option(
            names = {"-p", "--proto"},
            paramLabel = "PROTO",
            converter = ProtocolConverter.class,
            description = "Protocol, by name (tcp, udp, ...) or number.")
    private @Nullable Integer protocol;

    @Option(
            names = {"-s", "--src", "--orig-src"},
            paramLabel = "ADDR",
            description = "Original source, or its prefix.")
    private @Nullable String origSrc;

    @Option(
            names = {"-d", "--dst", "--orig-dst"},
            paramLabel = "ADDR",
            description = "Original destination, or its prefix.")
    private @Nullable String origDst;

    @Option(
            names = {"-r", "--reply-src"},
            paramLabel = "ADDR",
            description = "Source of the replies, or its prefix.")
    private @Nullable String replySrc;

    @Option(
            names = {"-q", "--reply-dst"},
            paramLabel = "ADDR",
            description = "Destination of the replies, or its prefix.")
    private @Nullable String replyDst;

    @Option(
            names = {"--sport", "--orig-port-src"},
            paramLabel = "PORT",
            description = "Original source port.")
    private @Nullable Integer origSport;

    @Option(
            names = {"--dport", "--orig-port-dst"},
            paramLabel = "PORT",
            description = "Original destination port.")
    private @Nullable Integer origDport;

    @Option(
            names = {"-n", "--src-nat"},
            description = "Only flows whose source is translated.")
    private boolean srcNat;

    @Option(
            names = {"-g", "--dst-nat"},
            description = "Only flows whose destination is translated.")
    private boolean dstNat;

    @Option(
            names = {"-j", "--any-nat"},
            description = "Only flows with either.")
    private boolean anyNat;

    @Option(
            names = {"-m", "--mark"},
            paramLabel = "MARK[/MASK]",
            converter = MarkConverter.class,
            description = "Mark, decimal or 0x...")
    private @Nullable Mark mark;

    @Option(
            names = {"-w", "--zone"},
            paramLabel = "ZONE",
            description = "Zone of both directions, or of the original.")
    private @Nullable Integer zone;

    @Option(names = "--state", paramLabel = "STATE", description = "State of TCP or SCTP, as ESTABLISHED.")
    private String state = "";

    @Option(
            names = {"-u", "--status"},
            paramLabel = "STATUS",
            split = ",",
            description = "ASSURED, SEEN_REPLY, FIXED_TIMEOUT, EXPECTED, OFFLOAD, ...; each may be negated as !ASSURED."
                    + " UNSET: neither replied to nor assured.")
    private String[] statuses = {};

    @Option(names = "--owner", paramLabel = "NODE", description = "Only flows of this node.")
    private String owner = "";

    @Option(names = "--limit", paramLabel = "N", description = "Stop after so many flows.")
    private @Nullable Integer limit;

    /** As the operator types them. */
    enum Family {
        ipv4,
        ipv6
    }

    /** A mark and the bits of it that count. */
    record Mark(int value, int mask) {}

    /** The request; a filter that cannot be is a wrong command line. */
    FlowsRequest request() {
        FlowsRequest.Builder request = FlowsRequest.newBuilder()
                .setFamily(family == null ? 0 : family == Family.ipv4 ? Flow.IPV4 : Flow.IPV6)
                .setOrigSrc(text(origSrc, "--orig-src"))
                .setOrigDst(text(origDst, "--orig-dst"))
                .setReplySrc(text(replySrc, "--reply-src"))
                .setReplyDst(text(replyDst, "--reply-dst"))
                .setState(state.toUpperCase(Locale.ROOT))
                .setSrcNat(srcNat)
                .setDstNat(dstNat)
                .setAnyNat(anyNat)
                .setOwner(owner);
        setNumbers(request);
        for (String status : statuses) {
            addStatus(request, status.strip());
        }
        FlowsRequest built = request.build();
        try {
            FlowFilter.of(built);
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()), e);
        }
        return built;
    }

    private void setNumbers(FlowsRequest.Builder request) {
        if (protocol != null) {
            request.setProtocol(protocol);
        }
        if (origSport != null) {
            request.setOrigSport(origSport);
        }
        if (origDport != null) {
            request.setOrigDport(origDport);
        }
        if (mark != null) {
            request.setMark(mark.value()).setMarkMask(mark.mask());
        }
        if (zone != null) {
            request.setZone(zone);
        }
        if (limit != null) {
            if (limit < 1) {
                throw wrong("--limit " + limit + " is not a number from 1 on", null);
            }
            request.setLimit(limit);
        }
    }

    private String text(@Nullable String value, String option) {
        if (value == null) {
            return "";
        }
        if (value.isEmpty()) {
            throw wrong(option + " has no address", null);
        }
        return value;
    }

    private void addStatus(FlowsRequest.Builder request, String word) {
        if (word.equalsIgnoreCase("UNSET")) {
            request.setStatusClear(request.getStatusClear() | Flow.IPS_SEEN_REPLY | Flow.IPS_ASSURED);
            return;
        }
        boolean negated = word.startsWith("!");
        int bit = ConntrackNames.statusBit(negated ? word.substring(1) : word);
        if (bit == 0) {
            throw wrong(
                    "\"" + word + "\" is no status, expected UNSET or some of "
                            + String.join(", ", ConntrackNames.statusNames()),
                    null);
        }
        if (negated) {
            request.setStatusClear(request.getStatusClear() | bit);
        } else {
            request.setStatusSet(request.getStatusSet() | bit);
        }
    }

    private ParameterException wrong(String message, @Nullable Throwable cause) {
        return new ParameterException(command.commandLine(), message, cause);
    }

    /** Reads a protocol. */
    static final class ProtocolConverter implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return ConntrackNames.protocolNumber(text)
                    .orElseThrow(() -> new TypeConversionException("\"" + text
                            + "\" is no protocol, expected tcp, udp, udplite, icmp, icmpv6, sctp, gre or a number from"
                            + " 0 to 255"));
        }
    }

    /** Reads a mark and its mask. */
    static final class MarkConverter implements ITypeConverter<Mark> {
        @Override
        public Mark convert(String text) {
            int slash = text.indexOf('/');
            try {
                if (slash < 0) {
                    return new Mark(unsigned(text), -1);
                }
                int mask = unsigned(text.substring(slash + 1));
                if (mask != 0) {
                    return new Mark(unsigned(text.substring(0, slash)), mask);
                }
            } catch (NumberFormatException e) {
                throw wrong(text, e);
            }
            throw wrong(text, null);
        }

        private static int unsigned(String text) {
            return text.startsWith("0x") || text.startsWith("0X")
                    ? Integer.parseUnsignedInt(text.substring(2), 16)
                    : Integer.parseUnsignedInt(text);
        }

        private static TypeConversionException wrong(String text, @Nullable Throwable cause) {
            TypeConversionException e = new TypeConversionException("\"" + text
                    + "\" is no mark, expected 32 bits as 5 or 0x5, and after a slash a mask that is not 0");
            e.initCause(cause);
            return e;
        }
    }
}
