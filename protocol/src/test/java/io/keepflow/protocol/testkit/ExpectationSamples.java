package io.keepflow.protocol.testkit;

import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Expectation.Endpoints;
import io.keepflow.protocol.Expectation.Identity;
import io.keepflow.protocol.Expectation.Master;
import io.keepflow.protocol.Expectation.SourceMask;
import io.keepflow.protocol.Expectation.Translation;
import io.keepflow.protocol.Flow;
import java.util.Random;

/** Expectations for tests. */
public final class ExpectationSamples {
    private ExpectationSamples() {}

    /** FTP's passive data connection to {@code port}, of the master from that source port. */
    public static Expectation ftp(int masterPort, int port) {
        return ftp(new Endpoints(0, 0x0a320102L, 0, 0x0a320202L, masterPort, 21), port);
    }

    /** A data connection that belongs to an IPv4 flow. */
    public static Expectation of(Flow master) {
        return ftp(Endpoints.of(master.original), 40_000);
    }

    private static Expectation ftp(Endpoints master, int port) {
        Endpoints tuple = new Endpoints(0, 0x0a320102L, 0, 0x0a320202L, 0, port);
        return new Expectation(
                new Identity(Flow.IPV4, Flow.TCP, 0, tuple, new SourceMask(0, 0xffffffffL, 0)),
                new Master(Flow.TCP, master),
                300,
                0,
                0,
                "ftp",
                "nat-follow-master",
                new Translation(1, 0, 0, port));
    }

    /** Anything that the wire can carry. */
    public static Expectation random(Random random) {
        boolean ipv6 = random.nextBoolean();
        return new Expectation(
                new Identity(
                        ipv6 ? Flow.IPV6 : Flow.IPV4,
                        random.nextInt(256),
                        random.nextInt(0x10000),
                        ends(random, ipv6),
                        new SourceMask(ipv6 ? random.nextLong() : 0, low(random, ipv6), random.nextInt(0x10000))),
                new Master(random.nextInt(256), ends(random, ipv6)),
                random.nextInt(Integer.MAX_VALUE),
                random.nextInt(),
                random.nextInt(Expectation.MAX_GROUP + 1),
                random.nextBoolean() ? "" : "fifteen-letters",
                random.nextBoolean() ? "" : "nat-follow-master",
                random.nextBoolean()
                        ? null
                        : new Translation(
                                random.nextInt(2),
                                ipv6 ? random.nextLong() : 0,
                                low(random, ipv6),
                                random.nextInt(0x10000)));
    }

    private static Endpoints ends(Random random, boolean ipv6) {
        return new Endpoints(
                ipv6 ? random.nextLong() : 0,
                low(random, ipv6),
                ipv6 ? random.nextLong() : 0,
                low(random, ipv6),
                random.nextInt(0x10000),
                random.nextInt(0x10000));
    }

    private static long low(Random random, boolean ipv6) {
        return ipv6 ? random.nextLong() : random.nextLong() >>> 32;
    }
}
