package io.keepflow.node.config;

import io.keepflow.node.config.Config.ClusterSection;
import io.keepflow.node.config.Config.ControlSection;
import io.keepflow.node.config.Config.FailoverSection;
import io.keepflow.node.config.Config.MetricsSection;
import io.keepflow.node.config.Config.NodeSection;
import io.keepflow.node.config.Config.StateSection;
import io.keepflow.node.config.Config.TableSection;
import io.keepflow.node.filter.Selection;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;

/** Reads one configuration file: knows its sections and keys, their defaults, and what must hold between them. */
final class ConfigReader {
    /** Administratively scoped (RFC 2365) and transient, site-local (RFC 4291); the hop limit is 1 in any case. */
    private static final String DEFAULT_GROUP_IPV4 = "239.192.75.70";

    private static final String DEFAULT_GROUP_IPV6 = "ff15::4b46";

    private static final int DEFAULT_MULTICAST_PORT = 9752;
    private static final int DEFAULT_PORT = 9753;
    private static final int DEFAULT_MTU = 1500;
    private static final int DEFAULT_MAX_FLOWS = 2_000_000;
    private static final int DEFAULT_EVENT_BUFFER_BYTES = 64 << 20;
    private static final int DEFAULT_EVENT_BUFFER_MAX_BYTES = 256 << 20;

    /** RFC 8200 section 5: an IPv6 link carries at least 1280 bytes. */
    private static final int MIN_MTU_IPV6 = 1280;

    private static final int MAX_FILE_BYTES = 1 << 20;

    private final Path file;
    private final Problems problems;

    ConfigReader(Path file) {
        this.file = file;
        problems = new Problems(file.toString());
    }

    Config read() throws ConfigException {
        TomlParseResult toml = Toml.parse(text());
        Document document = new Document(toml, problems);
        NodeSection node = node(document.section("node", true));
        ClusterSection cluster = cluster(document.section("cluster", true));
        Optional<FailoverSection> failover = failover(document.section("failover", false));
        Optional<MetricsSection> metrics = metrics(document.section("metrics", false));
        ControlSection control = control(document.section("control", false));
        TableSection table = table(document.section("table", false));
        StateSection state = state(document.section("state", false));
        Selection replicate = FilterReader.read(document.section("replicate", false));
        document.rejectUnknown();
        for (TomlParseError error : toml.errors()) {
            problems.addSyntax(error.position(), String.valueOf(error.getMessage()));
        }
        problems.throwIfAny();
        return new Config(
                problems.sound(node), problems.sound(cluster), failover, metrics, control, table, state, replicate);
    }

    private String text() throws ConfigException {
        try {
            long size = Files.size(file);
            if (size > MAX_FILE_BYTES) {
                throw problems.ofFile("is " + size + " bytes long; a configuration has at most " + MAX_FILE_BYTES);
            }
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw problems.ofFile("does not exist; create it or name another with --config");
        } catch (AccessDeniedException e) {
            throw problems.ofFile("may not be read by this user; run as root or change its permissions");
        } catch (CharacterCodingException e) {
            throw problems.ofFile("is not text in UTF-8; save it as UTF-8");
        } catch (IOException e) {
            throw problems.ofFile("cannot be read (" + e.getMessage() + "); expected a TOML file");
        }
    }

    private static @Nullable NodeSection node(Section section) {
        String name = section.required("name", Values::name);
        section.rejectUnknown();
        return name == null ? null : new NodeSection(name);
    }

    private static @Nullable ClusterSection cluster(Section section) {
        String name = section.required("name", Values::name);
        InetAddress bind = section.required("bind", Values::bindAddress);
        Path keyFile = section.required("key_file", Values::absolutePath);
        InetAddress group = section.optional("multicast_group", Values::multicastGroup);
        int multicastPort = section.optional("multicast_port", DEFAULT_MULTICAST_PORT, Values::port);
        int port = section.optional("port", DEFAULT_PORT, Values::port);
        int mtu = section.optional("mtu", DEFAULT_MTU, Values.integer(576, 65_535));
        List<InetSocketAddress> members = section.list("members", item -> Values.member(item, port));
        section.rejectUnknown();
        if (bind == null) {
            return null;
        }
        checkTogether(section, bind, group, members, mtu);
        InetAddress defaultGroup = InetAddress.ofLiteral(Values.isIpv4(bind) ? DEFAULT_GROUP_IPV4 : DEFAULT_GROUP_IPV6);
        if (name == null || keyFile == null) {
            return null;
        }
        return new ClusterSection(
                name, bind, keyFile, group == null ? defaultGroup : group, multicastPort, port, members, mtu);
    }

    private static void checkTogether(
            Section section, InetAddress bind, @Nullable InetAddress group, List<InetSocketAddress> members, int mtu) {
        String family = Values.isIpv4(bind) ? "IPv4" : "IPv6";
        if (group != null && Values.isIpv4(group) != Values.isIpv4(bind)) {
            section.problem("multicast_group", "is not " + family + " as bind is, expected both of one family");
        }
        if (mtu < MIN_MTU_IPV6 && !Values.isIpv4(bind)) {
            section.problem("mtu", mtu + " is too small for IPv6, expected at least " + MIN_MTU_IPV6);
        }
        for (InetSocketAddress member : members) {
            if (Values.isIpv4(member.getAddress()) != Values.isIpv4(bind)) {
                section.problem(
                        "members",
                        member.getAddress().getHostAddress() + " is not " + family
                                + " as bind is, expected all of one family");
            }
        }
        if (!members.isEmpty() && (section.has("multicast_group") || section.has("multicast_port"))) {
            section.problem(
                    "members", "stands beside a multicast key, expected one of the two: members replace multicast");
        }
    }

    private static Optional<FailoverSection> failover(Section section) {
        if (!section.isPresent()) {
            return Optional.empty();
        }
        Path fifo = section.required("keepalived_fifo", Values::absolutePath);
        section.rejectUnknown();
        return Optional.ofNullable(fifo).map(FailoverSection::new);
    }

    private static Optional<MetricsSection> metrics(Section section) {
        if (!section.isPresent()) {
            return Optional.empty();
        }
        InetSocketAddress listen = section.required("listen", Values::listenAddress);
        section.rejectUnknown();
        return Optional.ofNullable(listen).map(MetricsSection::new);
    }

    private static ControlSection control(Section section) {
        Path socket = section.optional("socket", Config.DEFAULT_CONTROL_SOCKET, Values::socketPath);
        section.rejectUnknown();
        return new ControlSection(socket);
    }

    private static StateSection state(Section section) {
        BigInteger labelMask = section.optional("label_mask", BigInteger.ZERO, Values::labelMask);
        section.rejectUnknown();
        return new StateSection(labelMask);
    }

    private static TableSection table(Section section) {
        int maxFlows = section.optional("max_flows", DEFAULT_MAX_FLOWS, Values.integer(1_000, 50_000_000));
        int bufferBytes =
                section.optional("event_buffer_bytes", DEFAULT_EVENT_BUFFER_BYTES, Values.integer(128 << 10, 1 << 30));
        int maxBytes = section.optional(
                "event_buffer_max_bytes",
                Math.max(DEFAULT_EVENT_BUFFER_MAX_BYTES, bufferBytes),
                Values.integer(128 << 10, 1 << 30));
        if (maxBytes < bufferBytes) {
            section.problem(
                    "event_buffer_max_bytes",
                    maxBytes + " is less than event_buffer_bytes, " + bufferBytes + ", expected at least that");
        }
        section.rejectUnknown();
        return new TableSection(maxFlows, bufferBytes, maxBytes);
    }
}
