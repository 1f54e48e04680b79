package io.vlm4j.training;

/// Is told what happens, on the thread that trains. What it throws ends the training.
@FunctionalInterface
public interface TrainingListener {
    /// Listens to nothing.
    TrainingListener NONE = _ -> {};

    void onEvent(TrainingEvent event);
}
