package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jgroups.BytesMessage;
import org.jgroups.Event;
import org.jgroups.Message;
import org.jgroups.ObjectMessage;
import org.jgroups.View;
import org.jgroups.protocols.NakAckHeader;
import org.jgroups.protocols.SHARED_LOOPBACK;
import org.jgroups.stack.Protocol;
import org.jgroups.util.DefaultThreadFactory;
import org.jgroups.util.Digest;
import org.jgroups.util.MessageBatch;
import org.jgroups.util.SeqnoList;
import org.jgroups.util.TimeScheduler3;
import org.jgroups.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When a message is used again for another broadcast, and that until then it is there for whoever misses it. */
class JGroupsLinkMulticastTest {
    private static final short FLAGS = Message.TransientFlag.DONT_LOOPBACK.value();

    private final UUID self = UUID.randomUUID();
    private final UUID peer = UUID.randomUUID();
    private final JGroupsLinkMulticast multicast = new JGroupsLinkMulticast(8);
    private final TimeScheduler3 timer =
            new TimeScheduler3(new DefaultThreadFactory("timer", true), 0, 1, 1000, 10, "abort");

    /** What left: number and first byte of the payload. */
    private final List<String> sent = new ArrayList<>();

    private final List<Integer> received = new ArrayList<>();

    @BeforeEach
    void join() throws Exception {
        SHARED_LOOPBACK transport = new SHARED_LOOPBACK() {
            @Override
            public Object down(Event event) {
                return null;
            }

            @Override
            public Object down(Message message) {
                NakAckHeader header = message.getHeader(JGroupsLinkMulticast.ID);
                sent.add(header.getSeqno() + ":" + message.getArray()[0]);
                return null;
            }
        };
        transport.setTimer(timer);
        multicast.setDownProtocol(transport);
        multicast.setUpProtocol(new Protocol() {
            @Override
            public void up(MessageBatch batch) {
                batch.forEach(message -> received.add((int) message.getArray()[0]));
            }
        });
        multicast.useMcastXmit(true);
        multicast.setAddress(self);
        multicast.start();
        multicast.down(new Event(Event.VIEW_CHANGE, View.create(self, 1, self, peer)));
    }

    @AfterEach
    void stop() {
        multicast.stop();
        timer.stop();
    }

    private Message message(int content) {
        return multicast.broadcast(new byte[] {(byte) content}, 0, 1, FLAGS);
    }

    private Message send(int content) {
        Message message = message(content);
        multicast.down(message);
        return message;
    }

    /** All members have the messages up to this one. */
    private void confirmed(long number) {
        multicast.down(new Event(Event.STABLE, new Digest(self, number, number)));
    }

    private void peerMisses(long number) {
        sent.clear();
        multicast.up(new ObjectMessage(self, new SeqnoList(1, number).add(number))
                .setSrc(peer)
                .putHeader(JGroupsLinkMulticast.ID, NakAckHeader.createXmitRequestHeader(self)));
    }

    @Test
    void aMessageIsUsedAgainOnceAllMembersHaveIt() {
        Message first = send(1);
        Message second = send(2);
        Message third = send(3);
        assertThat(Set.of(first, second, third)).hasSize(3);
        confirmed(2);
        assertThat(send(4)).isSameAs(first);
        assertThat(send(5)).isSameAs(second);
        assertThat(send(6)).isNotSameAs(third);
        assertThat(sent).containsExactly("1:1", "2:2", "3:3", "4:4", "5:5", "6:6");
    }

    @Test
    void aMessageThatWasNeverSentKeepsNoneFromBeingUsedAgain() {
        Message unsent = message(0);
        Message first = send(1);
        confirmed(1);
        assertThat(send(2)).isSameAs(first).isNotSameAs(unsent);
    }

    @Test
    void whatAMemberMissesIsSentAsItWas() {
        send(1);
        send(2);
        confirmed(1);
        send(3);
        peerMisses(2);
        assertThat(sent).containsExactly("2:2");
        peerMisses(3);
        assertThat(sent).containsExactly("3:3");
        peerMisses(1);
        assertThat(sent).isEmpty();
    }

    /** The request was read before the message was confirmed, and is answered after it was used again. */
    @Test
    void aMessageThatHasBecomeAnotherOneIsNotSentForWhatItWas() {
        Message first = send(1);
        confirmed(1);
        assertThat(message(2)).isSameAs(first);
        sent.clear();
        multicast.sendXmitRsp(peer, first);
        assertThat(sent).isEmpty();
        multicast.down(first);
        assertThat(sent).containsExactly("2:2");
    }

    /** JGroups sets one on what it sends again. */
    @Test
    void aMessageForgetsTheFlagsOfItsRetransmission() {
        Message first = send(1);
        peerMisses(1);
        assertThat(first.isFlagSet(JGroupsLinkRetransmission.FOLLOWED)).isTrue();
        confirmed(1);
        assertThat(send(2)).isSameAs(first);
        assertThat(first.isFlagSet(JGroupsLinkRetransmission.FOLLOWED)).isFalse();
        assertThat(first.isFlagSet(Message.TransientFlag.DONT_LOOPBACK)).isTrue();
    }

    private void peerSends(int number) {
        multicast.up(new BytesMessage(null, new byte[] {(byte) number})
                .setSrc(peer)
                .putHeader(JGroupsLinkMulticast.ID, NakAckHeader.createMessageHeader(number)));
    }

    @Test
    void whatIsMissingIsKnownAsSoonAsTheNextOneIsHere() {
        peerSends(1);
        assertThat(multicast.isAnyMissing()).isFalse();
        peerSends(3);
        assertThat(multicast.isAnyMissing()).isTrue();
        assertThat(received).containsExactly(1);
        peerSends(2);
        assertThat(multicast.isAnyMissing()).isFalse();
        assertThat(received).containsExactly(1, 2, 3);
    }

    @Test
    void aMemberThatConfirmsNothingStillGetsWhatItMisses() {
        int many = 20_000;
        Set<Message> messages = new HashSet<>();
        for (int i = 1; i <= many; i++) {
            messages.add(send(i));
        }
        assertThat(messages).hasSize(many);
        peerMisses(1);
        assertThat(sent).containsExactly("1:1");
        confirmed(many);
        for (int i = 1; i <= many; i++) {
            messages.add(send(i));
        }
        assertThat(messages.size()).isBetween(many + 1, 2 * many - 1);
        peerMisses(2 * many);
        assertThat(sent).containsExactly(2 * many + ":" + (byte) many);
    }
}
