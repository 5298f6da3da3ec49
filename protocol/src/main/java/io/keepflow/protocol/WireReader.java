package io.keepflow.protocol;

import com.google.protobuf.WireFormat;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads protobuf fields from one array after the other: the library's own reader is a new object for each. Reads nothing beyond
 * the limit, whatever the fields say of their lengths.
 */
final class WireReader {
    /** As the library allows. */
    private static final int MAX_GROUP_DEPTH = 100;

    private static final int MAX_VARINT_SHIFT = 63;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();

    private byte[] array = {};
    private int position;
    private int limit;

    /** From now on reads this range. */
    void begin(byte[] bytes, int offset, int length) {
        array = bytes;
        position = offset;
        limit = offset + length;
    }

    byte[] array() {
        return array;
    }

    int position() {
        return position;
    }

    /** The tag of the next field, or 0 at the limit. */
    int tag() throws MalformedFrameException {
        if (position == limit) {
            return 0;
        }
        int tag = (int) varint();
        if (WireFormat.getTagFieldNumber(tag) == 0) {
            throw new MalformedFrameException("field number 0");
        }
        return tag;
    }

    long varint() throws MalformedFrameException {
        long value = 0;
        for (int shift = 0; shift <= MAX_VARINT_SHIFT; shift += 7) {
            byte next = raw();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new MalformedFrameException("number of more than ten bytes");
    }

    int fixed32() throws MalformedFrameException {
        return (int) INT.get(array, take(Integer.BYTES));
    }

    long fixed64() throws MalformedFrameException {
        return (long) LONG.get(array, take(Long.BYTES));
    }

    byte raw() throws MalformedFrameException {
        return array[take(1)];
    }

    /** The length of a field, all of which is there. */
    int length() throws MalformedFrameException {
        int length = (int) varint();
        if (length < 0 || length > limit - position) {
            throw new MalformedFrameException("field of " + Integer.toUnsignedString(length) + " bytes where "
                    + (limit - position) + " are left");
        }
        return length;
    }

    /** Makes the end of the next {@code length} bytes the limit; returns the one before, for {@link #leave}. */
    int enter(int length) {
        int before = limit;
        limit = position + length;
        return before;
    }

    /** Goes on behind what was {@link #enter}ed. */
    void leave(int before) {
        position = limit;
        limit = before;
    }

    /** Passes over the value of the field with this tag. */
    void skip(int tag) throws MalformedFrameException {
        skip(tag, 0);
    }

    private void skip(int tag, int depth) throws MalformedFrameException {
        switch (WireFormat.getTagWireType(tag)) {
            case WireFormat.WIRETYPE_VARINT -> {
                long _ = varint();
            }
            case WireFormat.WIRETYPE_FIXED32 -> {
                int _ = take(Integer.BYTES);
            }
            case WireFormat.WIRETYPE_FIXED64 -> {
                int _ = take(Long.BYTES);
            }
            case WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
                int _ = take(length());
            }
            case WireFormat.WIRETYPE_START_GROUP -> skipGroup(WireFormat.getTagFieldNumber(tag), depth + 1);
            default ->
                throw new MalformedFrameException("field " + WireFormat.getTagFieldNumber(tag) + " has wire type "
                        + WireFormat.getTagWireType(tag) + ", which begins no field");
        }
    }

    private void skipGroup(int field, int depth) throws MalformedFrameException {
        if (depth > MAX_GROUP_DEPTH) {
            throw new MalformedFrameException("groups within groups, more than " + MAX_GROUP_DEPTH);
        }
        int tag = tag();
        while (tag != 0 && WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_END_GROUP) {
            skip(tag, depth);
            tag = tag();
        }
        if (WireFormat.getTagFieldNumber(tag) != field) {
            throw new MalformedFrameException("group " + field + " without its end");
        }
    }

    /** Where so many bytes begin, which are read now. */
    private int take(int bytes) throws MalformedFrameException {
        if (limit - position < bytes) {
            throw new MalformedFrameException("ends in the middle of a field");
        }
        int at = position;
        position += bytes;
        return at;
    }
}
