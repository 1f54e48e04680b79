import { byId } from './dom.js';

const LONGEST = 2000;

/** Reads a sentence to those who listen to the page. Answers are read once they are whole. */
export function announce(sentence) {
    const region = byId('announcer');
    region.textContent = '';
    // A region that changes twice at once is read once, or not at all.
    setTimeout(() => region.textContent = sentence.slice(0, LONGEST), 50);
}

/** A line above the question, for what is over when it is read. It is a live region of its own. */
export function notice(sentence) {
    byId('notice').textContent = sentence;
}
