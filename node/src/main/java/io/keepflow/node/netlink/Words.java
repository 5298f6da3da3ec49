package io.keepflow.node.netlink;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Unaligned numbers in native memory: headers in the host's byte order ({@code native…}), attribute payloads in network order. */
final class Words {
    private static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort NATIVE_16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt NATIVE_32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfShort BE_16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE_32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong BE_64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private Words() {}

    static int u8(MemorySegment memory, long offset) {
        return memory.get(U8, offset) & 0xff;
    }

    static int native16(MemorySegment memory, long offset) {
        return memory.get(NATIVE_16, offset) & 0xffff;
    }

    static int native32(MemorySegment memory, long offset) {
        return memory.get(NATIVE_32, offset);
    }

    static int be16(MemorySegment memory, long offset) {
        return memory.get(BE_16, offset) & 0xffff;
    }

    static int be32(MemorySegment memory, long offset) {
        return memory.get(BE_32, offset);
    }

    static long be64(MemorySegment memory, long offset) {
        return memory.get(BE_64, offset);
    }

    static void putU8(MemorySegment memory, long offset, int value) {
        memory.set(U8, offset, (byte) value);
    }

    static void putNative16(MemorySegment memory, long offset, int value) {
        memory.set(NATIVE_16, offset, (short) value);
    }

    static void putNative32(MemorySegment memory, long offset, int value) {
        memory.set(NATIVE_32, offset, value);
    }

    static void putBe16(MemorySegment memory, long offset, int value) {
        memory.set(BE_16, offset, (short) value);
    }

    static void putBe32(MemorySegment memory, long offset, int value) {
        memory.set(BE_32, offset, value);
    }

    static void putBe64(MemorySegment memory, long offset, long value) {
        memory.set(BE_64, offset, value);
    }
}
