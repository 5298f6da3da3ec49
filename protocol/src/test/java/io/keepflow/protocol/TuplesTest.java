package io.keepflow.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.testkit.FlowSamples;
import io.keepflow.protocol.testkit.Seed;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The reply of a flow that is not translated. */
class TuplesTest {
    private final Tuple inverted = new Tuple();
    private final Tuple back = new Tuple();

    @ParameterizedTest
    @ValueSource(ints = {Flow.ICMP, Flow.ICMPV6})
    void invertingEveryTypeTwiceGivesItBack(int protocol) {
        for (int typeAndCode = 0; typeAndCode < 1 << 16; typeAndCode++) {
            Tuple tuple = new Tuple();
            tuple.l4Src = 4711;
            tuple.l4Dst = typeAndCode;
            Tuples.invert(protocol, tuple, inverted);
            Tuples.invert(protocol, inverted, back);
            assertThat(back.sameAs(tuple))
                    .as("type << 8 | code %d", typeAndCode)
                    .isTrue();
            assertThat(inverted.l4Src).isEqualTo(4711);
        }
    }

    @Test
    void invertingAnyFlowTwiceGivesItBack() {
        Random random = Seed.random();
        for (int i = 0; i < 20_000; i++) {
            Flow flow = FlowSamples.random(random);
            Tuples.invert(flow.protocol, flow.original, inverted);
            Tuples.invert(flow.protocol, inverted, back);
            assertThat(back.sameAs(flow.original)).as(FlowSamples.text(flow)).isTrue();
        }
    }

    @Test
    void plainMeansThatTheReplyIsTheInversion() {
        Random random = Seed.random();
        int plain = 0;
        for (int i = 0; i < 20_000; i++) {
            Flow flow = FlowSamples.random(random);
            Tuples.invert(flow.protocol, flow.original, inverted);
            assertThat(Tuples.isPlainReply(flow)).as(FlowSamples.text(flow)).isEqualTo(inverted.sameAs(flow.reply));
            plain += Tuples.isPlainReply(flow) ? 1 : 0;
        }
        assertThat(plain).isBetween(5_000, 15_000);
    }

    @ParameterizedTest(name = "a reply that differs in {0} is translated")
    @ValueSource(strings = {"source", "source high", "destination", "destination high", "l4 source", "l4 destination"})
    void oneDifferentFieldIsEnoughToBeTranslated(String field) {
        for (int protocol : new int[] {Flow.TCP, Flow.ICMP, Flow.ICMPV6}) {
            Flow flow = FlowSamples.udp(1);
            flow.protocol = protocol;
            Tuples.invert(protocol, flow.original, flow.reply);
            assertThat(Tuples.isPlainReply(flow)).isTrue();
            switch (field) {
                case "source" -> flow.reply.srcLow++;
                case "source high" -> flow.reply.srcHigh++;
                case "destination" -> flow.reply.dstLow++;
                case "destination high" -> flow.reply.dstHigh++;
                case "l4 source" -> flow.reply.l4Src++;
                default -> flow.reply.l4Dst++;
            }
            assertThat(Tuples.isPlainReply(flow)).as("protocol %d", protocol).isFalse();
        }
    }

    /** nf_conntrack_proto_icmp.c and nf_conntrack_proto_icmpv6.c, {@code invmap}. */
    @ParameterizedTest(name = "protocol {0} type {1} is answered by {2}")
    @CsvSource({
        "1, 8, 0",
        "1, 0, 8",
        "1, 13, 14",
        "1, 14, 13",
        "1, 15, 16",
        "1, 16, 15",
        "1, 17, 18",
        "1, 18, 17",
        "1, 3, 3",
        "1, 128, 128",
        "58, 128, 129",
        "58, 129, 128",
        "58, 139, 140",
        "58, 140, 139",
        "58, 8, 8"
    })
    void icmpTypesAnswerEachOther(int protocol, int type, int answer) {
        Tuple tuple = new Tuple();
        tuple.l4Dst = type << 8 | 5;
        Tuples.invert(protocol, tuple, inverted);
        assertThat(inverted.l4Dst).isEqualTo(answer << 8 | 5);
    }
}
