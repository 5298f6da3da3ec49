package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.v1.Hello;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who can talk to this build, and what the operator reads of those who cannot. */
class ProtocolVersionTest {
    @ParameterizedTest(name = "{0} to {1}")
    @CsvSource({"2, 2", "2, 7", "1, 2", "0, 9"})
    void oneVersionInCommonIsEnough(int min, int max) {
        assertThat(ProtocolVersion.refusal(hello(min, max))).isNull();
    }

    @ParameterizedTest(name = "{0} to {1}")
    @CsvSource({
        "3, 4, 'speaks protocol 3 to 4 (build 9.9), this node 2 to 2: upgrade this node'",
        "1, 1, 'speaks protocol 1 to 1 (build 9.9), this node 2 to 2: upgrade fw2'",
        "5, 2, 'speaks protocol 5 to 2 (build 9.9), this node 2 to 2: upgrade this node'"
    })
    void noneInCommonIsRefusedWithWhatToDo(int min, int max, String refusal) {
        assertThat(ProtocolVersion.refusal(hello(min, max))).isEqualTo(refusal);
    }

    @Test
    void aBuildUnderstandsItself() {
        assertThat(ProtocolVersion.refusal(hello(ProtocolVersion.MIN, ProtocolVersion.MAX)))
                .isNull();
    }

    private static Hello hello(int min, int max) {
        return Hello.newBuilder()
                .setNode("fw2")
                .setBuild("9.9")
                .setMinVersion(min)
                .setMaxVersion(max)
                .build();
    }
}
