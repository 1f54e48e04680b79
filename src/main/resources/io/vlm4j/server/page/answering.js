/**
 * One answer on its way: fills in `turn.answer`, and tells `view` of it. Ends well, stopped, or failed; what came is
 * kept in all three cases.
 */
export class Answering {
    #stop = new AbortController();
    #measured = { began: 0, first: null, last: null };

    stop() {
        this.#stop.abort();
    }

    /** @return 'finished', 'stopped', or the error */
    async run(api, body, turn, view) {
        const { answer } = turn;
        const { signal } = this.#stop;
        Object.assign(answer, { text: '', reasoning: '', usage: null, timings: null, ended: null });
        this.#measured = { began: performance.now(), first: null, last: null };
        view.start();
        let outcome = 'finished';
        try {
            for await (const chunk of api.chat(body, signal)) {
                this.#take(chunk, answer);
                view.update();
            }
        } catch (error) {
            outcome = signal.aborted ? 'stopped' : error;
        }
        answer.measured = this.#measured;
        view.finish(outcome);
        return outcome;
    }

    #take(chunk, answer) {
        const choice = chunk.choices?.[0];
        const { content, reasoning_content: reasoning } = choice?.delta ?? {};
        if (typeof content === 'string' && content !== '' || typeof reasoning === 'string' && reasoning !== '') {
            this.#measured.last = performance.now();
            this.#measured.first ??= this.#measured.last;
            answer.text += content ?? '';
            answer.reasoning += reasoning ?? '';
        }
        answer.ended = choice?.finish_reason ?? answer.ended;
        answer.usage = chunk.usage ?? answer.usage;
        answer.timings = chunk.timings ?? answer.timings;
    }
}
