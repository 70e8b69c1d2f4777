// Preloaded, it makes a program believe that an older Node runs it.
Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.0' } });
