package io.keepflow.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Writes protobuf fields into an array, again and again: the library's own writer is a new object for each message. */
final class WireWriter {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED32 = 5;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();

    private final byte[] array;
    private int position;

    WireWriter(byte[] array) {
        this.array = array;
    }

    byte[] array() {
        return array;
    }

    int position() {
        return position;
    }

    void position(int at) {
        position = at;
    }

    void uint(int field, long value) {
        varint((long) field << 3 | VARINT);
        varint(value);
    }

    void sint(int field, int value) {
        uint(field, Integer.toUnsignedLong(value << 1 ^ value >> 31));
    }

    void fixed32(int field, int value) {
        varint((long) field << 3 | FIXED32);
        INT.set(array, position, value);
        position += Integer.BYTES;
    }

    void fixed64(int field, long value) {
        varint((long) field << 3 | FIXED64);
        LONG.set(array, position, value);
        position += Long.BYTES;
    }

    /** Begins a field of so many bytes, which follow. */
    void delimited(int field, int length) {
        varint((long) field << 3 | LENGTH_DELIMITED);
        varint(length);
    }

    void raw(int value) {
        array[position++] = (byte) value;
    }

    void raw(byte[] from, int length) {
        System.arraycopy(from, 0, array, position, length);
        position += length;
    }

    private void varint(long value) {
        long left = value;
        while ((left & ~0x7fL) != 0) {
            array[position++] = (byte) (left | 0x80);
            left >>>= 7;
        }
        array[position++] = (byte) left;
    }
}
