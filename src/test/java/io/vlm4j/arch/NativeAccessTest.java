package io.vlm4j.arch;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static io.vlm4j.arch.House.inSlices;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Memory outside the heap is handled low in the house; what could crash the JVM, in the native ring alone.
class NativeAccessTest {
    private static final Set<String> LOADING = Set.of("load", "loadLibrary");

    @Test
    void foreignMemoryStaysInLowSlicesAndInternals() {
        noClasses()
                .that(not(inSlices("natives", "tensor", "gguf", "media", "runtime"))
                        .and(not(describe("internal", type -> House.isInternal(type.getPackageName())))))
                .should()
                .dependOnClassesThat(resideInAPackage("java.lang.foreign"))
                .check(House.handWritten());
    }

    @Test
    void onlyTheNativeRingLinksFunctions() {
        noClasses()
                .that(not(inSlices("natives")))
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(Linker.class, SymbolLookup.class)
                .check(House.handWritten());
    }

    @Test
    void onlyTheNativeRingLoadsLibrariesAndReinterpretsPointers() {
        noClasses()
                .that(not(inSlices("natives")))
                .should()
                .accessTargetWhere(describe("is a restricted method", NativeAccessTest::isRestricted))
                .check(House.handWritten());
    }

    private static boolean isRestricted(JavaAccess<?> access) {
        JavaClass owner = access.getTargetOwner();
        String name = access.getTarget().getName();
        return owner.isEquivalentTo(MemorySegment.class) && name.equals("reinterpret")
                || owner.isEquivalentTo(System.class) && LOADING.contains(name)
                || owner.isEquivalentTo(Runtime.class) && LOADING.contains(name)
                || owner.isEquivalentTo(ModuleLayer.Controller.class) && name.equals("enableNativeAccess");
    }
}
