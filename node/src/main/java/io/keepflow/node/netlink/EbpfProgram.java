package io.keepflow.node.netlink;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Assembles an eBPF program (linux/bpf.h, {@code struct bpf_insn}): one method per instruction, jumps to labels, forward only.
 * Registers are numbers: 0 is the result, 1 to 5 are arguments and lost in a call, 6 to 9 are kept.
 */
final class EbpfProgram {
    /** A word of packet, in network order, becomes register 0; needs the context in register 6, loses 1 to 5. */
    private static final int LD_ABS_W = 0x20;

    private static final int LD_IMM_DW = 0x18;
    private static final int LDX_MEM_W = 0x61;
    private static final int STX_MEM_W = 0x63;
    private static final int ST_MEM_W = 0x62;
    private static final int STX_ATOMIC_W = 0xc3;
    private static final int ATOMIC_OR_FETCH = 0x41;
    private static final int ADD_K = 0x07;
    private static final int MOV_K = 0xb7;
    private static final int MOV_X = 0xbf;
    private static final int JA = 0x05;
    private static final int JEQ_K = 0x15;
    private static final int JGT_K = 0x25;
    private static final int JLT_K = 0xa5;
    private static final int JNE_K = 0x55;
    private static final int JEQ_K_32 = 0x16;
    private static final int CALL = 0x85;
    private static final int EXIT = 0x95;

    private static final int PSEUDO_MAP_FD = 1;
    private static final int PSEUDO_MAP_VALUE = 2;
    private static final int INSTRUCTION_BYTES = 8;

    private record Instruction(int code, int destination, int source, int offset, int immediate) {}

    /** A place to jump to. */
    static final class Label {
        private final List<Integer> jumps = new ArrayList<>();
    }

    private final List<Instruction> instructions = new ArrayList<>();

    int size() {
        return instructions.size();
    }

    void copy(int to, int from) {
        add(MOV_X, to, from, 0, 0);
    }

    void set(int register, int value) {
        add(MOV_K, register, 0, 0, value);
    }

    void add(int register, int value) {
        add(ADD_K, register, 0, 0, value);
    }

    /** Register 0 becomes the word of the packet at this offset, read in network order. */
    void loadPacketWord(int offset) {
        add(LD_ABS_W, 0, 0, 0, offset);
    }

    void loadWord(int to, int address, int offset) {
        add(LDX_MEM_W, to, address, offset, 0);
    }

    void storeWord(int address, int offset, int from) {
        add(STX_MEM_W, address, from, offset, 0);
    }

    void storeConstant(int address, int offset, int value) {
        add(ST_MEM_W, address, 0, offset, value);
    }

    /** The register's bits are set in the word, and it becomes what the word was; a full memory barrier. */
    void fetchOr(int address, int offset, int register) {
        add(STX_ATOMIC_W, address, register, offset, ATOMIC_OR_FETCH);
    }

    /** The register becomes the map, as an argument. */
    void loadMap(int register, int mapFd) {
        add(LD_IMM_DW, register, PSEUDO_MAP_FD, 0, mapFd);
        add(0, 0, 0, 0, 0);
    }

    /** The register becomes the address of the first value of an array. */
    void loadArray(int register, int mapFd) {
        add(LD_IMM_DW, register, PSEUDO_MAP_VALUE, 0, mapFd);
        add(0, 0, 0, 0, 0);
    }

    void call(int function) {
        add(CALL, 0, 0, 0, function);
    }

    void exit() {
        add(EXIT, 0, 0, 0, 0);
    }

    void jump(Label to) {
        jump(JA, 0, 0, to);
    }

    void jumpIfEqual(int register, int value, Label to) {
        jump(JEQ_K, register, value, to);
    }

    /** Compares the register's low 32 bits alone. */
    void jumpIfWordEquals(int register, int value, Label to) {
        jump(JEQ_K_32, register, value, to);
    }

    void jumpUnlessEqual(int register, int value, Label to) {
        jump(JNE_K, register, value, to);
    }

    void jumpIfAbove(int register, int value, Label to) {
        jump(JGT_K, register, value, to);
    }

    void jumpIfBelow(int register, int value, Label to) {
        jump(JLT_K, register, value, to);
    }

    /** What is jumped to comes here. */
    void place(Label label) {
        for (int jump : label.jumps) {
            Instruction instruction = instructions.get(jump);
            instructions.set(
                    jump,
                    new Instruction(
                            instruction.code,
                            instruction.destination,
                            instruction.source,
                            size() - jump - 1,
                            instruction.immediate));
        }
    }

    private void jump(int code, int register, int value, Label to) {
        to.jumps.add(size());
        add(code, register, 0, 0, value);
    }

    private void add(int code, int destination, int source, int offset, int immediate) {
        instructions.add(new Instruction(code, destination, source, offset, immediate));
    }

    /** The instructions as the kernel wants them; registers share a byte, the destination in its low half (little-endian). */
    MemorySegment assemble(Arena arena) {
        MemorySegment program = arena.allocate((long) INSTRUCTION_BYTES * size(), INSTRUCTION_BYTES);
        for (int i = 0; i < size(); i++) {
            Instruction instruction = instructions.get(i);
            long at = (long) INSTRUCTION_BYTES * i;
            program.set(ValueLayout.JAVA_BYTE, at, (byte) instruction.code);
            program.set(ValueLayout.JAVA_BYTE, at + 1, (byte) (instruction.destination | instruction.source << 4));
            program.set(ValueLayout.JAVA_SHORT, at + 2, (short) instruction.offset);
            program.set(ValueLayout.JAVA_INT, at + 4, instruction.immediate);
        }
        return program;
    }
}
