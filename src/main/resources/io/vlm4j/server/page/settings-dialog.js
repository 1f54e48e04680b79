import { byId } from './dom.js';
import { DEFAULTS } from './settings.js';

const NUMBERS = ['temperature', 'topP', 'maxTokens', 'seed', 'longestEdge'];

/** Each valid change counts at once; there is nothing to save. */
export function settingsDialog(settings) {
    const dialog = byId('settings');
    const form = byId('settings-form');

    const show = () => {
        for (const [name, value] of Object.entries(settings.values)) {
            form.elements[name].value = value ?? '';
        }
    };
    const read = () => {
        const values = { system: form.elements.system.value, theme: form.elements.theme.value };
        for (const name of NUMBERS.filter(name => form.elements[name].validity.valid)) {
            values[name] = form.elements[name].value === '' ? null : form.elements[name].valueAsNumber;
        }
        settings.change(values);
        applyTheme(settings.values.theme);
    };

    form.addEventListener('input', read);
    byId('reset').addEventListener('click', () => {
        settings.change(DEFAULTS);
        applyTheme(settings.values.theme);
        show();
    });
    byId('open-settings').addEventListener('click', () => {
        show();
        dialog.showModal();
    });
    dialog.addEventListener('click', event => {
        if (event.target === dialog) { // outside of what it contains
            dialog.close();
        }
    });
    applyTheme(settings.values.theme);
}

function applyTheme(theme) {
    if (theme === 'system') {
        delete document.documentElement.dataset.theme;
    } else {
        document.documentElement.dataset.theme = theme;
    }
}
