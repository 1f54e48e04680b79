import { action, byId, element } from './dom.js';
import { AnswerView } from './answer-view.js';
import { Plate } from './plate.js';

/**
 * The conversation on the page. A question that brings pictures begins a chapter, in which they stay beside what is
 * said about them.
 */
export class Transcript {
    #root = byId('conversation');
    #shown = []; // { turn, article, chapter, answer }
    #edit;
    #again;

    /** @param edit called with a turn to change, `again` with one to answer again */
    constructor({ edit, again }) {
        this.#edit = edit;
        this.#again = again;
    }

    add(turn, name) {
        const chapter = this.#chapter(turn);
        const answer = new AnswerView(turn, name, () => this.#again(turn));
        const article = element('article', { class: 'turn' }, this.#question(turn), answer.root);
        chapter.turns.append(article);
        this.#shown.push({ turn, article, chapter, answer });
        return answer;
    }

    of(turn) {
        return this.#shown.find(each => each.turn === turn);
    }

    /** Takes a turn and all after it off the page. */
    cut(turn) {
        const from = this.#shown.findIndex(each => each.turn === turn);
        for (const { article, chapter } of this.#shown.splice(from)) {
            article.remove();
            if (chapter.turns.childElementCount === 0) {
                chapter.root.remove();
            }
        }
    }

    clear() {
        this.#shown = [];
        this.#root.replaceChildren();
    }

    #chapter({ pictures }) {
        if (pictures.length === 0 && this.#shown.length > 0) {
            return this.#shown.at(-1).chapter;
        }
        const turns = element('div', { class: 'turns' });
        const plate = pictures.length > 0 ? new Plate(pictures) : null;
        const root = element('div', { class: plate ? 'chapter illustrated' : 'chapter' }, plate?.root, turns);
        this.#root.append(root);
        return { root, turns, plate };
    }

    #question(turn) {
        const brought = turn.pictures.length;
        return element('section', { class: 'question', 'aria-label': 'Question' },
            element('h2', { class: 'who' }, 'You', brought === 0 ? null : element('span', { class: 'unseen' },
                brought === 1 ? ', with a picture' : `, with ${brought} pictures`)),
            turn.text === '' ? null : element('p', {}, turn.text),
            action('edit', 'Edit', () => this.#edit(turn), { class: 'quiet edit' }));
    }
}
