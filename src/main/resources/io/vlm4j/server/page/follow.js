const NEAR = 120;

/** Keeps the end of the page in view while it grows, as long as the reader is there. */
export function follow(growing) {
    let following = true;
    const height = () => document.documentElement.scrollHeight;
    const down = () => scrollTo({ top: height(), behavior: 'instant' });
    addEventListener('scroll', () => following = height() - innerHeight - scrollY < NEAR, { passive: true });
    new ResizeObserver(() => following && down()).observe(growing);
    return () => {
        following = true;
        down();
    };
}
