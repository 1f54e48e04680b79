import { element } from './dom.js';

// Every repetition is bounded, so that no answer can keep the page busy.
const MARKS = new RegExp([
    /\\(?<escaped>[\\`*_{}[\]()#+\-.!|>~])/,
    /(?<!`)(?<ticks>`{1,3})(?!`)(?<code>.{1,2000}?)(?<!`)\k<ticks>(?!`)/,
    /\*\*(?=\S)(?<strong>.{1,2000}?)(?<=\S)\*\*(?!\*)/,
    /(?<!\w)__(?=\S)(?<strongly>.{1,2000}?)(?<=\S)__(?!\w)/,
    /\*(?=[^\s*])(?<emphasis>.{1,2000}?)(?<=[^\s*])\*(?!\*)/,
    /(?<!\w)_(?=[^\s_])(?<emphatic>.{1,2000}?)(?<=[^\s_])_(?!\w)/,
    /!?\[(?<label>[^[\]]{1,500})\]\((?<target>[^\s()<>]{1,2000})\)/,
    /(?<bare>\bhttps?:\/\/[^\s<>"'`]{1,2000}[^\s<>"'`.,;:!?)\]}])/,
].map(part => part.source).join('|'), 'gs');
const SAFE = ['http:', 'https:', 'mailto:'];
const DEEPEST = 4;

/** The nodes of a line of text with marks in it. */
export function inline(text, depth = 0) {
    if (depth > DEEPEST) {
        return [text];
    }
    const nodes = [];
    let done = 0;
    for (const match of text.matchAll(MARKS)) {
        nodes.push(text.slice(done, match.index), marked(match, depth));
        done = match.index + match[0].length;
    }
    nodes.push(text.slice(done));
    return nodes.filter(node => node !== '');
}

function marked(match, depth) {
    const { escaped, code, label, target, bare } = match.groups;
    const strong = match.groups.strong ?? match.groups.strongly;
    const emphasis = match.groups.emphasis ?? match.groups.emphatic;
    if (escaped) {
        return escaped;
    }
    if (code) {
        return element('code', {}, code.replace(/^ (.+) $/s, '$1'));
    }
    if (strong) {
        return element('strong', {}, ...inline(strong, depth + 1));
    }
    if (emphasis) {
        return element('em', {}, ...inline(emphasis, depth + 1));
    }
    return link(label ?? bare, target ?? bare) ?? match[0];
}

/** Null when it leads to anything but a page or an address: scripts, data, files. */
function link(label, target) {
    const url = URL.parse(target);
    return url && SAFE.includes(url.protocol)
        ? element('a', { href: url.href, target: '_blank', rel: 'noopener noreferrer nofollow' }, label)
        : null;
}
