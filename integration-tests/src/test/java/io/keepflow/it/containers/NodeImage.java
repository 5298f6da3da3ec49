package io.keepflow.it.containers;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.testcontainers.DockerClientFactory;

/** The container image as {@code deploy/image/build} makes it, under a name of this run; removed on {@link #close()}. */
final class NodeImage implements AutoCloseable {
    private static final long BUILD_TIMEOUT_MINUTES = 10;

    private final String name;

    private NodeImage(String name) {
        this.name = name;
    }

    /** Builds the image; the cached base system, if there is one, makes that a matter of seconds. */
    static NodeImage build() throws IOException, InterruptedException {
        EngineApi.agree();
        String name = "keepflow-it:" + ProcessHandle.current().pid();
        String script = root().resolve("deploy/image/build").toString();
        File log = Files.createTempFile("keepflow-image", ".log").toFile();
        try {
            Process build = new ProcessBuilder(script, "--tag", name, "--label", "org.testcontainers=true")
                    .redirectErrorStream(true)
                    .redirectOutput(log)
                    .start();
            boolean ended = build.waitFor(BUILD_TIMEOUT_MINUTES, TimeUnit.MINUTES);
            if (!ended) {
                build.destroy();
            }
            if (!ended || build.exitValue() != 0) {
                throw new IOException(script
                        + (ended ? " failed: " : " took too long: ")
                        + Files.readString(log.toPath(), StandardCharsets.UTF_8));
            }
        } finally {
            Files.deleteIfExists(log.toPath());
        }
        return new NodeImage(name);
    }

    private static Path root() throws IOException {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.exists(directory.resolve("deploy/image/build"))) {
            directory = directory.getParent();
            if (directory == null) {
                throw new IOException(
                        "no deploy/image/build above " + Path.of("").toAbsolutePath());
            }
        }
        return directory;
    }

    String name() {
        return name;
    }

    @Override
    public void close() {
        DockerClientFactory.instance()
                .client()
                .removeImageCmd(name)
                .withForce(true)
                .exec();
    }
}
