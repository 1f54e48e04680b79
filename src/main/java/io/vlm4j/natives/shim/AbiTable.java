package io.vlm4j.natives.shim;

import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.bindings.shim.vlm4j_abi_field;
import io.vlm4j.natives.ffi.NativeText;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// The struct layouts of the loaded libraries, as their own compiler saw them.
public final class AbiTable {
    private AbiTable() {}

    /// One field, or the whole struct when `field` is empty: then `size` is its size and `offset` its
    /// alignment, in bytes.
    public record Entry(String struct, String field, long offset, long size) {}

    @SuppressWarnings("restricted")
    public static List<Entry> read() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment table = ShimH.vlm4j_abi_table(count);
            long n = count.get(ValueLayout.JAVA_LONG, 0);
            MemorySegment all = table.reinterpret(n * vlm4j_abi_field.sizeof());
            List<Entry> entries = new ArrayList<>();
            for (long i = 0; i < n; i++) {
                MemorySegment entry = vlm4j_abi_field.asSlice(all, i);
                entries.add(new Entry(
                        NativeText.of(vlm4j_abi_field.struct_name(entry)),
                        NativeText.of(vlm4j_abi_field.field_name(entry)),
                        vlm4j_abi_field.offset(entry),
                        vlm4j_abi_field.size(entry)));
            }
            return List.copyOf(entries);
        }
    }
}
