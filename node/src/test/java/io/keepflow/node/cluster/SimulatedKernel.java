package io.keepflow.node.cluster;

import io.keepflow.node.capture.Capture;
import io.keepflow.node.inject.Kernel;
import io.keepflow.node.netlink.EventType;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A conntrack table on the simulation's clock, with the kernel's answers (EEXIST, ENOENT, EBUSY, ENOMEM) and the kernel's habit of
 * expiring what nobody refreshes. Events go to a capture, but for those that the node's own requests cause.
 */
final class SimulatedKernel implements Kernel {
    private static final int BATCH = 64;

    /** What the kernel has of one flow, and when it expires. */
    static final class Entry {
        final Flow flow = new Flow();
        long expiresNanos;
    }

    private record Request(int kind, Flow flow, int timeout, long cookie) {}

    private final SimulatedClock clock;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, Entry> byReply = new HashMap<>();
    private final List<Request> batch = new ArrayList<>();
    private @Nullable Capture capture;
    int maxEntries = Integer.MAX_VALUE;
    long requests;

    SimulatedKernel(SimulatedClock clock) {
        this.clock = clock;
    }

    void listen(@Nullable Capture listener) {
        capture = listener;
    }

    /** A packet of the flow passes: the entry is made, or changed to this state, and its timeout begins anew. */
    void packet(Flow flow) {
        Entry entry = entries.get(key(flow));
        boolean isNew = entry == null;
        if (entry == null) {
            entry = new Entry();
            entries.put(key(flow), entry);
            byReply.put(FlowTexts.reply(flow), entry);
        }
        boolean changed = isNew || !FlowTexts.state(entry.flow).equals(FlowTexts.state(flow));
        entry.flow.set(flow);
        entry.expiresNanos = clock.nanos() + flow.timeout * 1_000_000_000L;
        if (changed) {
            tell(isNew ? EventType.NEW : EventType.UPDATE, flow, 0);
        }
    }

    /** The kernel ends the flow, or somebody deletes it. */
    void end(Flow flow) {
        Entry gone = remove(key(flow));
        if (gone != null) {
            tell(EventType.DESTROY, gone.flow, 0);
        }
    }

    private @Nullable Entry remove(String key) {
        Entry gone = entries.remove(key);
        if (gone != null) {
            byReply.remove(FlowTexts.reply(gone.flow));
        }
        return gone;
    }

    void expire() {
        for (Entry entry : List.copyOf(entries.values())) {
            if (entry.expiresNanos - clock.nanos() <= 0) {
                end(entry.flow);
            }
        }
    }

    void dump() {
        entries.values().forEach(entry -> tell(EventType.DUMP, entry.flow, 0));
    }

    @Nullable
    Entry entry(Flow flow) {
        return entries.get(key(flow));
    }

    Map<String, Entry> entries() {
        return entries;
    }

    private void tell(EventType type, Flow flow, int portId) {
        if (capture != null) {
            Flow copy = new Flow();
            copy.set(flow);
            capture.onFlow(type, copy, portId);
        }
    }

    @Override
    public boolean create(Flow flow, int timeoutSeconds, long cookie) {
        return add(0, flow, timeoutSeconds, cookie);
    }

    @Override
    public boolean update(Flow flow, int timeoutSeconds, boolean withProtoinfo, long cookie) {
        return add(1, flow, timeoutSeconds, cookie);
    }

    @Override
    public boolean refresh(Flow flow, int timeoutSeconds, long cookie) {
        return add(2, flow, timeoutSeconds, cookie);
    }

    @Override
    public boolean delete(Flow flow, long cookie) {
        return add(3, flow, 0, cookie);
    }

    @Override
    public boolean deleteByReply(Flow flow, long cookie) {
        return add(4, flow, 0, cookie);
    }

    private boolean add(int kind, Flow flow, int timeout, long cookie) {
        if (batch.size() == BATCH) {
            return false;
        }
        Flow copy = new Flow();
        copy.set(flow);
        batch.add(new Request(kind, copy, timeout, cookie));
        return true;
    }

    @Override
    public void flush(Answers answers) {
        List<Request> sent = List.copyOf(batch);
        batch.clear();
        for (Request request : sent) {
            requests++;
            answers.onAnswer(request.cookie(), carryOut(request));
        }
    }

    private int carryOut(Request request) {
        String key = key(request.flow());
        return switch (request.kind()) {
            case 0 -> carryOutCreate(request, key);
            case 1 -> carryOutUpdate(request, key);
            case 2 -> {
                Entry entry = entries.get(key);
                if (entry != null) {
                    arm(entry, request.timeout());
                }
                yield entry == null ? 2 : 0;
            }
            case 3 -> remove(key) == null ? 2 : 0;
            default -> {
                Entry clash = byReply.get(FlowTexts.reply(request.flow()));
                yield clash == null || remove(key(clash.flow)) == null ? 2 : 0;
            }
        };
    }

    private int carryOutCreate(Request request, String key) {
        if (entries.containsKey(key) || byReply.containsKey(FlowTexts.reply(request.flow()))) {
            return 17;
        }
        if (entries.size() >= maxEntries) {
            return 12;
        }
        Entry entry = new Entry();
        entry.flow.set(request.flow());
        arm(entry, request.timeout());
        entries.put(key, entry);
        byReply.put(FlowTexts.reply(entry.flow), entry);
        return 0;
    }

    private int carryOutUpdate(Request request, String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            return 2;
        }
        int once = Flow.IPS_SEEN_REPLY | Flow.IPS_ASSURED;
        if ((entry.flow.status & once & ~request.flow().status) != 0) {
            return 16;
        }
        Tuple reply = new Tuple();
        reply.set(entry.flow.reply);
        entry.flow.set(request.flow());
        entry.flow.reply.set(reply);
        arm(entry, request.timeout());
        return 0;
    }

    private void arm(Entry entry, int timeout) {
        entry.expiresNanos = clock.nanos() + timeout * 1_000_000_000L;
    }

    private static String key(Flow flow) {
        return FlowTexts.identity(flow);
    }
}
