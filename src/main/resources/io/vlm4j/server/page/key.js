import { byId } from './dom.js';

const NAME = 'vlm4j.key';

/** The API key: kept for this tab only, asked for when the server wants one. */
export class Key {
    #dialog = byId('key');
    #asking = null;

    constructor() {
        byId('cancel-key').addEventListener('click', () => this.#dialog.close());
    }

    get value() {
        return sessionStorage.getItem(NAME);
    }

    /**
     * Asks for a key, unless another request has brought a newer one in the meantime.
     * @param rejected the key that was not accepted, or null
     * @return whether there is a key to try
     */
    async ask(rejected) {
        if (this.value && this.value !== rejected) {
            return true;
        }
        this.#asking ??= this.#open(rejected).finally(() => this.#asking = null);
        return this.#asking;
    }

    #open(rejected) {
        const form = this.#dialog.querySelector('form');
        byId('key-why').textContent = rejected
            ? 'The key that you gave was not accepted.'
            : 'Whoever runs it can tell you the key.';
        form.reset();
        this.#dialog.returnValue = '';
        this.#dialog.showModal();
        return new Promise(resolve => this.#dialog.addEventListener('close', () => {
            const key = form.elements.key.value.trim();
            form.reset();
            const given = this.#dialog.returnValue === 'key' && key !== '';
            if (given) {
                sessionStorage.setItem(NAME, key);
            }
            resolve(given);
        }, { once: true }));
    }
}
