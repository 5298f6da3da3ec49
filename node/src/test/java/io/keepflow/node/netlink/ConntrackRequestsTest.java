package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.keepflow.protocol.Flow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The kernel's answers, and which request each belongs to. */
class ConntrackRequestsTest {
    private ConntrackNamespace kernel;

    @BeforeEach
    void open() throws Exception {
        kernel = new ConntrackNamespace();
    }

    @AfterEach
    void close() throws Exception {
        kernel.close();
    }

    @Test
    void createTwiceIsEexist() throws Exception {
        Flow flow = Flows.plain(Flow.IPV4, Flow.TCP, 1000);
        assertThat(answer(r -> r.create(flow, 100, 1))).isEqualTo("OK");
        assertThat(answer(r -> r.create(flow, 100, 1))).isEqualTo("EEXIST");
    }

    /** Two flows that are translated to the same address and port: the kernel must not choose another port by itself. */
    @Test
    void replyTupleOfAnotherEntryIsEexist() throws Exception {
        Flow first = Flows.snat(Flows.plain(Flow.IPV4, Flow.UDP, 1000));
        Flow second = Flows.plain(Flow.IPV4, Flow.UDP, 2000);
        second.reply.set(first.reply);
        second.status = first.status;
        assertThat(answer(r -> r.create(first, 100, 1))).isEqualTo("OK");
        assertThat(answer(r -> r.create(second, 100, 1))).isEqualTo("EEXIST");

        assertThat(answer(r -> r.deleteByReply(second, 1))).isEqualTo("OK");
        assertThat(answer(r -> r.create(second, 100, 1))).isEqualTo("OK");
        assertThat(kernel.table()).hasSize(1);
    }

    /** Likewise where one direction is not translated: its port must stay. */
    @Test
    void clashInTheDirectionWithoutNatIsEexistToo() throws Exception {
        Flow plain = Flows.plain(Flow.IPV4, Flow.UDP, 1000);
        Flow translated = Flows.plain(Flow.IPV4, Flow.UDP, 1000);
        translated.original.dstLow += 77;
        translated.reply.set(plain.reply);
        translated.status |= Flow.IPS_DST_NAT;
        assertThat(answer(r -> r.create(plain, 100, 1))).isEqualTo("OK");
        assertThat(answer(r -> r.create(translated, 100, 1))).isEqualTo("EEXIST");
    }

    @Test
    void whatIsNotThereIsEnoent() throws Exception {
        Flow flow = Flows.plain(Flow.IPV6, Flow.TCP, 1000);
        assertThat(answer(r -> r.update(flow, 100, true, 1))).isEqualTo("ENOENT");
        assertThat(answer(r -> r.refresh(flow, 100, 1))).isEqualTo("ENOENT");
        assertThat(answer(r -> r.delete(flow, 1))).isEqualTo("ENOENT");
        assertThat(answer(r -> r.deleteByReply(flow, 1))).isEqualTo("ENOENT");
        assertThat(kernel.table()).isEmpty();
    }

    @Test
    void clearingAssuredIsEbusy() throws Exception {
        Flow flow = Flows.plain(Flow.IPV4, Flow.TCP, 1000);
        answer(r -> r.create(flow, 100, 1));
        flow.status = Flow.IPS_CONFIRMED;
        assertThat(answer(r -> r.update(flow, 100, false, 1))).isEqualTo("EBUSY");
    }

    /** Bits that the kernel answers EBUSY to, and bits of its own, are left out. */
    @Test
    void anyStatusOfTheOwnerCanBeCreatedAndUpdated() throws Exception {
        Flow flow = Flows.plain(Flow.IPV4, Flow.TCP, 1000);
        flow.status = 0xffff & ~(Flow.IPS_SRC_NAT | Flow.IPS_DST_NAT);
        assertThat(answer(r -> r.create(flow, 100, 1))).isEqualTo("OK");
        assertThat(answer(r -> r.update(flow, 100, true, 1))).isEqualTo("OK");
        Flow dumped = kernel.table().getFirst();
        assertThat(dumped.status & 0xffff)
                .isEqualTo(Flows.STREAM | Flow.IPS_FIXED_TIMEOUT | (dumped.status & Flow.IPS_SRC_NAT_DONE));
    }

    @Test
    void fixedTimeoutIsEpermToRefreshAndNoObstacleToUpdate() throws Exception {
        Flow flow = Flows.plain(Flow.IPV4, Flow.UDP, 1000);
        flow.status |= Flow.IPS_FIXED_TIMEOUT;
        answer(r -> r.create(flow, 100, 1));
        assertThat(answer(r -> r.refresh(flow, 300, 1))).isEqualTo("EPERM");
        flow.mark = 3;
        assertThat(answer(r -> r.update(flow, 300, false, 1))).isEqualTo("OK");
        assertThat(kernel.table().getFirst().timeout).isBetween(90, 100);
        assertThat(kernel.table().getFirst().mark).isEqualTo(3);
    }

    /** No such TCP state: ERANGE since the kernel checks it by policy, EINVAL before. */
    @Test
    void impossibleStateIsErange() throws Exception {
        Flow flow = Flows.plain(Flow.IPV4, Flow.TCP, 1000);
        flow.tcpState = 10;
        assertThat(answer(r -> r.create(flow, 100, 1))).isIn("ERANGE", "EINVAL");
    }

    @Test
    void withoutWindowScalesTheKernelIsToldToBeLiberal() throws Exception {
        Flow flow = Flows.plain(Flow.IPV4, Flow.TCP, 1000);
        flow.tcpFlagsReply = 0;
        answer(r -> r.create(flow, 100, 1));
        Flow dumped = kernel.table().getFirst();
        assertThat(dumped.tcpFlagsOriginal & Ctnetlink.IP_CT_TCP_FLAG_BE_LIBERAL)
                .isNotZero();
        assertThat(dumped.tcpFlagsReply & Ctnetlink.IP_CT_TCP_FLAG_BE_LIBERAL).isNotZero();

        flow.tcpFlagsReply = flow.tcpFlagsOriginal;
        answer(r -> r.update(flow, 100, true, 1));
        Flow updated = kernel.table().getFirst();
        assertThat(updated.tcpFlagsOriginal & Ctnetlink.IP_CT_TCP_FLAG_BE_LIBERAL)
                .isZero();
        assertThat(updated.tcpWindowScaleOriginal).isEqualTo(7);
        assertThat(updated.tcpWindowScaleReply).isEqualTo(9);
    }

    /** MAXACK_SET and the like speak of packets that this kernel has not seen. */
    @Test
    void flagsThatNeedTheKernelsOwnMemoryAreNotRestored() throws Exception {
        Flow flow = Flows.plain(Flow.IPV4, Flow.TCP, 1000);
        flow.tcpFlagsOriginal = flow.tcpFlagsReply = 0x77;
        answer(r -> r.create(flow, 100, 1));
        assertThat(kernel.table().getFirst().tcpFlagsOriginal).isEqualTo(0x07);
        assertThat(kernel.table().getFirst().tcpFlagsReply).isEqualTo(0x07);
    }

    @Test
    void oneFailureInTheMiddleOf65LeavesTheOthersAlone() throws Exception {
        Flow taken = Flows.plain(Flow.IPV4, Flow.UDP, 1032);
        answer(r -> r.create(taken, 100, 1));
        ConntrackRequests requests = kernel.requests;
        for (int i = 0; i < 65; i++) {
            assertThat(requests.create(Flows.plain(Flow.IPV4, Flow.UDP, 1000 + i), 100, 7000 + i))
                    .isTrue();
        }
        assertThat(requests.pending()).isEqualTo(65);
        Map<Long, Integer> answers = flush();
        assertThat(answers).hasSize(65);
        assertThat(answers.remove(7032L)).isEqualTo(Errno.EEXIST);
        assertThat(answers.values()).hasSize(64).containsOnly(0);
        assertThat(requests.pending()).isZero();
        assertThat(kernel.table()).hasSize(65);
    }

    @Test
    void aFullBatchOfFailuresIsAnsweredInOrder() throws Exception {
        List<Long> expected =
                LongStream.range(0, ConntrackRequests.MAX_PENDING).boxed().toList();
        for (int round = 0; round < 3; round++) {
            for (long cookie : expected) {
                assertThat(kernel.requests.delete(Flows.plain(Flow.IPV6, Flow.TCP, (int) cookie), cookie))
                        .isTrue();
            }
            assertThat(kernel.requests.delete(Flows.plain(Flow.IPV6, Flow.TCP, 999), 999))
                    .isFalse();
            List<Long> cookies = new ArrayList<>();
            kernel.requests.flush((cookie, errno) -> {
                assertThat(errno).isEqualTo(Errno.ENOENT);
                cookies.add(cookie);
            });
            assertThat(cookies).isEqualTo(expected);
        }
    }

    /** The longest requests there are fit into the buffer that is kept for them. */
    @Test
    void aFullBatchOfTheLongestRequestsFits() throws Exception {
        for (int i = 0; i < ConntrackRequests.MAX_PENDING; i++) {
            Flow flow = Flows.dnat(Flows.snat(Flows.plain(Flow.IPV6, Flow.TCP, 1000 + i)));
            flow.zoneOriginal = 5;
            assertThat(kernel.requests.create(flow, 100, i)).isTrue();
        }
        assertThat(flush().values()).hasSize(ConntrackRequests.MAX_PENDING).containsOnly(0);
        assertThat(kernel.table()).hasSize(ConntrackRequests.MAX_PENDING);
    }

    /** As after EEXIST: delete what is in the way, and create. */
    @Test
    void aCallbackMayAddRequestsForTheNextFlush() throws Exception {
        int half = ConntrackRequests.MAX_PENDING / 2;
        for (int i = 0; i < half; i++) {
            kernel.requests.update(Flows.plain(Flow.IPV4, Flow.UDP, 1000 + i), 100, false, i);
        }
        List<Long> missing = new ArrayList<>();
        kernel.requests.flush((cookie, errno) -> {
            assertThat(errno).isEqualTo(Errno.ENOENT);
            missing.add(cookie);
            Flow flow = Flows.plain(Flow.IPV4, Flow.UDP, 1000 + (int) cookie);
            assertThat(kernel.requests.create(flow, 100, 5000 + cookie)).isTrue();
            assertThat(kernel.requests.refresh(flow, 200, 6000 + cookie)).isTrue();
        });
        assertThat(missing).isEqualTo(LongStream.range(0, half).boxed().toList());
        Map<Long, Integer> answers = flush();
        assertThat(answers.keySet())
                .containsExactlyElementsOf(
                        LongStream.concat(LongStream.range(5000, 5000 + half), LongStream.range(6000, 6000 + half))
                                .boxed()
                                .toList());
        assertThat(answers.values()).containsOnly(0);
    }

    @Test
    void aCallbackMustNotFlush() {
        kernel.requests.delete(Flows.plain(Flow.IPV4, Flow.UDP, 1), 1);
        assertThatThrownBy(() -> kernel.requests.flush((cookie, errno) -> flush()))
                .isInstanceOf(IllegalStateException.class);
        assertThat(kernel.requests.pending()).isZero();
    }

    @Test
    void nothingFlushesTheTable() throws Exception {
        answer(r -> r.create(Flows.plain(Flow.IPV4, Flow.UDP, 1000), 100, 1));
        Flow empty = new Flow();
        assertThatThrownBy(() -> kernel.requests.delete(empty, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> kernel.requests.deleteByReply(empty, 1)).isInstanceOf(IllegalArgumentException.class);
        empty.family = Flow.IPV4;
        assertThat(answer(r -> r.delete(empty, 1))).isEqualTo("ENOENT");
        assertThatThrownBy(() -> kernel.requests.deleteByReply(empty, 1)).isInstanceOf(IllegalArgumentException.class);
        kernel.requests.flush((cookie, errno) -> {});
        assertThat(kernel.table()).hasSize(1);
    }

    /** The kernel answers the first request only; all of them are reported, and the exception says what to do. */
    @Test
    void withoutPrivilegeEveryRequestIsEperm() throws Exception {
        Map<Long, Integer> answers = new TreeMap<>();
        NetlinkException refused = kernel.namespace.call(() -> {
            UnprivilegedThread.become();
            try (ConntrackRequests unprivileged = ConntrackRequests.open()) {
                for (int i = 0; i < 3; i++) {
                    unprivileged.create(Flows.plain(Flow.IPV4, Flow.UDP, 1000 + i), 100, i);
                }
                return assertThrows(NetlinkException.class, () -> unprivileged.flush(answers::put));
            }
        });
        assertThat(refused).hasMessageContaining("EPERM").hasMessageContaining("CAP_NET_ADMIN");
        assertThat(answers).containsExactly(Map.entry(0L, 1), Map.entry(1L, 1), Map.entry(2L, 1));
        assertThat(kernel.table()).isEmpty();
    }

    private String answer(ConntrackNamespace.Request request) throws NetlinkException {
        return Errno.name(kernel.answer(request));
    }

    private Map<Long, Integer> flush() {
        Map<Long, Integer> answers = new TreeMap<>();
        try {
            kernel.requests.flush(
                    (cookie, errno) -> assertThat(answers.put(cookie, errno)).isNull());
        } catch (NetlinkException e) {
            throw new AssertionError(e);
        }
        return answers;
    }
}
