// With these headers the cpu backend may use threads; without them it computes the same bits on one.
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

export default { server: { headers }, preview: { headers }, worker: { format: 'es' }, build: { target: 'esnext' } }
