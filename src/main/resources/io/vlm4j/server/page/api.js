import { ApiError } from './errors.js';
import { events } from './sse.js';

/** The OpenAI-compatible API that this page comes from. Addresses are relative, so that it works below a prefix. */
export class Api {
    #key;

    /** @param key whose `value` is the API key or null; `ask(rejected)` resolves to whether there is another */
    constructor(key) {
        this.#key = key;
    }

    /** The first model: its name, and what it can do; `capabilities` is null when the server does not say. */
    async model() {
        const response = await this.#send('v1/models', { method: 'GET' });
        const model = (await response.json())?.data?.[0] ?? {};
        return {
            name: typeof model.id === 'string' ? model.id : '',
            capabilities: Array.isArray(model.capabilities) ? model.capabilities : null,
            contextLength: Number(model.meta?.n_ctx) || null,
        };
    }

    /** The chunks of an answer. A stream that ends with neither a reason nor `[DONE]` was broken off. */
    async *chat(body, signal) {
        const response = await this.#post('v1/chat/completions', {
            ...body, stream: true, stream_options: { include_usage: true },
        }, signal);
        let finished = false;
        try {
            for await (const data of events(response.body)) {
                if (data.trim() === '[DONE]') {
                    return;
                }
                const chunk = JSON.parse(data);
                if (chunk.error) {
                    throw ApiError.inStream(chunk.error);
                }
                finished ||= chunk.choices?.[0]?.finish_reason != null;
                yield chunk;
            }
        } catch (error) {
            throw signal.aborted || error instanceof ApiError ? error : ApiError.brokenOff();
        }
        if (!finished) {
            throw ApiError.brokenOff();
        }
    }

    /** Where the model looks for each word of its answer to the same question. */
    async attention(body, signal) {
        const response = await this.#post('vlm4j/attention', body, signal);
        return response.json();
    }

    #post(path, body, signal) {
        return this.#send(path, {
            method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), signal,
        });
    }

    async #send(path, request) {
        for (;;) {
            const key = this.#key.value;
            const headers = key ? { ...request.headers, Authorization: `Bearer ${key}` } : request.headers;
            const response = await reached(path, { ...request, headers, cache: 'no-store' });
            if (response.ok) {
                return response;
            }
            if (response.status !== 401 || !await this.#key.ask(key)) {
                throw await ApiError.from(response);
            }
        }
    }
}

async function reached(path, request) {
    try {
        return await fetch(path, request);
    } catch (error) {
        throw request.signal?.aborted ? error : ApiError.unreachable();
    }
}
