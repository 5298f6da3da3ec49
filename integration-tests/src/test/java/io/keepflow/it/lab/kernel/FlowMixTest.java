package io.keepflow.it.lab.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.Flow;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FlowMixTest {
    private static final int FLOWS = 200_000;

    private final Flow flow = new Flow();

    @Test
    void noTwoFlowsClashInEitherDirection() {
        Set<FlowIdentity> originals = new HashSet<>();
        Set<FlowIdentity> replies = new HashSet<>();
        for (int i = 0; i < FLOWS; i++) {
            FlowMix.write(i, 0, flow);
            originals.add(FlowIdentity.of(flow));
            replies.add(new FlowIdentity(flow.family, flow.protocol, flow.zone, 0, Direction.of(flow.reply)));
        }
        assertThat(originals).hasSize(FLOWS);
        assertThat(replies).hasSize(FLOWS);
        assertThat(Collections.disjoint(originals, replies)).isTrue();
    }

    @Test
    void sevenInTenAreTranslatedAndThreeInTenAreIpv6() {
        int translated = 0;
        int v6 = 0;
        int zoned = 0;
        for (int i = 0; i < FLOWS; i++) {
            FlowMix.write(i, 0, flow);
            translated += flow.isNatted() ? 1 : 0;
            v6 += flow.family == Flow.IPV6 ? 1 : 0;
            zoned += flow.zone != 0 ? 1 : 0;
        }
        assertThat(translated).isEqualTo(FLOWS / 10 * 7);
        assertThat(v6).isEqualTo(FLOWS / 10 * 3);
        assertThat(zoned).isEqualTo(FLOWS / 97 + 1);
    }

    @Test
    void aGenerationChangesMarkAndStateButNotWhoItIs() {
        FlowMix.write(7, 0, flow);
        FlowIdentity before = FlowIdentity.of(flow);
        EntryState first = EntryState.of(flow);
        FlowMix.write(7, 1, flow);

        assertThat(FlowIdentity.of(flow)).isEqualTo(before);
        assertThat(first.differences(EntryState.of(flow), before))
                .isEqualTo("mark 0x7 is 0x107, state ESTABLISHED is FIN_WAIT");
    }
}
