const count = new Intl.NumberFormat('en');
const few = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

const plural = (number, word) => `${count.format(number)} ${word}${number === 1 ? '' : 's'}`;

/**
 * What an answer cost, in short phrases. The server's own figures where it gives them; otherwise what was seen from
 * here, with the network in it.
 */
export function figures({ usage, timings, measured }) {
    const phrases = [];
    const prompt = usage?.prompt_tokens ?? sum(timings?.prompt_n, timings?.cache_n);
    const reused = timings?.cache_n ?? usage?.prompt_tokens_details?.cached_tokens ?? 0;
    if (Number.isFinite(prompt)) {
        phrases.push(plural(prompt, 'prompt token') + (reused > 0 ? ` (${count.format(reused)} reused)` : ''));
    }
    const tokens = timings?.predicted_n ?? usage?.completion_tokens;
    if (Number.isFinite(tokens)) {
        phrases.push(plural(tokens, 'token'));
        const milliseconds = timings?.predicted_ms ?? measured.last - measured.first;
        if (tokens > 1 && milliseconds > 0) {
            phrases.push(`${few.format(tokens * 1000 / milliseconds)} tokens/s`);
        }
    }
    if (measured?.first != null) {
        phrases.push(`first after ${few.format((measured.first - measured.began) / 1000)} s`);
    }
    return phrases;
}

function sum(first, second) {
    return Number.isFinite(first) ? first + (second ?? 0) : undefined;
}
