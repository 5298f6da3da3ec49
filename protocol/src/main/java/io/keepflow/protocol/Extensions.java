package io.keepflow.protocol;

/**
 * What only few flows have: the kernel's extensions of a conntrack entry, and its master. A group of fields means something only
 * if the flow {@linkplain Flow#has has} it. Mutable, reused.
 */
public final class Extensions {
    /** {@link Flow#HAS_HELPER}: who reads along and expects related flows ({@code CTA_HELP_NAME}). */
    public final HelperName helper = new HelperName();

    /** {@link Flow#HAS_MASTER}: the original tuple of the flow that this one was expected by ({@code CTA_TUPLE_MASTER}). */
    public final Tuple master = new Tuple();

    /** IP protocol of the master, 0 to 255; its family and zones are the flow's own. */
    public int masterProtocol;

    /** {@link Flow#HAS_SEQ_ADJUST}: {@code CTA_SEQ_ADJ_ORIG} and {@code CTA_SEQ_ADJ_REPLY}. */
    public final SeqAdjust seqOriginal = new SeqAdjust();

    public final SeqAdjust seqReply = new SeqAdjust();

    /** {@link Flow#HAS_SYNPROXY}: {@code struct nf_conn_synproxy}. */
    public int synproxyIsn;

    public int synproxyIts;
    public int synproxyTsoff;

    /** {@link Flow#HAS_LABELS}: the 16 bytes of {@code CTA_LABELS}, big-endian. */
    public long labelsHigh;

    public long labelsLow;

    public void clear() {
        helper.clear();
        master.clear();
        masterProtocol = 0;
        seqOriginal.clear();
        seqReply.clear();
        synproxyIsn = synproxyIts = synproxyTsoff = 0;
        labelsHigh = labelsLow = 0;
    }

    public void set(Extensions other) {
        helper.set(other.helper);
        master.set(other.master);
        masterProtocol = other.masterProtocol;
        seqOriginal.set(other.seqOriginal);
        seqReply.set(other.seqReply);
        synproxyIsn = other.synproxyIsn;
        synproxyIts = other.synproxyIts;
        synproxyTsoff = other.synproxyTsoff;
        labelsHigh = other.labelsHigh;
        labelsLow = other.labelsLow;
    }
}
