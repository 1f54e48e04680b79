package io.vlm4j.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The committed output of `bindings/regenerate.sh`: unchanged since it was generated, from what is in the tree
/// now, and with nothing in it that nobody uses.
class BindingsTest {
    private static final Path BINDINGS = House.REPOSITORY.resolve("bindings");

    @Test
    void listsAndOutputAreAsTheyWereGenerated() throws IOException {
        Map<String, String> locked = new TreeMap<>();
        for (String line : lock()) {
            String[] hashAndPath = line.split(" {2}", -1);
            if (hashAndPath.length == 2) {
                locked.put(hashAndPath[1], hashAndPath[0]);
            }
        }
        Map<String, String> found = new TreeMap<>();
        for (String folder : List.of("includes", "java")) {
            for (Path file : files(BINDINGS.resolve(folder))) {
                found.put(BINDINGS.relativize(file).toString().replace('\\', '/'), sha256(file));
            }
        }

        Set<String> different = new TreeSet<>(locked.keySet());
        different.addAll(found.keySet());
        different.removeIf(path -> Objects.equals(found.get(path), locked.get(path)));
        assertThat(found).isNotEmpty();
        assertThat(different)
                .as("files of bindings/ that are not those in its LOCK; change the lists and run regenerate.sh")
                .isEmpty();
    }

    @Test
    void theyWereGeneratedFromThisHeaderAndThisLlamaCpp() throws IOException {
        Path header = House.REPOSITORY.resolve("native/vlm4j.h");
        Path pin = House.REPOSITORY.resolve("native/llama.cpp.pin");
        String tree = Files.readAllLines(pin).stream()
                .filter(line -> line.startsWith("tree="))
                .map(line -> line.substring("tree=".length()))
                .findFirst()
                .orElseThrow();

        assertThat(lock())
                .as("bindings/LOCK; run bindings/regenerate.sh")
                .contains("header-vlm4j.h " + sha256(header))
                .contains("llama.cpp-tree " + tree);
    }

    @Test
    void theNativeRingUsesEveryGeneratedFunction() throws IOException {
        Set<BindingUse> unused = functions();
        assertThat(unused).as("generated functions").isNotEmpty();
        unused.removeAll(BindingUse.all());

        assertThat(unused.stream().map(BindingUse::toString).sorted())
                .as("functions that no class of natives uses; drop them from bindings/includes and regenerate")
                .isEmpty();
    }

    private static Set<BindingUse> functions() throws IOException {
        Set<BindingUse> functions = new HashSet<>();
        for (Path file : BindingUse.classFiles(BindingUse.GENERATED)) {
            ClassModel type = ClassFile.of().parse(file);
            Set<String> methods = type.methods().stream()
                    .map(MethodModel::methodName)
                    .map(Utf8Entry::stringValue)
                    .collect(Collectors.toUnmodifiableSet());
            methods.stream()
                    .filter(name -> methods.contains(name + "$handle"))
                    .forEach(
                            name -> functions.add(BindingUse.of(type.thisClass().asInternalName(), name)));
        }
        return functions;
    }

    private static List<String> lock() throws IOException {
        return Files.readAllLines(BINDINGS.resolve("LOCK"));
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
