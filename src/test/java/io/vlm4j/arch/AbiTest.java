package io.vlm4j.arch;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.natives.shim.AbiTable;
import io.vlm4j.runtime.NativeRuntime;
import java.io.IOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The struct layouts in the generated bindings against those of the libraries as compiled. Without this, bindings
/// older than the libraries would corrupt memory and say nothing.
@Tag("native")
class AbiTest {
    private static final Map<String, GroupLayout> GENERATED = generatedStructs();

    @BeforeAll
    static void loadLibraries() {
        NativeRuntime.load();
    }

    @Test
    void theLibrariesTellTheLayoutOfEveryGeneratedStruct() {
        assertThat(AbiTable.read().stream().map(AbiTable.Entry::struct))
                .as("structs in native/abi.cpp")
                .containsAll(GENERATED.keySet());
    }

    @Test
    void sizesAndOffsetsAgree() {
        List<String> differences = new ArrayList<>();
        for (AbiTable.Entry compiled : AbiTable.read()) {
            GroupLayout generated = GENERATED.get(compiled.struct());
            if (generated == null) {
                differences.add(compiled.struct() + " has no generated class");
            } else if (compiled.field().isEmpty()) {
                compare(differences, "size of " + compiled.struct(), compiled.size(), generated.byteSize());
                compare(differences, "alignment of " + compiled.struct(), compiled.offset(), generated.byteAlignment());
            } else {
                String field = compiled.struct() + "." + compiled.field();
                PathElement path = PathElement.groupElement(compiled.field());
                compare(differences, "offset of " + field, compiled.offset(), generated.byteOffset(path));
                compare(
                        differences,
                        "size of " + field,
                        compiled.size(),
                        generated.select(path).byteSize());
            }
        }

        assertThat(differences)
                .as("layouts; llama.cpp or vlm4j.h changed: run bindings/regenerate.sh")
                .isEmpty();
    }

    @Test
    void theLibrariesTellEveryFieldThatTheNativeRingTouches() throws IOException {
        Set<String> touched = BindingUse.all().stream()
                .filter(use -> hasField(use.type(), use.member()))
                .map(use -> use.type() + "." + use.member())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(touched).as("struct fields that natives reads or writes").isNotEmpty();
        AbiTable.read().forEach(compiled -> touched.remove(compiled.struct() + "." + compiled.field()));

        assertThat(touched).as("fields missing from native/abi.cpp").isEmpty();
    }

    private static boolean hasField(String struct, String name) {
        GroupLayout layout = GENERATED.get(struct);
        return layout != null
                && layout.memberLayouts().stream()
                        .map(MemoryLayout::name)
                        .flatMap(Optional::stream)
                        .anyMatch(name::equals);
    }

    private static void compare(List<String> differences, String what, long compiled, long generated) {
        if (compiled != generated) {
            differences.add(what + ": compiled " + compiled + ", generated " + generated);
        }
    }

    /// All generated classes with a struct layout, by the struct's name.
    private static Map<String, GroupLayout> generatedStructs() {
        Map<String, GroupLayout> structs = new TreeMap<>();
        try {
            for (Path file : BindingUse.classFiles(BindingUse.GENERATED)) {
                String path = House.CLASSES.relativize(file).toString();
                Class<?> type = Class.forName(
                        path.substring(0, path.length() - ".class".length())
                                .replace(file.getFileSystem().getSeparator(), "."),
                        false,
                        AbiTest.class.getClassLoader());
                for (Method method : type.getDeclaredMethods()) {
                    if (method.getName().equals("layout") && method.getReturnType() == GroupLayout.class) {
                        GroupLayout layout = (GroupLayout) method.invoke(null);
                        GroupLayout twin = structs.put(type.getSimpleName(), layout);
                        assertThat(twin).as("%s in another library", type).isIn(null, layout);
                    }
                }
            }
        } catch (IOException | ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
        return structs;
    }
}
