import { byId } from './dom.js';

/** The ways in which picture files get here: dropped anywhere, pasted anywhere, or chosen. */
export function intake(take) {
    const curtain = byId('curtain');
    let inside = 0; // each child that the pointer crosses enters and leaves as well
    const lift = () => {
        inside = 0;
        curtain.classList.remove('drawn');
    };

    addEventListener('dragenter', event => {
        if (hasFiles(event.dataTransfer)) {
            inside++;
            curtain.classList.add('drawn');
        }
    });
    addEventListener('dragleave', event => {
        if (hasFiles(event.dataTransfer) && --inside <= 0) {
            lift();
        }
    });
    addEventListener('dragover', event => {
        if (hasFiles(event.dataTransfer)) {
            event.preventDefault();
            event.dataTransfer.dropEffect = 'copy';
        }
    });
    addEventListener('drop', event => {
        lift();
        if (hasFiles(event.dataTransfer)) {
            event.preventDefault(); // the browser would leave the page to show the file
            take([...event.dataTransfer.files]);
        }
    });
    addEventListener('paste', event => {
        const files = [...event.clipboardData?.files ?? []].filter(file => file.type.startsWith('image/'));
        // Spreadsheets and word processors bring a picture of the text as well.
        if (files.length > 0 && !event.clipboardData.getData('text/plain')) {
            event.preventDefault();
            take(files);
        }
    });
    for (const input of [byId('files'), byId('capture')]) {
        input.addEventListener('change', () => {
            take([...input.files]);
            input.value = ''; // so that the same file can be chosen again
        });
    }
    for (const button of document.querySelectorAll('[data-pick]')) {
        button.addEventListener('click', () => byId('files').click());
    }
}

const hasFiles = transfer => transfer?.types.includes('Files') ?? false;
