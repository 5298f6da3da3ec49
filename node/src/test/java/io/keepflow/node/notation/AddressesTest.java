package io.keepflow.node.notation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.keepflow.node.notation.Addresses.Address;
import io.keepflow.protocol.Flow;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressesTest {
    /** RFC 5952 section 4, and what glibc's inet_ntop makes of embedded IPv4 addresses. */
    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, 0.0.0.0",
        "255.255.255.255, 255.255.255.255",
        "10.9.0.1, 10.9.0.1",
        "::, ::",
        "::1, ::1",
        "2001:0db8:0000:0000:0001:0000:0000:0001, 2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:DB8::A, 2001:db8::a",
        "1:0:0:2:0:0:0:3, 1:0:0:2::3",
        "1::, 1::",
        "0:1:2:3:4:5:6:7, 0:1:2:3:4:5:6:7",
        "::ffff:192.0.2.1, ::ffff:192.0.2.1",
        "::1.2.3.4, ::1.2.3.4",
        "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
        "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
    })
    void writesTheShortestForm(String text, String expected) {
        assertThat(Addresses.parse(text).toString()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                ":",
                ":::",
                "10",
                "10.1",
                "10.1.2",
                "10.1.2.3.4",
                "10.1.2.256",
                "10.1.2.-1",
                "10.1.2.03",
                "10.1.2.3 ",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "::1:2:3:4:5:6:7:8",
                "12345::",
                "g::",
                "fe80::1%eth0",
                "::1.2.3",
                "1.2.3.4::",
                "1.2.3.4::1.2.3.4",
                "::1.2.3.4:5",
                "1:2:3:4:5:6:7:1.2.3.4",
                "localhost",
                "١.2.3.4",
                "1:",
                ":1",
                "::ffff:1.2.3.4.5",
                "1111111111111111111111111111111111111111111111111111111111111111111111111"
            })
    void refusesWhatIsNoAddress(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Addresses.parse(text))
                .withMessageContaining("is not an IPv4 or IPv6 address");
    }

    @Test
    void everyAddressComesBackAndTheJdkAgrees() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            long high = sparse(random);
            long low = sparse(random);
            String text = Addresses.format(Flow.IPV6, high, low);
            assertThat(Addresses.parse(text)).as("seed %d", seed).isEqualTo(new Address(Flow.IPV6, high, low));
            byte[] bytes = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
            assertThat(Inet6Address.getByAddress(null, bytes, -1))
                    .as("seed %d: %s", seed, text)
                    .isEqualTo(Inet6Address.getByAddress(null, jdk(text), -1));
            long ipv4 = random.nextInt() & 0xffff_ffffL;
            assertThat(Addresses.parse(Addresses.format(Flow.IPV4, 0, ipv4)))
                    .isEqualTo(new Address(Flow.IPV4, 0, ipv4));
        }
    }

    /** Longs with many zero words, where the compression has its cases. */
    private static long sparse(Random random) {
        long value = 0;
        for (int i = 0; i < 4; i++) {
            value = value << 16 | (random.nextBoolean() ? 0 : random.nextInt(0x10000));
        }
        return value;
    }

    private static byte[] jdk(String text) {
        byte[] address = InetAddress.ofLiteral(text).getAddress();
        if (address.length == 16) {
            return address;
        }
        return ByteBuffer.allocate(16)
                .putLong(0)
                .putShort((short) 0)
                .putShort((short) -1)
                .put(address)
                .array();
    }
}
