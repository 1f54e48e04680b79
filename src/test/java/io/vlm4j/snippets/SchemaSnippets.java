package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.schema.Description;
import io.vlm4j.schema.JsonBinding;
import io.vlm4j.schema.JsonSchema;
import io.vlm4j.schema.Range;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The examples in the documentation of `io.vlm4j.schema`. They run as part of [SnippetsTest].
class SchemaSnippets {
    // @start region="binding"
    record Invoice(
            @Description("as printed, without the word 'No.'")
            String number,

            LocalDate date,
            Optional<String> customer,
            List<Item> items) {
        record Item(String name, @Range(min = 1, max = 999) int pieces, BigDecimal price) {}
    }

    Invoice read(String answer) {
        JsonBinding<Invoice> invoices = JsonBinding.of(Invoice.class);
        return invoices.read(answer); // InvalidAnswer names what is wrong by its JSON pointer
    }

    // @end

    @Test
    void bindAnAnswer() {
        Invoice invoice = read("""
                {"number":"7","date":"2025-02-28","items":[{"name":"pen","pieces":2,"price":1.50}]}""");
        assertThat(invoice)
                .isEqualTo(new Invoice(
                        "7",
                        LocalDate.of(2025, 2, 28),
                        Optional.empty(),
                        List.of(new Invoice.Item("pen", 2, new BigDecimal("1.50")))));
    }

    @Test
    void deriveASchema() {
        // @start region="schema"
        record Point(int x, int y) {}
        JsonSchema schema = JsonSchema.of(Point.class);
        // @end
        assertThat(schema.json()).startsWith("{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"integer\"");
    }
}
