package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Expectation.Endpoints;
import io.keepflow.protocol.Expectation.Identity;
import io.keepflow.protocol.Expectation.Master;
import io.keepflow.protocol.Expectation.SourceMask;
import io.keepflow.protocol.Expectation.Translation;
import io.keepflow.protocol.Flow;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What one kernel says of an expectation of each helper, a second kernel has after it was given just that. */
class ExpectationHelpersTest {
    private static final int SECONDS = 25;

    private ConntrackNamespace one;
    private ConntrackNamespace two;

    @BeforeEach
    void open() throws Exception {
        one = new ConntrackNamespace();
        two = new ConntrackNamespace();
    }

    @AfterEach
    void close() throws Exception {
        one.close();
        two.close();
    }

    @ParameterizedTest
    @CsvSource({
        "ftp, 6, 6, 0, 0, nat-follow-master, 2",
        "ftp, 6, 6, 0, 0, nat-follow-master, 10",
        "irc, 6, 6, 0, 0, nat-follow-master, 2",
        "sip, 17, 17, 1, 0, sip, 2",
        "sip, 17, 17, 1, 0, nat-follow-master, 10",
        "sip, 17, 17, 0, 3, sip, 2",
        "sip, 6, 6, 0, 1, sip, 2",
        "tftp, 17, 17, 0, 0, nat-follow-master, 2",
        "tftp, 17, 17, 0, 0, nat-follow-master, 10",
        "amanda, 17, 6, 0, 0, nat-follow-master, 2",
        "sane, 6, 6, 0, 0, '', 2",
        "Q.931, 6, 6, 0, 0, callforwarding, 2",
        "RAS, 17, 6, 0, 1, Q.931, 2",
        "pptp, 6, 47, 0, 0, '', 2"
    })
    void itIsTheSameInTheOtherKernel(
            String helper, int masterProtocol, int protocol, int group, int flags, String function, int family)
            throws Exception {
        Flow master = Flows.plain(family, masterProtocol, 4000);
        master.present |= Flow.HAS_HELPER;
        assertThat(master.extensions.helper.set(helper)).isTrue();
        Expectation wanted = expectation(master, protocol, group, flags, helper, function, 9000);

        assertThat(put(one, wanted)).as("without a master").isEqualTo(Errno.ENOENT);
        assertThat(one.answer(requests -> requests.create(master, 600, 1))).isZero();
        assertThat(put(one, wanted)).isZero();
        Expectation heard = only(one);
        assertThat(heard.sameButTimeout(wanted)).as("%s is %s", heard, wanted).isTrue();

        assertThat(two.answer(requests -> requests.create(master, 600, 1))).isZero();
        assertThat(put(two, heard)).isZero();
        assertThat(only(two).sameButTimeout(heard)).isTrue();
        assertThat(only(two).timeoutSeconds()).isBetween(SECONDS - 3, SECONDS);
    }

    @Test
    void oneSocketDumpsManyPagesAgainAndAgainAndAfterADumpThatWasGivenUp() throws Exception {
        int count = 400;
        for (int i = 0; i < count; i++) {
            Flow master = Flows.plain(Flow.IPV4, Flow.TCP, 4000 + i);
            master.present |= Flow.HAS_HELPER;
            assertThat(master.extensions.helper.set("ftp")).isTrue();
            assertThat(one.answer(requests -> requests.create(master, 600, 1))).isZero();
            assertThat(put(one, expectation(master, Flow.TCP, 0, 0, "ftp", "nat-follow-master", 9000 + i)))
                    .isZero();
        }
        try (ExpectationDump dump = one.namespace.call(ExpectationDump::open)) {
            RecordingListener first = new RecordingListener();
            first.read(dump);
            assertThat(first.expectations()).doesNotHaveDuplicates().hasSize(count);

            RecordingListener givenUp = new RecordingListener();
            dump.start(givenUp);
            assertThat(dump.read()).as("more than a page").isFalse();
            RecordingListener next = new RecordingListener();
            next.read(dump);
            assertThat(next.expectations()).doesNotHaveDuplicates().hasSize(count);
            assertThat(givenUp.expectations()).hasSizeLessThan(count);
            next.assertNothingMalformed();
        }
    }

    private static Expectation expectation(
            Flow master, int protocol, int group, int flags, String helper, String function, int port) {
        Endpoints original = Endpoints.of(master.original);
        boolean v6 = master.family == Flow.IPV6;
        return new Expectation(
                new Identity(
                        master.family,
                        protocol,
                        0,
                        new Endpoints(
                                original.dstHigh(),
                                original.dstLow(),
                                original.srcHigh(),
                                original.srcLow(),
                                protocol == Flow.GRE ? 77 : 0,
                                port),
                        new SourceMask(v6 ? -1 : 0, v6 ? -1 : 0xffffffffL, protocol == Flow.GRE ? 0xffff : 0)),
                new Master(master.protocol, original),
                SECONDS,
                flags,
                group,
                helper,
                function,
                new Translation(1, original.srcHigh(), original.srcLow(), port));
    }

    private static int put(ConntrackNamespace kernel, Expectation expectation) throws Exception {
        try (ExpectationRequests requests = kernel.namespace.call(ExpectationRequests::open)) {
            int created = requests.create(expectation);
            return created == 0 ? requests.arm(expectation, SECONDS) : created;
        }
    }

    private static Expectation only(ConntrackNamespace kernel) throws Exception {
        RecordingListener listener = new RecordingListener();
        try (ExpectationDump dump = kernel.namespace.call(ExpectationDump::open)) {
            listener.read(dump);
        }
        listener.assertNothingMalformed();
        List<Expectation> all = listener.expectations();
        assertThat(all).hasSize(1);
        return all.getFirst();
    }
}
