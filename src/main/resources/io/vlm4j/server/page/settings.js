const NAME = 'vlm4j.settings';

/** Empty numbers are null: the server's own. */
export const DEFAULTS = Object.freeze({
    system: '', temperature: null, topP: null, maxTokens: null, seed: null, longestEdge: 2048, theme: 'system',
});

/** Settings, kept in this browser. What is stored is checked: it may be from another version, or edited. */
export class Settings {
    #values = { ...DEFAULTS, ...stored() };

    get values() {
        return this.#values;
    }

    change(values) {
        this.#values = { ...this.#values, ...accepted(values) };
        try {
            localStorage.setItem(NAME, JSON.stringify(this.#values));
        } catch {
            // Private windows may keep nothing; the settings hold until the page is closed.
        }
    }

    /** The fields of a request that come from settings. */
    request() {
        const { temperature, topP, maxTokens, seed } = this.#values;
        const fields = { temperature, top_p: topP, max_tokens: maxTokens, seed };
        return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
    }
}

function stored() {
    try {
        return accepted(JSON.parse(localStorage.getItem(NAME) ?? '{}'));
    } catch {
        return {};
    }
}

function accepted(values) {
    const good = {};
    for (const [name, check] of Object.entries(CHECKS)) {
        if (name in values && check(values[name])) {
            good[name] = values[name];
        }
    }
    return good;
}

const between = (least, most, whole) => value => typeof value === 'number' && value >= least && value <= most
    && (!whole || Number.isInteger(value));
const orEmpty = check => value => value === null || check(value);

const CHECKS = {
    system: value => typeof value === 'string',
    temperature: orEmpty(between(0, 2)),
    topP: orEmpty(between(0, 1)),
    maxTokens: orEmpty(between(1, 1_000_000, true)),
    seed: orEmpty(between(0, 4_294_967_294, true)),
    longestEdge: between(64, 16_384, true),
    theme: value => ['system', 'light', 'dark'].includes(value),
};
