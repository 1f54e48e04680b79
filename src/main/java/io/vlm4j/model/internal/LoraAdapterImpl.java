package io.vlm4j.model.internal;

import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.model.Model;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.llama.LlamaAdapters;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A loaded adapter, and who uses it.
public final class LoraAdapterImpl implements LoraAdapter {
    private final ModelImpl model;
    private final AdapterFile file;
    private final NativeHandle handle;
    private final Set<AdapterUser> users = Collections.newSetFromMap(new IdentityHashMap<>()); // also the lock

    private LoraAdapterImpl(ModelImpl model, AdapterFile file, NativeHandle handle) {
        this.model = model;
        this.file = file;
        this.handle = handle;
    }

    static LoraAdapterImpl open(ModelImpl model, Path path) {
        AdapterFile file = AdapterFile.read(path, model.architecture(), tensors(model.path()));
        return model.handle()
                .newOldestChild(() -> new LoraAdapterImpl(
                        model,
                        file,
                        model.adapterSet()
                                .change(() ->
                                        LlamaAdapters.load(path, model.handle().segment()))));
    }

    /// The tensor directory of a model, all parts together.
    private static Map<String, GgufTensor> tensors(Path modelPath) {
        try (GgufFile first = GgufFile.open(modelPath)) {
            return ModelParts.tensors(first);
        }
    }

    public NativeHandle handle() {
        return handle;
    }

    /// Remembers that this user's native side has the adapter's address, until [#removeUser].
    ///
    /// @throws IllegalStateException after [#close()]
    public void addUser(AdapterUser user) {
        synchronized (users) {
            handle.segment();
            users.add(user);
        }
    }

    public void removeUser(AdapterUser user) {
        synchronized (users) {
            users.remove(user);
        }
    }

    @Override
    public void close() {
        synchronized (users) {
            if (!handle.isClosed()) {
                dropFromUsers();
                model.adapterSet().change(() -> {
                    handle.close();
                    return handle;
                });
            }
        }
        model.handle().release(this);
    }

    /// Takes it from all users or, when one is at work, from none.
    private void dropFromUsers() {
        List<AdapterUser> seized = new ArrayList<>();
        try {
            for (AdapterUser user : users) {
                user.seize();
                seized.add(user);
            }
            seized.forEach(user -> user.drop(this));
            users.clear();
        } catch (IllegalStateException inUse) {
            throw new IllegalStateException(
                    "the " + handle.description() + " cannot be closed now: " + inUse.getMessage(), inUse);
        } finally {
            seized.forEach(AdapterUser::letGo);
        }
    }

    @Override
    public Model model() {
        return model;
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public String fingerprint() {
        return file.fingerprint();
    }

    @Override
    public String architecture() {
        return file.architecture();
    }

    @Override
    public float alpha() {
        return file.alpha();
    }

    @Override
    public int rank() {
        return file.rank();
    }

    @Override
    public int matrices() {
        return file.matrices();
    }

    @Override
    public List<String> ignoredTensors() {
        return file.ignoredTensors();
    }

    @Override
    public Optional<String> taskName() {
        return file.taskName();
    }

    @Override
    public Optional<String> promptPrefix() {
        return file.promptPrefix();
    }

    @Override
    public String toString() {
        return handle.toString();
    }
}
