package io.keepflow.node.netlink;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Assembles a classic BPF program (linux/filter.h): one method per instruction, jumps to labels of any distance, forward only. The
 * accumulator is A, the index register X, the scratch memory M.
 */
final class BpfProgram {
    /** {@code BPF_MAXINSNS} and {@code BPF_MEMWORDS}. */
    static final int MAX_INSTRUCTIONS = 4096;

    static final int MEMORY_WORDS = 16;

    private static final int LD_W_ABS = 0x20;
    private static final int LD_H_ABS = 0x28;
    private static final int LD_B_ABS = 0x30;
    private static final int LD_W_IND = 0x40;
    private static final int LD_H_IND = 0x48;
    private static final int LD_B_IND = 0x50;
    private static final int LD_IMM = 0x00;
    private static final int LD_MEM = 0x60;
    private static final int LDX_IMM = 0x01;
    private static final int ST = 0x02;
    private static final int AND_K = 0x54;
    private static final int JA = 0x05;
    private static final int JEQ_K = 0x15;
    private static final int JGT_K = 0x25;
    private static final int JGE_K = 0x35;
    private static final int RET_K = 0x06;
    private static final int TAX = 0x07;

    /** {@code SKF_AD_OFF + SKF_AD_NLATTR} and {@code SKF_AD_NLATTR_NEST}. */
    private static final int NLATTR = -0x1000 + 12;

    private static final int NLATTR_NEST = -0x1000 + 16;

    private static final int SOCK_FILTER_SIZE = 8;
    private static final int SOCK_FPROG_SIZE = 16;

    private record Instruction(int code, int jumpIfTrue, int jumpIfFalse, int k) {}

    /** A place to jump to. */
    static final class Label {
        private int position = -1;
        private final List<Integer> jumps = new ArrayList<>();
    }

    private final List<Instruction> instructions = new ArrayList<>();

    int size() {
        return instructions.size();
    }

    void loadWord(int offset) {
        add(LD_W_ABS, offset);
    }

    void loadHalf(int offset) {
        add(LD_H_ABS, offset);
    }

    void loadByte(int offset) {
        add(LD_B_ABS, offset);
    }

    /** A = the word at X + offset. */
    void loadWordAtX(int offset) {
        add(LD_W_IND, offset);
    }

    void loadHalfAtX(int offset) {
        add(LD_H_IND, offset);
    }

    void loadByteAtX(int offset) {
        add(LD_B_IND, offset);
    }

    void set(int value) {
        add(LD_IMM, value);
    }

    void load(int memory) {
        add(LD_MEM, memory);
    }

    void store(int memory) {
        add(ST, memory);
    }

    void and(int mask) {
        add(AND_K, mask);
    }

    void copyToX() {
        add(TAX, 0);
    }

    /** A = offset of the attribute of this type among those from offset A on, or 0. */
    void findAttribute(int type) {
        add(LDX_IMM, type);
        add(LD_W_ABS, NLATTR);
    }

    /** A = offset of the attribute of this type inside the one at offset A, or 0. */
    void findNested(int type) {
        add(LDX_IMM, type);
        add(LD_W_ABS, NLATTR_NEST);
    }

    void jump(Label to) {
        to.jumps.add(size());
        add(JA, 0);
    }

    void jumpIfEqual(int value, Label to) {
        instructions.add(new Instruction(JEQ_K, 0, 1, value));
        jump(to);
    }

    void jumpUnlessEqual(int value, Label to) {
        instructions.add(new Instruction(JEQ_K, 1, 0, value));
        jump(to);
    }

    /** Both are unsigned. */
    void jumpIfBelow(int value, Label to) {
        instructions.add(new Instruction(JGE_K, 1, 0, value));
        jump(to);
    }

    void jumpIfAbove(int value, Label to) {
        instructions.add(new Instruction(JGT_K, 0, 1, value));
        jump(to);
    }

    /** Ends the program: so many bytes of the message are kept. */
    void end(int bytes) {
        add(RET_K, bytes);
    }

    /** What is jumped to comes here. */
    void place(Label label) {
        label.position = size();
        for (int jump : label.jumps) {
            instructions.set(jump, new Instruction(JA, 0, 0, label.position - jump - 1));
        }
    }

    private void add(int code, int k) {
        instructions.add(new Instruction(code, 0, 0, k));
    }

    /** A {@code struct sock_fprog}, for {@code SO_ATTACH_FILTER}. */
    MemorySegment assemble(Arena arena) {
        if (size() > MAX_INSTRUCTIONS) {
            throw new IllegalStateException("a program of " + size() + " instructions, at most " + MAX_INSTRUCTIONS);
        }
        MemorySegment program = arena.allocate((long) SOCK_FILTER_SIZE * size(), 8);
        for (int i = 0; i < size(); i++) {
            Instruction instruction = instructions.get(i);
            long at = (long) SOCK_FILTER_SIZE * i;
            program.set(ValueLayout.JAVA_SHORT, at, (short) instruction.code);
            program.set(ValueLayout.JAVA_BYTE, at + 2, (byte) instruction.jumpIfTrue);
            program.set(ValueLayout.JAVA_BYTE, at + 3, (byte) instruction.jumpIfFalse);
            program.set(ValueLayout.JAVA_INT, at + 4, instruction.k);
        }
        MemorySegment sockFprog = arena.allocate(SOCK_FPROG_SIZE, 8);
        sockFprog.set(ValueLayout.JAVA_SHORT, 0, (short) size());
        sockFprog.set(ValueLayout.JAVA_LONG, 8, program.address());
        return sockFprog;
    }
}
