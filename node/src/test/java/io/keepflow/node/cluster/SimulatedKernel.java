package io.keepflow.node.cluster;

import io.keepflow.node.capture.Capture;
import io.keepflow.node.inject.Kernel;
import io.keepflow.node.netlink.Errno;
import io.keepflow.node.netlink.EventType;
import io.keepflow.node.netlink.FlowLookup;
import io.keepflow.protocol.Flow;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
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

        /** Packets made or changed the entry here, and the capture knows. */
        boolean isLive;
    }

    private record Event(
            EventType type, Flow flow, int portId, @Nullable Entry entry) {}

    private record Request(int kind, Flow flow, int timeout, long cookie) {}

    private final SimulatedClock clock;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, Entry> byReply = new HashMap<>();
    private final List<Request> batch = new ArrayList<>();
    private @Nullable Capture capture;
    private final Deque<Event> unread = new ArrayDeque<>();
    int maxEntries = Integer.MAX_VALUE;
    long requests;

    /** The helpers that are loaded. */
    Set<String> helpers = Set.of("ftp", "sip");

    /** Events wait until they are read, instead of being heard at once. */
    boolean defersEvents;

    /** So many events wait; what comes then is lost, and the capture is told. */
    int eventBuffer = Integer.MAX_VALUE;

    private boolean hasOverrun;
    private long nextExpiryNanos = Long.MAX_VALUE;

    /** Told of every event and dumped entry before the capture is. */
    BiConsumer<EventType, Flow> onHeard = (type, flow) -> {};

    /** Told of every request and its answer. */
    Listener onRequest = (kind, flow, errno) -> {};

    /** Sees what the node asks of the kernel. */
    interface Listener {
        void onRequest(int kind, Flow flow, int errno);
    }

    /** What the kernel says to the next request that it could carry out, an errno or 0. */
    IntSupplier refusal = () -> 0;

    /** Told of every entry that a request deletes. */
    Consumer<Entry> onDeleted = entry -> {};

    SimulatedKernel(SimulatedClock clock) {
        this.clock = clock;
    }

    void listen(@Nullable Capture listener) {
        capture = listener;
        unread.clear();
        hasOverrun = false;
        forget();
    }

    /** The node starts, or forwards packets or none from now on: entries are live again when packets change them. */
    void forget() {
        entries.values().forEach(entry -> entry.isLive = false);
    }

    /** The machine loses its power: nothing is left. */
    void lose() {
        entries.clear();
        byReply.clear();
    }

    /** Hands unread events to the capture; true if there were any. */
    boolean readEvents(int atMost) {
        if (hasOverrun && capture != null) {
            hasOverrun = false;
            capture.onOverrun();
        }
        int read = 0;
        for (; read < atMost && !unread.isEmpty(); read++) {
            hear(unread.removeFirst());
        }
        return read > 0;
    }

    /** A packet of the flow passes: the entry is made, or changed to this state, and its timeout begins anew. */
    void packet(Flow flow) {
        change(flow, 0);
    }

    /** A packet passes, or a process with this port id sets the entry; false if another entry has its reply tuple. */
    boolean change(Flow flow, int portId) {
        Entry holder = byReply.get(FlowTexts.reply(flow));
        Entry entry = entries.get(key(flow));
        if (holder != entry) {
            return false;
        }
        boolean isNew = entry == null;
        if (entry == null) {
            entry = new Entry();
            entries.put(key(flow), entry);
            byReply.put(FlowTexts.reply(flow), entry);
        }
        boolean changed = isNew || !FlowTexts.state(entry.flow).equals(FlowTexts.state(flow));
        entry.flow.set(flow);
        arm(entry, flow.timeout);
        if (changed) {
            tell(isNew ? EventType.NEW : EventType.UPDATE, flow, portId, entry);
        }
        return true;
    }

    /** The kernel ends the flow, or somebody deletes it. */
    void end(Flow flow) {
        Entry gone = remove(key(flow));
        if (gone != null) {
            tell(EventType.DESTROY, gone.flow, 0, null);
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
        if (nextExpiryNanos - clock.nanos() > 0) {
            return;
        }
        for (Entry entry : List.copyOf(entries.values())) {
            if (entry.expiresNanos - clock.nanos() <= 0) {
                end(entry.flow);
            }
        }
        nextExpiryNanos = Long.MAX_VALUE;
        entries.values().forEach(entry -> nextExpiryNanos = Math.min(nextExpiryNanos, entry.expiresNanos));
    }

    void dump(Consumer<Flow> reader) {
        for (Entry entry : entries.values()) {
            Flow copy = new Flow();
            copy.set(entry.flow);
            onHeard.accept(EventType.DUMP, copy);
            reader.accept(copy);
        }
    }

    /** Looks single entries up, by their original tuples. */
    FlowLookup lookup() {
        return new FlowLookup() {
            private final Map<Long, Flow> questions = new LinkedHashMap<>();

            @Override
            public boolean add(Flow flow, long cookie) {
                if (questions.size() == BATCH) {
                    return false;
                }
                Flow copy = new Flow();
                copy.set(flow);
                questions.put(cookie, copy);
                return true;
            }

            @Override
            public void flush(Answers answers) {
                questions.forEach((cookie, question) -> {
                    Entry entry = entries.get(key(question));
                    Flow copy = new Flow();
                    if (entry != null) {
                        copy.set(entry.flow);
                        onHeard.accept(EventType.DUMP, copy);
                    }
                    answers.onAnswer(cookie, entry == null ? Errno.ENOENT : 0, copy);
                });
                questions.clear();
            }

            @Override
            public void discard() {
                questions.clear();
            }
        };
    }

    @Nullable
    Entry entry(Flow flow) {
        return entries.get(key(flow));
    }

    Map<String, Entry> entries() {
        return entries;
    }

    private void tell(EventType type, Flow flow, int portId, @Nullable Entry entry) {
        Flow copy = new Flow();
        copy.set(flow);
        Event event = new Event(type, copy, portId, entry);
        if (capture != null && defersEvents && unread.size() >= eventBuffer) {
            hasOverrun = true;
        } else if (capture != null && defersEvents) {
            unread.add(event);
        } else {
            hear(event);
        }
    }

    private void hear(Event event) {
        if (capture != null) {
            if (event.entry != null && event.portId == 0) {
                event.entry.isLive = true;
            }
            Flow copy = new Flow();
            copy.set(event.flow);
            onHeard.accept(event.type, copy);
            capture.onFlow(event.type, copy, event.portId);
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
            int errno = refusal.getAsInt();
            int answer = errno == 0 ? carryOut(request) : errno;
            onRequest.onRequest(request.kind(), request.flow(), answer);
            answers.onAnswer(request.cookie(), answer);
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
            case 3 -> delete(entries.get(key));
            default -> delete(byReply.get(FlowTexts.reply(request.flow())));
        };
    }

    private int delete(@Nullable Entry entry) {
        if (entry == null) {
            return 2;
        }
        onDeleted.accept(entry);
        remove(key(entry.flow));
        return 0;
    }

    private int carryOutCreate(Request request, String key) {
        if (entries.containsKey(key) || byReply.containsKey(FlowTexts.reply(request.flow()))) {
            return 17;
        }
        if (entries.size() >= maxEntries) {
            return 12;
        }
        if (request.flow().has(Flow.HAS_HELPER)
                && !helpers.contains(request.flow().extensions.helper.toString())) {
            return 95;
        }
        if (request.flow().has(Flow.HAS_MASTER) && !entries.containsKey(FlowTexts.master(request.flow()))) {
            return 2;
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
        if (entry.flow.has(Flow.HAS_MASTER) != request.flow().has(Flow.HAS_MASTER)) {
            return 16;
        }
        Flow before = new Flow();
        before.set(entry.flow);
        entry.flow.set(request.flow());
        entry.flow.reply.set(before.reply);
        keepRelations(entry.flow, before);
        arm(entry, request.timeout());
        return 0;
    }

    /** No update changes helper and master. */
    private static void keepRelations(Flow flow, Flow before) {
        int groups = Flow.HAS_HELPER | Flow.HAS_MASTER;
        flow.present = (flow.present & ~groups) | (before.present & groups);
        flow.extensions.helper.set(before.extensions.helper);
        flow.extensions.master.set(before.extensions.master);
        flow.extensions.masterProtocol = before.extensions.masterProtocol;
    }

    private void arm(Entry entry, int timeout) {
        entry.expiresNanos = clock.nanos() + timeout * 1_000_000_000L;
        nextExpiryNanos = Math.min(nextExpiryNanos, entry.expiresNanos);
    }

    private static String key(Flow flow) {
        return FlowTexts.identity(flow);
    }
}
