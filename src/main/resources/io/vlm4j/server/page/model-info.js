import { byId } from './dom.js';

const count = new Intl.NumberFormat('en');

/** What is known of the model; until the server has said, everything is thought possible. */
export class ModelInfo {
    name = 'Answer';
    #id = '';
    #capabilities = null;

    /** Fields of a request that name the model. */
    request() {
        return this.#id === '' ? {} : { model: this.#id };
    }

    get sees() {
        return this.#capabilities?.includes('vision') ?? true;
    }

    get attends() {
        return this.#capabilities?.includes('attention') ?? false;
    }

    learn({ name, capabilities, contextLength }) {
        this.#id = name;
        this.#capabilities = capabilities;
        const label = byId('model');
        if (name !== '') {
            this.name = shortened(name);
            label.textContent = this.name;
            label.title = contextLength ? `${name}, ${count.format(contextLength)} tokens of context` : name;
            label.hidden = false;
        }
        document.body.classList.toggle('blind', !this.sees);
        byId('question').placeholder = this.sees ? 'Ask about a picture' : 'Ask anything';
    }
}

/** Servers name models by their files. */
function shortened(name) {
    return name.replace(/^.*[\\/]/, '').replace(/\.gguf$/i, '');
}
