import { action } from './dom.js';

/** A button that asks again; with a wait, it counts down and then asks by itself. */
export function retry(wait, again) {
    let left = wait ?? 0;
    let timer = 0;
    const cancel = () => clearInterval(timer);
    const go = () => {
        cancel();
        again();
    };
    const button = action('again', 'Try again', go);
    const label = button.querySelector('span');
    if (left > 0) {
        const count = () => label.textContent = `Trying again in ${left} s`;
        count();
        timer = setInterval(() => {
            left--;
            if (!button.checkVisibility()) { // the conversation went on
                cancel();
            } else if (left <= 0) {
                go();
            } else {
                count();
            }
        }, 1000);
    }
    return { button, cancel };
}
