const LONGEST_LINE = 1 << 24;

/** The `data` of each server-sent event in a response's body. An event that was cut off is none. */
export async function* events(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    let data = [];
    try {
        for (;;) {
            const { done, value } = await reader.read();
            if (done) {
                return;
            }
            rest += value;
            // A carriage return at the end may be half of a line's end.
            const lines = rest.split(/\r\n|\n|\r(?!$)/);
            rest = lines.pop();
            if (rest.length > LONGEST_LINE) {
                throw new Error('a line of the stream has no end');
            }
            for (const line of lines) {
                if (line === '' && data.length > 0) {
                    yield data.join('\n');
                    data = [];
                } else if (line.startsWith('data:')) {
                    data.push(line.slice(line[5] === ' ' ? 6 : 5));
                }
            }
        }
    } finally {
        reader.cancel().catch(() => {});
    }
}
