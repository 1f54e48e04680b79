const SVG = 'http://www.w3.org/2000/svg';

export const byId = id => document.getElementById(id);

/**
 * A new element. Strings among the children become text nodes, whatever they look like; this page never parses HTML.
 * `on*` names take listeners, other names are attributes: `true` sets one, `false`, null and undefined leave it out.
 */
export function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) {
        if (attribute.startsWith('on')) {
            made.addEventListener(attribute.slice(2), value);
        } else if (value === true) {
            made.setAttribute(attribute, '');
        } else if (value !== false && value != null) {
            made.setAttribute(attribute, value);
        }
    }
    made.append(...children.filter(child => child != null));
    return made;
}

export function icon(name) {
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('aria-hidden', 'true');
    const use = document.createElementNS(SVG, 'use');
    use.setAttribute('href', `icons.svg#${name}`);
    svg.append(use);
    return svg;
}

/** A button with an icon and its label beside it. */
export function action(name, label, onclick, attributes = {}) {
    return element('button', { type: 'button', class: 'quiet', onclick, ...attributes },
        icon(name), element('span', {}, label));
}
