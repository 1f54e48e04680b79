import { action, element } from './dom.js';
import { announce } from './announcer.js';
import { looking } from './looking.js';

const MAP = /^data:image\/(?:png|jpeg|webp);base64,/;

/**
 * A button that asks where the model looked, once, and then switches between the answer and its words.
 *
 * @param ask   gets the words from the server: `signal => Promise`
 * @param view  the answer's
 * @param plate where the pictures are
 * @param first number of the plate's first picture among those of the conversation
 */
export function attentionButton({ ask, view, plate, first }) {
    const button = action('eye', 'Where did it look?', () => toggle(), { 'aria-pressed': 'false' });
    const label = button.querySelector('span');
    let words = null;

    const toggle = async () => {
        words ??= await load();
        if (words) {
            const on = words.hidden;
            words.hidden = !on;
            view.text.hidden = on;
            button.setAttribute('aria-pressed', String(on));
            plate.root.closest('.chapter').classList.toggle('studied', on);
            if (on) {
                words.querySelector('[tabindex="0"]')?.focus({ preventScroll: true });
            } else {
                plate.cool();
            }
        }
    };
    const load = async () => {
        button.disabled = true;
        label.textContent = 'Looking again…';
        try {
            const answer = await ask();
            const shown = looking({ text: answer.text, words: usable(answer.words) }, show);
            shown.hidden = true;
            if (!view.says(answer.text)) {
                shown.prepend(element('p', { class: 'hint' },
                    'It was asked again for this, and put it in other words.'));
            }
            view.text.after(shown);
            return shown;
        } catch (error) {
            announce(error.message);
            button.title = error.message;
            return null;
        } finally {
            button.disabled = false;
            label.textContent = button.title && !words ? 'It could not be seen. Try again?' : 'Where did it look?';
        }
    };
    const show = word => {
        const index = (word?.image ?? first + plate.size - 1) - first;
        if (word && index >= 0 && index < plate.size) {
            plate.heat(index, word.heatmap, word.text);
        } else {
            plate.cool();
        }
    };
    return button;
}

function usable(words) {
    return (Array.isArray(words) ? words : []).filter(word => typeof word?.text === 'string' && MAP.test(word.heatmap));
}
