/**
 * What was said, in memory only. A turn is a question and its answer:
 * `{ text, pictures: [{ name, uri, width, height }], answer: { text, reasoning } }`.
 */
export class Conversation {
    #turns = [];

    get turns() {
        return this.#turns;
    }

    add(text, pictures) {
        const turn = { text, pictures, answer: { text: '', reasoning: '' } };
        this.#turns.push(turn);
        return turn;
    }

    /** Forgets a turn and all after it. */
    cut(turn) {
        this.#turns = this.#turns.slice(0, this.#turns.indexOf(turn));
    }

    clear() {
        this.#turns = [];
    }

    /** All pictures up to a turn, in the order in which the model gets them. */
    picturesUpTo(turn) {
        return this.#upTo(turn).flatMap(each => each.pictures);
    }

    /**
     * The messages that ask a turn's question. Questions that got no answer become one with the next: many templates
     * want user and assistant in turns.
     */
    messages(turn, system) {
        const messages = system.trim() === '' ? [] : [{ role: 'system', content: system }];
        let parts = [];
        for (const each of this.#upTo(turn)) {
            parts.push(...each.pictures.map(({ uri }) => ({ type: 'image_url', image_url: { url: uri } })));
            if (each.text !== '') {
                parts.push({ type: 'text', text: each.text });
            }
            if (each === turn) {
                messages.push({ role: 'user', content: content(parts) });
            } else if (each.answer.text !== '') {
                messages.push({ role: 'user', content: content(parts) });
                messages.push({ role: 'assistant', content: each.answer.text });
                parts = [];
            }
        }
        return messages;
    }

    #upTo(turn) {
        return this.#turns.slice(0, this.#turns.indexOf(turn) + 1);
    }
}

/** Text alone travels as a string, which every server understands. */
function content(parts) {
    return parts.length === 1 && parts[0].type === 'text' ? parts[0].text : parts;
}
