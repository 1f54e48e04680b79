package io.vlm4j.cli;

import io.vlm4j.chat.ChatEvent;
import io.vlm4j.chat.ChatReply;
import io.vlm4j.chat.Conversation;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Content;
import io.vlm4j.prompt.Role;
import io.vlm4j.vlm.VisionLanguageModel;
import io.vlm4j.vlm.Vlm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/// The state of `vlm4j chat`: a conversation and its forks, the pictures for the next message, and the settings.
final class ChatSession {
    static final String MAIN = "main";

    private static final Pattern FORK_NAME = Pattern.compile("[\\p{Alnum}._-]{1,40}");

    private final VisionLanguageModel vlm;
    private final boolean sees;
    private final ChatSettings settings;
    private final Map<String, Conversation> forks = new LinkedHashMap<>();
    private final List<Attachment> attached = new ArrayList<>();
    private final Map<ImageInput, Attachment> known = new HashMap<>();
    private String fork = MAIN;
    private Optional<Path> file = Optional.empty(); // where it was saved or loaded last
    private Optional<ChatReply> last = Optional.empty();
    private int turns;
    private long answerTokens;

    ChatSession(Vlm vlm, ChatSettings settings) {
        this(vlm, vlm.projector().isPresent(), settings);
    }

    /// @param sees whether pictures can be asked about
    ChatSession(VisionLanguageModel vlm, boolean sees, ChatSettings settings) {
        this.vlm = vlm;
        this.sees = sees;
        this.settings = settings;
        forks.put(MAIN, vlm.chat(settings.options()));
    }

    /// Whether the model can think aloud or not, as it is told; empty when that is not known here.
    Optional<Boolean> canThink() {
        return here().map(known -> known.template().supports("enable_thinking"));
    }

    /// Tokens that the context holds now.
    int contextTokens() {
        return here().map(known -> known.context().tokens())
                .or(() -> last.map(ChatReply::generation)
                        .map(said -> said.usage().promptTokens() + said.usage().completionTokens()))
                .orElse(0);
    }

    /// Most tokens that the context can hold; empty when that is not known here.
    Optional<Integer> contextLength() {
        return here().map(known -> known.context().contextLength());
    }

    private Optional<Vlm> here() {
        return vlm instanceof Vlm known ? Optional.of(known) : Optional.empty();
    }

    ChatSettings settings() {
        return settings;
    }

    /// The conversation that goes on.
    Conversation chat() {
        Conversation chat = forks.get(fork);
        if (chat == null) {
            throw new IllegalStateException("there is no fork '" + fork + "'");
        }
        return chat;
    }

    /// After a change of the settings.
    void applySettings() {
        forks.replaceAll((name, chat) -> chat.with(settings.options()));
    }

    /// A message with the attached pictures.
    ChatMessage question(String text) {
        return ChatMessage.user(text, attached.stream().map(Attachment::image).toArray(ImageInput[]::new));
    }

    /// Asks; nothing is attached afterwards. What fails leaves conversation and pictures as they were, and so does an
    /// answer that was stopped before it began.
    ChatReply ask(ChatMessage question, Consumer<ChatEvent> listener, Cancellation cancellation) {
        Conversation chat = chat();
        int before = chat.transcript().size();
        ChatReply reply = chat.say(question, listener, cancellation);
        if (isEmpty(reply)) {
            chat.rewind(before);
        } else {
            attached.clear();
        }
        last = Optional.of(reply);
        turns++;
        answerTokens += reply.generation().usage().completionTokens();
        return reply;
    }

    /// Whether an answer was stopped before it began.
    static boolean isEmpty(ChatReply reply) {
        return reply.finishReason() == FinishReason.CANCELLED
                && reply.text().isEmpty()
                && reply.message().reasoning().isEmpty();
    }

    /// @throws Failure when the model cannot see
    Attachment attach(Path picture) {
        if (!sees) {
            throw new Failure(ExitCode.IMAGE, "this model was loaded without a projector and cannot see (--mmproj)");
        }
        Attachment attachment = Attachment.of(picture);
        attached.add(attachment);
        known.put(attachment.image(), attachment);
        return attachment;
    }

    List<Attachment> attached() {
        return List.copyOf(attached);
    }

    void attachOnly(List<Attachment> pictures) {
        attached.clear();
        attached.addAll(pictures);
    }

    /// What a picture in the conversation is called, if it was attached here.
    Optional<String> nameOf(ImageInput picture) {
        return Optional.ofNullable(known.get(picture)).map(Attachment::name);
    }

    /// Goes on in a copy of the conversation.
    ///
    /// @param name empty for the next free number
    void fork(String name) {
        String wanted = name.isEmpty() ? freeName() : name;
        if (!FORK_NAME.matcher(wanted).matches()) {
            throw new Failure(
                    ExitCode.USAGE, "a fork's name is 1 to 40 letters, digits or . _ -, not '" + wanted + "'");
        }
        if (forks.containsKey(wanted)) {
            throw new Failure(ExitCode.USAGE, "there is a fork '" + wanted + "' already: /switch " + wanted);
        }
        forks.put(wanted, chat().fork());
        fork = wanted;
    }

    private String freeName() {
        int number = 1;
        while (forks.containsKey("fork-" + number)) {
            number++;
        }
        return "fork-" + number;
    }

    void switchTo(String name) {
        if (name.isEmpty()) {
            throw new Failure(ExitCode.USAGE, "which fork? There are " + String.join(", ", forks.keySet()));
        }
        if (!forks.containsKey(name)) {
            throw new Failure(
                    ExitCode.USAGE, "there is no fork '" + name + "'; there are " + String.join(", ", forks.keySet()));
        }
        fork = name;
    }

    String currentFork() {
        return fork;
    }

    Set<String> forkNames() {
        return Set.copyOf(forks.keySet());
    }

    Map<String, Conversation> forks() {
        return forks;
    }

    /// Forgets the last question and all that came after it; its pictures are attached again, for another question.
    ///
    /// @return the question; empty when there is none
    Optional<ChatMessage> undo() {
        List<ChatMessage> transcript = chat().transcript();
        for (int i = transcript.size() - 1; i >= 0; i--) {
            if (transcript.get(i).role() == Role.USER) {
                ChatMessage question = transcript.get(i);
                chat().rewind(i);
                attached.clear();
                for (Content part : question.content()) {
                    if (part instanceof Content.Image picture) {
                        attached.add(known.getOrDefault(picture.image(), Attachment.nameless(picture.image())));
                    }
                }
                return Optional.of(question);
            }
        }
        return Optional.empty();
    }

    /// What the model was told to be.
    Optional<String> system() {
        List<ChatMessage> transcript = chat().transcript();
        return transcript.isEmpty() || transcript.getFirst().role() != Role.SYSTEM
                ? Optional.empty()
                : Optional.of(transcript.getFirst().text());
    }

    void removeSystem() {
        if (system().isPresent()) {
            List<ChatMessage> transcript = chat().transcript();
            forks.put(fork, vlm.chat(settings.options(), transcript.subList(1, transcript.size())));
        }
    }

    /// Begins anew, with the same system message and settings.
    void clear() {
        chat().rewind(system().isPresent() ? 1 : 0);
        attached.clear();
    }

    /// @param given empty: where it was saved or loaded last
    Path save(Optional<Path> given) {
        Path target =
                given.or(() -> file).orElseThrow(() -> new Failure(ExitCode.USAGE, "save to which file? /save FILE"));
        Sessions.save(chat(), target);
        file = Optional.of(target);
        return target;
    }

    void load(Path source) {
        forks.put(fork, Sessions.load(source, vlm, settings.options()));
        file = Optional.of(source);
    }

    /// Goes on from another transcript, and back to this one if that fails.
    <T> T replacing(List<ChatMessage> transcript, Supplier<T> work) {
        Conversation old = chat();
        forks.put(fork, vlm.chat(settings.options(), transcript));
        try {
            return work.get();
        } catch (Throwable t) {
            forks.put(fork, old);
            throw t;
        }
    }

    Optional<ChatReply> last() {
        return last;
    }

    int turns() {
        return turns;
    }

    long answerTokens() {
        return answerTokens;
    }
}
