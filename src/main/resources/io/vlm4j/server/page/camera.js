import { byId } from './dom.js';
import { drawn } from './pictures.js';

/**
 * Pictures from the camera. Browsers show its picture in a page only on secure origins and when allowed to; elsewhere
 * `<input capture>` opens the phone's own camera, or a choice of files.
 */
export function camera(take) {
    const dialog = byId('camera');
    const viewfinder = byId('viewfinder');
    let facing = 'environment';
    let stream = null;

    const release = () => {
        stream?.getTracks().forEach(track => track.stop());
        stream = viewfinder.srcObject = null;
    };
    const start = async () => {
        release();
        stream = await navigator.mediaDevices.getUserMedia({
            video: { facingMode: facing, width: { ideal: 1920 }, height: { ideal: 1440 } },
        });
        viewfinder.srcObject = stream;
        byId('turn-camera').hidden = await cameras() < 2;
    };
    const open = async () => {
        try {
            await start();
            dialog.showModal();
            byId('shutter').focus();
        } catch {
            release();
            byId('capture').click();
        }
    };

    for (const button of document.querySelectorAll('[data-camera]')) {
        button.addEventListener('click', open);
    }
    byId('leave-camera').addEventListener('click', () => dialog.close());
    byId('turn-camera').addEventListener('click', () => {
        facing = facing === 'environment' ? 'user' : 'environment';
        start().catch(() => dialog.close());
    });
    byId('shutter').addEventListener('click', async () => {
        const { videoWidth, videoHeight } = viewfinder;
        if (videoWidth > 0) {
            const blob = await drawn(viewfinder, videoWidth, videoHeight, 'image/jpeg');
            dialog.close();
            take([new File([blob], 'photo.jpg', { type: 'image/jpeg' })]);
        }
    });
    dialog.addEventListener('close', release);
}

async function cameras() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter(device => device.kind === 'videoinput').length;
}
