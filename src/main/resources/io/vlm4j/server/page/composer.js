import { byId } from './dom.js';

/** Where questions are typed. */
export class Composer {
    #field = byId('question');
    #send = byId('send');
    #stop = byId('stop');
    #editing = byId('editing');
    #answering = false;
    #pictures = 0;

    /** @param send, stop, cancel what the buttons and keys do */
    constructor({ send, stop, cancel }) {
        const trySend = () => {
            if (!this.#send.disabled && !this.#answering) {
                send();
            }
        };
        byId('composer').addEventListener('submit', event => {
            event.preventDefault();
            trySend();
        });
        this.#field.addEventListener('keydown', event => {
            // While an input method composes a word, Enter belongs to it.
            if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
                event.preventDefault();
                trySend();
            }
        });
        this.#field.addEventListener('input', () => this.#update());
        this.#stop.addEventListener('click', stop);
        byId('cancel-editing').addEventListener('click', cancel);
        addEventListener('keydown', event => {
            if (event.key === 'Escape' && !document.querySelector('dialog[open]')) {
                (this.#answering ? stop : cancel)();
            }
        });
    }

    get text() {
        return this.#field.value.trim();
    }

    set text(text) {
        this.#field.value = text;
        this.#update();
    }

    set pictures(number) {
        this.#pictures = number;
        this.#update();
    }

    set answering(answering) {
        const focused = document.activeElement === this.#stop;
        this.#answering = answering;
        this.#send.hidden = answering;
        this.#stop.hidden = !answering;
        if (focused) {
            this.focus();
        }
    }

    set editing(editing) {
        this.#editing.hidden = !editing;
    }

    focus() {
        this.#field.focus({ preventScroll: true });
    }

    #update() {
        this.#send.disabled = this.text === '' && this.#pictures === 0;
        if (!CSS.supports('field-sizing', 'content')) {
            this.#field.style.height = 'auto';
            this.#field.style.height = `${this.#field.scrollHeight}px`;
        }
    }
}
