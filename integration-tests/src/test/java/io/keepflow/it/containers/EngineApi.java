package io.keepflow.it.containers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** The version of the engine's API; the client library, left alone, falls back to one that new engines refuse. */
final class EngineApi {
    private static final long TIMEOUT_SECONDS = 20;

    private EngineApi() {}

    /** Tells the client library the version that the running engine speaks. To be called before the library's first use. */
    static void agree() throws IOException, InterruptedException {
        Process version = new ProcessBuilder("docker", "version", "--format", "{{.Server.APIVersion}}")
                .redirectErrorStream(true)
                .start();
        if (!version.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            version.destroyForcibly();
        }
        String answer = new String(version.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (version.exitValue() != 0) {
            throw new IOException(
                    "no Docker engine answers; start one (systemctl start docker, or dockerd): " + answer);
        }
        System.setProperty("api.version", answer);
    }
}
