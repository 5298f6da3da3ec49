package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Single entries of a real kernel's table. */
class ConntrackLookupTest {
    private ConntrackNamespace kernel;
    private ConntrackLookup lookup;

    @BeforeEach
    void open() throws Exception {
        kernel = new ConntrackNamespace();
        lookup = kernel.namespace.call(() -> ConntrackLookup.open(LabelMask.NONE));
    }

    @AfterEach
    void close() throws Exception {
        lookup.close();
        kernel.close();
    }

    @Test
    void whatIsThereComesAsItIsAndTheRestIsMissing() throws Exception {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < ConntrackLookup.MAX_PENDING; i++) {
            Flow flow = flow(i);
            if (i % 3 == 0) {
                expected.add(i + " ENOENT");
            } else {
                expected.add(i + " " + Flows.describe(flow));
                assertThat(kernel.answer(r -> r.create(flow, 600, 0))).isZero();
            }
        }
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < ConntrackLookup.MAX_PENDING; i++) {
                assertThat(lookup.add(flow(i), i)).isTrue();
            }
            assertThat(lookup.add(flow(0), 0)).as("the batch is full").isFalse();
            assertThat(answers()).containsExactlyElementsOf(expected);
        }
    }

    /** Whoever asks must look at the tuple of the answer: the kernel finds entries by either of theirs. */
    @Test
    void anEntryIsFoundByItsReplyTuple() throws Exception {
        Flow flow = Flows.plain(Flow.IPV4, Flow.UDP, 1);
        assertThat(kernel.answer(r -> r.create(flow, 600, 0))).isZero();
        Flow turned = new Flow();
        turned.set(flow);
        Tuple original = new Tuple();
        original.set(flow.original);
        turned.original.set(flow.reply);
        turned.reply.set(original);
        assertThat(lookup.add(turned, 7)).isTrue();
        assertThat(answers()).containsExactly("7 " + Flows.describe(flow));
    }

    @Test
    void aZoneIsPartOfTheQuestion() throws Exception {
        Flow flow = Flows.plain(Flow.IPV6, Flow.TCP, 1);
        flow.zone = 5;
        assertThat(kernel.answer(r -> r.create(flow, 600, 0))).isZero();
        assertThat(lookup.add(flow, 1)).isTrue();
        Flow elsewhere = new Flow();
        elsewhere.set(flow);
        elsewhere.zone = 6;
        assertThat(lookup.add(elsewhere, 2)).isTrue();
        assertThat(answers()).containsExactly("1 " + Flows.describe(flow), "2 ENOENT");
    }

    /** The kernel answers every question of a sender without privilege with EPERM. */
    @Test
    void whatIsNotAllowedIsAnAnswer() throws Exception {
        lookup.close();
        lookup = kernel.namespace.call(() -> {
            UnprivilegedThread.become();
            return ConntrackLookup.open(LabelMask.NONE);
        });
        assertThat(lookup.add(flow(1), 1)).isTrue();
        assertThat(lookup.add(flow(2), 2)).isTrue();
        assertThatThrownBy(this::answers).isInstanceOf(NetlinkException.class).hasMessageContaining("CAP_NET_ADMIN");
    }

    private List<String> answers() throws NetlinkException {
        List<String> answers = new ArrayList<>();
        lookup.flush((cookie, errno, entry) ->
                answers.add(cookie + " " + (errno == 0 ? Flows.describe(entry) : Errno.name(errno))));
        return answers;
    }

    private static Flow flow(int i) {
        Flow flow = Flows.plain(i % 2 == 0 ? Flow.IPV4 : Flow.IPV6, i % 4 < 2 ? Flow.TCP : Flow.UDP, i);
        return i % 5 == 0 ? Flows.snat(flow) : flow;
    }
}
