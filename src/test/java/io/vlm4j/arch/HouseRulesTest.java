package io.vlm4j.arch;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static io.vlm4j.arch.House.inSlices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/// Habits that a reviewer should not have to look for.
class HouseRulesTest {
    private static final int MOST_LINES = 600;

    /// What may be used beside `java.base`, and by whom; `*` is every slice.
    private static final Map<String, Set<String>> FOREIGN_PACKAGES = Map.ofEntries(
            Map.entry("org.jspecify", Set.of("*")),
            Map.entry("org.slf4j", Set.of("*")),
            Map.entry("jdk.jfr", Set.of("*")),
            Map.entry("java.awt", Set.of("media", "load")),
            Map.entry("javax.imageio", Set.of("media", "load")),
            Map.entry("java.net.http", Set.of("hub", "load")),
            Map.entry("java.lang.management", Set.of("cli")),
            Map.entry("com.sun.management", Set.of("cli")),
            Map.entry("picocli", Set.of("cli")),
            Map.entry("org.jline", Set.of("cli")),
            Map.entry("dev.hardwood", Set.of("dataset")),
            Map.entry("io.netty", Set.of("server")),
            Map.entry("io.micrometer", Set.of("server")),
            Map.entry(
                    "tools.jackson",
                    Set.of(
                            "hub",
                            "schema",
                            "prompt",
                            "chat",
                            "extraction",
                            "dataset",
                            "conversion",
                            "isolation",
                            "load",
                            "torture",
                            "server",
                            "cli")),
            Map.entry("com.fasterxml.jackson.annotation", Set.of("cli")));

    private static final Map<Class<?>, Set<String>> COMMAND_LINE_ONLY = Map.of(
            System.class, Set.of("out", "err", "exit", "setOut", "setErr"),
            Runtime.class, Set.of("exit", "halt"),
            Thread.class, Set.of("sleep"),
            Throwable.class, Set.of("printStackTrace"));

    /// The command line, and the main class of a process of its own.
    @Test
    void onlyTheCommandLinePrintsExitsOrSleeps() {
        noClasses()
                .that(not(inSlices("cli")))
                .and()
                .doNotHaveFullyQualifiedName("io.vlm4j.isolation.internal.Worker")
                .should()
                .accessTargetWhere(describe("prints, exits or sleeps", HouseRulesTest::isCommandLineOnly))
                .check(House.handWritten());
    }

    @Test
    void librariesStayWhereTheyBelong() {
        Set<String> violations = new TreeSet<>();
        for (JavaClass type : House.handWritten()) {
            String slice = House.sliceOf(type.getPackageName());
            type.getDirectDependenciesFromSelf().forEach(dependency -> {
                String used = House.usedPackage(dependency);
                if (!mayUse(slice, used)) {
                    violations.add(slice + " may not use " + used + ": " + dependency.getDescription());
                }
            });
        }

        assertThat(violations).isEmpty();
    }

    /// Other commands start without it.
    @Test
    void onlyTypedConversationsLoadTheLineEditor() {
        noClasses()
                .that()
                .haveNameNotMatching(".*\\.cli\\.(TypedInput|TypedLineParser|ChatCompleter)(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.jline..")
                .check(House.handWritten());
    }

    @Test
    void nothingChangesInStaticFieldsAboveTheNativeRing() {
        fields().that()
                .areStatic()
                .and()
                .areDeclaredInClassesThat(not(inSlices("natives", "runtime")))
                .should()
                .beFinal()
                .allowEmptyShould(true)
                .check(House.handWritten());
    }

    @Test
    void namesSayWhatAClassIs() {
        noClasses()
                .should()
                .haveNameMatching(".*(Utils?|Helpers?|Manager|Base)(\\$.*)?")
                .check(House.handWritten());
    }

    @Test
    void everyPackageHasAPurposeAndIsNullMarked() throws IOException {
        for (String name : House.packages()) {
            assertThat(House.handWritten().getPackage(name).isAnnotatedWith(NullMarked.class))
                    .as("package %s is @NullMarked", name)
                    .isTrue();
            Path source = House.REPOSITORY.resolve("src/main/java/" + name.replace('.', '/') + "/package-info.java");
            assertThat(Files.readAllLines(source).stream().filter(line -> line.startsWith("///")))
                    .as("purpose in %s", source)
                    .isNotEmpty();
        }
    }

    @Test
    void noSourceFileIsTooLongToRead() throws IOException {
        try (Stream<Path> files = Files.walk(House.REPOSITORY.resolve("src/main/java"))) {
            List<Path> sources =
                    files.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(sources).isNotEmpty();
            for (Path source : sources) {
                assertThat(Files.readAllLines(source).size())
                        .as("lines of %s", source)
                        .isLessThanOrEqualTo(MOST_LINES);
            }
        }
    }

    private static boolean isCommandLineOnly(JavaAccess<?> access) {
        JavaClass owner = access.getTargetOwner();
        return COMMAND_LINE_ONLY.entrySet().stream()
                .filter(entry -> owner.isAssignableTo(entry.getKey()))
                .anyMatch(entry -> entry.getValue().contains(access.getTarget().getName()));
    }

    private static boolean mayUse(String slice, String used) {
        if (used.equals(House.ROOT_PACKAGE) || used.startsWith(House.ROOT_PACKAGE + ".")) {
            return true; // LayeringTest's business
        }
        return FOREIGN_PACKAGES.entrySet().stream()
                .filter(entry -> used.equals(entry.getKey()) || used.startsWith(entry.getKey() + "."))
                .findAny()
                .map(entry -> entry.getValue().contains("*") || entry.getValue().contains(slice))
                .orElseGet(() -> Object.class.getModule().getPackages().contains(used) || used.isEmpty());
    }
}
