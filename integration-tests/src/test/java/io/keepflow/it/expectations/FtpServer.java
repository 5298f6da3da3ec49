package io.keepflow.it.expectations;

import io.keepflow.it.lab.Daemon;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.Poll;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** vsftpd on the server, for everybody. */
final class FtpServer implements AutoCloseable {
    private final Daemon daemon;
    private final Path log;

    private FtpServer(Daemon daemon, Path log) {
        this.daemon = daemon;
        this.log = log;
    }

    static FtpServer start(Lab lab, Path directory, ServedFile served) throws Exception {
        Path config = directory.resolve("vsftpd.conf");
        Path log = directory.resolve("vsftpd.log");
        Files.createDirectories(directory.resolve("empty"));
        Files.writeString(config, """
            listen=NO
            listen_ipv6=YES
            background=NO
            anonymous_enable=YES
            no_anon_password=YES
            anon_root=%s
            ftp_username=daemon
            nopriv_user=nobody
            connect_from_port_20=YES
            secure_chroot_dir=%s
            seccomp_sandbox=NO
            xferlog_enable=YES
            vsftpd_log_file=%s
            """.formatted(served.directory(), directory.resolve("empty"), log));
        Daemon daemon = Daemon.start(
                "vsftpd", lab.server(), directory.resolve("vsftpd.out"), List.of("vsftpd", config.toString()));
        Poll.until("vsftpd listens", Duration.ofSeconds(10), () -> {
            daemon.requireAlive();
            return lab.server().exec("ss", "-Hltn", "sport = :21").contains(":21");
        });
        return new FtpServer(daemon, log);
    }

    /** How many control connections there have been. */
    long connections() throws IOException {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> line.contains("CONNECT:")).count();
        }
    }

    @Override
    public void close() {
        daemon.close();
    }
}
