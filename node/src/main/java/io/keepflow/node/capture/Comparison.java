package io.keepflow.node.capture;

import io.keepflow.node.netlink.FlowLookup;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owners;
import io.keepflow.protocol.Flow;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.Map;

/**
 * The table compared with this node's kernel, in three steps: a dump is laid beside it, entry by entry; the table is walked for
 * what the dump did not show or showed otherwise; and each of those is looked up in the kernel itself before anything is done.
 *
 * <p>For a dump takes time, and is no proof. It shows entries that have ended since, in states that are past; and while the
 * kernel's hash table shrinks it leaves entries out. Packets go on meanwhile, so what is decided is decided by the look-up, which
 * is one moment with the table: no event is read between the two.
 */
public final class Comparison {
    private static final int SLOTS_PER_TURN = 8192;

    /** A question costs the kernel some 3 µs. */
    private static final int QUESTIONS_PER_TURN = 128;

    private static final int ENOENT = 2;

    /** Told of each difference, before anything is done about it. */
    @FunctionalInterface
    public interface Observer {
        void onDifference(Difference difference, int slot);
    }

    private final FlowTable table;
    private final Capture capture;
    private final FlowLookup lookup;
    private final CaptureCounts counts;
    private final FlowLookup.Answers answers = this::onAnswer;
    private final BitSet doubtful = new BitSet();
    private final BitSet added = new BitSet();
    private final Map<Difference, Long> found = new EnumMap<>(Difference.class);
    private final Flow known = new Flow();
    private final Flow question = new Flow();
    private Observer observer = (difference, slot) -> {};
    private int cursor;
    private long compared;
    private boolean unsure;
    private boolean knowsKernel;
    private int failure;

    public Comparison(FlowTable table, Capture capture, FlowLookup lookup, CaptureCounts counts) {
        this.table = table;
        this.capture = capture;
        this.lookup = lookup;
        this.counts = counts;
    }

    /** Starts: what comes now is a dump that was asked for after this call. */
    public void begin(Observer told) {
        observer = told;
        table.beginAudit();
        capture.rememberEnds();
        lookup.discard();
        doubtful.clear();
        added.clear();
        found.clear();
        cursor = 0;
        compared = 0;
        failure = 0;
        unsure = false;
    }

    /** The entries that come now were read after the last of the page before had been told, and before any event that is unread. */
    public void nextPage() {
        capture.recentlyEnded().nextPage();
    }

    /** One entry of the dump. */
    public void onEntry(Flow entry) {
        compared++;
        if ((entry.status & Flow.IPS_DYING) != 0 || capture.hasJustEnded(entry)) {
            return;
        }
        int slot = table.find(entry);
        if (slot < 0) {
            unknown(entry);
        } else if (!table.is(slot, FlowTable.GONE)) {
            table.seen(slot);
            table.load(slot, known);
            int timeout = known.timeout;
            if (differs(slot, entry)) {
                doubtful.set(slot);
            } else {
                lengthen(slot, entry, timeout);
            }
        }
    }

    private void unknown(Flow entry) {
        if (capture.recentlyEnded().isUnsure()) {
            unsure = true;
            return;
        }
        int slot = capture.add(entry, false);
        if (slot >= 0 && knowsKernel) {
            added.set(slot);
        }
    }

    /**
     * A dump shows what is left of a timeout, not its length, so it can only tell that the length is more than was known; and not
     * even that if it shows a past state, whose timeout may have been longer.
     */
    private void lengthen(int slot, Flow entry, int timeout) {
        if (table.ownerIndex(slot) <= Owners.SELF
                && entry.has(Flow.HAS_TIMEOUT)
                && Integer.compareUnsigned(entry.timeout, timeout) > 0) {
            table.load(slot, known);
            known.timeout = entry.timeout;
            table.store(slot, known);
        }
    }

    private boolean differs(int slot, Flow entry) {
        return table.ownerIndex(slot) > Owners.SELF
                ? !FlowMerge.isCopy(known, entry) || capture.lacksRelation(slot, known, entry)
                : FlowMerge.into(known, entry, true);
    }

    /**
     * After the dump: looks through the next part of the table, and into the kernel where that is needed. True if there is more.
     *
     * @throws NetlinkException when the kernel could not be asked; the comparison is worth nothing then
     */
    public boolean step() throws NetlinkException {
        int end = Math.min(table.slots(), cursor + SLOTS_PER_TURN);
        for (int questions = 0; cursor < end && questions < QUESTIONS_PER_TURN; cursor++) {
            if (table.isLive(cursor) && isDoubtful(cursor)) {
                ask(cursor);
                questions++;
            }
        }
        lookup.flush(answers);
        if (failure != 0) {
            throw NetlinkException.of("conntrack look-up", failure);
        }
        return cursor < table.slots();
    }

    private boolean isDoubtful(int slot) {
        return doubtful.get(slot) || added.get(slot) || table.isMissed(slot) || isPhantom(slot);
    }

    /** A flow that never got into the kernel, and whose owner is gone or is now this node: nobody else would ever end it. */
    private boolean isPhantom(int slot) {
        return !table.is(slot, FlowTable.IN_KERNEL)
                && !table.toInject().contains(slot)
                && (table.isOwn(slot) || !table.ownerOf(slot).isAlive());
    }

    private void ask(int slot) throws NetlinkException {
        table.load(slot, question);
        if (!lookup.add(question, slot)) {
            lookup.flush(answers);
            if (!lookup.add(question, slot)) {
                throw new IllegalStateException("an empty batch has no room for one question");
            }
        }
    }

    private void onAnswer(long cookie, int errno, Flow entry) {
        int slot = (int) cookie;
        if (errno == ENOENT || (errno == 0 && table.find(entry) != slot)) {
            missing(slot);
        } else if (errno == 0) {
            present(slot, entry);
        } else {
            failure = errno;
        }
    }

    private void missing(int slot) {
        if (table.isOwn(slot)) {
            report(Difference.ENDED, slot);
        } else if (table.ownerOf(slot).isAlive()) {
            report(Difference.RESTORED, slot);
        } else if (!added.get(slot)) {
            report(Difference.FORGOTTEN, slot);
        }
        capture.vanished(slot);
    }

    private void present(int slot, Flow entry) {
        if ((entry.status & Flow.IPS_DYING) != 0) {
            return;
        }
        table.seen(slot);
        table.load(slot, known);
        if (!differs(slot, entry)) {
            if (added.get(slot) && wasNotHeardOf(slot)) {
                report(Difference.FOUND, slot);
            }
        } else if (table.ownerIndex(slot) <= Owners.SELF) {
            report(Difference.FOLLOWED, slot);
            capture.follow(slot, entry);
        } else if (!table.toInject().contains(slot)) {
            peersDiffers(slot, entry);
        }
    }

    private void peersDiffers(int slot, Flow entry) {
        if (capture.hasPassedHere(known, entry)) {
            report(Difference.FOLLOWED, slot);
            capture.takeOver(slot, entry);
            return;
        }
        // Nobody's doing, that this kernel does not have the helper; it is tried again.
        if (!table.is(slot, FlowTable.HELPLESS)) {
            report(Difference.REWRITTEN, slot);
        }
        capture.rewrite(slot, entry);
    }

    /** It may have been claimed since it was taken in; had an event told of it, it would be live. */
    private boolean wasNotHeardOf(int slot) {
        return table.ownerIndex(slot) == Owners.NOBODY || (table.isOwn(slot) && !table.is(slot, FlowTable.LIVE));
    }

    private void report(Difference difference, int slot) {
        found.merge(difference, 1L, Long::sum);
        counts.byAudit.count(difference);
        observer.onDifference(difference, slot);
    }

    /** Ends; false if more ended during the dump than could be remembered, so that new entries were left out. */
    public boolean end() {
        capture.forgetEnds();
        knowsKernel = true;
        return !unsure;
    }

    /** Gives the comparison up where it is: nothing is missing for it. */
    public void abort() {
        capture.forgetEnds();
    }

    /** Entries that the dump has shown. */
    public long compared() {
        return compared;
    }

    /** What was found so far. */
    public Map<Difference, Long> found() {
        return found;
    }
}
