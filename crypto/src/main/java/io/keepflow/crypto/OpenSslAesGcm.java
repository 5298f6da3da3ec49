package io.keepflow.crypto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** OpenSSL's cipher. It works in place on a copy of the datagram; what it has outside of the heap goes when it does. */
final class OpenSslAesGcm implements AesGcm {
    private static final int GET_TAG = 0x10;
    private static final int SET_TAG = 0x11;
    private static final int KEY_BYTES = 32;

    /** More than a datagram of an Ethernet's MTU. */
    private static final int USUAL_BYTES = 2048;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final MemorySegment context = newContext();
    private final MemorySegment nonce = Arena.ofAuto().allocate(NONCE_BYTES);
    private final MemorySegment written = Arena.ofAuto().allocate(ValueLayout.JAVA_INT);
    private MemorySegment datagram = Arena.ofAuto().allocate(USUAL_BYTES);
    private @Nullable SegmentKey key;
    private boolean encrypts;

    private static MemorySegment newContext() {
        long address = OpenSsl.newContext();
        if (address == 0) {
            throw new IllegalStateException("OpenSSL has no memory for a cipher");
        }
        return MemorySegment.ofAddress(address)
                .reinterpret(Arena.ofAuto(), gone -> OpenSsl.freeContext(gone.address()));
    }

    @Override
    public int seal(SegmentKey with, long counter, byte[] in, int at, int length, byte[] out, int outAt) {
        room(SealedHeader.LENGTH + length + TAG_BYTES);
        MemorySegment.copy(out, outAt, datagram, JAVA_BYTE, 0, SealedHeader.LENGTH);
        MemorySegment.copy(in, at, datagram, JAVA_BYTE, SealedHeader.LENGTH, length);
        long text = datagram.address() + SealedHeader.LENGTH;
        boolean sealed = init(with, counter, true)
                && update(text, length)
                && OpenSsl.finish(context.address(), text + length, written.address()) == 1
                && OpenSsl.control(context.address(), GET_TAG, TAG_BYTES, text + length) == 1;
        if (!sealed) {
            throw new IllegalStateException("OpenSSL refused to seal " + length + " bytes");
        }
        int sealedLength = length + TAG_BYTES;
        MemorySegment.copy(datagram, JAVA_BYTE, SealedHeader.LENGTH, out, outAt + SealedHeader.LENGTH, sealedLength);
        return sealedLength;
    }

    @Override
    public int open(SegmentKey with, long counter, byte[] in, int at, int length, byte[] out, int outAt) {
        room(length);
        MemorySegment.copy(in, at, datagram, JAVA_BYTE, 0, length);
        int textLength = length - SealedHeader.LENGTH - TAG_BYTES;
        long text = datagram.address() + SealedHeader.LENGTH;
        boolean accepted = init(with, counter, false)
                && update(text, textLength)
                && OpenSsl.control(context.address(), SET_TAG, TAG_BYTES, text + textLength) == 1;
        if (!accepted) {
            throw new IllegalStateException("OpenSSL refused a datagram of " + length + " bytes");
        }
        if (OpenSsl.finish(context.address(), text + textLength, written.address()) != 1) {
            return -1;
        }
        MemorySegment.copy(datagram, JAVA_BYTE, SealedHeader.LENGTH, out, outAt, textLength);
        return textLength;
    }

    private void room(int bytes) {
        if (datagram.byteSize() < bytes) {
            datagram = Arena.ofAuto().allocate(bytes);
        }
    }

    /** The header is additional data; the text is overwritten by what becomes of it. */
    private boolean update(long text, int length) {
        return OpenSsl.update(context.address(), 0, written.address(), datagram.address(), SealedHeader.LENGTH) == 1
                && OpenSsl.update(context.address(), text, written.address(), text, length) == 1;
    }

    private boolean init(SegmentKey with, long counter, boolean toEncrypt) {
        nonce.set(INT, 0, with.salt());
        nonce.set(LONG, Integer.BYTES, counter);
        if (key != with || encrypts != toEncrypt) {
            return initKey(with, toEncrypt);
        }
        return OpenSsl.init(context.address(), 0, nonce.address(), toEncrypt) == 1;
    }

    private boolean initKey(SegmentKey with, boolean toEncrypt) {
        byte[] bytes = with.key().getEncoded();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(KEY_BYTES);
            MemorySegment.copy(bytes, 0, copy, JAVA_BYTE, 0, KEY_BYTES);
            int result = OpenSsl.init(context.address(), copy.address(), nonce.address(), toEncrypt);
            copy.fill((byte) 0);
            key = with;
            encrypts = toEncrypt;
            return result == 1;
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }
}
