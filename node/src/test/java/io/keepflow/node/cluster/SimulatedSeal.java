package io.keepflow.node.cluster;

import io.keepflow.crypto.Opener;
import io.keepflow.crypto.Sealer;
import io.keepflow.crypto.SimulatedSeals;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * One run's end of the wire, as {@link SealedUdp}: seals what leaves, opens what arrives, answers challenges. It fails when the
 * seal breaks what it promises: a key and nonce used twice, a broken datagram opened, one opened twice.
 */
final class SimulatedSeal {
    /** All nonces of a cluster, by key. */
    static final class Nonces {
        private final SimulatedSeals seals;
        private final Map<String, Set<Long>> used = new HashMap<>();

        Nonces(SimulatedSeals seals) {
            this.seals = seals;
        }

        void use(byte[] datagram) {
            long counter = SimulatedSeals.counterOf(datagram);
            if (!used.computeIfAbsent(seals.keyOf(datagram), key -> new HashSet<>())
                    .add(counter)) {
                throw new AssertionError("nonce: key and counter " + counter + " were used twice");
            }
        }
    }

    private final Nonces nonces;
    private final Sealer sealer;
    private final Opener<String> opener;
    private final Map<String, Set<Long>> opened = new HashMap<>();
    private final byte[] clear = new byte[2048];

    /** {@code handshake} sends a datagram, the second argument, to the first. */
    SimulatedSeal(
            Nonces nonces, long datagramsToNextSegment, SimulatedClock clock, BiConsumer<String, byte[]> handshake) {
        this.nonces = nonces;
        sealer = nonces.seals.sealer(datagramsToNextSegment);
        opener = nonces.seals.opener(
                sealer,
                (to, datagram, length) -> {
                    byte[] copy = Arrays.copyOf(datagram, length);
                    nonces.use(copy);
                    handshake.accept(to, copy);
                },
                clock::nanos);
    }

    byte[] seal(byte[] payload) {
        byte[] datagram = new byte[payload.length + Sealer.OVERHEAD];
        sealer.seal(payload, 0, payload.length, datagram, 0);
        nonces.use(datagram);
        return datagram;
    }

    /** The clear text, or nothing if the datagram was refused or belongs to the handshake. */
    byte[] open(SimulatedWire.Datagram datagram) {
        byte[] bytes = datagram.bytes();
        int length = opener.open(datagram.source(), bytes, 0, bytes.length, clear, 0);
        if (length <= 0) {
            return new byte[0];
        }
        if (!datagram.isIntact()) {
            throw new AssertionError("seal: a datagram was opened that had been changed on its way");
        }
        if (!opened.computeIfAbsent(nonces.seals.keyOf(bytes), key -> new HashSet<>())
                .add(SimulatedSeals.counterOf(bytes))) {
            throw new AssertionError("replay: a datagram was opened twice");
        }
        return Arrays.copyOf(clear, length);
    }

    Opener<String> opener() {
        return opener;
    }
}
