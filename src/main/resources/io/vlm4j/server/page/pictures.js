// What every server reads. Anything else that the browser can show is drawn and sent as one of these.
const SENT_AS_THEY_ARE = ['image/png', 'image/jpeg'];
const LOSSLESS = ['image/png', 'image/gif', 'image/bmp', 'image/svg+xml'];
const QUALITY = 0.92;
const LARGEST_FILE = 256 << 20;

/**
 * A picture as it is sent: `{ name, uri, width, height }`, upright and with no edge longer than asked for.
 * Fails with a sentence for the person who gave it.
 */
export async function picture(file, longestEdge) {
    const name = file.name || 'picture';
    if (file.size > LARGEST_FILE) {
        throw new Error(`“${name}” is too large to be opened here.`);
    }
    const url = URL.createObjectURL(file);
    try {
        const image = new Image();
        image.src = url;
        await image.decode();
        const scale = Math.min(1, longestEdge / Math.max(image.naturalWidth, image.naturalHeight));
        const width = Math.max(1, Math.round(image.naturalWidth * scale));
        const height = Math.max(1, Math.round(image.naturalHeight * scale));
        const asItIs = scale === 1 && SENT_AS_THEY_ARE.includes(file.type);
        const sent = asItIs ? file : await drawn(image, width, height, file.type);
        return { name, width, height, uri: await dataUri(sent) };
    } catch {
        throw new Error(`“${name}” cannot be read as a picture.`);
    } finally {
        URL.revokeObjectURL(url);
    }
}

/** Browsers turn pictures as EXIF says before they draw them. */
export function drawn(source, width, height, type) {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width, height });
    const lossless = LOSSLESS.includes(type);
    const context = canvas.getContext('2d', { alpha: lossless });
    if (!lossless) {
        context.fillStyle = '#fff';
        context.fillRect(0, 0, width, height);
    }
    context.imageSmoothingQuality = 'high';
    context.drawImage(source, 0, 0, width, height);
    return new Promise((resolve, reject) => canvas.toBlob(
        blob => blob ? resolve(blob) : reject(new Error('the canvas is too large')),
        lossless ? 'image/png' : 'image/jpeg', QUALITY));
}

function dataUri(blob) {
    return new Promise((resolve, reject) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result);
        reader.onerror = () => reject(reader.error);
        reader.readAsDataURL(blob);
    });
}
