package io.keepflow.node.netlink;

/** Constants of linux/netfilter/nfnetlink_conntrack.h and nf_conntrack_tcp.h, by their kernel names. */
final class Ctnetlink {
    private static final int NFNL_SUBSYS_CTNETLINK = 1;

    static final int NFNLGRP_CONNTRACK_NEW = 1;
    static final int NFNLGRP_CONNTRACK_UPDATE = 2;
    static final int NFNLGRP_CONNTRACK_DESTROY = 3;

    static final int IPCTNL_MSG_CT_NEW = NFNL_SUBSYS_CTNETLINK << 8;
    static final int IPCTNL_MSG_CT_GET = (NFNL_SUBSYS_CTNETLINK << 8) | 1;
    static final int IPCTNL_MSG_CT_DELETE = (NFNL_SUBSYS_CTNETLINK << 8) | 2;

    private static final int NFNL_SUBSYS_CTNETLINK_EXP = 2;

    static final int NFNLGRP_CONNTRACK_EXP_NEW = 4;
    static final int NFNLGRP_CONNTRACK_EXP_UPDATE = 5;
    static final int NFNLGRP_CONNTRACK_EXP_DESTROY = 6;

    static final int IPCTNL_MSG_EXP_NEW = NFNL_SUBSYS_CTNETLINK_EXP << 8;
    static final int IPCTNL_MSG_EXP_GET = (NFNL_SUBSYS_CTNETLINK_EXP << 8) | 1;
    static final int IPCTNL_MSG_EXP_DELETE = (NFNL_SUBSYS_CTNETLINK_EXP << 8) | 2;

    static final int CTA_EXPECT_MASTER = 1;
    static final int CTA_EXPECT_TUPLE = 2;
    static final int CTA_EXPECT_MASK = 3;
    static final int CTA_EXPECT_TIMEOUT = 4;
    static final int CTA_EXPECT_HELP_NAME = 6;
    static final int CTA_EXPECT_ZONE = 7;
    static final int CTA_EXPECT_FLAGS = 8;
    static final int CTA_EXPECT_CLASS = 9;
    static final int CTA_EXPECT_NAT = 10;
    static final int CTA_EXPECT_FN = 11;

    static final int CTA_EXPECT_NAT_DIR = 1;
    static final int CTA_EXPECT_NAT_TUPLE = 2;

    static final int CTA_TUPLE_ORIG = 1;
    static final int CTA_TUPLE_REPLY = 2;
    static final int CTA_STATUS = 3;
    static final int CTA_PROTOINFO = 4;
    static final int CTA_HELP = 5;
    static final int CTA_NAT_SRC = 6;
    static final int CTA_TIMEOUT = 7;
    static final int CTA_MARK = 8;
    static final int CTA_ID = 12;
    static final int CTA_NAT_DST = 13;
    static final int CTA_TUPLE_MASTER = 14;
    static final int CTA_SEQ_ADJ_ORIG = 15;
    static final int CTA_SEQ_ADJ_REPLY = 16;
    static final int CTA_ZONE = 18;
    static final int CTA_FILTER = 25;
    static final int CTA_LABELS = 22;
    static final int CTA_LABELS_MASK = 23;
    static final int CTA_SYNPROXY = 24;

    static final int CTA_FILTER_ORIG_FLAGS = 1;
    static final int CTA_FILTER_REPLY_FLAGS = 2;

    /** {@code CTA_FILTER_F_CTA_PROTO_NUM}, net/netfilter/nf_conntrack_netlink.c. */
    static final int CTA_FILTER_F_CTA_PROTO_NUM = 1 << 3;

    static final int CTA_TUPLE_IP = 1;
    static final int CTA_TUPLE_PROTO = 2;
    static final int CTA_TUPLE_ZONE = 3;

    static final int CTA_IP_V4_SRC = 1;
    static final int CTA_IP_V4_DST = 2;
    static final int CTA_IP_V6_SRC = 3;
    static final int CTA_IP_V6_DST = 4;

    static final int CTA_PROTO_NUM = 1;
    static final int CTA_PROTO_SRC_PORT = 2;
    static final int CTA_PROTO_DST_PORT = 3;
    static final int CTA_PROTO_ICMP_ID = 4;
    static final int CTA_PROTO_ICMP_TYPE = 5;
    static final int CTA_PROTO_ICMP_CODE = 6;
    static final int CTA_PROTO_ICMPV6_ID = 7;
    static final int CTA_PROTO_ICMPV6_TYPE = 8;
    static final int CTA_PROTO_ICMPV6_CODE = 9;

    static final int CTA_PROTOINFO_TCP = 1;
    static final int CTA_PROTOINFO_SCTP = 3;

    static final int CTA_PROTOINFO_TCP_STATE = 1;
    static final int CTA_PROTOINFO_TCP_WSCALE_ORIGINAL = 2;
    static final int CTA_PROTOINFO_TCP_WSCALE_REPLY = 3;
    static final int CTA_PROTOINFO_TCP_FLAGS_ORIGINAL = 4;
    static final int CTA_PROTOINFO_TCP_FLAGS_REPLY = 5;

    static final int CTA_PROTOINFO_SCTP_STATE = 1;
    static final int CTA_PROTOINFO_SCTP_VTAG_ORIGINAL = 2;
    static final int CTA_PROTOINFO_SCTP_VTAG_REPLY = 3;

    static final int CTA_HELP_NAME = 1;

    static final int CTA_SEQADJ_CORRECTION_POS = 1;
    static final int CTA_SEQADJ_OFFSET_BEFORE = 2;
    static final int CTA_SEQADJ_OFFSET_AFTER = 3;

    static final int CTA_SYNPROXY_ISN = 1;
    static final int CTA_SYNPROXY_ITS = 2;
    static final int CTA_SYNPROXY_TSOFF = 3;

    static final int CTA_NAT_V4_MINIP = 1;
    static final int CTA_NAT_PROTO = 3;
    static final int CTA_NAT_V6_MINIP = 4;
    static final int CTA_PROTONAT_PORT_MIN = 1;

    static final int TCP_CONNTRACK_ESTABLISHED = 3;

    static final int IP_CT_TCP_FLAG_WINDOW_SCALE = 0x01;
    static final int IP_CT_TCP_FLAG_SACK_PERM = 0x02;
    static final int IP_CT_TCP_FLAG_CLOSE_INIT = 0x04;
    static final int IP_CT_TCP_FLAG_BE_LIBERAL = 0x08;
    static final int IP_CT_TCP_SIMULTANEOUS_OPEN = 0x80;

    private Ctnetlink() {}
}
