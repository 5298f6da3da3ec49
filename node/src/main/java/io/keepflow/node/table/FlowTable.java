package io.keepflow.node.table;

import io.keepflow.protocol.Flow;

/**
 * All flows that this node knows of, by identity (zone and original tuple); bounded, one thread.
 *
 * <p>A record lives in a slot, a number that stays the same while the record lives. Its owner and version change only by {@link
 * #assign}, which keeps the owners' digests. A flow that ended stays as {@link #GONE} until both dirty sets have let go of it.
 */
public final class FlowTable {
    /** The node believes that its kernel has the flow. */
    public static final int IN_KERNEL = 1;

    /** The flow ended; the record waits for the sinks. */
    public static final int GONE = 1 << 1;

    /** The kernel's entry differs in what an update cannot change: it must be deleted and created again. */
    public static final int RECREATE = 1 << 2;

    /** So often in a row injection is tried, in one way and another. */
    public static final int MAX_ATTEMPTS = 5;

    private static final int USED = 1 << 3;
    private static final int ATTEMPTS_SHIFT = 4;
    private static final int ATTEMPTS_MASK = 0x7 << ATTEMPTS_SHIFT;

    /** The kernel has the flow, or is to have it, without its master: it has not got the master. */
    public static final int ORPHAN = 1 << 26;

    /** Likewise without its helper: that is not loaded. */
    public static final int HELPLESS = 1 << 27;

    /** The kernel's entry has a master of which the flow's owner does not know: packets made it, and no update takes it away. */
    public static final int RELATED = 1 << 28;

    /** An entry with the flow's reply tuple stands in its way and is to be deleted first. */
    public static final int EVICT = 1 << 7;

    /** Packets made or changed the entry of this node's kernel: it is more than an injected copy. */
    public static final int LIVE = 1 << 24;

    /** Claimed from another owner and not yet published: not in this node's account, whatever its version. */
    private static final int UNSENT = 1 << 25;

    /** Taken over from an owner that had published it: it stays replicated until it ends. */
    public static final int INHERITED = 1 << 29;

    /** This node's, and kept from its peers by the filter. */
    private static final int HELD = 1 << 30;

    /** A peer may be ahead by so many publications, of decades; without a limit one wrong version would be the last of all nodes. */
    private static final long MAX_LEAD = 1L << 48;

    private static final long MAX_VERSION = 1L << 62;

    private static final int SNAPSHOT_SHIFT = 8;
    private static final int AUDIT_SHIFT = 16;

    private final int maxFlows;
    private final Owners owners;
    private final long seed;
    private final FlowRecords records = new FlowRecords(new Ipv6Addresses());
    private final ExtensionRecords extensions = new ExtensionRecords();
    private final FlowIndex index = new FlowIndex();
    private final DirtySet toPublish = new DirtySet();
    private final DirtySet toInject = new DirtySet();
    private final YoungFlows young = new YoungFlows();
    private final Flow scratch = new Flow();
    private final FlowIndex.Match match = this::matches;
    private Flow wanted = scratch;
    private long highestVersion;
    private int auditTag;
    private int held;

    /** An empty table for at most {@code maxFlows}; {@code seed} is secret, so that no sender of packets can make it slow. */
    public FlowTable(int maxFlows, Owners owners, long seed) {
        this.maxFlows = maxFlows;
        this.owners = owners;
        this.seed = seed;
    }

    public Owners owners() {
        return owners;
    }

    public DirtySet toPublish() {
        return toPublish;
    }

    public DirtySet toInject() {
        return toInject;
    }

    /** Flows that this node saw begin, and that are not yet old enough to be published. */
    public YoungFlows young() {
        return young;
    }

    /** The slot of the flow with this identity, gone ones included, or -1. */
    public int find(Flow flow) {
        wanted = flow;
        return index.find(hash(flow), match);
    }

    /** A hash of the flow's identity that nobody outside can foresee. */
    public long identityHash(Flow flow) {
        return Hash.identity(flow, seed);
    }

    /** A slot for a flow that is not in the table, owned by nobody; -1 if the table is full. */
    public int add(Flow flow) {
        if (index.size() == maxFlows) {
            return -1;
        }
        int slot = records.add(flow);
        if (flow.isExtended()) {
            extensions.store(slot, flow);
        }
        records.longAt(slot, FlowRecords.DIGEST, Hash.identity(flow, 0));
        records.shortAt(slot, FlowRecords.OWNER, Owners.NOBODY);
        records.longAt(slot, FlowRecords.VERSION, 0);
        records.intAt(slot, FlowRecords.ARMED_UNTIL, 0);
        records.intAt(slot, FlowRecords.CONTROL, USED);
        index.add(hash(flow), slot);
        owners.nobody().enter(0, 0);
        return slot;
    }

    /** Frees the slot of a gone flow if no sink waits for it any more. */
    public boolean release(int slot) {
        if (toPublish.contains(slot) || toInject.contains(slot)) {
            return false;
        }
        if (records.isExtended(slot)) {
            extensions.remove(slot);
        }
        records.load(slot, scratch);
        index.remove(hash(scratch), slot);
        leave(slot);
        young.remove(slot);
        records.intAt(slot, FlowRecords.CONTROL, 0);
        records.remove(slot);
        return true;
    }

    public void load(int slot, Flow into) {
        records.load(slot, into);
        if (records.isExtended(slot)) {
            extensions.load(slot, into);
        }
    }

    /** Replaces everything but identity, ownership and control. */
    public void store(int slot, Flow flow) {
        if (flow.isExtended()) {
            extensions.store(slot, flow);
        } else if (records.isExtended(slot)) {
            extensions.remove(slot);
        }
        records.store(slot, flow);
    }

    /** Whether the flow has what only few flows have ({@link Flow#isExtended}). */
    public boolean isExtended(int slot) {
        return records.isExtended(slot);
    }

    /** Flows that have what only few have. */
    public int extended() {
        return extensions.size();
    }

    /** What only few flows have is kept in records below this number; for walks over those alone. */
    public int extensionRecords() {
        return extensions.records();
    }

    /** The slot of the flow of this record if it has all of these groups, or -1. */
    public int extendedSlot(int extensionRecord, int groups) {
        return extensions.slotOf(extensionRecord, groups);
    }

    /** The slot of the flow that expected this one, or -1: it has none, or it is not in the table. */
    public int findMaster(Flow flow) {
        if (!flow.has(Flow.HAS_MASTER)) {
            return -1;
        }
        scratch.family = flow.family;
        scratch.protocol = flow.extensions.masterProtocol;
        scratch.original.set(flow.extensions.master);
        scratch.zone = flow.zone;
        scratch.zoneOriginal = flow.zoneOriginal;
        return find(scratch);
    }

    public Owner ownerOf(int slot) {
        return owners.get(records.shortAt(slot, FlowRecords.OWNER));
    }

    public int ownerIndex(int slot) {
        return records.shortAt(slot, FlowRecords.OWNER);
    }

    public boolean isOwn(int slot) {
        return records.shortAt(slot, FlowRecords.OWNER) == Owners.SELF;
    }

    /** 0 until the flow has been published. */
    public long version(int slot) {
        return records.longAt(slot, FlowRecords.VERSION);
    }

    /**
     * The version of the next publication: above all that this node has published or heard of, for any flow. So an owner never
     * uses one twice, and an earlier life of an identity is never taken for a later one.
     */
    public long nextVersion() {
        return ++highestVersion;
    }

    /** A peer has published this version; false if no honest one has, and then nothing is to be believed of it. */
    public boolean heardOf(long version) {
        if (version > MAX_VERSION || version - highestVersion > MAX_LEAD) {
            return false;
        }
        highestVersion = Math.max(highestVersion, version);
        return true;
    }

    /** Sets owner and version. Version 0 takes the flow out of what its owner has published. */
    public void assign(int slot, Owner owner, long version) {
        leave(slot);
        unset(slot, owner.index() == Owners.SELF ? UNSENT : UNSENT | INHERITED);
        enter(slot, owner, version);
    }

    /** Makes this node the owner. The version stays, for the next publication to rise above; until then no peer knows. */
    public void claim(int slot) {
        leave(slot);
        set(slot, version(slot) == 0 ? UNSENT : UNSENT | INHERITED);
        enter(slot, owners.self(), version(slot));
    }

    private void leave(int slot) {
        ownerOf(slot).leave(records.longAt(slot, FlowRecords.DIGEST), accountedVersion(slot));
        if (is(slot, HELD)) {
            unset(slot, HELD);
            held--;
        }
    }

    private void enter(int slot, Owner owner, long version) {
        records.shortAt(slot, FlowRecords.OWNER, owner.index());
        records.longAt(slot, FlowRecords.VERSION, version);
        owner.enter(records.longAt(slot, FlowRecords.DIGEST), accountedVersion(slot));
    }

    /** The version that the owner has published, or 0: what its account counts. */
    private long accountedVersion(int slot) {
        return is(slot, UNSENT) ? 0 : version(slot);
    }

    /** Whether this node owns the flow, has published it, and has not taken it back. */
    public boolean isPublished(int slot) {
        return isPublishedBy(slot, owners.self());
    }

    /** Whether the flow is in the account of {@code owner}. */
    public boolean isPublishedBy(int slot, Owner owner) {
        return isUsed(slot) && ownerIndex(slot) == owner.index() && accountedVersion(slot) != 0;
    }

    /** Which of 2^{@code bits} buckets the flow is in; at least 1 bit. */
    public int bucket(int slot, int bits) {
        return (int) (records.longAt(slot, FlowRecords.DIGEST) >>> (Long.SIZE - bits));
    }

    /** A short hash of identity and version, which tells a flow from others of its bucket and from itself in another state. */
    public int tag(int slot, Salt salt) {
        return salt.shorten(Hash.state(records.longAt(slot, FlowRecords.DIGEST), version(slot)));
    }

    /** Keeps a flow of this node from its peers, until it is assigned, claimed or released; false if it was kept already. */
    public boolean hold(int slot) {
        if (is(slot, HELD)) {
            return false;
        }
        set(slot, HELD);
        held++;
        return true;
    }

    /** Flows that are held now. */
    public int held() {
        return held;
    }

    /** Whether any of these control bits is set. */
    public boolean is(int slot, int bits) {
        return (records.intAt(slot, FlowRecords.CONTROL) & bits) != 0;
    }

    public void set(int slot, int bits) {
        records.intAt(slot, FlowRecords.CONTROL, records.intAt(slot, FlowRecords.CONTROL) | bits);
    }

    public void unset(int slot, int bits) {
        records.intAt(slot, FlowRecords.CONTROL, records.intAt(slot, FlowRecords.CONTROL) & ~bits);
    }

    /** Whether the slot holds a flow, gone or not. */
    public boolean isUsed(int slot) {
        return is(slot, USED);
    }

    /** Whether the slot holds a flow that has not ended. */
    public boolean isLive(int slot) {
        return (records.intAt(slot, FlowRecords.CONTROL) & (USED | GONE)) == USED;
    }

    /** How often injection was tried since it last worked; after {@link #MAX_ATTEMPTS} it was given up for now. */
    public int attempts(int slot) {
        return (records.intAt(slot, FlowRecords.CONTROL) & ATTEMPTS_MASK) >>> ATTEMPTS_SHIFT;
    }

    public void attempts(int slot, int attempts) {
        int control = records.intAt(slot, FlowRecords.CONTROL) & ~ATTEMPTS_MASK;
        records.intAt(slot, FlowRecords.CONTROL, control | attempts << ATTEMPTS_SHIFT);
    }

    /** Tag of the last snapshot of its owner that mentioned the flow, 0 to 255. */
    public int snapshotTag(int slot) {
        return records.intAt(slot, FlowRecords.CONTROL) >>> SNAPSHOT_SHIFT & 0xff;
    }

    public void snapshotTag(int slot, int tag) {
        tag(slot, SNAPSHOT_SHIFT, tag);
    }

    /** Starts an audit: from now on {@link #seen} tells the flows that the kernel has from those that it lacks. */
    public void beginAudit() {
        auditTag = auditTag % 0xff + 1;
    }

    /** The kernel has the flow. */
    public void seen(int slot) {
        set(slot, IN_KERNEL);
        tag(slot, AUDIT_SHIFT, auditTag);
    }

    /** Whether the flow was believed to be in the kernel but has not been seen since the audit began. */
    public boolean isMissed(int slot) {
        int control = records.intAt(slot, FlowRecords.CONTROL);
        return (control & IN_KERNEL) != 0 && (control >>> AUDIT_SHIFT & 0xff) != auditTag;
    }

    private void tag(int slot, int shift, int tag) {
        int control = records.intAt(slot, FlowRecords.CONTROL) & ~(0xff << shift);
        records.intAt(slot, FlowRecords.CONTROL, control | (tag & 0xff) << shift);
    }

    /** The flow's timeout in seconds, without loading the rest of it. */
    public int timeout(int slot) {
        return records.intAt(slot, FlowRecords.TIMEOUT);
    }

    /** Second, on the node's clock, at which the injected entry expires if it is not armed again. */
    public int armedUntil(int slot) {
        return records.intAt(slot, FlowRecords.ARMED_UNTIL);
    }

    public void armedUntil(int slot, int second) {
        records.intAt(slot, FlowRecords.ARMED_UNTIL, second);
    }

    /** Slots below this number have been used; for sweeps. */
    public int slots() {
        return records.slots();
    }

    /** Flows in the table, gone ones included. */
    public int size() {
        return index.size();
    }

    public int maxFlows() {
        return maxFlows;
    }

    private boolean matches(int slot) {
        return records.sameIdentity(slot, wanted);
    }

    private int hash(Flow flow) {
        return (int) (Hash.identity(flow, seed) >>> 32);
    }
}
