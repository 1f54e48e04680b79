import { element } from './dom.js';

/**
 * The words of an answer; the one under the pointer or with the focus shows its heat map. One of them is in the order
 * of the Tab key, the arrow keys move among them.
 *
 * @param words `[{ text, heatmap, image? }]`; `image` counts all pictures of the conversation, the last when absent
 * @param show  called with a word, or null
 */
export function looking({ text, words }, show) {
    const buttons = words.map(word => element('button', {
        type: 'button', class: 'word', tabindex: -1,
        onpointerenter: () => choose(word, false),
        onfocus: () => choose(word, true),
        onclick: () => choose(word, true),
    }, word.text));
    let kept = null; // the word with the focus, to which the map returns

    const choose = (word, keep) => {
        if (keep) {
            kept = word;
            buttons.forEach((button, at) => button.tabIndex = words[at] === word ? 0 : -1);
        }
        buttons.forEach((button, at) => button.classList.toggle('shown', words[at] === word));
        show(word);
    };
    const move = event => {
        const at = buttons.indexOf(document.activeElement);
        const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1,
            Home: 0, End: buttons.length - 1 }[event.key];
        if (at >= 0 && buttons[to]) {
            event.preventDefault();
            buttons[to].focus();
        }
    };
    if (buttons.length > 0) {
        buttons[0].tabIndex = 0;
    }
    return element('div', {
        class: 'looking', role: 'group', 'aria-label': 'Words of the answer. Arrow keys move between them.',
        onkeydown: move, onpointerleave: () => choose(kept, false),
    }, element('p', {}, ...placed(text, words, buttons)),
    element('p', { class: 'hint' }, words.length > 0
        ? 'Point at a word, or move with the arrow keys, to see where the model looked for it.'
        : 'The model said nothing that it had to look for.'));
}

/** The buttons in the text that they are words of, with what is between them. */
function placed(text, words, buttons) {
    const children = [];
    let done = 0;
    words.forEach(({ text: word }, index) => {
        const at = typeof text === 'string' ? text.indexOf(word, done) : -1;
        if (at >= 0) {
            children.push(text.slice(done, at));
            done = at + word.length;
        } else if (index > 0) {
            children.push(' ');
        }
        children.push(buttons[index]);
    });
    children.push(typeof text === 'string' ? text.slice(done) : '');
    return children;
}
