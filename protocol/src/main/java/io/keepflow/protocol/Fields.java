package io.keepflow.protocol;

import com.google.protobuf.WireFormat;

/** Reads the value of one field, and rejects one of another wire type or out of its range. */
final class Fields {
    private Fields() {}

    static void unpack(int packed, Tuple tuple) {
        tuple.l4Src = packed >>> 16;
        tuple.l4Dst = packed & 0xffff;
    }

    static long varint(WireReader in, int tag) throws MalformedFrameException {
        expect(tag, WireFormat.WIRETYPE_VARINT);
        return in.varint();
    }

    static int bounded(WireReader in, int tag, int max, String field) throws MalformedFrameException {
        long value = varint(in, tag);
        if (value < 0 || value > max) {
            throw new MalformedFrameException(field + " is " + Long.toUnsignedString(value) + ", at most " + max);
        }
        return (int) value;
    }

    /** 32 bits of any value. */
    static int word(WireReader in, int tag, String field) throws MalformedFrameException {
        long value = varint(in, tag);
        if (value >>> Integer.SIZE != 0) {
            throw new MalformedFrameException(field + " is " + Long.toUnsignedString(value) + ", more than 32 bits");
        }
        return (int) value;
    }

    static int zigzag(WireReader in, int tag) throws MalformedFrameException {
        expect(tag, WireFormat.WIRETYPE_VARINT);
        int value = (int) in.varint();
        return value >>> 1 ^ -(value & 1);
    }

    static int fixed32(WireReader in, int tag) throws MalformedFrameException {
        expect(tag, WireFormat.WIRETYPE_FIXED32);
        return in.fixed32();
    }

    static long fixed64(WireReader in, int tag) throws MalformedFrameException {
        expect(tag, WireFormat.WIRETYPE_FIXED64);
        return in.fixed64();
    }

    static void expect(int tag, int wireType) throws MalformedFrameException {
        if (WireFormat.getTagWireType(tag) != wireType) {
            throw new MalformedFrameException("field " + WireFormat.getTagFieldNumber(tag) + " has wire type "
                    + WireFormat.getTagWireType(tag) + ", expected " + wireType);
        }
    }
}
