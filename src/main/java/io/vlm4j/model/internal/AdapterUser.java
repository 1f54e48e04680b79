package io.vlm4j.model.internal;

/// Something whose native side keeps the address of an adapter.
public interface AdapterUser {
    /// Keeps everybody else from using it until [#letGo].
    ///
    /// @throws IllegalStateException when it is in use; the message names it
    void seize();

    void letGo();

    /// Gives up an adapter that is about to be freed. Called between [#seize] and [#letGo].
    void drop(LoraAdapterImpl adapter);
}
