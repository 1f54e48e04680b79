package io.vlm4j.natives.ffi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NativeHandleTest {
    private static final MemorySegment POINTER = Arena.global().allocate(ValueLayout.JAVA_LONG);

    @Test
    void theDestructorRunsOnce() {
        List<Long> freed = new ArrayList<>();
        NativeHandle handle = new NativeHandle("thing", POINTER, pointer -> freed.add(pointer.address()));
        handle.close();
        handle.close();
        assertThat(freed).containsExactly(POINTER.address());
        assertThat(handle.isClosed()).isTrue();
    }

    @Test
    void useAfterCloseNamesTheThing() {
        NativeHandle handle = new NativeHandle("model 'a.gguf'", POINTER, pointer -> {});
        MemorySegment inside = handle.borrow(POINTER);
        handle.close();
        assertThatIllegalStateException().isThrownBy(handle::segment).withMessage("the model 'a.gguf' is closed");
        assertThat(inside.scope().isAlive()).isFalse();
    }

    @Test
    void childrenCloseNewestFirstAndBeforeTheirParent() {
        List<String> order = new ArrayList<>();
        NativeHandle parent = new NativeHandle("parent", POINTER, pointer -> order.add("parent"));
        parent.adopt(() -> order.add("first"));
        parent.adopt(() -> order.add("second"));
        AutoCloseable gone = () -> order.add("gone");
        parent.adopt(gone);
        parent.release(gone);
        parent.close();
        assertThat(order).containsExactly("second", "first", "parent");
    }

    @Test
    void aChildInUseKeepsTheParentOpen() {
        NativeHandle parent = new NativeHandle("parent", POINTER, pointer -> {});
        boolean[] busy = {true};
        parent.adopt(() -> {
            if (busy[0]) {
                throw new IllegalStateException("busy");
            }
        });
        assertThatIllegalStateException().isThrownBy(parent::close).withMessage("busy");
        assertThat(parent.isClosed()).isFalse();
        busy[0] = false;
        parent.close();
        assertThat(parent.isClosed()).isTrue();
    }

    @Test
    void nullIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new NativeHandle("thing", MemorySegment.NULL, pointer -> {}))
                .withMessageContaining("thing");
    }

    @Test
    void aGuardTurnsTheSecondUserAway() throws InterruptedException {
        ThreadGuard guard = new ThreadGuard("the context");
        guard.enter();
        List<Exception> seen = new ArrayList<>();
        Thread other = Thread.ofPlatform().name("second").start(() -> {
            try {
                guard.enter();
            } catch (IllegalStateException e) {
                seen.add(e);
            }
        });
        other.join();
        assertThat(seen)
                .singleElement()
                .satisfies(
                        e -> assertThat(e).hasMessageContaining("the context").hasMessageContaining("second"));
        guard.exit();
        guard.enter();
        guard.exit();
    }
}
