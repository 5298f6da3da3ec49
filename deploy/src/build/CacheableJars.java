import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Makes of jars what the AOT cache takes: gives classes that are older than Java 6 the format of Java 17, with stack maps, and takes
 * away signatures, with what the manifest says of single entries: only a JCE provider needs them, and they are checked anew at every
 * start. What the classes do stays the same, and so do the jar's other entries, its order and its time.
 */
final class CacheableJars {
    private static final int FIRST_WITH_STACK_MAPS = ClassFile.JAVA_6_VERSION;
    private static final int NEW_VERSION = ClassFile.JAVA_17_VERSION;

    private CacheableJars() {}

    public static void main(String[] jars) throws IOException {
        for (String jar : jars) {
            change(Path.of(jar));
        }
    }

    private static void change(Path jar) throws IOException {
        List<ZipEntry> entries = new ArrayList<>();
        Map<String, byte[]> contents = new HashMap<>();
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            for (ZipEntry entry : zip.stream().toList()) {
                entries.add(entry);
                try (InputStream content = zip.getInputStream(entry)) {
                    contents.put(entry.getName(), content.readAllBytes());
                }
            }
        }
        ClassFile format = ClassFile.of(
                ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                ClassFile.ClassHierarchyResolverOption.of(hierarchy(contents)));
        int renewed = 0;
        int signatures = 0;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (ZipEntry entry : entries) {
                byte[] content = contents.get(entry.getName());
                if (isSignature(entry.getName())) {
                    signatures++;
                    continue;
                }
                if (entry.getName().equals(JarFile.MANIFEST_NAME)) {
                    content = withoutDigests(content);
                } else if (isOld(entry.getName(), content)) {
                    content = format.transformClass(format.parse(content), inNewVersion());
                    renewed++;
                }
                ZipEntry copy = new ZipEntry(entry.getName());
                copy.setTimeLocal(entry.getTimeLocal());
                zip.putNextEntry(copy);
                zip.write(content);
            }
        }
        if (renewed + signatures > 0) {
            replace(jar, out.toByteArray());
        }
        System.out.println(jar.getFileName() + ": " + renewed + " old classes renewed, " + signatures + " files of signatures removed");
    }

    private static boolean isSignature(String name) {
        return name.matches("META-INF/[^/]*\\.(SF|RSA|DSA|EC)");
    }

    /** Only the main attributes: the others of a signed jar are the digests of its entries. */
    private static byte[] withoutDigests(byte[] content) throws IOException {
        Manifest manifest = new Manifest(new ByteArrayInputStream(content));
        manifest.getEntries().clear();
        ByteArrayOutputStream main = new ByteArrayOutputStream();
        manifest.write(main);
        return main.toByteArray();
    }

    private static boolean isOld(String name, byte[] content) {
        return name.endsWith(".class") && ((content[6] & 0xff) << 8 | content[7] & 0xff) < FIRST_WITH_STACK_MAPS;
    }

    private static ClassTransform inNewVersion() {
        // Method bodies are taken apart and put together again, or they would be copied as they are, without stack maps.
        return ClassTransform.transformingMethodBodies((code, element) -> code.with(element))
                .andThen(ClassTransform.endHandler(builder -> builder.withVersion(NEW_VERSION, 0)));
    }

    /** Super classes of the jar's own classes from the jar, of all others from the running Java. */
    private static ClassHierarchyResolver hierarchy(Map<String, byte[]> contents) {
        return ClassHierarchyResolver.ofResourceParsing((ClassDesc type) -> {
                    String descriptor = type.descriptorString();
                    byte[] content = contents.get(descriptor.substring(1, descriptor.length() - 1) + ".class");
                    return content == null ? null : new ByteArrayInputStream(content);
                })
                .orElse(ClassHierarchyResolver.defaultResolver());
    }

    private static void replace(Path jar, byte[] content) throws IOException {
        FileTime time = Files.getLastModifiedTime(jar);
        Path part = jar.resolveSibling(jar.getFileName() + ".part");
        Files.write(part, content);
        Files.setLastModifiedTime(part, time);
        Files.move(part, jar, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
