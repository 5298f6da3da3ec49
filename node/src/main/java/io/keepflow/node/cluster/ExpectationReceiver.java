package io.keepflow.node.cluster;

import io.keepflow.node.table.ExpectationRecord;
import io.keepflow.node.table.ExpectationTable;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owner;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.ExpectationCodec;
import io.keepflow.protocol.MalformedFrameException;
import io.keepflow.protocol.v1.ExpectationDelta;
import io.keepflow.protocol.v1.Expectations;
import io.keepflow.protocol.v1.ExpectationsRequest;
import io.keepflow.protocol.v1.Frame;
import io.keepflow.protocol.v1.Heartbeat;
import io.keepflow.protocol.v1.NodeRole;

/**
 * Applies what peers say of their expectations, by the rule of ownership that flows have; and compares the account in every
 * heartbeat, so that what was lost is noticed, and the whole list asked for: they are few.
 */
final class ExpectationReceiver {
    /** A difference may last this long, for two nodes hear of a change of ownership at different times. */
    private static final long PATIENCE_NANOS = 500_000_000L;

    private static final int MAX_DOUBLINGS = 4;

    /** What this node knows of one peer's list. */
    static final class Progress {
        private int tag;
        private int got;
        private boolean running;
        private long disagreesSinceNanos;
        private int failures;
    }

    private final ExpectationTable table;
    private final FlowTable flows;
    private final Outlet outlet;
    private final Claims claims;
    private final Clock clock;
    private final ClusterCounts counts;

    ExpectationReceiver(
            ExpectationTable table, FlowTable flows, Outlet outlet, Claims claims, Clock clock, ClusterCounts counts) {
        this.table = table;
        this.flows = flows;
        this.outlet = outlet;
        this.claims = claims;
        this.clock = clock;
        this.counts = counts;
    }

    /** News of {@code peer}, or a part of its list. */
    void onExpectations(Peer peer, Expectations message) {
        Progress progress = peer.expectations;
        boolean isList = message.getList() != 0;
        if (isList && (!progress.running || progress.tag != message.getList())) {
            progress.running = true;
            progress.tag = message.getList();
            progress.got = 0;
        }
        for (ExpectationDelta delta : message.getExpectationsList()) {
            apply(peer, delta);
        }
        if (isList) {
            progress.got += message.getExpectationsCount();
            if (message.getLast()) {
                end(peer, message.getListed());
            }
        }
    }

    private void apply(Peer peer, ExpectationDelta delta) {
        Expectation expectation;
        try {
            expectation = ExpectationCodec.read(delta);
        } catch (MalformedFrameException e) {
            throw new IllegalStateException("an expectation that was checked before", e);
        }
        flows.heardOf(delta.getVersion());
        counts.expectationsReceived.increment();
        ExpectationRecord record = table.find(expectation.identity());
        if (delta.getGone()) {
            if (record != null && !record.isGone() && mayEnd(peer, record, delta.getVersion())) {
                drop(record);
            }
        } else if (record == null) {
            add(peer, expectation, delta.getVersion());
        } else if (yields(peer, record, delta.getVersion())) {
            take(peer, record, expectation, delta.getVersion());
        } else {
            tag(peer, record);
        }
    }

    private void add(Peer peer, Expectation expectation, long version) {
        ExpectationRecord added = table.add(expectation, 0);
        if (added == null) {
            counts.expectationsTableFull.increment();
        } else {
            take(peer, added, expectation, version);
        }
    }

    private void take(Peer peer, ExpectationRecord record, Expectation expectation, long version) {
        record.set(expectation, clock.nanos() + expectation.timeoutSeconds() * 1_000_000_000L);
        record.gone(false);
        record.assign(peer.owner, version);
        record.attempts(0, 0);
        tag(peer, record);
        table.toPublish().remove(record);
        // Behind the ends that came before it: the kernel has room for one of a kind, and drops the oldest.
        table.toInject().remove(record);
        table.toInject().add(record);
    }

    private static void tag(Peer peer, ExpectationRecord record) {
        if (record.owner() == peer.owner) {
            record.listTag(peer.expectations.tag);
        }
    }

    private void drop(ExpectationRecord record) {
        record.claim(table.owners().nobody());
        record.gone(true);
        table.toPublish().remove(record);
        table.toInject().remove(record);
        table.toInject().add(record);
    }

    /** An expectation that an active peer used, or gave up, has ended for all. */
    private static boolean mayEnd(Peer peer, ExpectationRecord record, long version) {
        if (record.owner() == peer.owner) {
            return true;
        }
        boolean yields = !record.owner().isAlive() || version > record.version();
        return yields && (!record.isOwn() || peer.role == NodeRole.NODE_ROLE_ACTIVE);
    }

    private static boolean yields(Peer peer, ExpectationRecord record, long version) {
        Owner owner = record.owner();
        if (owner == peer.owner) {
            return version != record.version() || record.isGone();
        }
        if (!owner.isAlive() || version > record.version()) {
            return true;
        }
        return version == record.version() && Long.compareUnsigned(peer.owner.boot(), owner.boot()) > 0;
    }

    /** All was said: what was not mentioned is no more. */
    private void end(Peer peer, int listed) {
        Progress progress = peer.expectations;
        progress.running = false;
        if (progress.got != listed) {
            return;
        }
        boolean takes = claims.takesFrom(peer);
        for (ExpectationRecord record : table.all()) {
            boolean isUnmentioned =
                    record.owner() == peer.owner && !record.isGone() && record.listTag() != progress.tag;
            if (isUnmentioned && !(takes && record.isInKernel())) {
                drop(record);
            }
        }
        counts.expectationLists.increment();
    }

    /** Compares at a heartbeat; asks for the list where something was lost. */
    void onHeartbeat(Peer peer, Heartbeat heartbeat) {
        Progress progress = peer.expectations;
        ExpectationTable.Account account = table.account(peer.owner);
        if (account.expectations() == heartbeat.getExpectations()
                && account.digest() == heartbeat.getExpectationsDigest()) {
            progress.disagreesSinceNanos = 0;
            progress.failures = 0;
            return;
        }
        long now = clock.nanos();
        if (progress.disagreesSinceNanos == 0) {
            progress.disagreesSinceNanos = now;
        } else if (now - progress.disagreesSinceNanos > PATIENCE_NANOS << progress.failures) {
            progress.disagreesSinceNanos = now;
            progress.failures = Math.min(MAX_DOUBLINGS, progress.failures + 1);
            progress.running = false;
            outlet.send(
                    Frame.newBuilder()
                            .setExpectationsRequest(
                                    ExpectationsRequest.newBuilder().setBoot(peer.owner.boot())),
                    Traffic.EXPECTATIONS);
        }
    }
}
