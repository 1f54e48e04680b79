package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DroppedPicturesTest {
    @TempDir
    private Path folder;

    private Path cat;
    private Path dog;

    @BeforeEach
    void makeFiles() throws IOException {
        cat = Files.createFile(folder.resolve("my cat.png"));
        dog = Files.createFile(folder.resolve("dog.JPG"));
    }

    @Test
    void alonePathsArePictures() {
        assertThat(DroppedPictures.in("'" + cat + "' " + dog + " "))
                .isEqualTo(new DroppedPictures(List.of(cat, dog), ""));
        assertThat(DroppedPictures.in(cat.toString().replace(" ", "\\ ")).files())
                .containsExactly(cat);
        assertThat(DroppedPictures.in(cat.toUri().toString()).files()).containsExactly(cat);
    }

    @Test
    void beforeOrBehindATextTheyLeaveTheText() {
        assertThat(DroppedPictures.in(dog + " what's this?").text()).isEqualTo("what's this?");
        assertThat(DroppedPictures.in("What  is  this? '" + cat + "'"))
                .isEqualTo(new DroppedPictures(List.of(cat), "What  is  this?"));
    }

    @Test
    void inTheMiddleOrMissingOrOfAnotherKindTheyAreText() throws IOException {
        Path text = Files.createFile(folder.resolve("a.txt"));
        for (String typed : new String[] {
            "is " + dog + " a dog?", folder.resolve("no.png").toString(), text.toString(), "dog.JPG", "'" + cat, ""
        }) {
            assertThat(DroppedPictures.in(typed)).isEqualTo(new DroppedPictures(List.of(), typed));
        }
    }
}
