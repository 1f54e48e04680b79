import { action, icon } from './dom.js';

const CONFIRMED = 1600;

/** A button that copies what `text()` gives, and says that it did. */
export function copyButton(text, label = 'Copy') {
    const button = action('copy', label, async () => {
        const copied = await copy(text());
        button.replaceChildren(icon(copied ? 'done' : 'close'), copied ? 'Copied' : 'Not allowed');
        setTimeout(() => button.replaceChildren(icon('copy'), label), CONFIRMED);
    });
    return button;
}

async function copy(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        return copyBySelection(text);
    }
}

/** For pages that came over plain HTTP from another computer: they have no clipboard. */
function copyBySelection(text) {
    const focused = document.activeElement;
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'unseen';
    document.body.append(area);
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    focused?.focus();
    return copied;
}
