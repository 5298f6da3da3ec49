package io.keepflow.it.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One short command and what came of it. */
public record Command(int exit, String output, String errors) {

    /** Runs to the end; a non-zero exit is an answer here, not an error. */
    public static Command run(List<String> words) throws IOException, InterruptedException {
        Path errorFile = Files.createTempFile("keepflow-lab", ".err");
        try {
            Process process =
                    new ProcessBuilder(words).redirectError(errorFile.toFile()).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Command(process.waitFor(), output, Files.readString(errorFile));
        } finally {
            Files.delete(errorFile);
        }
    }

    /** Runs to the end and returns the output; fails with what the command said. */
    public static String output(String... words) throws IOException, InterruptedException {
        Command command = run(List.of(words));
        if (command.exit != 0) {
            throw new IOException(String.join(" ", words) + " exited with " + command.exit + ": "
                    + command.errors.strip() + " " + command.output.strip());
        }
        return command.output;
    }
}
