package io.keepflow.node.netlink;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The classic BPF program (linux/filter.h) that drops datagrams whose {@code nlmsg_pid} is one of some port ids: what a node
 * writes into its own kernel does not come back to it.
 */
final class PortIdFilter {
    static final int MAX_PORT_IDS = 64;

    private static final int BPF_LD_W_ABS = 0x20;
    private static final int BPF_JMP_JEQ_K = 0x15;
    private static final int BPF_RET_K = 0x06;
    private static final int ACCEPT = 0xffffffff;
    private static final int DROP = 0;
    private static final int SOCK_FILTER_SIZE = 8;
    private static final int SOCK_FPROG_SIZE = 16;

    private PortIdFilter() {}

    /** A {@code struct sock_fprog}, for {@code SO_ATTACH_FILTER}. */
    static MemorySegment assemble(Arena arena, int[] portIds) {
        if (portIds.length > MAX_PORT_IDS) {
            throw new IllegalArgumentException(portIds.length + " port ids to ignore, at most " + MAX_PORT_IDS);
        }
        int length = portIds.length + 3;
        MemorySegment program = arena.allocate((long) SOCK_FILTER_SIZE * length, 8);
        instruction(program, 0, BPF_LD_W_ABS, 0, Netlink.NLMSG_PID);
        for (int i = 0; i < portIds.length; i++) {
            instruction(program, i + 1, BPF_JMP_JEQ_K, portIds.length - i, asLoaded(portIds[i]));
        }
        instruction(program, length - 2, BPF_RET_K, 0, ACCEPT);
        instruction(program, length - 1, BPF_RET_K, 0, DROP);
        MemorySegment sockFprog = arena.allocate(SOCK_FPROG_SIZE, 8);
        sockFprog.set(ValueLayout.JAVA_SHORT, 0, (short) length);
        sockFprog.set(ValueLayout.JAVA_LONG, 8, program.address());
        return sockFprog;
    }

    /** BPF loads big-endian, {@code nlmsg_pid} is in the host's order. */
    private static int asLoaded(int portId) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? portId : Integer.reverseBytes(portId);
    }

    private static void instruction(MemorySegment program, int index, int code, int jumpIfTrue, int k) {
        long at = (long) SOCK_FILTER_SIZE * index;
        program.set(ValueLayout.JAVA_SHORT, at, (short) code);
        program.set(ValueLayout.JAVA_BYTE, at + 2, (byte) jumpIfTrue);
        program.set(ValueLayout.JAVA_BYTE, at + 3, (byte) 0);
        program.set(ValueLayout.JAVA_INT, at + 4, k);
    }
}
