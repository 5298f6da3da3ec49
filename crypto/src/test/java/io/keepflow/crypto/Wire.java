package io.keepflow.crypto;

import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/** Two or more endpoints whose handshake datagrams wait on a wire until a test lets them go. */
final class Wire {
    /** A sealer and an opener of one run, on a clock of the test's. */
    final class Endpoint {
        final String name;
        final Sealer sealer;
        final Opener<String> opener;
        private final byte[] clear = new byte[Opener.MAX_DATAGRAM_BYTES];

        Endpoint(String name, Sealer sealer) {
            this.name = name;
            this.sealer = sealer;
            this.opener = new Opener<>(
                    sealer,
                    (to, datagram, length) -> inFlight.add(new Datagram(name, to, Arrays.copyOf(datagram, length))),
                    () -> nowNanos,
                    new SecureRandom());
        }

        byte[] seal(byte... payload) {
            byte[] sealed = new byte[payload.length + Sealer.OVERHEAD];
            sealer.seal(payload, 0, payload.length, sealed, 0);
            return sealed;
        }

        /** The result of {@link Opener#open}; the clear text is in {@link #clear(int)}. */
        int open(String from, byte[] datagram) {
            return opener.open(from, datagram, 0, datagram.length, clear, 0);
        }

        byte[] clear(int length) {
            return Arrays.copyOf(clear, length);
        }
    }

    /** A datagram under way. */
    static final class Datagram {
        private final String from;
        private final String to;
        private final byte[] bytes;

        Datagram(String from, String to, byte[] bytes) {
            this.from = from;
            this.to = to;
            this.bytes = bytes;
        }

        String from() {
            return from;
        }

        String to() {
            return to;
        }

        byte[] bytes() {
            return bytes;
        }
    }

    long nowNanos = 5_000_000_000L;
    final Deque<Datagram> inFlight = new ArrayDeque<>();
    private final List<Endpoint> endpoints = new ArrayList<>();

    Endpoint endpoint(String name, ClusterKey key) {
        return endpoint(name, new Sealer(key));
    }

    Endpoint endpoint(String name, Sealer sealer) {
        Endpoint endpoint = new Endpoint(name, sealer);
        endpoints.removeIf(other -> other.name.equals(name));
        endpoints.add(endpoint);
        return endpoint;
    }

    /** Delivers what is in flight, and what that causes. */
    void settle() {
        while (!inFlight.isEmpty()) {
            Datagram next = inFlight.remove();
            for (Endpoint endpoint : endpoints) {
                if (endpoint.name.equals(next.to())) {
                    endpoint.open(next.from(), next.bytes());
                }
            }
        }
    }

    /** Lets {@code receiver} admit {@code sender}. */
    void admit(Endpoint receiver, Endpoint sender) {
        nowNanos += Challenges.PACE_NANOS;
        receiver.open(sender.name, sender.seal((byte) 0));
        settle();
    }
}
