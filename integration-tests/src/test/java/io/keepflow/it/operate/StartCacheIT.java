package io.keepflow.it.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The AOT caches of the distribution: commands and node take their classes from them, and do as well without. */
@Timeout(120)
class StartCacheIT {
    private static final Path BUILT = Path.of(System.getProperty("keepflow.home", "deploy/target/keepflow"));
    private static final String FROM_CACHE = "source: shared objects file";
    private static final int UNREACHABLE = 2;

    @TempDir
    Path directory = Path.of("");

    private Path home = Path.of("");

    /** A copy, as an installation is one; links to the same files, or their times would not be the same. */
    @BeforeEach
    void copy() throws IOException {
        home = directory.resolve("keepflow");
        Files.walkFileTree(BUILT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Path copy = home.resolve(BUILT.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.createLink(copy, file);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Test
    void commandsTakeTheirClassesFromTheCache() throws Exception {
        List<String> classes =
                loaded("status", "--socket", directory.resolve("none").toString());
        assertThat(classes)
                .filteredOn(line -> line.contains("io.keepflow.node.cli.Main "))
                .singleElement()
                .asString()
                .contains(FROM_CACHE);
        assertThat(classes)
                .filteredOn(line -> line.contains(" io.keepflow.") || line.contains(" com.google.protobuf."))
                .hasSizeGreaterThan(10)
                .allMatch(line -> line.contains(FROM_CACHE));
    }

    @Test
    void theCommonFormsOfStatusDoWithoutTheParser() throws Exception {
        String socket = directory.resolve("none").toString();
        for (String output : List.of("-o", "--output")) {
            // Classes of the cache are all loaded; those that do something are initialised, too.
            assertThat(logged("class+init", "status", output, "json", "--socket", socket))
                    .anyMatch(line -> line.contains("io/keepflow/node/cli/StatusCommand"))
                    .noneMatch(line -> line.contains("'picocli/"));
        }
        assertThat(logged("class+init", "status", "--output=json", "--socket", socket))
                .anyMatch(line -> line.contains("'picocli/CommandLine'"));
    }

    @Test
    void theParserTooAlthoughItsOwnJarIsTooOldForACache() throws Exception {
        List<String> classes = loaded(
                "status", "--output=text", "--socket", directory.resolve("none").toString());
        assertThat(classes)
                .filteredOn(line -> line.contains(" picocli."))
                .hasSizeGreaterThan(50)
                .allMatch(line -> line.contains(FROM_CACHE));
    }

    @Test
    void theNodeTakesItsClassesFromTheCache() throws Exception {
        Path config = Files.writeString(directory.resolve("keepflow.toml"), "nothing = 1\n");
        List<String> classes = loaded("run", "--config", config.toString());
        for (String name : List.of("cli.Main ", "cli.RunCommand ", "config.Config ")) {
            assertThat(classes).anyMatch(line -> line.contains(name) && line.contains(FROM_CACHE));
        }
    }

    @Test
    void withoutCachesEverythingIsTheSame() throws Exception {
        Run with = run(Map.of(), "--help");
        Run failing = run(Map.of(), "status", "--socket", "/nowhere");
        for (String cache : List.of("command.aot", "node.aot")) {
            Files.delete(home.resolve("lib").resolve(cache));
        }
        assertThat(run(Map.of(), "--help")).isEqualTo(with);
        assertThat(run(Map.of(), "status", "--socket", "/nowhere")).isEqualTo(failing);
        assertThat(failing.exit).isEqualTo(UNREACHABLE);
    }

    @Test
    void aDamagedCacheIsPassedOverWithoutAWord() throws Exception {
        Run expected = run(Map.of(), "--version");
        byte[] good = Files.readAllBytes(home.resolve("lib/command.aot"));
        byte[] garbage = new byte[1 << 20];
        Arrays.fill(garbage, (byte) 0x5a);
        for (byte[] bad : List.of(new byte[0], new byte[] {1, 2, 3}, garbage, Arrays.copyOf(good, good.length / 2))) {
            replace("command.aot", bad);
            assertThat(run(Map.of(), "--version")).isEqualTo(expected);
        }
    }

    @Test
    void aCacheOfAnotherProgramOrAnotherJavaIsPassedOverWithoutAWord() throws Exception {
        Run expected = run(Map.of(), "--version");
        replace("command.aot", Files.readAllBytes(home.resolve("lib/node.aot")));
        assertThat(run(Map.of(), "--version")).isEqualTo(expected);
        replace("command.aot", ofAnotherJava(Files.readAllBytes(BUILT.resolve("lib/command.aot"))));
        assertThat(run(Map.of(), "--version")).isEqualTo(expected);
        // Not that it is the copy as such that is passed over.
        replace("command.aot", Files.readAllBytes(BUILT.resolve("lib/command.aot")));
        assertThat(loaded("--version")).anyMatch(line -> line.contains("cli.Main ") && line.contains(FROM_CACHE));
    }

    @Test
    void anotherCollectorIsAllowed() throws Exception {
        Run expected = run(Map.of(), "--version");
        assertThat(run(Map.of("KEEPFLOW_JVM_ARGS", "-XX:-UseSerialGC -XX:+UseParallelGC"), "--version"))
                .isEqualTo(expected);
    }

    /** The name of the Java that made it is in the header, in clear. */
    private static byte[] ofAnotherJava(byte[] cache) {
        String header = new String(cache, 0, 4096, StandardCharsets.ISO_8859_1);
        int name = header.indexOf("OpenJDK");
        assertThat(name).as("the name of the Java in the header").isPositive();
        byte[] other = cache.clone();
        other[name] = 'o';
        return other;
    }

    /** Never written in place: the file is the build's, too. */
    private void replace(String cache, byte[] content) throws IOException {
        Path file = home.resolve("lib").resolve(cache);
        Files.delete(file);
        Files.write(file, content);
    }

    /** What the JVM says of each class that it loads. */
    private List<String> loaded(String... words) throws Exception {
        return logged("class+load", words);
    }

    /** What the JVM logs under that tag; level info. */
    private List<String> logged(String tag, String... words) throws Exception {
        Path log = directory.resolve("classes.log");
        run(Map.of("KEEPFLOW_JVM_ARGS", "-Xlog:" + tag + ":file=" + log), words);
        return Files.readAllLines(log);
    }

    private Run run(Map<String, String> environment, String... words) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(home.resolve("bin/keepflow").toString()));
        command.addAll(List.of(words));
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().putAll(environment);
        int exit = builder.start().waitFor();
        return new Run(exit, Files.readString(out), Files.readString(err));
    }

    /** What came of one command line. */
    private record Run(int exit, String out, String err) {}
}
