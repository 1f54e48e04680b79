package io.vlm4j.arch;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// A function or struct field that the native ring uses.
///
/// @param library package of the binding: `llama`, `mtmd`, ...
/// @param type    generated class: the header class, or the struct's
/// @param member  C name of the function or field
record BindingUse(String library, String type, String member) {
    static final String GENERATED = "io/vlm4j/bindings/";

    /// Beside `x`, jextract generates these for each function or field `x`.
    private static final List<String> ACCESSORS = List.of("$handle", "$address", "$descriptor", "$layout", "$offset");

    /// Calls and method references alike: whatever the constant pools of the native ring's classes name.
    static Set<BindingUse> all() throws IOException {
        Set<BindingUse> uses = new HashSet<>();
        for (Path file : classFiles("io/vlm4j/natives")) {
            for (PoolEntry entry : ClassFile.of().parse(file).constantPool()) {
                if (entry instanceof MemberRefEntry member
                        && member.owner().asInternalName().startsWith(GENERATED)) {
                    uses.add(of(
                            member.owner().asInternalName(),
                            withoutAccessor(member.name().stringValue())));
                }
            }
        }
        return uses;
    }

    static BindingUse of(String className, String member) {
        int slash = className.lastIndexOf('/');
        return new BindingUse(className.substring(GENERATED.length(), slash), className.substring(slash + 1), member);
    }

    static List<Path> classFiles(String folder) throws IOException {
        try (Stream<Path> files = Files.walk(House.CLASSES.resolve(folder))) {
            return files.filter(file -> file.toString().endsWith(".class")).toList();
        }
    }

    private static String withoutAccessor(String method) {
        return ACCESSORS.stream()
                .filter(method::endsWith)
                .map(accessor -> method.substring(0, method.length() - accessor.length()))
                .findFirst()
                .orElse(method);
    }

    @Override
    public String toString() {
        return library + "/" + type + "." + member;
    }
}
