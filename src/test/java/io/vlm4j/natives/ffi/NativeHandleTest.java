package io.vlm4j.natives.ffi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class NativeHandleTest {
    private static final MemorySegment POINTER = Arena.global().allocate(ValueLayout.JAVA_LONG);

    private static AutoCloseable closing(Runnable onClose) {
        return onClose::run;
    }

    @Test
    void aChildThatIsBeingMadeKeepsTheParentOpen() throws InterruptedException {
        List<String> order = new CopyOnWriteArrayList<>();
        NativeHandle parent = new NativeHandle("parent", POINTER, pointer -> order.add("parent"));
        CountDownLatch making = new CountDownLatch(1);
        Thread closer = Thread.ofPlatform().unstarted(() -> {
            await(making);
            parent.close();
        });
        closer.start();
        parent.newChild(() -> {
            making.countDown();
            while (closer.getState() != Thread.State.BLOCKED) { // until it waits for us
                Thread.onSpinWait();
            }
            order.add("made");
            return closing(() -> order.add("child"));
        });
        closer.join();
        assertThat(order).containsExactly("made", "child", "parent");
        assertThatIllegalStateException().isThrownBy(() -> parent.newChild(() -> closing(() -> {})));
    }

    @Test
    void aDamagedObjectCanOnlyBeClosed() {
        List<String> order = new ArrayList<>();
        NativeHandle handle = new NativeHandle("thing", POINTER, pointer -> order.add("freed"));
        IllegalArgumentException first = new IllegalArgumentException("first");

        NativeHandle.damage(POINTER, first);
        NativeHandle.damage(POINTER, new IllegalArgumentException("second"));

        assertThat(handle.isDamaged()).isTrue();
        assertThatIllegalStateException()
                .isThrownBy(handle::segment)
                .withMessageContaining("the thing may be damaged")
                .withCause(first);
        handle.close();
        assertThat(order).containsExactly("freed");
        try (NativeHandle next = new NativeHandle("next at the same address", POINTER, pointer -> order.add("next"))) {
            assertThat(next.isDamaged()).isFalse();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

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
        parent.newChild(() -> closing(() -> order.add("first")));
        parent.newChild(() -> closing(() -> order.add("second")));
        AutoCloseable gone = () -> order.add("gone");
        parent.newChild(() -> gone);
        parent.release(gone);
        parent.close();
        assertThat(order).containsExactly("second", "first", "parent");
    }

    @Test
    void oldestChildrenCloseAfterTheOthersWheneverTheyWereMade() {
        List<String> order = new ArrayList<>();
        NativeHandle parent = new NativeHandle("parent", POINTER, pointer -> order.add("parent"));
        parent.newOldestChild(() -> closing(() -> order.add("early")));
        parent.newChild(() -> closing(() -> order.add("child")));
        parent.newOldestChild(() -> closing(() -> order.add("late")));
        parent.close();
        assertThat(order).containsExactly("child", "early", "late", "parent");
    }

    @Test
    void aChildInUseKeepsTheParentOpen() {
        NativeHandle parent = new NativeHandle("parent", POINTER, pointer -> {});
        boolean[] busy = {true};
        parent.newChild(() -> closing(() -> {
            if (busy[0]) {
                throw new IllegalStateException("busy");
            }
        }));
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
