package io.keepflow.node.netlink;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/** Messages that a 6.18 kernel wrote, one attribute per line. */
final class Samples {
    /** A source NATed TCP connection in original zone 7, created by port id 28999. */
    static final String TCP_NEW = """
        f0000000 0001 0006 00000000 47710000         nlmsghdr: 240 bytes, CT_NEW, CREATE|EXCL, seq 0, pid 28999
        02 00 0000                                   nfgenmsg: AF_INET
        3c00 0180                                    CTA_TUPLE_ORIG
          1400 0180                                    CTA_TUPLE_IP
            0800 0100 0a100001                           CTA_IP_V4_SRC 10.16.0.1
            0800 0200 0a210001                           CTA_IP_V4_DST 10.33.0.1
          1c00 0280                                    CTA_TUPLE_PROTO
            0500 0100 06000000                           CTA_PROTO_NUM 6
            0600 0200 9c400000                           CTA_PROTO_SRC_PORT 40000
            0600 0300 01bb0000                           CTA_PROTO_DST_PORT 443
          0600 0300 00070000                           CTA_TUPLE_ZONE 7
        3400 0280                                    CTA_TUPLE_REPLY
          1400 0180                                    CTA_TUPLE_IP
            0800 0100 0a210001                           CTA_IP_V4_SRC 10.33.0.1
            0800 0200 0a310001                           CTA_IP_V4_DST 10.49.0.1
          1c00 0280                                    CTA_TUPLE_PROTO
            0500 0100 06000000                           CTA_PROTO_NUM 6
            0600 0200 01bb0000                           CTA_PROTO_SRC_PORT 443
            0600 0300 8c400000                           CTA_PROTO_DST_PORT 35904
        0800 0c00 6142fbbc                           CTA_ID
        0800 0300 0000019e                           CTA_STATUS SEEN_REPLY|ASSURED|CONFIRMED|SRC_NAT|NAT_DONE
        0800 0700 00069780                           CTA_TIMEOUT 432000
        3000 0480                                    CTA_PROTOINFO
          2c00 0180                                    CTA_PROTOINFO_TCP
            0500 0100 03000000                           CTA_PROTOINFO_TCP_STATE ESTABLISHED
            0500 0200 07000000                           CTA_PROTOINFO_TCP_WSCALE_ORIGINAL 7
            0500 0300 09000000                           CTA_PROTOINFO_TCP_WSCALE_REPLY 9
            0600 0400 03000000                           CTA_PROTOINFO_TCP_FLAGS_ORIGINAL WINDOW_SCALE|SACK_PERM
            0600 0500 03000000                           CTA_PROTOINFO_TCP_FLAGS_REPLY
        1c00 1880                                    CTA_SYNPROXY, of no interest
          0800 0100 00000000
          0800 0200 00000000
          0800 0300 00000000
        0800 0800 80009c41                           CTA_MARK 0x80009c41
        """;

    /** The end of the same connection: the state alone, no flags. */
    static final String TCP_DESTROY = """
        b4000000 0201 0000 00000000 47710000         nlmsghdr: 180 bytes, CT_DELETE
        02 00 0000                                   nfgenmsg: AF_INET
        3c00 0180                                    CTA_TUPLE_ORIG
          1400 0180
            0800 0100 0a100001
            0800 0200 0a210001
          1c00 0280
            0500 0100 06000000
            0600 0200 9c400000
            0600 0300 01bb0000
          0600 0300 00070000                           CTA_TUPLE_ZONE 7
        3400 0280                                    CTA_TUPLE_REPLY
          1400 0180
            0800 0100 0a210001
            0800 0200 0a310001
          1c00 0280
            0500 0100 06000000
            0600 0200 01bb0000
            0600 0300 8c400000
        0800 0c00 6142fbbc                           CTA_ID
        0800 0300 0000039e                           CTA_STATUS … DYING
        0800 0700 00069780                           CTA_TIMEOUT
        1000 0480                                    CTA_PROTOINFO
          0c00 0180                                    CTA_PROTOINFO_TCP
            0500 0100 03000000                           CTA_PROTOINFO_TCP_STATE
        0800 0800 80009c41                           CTA_MARK
        """;

    /** An echo request over IPv6 in zone 5, changed. */
    static final String ICMPV6_UPDATE = """
        00010000 0001 0000 00000000 47710000         nlmsghdr: 256 bytes, CT_NEW, pid 28999
        0a 00 0000                                   nfgenmsg: AF_INET6
        5400 0180                                    CTA_TUPLE_ORIG
          2c00 0180                                    CTA_TUPLE_IP
            1400 0300 20010db8000000010000000100010000   CTA_IP_V6_SRC
            1400 0400 20010db8000000010000000200020000   CTA_IP_V6_DST
          2400 0280                                    CTA_TUPLE_PROTO
            0500 0100 3a000000                           CTA_PROTO_NUM 58
            0600 0700 12340000                           CTA_PROTO_ICMPV6_ID
            0500 0800 80000000                           CTA_PROTO_ICMPV6_TYPE 128
            0500 0900 00000000                           CTA_PROTO_ICMPV6_CODE
        5400 0280                                    CTA_TUPLE_REPLY
          2c00 0180
            1400 0300 20010db8000000010000000200020000
            1400 0400 20010db8000000010000000100010000
          2400 0280
            0500 0100 3a000000
            0600 0700 12340000
            0500 0800 81000000                           CTA_PROTO_ICMPV6_TYPE 129
            0500 0900 00000000
        0600 1200 00050000                           CTA_ZONE 5
        0800 0c00 473de8c3                           CTA_ID
        0800 0300 0000000e                           CTA_STATUS
        0800 0700 00000028                           CTA_TIMEOUT 40
        1c00 1880                                    CTA_SYNPROXY
          0800 0100 00000000
          0800 0200 00000000
          0800 0300 00000000
        0800 0800 00000000                           CTA_MARK 0
        """;

    private Samples() {}

    /** The bytes of an annotated dump: on each line, hexadecimal groups up to the first two spaces after them. */
    static byte[] bytes(String annotated) {
        StringBuilder hex = new StringBuilder();
        annotated.lines().map(String::strip).forEach(line -> {
            int end = line.indexOf("  ");
            hex.append((end < 0 ? line : line.substring(0, end)).replace(" ", ""));
        });
        return HexFormat.of().parseHex(hex);
    }

    static MemorySegment copy(Arena arena, byte[] bytes) {
        MemorySegment memory = arena.allocate(Math.max(bytes.length, 1), 8);
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, 0, bytes.length);
        return memory;
    }
}
