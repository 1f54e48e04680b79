package io.vlm4j.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// One table says which slice may import which; a slice is a package below the root with everything under it, so
/// `X` and `X.internal` are one. Beside what the table lists, every slice may use the root package.
class LayeringTest {
    private static final Map<String, Set<String>> MAY_IMPORT = table("""
            root:
            bindings:
            tensor:
            schema:
            natives:    bindings tensor
            files:
            hub:
            gguf:       files tensor
            conversion: gguf files tensor
            runtime:    natives
            graph:      natives runtime gguf tensor
            media:      natives runtime tensor
            model:      natives runtime graph gguf media tensor
            prompt:     natives runtime model media schema
            dataset:    prompt media
            processing: dataset model prompt media gguf tensor
            sampling:   natives runtime model prompt schema
            inference:  natives runtime graph model prompt sampling media gguf tensor
            forward:    natives runtime graph inference model processing gguf media tensor
            training:   hub natives runtime graph dataset processing forward model prompt media gguf files tensor
            generation: natives graph inference sampling prompt model media
            chat:       generation inference prompt model media schema gguf files runtime
            extraction: generation inference sampling prompt model schema
            evaluation: dataset generation inference prompt model media tensor
            attention:  generation inference prompt model media tensor
            scheduling: natives generation inference sampling prompt model media
            vlm:        graph chat attention evaluation extraction schema generation inference sampling prompt model media runtime tensor
            isolation:  natives vlm chat extraction schema generation inference sampling prompt model media
            load:
            torture:    chat forward processing scheduling generation inference sampling prompt model media schema gguf tensor
            server:     scheduling attention generation inference sampling prompt model graph media schema runtime gguf tensor files
            cli:        load torture graph hub files conversion training processing server scheduling isolation vlm chat dataset attention evaluation extraction schema generation inference sampling prompt model media runtime gguf tensor
            """);

    @Test
    void everyPackageIsInTheTable() {
        Set<String> slices =
                House.packages().stream().map(House::sliceOf).collect(Collectors.toCollection(TreeSet::new));

        assertThat(MAY_IMPORT.keySet()).as("slices in the table").containsAll(slices);
    }

    @Test
    void slicesImportOnlyWhatTheTableAllows() {
        Set<String> violations = new TreeSet<>();
        for (JavaClass type : House.handWritten()) {
            String from = House.sliceOf(type.getPackageName());
            Set<String> allowed = MAY_IMPORT.getOrDefault(from, Set.of());
            type.getDirectDependenciesFromSelf().forEach(dependency -> {
                String to = House.sliceOf(House.usedPackage(dependency));
                if (!to.isEmpty() && !to.equals(from) && !to.equals("root") && !allowed.contains(to)) {
                    violations.add(from + " may not import " + to + ": " + dependency.getDescription());
                }
            });
        }

        assertThat(violations).isEmpty();
    }

    @Test
    void theTableHasNoCycles() {
        Map<String, Set<String>> left = new HashMap<>(MAY_IMPORT);
        while (left.values().stream().anyMatch(imports -> imports.stream().noneMatch(left::containsKey))) {
            left.values().removeIf(imports -> imports.stream().noneMatch(left::containsKey));
        }

        assertThat(left).as("slices that import each other").isEmpty();
    }

    @Test
    void theCommandLineUsesOnlyWhatEverybodyCan() {
        Set<String> violations = new TreeSet<>();
        for (JavaClass type : House.handWritten()) {
            if (House.sliceOf(type.getPackageName()).equals("cli")) {
                type.getDirectDependenciesFromSelf().stream()
                        .filter(dependency -> House.isInternal(House.usedPackage(dependency)))
                        .filter(dependency ->
                                !House.sliceOf(House.usedPackage(dependency)).equals("cli"))
                        .forEach(dependency -> violations.add(dependency.getDescription()));
            }
        }

        assertThat(violations).isEmpty();
    }

    private static Map<String, Set<String>> table(String text) {
        Map<String, Set<String>> table = new LinkedHashMap<>();
        text.lines().forEach(line -> {
            String[] row = line.split(":", 2);
            Set<String> imports = Arrays.stream(row[1].split(" "))
                    .filter(slice -> !slice.isBlank())
                    .collect(Collectors.toUnmodifiableSet());
            table.put(row[0].strip(), imports);
        });
        return table;
    }
}
