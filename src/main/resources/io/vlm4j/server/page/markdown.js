import { inline } from './inline.js';
import { element } from './dom.js';
import { copyButton } from './clipboard.js';

// Small enough to read, large enough for what models write: paragraphs, headings, lists, quotes, code, tables, rules.
const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)[^`]*$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)(?:\s+#+)?\s*$/;
const RULE = /^ {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])(\s+)(.*)$/;
const QUOTE = /^ {0,3}> ?(.*)$/;
const DELIMITERS = /^\s*\|?(?:\s*:?-+:?\s*\|)+\s*:?-*:?\s*$/;
const DEEPEST = 6; // a thousand quotes in each other are text

/** The blocks of a text: each knows its `source`, and makes its node when asked to. */
export function blocks(text) {
    return parsed(text.split(/\r\n|\r|\n/), 0);
}

function parsed(lines, depth) {
    const found = [];
    let at = 0;
    while (at < lines.length) {
        if (lines[at].trim() === '') {
            at++;
            continue;
        }
        const block = READERS.map(read => read(lines, at, depth)).find(Boolean);
        found.push({ source: lines.slice(at, block.end).join('\n'), node: block.node });
        at = block.end;
    }
    return found;
}

const nodes = (lines, depth) => parsed(lines, depth + 1).map(block => block.node());

const READERS = [code, heading, rule, quote, list, table, paragraph];

function code(lines, at) {
    const [, fence, language] = FENCE.exec(lines[at]) ?? [];
    if (!fence) {
        return null;
    }
    const last = new RegExp(`^ {0,3}\\${fence[0]}{${fence.length},}\\s*$`);
    let end = at + 1;
    while (end < lines.length && !last.test(lines[end])) {
        end++;
    }
    const text = lines.slice(at + 1, end).join('\n');
    return { end: end + 1, node: () => element('figure', { class: 'code' },
        element('figcaption', {}, element('span', {}, language || 'text'), copyButton(() => text, 'Copy code')),
        element('pre', { tabindex: 0, role: 'group', 'aria-label': 'Code' }, element('code', {}, text))) };
}

/** The page has headings of the first two levels. */
function heading(lines, at) {
    const [, marks, text] = HEADING.exec(lines[at]) ?? [];
    return marks && { end: at + 1, node: () => element(`h${Math.min(marks.length + 2, 6)}`, {}, ...inline(text)) };
}

function rule(lines, at) {
    return RULE.test(lines[at]) && { end: at + 1, node: () => element('hr') };
}

function quote(lines, at, depth) {
    let end = at;
    while (end < lines.length && QUOTE.test(lines[end])) {
        end++;
    }
    return end > at && depth < DEEPEST && { end, node: () => element('blockquote', {},
        ...nodes(lines.slice(at, end).map(line => QUOTE.exec(line)[1]), depth)) };
}

function list(lines, at, depth) {
    const first = ITEM.exec(lines[at]);
    if (!first || depth >= DEEPEST) {
        return null;
    }
    const [, { length: margin }, marker] = first;
    const ordered = /\d/.test(marker);
    const items = [];
    let end = at;
    let indent = 0;
    for (; end < lines.length; end++) {
        const line = lines[end];
        const item = ITEM.exec(line);
        const depthOfLine = line.search(/\S|$/);
        if (item && depthOfLine < margin + 2 && /\d/.test(item[2]) === ordered) {
            indent = Math.min(line.length - item[4].length, depthOfLine + 4);
            items.push([item[4]]);
        } else if (line.trim() === '') {
            items.at(-1).push('');
        } else if (depthOfLine >= margin + 2) {
            items.at(-1).push(line.slice(Math.min(depthOfLine, indent)));
        } else if (lines[end - 1].trim() !== '' && !startsBlock(line)) {
            items.at(-1).push(line.trim());
        } else {
            break;
        }
    }
    const start = ordered ? Number.parseInt(marker, 10) : null;
    return { end, node: () => element(ordered ? 'ol' : 'ul', { start: start === 1 ? null : start },
        ...items.map(item => element('li', {}, ...tight(nodes(item, depth))))) };
}

/** An item of one paragraph is its text. */
function tight(children) {
    return children[0]?.tagName === 'P' && children.slice(1).every(child => /^[OU]L$/.test(child.tagName))
        ? [...children[0].childNodes, ...children.slice(1)]
        : children;
}

function table(lines, at) {
    if (!lines[at].includes('|') || !DELIMITERS.test(lines[at + 1] ?? '')) {
        return null;
    }
    let end = at + 2;
    while (end < lines.length && lines[end].includes('|')) {
        end++;
    }
    const row = (line, name) => element('tr', {}, ...cells(line).map(cell => element(name, {}, ...inline(cell))));
    return { end, node: () => element('div', { class: 'table', tabindex: 0, role: 'group', 'aria-label': 'Table' },
        element('table', {},
            element('thead', {}, row(lines[at], 'th')),
            element('tbody', {}, ...lines.slice(at + 2, end).map(line => row(line, 'td'))))) };
}

function cells(line) {
    return line.trim().replace(/^\||\|$/g, '').split('|').map(cell => cell.trim());
}

function paragraph(lines, at) {
    let end = at + 1;
    while (end < lines.length && lines[end].trim() !== '' && !startsBlock(lines[end])) {
        end++;
    }
    const text = lines.slice(at, end).map(line => line.trim()).join('\n');
    return { end, node: () => element('p', {}, ...inline(text)) };
}

function startsBlock(line) {
    return [FENCE, HEADING, RULE, QUOTE, ITEM].some(start => start.test(line));
}
