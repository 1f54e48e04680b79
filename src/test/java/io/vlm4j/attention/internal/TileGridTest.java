package io.vlm4j.attention.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.model.internal.TileLayout;
import org.junit.jupiter.api.Test;

class TileGridTest {
    @Test
    void thePatchesOfTheWholePictureAreSpreadOverThoseOfTheTiles() {
        // tiles of 2x2 patches side by side, of which all 2 rows and 4 columns remain
        TileGrid grid = new TileGrid(new TileLayout(2, 1, 2, 0, 0, 4, 2));
        float[] tokens = {8, 0, 0, 0, /* whole */ 1, 2, 3, 4, 100, 5, 6, 7, 8, 100};

        assertThat(grid.columns()).isEqualTo(4);
        assertThat(grid.rows()).isEqualTo(2);
        assertThat(grid.of(tokens)).containsExactly(5, 6, 3, 4, 5, 6, 7, 8);
    }

    @Test
    void whereNoTileRemainsTheWholePictureIsTheGrid() {
        TileGrid grid = new TileGrid(new TileLayout(3, 1, 2, 0, 1, 6, 1));

        assertThat(grid.of(new float[] {1, 2, 3, 4})).containsExactly(1, 2, 3, 4);
        assertThat(grid.columns()).isEqualTo(2);
    }
}
