/** What went wrong, in words for the person in front of the page. */
export class ApiError extends Error {
    /**
     * @param title      one short sentence
     * @param detail     what the server said, or what to do; may be empty
     * @param status     HTTP status, 0 when there was no answer
     * @param retryAfter seconds to wait before asking again, or null
     */
    constructor(title, detail = '', status = 0, retryAfter = null) {
        super(detail ? `${title} ${detail}` : title);
        Object.assign(this, { title, detail, status, retryAfter });
    }

    static unreachable() {
        return new ApiError('The server cannot be reached.', 'Is it still running, and is this device online?');
    }

    static brokenOff() {
        return new ApiError('The connection was lost.', 'What had arrived is kept.');
    }

    /** From a response that is not a success: OpenAI's shape of errors, or anything else. */
    static async from(response) {
        const { status } = response;
        const text = await response.text().catch(() => '');
        return new ApiError(TITLES[status] ?? (status >= 500
            ? 'The server failed.'
            : 'The server refused this.'), said(text) || HINTS[status] || `HTTP status ${status}.`,
            status, seconds(response.headers.get('Retry-After')));
    }

    /** From an event in the middle of a stream. */
    static inStream(error) {
        return new ApiError('The server broke off the answer.', message(error), Number(error?.code) || 0);
    }
}

const TITLES = {
    400: 'The server did not accept this question.',
    401: 'The server asks for a key.',
    403: 'The server does not allow this.',
    404: 'The server does not know what was asked for.',
    408: 'The server waited too long for the question.',
    413: 'This is more than the server takes.',
    429: 'Too many questions at once.',
    503: 'The server is busy.',
};

const HINTS = {
    413: 'Send fewer pictures, or make the longest edge smaller in the settings.',
};

function said(text) {
    try {
        const body = JSON.parse(text);
        return message(body.error ?? body);
    } catch {
        return '';
    }
}

function message(error) {
    const words = typeof error === 'string' ? error : error?.message;
    return typeof words === 'string' ? words.slice(0, 1000) : '';
}

/** `Retry-After` is a number of seconds or a date. */
function seconds(header) {
    if (!header) {
        return null;
    }
    const wait = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
    return Number.isFinite(wait) ? Math.min(Math.max(Math.ceil(wait), 0), 3600) : null;
}
