package io.vlm4j.isolation.internal;

import io.vlm4j.extraction.ExtractionOptions;
import io.vlm4j.extraction.Extractor;
import io.vlm4j.extraction.TypedAnswer;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.GenerationStream;
import io.vlm4j.inference.Adapters;
import io.vlm4j.model.ControlVector;
import io.vlm4j.model.LoadListener;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.schema.JsonSchema;
import io.vlm4j.vlm.Vlm;
import io.vlm4j.vlm.VlmOptions;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The other process. It does what frames on its standard input ask for, answers on its standard output, and ends with
/// its input, whatever it is at: when the application closes it, and when that dies.
///
/// One thread works; another reads, so that a call can be cancelled and the end is seen.
final class Worker {
    private static final int BUFFER = 1 << 16;
    private static final int LEAST_PROGRESS = 100; // of a file is told in so many steps

    private final DataInputStream in;
    private final DataOutputStream out;
    private final WorkerChats chats = new WorkerChats();
    private final BlockingQueue<Runnable> work = new ArrayBlockingQueue<>(4);
    private volatile @Nullable WorkerCall current;
    private @Nullable Vlm vlm;
    private Adapters adapters = Adapters.none();

    private Worker(DataInputStream in, DataOutputStream out) {
        this.in = in;
        this.out = out;
    }

    static void main() throws InterruptedException {
        FileOutputStream frames = new FileOutputStream(FileDescriptor.out);
        System.setOut(System.err); // whoever prints something does not mean a frame
        NativeLog.tee(System.err::println); // read by the application, which keeps the last lines
        Worker worker = new Worker(
                new DataInputStream(new BufferedInputStream(new FileInputStream(FileDescriptor.in), BUFFER)),
                new DataOutputStream(new BufferedOutputStream(frames, BUFFER)));
        Runtime.getRuntime().addShutdownHook(new Thread(Worker::outlive, "vlm4j-signals"));
        Thread.ofPlatform().daemon().name("vlm4j-frames").start(worker::readAll);
        while (true) {
            worker.work.take().run();
        }
    }

    /// A Ctrl-C goes to all processes of a terminal, and the end of a service to all of the service; but only the
    /// application knows whether it stops an answer or everything. So the JVM's end, which such a signal begins, waits
    /// for the end of input.
    private static void outlive() {
        while (true) {
            LockSupport.park();
        }
    }

    /// There is nothing to save: native memory goes with the process, and files are written beside their names. Ending
    /// in an orderly way would wait for native code.
    private static void end() {
        Runtime.getRuntime().halt(0);
    }

    private void readAll() {
        try {
            while (true) {
                readOne();
            }
        } catch (IOException | InterruptedException over) {
            end();
        } catch (Throwable broken) { // nobody would see that input has ended
            System.err.println("vlm4j worker: " + broken);
            Runtime.getRuntime().halt(1);
        }
    }

    private void readOne() throws IOException, InterruptedException {
        try {
            accept(Frame.read(in));
        } catch (OutOfMemoryError tooLarge) { // only requests are large
            WorkerCall call = new WorkerCall(new Frame(FrameKind.ASK, new byte[0]), this::send);
            current = call;
            work.put(() -> fail(call, tooLarge));
        }
    }

    private void accept(Frame frame) throws InterruptedException {
        if (frame.kind().isRequest()) {
            WorkerCall call = new WorkerCall(frame, this::send);
            current = call;
            work.put(() -> answer(call));
            return;
        }
        WorkerCall call = current;
        if (call == null) {
            return;
        }
        switch (frame.kind()) {
            case CREDIT -> call.credit(WorkerCall.WINDOW / 2);
            case CANCEL -> call.cancel();
            case ANSWER -> call.answer(Wire.read(frame.body(), Requests.Answer.class));
            default -> throw new IllegalStateException("an application does not send " + frame.kind());
        }
    }

    private synchronized void send(Frame frame) throws IOException {
        frame.write(out);
    }

    private void answer(WorkerCall call) {
        try {
            switch (call.request.kind()) {
                case OPEN -> open(call);
                case ASK -> ask(call);
                case COMPLETE -> complete(call);
                case TURN -> chats.turn(vlm(), call);
                case SAVE -> chats.save(vlm(), call);
                case LOAD -> chats.load(vlm(), call);
                case EXTRACT -> extract(call);
                case ADAPT -> adapt(call);
                default -> throw new IllegalStateException("no request: " + call.request.kind());
            }
        } catch (Throwable t) {
            fail(call, t);
        }
    }

    private static void fail(WorkerCall call, Throwable failure) {
        try {
            call.send(FrameKind.FAILURE, Wire.toBytes(WireFailure.of(failure)), List.of());
        } catch (Throwable broken) { // the application is gone, or would wait for ever
            System.err.println("vlm4j worker: " + broken);
            Runtime.getRuntime().halt(1);
        }
    }

    private Vlm vlm() {
        Vlm opened = vlm;
        if (opened == null) {
            throw new IllegalStateException("no model is open");
        }
        return opened;
    }

    private void open(WorkerCall call) {
        Requests.Open request = Wire.read(call.request.body(), Requests.Open.class);
        VlmOptions options = request.options();
        VlmOptions listening = options.withModel(options.model().toBuilder()
                        .listener(progress(call, false))
                        .build())
                .withProjector(options.projector().toBuilder()
                        .listener(progress(call, true))
                        .build());
        Path model = Path.of(request.model());
        vlm = request.mmproj().isPresent()
                ? Vlm.open(model, Path.of(request.mmproj().get()), listening)
                : Vlm.openText(model, listening);
        call.send(FrameKind.RESULT, new byte[0], List.of());
    }

    /// Opens what is wanted before it lets go of what there was, so that a file that cannot be used changes nothing.
    private void adapt(WorkerCall call) {
        Requests.Adapt request = Wire.read(call.request.body(), Requests.Adapt.class);
        Adapters old = adapters;
        List<LoraAdapter> opened = new ArrayList<>();
        try {
            Adapters wanted = Adapters.none();
            for (Requests.Lora lora : request.loras()) {
                opened.add(vlm().openAdapter(Path.of(lora.file())));
                wanted = wanted.with(opened.getLast(), lora.scale());
            }
            if (!request.directions().isEmpty()) {
                ControlVector vector = ControlVector.of(request.directions());
                vector.requireFits(vlm().model());
                wanted = wanted.with(vector);
            }
            adapters = wanted;
        } catch (Throwable t) {
            opened.forEach(LoraAdapter::close);
            throw t;
        }
        chats.use(adapters);
        old.loras().forEach(lora -> lora.adapter().close());
        call.send(FrameKind.RESULT, new byte[0], List.of());
    }

    private GenerationOptions adapted(GenerationOptions options) {
        return options.toBuilder().adapters(adapters).build();
    }

    private static LoadListener progress(WorkerCall call, boolean projector) {
        int[] told = {-1};
        return fraction -> {
            int step = (int) (fraction * LEAST_PROGRESS);
            if (step > told[0]) {
                told[0] = step;
                call.send(FrameKind.PROGRESS, Wire.toBytes(new Requests.Progress(projector, fraction)), List.of());
            }
            return !call.cancellation.isCancelled();
        };
    }

    private void ask(WorkerCall call) {
        Requests.Ask request = Wire.read(call.request.body(), Requests.Ask.class);
        List<ChatMessage> conversation = WireMessage.messages(request.conversation(), call.request.blobs());
        generate(call, vlm().stream(conversation, adapted(request.options()), call.cancellation), request.events());
    }

    private void complete(WorkerCall call) {
        Requests.Complete request = Wire.read(call.request.body(), Requests.Complete.class);
        GenerationStream stream = vlm().generator().stream(
                request.prompt().prompt(call.request.blobs()), adapted(request.options()), call.cancellation);
        generate(call, stream, request.events());
    }

    private static void generate(WorkerCall call, GenerationStream generation, boolean events) {
        try (GenerationStream stream = generation) {
            while (true) {
                GenerationEvent event = stream.next();
                if (event instanceof GenerationEvent.Finished finished) {
                    call.send(FrameKind.RESULT, Wire.toBytes(finished.generation()), List.of());
                    return;
                }
                if (events && event instanceof GenerationEvent.Text text) {
                    call.event(FrameKind.TEXT, TextFrame.write(text.text(), text.token(), text.probabilities()));
                } else if (events) {
                    Requests.Event.of(event)
                            .ifPresent(other -> call.event(FrameKind.GENERATION_EVENT, Wire.toBytes(other)));
                }
            }
        }
    }

    private void extract(WorkerCall call) {
        Requests.Extract request = Wire.read(call.request.body(), Requests.Extract.class);
        List<ChatMessage> conversation = WireMessage.messages(request.conversation(), call.request.blobs());
        ExtractionOptions options = request.options();
        Extractor extractor = vlm().extractor(options.withGeneration(adapted(options.generation())));
        Object result;
        if (request.schema().isPresent()) {
            JsonSchema schema = JsonSchema.parse(request.schema().get());
            TypedAnswer<String> answer = extractor.ask(conversation, schema, call.cancellation);
            result = new Requests.Typed(answer.json(), answer.confidence(), answer.generation());
        } else if (request.regex().isPresent()) {
            result = extractor.match(conversation, request.regex().get(), call.cancellation);
        } else {
            result = extractor.choose(conversation, request.choices(), call.cancellation);
        }
        call.send(FrameKind.RESULT, Wire.toBytes(result), List.of());
    }
}
