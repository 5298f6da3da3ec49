package io.keepflow.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Only a run that answers a fresh challenge is let in, and only with what it sends from then on. */
class AdmissionTest {
    private final Wire wire = new Wire();
    private final ClusterKey key = ClusterKey.generate();
    private Wire.Endpoint alice;
    private Wire.Endpoint bob;

    @BeforeEach
    void start() {
        alice = wire.endpoint("alice", key);
        bob = wire.endpoint("bob", key);
    }

    @Test
    void theFirstDatagramIsDroppedAndBothAreAdmittedAfterwards() {
        assertThat(Rejection.of(bob.open("alice", alice.seal((byte) 1)))).isEqualTo(Rejection.NOT_ADMITTED);
        wire.settle();
        assertThat(bob.open("alice", alice.seal((byte) 2))).isEqualTo(1);
        assertThat(alice.open("bob", bob.seal((byte) 3)))
                .as("the other direction too")
                .isEqualTo(1);
    }

    @Test
    void fourDatagramsAdmitBothDirections() {
        bob.open("alice", alice.seal((byte) 1));
        int count = 0;
        for (; !wire.inFlight.isEmpty(); count++) {
            Wire.Datagram next = wire.inFlight.remove();
            (next.to().equals("alice") ? alice : bob).open(next.from(), next.bytes());
        }
        assertThat(count).as("challenge, response + challenge, response").isEqualTo(4);
        assertThat(alice.opener.admitted()).isEqualTo(1);
        assertThat(bob.opener.admitted()).isEqualTo(1);
    }

    @Test
    void aChallengeIsNotLargerThanTheSmallestDatagramOfTheProtocolAbove() {
        bob.open("alice", alice.seal((byte) 1));
        assertThat(wire.inFlight.element().bytes()).hasSize(32 + Sealer.OVERHEAD);
    }

    @Test
    void nothingRecordedGetsIntoARestartedReceiver() {
        List<byte[]> recorded = new ArrayList<>();
        recorded.add(alice.seal((byte) 1));
        bob.open("alice", recorded.getFirst());
        while (!wire.inFlight.isEmpty()) {
            Wire.Datagram next = wire.inFlight.remove();
            recorded.add(next.bytes());
            (next.to().equals("alice") ? alice : bob).open(next.from(), next.bytes());
        }
        for (int i = 0; i < 100; i++) {
            recorded.add(alice.seal((byte) i));
            assertThat(bob.open("alice", recorded.getLast())).isEqualTo(1);
        }

        Wire.Endpoint restarted = wire.endpoint("bob", key);
        for (byte[] datagram : recorded) {
            assertThat(restarted.open("attacker", datagram)).isNotPositive();
            wire.nowNanos += Challenges.PACE_NANOS;
        }
        assertThat(restarted.opener.admitted()).as("dead runs admitted").isZero();

        wire.settle();
        wire.admit(restarted, alice);
        for (byte[] datagram : recorded) {
            assertThat(restarted.open("attacker", datagram))
                    .as("after the live run was admitted")
                    .isNotPositive();
        }
        assertThat(restarted.open("alice", alice.seal((byte) 1))).isEqualTo(1);
    }

    @Test
    void whatWasSentBeforeTheResponseIsAReplay() {
        byte[] first = alice.seal((byte) 1);
        byte[] second = alice.seal((byte) 2);
        bob.open("alice", first);
        wire.settle();
        assertThat(Rejection.of(bob.open("alice", first))).isEqualTo(Rejection.REPLAY);
        assertThat(Rejection.of(bob.open("alice", second))).isEqualTo(Rejection.REPLAY);
    }

    @Test
    void aResponseToAnotherChallengerAdmitsNobody() {
        Wire.Endpoint carol = wire.endpoint("carol", key);
        carol.open("alice", alice.seal((byte) 1));
        Wire.Datagram challenge = wire.inFlight.remove();
        alice.open("carol", challenge.bytes());
        Wire.Datagram response = wire.inFlight.remove();
        assertThat(Rejection.of(bob.open("alice", response.bytes()))).isEqualTo(Rejection.NOT_ADMITTED);
        assertThat(bob.opener.admitted()).isZero();
    }

    @Test
    void aResponseIsGoodForTwoStepsOfTimeAtMost() {
        bob.open("alice", alice.seal((byte) 1));
        alice.open("bob", wire.inFlight.remove().bytes());
        Wire.Datagram response = wire.inFlight.remove();
        wire.nowNanos += 2 * Challenges.STEP_NANOS;
        assertThat(Rejection.of(bob.open("alice", response.bytes()))).isEqualTo(Rejection.NOT_ADMITTED);
        assertThat(bob.opener.admitted()).isZero();
    }

    @Test
    void aResponseIsStillGoodInTheNextStep() {
        bob.open("alice", alice.seal((byte) 1));
        alice.open("bob", wire.inFlight.remove().bytes());
        wire.nowNanos += Challenges.STEP_NANOS;
        assertThat(bob.open("alice", wire.inFlight.remove().bytes())).isZero();
        assertThat(bob.opener.admitted()).isEqualTo(1);
    }

    @Test
    void aReplayedResponseDoesNotResetTheWindow() {
        bob.open("alice", alice.seal((byte) 1));
        alice.open("bob", wire.inFlight.remove().bytes());
        Wire.Datagram response = wire.inFlight.remove();
        bob.open("alice", response.bytes());
        byte[] data = alice.seal((byte) 2);
        assertThat(bob.open("alice", data)).isEqualTo(1);
        assertThat(Rejection.of(bob.open("alice", response.bytes()))).isEqualTo(Rejection.REPLAY);
        assertThat(Rejection.of(bob.open("alice", data))).isEqualTo(Rejection.REPLAY);
    }

    /** Two threads may get the same RESPONSE, by both sockets or from an attacker. */
    @Test
    void theSecondOfTwoEqualAdmissionsChangesNothing() {
        Admission admission = new Admission();
        BootId boot = BootId.random();
        SegmentKey segment = SegmentKey.derive(key, boot, 0);
        Run first = new Run(key, boot, segment, 7, 0);
        admission.admit(first, 0);
        admission.admit(new Run(key, boot, segment, 7, 0), 0);
        assertThat(admission.find(boot.high(), boot.low())).isSameAs(first);
        assertThat(admission.size()).isEqualTo(1);
    }

    @Test
    void aChallengeForSomebodyElseIsNotAnswered() {
        Wire.Endpoint carol = wire.endpoint("carol", key);
        bob.open("carol", carol.seal((byte) 1));
        Wire.Datagram challenge = wire.inFlight.remove();
        alice.open("bob", challenge.bytes());
        for (Wire.Datagram answer : wire.inFlight) {
            assertThat(SealedHeader.kind(answer.bytes(), 0)).isEqualTo(SealedHeader.CHALLENGE);
        }
    }

    @Test
    void challengesArePacedPerRunAndSource() {
        for (int i = 0; i < 100; i++) {
            bob.open("alice", alice.seal((byte) i));
        }
        assertThat(wire.inFlight).hasSize(1);
        bob.open("elsewhere", alice.seal((byte) 0));
        assertThat(wire.inFlight.size())
                .as("another source may share the slot by chance")
                .isBetween(1, 2);
        wire.nowNanos += Challenges.PACE_NANOS;
        int before = wire.inFlight.size();
        bob.open("alice", alice.seal((byte) 1));
        assertThat(wire.inFlight).hasSize(before + 1);
    }

    @Test
    void aFloodOfRecordingsDoesNotKeepALiveRunOut() {
        List<byte[]> recordings = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            recordings.add(wire.endpoint("dead" + i, key).seal((byte) i));
        }
        for (int i = 0; i < recordings.size(); i++) {
            bob.open("attacker", recordings.get(i));
        }
        wire.inFlight.clear();
        for (int attempt = 0; attempt < 20 && bob.opener.admitted() == 0; attempt++) {
            wire.nowNanos += Challenges.PACE_NANOS;
            bob.open("alice", alice.seal((byte) 1));
            wire.settle();
        }
        assertThat(bob.opener.admitted()).isEqualTo(1);
    }

    @Test
    void theTableOfAdmittedRunsIsBoundedAndDropsTheLongestSilent() {
        wire.admit(bob, alice);
        for (int i = 0; i < 2 * Admission.MAX_RUNS; i++) {
            wire.nowNanos += Challenges.PACE_NANOS;
            assertThat(bob.open("alice", alice.seal((byte) i)))
                    .as("alice is heard in round %d", i)
                    .isEqualTo(1);
            wire.admit(bob, wire.endpoint("guest" + i, key));
            assertThat(bob.opener.admitted()).isLessThanOrEqualTo(Admission.MAX_RUNS);
        }
        assertThat(bob.opener.admitted()).isEqualTo(Admission.MAX_RUNS);
    }

    @Test
    void aRunThatWasSilentForMinutesIsForgottenAndHasToAnswerAgain() {
        wire.admit(bob, alice);
        byte[] recorded = alice.seal((byte) 1);
        bob.open("alice", recorded);
        wire.nowNanos += Admission.IDLE_NANOS + 1;
        wire.admit(bob, wire.endpoint("carol", key));
        assertThat(bob.opener.admitted()).isEqualTo(1);
        assertThat(Rejection.of(bob.open("attacker", recorded))).isEqualTo(Rejection.NOT_ADMITTED);
        wire.settle();
        wire.nowNanos += Challenges.PACE_NANOS;
        wire.admit(bob, alice);
        assertThat(bob.open("alice", alice.seal((byte) 2))).isEqualTo(1);
        assertThat(bob.open("attacker", recorded)).isNotPositive();
    }
}
