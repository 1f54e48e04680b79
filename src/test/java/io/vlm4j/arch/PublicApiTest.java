package io.vlm4j.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What a user of the module sees: nothing of its inside, handles that nobody can imitate, settings that are
/// values.
class PublicApiTest {
    /// Where foreign memory is what the user hands over or gets; a class, or one member of it.
    private static final Set<String> MAY_MENTION_MEMORY = Set.of(
            "Tensor.",
            "ImageInput.ofRgb:",
            "Pixels.segment:",
            "AudioInput.ofSamples:",
            "Samples.segment:",
            "GgufFile.data:",
            "GgufWriter.tensor:");

    private static final Set<String> HIDDEN_SLICES = Set.of("natives", "bindings", "files", "load", "torture", "cli");

    @Test
    void theModuleExportsEveryPublicPackageAndNoOther() {
        Set<String> expected = House.packages().stream()
                .filter(name -> !HIDDEN_SLICES.contains(House.sliceOf(name)))
                .filter(name -> !House.isInternal(name))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(House.exportedPackages()).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void signaturesMentionNothingOfTheInside() {
        assertThat(mentions(type -> HIDDEN_SLICES.contains(House.sliceOf(type.getPackageName()))
                        || House.isInternal(type.getPackageName())))
                .isEmpty();
    }

    @Test
    void signaturesMentionForeignMemoryOnlyWhereListed() {
        assertThat(mentions(type -> type.getPackageName().equals("java.lang.foreign")))
                .allMatch(mention -> MAY_MENTION_MEMORY.stream().anyMatch(mention::startsWith));
    }

    @Test
    void handlesAreFinalOrSealed() {
        List<String> open = published()
                .filter(type -> type.isAssignableTo(AutoCloseable.class))
                .map(PublicApiTest::load)
                .filter(type -> !Modifier.isFinal(type.getModifiers()) && !type.isSealed())
                .map(Class::getName)
                .toList();

        assertThat(open).isEmpty();
    }

    @Test
    void optionsAreRecords() {
        List<String> others = House.handWritten().stream()
                .filter(type -> type.getSimpleName().endsWith("Options"))
                .filter(type -> !House.sliceOf(type.getPackageName()).equals("cli")) // picocli fills mutable objects
                .filter(type -> !type.isRecord())
                .map(JavaClass::getName)
                .toList();

        assertThat(others).isEmpty();
    }

    private static Stream<JavaClass> published() {
        Set<String> exported = House.exportedPackages();
        return House.handWritten().stream()
                .filter(type -> exported.contains(type.getPackageName()))
                .filter(PublicApiTest::isReachable);
    }

    private static boolean isReachable(JavaClass type) {
        return isPublished(type.getModifiers())
                && type.getEnclosingClass().map(PublicApiTest::isReachable).orElse(true);
    }

    private static boolean isPublished(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }

    /// Published members (`Class.member: type`) whose signature, type arguments included, mentions such a type;
    /// and classes that extend or implement one.
    private static List<String> mentions(Predicate<JavaClass> unwanted) {
        return published()
                .flatMap(type -> Stream.concat(
                        inherited(type).filter(unwanted).map(found -> type.getSimpleName() + ": " + found.getName()),
                        type.getMembers().stream()
                                .filter(member -> isPublished(member.getModifiers()))
                                .filter(member -> !member.getModifiers().contains(JavaModifier.SYNTHETIC))
                                .flatMap(member -> signature(member)
                                        .filter(unwanted)
                                        .map(found -> type.getSimpleName() + "." + member.getName() + ": "
                                                + found.getName()))))
                .distinct()
                .toList();
    }

    private static Stream<JavaClass> inherited(JavaClass type) {
        return Stream.concat(type.getSuperclass().stream(), type.getInterfaces().stream())
                .flatMap(parent -> parent.getAllInvolvedRawTypes().stream());
    }

    private static Stream<JavaClass> signature(JavaMember member) {
        Stream<JavaType> types = member instanceof JavaCodeUnit unit
                ? Stream.concat(Stream.of(unit.getReturnType()), unit.getParameterTypes().stream())
                : Stream.of(member).map(PublicApiTest::fieldType).flatMap(Optional::stream);
        return types.flatMap(type -> type.getAllInvolvedRawTypes().stream());
    }

    private static Optional<JavaType> fieldType(JavaMember member) {
        return member instanceof JavaField field ? Optional.of(field.getType()) : Optional.empty();
    }

    private static Class<?> load(JavaClass type) {
        try {
            return Class.forName(type.getName(), false, PublicApiTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }
}
