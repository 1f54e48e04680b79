package io.vlm4j.torture.mutate;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ContainerNode;
import tools.jackson.databind.node.ObjectNode;

/// Changes JSON that stays JSON: other values, names and members, nested deeper.
public final class JsonMutator {
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final int DEEPEST = 600;

    private final List<JsonNode> seeds;
    private final List<JsonNode> values;
    private final List<JsonNode> members;
    private final List<String> nests;

    /// @param seeds   documents that are right
    /// @param values  that may stand in place of others
    /// @param members objects of one member, which may be added to objects
    /// @param nests   what may stand around a value, before and behind it separated by a `@`
    public JsonMutator(List<String> seeds, List<String> values, List<String> members, List<String> nests) {
        this.seeds = seeds.stream().map(MAPPER::readTree).toList();
        this.values = values.stream().map(MAPPER::readTree).toList();
        this.members = members.stream().map(MAPPER::readTree).toList();
        this.nests = nests;
    }

    public String mutate(RandomGenerator random) {
        JsonNode document = any(seeds, random).deepCopy();
        for (int changes = 1 + random.nextInt(3); changes > 0 && document instanceof ContainerNode<?>; changes--) {
            change(any(containers(document), random), random);
        }
        String text = document.toString();
        return random.nextInt(8) == 0 ? nested(text, random) : text;
    }

    private static List<ContainerNode<?>> containers(JsonNode document) {
        List<ContainerNode<?>> found = new ArrayList<>();
        if (document instanceof ContainerNode<?> container) {
            found.add(container);
        }
        document.forEach(child -> found.addAll(containers(child)));
        return found;
    }

    private void change(ContainerNode<?> container, RandomGenerator random) {
        switch (container) {
            case ObjectNode object -> object(object, random);
            case ArrayNode array -> array(array, random);
            default -> throw new IllegalStateException("a container of no kind");
        }
    }

    private void object(ObjectNode object, RandomGenerator random) {
        List<String> names = List.copyOf(object.propertyNames());
        if (names.isEmpty() || random.nextInt(3) == 0) {
            ((ObjectNode) any(members, random))
                    .properties()
                    .forEach(member ->
                            object.set(member.getKey(), member.getValue().deepCopy()));
            return;
        }
        String name = any(names, random);
        switch (random.nextInt(4)) {
            case 0 -> object.remove(name);
            case 1 -> object.set(any(names, random), object.get(name).deepCopy());
            default -> object.set(name, any(values, random).deepCopy());
        }
    }

    private void array(ArrayNode array, RandomGenerator random) {
        JsonNode value = any(values, random).deepCopy();
        if (array.isEmpty() || random.nextBoolean()) {
            array.add(value);
        } else if (random.nextBoolean()) {
            array.set(random.nextInt(array.size()), value);
        } else {
            array.remove(random.nextInt(array.size()));
        }
    }

    private String nested(String text, RandomGenerator random) {
        String[] around = any(nests, random).split("@", -1);
        int times = random.nextInt(4) == 0 ? random.nextInt(DEEPEST) : 1 + random.nextInt(8);
        return around[0].repeat(times) + text + around[1].repeat(times);
    }

    private static <T> T any(List<T> choices, RandomGenerator random) {
        return choices.get(random.nextInt(choices.size()));
    }
}
