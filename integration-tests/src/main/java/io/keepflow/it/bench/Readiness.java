package io.keepflow.it.bench;

import io.keepflow.it.lab.Firewall;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** When a daemon that was just started answers on its control socket. */
final class Readiness {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private Readiness() {}

    /** Starts the daemon; returns the {@link System#nanoTime} at which its socket could be connected to, looking every millisecond. */
    static long launch(Contestant contestant, Firewall firewall) throws Exception {
        contestant.launch(firewall);
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!accepts(contestant.socket(firewall))) {
            contestant.requireHealthy();
            if (System.nanoTime() - deadline > 0) {
                throw new TimeoutException(
                        contestant.tool().key() + " did not answer within " + LIMIT.toSeconds() + " s");
            }
            Thread.sleep(1);
        }
        return System.nanoTime();
    }

    private static boolean accepts(Path socket) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            return false;
        }
    }
}
