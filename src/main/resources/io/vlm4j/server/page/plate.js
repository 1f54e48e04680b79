import { element } from './dom.js';

/** The pictures of a question, beside what is said about them; one is large, and may have a heat map over it. */
export class Plate {
    #pictures;
    #image = element('img', { class: 'picture' });
    #heat = element('img', { class: 'heat', alt: '' });
    #caption = element('figcaption');
    #strip = element('ul', { class: 'strip', 'aria-label': 'Pictures' });
    #shown = 0;

    constructor(pictures) {
        this.#pictures = pictures;
        this.#strip.hidden = pictures.length < 2;
        this.#strip.append(...pictures.map(({ name, uri }, index) => element('li', {},
            element('button', { type: 'button', 'aria-label': `Show ${name}`, onclick: () => this.show(index) },
                element('img', { src: uri, alt: '' })))));
        this.root = element('figure', { class: 'plate' },
            element('div', { class: 'stage' }, this.#image, this.#heat), this.#caption, this.#strip);
        this.show(0);
    }

    get size() {
        return this.#pictures.length;
    }

    show(index) {
        this.cool();
        this.#shown = index;
        const { name, uri, width, height } = this.#pictures[index];
        Object.assign(this.#image, { src: uri, alt: name, width, height });
        this.#strip.querySelectorAll('button')
            .forEach((button, at) => button.setAttribute('aria-pressed', String(at === index)));
    }

    /** Lays a heat map over a picture: a picture of the same proportions, transparent or with the picture in it. */
    heat(index, uri, word) {
        if (index !== this.#shown) {
            this.show(index);
        }
        this.#heat.src = uri;
        this.#heat.alt = `Heat map for “${word}”`;
        this.#caption.replaceChildren('where it looked for ', element('q', {}, word));
        this.root.classList.add('hot');
    }

    cool() {
        this.root.classList.remove('hot');
        this.#heat.alt = '';
        this.#caption.replaceChildren();
    }
}
