package io.keepflow.node.netlink;

/** Constants of linux/netlink.h, linux/netfilter/nfnetlink.h and the socket headers, by their kernel names. */
final class Netlink {
    static final int AF_UNSPEC = 0;
    static final int AF_NETLINK = 16;
    static final int NETLINK_NETFILTER = 12;

    static final int SOCK_RAW = 3;
    static final int SOCK_NONBLOCK = 0x800;
    static final int SOCK_CLOEXEC = 0x80000;
    static final int PROT_READ = 1;
    static final int PROT_WRITE = 2;
    static final int MAP_SHARED = 1;
    static final int MSG_TRUNC = 0x20;
    static final int MSG_DONTWAIT = 0x40;

    static final int SOL_SOCKET = 1;
    static final int SO_RCVBUF = 8;
    static final int SO_ATTACH_FILTER = 26;
    static final int SO_RCVBUFFORCE = 33;
    static final int SO_ATTACH_BPF = 50;
    static final int SOL_NETLINK = 270;
    static final int NETLINK_ADD_MEMBERSHIP = 1;
    static final int NETLINK_DROP_MEMBERSHIP = 2;
    static final int NETLINK_CAP_ACK = 10;
    static final int NETLINK_EXT_ACK = 11;

    /** {@code struct nlmsghdr}: fields are in the host's byte order. */
    static final int NLMSG_LEN = 0;

    static final int NLMSG_TYPE = 4;
    static final int NLMSG_FLAGS = 6;
    static final int NLMSG_SEQ = 8;
    static final int NLMSG_PID = 12;
    static final int NLMSG_HDRLEN = 16;

    static final int NLMSG_NOOP = 1;
    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;

    static final int NLM_F_REQUEST = 0x1;
    static final int NLM_F_ACK = 0x4;
    static final int NLM_F_DUMP_INTR = 0x10;
    static final int NLM_F_EXCL = 0x200;
    static final int NLM_F_CREATE = 0x400;
    static final int NLM_F_DUMP = 0x300;
    static final int NLM_F_CAPPED = 0x100;
    static final int NLM_F_ACK_TLVS = 0x200;

    static final int NLMSGERR_ATTR_MSG = 1;
    static final int NLMSGERR_ATTR_OFFS = 2;

    /** {@code struct nfgenmsg}: family, version, resource id. */
    static final int NFGEN_FAMILY = 16;

    static final int NFGEN_HDRLEN = 20;

    static final int NLA_LEN = 0;
    static final int NLA_TYPE = 2;
    static final int NLA_HDRLEN = 4;
    static final int NLA_F_NESTED = 0x8000;
    static final int NLA_TYPE_MASK = 0x3fff;

    private Netlink() {}

    /** {@code NLMSG_ALIGN} and {@code NLA_ALIGN}: up to the next multiple of four. */
    static int align(int length) {
        return (length + 3) & ~3;
    }
}
