import { action, element } from './dom.js';
import { blocks } from './markdown.js';
import { copyButton } from './clipboard.js';
import { figures } from './figures.js';
import { retry } from './retry.js';

/** An answer as it comes and as it stays. */
export class AnswerView {
    #answer;
    #rendered = [];
    #frame = 0;
    #thought = element('div', { class: 'thought' });
    #thinking = element('details', { class: 'thinking', hidden: true },
        element('summary', {}, 'Thoughts'), this.#thought);
    #text = element('div', { class: 'text' });
    #waiting = element('p', { class: 'waiting', 'aria-hidden': 'true' }, element('i'), element('i'), element('i'));
    #trouble = element('div', { class: 'trouble', hidden: true });
    #figures = element('p', { class: 'figures' });
    #actions = element('div', { class: 'actions' });
    #retry = null;
    #again;

    /** @param again called to ask the same question once more */
    constructor(turn, name, again) {
        this.#answer = turn.answer;
        this.#again = again;
        this.root = element('section', { class: 'answer', 'aria-label': `Answer of ${name}` },
            element('h2', { class: 'who' }, name),
            this.#thinking, this.#waiting, this.#text, this.#trouble,
            element('footer', {}, this.#actions, this.#figures));
    }

    /** Where the words of the answer are. */
    get text() {
        return this.#text;
    }

    /** Whether the answer has these words, whatever marks are around them. */
    says(text) {
        const words = spaced => spaced?.trim().split(/\s+/).join(' ');
        return [this.#answer.text, this.#text.textContent].some(shown => words(shown) === words(text));
    }

    get actions() {
        return this.#actions;
    }

    start() {
        this.#retry?.cancel();
        this.#trouble.hidden = true;
        this.#thinking.hidden = true;
        this.#waiting.hidden = false;
        this.#text.hidden = false;
        this.#actions.replaceChildren();
        this.#figures.replaceChildren();
        this.root.querySelector('.looking')?.remove();
        this.root.setAttribute('aria-busy', 'true');
        this.root.classList.add('coming');
        this.#render();
    }

    /** At most once for each picture on the screen, however fast tokens come. */
    update() {
        this.#frame ||= requestAnimationFrame(() => this.#render());
    }

    /** @param outcome 'finished', 'stopped' or an error */
    finish(outcome) {
        this.#render();
        this.#waiting.hidden = true;
        this.root.classList.remove('coming');
        this.root.setAttribute('aria-busy', 'false');
        this.#figures.replaceChildren(...this.#notes(outcome).map(note => element('span', {}, note)));
        if (outcome instanceof Error) {
            this.#fail(outcome);
        } else {
            this.#actions.append(
                copyButton(() => this.#answer.text),
                action('again', 'Ask again', () => this.#again(), { class: 'quiet again' }));
        }
    }

    #notes(outcome) {
        const notes = figures(this.#answer);
        if (outcome === 'stopped') {
            notes.unshift('Stopped');
        } else if (this.#answer.ended === 'length') {
            notes.unshift('Cut at the most tokens');
        } else if (outcome === 'finished' && this.#answer.text === '') {
            notes.unshift('The model said nothing');
        }
        return notes;
    }

    #fail(error) {
        this.#retry = retry(error.retryAfter, () => this.#again());
        this.#trouble.replaceChildren(
            element('div', { class: 'what' },
                element('strong', {}, error.title ?? 'This page failed.'), ' ', error.detail ?? error.message),
            this.#retry.button);
        this.#trouble.hidden = false;
        if (this.#answer.text !== '') {
            this.#actions.append(copyButton(() => this.#answer.text));
        }
    }

    #render() {
        cancelAnimationFrame(this.#frame);
        this.#frame = 0;
        const { text, reasoning } = this.#answer;
        this.#thinking.hidden = reasoning === '';
        if (this.#thought.textContent !== reasoning) {
            this.#thought.textContent = reasoning;
        }
        this.#waiting.hidden = text !== '';
        this.#renderText(text);
    }

    /** Only the blocks that changed, so that selections in the others stay. */
    #renderText(text) {
        const parsed = blocks(text);
        let same = 0;
        while (same < parsed.length && parsed[same].source === this.#rendered[same]) {
            same++;
        }
        while (this.#text.childNodes.length > same) {
            this.#text.lastChild.remove();
        }
        this.#text.append(...parsed.slice(same).map(block => block.node()));
        this.#rendered = parsed.map(block => block.source);
    }
}
