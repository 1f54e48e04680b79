package io.vlm4j.conversion;

import io.vlm4j.gguf.GgmlType;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// How the matrices of a converted model are stored. Vectors (norms, biases) and position embeddings always stay
/// [#F32], as in llama.cpp's converter; a matrix whose rows are no whole blocks of the type gets the nearest type that
/// fits, as in llama-quantize.
public enum WeightType {
    /// 32 bits a weight: exact.
    F32(GgmlType.F32, 0),
    /// 16 bits a weight; exact for checkpoints in F16.
    F16(GgmlType.F16, 1),
    /// 16 bits a weight; exact for checkpoints in BF16.
    BF16(GgmlType.BF16, 32),
    /// 8.5 bits a weight.
    Q8_0(GgmlType.Q8_0, 7),
    /// 4.5 bits a weight, no mix of types but for the output matrix.
    Q4_0(GgmlType.Q4_0, 2),
    /// 5 bits a weight.
    Q4_1(GgmlType.Q4_1, 3),
    /// 5.5 bits a weight.
    Q5_0(GgmlType.Q5_0, 8),
    /// 6 bits a weight.
    Q5_1(GgmlType.Q5_1, 9),
    /// About 4.6 bits a weight: llama-quantize's small mix.
    Q4_K_S(GgmlType.Q4_K, 14),
    /// About 4.9 bits a weight: llama-quantize's medium mix, a good choice for most.
    Q4_K_M(GgmlType.Q4_K, 15),
    /// About 5.5 bits a weight.
    Q5_K_S(GgmlType.Q5_K, 16),
    /// About 5.7 bits a weight.
    Q5_K_M(GgmlType.Q5_K, 17),
    /// About 6.6 bits a weight.
    Q6_K(GgmlType.Q6_K, 18);

    private final GgmlType base;
    private final int fileType;

    WeightType(GgmlType base, int fileType) {
        this.base = base;
        this.fileType = fileType;
    }

    /// The type of most matrices.
    public GgmlType base() {
        return base;
    }

    /// The number under `general.file_type`, which is llama.cpp's `llama_ftype`.
    public int fileType() {
        return fileType;
    }

    /// The name as users type it and as it stands in file names: `q4_k_m`.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The type of this name, in upper or lower case.
    ///
    /// @throws IllegalArgumentException naming all there are
    public static WeightType of(String label) {
        return Arrays.stream(values())
                .filter(type -> type.name().equalsIgnoreCase(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("type " + label + " is not one of "
                        + Arrays.stream(values()).map(WeightType::label).collect(Collectors.joining(", "))));
    }
}
