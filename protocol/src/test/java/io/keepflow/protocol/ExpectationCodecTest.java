package io.keepflow.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.keepflow.protocol.testkit.ExpectationSamples;
import io.keepflow.protocol.testkit.Seed;
import io.keepflow.protocol.v1.ExpectationDelta;
import io.keepflow.protocol.v1.Expectations;
import io.keepflow.protocol.v1.Frame;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Expectations on the wire: what goes in comes out, and what no kernel has is rejected with its whole frame. */
class ExpectationCodecTest {
    private static final Expectation FTP = ExpectationSamples.ftp(40_000, 51_201);

    @Test
    void everyFieldComesBack() throws Exception {
        Random random = Seed.random();
        for (int i = 0; i < 10_000; i++) {
            Expectation sent = ExpectationSamples.random(random);
            assertThat(ExpectationCodec.read(ExpectationCodec.write(sent, 1 + i, false)))
                    .isEqualTo(sent);
        }
    }

    @Test
    void anEndCarriesTheIdentityOnly() throws Exception {
        ExpectationDelta end = ExpectationCodec.write(FTP, 7, true);
        assertThat(ExpectationCodec.read(end).identity()).isEqualTo(FTP.identity());
        assertThat(end.getVersion()).isEqualTo(7);
        assertThat(end.hasMaster()).isFalse();
        assertThat(end.getSerializedSize())
                .isLessThan(ExpectationCodec.write(FTP, 7, false).getSerializedSize());
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                wrong("version", delta -> delta.setVersion(0)),
                wrong("protocol", delta -> delta.setProtocol(256)),
                wrong("zone", delta -> delta.setZone(0x10000)),
                wrong("group", delta -> delta.setGroup(Expectation.MAX_GROUP + 1)),
                wrong("negative group", delta -> delta.setGroup(-1)),
                wrong("timeout", delta -> delta.setTimeout(-1)),
                wrong("mask", delta -> delta.setMaskL4Src(0x10000)),
                wrong("IPv6 mask", delta -> delta.setMaskSrcHigh(1)),
                wrong("port", delta -> delta.getTupleBuilder().setL4Dst(0x10000)),
                wrong("IPv6 address", delta -> delta.getMasterBuilder().setSrcLow(1L << 32)),
                wrong("master's protocol", delta -> delta.setMasterProtocol(-6)),
                wrong("NAT direction", delta -> delta.setNatDirection(2)),
                wrong("NAT address", delta -> delta.setNatHigh(1)),
                wrong("long helper", delta -> delta.setHelper("sixteen-letters!")),
                wrong("helper with a zero", delta -> delta.setHelper("ftp\0")),
                wrong("long function", delta -> delta.setFunction("f".repeat(32))),
                wrong("function with a space", delta -> delta.setFunction("nat follow")));
    }

    private static Arguments wrong(String what, Consumer<ExpectationDelta.Builder> change) {
        return arguments(what, change);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void aFrameWithAWrongExpectationIsRejectedWhole(String what, Consumer<ExpectationDelta.Builder> change) {
        ExpectationDelta.Builder wrong = ExpectationCodec.write(FTP, 7, false).toBuilder();
        change.accept(wrong);
        byte[] frame = Frame.newBuilder()
                .setBoot(1)
                .setExpectations(Expectations.newBuilder()
                        .addExpectations(ExpectationCodec.write(FTP, 6, false))
                        .addExpectations(wrong))
                .build()
                .toByteArray();
        assertThatThrownBy(() -> HeardFrame.of(frame)).as(what).isInstanceOf(MalformedFrameException.class);
    }
}
