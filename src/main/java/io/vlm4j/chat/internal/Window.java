package io.vlm4j.chat.internal;

import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// What the model is shown of a conversation: all of it, or what is left after the oldest turns were dropped; and the
/// time that templates see, which stays, so that a conversation is rendered tomorrow as today.
public final class Window {
    private Instant began;
    private int firstShown; // index in the transcript; system messages before it are shown

    public Window(Instant began) {
        this(began, 0);
    }

    public Window(Instant began, int firstShown) {
        this.began = began;
        this.firstShown = firstShown;
    }

    public Window copy() {
        return new Window(began, firstShown);
    }

    public void become(Window other) {
        began = other.began;
        firstShown = other.firstShown;
    }

    public Instant began() {
        return began;
    }

    public int firstShown() {
        return firstShown;
    }

    /// The transcript was changed from this message on.
    public void changed(int message) {
        if (message < firstShown) {
            firstShown = 0;
        }
    }

    List<ChatMessage> shown(List<ChatMessage> transcript) {
        List<ChatMessage> shown = new ArrayList<>();
        for (int i = 0; i < transcript.size(); i++) {
            if (i >= firstShown || transcript.get(i).role() == Role.SYSTEM) {
                shown.add(transcript.get(i));
            }
        }
        return shown;
    }

    /// Leaves the oldest turn out, but never the one that begins at `newest`.
    ///
    /// @return whether there was another one
    boolean dropOldestTurn(List<ChatMessage> transcript, int newest) {
        int next = firstShown;
        do {
            next++;
        } while (next < newest && transcript.get(next).role() != Role.USER);
        if (next > newest) {
            return false;
        }
        firstShown = next;
        return true;
    }
}
