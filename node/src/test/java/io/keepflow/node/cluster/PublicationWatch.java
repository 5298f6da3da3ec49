package io.keepflow.node.cluster;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.WireFormat;
import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.node.netlink.EventType;
import io.keepflow.node.table.Owners;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.Delta;
import io.keepflow.protocol.v1.Frame;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads what nodes send. An owner's versions only rise and none is used twice; what a snapshot repeats is what was published.
 * And there is no echo: a node publishes a flow again only because of its own kernel, or because it is active and the flow was
 * another's meanwhile.
 */
final class PublicationWatch {
    /** What a run of a node has published. */
    private static final class Published {
        long highest;
        final Map<String, Publication> flows = new HashMap<>();
    }

    private record Publication(long version, long nanos, boolean gone) {}

    private final SimulatedClock clock;
    private final FuzzTrace trace;
    private final Map<Long, Published> runs = new HashMap<>();

    /** Since a node published a flow last, its kernel said something of it, or another node did. */
    private final Set<String> heard = new HashSet<>();

    private final Set<String> told = new HashSet<>();
    private final Map<String, Long> activeNanos = new HashMap<>();
    private final Map<String, Long> inactiveNanos = new HashMap<>();
    private final Map<String, Long> highestEnds = new HashMap<>();
    private final Flow flow = new Flow();

    PublicationWatch(SimulatedClock clock, FuzzTrace trace) {
        this.clock = clock;
        this.trace = trace;
    }

    void watch(Node node) {
        node.link.tap = payload -> sent(node, payload);
        node.link.ear = payload -> {
            for (Delta delta : frame(payload).getDeltasList()) {
                told.add(node.name + " " + identity(delta));
            }
        };
        node.kernel.onHeard = (type, event) -> heard(node, type, event);
        heard.removeIf(key -> key.startsWith(node.name + " "));
        told.removeIf(key -> key.startsWith(node.name + " "));
    }

    /** Called after each tick, and before and after each change of a role. */
    void look(Node node) {
        (node.isActive() ? activeNanos : inactiveNanos).put(node.name, clock.nanos());
    }

    /** Whether anybody has published an end of the flow above this version: what comes after may be another life, with any version. */
    boolean hasEndedAbove(Flow identified, long version) {
        return highestEnds.getOrDefault(FlowTexts.identity(identified), 0L) > version;
    }

    private void heard(Node node, EventType type, Flow event) {
        String identity = FlowTexts.identity(event);
        trace.mix(identity.hashCode() + type.ordinal());
        if (trace.isFull) {
            trace.detail(node.name, "kernel %s %s", type, FlowTexts.state(event));
        }
        int slot = node.table.find(event);
        if (type != EventType.DUMP || slot < 0 || node.table.ownerIndex(slot) <= Owners.SELF) {
            heard.add(node.name + " " + identity);
        }
    }

    /** Boot, snapshot and deltas of a frame: what else there is, is left alone. */
    private static Frame frame(byte[] payload) {
        Frame.Builder frame = Frame.newBuilder();
        Delta last = Delta.getDefaultInstance();
        try {
            CodedInputStream in = CodedInputStream.newInstance(payload);
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                switch (WireFormat.getTagFieldNumber(tag)) {
                    case Frame.BOOT_FIELD_NUMBER -> frame.setBoot(in.readFixed64());
                    case Frame.SNAPSHOT_FIELD_NUMBER -> frame.setSnapshot(in.readUInt32());
                    case Frame.DELTAS_FIELD_NUMBER -> {
                        Delta delta = in.readMessage(Delta.parser(), ExtensionRegistryLite.getEmptyRegistry());
                        last = completed(last, delta);
                        frame.addDeltas(last);
                    }
                    default -> in.skipField(tag);
                }
            }
        } catch (IOException e) {
            throw new AssertionError("a node sent what is no frame", e);
        }
        return frame.build();
    }

    /** What is absent is as in the delta before. */
    private static Delta completed(Delta last, Delta delta) {
        return last.toBuilder()
                .setVersion(last.getVersion() + 1)
                .clearGone()
                .mergeFrom(delta)
                .build();
    }

    private void sent(Node node, byte[] payload) {
        Frame frame = frame(payload);
        trace.mix(Arrays.hashCode(payload));
        Published run = runs.computeIfAbsent(frame.getBoot(), boot -> new Published());
        for (Delta delta : frame.getDeltasList()) {
            String identity = identity(delta);
            if (frame.getSnapshot() == 0) {
                trace.detail(
                        node.name,
                        "publishes %s as %d%s",
                        identity,
                        delta.getVersion(),
                        delta.getGone() ? ", its end" : "");
                published(node, run, identity, delta);
            } else {
                repeated(node, run, identity, delta);
            }
        }
    }

    private void published(Node node, Published run, String identity, Delta delta) {
        if (delta.getVersion() <= run.highest) {
            throw new AssertionError("versions: %s published %s as %d after %d"
                    .formatted(node.name, identity, delta.getVersion(), run.highest));
        }
        if (!delta.getGone() && !isCaused(node, run.flows.get(identity), identity)) {
            throw new AssertionError("echo: %s published %s without a cause".formatted(node.name, identity));
        }
        run.highest = delta.getVersion();
        if (delta.getGone()) {
            highestEnds.merge(identity, delta.getVersion(), Math::max);
        }
        run.flows.put(identity, new Publication(delta.getVersion(), clock.nanos(), delta.getGone()));
        heard.remove(node.name + " " + identity);
        if (node.replicator.inboxBytes() == 0) {
            told.remove(node.name + " " + identity);
        }
    }

    private boolean isCaused(Node node, @Nullable Publication last, String identity) {
        if (heard.contains(node.name + " " + identity)) {
            return true;
        }
        long since = last == null ? 0 : last.nanos;
        boolean wasActive = node.isActive() || activeNanos.getOrDefault(node.name, -1L) >= since;
        boolean wasInactive = inactiveNanos.getOrDefault(node.name, -1L) >= since;
        boolean wasAnothers = last == null || last.gone || told.contains(node.name + " " + identity);
        return wasActive && (wasAnothers || wasInactive);
    }

    /** A snapshot may have what was published when nobody was there to send it to. */
    private void repeated(Node node, Published run, String identity, Delta delta) {
        Publication last = run.flows.get(identity);
        if (last != null && (last.version > delta.getVersion() || (last.gone && last.version == delta.getVersion()))) {
            throw new AssertionError("versions: a snapshot of %s has %s as %d, published was %s"
                    .formatted(node.name, identity, delta.getVersion(), last));
        }
        run.highest = Math.max(run.highest, delta.getVersion());
        run.flows.put(identity, new Publication(delta.getVersion(), clock.nanos(), false));
    }

    private String identity(Delta delta) {
        flow.clear();
        flow.family = Flow.IPV4;
        flow.protocol = delta.getProtocol();
        flow.original.srcLow = delta.getOrigSrc4() & 0xffffffffL;
        flow.original.dstLow = delta.getOrigDst4() & 0xffffffffL;
        flow.original.l4Src = delta.getOrigL4Src();
        flow.original.l4Dst = delta.getOrigL4Dst();
        flow.zone = delta.getZone();
        flow.zoneOriginal = delta.getZoneOrig();
        return FlowTexts.identity(flow);
    }
}
