// Before the first paint, so that a dark page does not flash white. Not a module, because those run later.
try {
    const { theme } = JSON.parse(localStorage.getItem('vlm4j.settings') ?? '{}');
    if (theme === 'light' || theme === 'dark') {
        document.documentElement.dataset.theme = theme;
    }
} catch {
    // No storage, or not ours: the system's appearance.
}
