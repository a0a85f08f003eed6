/** A duration for display: 420 ms, 3.2 s, 42 s, 3 min 5 s, 2 h 10 min. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '—'
  if (seconds > 0 && seconds < 0.9995) return `${Number((1000 * seconds).toPrecision(3))} ms`
  if (seconds > 0 && seconds < 9.95) return `${seconds.toFixed(1)} s`
  const s = Math.max(0, Math.round(seconds))
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
}
