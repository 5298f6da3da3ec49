package io.keepflow.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.keepflow.protocol.testkit.Seed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reads what protobuf's own reader reads, and refuses what that refuses. */
class WireReaderTest {
    private static final int MESSAGES = 100_000;
    private static final int MAX_BYTES = 40;
    private static final byte[] FREQUENT = {
        0, 1, 8, 9, 10, 11, 12, 13, 14, 2, 3, (byte) 0x80, (byte) 0xff, 0x7f, 0x1b, 0x1c
    };
    private static final String REFUSED = "refused";

    private final WireReader reader = new WireReader();

    @Test
    void readsAsTheLibraryDoes() {
        Random random = Seed.random();
        int refused = 0;
        for (int i = 0; i < MESSAGES; i++) {
            byte[] bytes = message(random);
            int before = random.nextInt(bytes.length + 1);
            int length = random.nextInt(bytes.length - before + 1);
            List<String> expected = byTheLibrary(CodedInputStream.newInstance(bytes, before, length));
            assertThat(fields(bytes, before, length))
                    .as("%s from %d, %d bytes", HexFormat.of().formatHex(bytes), before, length)
                    .isEqualTo(expected);
            refused += expected.contains(REFUSED) ? 1 : 0;
        }
        assertThat(refused).isBetween(MESSAGES / 10, MESSAGES * 9 / 10);
    }

    private static byte[] message(Random random) {
        byte[] bytes = new byte[random.nextInt(MAX_BYTES)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = random.nextInt(4) == 0 ? (byte) random.nextInt() : FREQUENT[random.nextInt(FREQUENT.length)];
        }
        return bytes;
    }

    /** Each field with its value, as far as they can be read. */
    private List<String> fields(byte[] bytes, int offset, int length) {
        List<String> fields = new ArrayList<>();
        reader.begin(bytes, offset, length);
        try {
            for (int tag = reader.tag(); tag != 0; tag = reader.tag()) {
                fields.add(tag + "="
                        + switch (WireFormat.getTagWireType(tag)) {
                            case WireFormat.WIRETYPE_VARINT -> reader.varint();
                            case WireFormat.WIRETYPE_FIXED32 -> reader.fixed32();
                            case WireFormat.WIRETYPE_FIXED64 -> reader.fixed64();
                            default -> {
                                reader.skip(tag);
                                yield reader.position() - offset;
                            }
                        });
            }
        } catch (MalformedFrameException e) {
            fields.add(REFUSED);
        }
        return fields;
    }

    private static List<String> byTheLibrary(CodedInputStream in) {
        List<String> fields = new ArrayList<>();
        try {
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                fields.add(tag + "="
                        + switch (WireFormat.getTagWireType(tag)) {
                            case WireFormat.WIRETYPE_VARINT -> in.readRawVarint64();
                            case WireFormat.WIRETYPE_FIXED32 -> in.readFixed32();
                            case WireFormat.WIRETYPE_FIXED64 -> in.readFixed64();
                            default -> {
                                if (!in.skipField(tag)) {
                                    throw new IOException("the end of a group that has not begun");
                                }
                                yield in.getTotalBytesRead();
                            }
                        });
            }
        } catch (IOException e) {
            fields.add(REFUSED);
        }
        return fields;
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "00, field number 0",
        "08, ends in the middle of a field",
        "08ffffffffffffffffffff01, number of more than ten bytes",
        "0d010203, ends in the middle of a field",
        "0a0301, field of 3 bytes where 1 are left",
        "0affffffff0f, field of 4294967295 bytes where 0 are left",
        "0b0c, ",
        "0b, group 1 without its end",
        "0b14, group 1 without its end",
        "0c, 'field 1 has wire type 4, which begins no field'",
        "0e, 'field 1 has wire type 6, which begins no field'"
    })
    void saysWhatIsWrong(String hex, String reason) throws MalformedFrameException {
        byte[] bytes = HexFormat.of().parseHex(hex);
        reader.begin(bytes, 0, bytes.length);
        if (reason == null) {
            reader.skip(reader.tag());
            assertThat(reader.tag()).isZero();
        } else {
            assertThatThrownBy(() -> reader.skip(reader.tag()))
                    .isInstanceOf(MalformedFrameException.class)
                    .hasMessage(reason);
        }
    }

    @Test
    void groupsAreNotFollowedWithoutEnd() {
        byte[] bytes = new byte[60_000];
        Arrays.fill(bytes, (byte) 0x0b);
        reader.begin(bytes, 0, bytes.length);
        assertThatThrownBy(() -> reader.skip(reader.tag())).hasMessage("groups within groups, more than 100");
    }

    @Test
    void whatIsEnteredIsNotLeftByReading() throws MalformedFrameException {
        byte[] bytes = HexFormat.of().parseHex("0a02080108" + "02");
        reader.begin(bytes, 0, bytes.length);
        assertThat(reader.tag()).isEqualTo(10);
        int limit = reader.enter(reader.length());
        assertThat(reader.tag()).isEqualTo(8);
        assertThat(reader.varint()).isEqualTo(1);
        assertThat(reader.tag()).as("the limit").isZero();
        reader.leave(limit);
        assertThat(reader.tag()).isEqualTo(8);
        assertThat(reader.varint()).isEqualTo(2);
        assertThat(reader.tag()).isZero();
    }
}
