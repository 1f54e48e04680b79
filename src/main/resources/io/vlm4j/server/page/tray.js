import { byId, element, icon } from './dom.js';

/** The pictures that go with the next question, as thumbnails that can be taken off again. */
export class Tray {
    #list = byId('tray');
    #pictures = [];
    #changed;
    #leave;

    /**
     * @param changed called with the pictures after each change
     * @param leave   called when the last thumbnail was removed, to put the focus elsewhere
     */
    constructor(changed, leave) {
        this.#changed = changed;
        this.#leave = leave;
    }

    get pictures() {
        return this.#pictures;
    }

    set pictures(pictures) {
        this.#pictures = [...pictures];
        this.#show();
    }

    add(picture) {
        this.pictures = [...this.#pictures, picture];
    }

    #remove(index) {
        this.pictures = this.#pictures.toSpliced(index, 1);
        const buttons = this.#list.querySelectorAll('button');
        if (buttons.length === 0) {
            this.#leave();
        } else {
            buttons[Math.min(index, buttons.length - 1)].focus();
        }
    }

    #show() {
        this.#list.replaceChildren(...this.#pictures.map(({ name, uri, width, height }, index) => element('li', {},
            element('img', { src: uri, alt: name, title: `${name}, ${width} × ${height}` }),
            element('button', {
                type: 'button', 'aria-label': `Remove ${name}`, title: 'Remove', onclick: () => this.#remove(index),
            }, icon('close')))));
        this.#list.hidden = this.#pictures.length === 0;
        this.#changed(this.#pictures);
    }
}
