package io.vlm4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.Vlm4jException;
import io.vlm4j.conversion.AdapterConversion;
import io.vlm4j.conversion.AdapterOptions;
import io.vlm4j.conversion.ConvertedAdapter;
import io.vlm4j.dataset.Dataset;
import io.vlm4j.dataset.VisionDataset;
import io.vlm4j.dataset.VisionExample;
import io.vlm4j.forward.ForwardOptions;
import io.vlm4j.forward.ForwardOutput;
import io.vlm4j.forward.ForwardPass;
import io.vlm4j.forward.Output;
import io.vlm4j.forward.Outputs;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.hub.HubClient;
import io.vlm4j.hub.HubOptions;
import io.vlm4j.hub.HubToken;
import io.vlm4j.hub.PushListener;
import io.vlm4j.hub.PushOptions;
import io.vlm4j.hub.PushResult;
import io.vlm4j.inference.Adapters;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.processing.CollatorOptions;
import io.vlm4j.processing.Processor;
import io.vlm4j.processing.VisionDataCollator;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.testkit.HubServer;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Trainings of the tiny LLaVA: what they leave behind, how they go on, and how they fail.
@Tag("native")
class SftTrainerTest {
    private static final String TEMPLATE = template();

    @TempDir
    Path folder;

    private static String template() {
        try (GgufFile file = GgufFile.open(TestModels.bundled())) {
            return file.string("tokenizer.chat_template").orElseThrow();
        }
    }

    private static Dataset<VisionExample> examples() {
        return VisionDataset.open(Path.of("models/pico-llava/samples/samples.jsonl"))
                .take(6);
    }

    private interface Use<T> {
        T with(Projector projector, VisionDataCollator collator);
    }

    private static <T> T withModel(Path model, Path mmproj, Use<T> use) {
        try (Model opened = Model.open(model);
                Projector projector = opened.openProjector(mmproj);
                ChatTemplate template = ChatTemplate.of(opened, TEMPLATE)) {
            return use.with(
                    projector,
                    VisionDataCollator.of(
                            Processor.of(projector),
                            template,
                            CollatorOptions.defaults().withAssistantOnly(true)));
        }
    }

    private SftOptions.Builder options(TrainingStage stage, String name) {
        return SftOptions.builder(stage, folder.resolve(name))
                .lora(LoraOptions.defaults().withRank(4).withDropout(0.1f).withProjector(true))
                .learningRate(3e-3)
                .schedule(LearningRateSchedule.COSINE)
                .warmupSteps(1)
                .batchSize(2)
                .maxSteps(6)
                .checkpointSteps(2)
                .threads(1);
    }

    private static TrainingResult train(SftOptions options, TrainingListener listener) {
        return withModel(TestModels.tinyLlava(), TestModels.tinyLlavaProjector(), (projector, collator) -> {
            try (SftTrainer trainer =
                    SftTrainer.open(projector, collator, examples(), Optional.of(examples()), options, listener)) {
                return trainer.train();
            }
        });
    }

    @ParameterizedTest
    @EnumSource(TrainingStage.class)
    void whatWasTrainedIsWhatLlamaCppComputesWith(TrainingStage stage) {
        List<Double> losses = new ArrayList<>();
        TrainingResult result = train(options(stage, "out").maxSteps(20).build(), event -> {
            if (event instanceof TrainingEvent.Step step) {
                losses.add(step.loss());
            }
        });

        assertThat(result.ending()).isEqualTo(TrainingResult.Ending.DONE);
        assertThat(result.steps()).isEqualTo(20);
        assertThat(losses).hasSize(20);
        assertThat(result.evaluationLoss().orElseThrow()).isLessThan(losses.getFirst() - 0.2);
        double theirs = withModel(
                result.model().orElse(TestModels.tinyLlava()),
                result.projector().orElseThrow(),
                (projector, collator) -> loss(projector, collator, result.adapter()));
        assertThat(theirs).isCloseTo(result.evaluationLoss().orElseThrow(), within(5e-4));
        assertThat(folder.resolve("out/loss.png")).isNotEmptyFile();
        assertThat(folder.resolve("out/log.csv")).content().hasLineCount(21);
    }

    @Test
    void aMergedModelIsTheModelWithItsAdapter() {
        Path merged = folder.resolve("merged.gguf");
        SftOptions options = options(TrainingStage.LORA, "out").build();
        TrainingResult result =
                withModel(TestModels.tinyLlava(), TestModels.tinyLlavaProjector(), (projector, collator) -> {
                    try (SftTrainer trainer = SftTrainer.open(projector, collator, examples(), options)) {
                        TrainingResult trained = trainer.train();
                        trainer.saveMerged(merged);
                        return trained;
                    }
                });
        Path mmproj = result.projector().orElseThrow();

        double ofMerged =
                withModel(merged, mmproj, (projector, collator) -> loss(projector, collator, Optional.empty()));
        double withAdapter = withModel(
                TestModels.tinyLlava(), mmproj, (projector, collator) -> loss(projector, collator, result.adapter()));

        assertThat(ofMerged).isCloseTo(withAdapter, within(1e-5));
        assertThat(folder.resolve("out/README.md")).content().contains("| Stage | lora |", "rank 4, alpha 32.0");
    }

    /// Of all examples in one batch, so that it is the mean over all tokens.
    private static double loss(Projector projector, VisionDataCollator collator, Optional<Path> adapter) {
        try (ForwardPass pass = ForwardPass.open(projector.model(), projector, ForwardOptions.exact())) {
            if (adapter.isPresent()) {
                LoraAdapter opened = projector.model().openAdapter(adapter.get());
                pass.use(Adapters.of(opened));
            }
            try (ForwardOutput output =
                    pass.forward(collator.collate(examples().toList()).orElseThrow(), Outputs.of(Output.LOSS))) {
                return output.loss();
            }
        }
    }

    @Test
    void aTrainingThatWasCutOffGoesOnAsIfNothingHadBeen() throws IOException {
        TrainingResult whole = train(options(TrainingStage.LORA, "whole").build(), TrainingListener.NONE);
        SftOptions cut = options(TrainingStage.LORA, "cut").resume(true).build();
        for (long crash : new long[] {1, 3, 4}) {
            assertThatThrownBy(() -> train(cut, event -> {
                        if (event instanceof TrainingEvent.Step step && step.step() == crash) {
                            throw new IllegalStateException("cut off");
                        }
                    }))
                    .hasMessage("cut off");
        }
        TrainingResult resumed = train(cut, TrainingListener.NONE);

        assertThat(resumed.steps()).isEqualTo(6);
        assertThat(resumed.adapter().orElseThrow())
                .hasSameBinaryContentAs(whole.adapter().orElseThrow());
        assertThat(resumed.projector().orElseThrow())
                .hasSameBinaryContentAs(whole.projector().orElseThrow());
        assertThat(steps(folder.resolve("cut/log.csv"))).isEqualTo(steps(folder.resolve("whole/log.csv")));
    }

    @Test
    void aTrainingWithLittleMemoryGoesOnAsIfNothingHadBeen() throws IOException {
        SftOptions whole = frugal("whole").build();
        TrainingResult wanted = train(whole, TrainingListener.NONE);
        assertThatThrownBy(() -> train(frugal("cut").build(), event -> {
                    if (event instanceof TrainingEvent.Step step && step.step() == 5) {
                        throw new IllegalStateException("cut off");
                    }
                }))
                .hasMessage("cut off");
        assertThatThrownBy(() -> train(
                        frugal("cut").optim(Optim.ADAMW_TORCH).resume(true).build(), TrainingListener.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("optim=adamw_8bit");
        TrainingResult resumed = train(frugal("cut").resume(true).build(), TrainingListener.NONE);

        assertThat(resumed.model().orElseThrow())
                .hasSameBinaryContentAs(wanted.model().orElseThrow());
        assertThat(resumed.projector().orElseThrow())
                .hasSameBinaryContentAs(wanted.projector().orElseThrow());
        assertThat(folder.resolve("features")).isNotEmptyDirectory();
        assertThat(folder.resolve("cut/README.md")).content().contains("adamw_8bit");
    }

    private SftOptions.Builder frugal(String name) {
        return options(TrainingStage.FULL, name)
                .optim(Optim.ADAMW_8BIT)
                .optimizerInBackward(true)
                .maxGradientNorm(0)
                .featureMemory(0)
                .featureDirectory(folder.resolve("features"), 1 << 20);
    }

    @Test
    void stepsOnTheWayBackNeedAllGradientsOfAStepAtOnce() {
        assertThatThrownBy(() -> options(TrainingStage.FULL, "out")
                        .optimizerInBackward(true)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxGradientNorm of 0");
    }

    /// The columns that do not depend on the time.
    private static List<List<String>> steps(Path log) throws IOException {
        return Files.readAllLines(log).stream()
                .map(line -> List.of(line.split(",")).subList(0, 5))
                .toList();
    }

    @Test
    void aDamagedCheckpointIsPassedOver() throws IOException {
        SftOptions options =
                options(TrainingStage.PROJECTOR, "out").resume(true).build();
        TrainingResult before = train(options, TrainingListener.NONE);
        Path newest = folder.resolve("out/checkpoint-000000006.safetensors");
        try (RandomAccessFile file = new RandomAccessFile(newest.toFile(), "rw")) {
            file.seek(file.length() - 100);
            file.write(1);
        }
        List<TrainingEvent> events = new ArrayList<>();
        TrainingResult after = train(options, events::add);

        assertThat(events.getFirst()).isInstanceOfSatisfying(TrainingEvent.Passed.class, passed -> {
            assertThat(passed.checkpoint()).isEqualTo(newest);
            assertThat(passed.reason()).contains("checksum");
        });
        assertThat(events)
                .anySatisfy(event -> assertThat(event)
                        .isInstanceOfSatisfying(
                                TrainingEvent.Started.class,
                                started -> assertThat(started.step()).isEqualTo(4)));
        assertThat(after.loss()).isEqualTo(before.loss());
    }

    @Test
    void whatWasTrainedIsPushedAndNothingElse() {
        SftOptions options = options(TrainingStage.PROJECTOR, "out")
                .warmupSteps(0)
                .maxSteps(1)
                .build();
        try (HubServer server = HubServer.start();
                HubClient hub = HubClient.open(HubOptions.ofEnvironment()
                        .withEndpoint(server.address())
                        .withToken(HubToken.of(HubServer.TOKEN)))) {
            PushResult pushed =
                    withModel(TestModels.tinyLlava(), TestModels.tinyLlavaProjector(), (projector, collator) -> {
                        try (SftTrainer trainer = SftTrainer.open(projector, collator, examples(), options)) {
                            assertThatThrownBy(() -> trainer.pushToHub("me/eyes"))
                                    .isInstanceOf(IllegalStateException.class)
                                    .hasMessage("nothing was trained to its end yet");
                            trainer.train();
                            return trainer.pushToHub(hub, "me/eyes", PushOptions.defaults(), PushListener.NONE);
                        }
                    });

            assertThat(pushed.pushed()).containsExactly("README.md", "loss.png", "mmproj.gguf");
            assertThat(folder.resolve("out/mmproj.gguf"))
                    .hasBinaryContent(server.repository("me/eyes").files().get("mmproj.gguf"));
        }
    }

    @Test
    void aStoppedTrainingSavesACheckpointAndGoesOn() {
        SftOptions options = options(TrainingStage.PROJECTOR, "out")
                .checkpointSteps(0)
                .resume(true)
                .build();
        TrainingResult stopped =
                withModel(TestModels.tinyLlava(), TestModels.tinyLlavaProjector(), (projector, collator) -> {
                    SftTrainer[] trainer = new SftTrainer[1];
                    try (SftTrainer opened =
                            SftTrainer.open(projector, collator, examples(), Optional.empty(), options, event -> {
                                if (event instanceof TrainingEvent.Step step && step.step() == 3) {
                                    trainer[0].stop();
                                }
                            })) {
                        trainer[0] = opened;
                        return opened.train();
                    }
                });

        assertThat(stopped.ending()).isEqualTo(TrainingResult.Ending.STOPPED);
        assertThat(stopped.steps()).isEqualTo(3);
        assertThatThrownBy(stopped::files).isInstanceOf(IllegalStateException.class);
        assertThat(train(options, TrainingListener.NONE).steps()).isEqualTo(6);
    }

    @Test
    void whatIsSavedForPeftBecomesTheAdapterAgain() {
        TrainingResult result =
                train(options(TrainingStage.LORA, "out").maxSteps(2).build(), TrainingListener.NONE);

        ConvertedAdapter again = AdapterConversion.convert(
                folder.resolve("out"), TestModels.tinyLlava(), folder.resolve("again"), AdapterOptions.defaults());
        assertThat(again.file()).hasSameBinaryContentAs(result.adapter().orElseThrow());
    }

    /// The more it learns what is right, the less likely is what the evaluation split asks for.
    @Test
    void trainingEndsEarlyAndTheBestIsSaved() {
        SftOptions options = options(TrainingStage.LORA, "out")
                .learningRate(0.02)
                .evaluationSteps(2)
                .patience(2)
                .maxSteps(60)
                .build();
        Dataset<VisionExample> wrong = examples().map(example -> {
            List<ChatMessage> messages = new ArrayList<>(example.question());
            messages.add(ChatMessage.assistant("zqzqzqzq"));
            return example.withMessages(messages);
        });
        List<Double> evaluations = new ArrayList<>();
        TrainingResult result =
                withModel(TestModels.tinyLlava(), TestModels.tinyLlavaProjector(), (projector, collator) -> {
                    try (SftTrainer trainer = SftTrainer.open(
                            projector, collator, examples(), Optional.of(wrong.take(2)), options, event -> {
                                if (event instanceof TrainingEvent.Evaluated evaluated) {
                                    evaluations.add(evaluated.loss());
                                }
                            })) {
                        return trainer.train();
                    }
                });

        assertThat(result.ending()).isEqualTo(TrainingResult.Ending.EARLY);
        assertThat(result.evaluationLoss().orElseThrow())
                .isEqualTo(evaluations.stream().mapToDouble(loss -> loss).min().orElseThrow());
        assertThat(evaluations.getLast()).isGreaterThan(result.evaluationLoss().getAsDouble());
    }

    @Test
    void aLossThatIsNoNumberEndsTrainingAndNamesTheExamples() {
        Path broken = folder.resolve("mmproj.gguf");
        try (GgufFile file = GgufFile.open(TestModels.tinyLlavaProjector());
                Arena arena = Arena.ofConfined()) {
            GgufTensor bias = file.tensor("mm.2.bias").orElseThrow();
            MemorySegment numbers = arena.allocate(bias.byteSize());
            numbers.fill((byte) 0xff); // NaN
            GgufWriter.copyOf(file)
                    .tensor("mm.2.bias", bias.type(), bias.shape(), numbers)
                    .write(broken);
        }
        SftOptions options = options(TrainingStage.PROJECTOR, "out").build();

        assertThatThrownBy(() -> withModel(TestModels.tinyLlava(), broken, (projector, collator) -> {
                    try (SftTrainer trainer = SftTrainer.open(projector, collator, examples(), options)) {
                        return trainer.train();
                    }
                }))
                .isInstanceOf(Vlm4jException.Inference.class)
                .hasMessageContaining("step 1 has the loss NaN")
                .hasMessageContaining("samples.jsonl, row ")
                .hasMessageContaining("There is no checkpoint yet");
    }

    @Test
    void aFreshProjectorKnowsNothingOfTheOld() {
        List<Double> losses = new ArrayList<>();
        SftOptions.Builder options =
                options(TrainingStage.PROJECTOR, "out").freshProjector(true).maxSteps(4);
        train(options.build(), event -> {
            if (event instanceof TrainingEvent.Step step) {
                losses.add(step.loss());
            }
        });
        List<Double> trained = new ArrayList<>();
        train(options(TrainingStage.PROJECTOR, "other").maxSteps(4).build(), event -> {
            if (event instanceof TrainingEvent.Step step) {
                trained.add(step.loss());
            }
        });

        assertThat(losses).hasSize(4);
        assertThat(losses.getFirst()).isNotCloseTo(trained.getFirst(), within(1e-3));
        assertThatThrownBy(() -> options(TrainingStage.LORA, "lora")
                        .lora(LoraOptions.defaults())
                        .freshProjector(true)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("freshProjector");
    }

    @Test
    void aFolderOfAnotherTrainingIsRefused() {
        SftOptions.Builder options = options(TrainingStage.PROJECTOR, "out").maxSteps(2);
        train(options.build(), TrainingListener.NONE);

        assertThatThrownBy(() -> train(options.build(), TrainingListener.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("resume it, or choose another folder");
        assertThatThrownBy(() -> train(options.seed(7).resume(true).build(), TrainingListener.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("other settings")
                .hasMessageContaining("seed=7");
    }

    @Test
    void anEmptyDatasetIsRefused() {
        assertThatThrownBy(() -> withModel(
                        TestModels.tinyLlava(),
                        TestModels.tinyLlavaProjector(),
                        (projector, collator) -> SftTrainer.open(
                                projector,
                                collator,
                                Dataset.of(List.of()),
                                options(TrainingStage.LORA, "out").build())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the dataset is empty");
    }

    @Test
    void aPictureThatIsMissingEndsTrainingAndWhatWasLearnedBeforeItIsSaved() throws IOException {
        Path samples = Path.of("models/pico-llava/samples");
        Path data = folder.resolve("data.jsonl");
        List<String> rows = new ArrayList<>();
        for (String name : List.of("05-syringe.png", "08-box.png", "09-tomato.png")) {
            Files.copy(samples.resolve(name), folder.resolve(name));
            rows.add("{\"image\": \"" + name + "\", \"question\": \"What is it?\", \"answer\": \"a thing\"}");
        }
        Files.write(data, rows);
        TrainingResult whole = train(data, "whole");
        Files.delete(folder.resolve("09-tomato.png"));

        assertThatThrownBy(() -> train(data, "cut"))
                .isInstanceOf(Vlm4jException.InvalidFile.class)
                .hasMessageContainingAll("data.jsonl, row 3", "09-tomato.png");
        assertThat(folder.resolve("cut/checkpoint-000000001.safetensors")).isNotEmptyFile();
        Files.copy(samples.resolve("09-tomato.png"), folder.resolve("09-tomato.png"));
        assertThat(train(data, "cut").projector().orElseThrow())
                .hasSameBinaryContentAs(whole.projector().orElseThrow());
    }

    /// One example a step, in the order of the file.
    private TrainingResult train(Path data, String name) {
        SftOptions options = options(TrainingStage.PROJECTOR, name)
                .batchSize(1)
                .maxSteps(3)
                .checkpointSteps(0)
                .shuffle(false)
                .resume(true)
                .build();
        return withModel(TestModels.tinyLlava(), TestModels.tinyLlavaProjector(), (projector, collator) -> {
            try (SftTrainer trainer = SftTrainer.open(projector, collator, VisionDataset.open(data), options)) {
                return trainer.train();
            }
        });
    }

    /// Its labels would be outside of this model's vocabulary.
    @Test
    void aCollatorOfAnotherModelIsRefused() {
        SftOptions options = options(TrainingStage.PROJECTOR, "out").build();

        assertThatThrownBy(() -> withModel(
                        TestModels.bundled(),
                        TestModels.bundledProjector(),
                        (_, other) ->
                                withModel(TestModels.tinyLlava(), TestModels.tinyLlavaProjector(), (projector, _) -> {
                                    try (SftTrainer trainer = SftTrainer.open(projector, other, examples(), options)) {
                                        return trainer.train();
                                    }
                                })))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the collator is for another model: it knows 2048 tokens");
    }

    @Test
    void anAdapterOfAnotherModelIsRefused() {
        SftOptions.Builder options = options(TrainingStage.LORA, "out").maxSteps(2);
        Path adapter = train(options.build(), TrainingListener.NONE).adapter().orElseThrow();

        assertThatThrownBy(() -> withModel(
                        TestModels.bundled(),
                        TestModels.bundledProjector(),
                        (projector, _) -> projector.model().openAdapter(adapter)))
                .isInstanceOf(Vlm4jException.ModelLoad.class)
                .hasMessageContainingAll("adapter.gguf", "do not fit the model's");
        assertThatThrownBy(() -> withModel(
                        TestModels.bundled(),
                        TestModels.bundledProjector(),
                        (projector, collator) -> SftTrainer.open(
                                projector,
                                collator,
                                examples(),
                                options.resume(true).build())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("other settings");
        assertThat(folder.resolve("out/checkpoint-000000002.safetensors")).isNotEmptyFile();
    }
}
